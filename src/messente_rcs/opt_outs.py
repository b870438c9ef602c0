"""The list of recipients who opted out: a table `to -> item` beside the table of records, and without its TTL.

An item says what a recipient wanted last, *opted_in* too: an older stop word that arrives after a newer start word must
not win. A recipient without an item never opted out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from messente_rcs.expressions import Update, decoded
from messente_rcs.phone import key_of
from messente_rcs.table import TableUnavailable, dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb import DynamoDBClient

PAUSES = (0.1, 0.3)  # seconds before numbers are asked for again that DynamoDB had no capacity for


class Wish(StrEnum):
    """What a recipient wants."""

    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a recipient wants from now on, who says so, and in what: `origin` is the id of an inbound message, say."""

    to: str = field(repr=False)  # E.164
    wish: Wish
    since: str  # ISO 8601 in UTC with milliseconds, as records have it
    by: str
    origin: str
    channel: str | None = None


class OptOuts:
    """The list over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    def __init__(self, client: DynamoDBClient, table_name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = table_name
        self._sleep = sleep

    def of(self, numbers: Iterable[str]) -> frozenset[str]:
        """Return the keys of those numbers that opted out, up to a hundred in one read; all of them were looked up."""
        asked = [{"to": {"S": key}} for key in sorted(set(map(key_of, numbers)))]
        found: set[str] = set()
        for pause in (*PAUSES, None):
            if asked:
                items, asked = self._read(asked)
                # An item that says anything but opted_in was edited by hand, and is no leave to send.
                found |= {item["to"]["S"] for item in items if item.get("state") != {"S": Wish.OPTED_IN}}
            if asked and pause:
                self._sleep(pause)
        if asked:
            raise TableUnavailable("DynamoDB: some numbers of the opt-out list could not be read")
        return frozenset(found)

    def _read(self, keys: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Read items; return those that are there, and the keys that were not looked up."""
        names = {"#to": "to", "#state": "state"}
        wanted: Any = {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "#to, #state"}
        with dynamodb():
            answer: Any = self._client.batch_get_item(
                RequestItems={self._name: wanted | {"ExpressionAttributeNames": names}}
            )
        return answer["Responses"].get(self._name, []), answer.get("UnprocessedKeys", {}).get(self._name, {}).get(
            "Keys", []
        )

    def change(self, change: Change) -> bool:
        """Write what a recipient wants, unless the list knows something newer; tell whether this changed the state.

        The answer is the same when a change is written twice, so that whoever died after it can tell of it later.
        """
        item = self._write(change)
        if item.get("origin") == change.origin:
            return item.get("previous") != item.get("state")
        if item.get("state") == change.wish:
            self._confirm(change)
        return False

    def _write(self, change: Change) -> Mapping[str, Any]:
        """Write, and return the item as it is then: this change, or what stood in its way."""
        nothing_there = Attr("to").not_exists()
        another_state = Attr("state").ne(change.wish)
        update = (
            Update()
            .set_from("previous", "state", Wish.OPTED_IN)
            .set(state=change.wish, since=change.since, by=change.by, origin=change.origin)
        )
        update = update.set(channel=change.channel) if change.channel else update.remove("channel")
        return self._update(change, update, nothing_there | (another_state & _is_newer(change)))

    def _confirm(self, change: Change) -> None:
        """Note that a recipient says so again, which an older word to the contrary must not undo.

        The origin stays. Whoever made the change may still have to tell of it.
        """
        same_state = Attr("state").eq(change.wish)
        newer = Attr("since").lt(change.since)
        self._update(change, Update().set(since=change.since), same_state & newer)

    def _update(self, change: Change, update: Update, condition: ConditionBase) -> Mapping[str, Any]:
        with dynamodb():
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key={"to": {"S": key_of(change.to)}},
                    **update.arguments(condition),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                old: Any = refused.response.get("Item", {})
                return decoded(old)
        return decoded(answer["Attributes"])


def _is_newer(change: Change) -> ConditionBase:
    if change.wish is Wish.OPTED_OUT:
        # Messente tells the time to the second: of two words within one, it is safer that the stop word wins.
        return Attr("since").lte(change.since)
    return Attr("since").lt(change.since)
