"""A person resolves an *unknown* message, which no delivery report has resolved.

The person says what became of it, as Messente's dashboard or support knows. A later report still outdates the word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from messente_rcs.record import BY_DUE, BY_LEASE, BY_UNKNOWN, Delivery, Record, Resolution, State, timestamp
from messente_rcs.sending.pacing import CLOCK_TOLERANCE
from messente_rcs.table import ConditionFailed, TableUnavailable
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.tracking.track import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.table import Table
    from messente_rcs.tracking.track import Tracker

_TRIES = 3  # of a save that a report or another person overtakes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of a message, and who it is, as far as that is known."""

    outcome: Resolution
    omnimessage_id: str | None = None  # of a message that was sent
    final: bool = False  # a message that was not sent is not to be sent any more
    by: str | None = None


class Resolved(StrEnum):
    """How an attempt to resolve a message ended."""

    DONE = "done"
    NOT_FOUND = "not_found"  # no record has this id
    NOT_UNKNOWN = "not_unknown"  # the record says what became of the message
    NOT_YET = "not_yet"  # the function that sends it may still be at work, and tell
    OTHERS_ID = "others_id"  # the omnimessage_id belongs to another message


class Resolver:
    """Resolves *unknown* messages. May raise TableUnavailable."""

    def __init__(self, table: Table, tracker: Tracker, clock: Callable[[], float]) -> None:
        self._table = table
        self._tracker = tracker
        self._clock = clock

    def resolve(self, message_id: str, verdict: Verdict) -> tuple[Resolved, Record | None]:
        """Write what a person says; return how that ended and the record (None where there is none)."""
        record = self._table.get(message_id)
        for _ in range(_TRIES):
            if (obstacle := self._obstacle(record)) or record is None:
                return obstacle or Resolved.NOT_FOUND, record
            after = self._resolved(record, verdict)
            try:
                return self._done(self._tracker.save(record, after))
            except Mismatch:
                return Resolved.OTHERS_ID, record
            except ConditionFailed as failed:
                record = failed.record
                # The SDK repeats a write whose answer was lost: then the record is resolved as we wrote it.
                if record and (record.resolved_at, record.resolved_by) == (after.resolved_at, after.resolved_by):
                    return self._done(record)
        raise TableUnavailable("the record keeps moving")

    def _obstacle(self, record: Record | None) -> Resolved | None:
        if record is None:
            return Resolved.NOT_FOUND
        if record.state is not State.UNKNOWN:
            return Resolved.NOT_UNKNOWN
        # A message that is freed while its owner still sends it could be sent twice. Clocks differ.
        if record.lease_until is not None and self._clock() <= record.lease_until + CLOCK_TOLERANCE:
            return Resolved.NOT_YET
        return None

    def _resolved(self, record: Record, verdict: Verdict) -> Record:
        told = replace(
            record,
            **BY_LEASE.no_entry,
            **BY_UNKNOWN.no_entry,
            resolution=verdict.outcome,
            resolved_by=verdict.by,
            resolved_at=timestamp(self._clock()),
        )
        if verdict.outcome is Resolution.NOT_SENT:
            state = State.CANCELLED if verdict.final else State.RETRYABLE
            return replace(told, **BY_DUE.no_entry, state=state)
        named = {verdict.omnimessage_id} if verdict.omnimessage_id else frozenset[str]()
        return replace(
            told,
            state=State.SENT,
            errors=None,
            delivery=record.delivery or Delivery.PENDING,
            omnimessage_id=record.omnimessage_id or verdict.omnimessage_id,
            omnimessage_ids=(record.omnimessages | named) or None,
        )

    @staticmethod
    def _done(record: Record) -> tuple[Resolved, Record]:
        count(Metric.RESOLVED)
        logger.info("resolved", extra={"message_id": record.id, "state": record.state})
        return Resolved.DONE, record
