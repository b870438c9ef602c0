"""The conditional writes: a record is moved by these, and in no other way (src/docs/protocol.md draws the moves)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from messente_rcs.errors import Error, Refused, aws_errors
from messente_rcs.phone import key_of
from messente_rcs.records.expressions import Update, decoded, encoded
from messente_rcs.records.record import (
    BY_DUE,
    BY_LEASE,
    BY_UNKNOWN,
    NO_WORD,
    Delivery,
    Index,
    Record,
    State,
    TableUnavailable,
    UnreadableRecord,
    pointer_id,
    timestamp,
)
from messente_rcs.settings import RecordSettings
from messente_rcs.telemetry import Metric, count, logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from messente_rcs.messente.answers import Answer
    from messente_rcs.payload.submission import Submission

PAUSES = (0.1, 0.3)  # seconds before items are asked for again that DynamoDB had no capacity for

# States of a message that was certainly not sent: its id is free, and the next submission is claimed as a new one is.
FREE = [State.RETRYABLE, State.REJECTED, State.EXPIRED]


class ConditionFailed(Refused):
    """The condition of a write did not hold; `record` is what stood there, None where there was nothing."""

    def __init__(self, record: Record | None) -> None:
        super().__init__("the record is not in the state that this write asks for")
        self.record = record


dynamodb = partial(aws_errors, TableUnavailable, "DynamoDB: ")


def read_batch(
    client: DynamoDBClient, table_name: str, keys: Sequence[Any], sleep: Callable[[float], None], **options: Any
) -> list[dict[str, Any]]:
    """Read up to a hundred items, in no order; `options` are BatchGetItem's. Raises TableUnavailable if any was not."""
    found: list[dict[str, Any]] = []
    for pause in (*PAUSES, None):
        wanted: Any = {table_name: {"Keys": keys, "ConsistentRead": True, **options}}
        with dynamodb():
            answer: Any = client.batch_get_item(RequestItems=wanted)
        found += answer["Responses"].get(table_name, [])
        keys = answer.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys", [])
        if not keys:
            break
        if pause is None:
            raise TableUnavailable("DynamoDB: some items of a batch could not be read")
        sleep(pause)
    return found


