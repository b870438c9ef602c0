"""The steps for an inbound message: change the list of opt-outs, publish the message and the change, confirm, mark.

A message that is not marked at the end comes again. Then the list returns the same change again, and the confirmation
has the same message id: everything happens at least once, and only the events may come twice.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from messente_rcs.aws.bus import Bus, BusUnavailable, PutKind
from messente_rcs.inbound.message import Inbound
from messente_rcs.inbound.opt_outs import Change, OptOuts
from messente_rcs.inbound.stop_words import StopWords, Wish
from messente_rcs.phone import key_of
from messente_rcs.records.record import TableUnavailable, timestamp
from messente_rcs.records.table import Table
from messente_rcs.telemetry import Metric, count, logger

BY = "stop word"  # who changed the list, as its items and events say
MARKED = 7 * 86_400  # seconds that a mark lasts
RECEIVED = "RCS Message Received"
OPTED_OUT, OPTED_IN = "RCS Recipient Opted Out", "RCS Recipient Opted In"


@dataclass(frozen=True, slots=True)
class Options:
    """The optional steps of a stack."""

    conversation_of: Callable[[str], dict[str, Any] | None] | None  # finds the last message to a number
    confirm: Callable[[str], None]  # puts a payload, as JSON, into the queue
    confirmation: str  # the text that confirms an opt-out; empty: none is sent


@dataclass(eq=False)
class Inbox:
    """Takes inbound messages; the table has the marks of those that were published."""

    words: StopWords
    opt_outs: OptOuts
    table: Table
    bus: Bus
    options: Options

    def take(self, inbound: Inbound) -> None:
        """Handle a message; raises Unavailable if it must be delivered again."""
        wish = self.words.wish(inbound.text, inbound.postback)
        change = _change(inbound, wish)
        seen = self._was_seen(inbound)
        changed = None
        if change and (change.wish is Wish.OPTED_OUT or not seen):  # a stop word, whatever was seen
            changed = self.opt_outs.change(change)
        if seen:
            logger.info("inbound published before", extra={"inbound_id": inbound.id})
            return
        self._tell(RECEIVED, _received(inbound, self._conversation(inbound)))
        if changed:
            self._tell_of(changed)
        if wish is Wish.OPTED_OUT and change is None:
            count(Metric.OPT_OUT_NOT_KEPT)
            logger.error(
                "stop word without a phone number",
                extra={"inbound_id": inbound.id, "reason": "the sender is no number"},
            )
        logger.info("inbound", extra={"inbound_id": inbound.id, "wish": wish})
        count(Metric.INBOUND)
        self._mark(inbound)

    def _was_seen(self, inbound: Inbound) -> bool:
        # A message without a time may be a new one with the same words.
        try:
            return inbound.sent_at is not None and self.table.item(f"#inbound:{inbound.mark}") is not None
        except TableUnavailable:
            return False  # told of twice rather than not at all

    def _conversation(self, inbound: Inbound) -> dict[str, Any] | None:
        if self.options.conversation_of is None or inbound.number is None:
            return None
        try:
            return self.options.conversation_of(key_of(inbound.number))
        except TableUnavailable as unavailable:
            logger.warning("no conversation", extra={"inbound_id": inbound.id, "reason": str(unavailable)})
            return None

    def _tell_of(self, change: Change) -> None:
        is_out = change.wish is Wish.OPTED_OUT
        inbound_id = change.origin.partition("#")[0]
        told = {name: getattr(change, name) for name in ("to", "since", "by", "channel")}
        self._tell(OPTED_OUT if is_out else OPTED_IN, {"id": inbound_id, **told})
        count(Metric.OPTED_OUT if is_out else Metric.OPTED_IN)
        if is_out and self.options.confirmation:
            # Not the same for two recipients under one id, nor for one who opts out in the same words again.
            event = sha256(f"{change.to} {change.origin} {change.since}".encode()).hexdigest()[:16]
            payload = {
                "to": change.to,
                "text": self.options.confirmation,
                "idempotency_key": f"opt-out:{inbound_id}:{event}",
                "ignore_opt_out": True,
            }
            self.options.confirm(json.dumps(payload))

    def _tell(self, detail_type: str, told: Mapping[str, Any]) -> None:
        """Publish an event. It has the number and the text, on purpose."""
        known = {name: value for name, value in told.items() if value is not None}
        [put] = self.bus.put([json.dumps(known, ensure_ascii=False, separators=(",", ":"))], detail_type)
        if put.kind is not PutKind.TAKEN:
            raise BusUnavailable(f"EventBridge: {put.reason}")

    def _mark(self, inbound: Inbound) -> None:
        try:
            # A hash of the whole message, as ids repeat. No message id contains a "#".
            self.table.put_mark(f"#inbound:{inbound.mark}", MARKED)
        except TableUnavailable as unavailable:
            # It was told of, and will be told of again if Messente POSTs it again.
            logger.warning("inbound not marked", extra={"inbound_id": inbound.id, "reason": str(unavailable)})


def _received(inbound: Inbound, conversation: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": inbound.id,
        "from": inbound.sender,
        "to": inbound.recipient,
        "channel": inbound.channel,
        "text": inbound.text,
        "postback": inbound.postback,
        "time": inbound.time,
        "received_at": timestamp(inbound.received_at),
        "conversation": conversation,
        "raw": inbound.raw,
    }


def _change(inbound: Inbound, wish: Wish | None) -> Change | None:
    if wish is None or inbound.number is None:
        return None
    return Change(
        to=inbound.number,
        wish=wish,
        since=timestamp(inbound.at),
        by=BY,
        origin=f"{inbound.id}#{inbound.mark}",
        channel=inbound.channel,
        is_timed=inbound.is_timed,
    )
