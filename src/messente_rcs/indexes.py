"""What is found through the table's indexes: by Messente's id, or because it is due, abandoned or unknown.

An index lags behind the table by moments. Whatever is found here is read from the table before it is acted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionExpressionBuilder, Key

from messente_rcs.expressions import decoded, encoded
from messente_rcs.record import BY_DUE, BY_UNKNOWN, SHARDS, timestamp
from messente_rcs.table import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb import DynamoDBClient

    from messente_rcs.record import Index

type Position = tuple[Any, str]  # what an index is sorted by, and the message id


class Indexes:
    """The indexes over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    def __init__(self, client: DynamoDBClient, table_name: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._table_name = table_name
        self._clock = clock

    def with_omnimessage_id(self, omnimessage_id: str) -> str | None:
        """Find the message id of an omnimessage, or None."""
        found = self._page("by_omnimessage_id", Key("omnimessage_id").eq(omnimessage_id), limit=1)["Items"]
        return str(found[0]["id"]["S"]) if found else None

    def due(self, limit: int, index: Index) -> list[str]:
        """List the ids whose time has come in BY_DUE or BY_LEASE, the longest due first, at most `limit` a shard."""
        now = timestamp(self._clock()) if index is BY_DUE else int(self._clock())
        found: list[Position] = []
        for shard in range(SHARDS):
            condition = Key(index.shard).eq(str(shard)) & Key(index.position).lte(now)
            page = self._page(index.name, condition, limit)
            found += [(key[index.position], key["id"]) for key in map(decoded, page["Items"])]
        return [message_id for _, message_id in sorted(found)]

    def unknown(self, limit: int, after: Position | None = None) -> list[Position]:
        """List up to `limit` *unknown* records that come after a position, the one that is unknown longest first."""
        found: list[Position] = []
        for shard in range(SHARDS):
            found += self._unknown_of(str(shard), limit, after)
        return sorted(found)[:limit]

    def _unknown_of(self, shard: str, limit: int, after: Position | None) -> list[Position]:
        condition: ConditionBase = Key(BY_UNKNOWN.shard).eq(shard)
        if after:
            condition &= Key(BY_UNKNOWN.position).gte(after[0])
        found: list[Position] = []
        for page in self._pages(BY_UNKNOWN.name, condition, limit):
            entries = [(key[BY_UNKNOWN.position], key["id"]) for key in map(decoded, page["Items"])]
            # The last page's own time is read again: other records may have become unknown at the same moment.
            found += [entry for entry in entries if after is None or entry > after]
            if len(found) >= limit:
                break
        return found

    def _pages(self, index: str, condition: ConditionBase, limit: int) -> Iterator[dict[str, Any]]:
        page = self._page(index, condition, limit)
        yield page
        while start := page.get("LastEvaluatedKey"):
            page = self._page(index, condition, limit, ExclusiveStartKey=start)
            yield page

    def _page(self, index: str, condition: ConditionBase, limit: int, **more: Any) -> dict[str, Any]:
        built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=True)
        with dynamodb():
            page: Any = self._client.query(
                TableName=self._table_name,
                IndexName=index,
                KeyConditionExpression=built.condition_expression,
                ExpressionAttributeNames=built.attribute_name_placeholders,
                ExpressionAttributeValues=encoded(built.attribute_value_placeholders),
                Limit=limit,
                **more,
            )
        return dict(page)
