"""Cancelling: a message that waits for its time at Messente, or for its next try here, is not sent any more."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from messente_rcs.table import Item, Occupied, State
from messente_rcs.track import omnimessages

if TYPE_CHECKING:
    from messente_rcs.credentials import CredentialCache
    from messente_rcs.messente import Messente
    from messente_rcs.table import Table


class Cancellation(StrEnum):
    """How an attempt to cancel ended."""

    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"  # no record has this id
    TOO_LATE = "too_late"  # it went out, or it was never going to
    NOT_YET = "not_yet"  # being sent, or its answer was lost: there is no id to cancel by
    UNAVAILABLE = "unavailable"  # Messente did not say; try again


class Canceller:
    """Cancels messages. May raise TableUnavailable and CredentialsUnavailable."""

    def __init__(self, credentials: CredentialCache, table: Table, messente: Messente) -> None:
        self._credentials = credentials
        self._table = table
        self._messente = messente

    def cancel(self, message_id: str) -> tuple[Cancellation, Item]:
        """Cancel a message; return how that ended and the record (empty where there is none)."""
        item = self._table.get(message_id)
        match item:
            case None:
                return Cancellation.NOT_FOUND, {}
            case {"state": State.CANCELLED}:
                return Cancellation.CANCELLED, item
            case {"state": State.RETRYABLE}:
                return self._keep_from_being_sent(item)
            case {"state": State.SENT}:
                return self._call_back(item)
            case {"state": State.CLAIMED | State.UNKNOWN}:
                return Cancellation.NOT_YET, item
        return Cancellation.TOO_LATE, item

    def _keep_from_being_sent(self, item: Item) -> tuple[Cancellation, Item]:
        try:
            return Cancellation.CANCELLED, self._table.save(item, _cancelled(item))
        except Occupied as occupied:
            return Cancellation.NOT_YET, occupied.item

    def _call_back(self, item: Item) -> tuple[Cancellation, Item]:
        """Cancel each attempt at Messente: none may go out for the message to be cancelled."""
        known = omnimessages(item)
        ends = {self._delete(omnimessage_id) for omnimessage_id in sorted(known)}
        if int(item.get("resends", 0)) >= len(known):
            ends.add(Cancellation.NOT_YET)  # under `resend` an attempt whose answer was lost may still go out
        for end in (Cancellation.UNAVAILABLE, Cancellation.TOO_LATE, Cancellation.NOT_YET):
            if end in ends:
                return end, item
        return Cancellation.CANCELLED, self._record(item)

    def _delete(self, omnimessage_id: str) -> Cancellation:
        match self._credentials.with_authority(lambda c: self._messente.cancel(omnimessage_id, c)).status:
            case 200 | 202 | 204:
                return Cancellation.CANCELLED
            case 404:
                return self._see(omnimessage_id)
        return Cancellation.UNAVAILABLE

    def _see(self, omnimessage_id: str) -> Cancellation:
        """Tell a message that went out from one that was cancelled before, when that answer did not reach us."""
        reply = self._credentials.with_authority(lambda c: self._messente.status(omnimessage_id, c))
        if reply.status not in (200, 404):
            return Cancellation.UNAVAILABLE
        statuses = reply.body.get("statuses")
        told = [part.get("status") for part in statuses if isinstance(part, dict)] if isinstance(statuses, list) else []
        return Cancellation.CANCELLED if set(told) == {"DELETED"} else Cancellation.TOO_LATE

    def _record(self, item: Item) -> Item:
        """Messente has cancelled it: that stays true however often reports move the record meanwhile."""
        while item:
            try:
                return self._table.save(item, _cancelled(item))
            except Occupied as occupied:
                item = occupied.item
        return item


def _cancelled(item: Item) -> Item:
    kept = {name: value for name, value in item.items() if name not in ("open", "due", "asked", "errors")}
    return kept | {"state": State.CANCELLED}
