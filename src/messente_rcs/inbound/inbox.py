"""What is done with an inbound message: keep an opt-out, tell of the message, confirm.

list     a stop or start word changes the list of opt-outs, unless the list knows something newer
tell     the events go on the bus: the message, and the change of the list if there was one
confirm  an opt-out is answered with one message, if the stack has a text for it
mark     the message was told of: the same one, POSTed again or replayed, is not told of again
mirror   Messente's own blacklist is changed too, if the stack wants that; it may fail without harm

A crash between two steps, or a bus that takes nothing, leaves the message unmarked. Then all steps are done again, and
each gives the same as before: the list tells again that there was a change, and the confirmation has the same message
id. So everything happens at least once, and only the events may come twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messente_rcs.bus import PutKind
from messente_rcs.inbound.events import OPTED_IN, OPTED_OUT, RECEIVED, opted, received
from messente_rcs.opt_outs import Change, Wish
from messente_rcs.phone import key_of
from messente_rcs.record import timestamp
from messente_rcs.table import TableUnavailable
from messente_rcs.telemetry import Metric, count, logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.bus import Bus
    from messente_rcs.inbound.message import Inbound
    from messente_rcs.inbound.seen import Seen
    from messente_rcs.inbound.stop_words import StopWords
    from messente_rcs.opt_outs import OptOuts

BY = "stop word"  # who changed the list, as its items and events say

type Conversations = Callable[[str], dict[str, Any] | None]
type Confirm = Callable[[str], None]


class NotTold(Exception):  # noqa: N818 - a state of the world, not a defect
    """The bus did not take the events. The text is safe to log."""


class Inbox:
    """Takes inbound messages.

    `conversation_of` finds the last message to a number; None: nobody looks. `confirm` puts a payload into the queue.
    `mirror` changes Messente's blacklist; None: it stays as it is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        words: StopWords,
        opt_outs: OptOuts,
        seen: Seen,
        bus: Bus,
        conversation_of: Conversations | None = None,
        confirm: Confirm | None = None,
        confirmation: str = "",
        mirror: Callable[[Change], None] | None = None,
    ) -> None:
        self._words = words
        self._opt_outs = opt_outs
        self._seen = seen
        self._bus = bus
        self._conversation_of = conversation_of
        self._confirm = confirm
        self._confirmation = confirmation
        self._mirror = mirror

    def take(self, inbound: Inbound) -> None:
        """Do all that is to be done; raises NotTold, TableUnavailable or QueueUnavailable if it must be done again."""
        change = self._change(inbound)
        seen = self._was_seen(inbound)
        if seen and not _may_be_another(inbound, change):
            logger.info("inbound seen before", extra={"inbound_id": inbound.id})
            return
        changed = change is not None and self._opt_outs.change(change)
        if not seen:
            self._tell(RECEIVED, received(inbound, self._conversation(inbound)))
        if change and changed:
            self._tell_of(change)
        logger.info("inbound", extra={"inbound_id": inbound.id, "wish": change.wish if change else None})
        count(Metric.INBOUND)
        self._mark(inbound)
        if change and changed and self._mirror:
            self._mirror(change)

    def _change(self, inbound: Inbound) -> Change | None:
        wish = self._words.wish(inbound.text, inbound.postback)
        if wish is None:
            return None
        if inbound.number is None:
            logger.error("stop word of nobody", extra={"inbound_id": inbound.id, "reason": "the sender is no number"})
            return None
        since = timestamp(inbound.at)
        return Change(to=inbound.number, wish=wish, since=since, by=BY, origin=inbound.id, channel=inbound.channel)

    def _was_seen(self, inbound: Inbound) -> bool:
        try:
            return self._seen.has(inbound.id)
        except TableUnavailable:
            return False  # told of twice rather than not at all

    def _conversation(self, inbound: Inbound) -> dict[str, Any] | None:
        if self._conversation_of is None or inbound.number is None:
            return None
        try:
            return self._conversation_of(key_of(inbound.number))
        except TableUnavailable as unavailable:
            logger.warning("no conversation", extra={"inbound_id": inbound.id, "reason": str(unavailable)})
            return None

    def _tell_of(self, change: Change) -> None:
        is_out = change.wish is Wish.OPTED_OUT
        self._tell(OPTED_OUT if is_out else OPTED_IN, opted(change))
        count(Metric.OPTED_OUT if is_out else Metric.OPTED_IN)
        if is_out and self._confirm and self._confirmation:
            key = f"opt-out:{change.origin}"
            payload = {"to": change.to, "text": self._confirmation, "idempotency_key": key, "ignore_opt_out": True}
            self._confirm(json.dumps(payload))

    def _tell(self, detail_type: str, detail: str) -> None:
        [put] = self._bus.put([detail], detail_type)
        if put.kind is not PutKind.TAKEN:
            raise NotTold(f"EventBridge: {put.reason}")

    def _mark(self, inbound: Inbound) -> None:
        try:
            self._seen.add(inbound.id)
        except TableUnavailable as unavailable:
            # It was told of, and will be told of again if Messente POSTs it again.
            logger.warning("inbound not marked", extra={"inbound_id": inbound.id, "reason": str(unavailable)})


def _may_be_another(inbound: Inbound, change: Change | None) -> bool:
    """Tell whether a message that looks like one before may be a new one: the same stop word, without id and time.

    To keep an opt-out once more does no harm. To miss one does.
    """
    nameless = not inbound.has_own_id and inbound.time is None
    return nameless and change is not None and change.wish is Wish.OPTED_OUT
