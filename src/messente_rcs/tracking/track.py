"""Tracking: a delivery report moves the record of its message forward in rank, never back.

A report proves that the message was sent, whatever the record said so far. Its omnimessage_id must be the record's;
where that has none, its recipient must be.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from messente_rcs.errors import Refused
from messente_rcs.message_id import is_message_id
from messente_rcs.phone import country_of, is_same_number
from messente_rcs.records.indexes import Indexes
from messente_rcs.records.record import BY_DUE, BY_LEASE, BY_UNKNOWN, NO_WORD, Delivery, Record, State, TableUnavailable
from messente_rcs.records.table import ConditionFailed, Table
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.tracking.report import Report, overall, status_of

_TRIES = 8  # of a save that others keep overtaking

# Attributes that a report outdates: the message was sent, so that no claim holds, it is not unknown, no error stands
# and no person has to say how it ended.
_OUTDATED = BY_LEASE.no_entry | BY_UNKNOWN.no_entry | NO_WORD | {"errors": None}

_ARRIVED = (Delivery.DELIVERED, Delivery.SEEN)
_ENDS = {
    Delivery.SEEN: Metric.SEEN,
    Delivery.FAILED: Metric.FAILED,
    Delivery.EXPIRED: Metric.DELIVERY_EXPIRED,
}

_HIGHEST_PRICE = 1_000_000  # of one message: what is above was misread, and would spoil the sum


class NoRecord(Refused):
    """No record has this id."""


class Mismatch(Refused):
    """The report belongs to another message than the record does. The text names the field, not its value."""


def apply(record: Record, report: Report) -> Record:
    """Return the record as the report makes it, an equal one if the report is old news; raises Mismatch."""
    _match(record, report)
    message = record.messages.get(report.message_id, {})
    known = record if record.said_id == report.omnimessage_id else record.without_said_id()
    # A cancellation that Messente itself confirmed stays. Whatever else was said, a report outdates.
    stays_cancelled = record.state is State.CANCELLED and report.omnimessage_id in (record.cancelled_ids or ())
    after = replace(
        known,
        **_OUTDATED,
        said_id=None,
        state=State.CANCELLED if stays_cancelled else State.SENT,
        omnimessage_id=known.omnimessage_id or report.omnimessage_id,
        omnimessage_ids=known.omnimessages | {report.omnimessage_id},
        messages={**record.messages, report.message_id: _moved(message, report)},
    )
    return summed_up(after)


class Tracker:
    """Brings reports into the table. Every method may raise TableUnavailable."""

    def __init__(self, table: Table, indexes: Indexes) -> None:
        self._table = table
        self._indexes = indexes

    def find(self, report: Report) -> str:
        """Find the message id of a report that came without it; raises NoRecord."""
        if (message_id := self._indexes.with_omnimessage_id(report.omnimessage_id)) is None:
            raise NoRecord
        return message_id

    def track(self, message_id: str, reports: Sequence[Report]) -> Record:
        """Apply reports to a record and return it; raises NoRecord or Mismatch."""
        before = self._table.get(message_id)
        for _ in range(_TRIES):
            if before is None:
                raise NoRecord
            after = reduce(apply, reports, before)
            if after == before:
                return before
            try:
                return self.save(before, after)
            except ConditionFailed as failed:
                before = failed.record  # somebody else moved it meanwhile
        raise TableUnavailable("the record keeps moving")

    def save(self, before: Record, after: Record) -> Record:
        """Write what became of a message, and have it asked for if its delivery is open.

        Raises ConditionFailed unless the record is still as `before`, and Mismatch for another record's omnimessage_id.
        """
        if after.state is State.SENT and after.delivery is Delivery.PENDING and after.due_shard is None:
            after = replace(after, **BY_DUE.entry(after.id, self._table.later()))
        self._check_owner(before, after)
        saved = self._table.save(before, after)
        _count_moves(before, saved)
        return saved

    def _check_owner(self, before: Record, after: Record) -> None:
        # A lost answer is healed by its own report, not by a replayed one of another message to the same recipient.
        for omnimessage_id in after.omnimessages - before.omnimessages:
            holder = self._indexes.with_omnimessage_id(omnimessage_id)
            if holder is None and omnimessage_id != after.omnimessage_id:
                holder = self._table.point(omnimessage_id, before)
            if holder not in (None, before.id) and not self._lets_go(holder, omnimessage_id):
                raise Mismatch("omnimessage_id")

    def _lets_go(self, holder_id: str, omnimessage_id: str) -> bool:
        """Take an omnimessage away from a record that has it by a person's word alone; tell whether that was so."""
        holder = self._table.get(holder_id) if is_message_id(holder_id) else None
        if holder is None or holder.said_id != omnimessage_id:
            return False
        try:
            self._table.save(holder, holder.without_said_id())
        except ConditionFailed:
            raise TableUnavailable("the record keeps moving") from None
        return True


