"""The record of each message id: one DynamoDB item, moved only by conditional writes.

    (none) | retryable | rejected | expired  --claim-->   claimed
    claimed                                  --record-->  sent | rejected | retryable | unknown
    claimed, its lease over                  --lose-->    unknown
    unknown                                  --reclaim--> claimed     (only under `on_unknown: resend`)

*claimed* means that the message may have been sent: passing time turns it into *unknown*, never back into free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import aws_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from messente_rcs.errors import Error
    from messente_rcs.messente import Answer
    from messente_rcs.payload import Submission

type Item = dict[str, Any]


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
    "SET #state = :state, #to = :to, payload_hash = :payload_hash, #ttl = :ttl, updated_at = :now,"
    " created_at = if_not_exists(created_at, :now), messages = if_not_exists(messages, :no_messages),"
    " attempts = if_not_exists(attempts, :none) + :attempt"
)
LEASE = ", #owner = :owner, lease_until = :lease_until"


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

    def __init__(self, client: DynamoDBClient, name: str, ttl_days: int, clock: Callable[[], float]) -> None:
        self._client = client
        self._name = name
        self._ttl = ttl_days * 86_400
        self._clock = clock

    def get(self, message_id: str) -> Item | None:
        """Return the record as it is now, or None."""
        try:
            answer = self._client.get_item(TableName=self._name, Key={"id": {"S": message_id}}, ConsistentRead=True)
        except (ClientError, BotoCoreError) as failure:
            raise TableUnavailable(f"DynamoDB: {aws_code(failure)}") from None
        return _from_dynamodb(answer["Item"]) if "Item" in answer else None

    def claim(self, claim: Claim, submission: Submission, lease_until: float) -> None:
        """Take a message id that is free; raises Occupied."""
        values = {**self._taken(State.CLAIMED, submission), ":owner": claim.owner, ":lease_until": _number(lease_until)}
        self._update(claim.id, TAKE + LEASE + " REMOVE errors", FREE, values | NEVER_SENT | {":attempt": 1})

    def reclaim(self, claim: Claim, submission: Submission, lease_until: float, lost: Item) -> None:
        """Take an *unknown* record for another attempt, if it is still as `lost` shows it; raises Occupied."""
        values = {**self._taken(State.CLAIMED, submission), ":owner": claim.owner, ":lease_until": _number(lease_until)}
        self._update(
            claim.id,
            TAKE + LEASE + ", resends = if_not_exists(resends, :none) + :attempt",
            "#state = :unknown AND #owner = :last_owner",
            values | {":attempt": 1, ":unknown": State.UNKNOWN, ":last_owner": lost["owner"]},
        )

    def expire(self, message_id: str, submission: Submission) -> Item:
        """Record that a free message id was not sent because its `expires_at` had passed; raises Occupied."""
        values = self._taken(State.EXPIRED, submission)
        return self._update(message_id, TAKE + " REMOVE errors", FREE, values | NEVER_SENT | {":attempt": 0})

    def lose(self, claimed: Item) -> Item:
        """Say *unknown* of a claim whose lease ran out, if it is still the same claim; raises Occupied."""
        return self._update(
            claimed["id"],
            "SET #state = :unknown, updated_at = :now",
            "#state = :claimed AND #owner = :owner",
            {":unknown": State.UNKNOWN, ":claimed": State.CLAIMED, ":owner": claimed["owner"], ":now": self._now()},
        )

    def record_sent(self, claim: Claim, answer: Answer) -> Item:
        """Record an acceptance with its ids.

        It is a fact whoever owns the record by now (under `resend` another attempt may), so that only a cancellation
        keeps its state. What a delivery report wrote of a message_id before us stays.
        """
        sets, names, values = _merge(answer.messages)
        return self._update(
            claim.id,
            "SET #state = :sent, omnimessage_id = :omnimessage_id, updated_at = :now"
            + sets
            + " REMOVE lease_until ADD omnimessage_ids :omnimessage_ids",
            "attribute_exists(id) AND #state <> :cancelled",
            values
            | {
                ":sent": State.SENT,
                ":omnimessage_id": answer.omnimessage_id,
                ":omnimessage_ids": {answer.omnimessage_id},
                ":cancelled": State.CANCELLED,
                ":now": self._now(),
            },
            names,
        )

    def record_not_sent(self, claim: Claim, state: State, errors: list[Error], answer: Answer | None = None) -> Item:
        """Record that our attempt was refused, or that its answer was lost; raises Occupied if that is outdated.

        An ambiguous claim stays *unknown*: this attempt's refusal says nothing of the one before.
        """
        found = answer.omnimessage_id if answer else None
        values = {
            ":state": State.UNKNOWN if claim.ambiguous else state,
            ":errors": errors,
            ":now": self._now(),
            ":owner": claim.owner,
            ":claimed": State.CLAIMED,
            ":unknown": State.UNKNOWN,
        }
        sets, names, merged = _merge(answer.messages if answer else {})
        if claim.ambiguous and state is State.RETRYABLE:
            # Only attempts that may have been accepted count against the limit of resends.
            sets, merged = sets + ", resends = resends - :one", merged | {":one": 1}
        return self._update(
            claim.id,
            "SET #state = :state, errors = :errors, updated_at = :now"
            + (", omnimessage_id = :found" if found else "")
            + sets
            + " REMOVE lease_until",
            "#owner = :owner AND #state IN (:claimed, :unknown)",
            values | merged | ({":found": found} if found else {}),
            names,
        )

    def _taken(self, state: State, submission: Submission) -> dict[str, Any]:
        return {
            ":state": state,
            ":to": submission.to,
            ":payload_hash": submission.payload_hash,
            ":ttl": int(self._clock()) + self._ttl,
            ":now": self._now(),
            ":no_messages": {},
            ":none": 0,
        }

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _update(
        self,
        message_id: str,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        # Every name with a # is an attribute of that name, unless `names` says otherwise.
        aliases = {alias: alias[1:] for alias in re.findall(r"#\w+", update + condition)} | dict(names or {})
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": message_id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=aliases,
                ExpressionAttributeValues={name: _to_dynamodb(value) for name, value in values.items()},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            item: Any = refused.response.get("Item", {})
            raise Occupied(_from_dynamodb(item)) from None
        except (ClientError, BotoCoreError) as failure:
            raise TableUnavailable(f"DynamoDB: {aws_code(failure)}") from None
        return _from_dynamodb(answer["Attributes"])


def _merge(messages: Mapping[str, Mapping[str, str]]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Make the clauses that add each message_id to the map `messages` without touching what is there."""
    clauses, names, values = "", {}, {}
    for number, (message_id, message) in enumerate(messages.items()):
        clauses += f", messages.#m{number} = if_not_exists(messages.#m{number}, :m{number})"
        names[f"#m{number}"] = message_id
        values[f":m{number}"] = dict(message)
    return clauses, names, values


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def _to_dynamodb(value: Any) -> Any:
    return _serializer.serialize(str(value) if isinstance(value, StrEnum) else value)


def _from_dynamodb(attributes: Mapping[str, Any]) -> Item:
    return {name: _plain(_deserializer.deserialize(value)) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case _:
            return value


def _number(seconds: float) -> Decimal:
    return Decimal(str(round(seconds, 3)))


_OURS = {"owner", "lease_until", "payload_hash", "resends", "omnimessage_ids"}


def public(item: Item) -> Item:
    """Return the record as callers see it: without the attributes that only the protocol needs."""
    return {name: value for name, value in item.items() if name not in _OURS}
