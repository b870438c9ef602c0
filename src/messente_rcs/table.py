"""The record of each message id: one DynamoDB item, moved only by conditional writes.

    (none) | retryable | rejected | expired  --claim-->   claimed
    claimed                                  --record-->  sent | rejected | retryable | unknown
    claimed, its lease over                  --lose-->    unknown
    unknown                                  --reclaim--> claimed     (only under `on_unknown: resend`)

*claimed* means that the message may have been sent: passing time turns it into *unknown*, never back into free.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.delivery import Delivery
from messente_rcs.dynamodb_json import from_dynamodb, to_dynamodb
from messente_rcs.errors import aws_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

    from messente_rcs.errors import Error
    from messente_rcs.messente import Answer
    from messente_rcs.payload.submission import Submission

type Item = dict[str, Any]
type Key = dict[str, Any]  # of an index, in DynamoDB's own JSON
type Returns = Literal["NONE", "ALL_NEW"]  # NONE where nobody reads the record: it need not be sent and decoded


class State(StrEnum):
    """What we know of the request. The delivery status of each message_id is kept apart from it."""

    CLAIMED = "claimed"
    SENT = "sent"
    REJECTED = "rejected"
    RETRYABLE = "retryable"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


FREE = "attribute_not_exists(id) OR #state IN (:retryable, :rejected, :expired)"
NEVER_SENT = {":retryable": State.RETRYABLE, ":rejected": State.REJECTED, ":expired": State.EXPIRED}

TAKE = (
    "SET #state = :state, #to = :to, channels = :channels, payload_hash = :payload_hash, #ttl = :ttl,"
    " created_at = if_not_exists(created_at, :now), messages = if_not_exists(messages, :no_messages),"
    " attempts = if_not_exists(attempts, :zero)"
)
ATTEMPT = " + :one"  # goes on with `attempts`
LEASE = ", #owner = :owner, lease_until = :lease_until, #open = :open, due = :due REMOVE errors, held, unknown_since"

# Our claim still stands, or it was called lost and nobody has taken another one since.
OURS = "#owner = :owner AND #state IN (:claimed, :unknown)"

# The sparse indexes. A record is in `by_open` while the reconciler has to look at it, from the time `due` on, spread
# over shards because one partition of an index takes 1,000 writes a second; and in `by_unknown` while it is unknown.
SHARDS = 8
HELD = "unknown"


class TableUnavailable(Exception):  # noqa: N818 - a state of the world, not a defect
    """DynamoDB did not do what was asked; whether a write took place is open. The text is safe to log."""


class Occupied(Exception):  # noqa: N818 - an answer rather than an error
    """The condition of a write did not hold; `item` is the record that stood there."""

    def __init__(self, item: Item) -> None:
        super().__init__("the record is not in the state that this write asks for")
        self.item = item


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to POST one message once. `ambiguous`: an earlier attempt may have been accepted as well."""

    id: str
    owner: str
    ambiguous: bool = False


