"""Messente's own blacklist, kept as our list is: a courtesy to whoever sends from the same account in another way.

The blacklist is the whole account's. A number on it gets no message of this account, `ignore_opt_out` or not. Our own
list is what counts: where the blacklist cannot be changed, the log says so, and nothing else comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.inbound.opt_outs import Wish
from messente_rcs.messente.credentials import CredentialsUnavailable
from messente_rcs.telemetry import Metric, count, logger

if TYPE_CHECKING:
    from messente_rcs.inbound.opt_outs import Change
    from messente_rcs.messente.api import Messente

DONE = {Wish.OPTED_OUT: (204, 409), Wish.OPTED_IN: (204, 404)}  # now, or before (OpenAPI 2.1.0, /phonebook/blacklist)


class Mirror:
    """Changes Messente's blacklist."""

    def __init__(self, messente: Messente) -> None:
        self._messente = messente

    def show(self, change: Change) -> None:
        """Do there what was done here, once; a failure is logged and counted."""
        tell = self._messente.block if change.wish is Wish.OPTED_OUT else self._messente.unblock
        try:
            status = tell(change.to).status
        except CredentialsUnavailable as unavailable:
            _failed(change, str(unavailable))
            return
        if status not in DONE[change.wish]:
            _failed(change, f"HTTP {status}" if status else "no answer")


def _failed(change: Change, reason: str) -> None:
    count(Metric.NOT_MIRRORED)
    logger.warning("not mirrored", extra={"inbound_id": change.id, "wish": change.wish, "reason": reason})
