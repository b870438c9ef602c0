"""Delivery reports: reading one, and what its status makes of a message and of a whole chain.

Reports arrive late, twice and out of order. Each status has a rank of its own, and a message only moves up in rank, so
that any order of the same reports ends in the same record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from messente_rcs.errors import Invalid
from messente_rcs.messente.answers import LONGEST_TEXT, read_id, read_text
from messente_rcs.records.record import Delivery


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a delivery report. A delivery outranks a failure: what was delivered late was delivered."""

    rank: int
    delivery: Delivery
    meaning: str


# OpenAPI 2.1.0 and the page about delivery reports of Messente. Messente states finality for SMS only.
STATUSES = {
    "UNKNOWN": Status(10, Delivery.PENDING, "the operator reported a status that Messente does not know"),
    "ACK": Status(20, Delivery.PENDING, "the operator accepted the message for delivery"),
    "ACCEPTD": Status(30, Delivery.PENDING, "the message is in the operator's queue"),
    "DELETED": Status(50, Delivery.FAILED, "deleted from the queue"),
    "EXPIRED": Status(51, Delivery.EXPIRED, "not delivered in time"),
    "NACK": Status(52, Delivery.FAILED, "delivery was rejected"),
    "REJECTD": Status(53, Delivery.FAILED, "rejected by the operator"),
    "UNDELIV": Status(54, Delivery.FAILED, "could not be delivered"),
    "FAILED": Status(55, Delivery.FAILED, "delivery failed"),
    "DELIVRD": Status(60, Delivery.DELIVERED, "delivered to the handset"),
    "SEEN": Status(70, Delivery.SEEN, "seen by the recipient"),
}

# A status that Messente adds one day is kept under its name, and counts as still open.
NEW_STATUS = Status(40, Delivery.PENDING, "not known to this version")

# The `err` of a report. 10 accompanies SEEN and is no error, although it is not zero.
ERRORS = {
    0: "no error",
    1: "delivery failure",
    2: "expired before it was delivered",
    3: "invalid number",
    4: "the account could not be charged",
    5: "invalid number format, or no operator found for it",
    6: "too many identical messages to this number",
    7: "sender name not allowed",
    8: "blacklisted",
    9: "no route to this number",
    10: "seen",
    999: "temporary error",
}


def status_of(name: str) -> Status:
    """Look up a status; an unknown one counts as open."""
    return STATUSES.get(name, NEW_STATUS)


def overall(messages: Iterable[Mapping[str, Any]], channels: Iterable[str]) -> tuple[Delivery, str | None]:
    """Sum up a chain of `channels` whose messages are `{channel, status}`: the delivery, and the channel that made it.

    src/docs/delivery.md says the rule ("The delivery of a chain").
    """
    parts = [(status_of(message.get("status", "")).delivery, str(message.get("channel", ""))) for message in messages]
    for best in (Delivery.SEEN, Delivery.DELIVERED):
        if by := sorted(channel for delivery, channel in parts if delivery is best):
            return best, by[0] or None
    outcomes = {delivery for delivery, _ in parts}
    if set(channels) - {channel for _, channel in parts} or Delivery.PENDING in outcomes or not outcomes:
        return Delivery.PENDING, None
    return (Delivery.EXPIRED if outcomes == {Delivery.EXPIRED} else Delivery.FAILED), None


class InvalidReport(Invalid):
    """Not a delivery report. `field` names what is missing or wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not a delivery report: {field}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Report:
    """A report about one message_id; `details` are err, error, timestamp and price_info, as far as given."""

    omnimessage_id: str
    message_id: str
    to: str = field(repr=False)  # empty if no number can be read: where the omnimessage_id is known, none is needed
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
    if not (status is None or (isinstance(status, str) and 0 < len(status) <= LONGEST_TEXT)):
        raise InvalidReport("payload[status]")
    return Report(
        omnimessage_id=_required(given, "omnimessage_id"),
        message_id=_required(given, "message_id"),
        to=read_text(given.get("to")) or "",
        status=read_text(status),
        channel=read_text(given.get("channel")),
        sender=read_text(given.get("sender")),
        details=_details(given),
    )


def _details(given: Mapping[str, Any]) -> dict[str, Any]:
    err, prices = given.get("err"), given.get("price_info")
    if isinstance(prices, dict):  # Messente writes texts there; a number becomes its text
        told = ((name, prices.get(name)) for name in ("part_price", "parts_count", "total_price"))
        prices = {name: text for name, it in told if (text := read_text(str(it) if isinstance(it, float) else it))}
    details = {
        "err": err if isinstance(err, int) and abs(err) < 10**9 else None,
        "error": read_text(given.get("error")),
        "timestamp": read_text(given.get("timestamp")),
        "price_info": prices if isinstance(prices, dict) else None,
    }
    return {name: value for name, value in details.items() if value is not None}


def _required(given: Mapping[str, Any], name: str) -> str:
    if (read := read_id(given.get(name))) is None:
        raise InvalidReport(f"payload[{name}]")
    return read
