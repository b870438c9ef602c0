"""Cancelling: a message that waits for its time at Messente, or for its next try here, is not sent any more."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from messente_rcs.phone import may_be_to
from messente_rcs.records.record import NO_WORD, Delivery, Record, State
from messente_rcs.records.table import ConditionFailed
from messente_rcs.sending.pacing import RECORD_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.messente.api import Messente
    from messente_rcs.records.table import Table


class Cancellation(StrEnum):
    """The result of an attempt to cancel."""

    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"  # no record has this id
    TOO_LATE = "too_late"  # it went out, or it was never going to
    NOT_YET = "not_yet"  # being sent, or its answer was lost: there is no id to cancel by
    UNAVAILABLE = "unavailable"  # Messente did not say; try again


class Canceller:
    """Cancels messages. May raise TableUnavailable and CredentialsUnavailable."""

    def __init__(self, table: Table, messente: Messente) -> None:
        self._table = table
        self._messente = messente

    def within(self, remaining: Callable[[], float]) -> Self:
        """Return a canceller that answers within so many seconds, of which the record step has its part."""
        return type(self)(self._table, self._messente.within(lambda: remaining() - RECORD_TIME))

    def cancel(self, message_id: str) -> tuple[Cancellation, Record | None]:
        """Cancel a message; return how that ended and the record (None where there is none)."""
        return self._cancel(self._table.current(message_id))

    def _cancel(self, record: Record | None) -> tuple[Cancellation, Record | None]:
        if record is None:
            return Cancellation.NOT_FOUND, None
        match record.state:
            case State.CANCELLED:
                return Cancellation.CANCELLED, record
            case State.RETRYABLE:
                return self._keep_from_being_sent(record)
            case State.SENT:
                return self._call_back(record)
            case State.CLAIMED | State.UNKNOWN:
                return Cancellation.NOT_YET, record
        return Cancellation.TOO_LATE, record

    def _keep_from_being_sent(self, record: Record) -> tuple[Cancellation, Record | None]:
        try:
            return Cancellation.CANCELLED, self._table.save(record, _cancelled(record))
        except ConditionFailed as failed:
            # It has moved, or gone. The SDK repeats a write whose answer was lost: then it is cancelled as we wrote it.
            return self._cancel(failed.record)

    def _call_back(self, record: Record) -> tuple[Cancellation, Record | None]:
        """Cancel each attempt at Messente: none may go out for the message to be cancelled."""
        known = record.omnimessages
        ends = {self._delete(omnimessage_id) for omnimessage_id in sorted(known - {record.said_id})}
        if record.said_id:
            ends.add(self._delete_said(record, record.said_id))
        if len(record.resends or ()) >= len(known):
            ends.add(Cancellation.NOT_YET)  # under `resend` an attempt whose answer was lost may still go out
        for end in (Cancellation.UNAVAILABLE, Cancellation.TOO_LATE, Cancellation.NOT_YET):
            if end in ends:
                return end, record
        return self._record(record, known)

    def _delete_said(self, record: Record, omnimessage_id: str) -> Cancellation:
        """Cancel what only a person named: a slip of the hand must not cancel the message of somebody else."""
        response = self._messente.status(omnimessage_id)
        match response.status:
            case 200 if may_be_to(response.body.get("to"), record.to):
                return self._delete(omnimessage_id)
            case 200 | 404:
                return Cancellation.NOT_YET
        return Cancellation.UNAVAILABLE

    def _delete(self, omnimessage_id: str) -> Cancellation:
        match self._messente.cancel(omnimessage_id).status:
            case 200 | 202 | 204:
                return Cancellation.CANCELLED
            case 404:
                return self._see(omnimessage_id)
        return Cancellation.UNAVAILABLE

    def _see(self, omnimessage_id: str) -> Cancellation:
        """Tell a message that went out from one that was cancelled before, when that answer did not reach us."""
        response = self._messente.status(omnimessage_id)
        if response.status not in (200, 404):
            return Cancellation.UNAVAILABLE
        statuses = response.body.get("statuses")
        told = [part.get("status") for part in statuses if isinstance(part, dict)] if isinstance(statuses, list) else []
        return Cancellation.CANCELLED if set(told) == {"DELETED"} else Cancellation.TOO_LATE

    def _record(self, record: Record, confirmed: frozenset[str]) -> tuple[Cancellation, Record | None]:
        """Write what Messente confirmed: that stays true however often reports move the record meanwhile."""
        try:
            return Cancellation.CANCELLED, self._table.save(record, _cancelled(record, confirmed))
        except ConditionFailed as failed:
            if failed.record is None:
                return Cancellation.CANCELLED, None
            if failed.record.omnimessages - confirmed:
                return self._call_back(failed.record)  # a report has told of one more attempt
            return self._record(failed.record, confirmed)


def _cancelled(record: Record, confirmed: frozenset[str] = frozenset()) -> Record:
    """Return a record that is cancelled; no report outdates what Messente confirmed, and no person's word is needed."""
    return replace(
        record.settled(),
        state=State.CANCELLED,
        errors=None,
        delivery=None if record.delivery is Delivery.PENDING else record.delivery,
        cancelled_ids=confirmed | (record.cancelled_ids or frozenset()) or None,
        **(NO_WORD if confirmed else {}),
    )
