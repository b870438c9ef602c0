"""The tracking protocol: a delivery report moves the record of its message forward, never back.

find     the record by the id in the report's URL, or by its omnimessage_id
match    recipient and omnimessage_id must be the record's; anything else changes nothing
apply    status by status in rank; a report proves that the message was sent, whatever the record said so far
save     one write, if the record is still as it was read; else once more from the start
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

from messente_rcs.delivery import Delivery, overall, status_of
from messente_rcs.table import Item, Occupied, State, TableUnavailable, shard_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from messente_rcs.table import Table

_TRIES = 8  # of a save that others keep overtaking
_LONGEST = 1000  # characters of a text that is kept
_LONGEST_ID = 255  # characters of an id: it is a key, which DynamoDB limits

# What a report proves outdated: it was sent, so that nobody is on it and no error stands.
_SETTLED = ("lease_until", "held", "unknown_since", "errors")


class InvalidReport(Exception):  # noqa: N818 - says what it is
    """Not a delivery report. `field` names what is missing or wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not a delivery report: {field}")
        self.field = field


class NoRecord(Exception):  # noqa: N818 - an answer rather than an error
    """No record has this id."""


class Mismatch(Exception):  # noqa: N818 - an answer rather than an error
    """The report belongs to another message than the record does. The text names the field, not its value."""


@dataclass(frozen=True, slots=True)
class Report:
    """What Messente says of one message_id; `details` are err, error, timestamp and price_info, as far as given."""

    omnimessage_id: str
    message_id: str
    to: str = field(repr=False)
    status: str | None  # None while it is being processed
    channel: str | None = None
    sender: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def read_report(given: object) -> Report:
    """Read a report (DeliveryResult of OpenAPI 2.1.0, with `to` and `omnimessage_id`); raises InvalidReport.

    Unknown statuses, codes and fields are no errors: Messente may add some any day.
    """
    if not isinstance(given, dict):
        raise InvalidReport("payload")
    status = given.get("status")
    if not (status is None or (isinstance(status, str) and 0 < len(status) <= _LONGEST)):
        raise InvalidReport("payload[status]")
    return Report(
        omnimessage_id=_required(given, "omnimessage_id"),
        message_id=_required(given, "message_id"),
        to=_required(given, "to"),
        status=_text(status),
        channel=_text(given.get("channel")),
        sender=_text(given.get("sender")),
        details=_details(given),
    )


def apply(item: Item, report: Report) -> Item:
    """Return the record as the report makes it, an equal one if the report is old news; raises Mismatch."""
    known = omnimessages(item)
    _match(item, report, known)
    after = {name: value for name, value in item.items() if name not in _SETTLED}
    after["omnimessage_ids"] = known | {report.omnimessage_id}
    after.setdefault("omnimessage_id", report.omnimessage_id)
    if item["state"] != State.CANCELLED:
        after["state"] = State.SENT
    message = item["messages"].get(report.message_id, {})
    after["messages"] = item["messages"] | {report.message_id: _moved(message, report)}
    return _summed_up(after)


def omnimessages(item: Item) -> set[str]:
    """Collect the omnimessages of a record: those of its attempts, and one that an odd answer named."""
    named = {item["omnimessage_id"]} if "omnimessage_id" in item else set()
    return named | set(item.get("omnimessage_ids", ()))


class Tracker:
    """Brings reports into the table. Every method may raise TableUnavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, report: Report) -> str:
        """Find the message id of a report that came without it; raises NoRecord."""
        message_id = self._table.with_omnimessage_id(report.omnimessage_id)
        if message_id is None:
            raise NoRecord
        return message_id

    def track(self, message_id: str, reports: Sequence[Report]) -> Item:
        """Apply reports to a record and return it; raises NoRecord or Mismatch."""
        before = self._table.get(message_id)
        for _ in range(_TRIES):
            if not before:
                raise NoRecord
            after = reduce(apply, reports, before)
            if after == before:
                return before
            if after["state"] == State.SENT and after["delivery"] == Delivery.PENDING and "open" not in after:
                after |= {"open": shard_of(message_id), "due": self._table.later()}
            self._check_nobody_elses(before, after)
            try:
                return self._table.save(before, after)
            except Occupied as occupied:
                before = occupied.item  # somebody else moved it meanwhile
        raise TableUnavailable("the record keeps moving")

    def _check_nobody_elses(self, before: Item, after: Item) -> None:
        # A lost answer is healed by its own report, not by a replayed one of another message to the same recipient.
        for omnimessage_id in after["omnimessage_ids"] - omnimessages(before):
            if self._table.with_omnimessage_id(omnimessage_id) not in (None, before["id"]):
                raise Mismatch("omnimessage_id")


def _match(item: Item, report: Report, known: set[str]) -> None:
    if report.to != item["to"]:
        raise Mismatch("to")
    # Under `resend` an attempt whose answer was lost may have an omnimessage that we have not heard of.
    if known and report.omnimessage_id not in known and not item.get("resends"):
        raise Mismatch("omnimessage_id")


def _moved(message: Mapping[str, Any], report: Report) -> dict[str, Any]:
    named = {"channel": report.channel, "sender": report.sender}
    moved = {name: message.get(name, value) for name, value in named.items() if message.get(name, value)}
    if report.status is None or _place(report.status) <= (message.get("rank", 0), message.get("status", "")):
        return {**message, **moved}
    # The details go with their status: a delivery must not keep the error of the failure that it refutes.
    return moved | {"status": report.status, "rank": status_of(report.status).rank, **report.details}


def _place(status: str) -> tuple[int, str]:
    """Order the statuses, also those that share the rank of what is new, so that arrival decides nothing."""
    return status_of(status).rank, status


def _summed_up(item: Item) -> Item:
    delivery, channel = overall(item["messages"].values(), item.get("channels", ()))
    item["delivery"] = delivery
    if channel:
        item["delivery_channel"] = channel
    if delivery is not Delivery.PENDING:
        return {name: value for name, value in item.items() if name not in ("open", "due", "asked")}
    return item


def _details(given: Mapping[str, Any]) -> dict[str, Any]:
    err, prices = given.get("err"), given.get("price_info")
    details = {
        "err": err if isinstance(err, int) and abs(err) < 10**9 else None,
        "error": _text(given.get("error")),
        "timestamp": _text(given.get("timestamp")),
        "price_info": _prices(prices) if isinstance(prices, dict) else None,
    }
    return {name: value for name, value in details.items() if value is not None}


def _prices(given: Mapping[str, Any]) -> dict[str, str]:
    """Keep prices as the texts that Messente writes; a number becomes its text."""
    names = ("part_price", "parts_count", "total_price")
    return {name: str(given[name])[:_LONGEST] for name in names if isinstance(given.get(name), str | int | float)}


def _required(given: Mapping[str, Any], name: str) -> str:
    text = _text(given.get(name))
    if text is None or len(text) > _LONGEST_ID:
        raise InvalidReport(f"payload[{name}]")
    return text


def _text(value: object) -> str | None:
    return value.encode(errors="replace").decode()[:_LONGEST] if isinstance(value, str) and value else None