def update_item(
    client: DynamoDBClient, key: Mapping[str, Any], update: Update, condition: ConditionBase, *, read_back: bool = True
) -> tuple[bool, Mapping[str, Any]]:
    """Write where the condition holds; tell whether it did, and return the item as it is then, if it is read back."""
    with dynamodb():
        try:
            answer = client.update_item(
                **key,
                **update.arguments(condition),
                ReturnValues="ALL_NEW" if read_back else "NONE",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client.exceptions.ConditionalCheckFailedException as refused:
            item: Any = refused.response.get("Item", {})
            return False, item
    return True, answer.get("Attributes", {})


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to POST one message once."""

    id: str
    owner: str
    lease_until: int  # Unix seconds
    delivered_again: bool = False  # if it dies, the queue delivers the message again and so finds it
    ambiguous: bool = False  # an earlier attempt may have been accepted as well


@dataclass(eq=False)
class Table:
    """The table `id -> record` over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    client: DynamoDBClient
    settings: RecordSettings
    clock: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def get(self, message_id: str) -> Record | None:
        """Return the record as it is now, or None."""
        return read(item) if (item := self.item(message_id)) else None

    def item(self, item_id: str) -> Mapping[str, Any] | None:
        """Return an item, which need not be a record, as DynamoDB writes it."""
        with dynamodb():
            return self.client.get_item(**self._key(item_id), ConsistentRead=True).get("Item")

    def put_mark(self, item_id: str, seconds: int) -> None:
        """Put an item that is no record for so long; DynamoDB may delete it days later."""
        mark = encoded({"id": item_id, "ttl": int(self.clock()) + seconds})
        with dynamodb():
            self.client.put_item(TableName=self.settings.table_name, Item=mark)

    def get_all(self, message_ids: Sequence[str]) -> list[Record]:
        """Return up to a hundred records in the order of these ids, without those that are not there or unreadable."""
        keys = [{"id": {"S": message_id}} for message_id in message_ids]
        records: dict[str, Record] = {}
        for item in read_batch(self.client, self.settings.table_name, keys, self.sleep):
            with suppress(UnreadableRecord):  # its id is logged
                records[item["id"]["S"]] = read(item)
        return [records[message_id] for message_id in message_ids if message_id in records]

    def current(self, message_id: str) -> Record | None:
        """Return the record as it is now, or None; a dead claim is called *unknown* first."""
        record = self.get(message_id)
        return self.end_claim(record) if record else None

    def end_claim(self, record: Record) -> Record | None:
        """Call a claim *unknown* if its lease is over; return the record as it is then, or None if it has gone.

        The lease stays in the record: clocks differ, so that the owner may still be at work and tell the truth later.
        """
        if record.state is not State.CLAIMED or (record.lease_until or 0) > self.clock():
            return record
        update = self._change().set(state=State.UNKNOWN, **BY_UNKNOWN.entry(record.id, self.now()))
        same_claim = Attr("state").eq(State.CLAIMED) & Attr("owner").eq(record.owner)
        try:
            unknown = self._write(record.id, update.remove(BY_LEASE.shard), same_claim)
        except ConditionFailed as failed:
            return failed.record
        count(Metric.UNKNOWN)
        logger.warning("lease is over", extra={"message_id": record.id})
        return unknown

    def claim(self, claim: Claim, submission: Submission, unknown: Record | None = None) -> None:
        """Take an id that is free, or an *unknown* record that is still as it was read; raises ConditionFailed."""
        end = {"lease_until": claim.lease_until}
        lease = end if claim.delivered_again else BY_LEASE.entry(claim.id, claim.lease_until)
        # The recipient's key puts the record into an index, which costs a write unit of each message.
        recipient = {"recipient": key_of(submission.to)} if self.settings.track_conversations else {}
        update = (
            self._taken(State.CLAIMED, submission)
            .set(owner=claim.owner, **lease, **recipient, **BY_DUE.entry(claim.id, self.later(submission.goes_out_at)))
            .add(attempts=1)
            .remove("errors", *NO_WORD, *BY_UNKNOWN.no_entry)
        )
        # Of a claim that the SDK repeats, the first write may be done last, after the attempt has ended.
        condition = _is_free() & ~Attr("owner").eq(claim.owner)
        if unknown:
            condition = Attr("state").eq(State.UNKNOWN) & Attr("owner").eq(unknown.owner)
            # Owners and no number: the SDK repeats a write whose answer was lost, and a number would change twice.
            update.add(resends={claim.owner})
        self._write(claim.id, update, condition, read_back=False)

    def end_unsent(self, message_id: str, submission: Submission, state: State, errors: list[Error]) -> Record | None:
        """Record that a free message id is not sent, for a reason of our own; raises ConditionFailed."""
        update = self._taken(state, submission).set(errors=errors).set_if_absent(attempts=0)
        return self._write(message_id, update, _is_free())

    def record_sent(self, claim: Claim, answer: Answer, *, read_back: bool = True) -> Record | None:
        """Record an acceptance with its ids, and return the record if it is to be read back; raises ConditionFailed.

        Whoever owns the record by now, and whatever a person said: only a cancellation that Messente confirmed stays.
        """
        not_cancelled = ~Attr("cancelled_ids").contains(answer.omnimessage_id)
        update = self._change().set(state=State.SENT).set_if_absent(delivery=Delivery.PENDING)
        update.remove("errors", *NO_WORD, *BY_LEASE.no_entry, *BY_UNKNOWN.no_entry)
        return self._update_with_ids(claim.id, answer, update, Attr("id").exists() & not_cancelled, read_back=read_back)

    def record_not_sent(self, claim: Claim, state: State, errors: list[Error]) -> Record | None:
        """Record that our attempt was rejected; raises ConditionFailed if that is outdated."""
        if claim.ambiguous:  # it says nothing of the attempt before
            update = self._unknown(claim, errors)
            # Only attempts that may have been accepted count against the limit of resends.
            if state in (State.RETRYABLE, State.EXPIRED):
                update.delete(resends={claim.owner})
        else:
            update = self._change().set(state=state, errors=errors)
            update.remove("recipient", *BY_DUE.no_entry, *BY_LEASE.no_entry, *BY_UNKNOWN.no_entry)
        return self._write(claim.id, update, _is_ours(claim))

    def record_unknown(self, claim: Claim, answer: Answer) -> Record | None:
        """Record that the answer was lost, with what could be read of it; raises ConditionFailed if outdated."""
        return self._update_with_ids(claim.id, answer, self._unknown(claim, answer.errors), _is_ours(claim))

    def save(self, before: Record, after: Record) -> Record:
        """Write what differs between two versions of a record; raises ConditionFailed unless it is still `before`."""
        after = replace(after, updated_at=self.now(), revision=(before.revision or 0) + 1)
        old, new = before.attributes, after.attributes
        update = Update().set(**{name: value for name, value in new.items() if old.get(name) != value})
        update.remove(*(name for name in old if name not in new))
        self._write(before.id, update, Attr("revision").eq(before.revision), read_back=False)
        return after

    def point(self, omnimessage_id: str, record: Record) -> str:
        """Let a second omnimessage_id lead to its record, before it is in it; return the id of the record it leads to.

        That is empty if what stands there is no pointer. The pointer outlives the record, whose end may still move.
        """
        update = Update().set_if_absent(of=record.id, ttl=int(record.ttl or self.clock()) + self._lifetime)
        nothing_else_stands_there = Attr("id").not_exists() | Attr("of").exists()
        _, item = update_item(self.client, self._key(pointer_id(omnimessage_id)), update, nothing_else_stands_there)
        return str(decoded(item).get("of", ""))

    def put_off(self, message_id: str, index: Index, position: Any) -> None:
        """Move an item back in an index if it still stands at this position, whatever else it may hold."""
        later = int(self.clock() + self.settings.reconcile_after) if index is BY_LEASE else self.later()
        update = Update().set(**{index.position: later})
        update_item(self.client, self._key(message_id), update, Attr(index.position).eq(position), read_back=False)

    def now(self) -> str:
        """Return the time in the form that records have."""
        return timestamp(self.clock())

    def later(self, since: float | None = None, times: int = 1) -> str:
        """Next check: `reconcile_after` seconds after `since` or now."""
        return timestamp(max(self.clock(), since or 0) + self.settings.reconcile_after * times)

    def _taken(self, state: State, submission: Submission) -> Update:
        update = self._change()
        update = update.set(tags=submission.tags) if submission.tags else update.remove("tags")
        return update.set(
            state=state,
            to=submission.to,
            channels=submission.channels,
            payload_hash=submission.payload_hash,
            # Counted from when the message goes out, so that its reports still find a record.
            ttl=int(max(self.clock(), submission.goes_out_at or 0)) + self._lifetime,
        ).set_if_absent(created_at=self.now(), messages={})

    def _unknown(self, claim: Claim, errors: list[Error]) -> Update:
        return (
            self._change()
            .set(state=State.UNKNOWN, errors=errors)
            .set_if_absent(**BY_UNKNOWN.entry(claim.id, self.now()))
            .remove(*BY_LEASE.no_entry)
        )

    def _update_with_ids(
        self, message_id: str, answer: Answer, update: Update, condition: ConditionBase, *, read_back: bool = True
    ) -> Record | None:
        """Write an update and the ids of an answer; an omnimessage_id that is not the first is pointed at before."""
        update.set_entries_if_absent("messages", answer.messages)
        if answer.omnimessage_id:
            update.set_if_absent(omnimessage_id=answer.omnimessage_id).add(omnimessage_ids={answer.omnimessage_id})
        named = Attr("omnimessage_id")
        no_other_came_before = named.not_exists() | named.eq(answer.omnimessage_id)
        try:
            return self._write(message_id, update, condition & no_other_came_before, read_back=read_back)
        except ConditionFailed as failed:
            record = failed.record
            if record is None or record.omnimessage_id in (None, answer.omnimessage_id):
                raise
        if answer.omnimessage_id:
            self.point(answer.omnimessage_id, record)
        return self._write(message_id, update, condition, read_back=read_back)

    def _write(
        self, message_id: str, update: Update, condition: ConditionBase, *, read_back: bool = True
    ) -> Record | None:
        """Write, and return the record as it is then if it is read back, which is a quarter of a write's work."""
        done, item = update_item(self.client, self._key(message_id), update, condition, read_back=read_back)
        record = read(item) if item else None
        if not done:
            raise ConditionFailed(record)
        return record

    @property
    def _lifetime(self) -> int:
        return self.settings.record_ttl_days * 86_400

    def _change(self) -> Update:
        """Begin the update of a record, which counts its writes."""
        return Update().set(updated_at=self.now()).add(revision=1)

    def _key(self, item_id: str) -> dict[str, Any]:
        return {"TableName": self.settings.table_name, "Key": {"id": {"S": item_id}}}


def read(item: Mapping[str, Any]) -> Record:
    """Read an item; one that is no record is counted and logged, and raises UnreadableRecord."""
    attributes = decoded(item)
    try:
        return Record.of(attributes)
    except UnreadableRecord as odd:
        count(Metric.UNREADABLE)
        logger.error("record unreadable", extra={"message_id": attributes.get("id"), "attribute": odd.attribute})
        raise


def _is_free() -> ConditionBase:
    return Attr("id").not_exists() | Attr("state").is_in(FREE)


def _is_ours(claim: Claim) -> ConditionBase:
    """Our claim still stands, or it was called *unknown* and there was no other claim since."""
    return Attr("owner").eq(claim.owner) & Attr("state").is_in([State.CLAIMED, State.UNKNOWN])
