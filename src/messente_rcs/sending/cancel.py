"""Cancelling: a message that waits for its time at Messente, or for its next try here, is not sent any more."""

from dataclasses import replace
from typing import NamedTuple

from messente_rcs.messente.api import NO_SUCH_MESSAGE, Messente
from messente_rcs.phone import may_be_to
from messente_rcs.records.record import NO_WORD, Record, State
from messente_rcs.records.table import ConditionFailed, Table
from messente_rcs.sending.outcome import Ended, Obstacle
from messente_rcs.tracking.track import summed_up


class Canceller(NamedTuple):
    """Cancels messages. May raise TableUnavailable and CredentialsUnavailable."""

    table: Table
    messente: Messente

    def cancel(self, message_id: str) -> Ended:
        """Cancel a message; return what stood in the way, and the record."""
        return self._cancel(self.table.current(message_id))

    def _cancel(self, record: Record | None) -> Ended:
        if record is None:
            return Obstacle.NOT_FOUND, None
        match record.state:
            case State.CANCELLED:
                return None, record
            case State.RETRYABLE:
                return self._record(record)
            case State.SENT:
                return self._call_back(record)
            case State.CLAIMED | State.UNKNOWN:
                return Obstacle.NOT_YET, record
        return Obstacle.TOO_LATE, record

    def _call_back(self, record: Record) -> Ended:
        """Cancel each attempt at Messente: none may go out for the message to be cancelled."""
        known = record.omnimessages
        obstacles = {self._delete(omnimessage_id) for omnimessage_id in sorted(known - {record.said_id})}
        if record.said_id:
            obstacles.add(self._delete_said(record, record.said_id))
        if len(record.resends or ()) >= len(known):
            obstacles.add(Obstacle.NOT_YET)  # under `resend` an attempt whose answer was lost may still go out
        for obstacle in (Obstacle.UNAVAILABLE, Obstacle.TOO_LATE, Obstacle.NOT_YET):
            if obstacle in obstacles:
                return obstacle, record
        return self._record(record, known)

    def _delete_said(self, record: Record, omnimessage_id: str) -> Obstacle | None:
        """Cancel what only a person named: a slip of the hand must not cancel the message of somebody else."""
        response = self.messente.status(omnimessage_id)
        if response.status == 200 and may_be_to(response.body.get("to"), record.to):  # noqa: PLR2004 - OK
            return self._delete(omnimessage_id)
        return Obstacle.NOT_YET if response.status in (200, *NO_SUCH_MESSAGE) else Obstacle.UNAVAILABLE

    def _delete(self, omnimessage_id: str) -> Obstacle | None:
        match self.messente.cancel(omnimessage_id).status:
            case 200 | 202 | 204:
                return None
            case 404:
                return self._see(omnimessage_id)
        return Obstacle.UNAVAILABLE

    def _see(self, omnimessage_id: str) -> Obstacle | None:
        """Tell a message that went out from one that was cancelled before, when that answer did not reach us."""
        response = self.messente.status(omnimessage_id)
        if response.status not in (200, 404):
            return Obstacle.UNAVAILABLE
        statuses = response.body.get("statuses")
        told = [part.get("status") for part in statuses if isinstance(part, dict)] if isinstance(statuses, list) else []
        return None if told and all(status == "DELETED" for status in told) else Obstacle.TOO_LATE

    def _record(self, record: Record, confirmed: frozenset[str] = frozenset()) -> Ended:
        """Write a cancellation: what Messente confirmed stays true however often reports move the record meanwhile."""
        cancelled = replace(
            record,
            state=State.CANCELLED,
            errors=None,
            recipient=None if confirmed else record.recipient,  # it never went out: no answer belongs to it
            cancelled_ids=confirmed | (record.cancelled_ids or frozenset()) or None,
            **(NO_WORD if confirmed else {}),
        )
        try:
            return None, self.table.save(record, summed_up(cancelled))
        except ConditionFailed as failed:
            if not confirmed:
                # The SDK repeats a write whose answer was lost: then the record is cancelled as we wrote it.
                return self._cancel(failed.record)
            if failed.record is None:
                return None, None
            if failed.record.omnimessages - confirmed:
                return self._call_back(failed.record)  # a report has told of one more attempt
            return self._record(failed.record, confirmed)