class Table:
    """The table `id -> record` over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        ttl_days: int,
        clock: Callable[[], float],
        reconcile_after: float = 3600,
    ) -> None:
        self._client = client
        self._name = name
        self._ttl = ttl_days * 86_400
        self._reconcile_after = reconcile_after
        self._clock = clock

    def get(self, message_id: str) -> Item | None:
        """Return the record as it is now, or None."""
        try:
            answer = self._client.get_item(TableName=self._name, Key={"id": {"S": message_id}}, ConsistentRead=True)
        except (ClientError, BotoCoreError) as failure:
            raise TableUnavailable(f"DynamoDB: {aws_code(failure)}") from None
        return from_dynamodb(answer["Item"]) if "Item" in answer else None

    def claim(self, claim: Claim, submission: Submission, lease_until: float) -> None:
        """Take a message id that is free; raises Occupied."""
        values = self._taken(State.CLAIMED, submission) | self._leased(claim, lease_until)
        self._update(claim.id, TAKE + ATTEMPT + LEASE, FREE, values | NEVER_SENT, returns="NONE")

    def reclaim(self, claim: Claim, submission: Submission, lease_until: float, lost: Item) -> None:
        """Take an *unknown* record for another attempt, if it is still as `lost` shows it; raises Occupied."""
        values = self._taken(State.CLAIMED, submission) | self._leased(claim, lease_until)
        self._update(
            claim.id,
            TAKE + ATTEMPT + ", resends = if_not_exists(resends, :zero) + :one" + LEASE,
            "#state = :unknown AND #owner = :last_owner",
            values | {":unknown": State.UNKNOWN, ":last_owner": lost["owner"]},
            returns="NONE",
        )

    def expire(self, message_id: str, submission: Submission) -> Item:
        """Record that a free message id was not sent because its `expires_at` had passed; raises Occupied."""
        values = self._taken(State.EXPIRED, submission)
        return self._update(message_id, TAKE + " REMOVE errors", FREE, values | NEVER_SENT)

    def lose(self, claimed: Item) -> Item:
        """Say *unknown* of a claim whose lease ran out, if it is still the same claim; raises Occupied."""
        return self._update(
            claimed["id"],
            "SET #state = :unknown, held = :held, unknown_since = :now, due = :due",
            "#state = :claimed AND #owner = :owner",
            {
                ":unknown": State.UNKNOWN,
                ":held": HELD,
                ":due": self.later(),
                ":claimed": State.CLAIMED,
                ":owner": claimed["owner"],
            },
        )

    def record_sent(
        self, claim: Claim, answer: Answer, goes_out_at: float | None = None, *, returns: Returns = "ALL_NEW"
    ) -> Item:
        """Record an acceptance with its ids; `goes_out_at` is the Unix time that the message was scheduled for.

        It is a fact whoever owns the record by now (under `resend` another attempt may), so that only a cancellation
        keeps its state. What a delivery report wrote of a message_id before us stays.
        """
        sets, names, values = _merge(answer.messages)
        return self._update(
            claim.id,
            "SET #state = :sent, omnimessage_id = :omnimessage_id, due = :due,"
            " delivery = if_not_exists(delivery, :pending)"
            + sets
            + " REMOVE lease_until, held, unknown_since, errors ADD omnimessage_ids :omnimessage_ids",
            "attribute_exists(id) AND #state <> :cancelled",
            values
            | {
                ":sent": State.SENT,
                ":omnimessage_id": answer.omnimessage_id,
                ":omnimessage_ids": {answer.omnimessage_id},
                ":due": self.later(goes_out_at),
                ":pending": Delivery.PENDING,
                ":cancelled": State.CANCELLED,
            },
            names,
            returns=returns,
        )

    def record_not_sent(self, claim: Claim, state: State, errors: list[Error]) -> Item:
        """Record that our attempt was refused; raises Occupied if that is outdated.

        An ambiguous claim becomes *unknown* again: this attempt's refusal says nothing of the one before.
        """
        if claim.ambiguous:
            # Only attempts that may have been accepted count against the limit of resends.
            uncounted = ", resends = resends - :one" if state is State.RETRYABLE else ""
            return self._give_up_claim(claim, uncounted, errors, {})
        return self._update(
            claim.id,
            "SET #state = :state, errors = :errors REMOVE lease_until, #open, due, held, unknown_since",
            OURS,
            {":state": state, ":errors": errors, **_ours(claim)},
        )

    def record_unknown(self, claim: Claim, answer: Answer) -> Item:
        """Record that the answer was lost, with what could be read of it; raises Occupied if that is outdated."""
        sets, names, values = _merge(answer.messages)
        if answer.omnimessage_id:
            sets += ", omnimessage_id = :found"
            values[":found"] = answer.omnimessage_id
        return self._give_up_claim(claim, sets, answer.errors, values, names)

    def save(self, before: Item, after: Item) -> Item:
        """Write what differs between two versions of a record; raises Occupied unless it is still as `before`."""
        sets = {name: value for name, value in after.items() if before.get(name) != value}
        removes = [name for name in before if name not in after]
        clauses = {
            "SET": [f"#{name} = :{name}" for name in sets],
            "REMOVE": [f"#{name}" for name in removes],
        }
        update = " ".join(f"{clause} {', '.join(actions)}" for clause, actions in clauses.items() if actions)
        now, revision = self.now(), before["revision"]
        values = {f":{name}": value for name, value in sets.items()} | {":revision": revision, ":now": now}
        self._update(before["id"], update, "revision = :revision", values, returns="NONE")
        # As it is then: nobody else's write came between.
        return after | {"revision": revision + 1, "updated_at": now}

    def with_omnimessage_id(self, omnimessage_id: str) -> str | None:
        """Find the message id of an omnimessage, or None (the index may lag behind by moments)."""
        found = self._query("by_omnimessage_id", "omnimessage_id = :id", {":id": omnimessage_id}, limit=1)
        return found["Items"][0]["id"]["S"] if found["Items"] else None

    def unknown(self, limit: int, after: Key | None = None) -> tuple[list[Item], Key | None]:
        """Read a page of *unknown* records, oldest first, and the key to go on after."""
        page = self._query("by_unknown", "held = :held", {":held": HELD}, limit=limit, after=after)
        items = [self.get(key["id"]["S"]) for key in page["Items"]]
        return [item for item in items if item and item["state"] == State.UNKNOWN], page.get("LastEvaluatedKey")

    def due(self, shard: int, limit: int) -> list[tuple[str, str]]:
        """List records of a shard that the reconciler should look at by now, as (due, id), the longest due first."""
        values = {":open": str(shard), ":now": self.now()}
        found = self._query("by_open", "#open = :open AND due <= :now", values, limit=limit)
        return [(key["due"]["S"], key["id"]["S"]) for key in found["Items"]]

    def now(self) -> str:
        """Tell the time as records have it: ISO 8601, UTC, milliseconds."""
        return timestamp(self._clock())

    def later(self, since: float | None = None, times: int = 1) -> str:
        """Tell when the reconciler should look at a record (next): so long after `since`, or after now."""
        return timestamp(max(self._clock(), since or 0) + self._reconcile_after * times)

    def _taken(self, state: State, submission: Submission) -> dict[str, Any]:
        return {
            ":state": state,
            ":to": submission.to,
            ":channels": [message["channel"] for message in submission.omnimessage["messages"]],
            ":payload_hash": submission.payload_hash,
            # Counted from when it goes out, so that its reports still find a record.
            ":ttl": int(max(self._clock(), submission.goes_out_at or 0)) + self._ttl,
            ":no_messages": {},
        }

    def _leased(self, claim: Claim, lease_until: float) -> dict[str, Any]:
        return {
            ":owner": claim.owner,
            ":lease_until": round(lease_until, 3),
            ":open": shard_of(claim.id),
            ":due": timestamp(lease_until),
        }

    def _give_up_claim(
        self,
        claim: Claim,
        sets: str,
        errors: list[Error],
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        return self._update(
            claim.id,
            "SET #state = :unknown, errors = :errors, held = :held, unknown_since = if_not_exists(unknown_since, :now),"
            f" due = :due{sets} REMOVE lease_until",
            OURS,
            {":errors": errors, ":held": HELD, ":due": self.later(), **_ours(claim), **values},
            names,
        )

    def _query(
        self, index: str, condition: str, values: Mapping[str, Any], limit: int, after: Key | None = None
    ) -> QueryOutputTypeDef:
        more: dict[str, Any] = {"ExclusiveStartKey": after} if after else {}
        if names := _aliases(condition):
            more["ExpressionAttributeNames"] = names
        try:
            return self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues={name: to_dynamodb(value) for name, value in values.items()},
                Limit=limit,
                **more,
            )
        except (ClientError, BotoCoreError) as failure:
            raise TableUnavailable(f"DynamoDB: {aws_code(failure)}") from None

    def _update(  # noqa: PLR0913 - what DynamoDB takes
        self,
        message_id: str,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        *,
        returns: Returns = "ALL_NEW",
    ) -> Item:
        """Write, count the write, and return the record as it is then (empty with NONE)."""
        counted = "SET updated_at = :now, revision = if_not_exists(revision, :zero) + :one"
        update = f"{counted}, {update[4:]}" if update.startswith("SET ") else f"{counted} {update}"
        values = {":now": self.now(), **values, ":zero": 0, ":one": 1}
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": message_id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={**_aliases(f"{update} {condition}"), **(names or {})},
                ExpressionAttributeValues={name: to_dynamodb(value) for name, value in values.items()},
                ReturnValues=returns,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            item: Any = refused.response.get("Item", {})
            raise Occupied(from_dynamodb(item)) from None
        except (ClientError, BotoCoreError) as failure:
            raise TableUnavailable(f"DynamoDB: {aws_code(failure)}") from None
        return from_dynamodb(answer.get("Attributes", {}))


def unknown_key(message_id: str, since: str) -> Key:
    """Make the key in the index `by_unknown` that a listing goes on after."""
    return {"id": {"S": message_id}, "held": {"S": HELD}, "unknown_since": {"S": since}}


def timestamp(seconds: float) -> str:
    """Write a Unix time as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shard_of(message_id: str) -> str:
    """Choose the shard of the index `by_open` for a record."""
    return str(zlib.crc32(message_id.encode()) % SHARDS)