def _match(record: Record, report: Report) -> None:
    known = record.omnimessages - {record.said_id}  # what only a person named may be anybody's
    if report.omnimessage_id in known:
        return  # the recipient proves nothing more: operators and vendors write numbers in other ways
    # Under `resend`, or after a person's word, an attempt whose answer was lost may have an omnimessage that we do not
    # know.
    if known and not record.resends and not record.closed:
        raise Mismatch("omnimessage_id")
    if not is_same_number(report.to, record.to):
        raise Mismatch("to")


def _moved(message: Mapping[str, Any], report: Report) -> dict[str, Any]:
    named = {"channel": report.channel, "sender": report.sender}
    moved = {name: message.get(name, value) for name, value in named.items() if message.get(name, value)}
    # Not every report names a price. The highest counts, whichever report it came with.
    both = message.get("price_info"), report.details.get("price_info")
    if price_info := max(both, key=lambda told: (_price({"price_info": told}), str(told))):
        moved["price_info"] = price_info
    if report.status is None or _place(report.status) <= (message.get("rank", 0), message.get("status", "")):
        return {**message, **moved}
    # The details go with their status: a delivery must not keep the error of the failure that it refutes.
    return {"status": report.status, "rank": status_of(report.status).rank, **report.details, **moved}


def _place(status: str) -> tuple[int, str]:
    """Order the statuses, also those that share the rank of what is new, so that arrival decides nothing."""
    return status_of(status).rank, status


def summed_up(record: Record) -> Record:
    """Return the record with the delivery that its messages come to."""
    delivery, channel = overall(record.messages.values(), record.channels)
    if delivery is Delivery.PENDING and record.state is not State.CANCELLED:
        return replace(record, delivery=delivery)
    # What is cancelled waits for nothing, and that Messente deleted it is no failure.
    told = {message.get("status") for message in record.messages.values()}
    is_nothing = delivery is Delivery.PENDING or (record.state is State.CANCELLED and told <= {None, "DELETED"})
    known = None if is_nothing else delivery
    return replace(record, delivery=known, delivery_channel=channel or record.delivery_channel).settled()


def _count_moves(before: Record, after: Record) -> None:
    """Count what is new in a record. Who has seen a message has got it, also if no report said so.

    By country and channel it is logged: as dimensions of a metric, each pair of them would cost money every month.
    """
    numbers: defaultdict[str, dict[str, float]] = defaultdict(dict)
    if after.delivery in _ARRIVED and before.delivery not in _ARRIVED:
        count(Metric.DELIVERED)
        numbers[str(after.delivery_channel)]["delivered"] = 1
    if after.delivery in _ENDS and after.delivery is not before.delivery:
        count(_ENDS[after.delivery])
        if after.delivery not in _ARRIVED:
            numbers["".join(after.channels[-1:])]["failed"] = 1
    for key, message in after.messages.items():
        counted = _price(before.messages.get(key))
        if (price := _price(message)) > counted:
            count(Metric.MESSAGE_PRICE, price - counted)
            of_channel = numbers[str(message.get("channel"))]
            of_channel["price"] = of_channel.get("price", 0) + price - counted
    for channel, told in numbers.items():
        # Messente's own word for a channel may be anything.
        known = {"channel": channel if channel in after.channels else "other", "country": country_of(after.to)}
        logger.info("delivery", extra={"message_id": after.id, **known, **told})


def _price(message: Mapping[str, Any] | None) -> float:
    """Read what a message cost, or 0: Messente writes prices as texts, in the currency of the account."""
    match message:
        case {"price_info": {"total_price": str() as text}}:
            try:
                price = float(text)
            except ValueError:
                return 0
            return price if 0 < price < _HIGHEST_PRICE else 0
    return 0
