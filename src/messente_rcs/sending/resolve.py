"""A person resolves an *unknown* message, as Messente's dashboard or support knows how its attempt ended."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from messente_rcs.messente.api import NO_SUCH_MESSAGE, Messente
from messente_rcs.phone import may_be_to
from messente_rcs.records.record import BY_LEASE, BY_UNKNOWN, Delivery, Record, Resolution, State, TableUnavailable
from messente_rcs.records.table import ConditionFailed, Table
from messente_rcs.sending.outcome import Ended, Obstacle
from messente_rcs.sending.pacing import CLOCK_TOLERANCE
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.tracking.track import Mismatch, Tracker

_TRIES = 3  # of a save that a report or another person overtakes
REPORT_TIME = 300.0  # seconds from the lost answer within which its report is waited for, before a person frees the id


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word of a person about a message, and the name of that person if it is known."""

    outcome: Resolution
    omnimessage_id: str | None = None  # of a message that was sent
    final: bool = False  # a message that was not sent is not to be sent any more
    by: str | None = None
    unknown_since: str | None = None  # of the record that the person saw


class Resolver(NamedTuple):
    """Resolves *unknown* messages. May raise TableUnavailable and CredentialsUnavailable."""

    table: Table
    tracker: Tracker
    messente: Messente

    def resolve(self, message_id: str, verdict: Verdict) -> Ended:
        """Write the word of a person; return what stood in the way, and the record."""
        record = self.table.current(message_id)
        for asked in range(_TRIES):
            if record is None:
                return Obstacle.NOT_FOUND, None
            if obstacle := self._obstacle(record, verdict) or (not asked and self._doubt(record, verdict)):
                return obstacle, record
            after = self._resolved(record, verdict)
            try:
                return self._done(self.tracker.save(record, after))
            except Mismatch:
                return Obstacle.OTHERS_ID, record
            except ConditionFailed as failed:
                record = failed.record
                # The SDK repeats a write whose answer was lost: then the record is resolved as we wrote it.
                if record and (record.resolved_at, record.resolved_by) == (after.resolved_at, after.resolved_by):
                    return self._done(record)
        raise TableUnavailable("the record keeps moving")

    @staticmethod
    def _done(record: Record) -> Ended:
        count(Metric.RESOLVED)
        logger.info("resolved", extra={"message_id": record.id, "state": record.state})
        return None, record

    def _obstacle(self, record: Record, verdict: Verdict) -> Obstacle | None:
        if record.state is State.CLAIMED:
            return Obstacle.NOT_YET
        if record.state is not State.UNKNOWN:
            return Obstacle.NOT_UNKNOWN
        if verdict.unknown_since not in (None, record.unknown_since):
            return Obstacle.OUTDATED
        # A message that is freed while its owner still sends it could be sent twice. Clocks differ.
        if record.lease_until is not None and self.table.clock() <= record.lease_until + CLOCK_TOLERANCE:
            return Obstacle.NOT_YET
        if verdict.outcome is Resolution.NOT_SENT and verdict.unknown_since is not None:
            lost_at = datetime.fromisoformat(verdict.unknown_since).timestamp()
            return Obstacle.TOO_SOON if self.table.clock() < lost_at + REPORT_TIME else None
        return None

    def _doubt(self, record: Record, verdict: Verdict) -> Obstacle | None:
        """Ask Messente for the omnimessage_id that a person names. Where Messente does not answer, it is believed."""
        if verdict.omnimessage_id is None:
            return None
        response = self.messente.status(verdict.omnimessage_id)
        if response.status in NO_SUCH_MESSAGE:
            return Obstacle.NO_SUCH_ID
        return None if may_be_to(response.body.get("to"), record.to) else Obstacle.OTHERS_ID

    def _resolved(self, record: Record, verdict: Verdict) -> Record:
        told = replace(
            record,
            **BY_LEASE.no_entry,
            **BY_UNKNOWN.no_entry,
            closed=True,
            resolution=verdict.outcome,
            resolved_by=verdict.by,
            resolved_at=self.table.now(),
        )
        if verdict.outcome is Resolution.NOT_SENT:
            state = State.CANCELLED if verdict.final else State.RETRYABLE
            # No attempt so far counts against a later one: a person says that none of them went out.
            return replace(told.settled(), state=state, resends=None)
        named = {verdict.omnimessage_id} if verdict.omnimessage_id else frozenset[str]()
        return replace(
            told,
            state=State.SENT,
            errors=None,
            delivery=record.delivery or Delivery.PENDING,
            said_id=None if verdict.omnimessage_id in record.omnimessages else verdict.omnimessage_id,
            omnimessage_id=record.omnimessage_id or verdict.omnimessage_id,
            omnimessage_ids=(record.omnimessages | named) or None,
        )
