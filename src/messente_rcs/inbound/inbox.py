"""The steps for an inbound message: keep an opt-out, publish the message, confirm.

list     a stop or start word changes the list of opt-outs, unless the list knows something newer
publish  the events go on the bus: the message, and the change of the list if there was one
confirm  an opt-out is answered with one message, if the stack has a text for it
mark     the message is marked as published: the same one, POSTed again or replayed, is not published again. The mark
         is a hash of the whole message, as ids repeat; a message without a time may be a new one with the same words

A crash between two steps, or a bus that takes nothing, leaves the message unmarked. Then all steps are done again, and
each gives the same as before: the list returns the same change again, and the confirmation has the same message
id. So everything happens at least once, and only the events may come twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.bus import BusUnavailable, PutKind
from messente_rcs.inbound.opt_outs import Change
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.phone import key_of
from messente_rcs.records.record import timestamp
from messente_rcs.records.table import TableUnavailable, dynamodb
from messente_rcs.telemetry import Metric, count, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from messente_rcs.aws.bus import Bus
    from messente_rcs.inbound.message import Inbound
    from messente_rcs.inbound.opt_outs import OptOuts
    from messente_rcs.inbound.stop_words import StopWords

BY = "stop word"  # who changed the list, as its items and events say
MARKED = 7 * 86_400  # seconds that a mark lasts
RECEIVED = "RCS Message Received"
OPTED_OUT, OPTED_IN = "RCS Recipient Opted Out", "RCS Recipient Opted In"


class Seen:
    """The marks of published messages, without text or number, as items of the table of records.

    Every method may raise TableUnavailable.
    """

    def __init__(self, client: DynamoDBClient, table_name: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._name = table_name
        self._clock = clock

    def has(self, mark: str) -> bool:
        """Tell whether a message is marked. DynamoDB may delete a mark days after its time, which does no harm."""
        with dynamodb():
            return "Item" in self._client.get_item(TableName=self._name, Key=_key(mark), ConsistentRead=True)

    def add(self, mark: str) -> None:
        """Mark a message."""
        ttl = str(int(self._clock()) + MARKED)
        with dynamodb():
            self._client.put_item(TableName=self._name, Item=_key(mark) | {"ttl": {"N": ttl}})


def _key(mark: str) -> dict[str, Any]:
    return {"id": {"S": f"#inbound:{mark}"}}  # no message id contains a "#"


@dataclass(frozen=True, slots=True)
class Options:
    """The optional steps of a stack; None leaves a step out."""

    conversation_of: Callable[[str], dict[str, Any] | None] | None = None  # finds the last message to a number
    confirm: Callable[[str], None] | None = None  # puts a payload, as JSON, into the queue
    confirmation: str = ""  # the text that confirms an opt-out; empty: none is sent


class Inbox:
    """Takes inbound messages."""

    def __init__(self, words: StopWords, opt_outs: OptOuts, seen: Seen, bus: Bus, options: Options) -> None:
        self._words = words
        self._opt_outs = opt_outs
        self._seen = seen
        self._bus = bus
        self._options = options

    def take(self, inbound: Inbound) -> None:
        """Handle a message; raises Unavailable if it must be delivered again."""
        wish = self._words.wish(inbound.text, inbound.postback)
        change = _change(inbound, wish)
        seen = self._was_seen(inbound)
        changed = None
        if change and (change.wish is Wish.OPTED_OUT or not seen):  # a stop word, whatever was seen
            changed = self._opt_outs.change(change)
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
        try:
            return inbound.sent_at is not None and self._seen.has(inbound.mark)
        except TableUnavailable:
            return False  # told of twice rather than not at all

    def _conversation(self, inbound: Inbound) -> dict[str, Any] | None:
        if self._options.conversation_of is None or inbound.number is None:
            return None
        try:
            return self._options.conversation_of(key_of(inbound.number))
        except TableUnavailable as unavailable:
            logger.warning("no conversation", extra={"inbound_id": inbound.id, "reason": str(unavailable)})
            return None

    def _tell_of(self, change: Change) -> None:
        is_out = change.wish is Wish.OPTED_OUT
        told = {name: getattr(change, name) for name in ("id", "to", "since", "by", "channel")}
        self._tell(OPTED_OUT if is_out else OPTED_IN, told)
        count(Metric.OPTED_OUT if is_out else Metric.OPTED_IN)
        if is_out and self._options.confirm and self._options.confirmation:
            # Not the same for two recipients under one id, nor for one who opts out in the same words again.
            event = sha256(f"{change.to} {change.origin} {change.since}".encode()).hexdigest()[:16]
            payload = {
                "to": change.to,
                "text": self._options.confirmation,
                "idempotency_key": f"opt-out:{change.id}:{event}",
                "ignore_opt_out": True,
            }
            self._options.confirm(json.dumps(payload))

    def _tell(self, detail_type: str, told: Mapping[str, Any]) -> None:
        """Publish an event. It has the number and the text, on purpose."""
        known = {name: value for name, value in told.items() if value is not None}
        [put] = self._bus.put([json.dumps(known, ensure_ascii=False, separators=(",", ":"))], detail_type)
        if put.kind is not PutKind.TAKEN:
            raise BusUnavailable(f"EventBridge: {put.reason}")

    def _mark(self, inbound: Inbound) -> None:
        try:
            self._seen.add(inbound.mark)
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