def _ours(claim: Claim) -> dict[str, Any]:
    return {":owner": claim.owner, ":claimed": State.CLAIMED, ":unknown": State.UNKNOWN}


@lru_cache(256)  # few: save() makes them of the attributes that changed
def _aliases(expression: str) -> Mapping[str, str]:
    """Name each attribute that the expression writes with a #; numbered ones are named by _merge."""
    return {alias: alias[1:] for alias in re.findall(r"#[a-z_]+\b", expression)}


def _merge(messages: Mapping[str, Mapping[str, str]]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Make the clauses that add each message_id to the map `messages` without touching what is there."""
    clauses, names, values = "", {}, {}
    for number, (message_id, message) in enumerate(messages.items()):
        clauses += f", messages.#m{number} = if_not_exists(messages.#m{number}, :m{number})"
        names[f"#m{number}"] = message_id
        values[f":m{number}"] = dict(message)
    return clauses, names, values


_INTERNAL = {
    "owner",
    "lease_until",
    "payload_hash",
    "resends",
    "omnimessage_ids",
    "revision",
    "open",
    "due",
    "asked",
    "held",
}


def public(item: Item) -> Item:
    """Return the record as callers see it: without the attributes that only the protocol needs."""
    return {name: value for name, value in item.items() if name not in _INTERNAL}
