"""The indexes of the table: records by Messente's id, and records that are due, abandoned or unknown.

An index lags behind the table by moments. Read a record from the table before you act on it.
"""

import itertools
from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder, Key

from messente_rcs.message_id import is_message_id
from messente_rcs.records.expressions import decoded, encoded
from messente_rcs.records.record import BY_DUE, BY_UNKNOWN, SHARDS, Index, pointer_id
from messente_rcs.records.table import Table, dynamodb

BY_RECIPIENT = "by_recipient"  # only what is sent while conversations are tracked is in it

AHEAD = 16  # entries by which a shard may be ahead of the others before a second page of it is read

type Position = tuple[Any, str]  # what an index is sorted by, and the message id


class Indexes:
    """The indexes of a table. Every method may raise TableUnavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def with_omnimessage_id(self, omnimessage_id: str) -> str | None:
        """Find the message id of an omnimessage, or None: by the index, or by the pointer of a later attempt."""
        if found := next(self._query("by_omnimessage_id", Key("omnimessage_id").eq(omnimessage_id), limit=1), None):
            return str(found["id"])
        pointer = self._table.item(pointer_id(omnimessage_id)) or {}
        of = decoded(pointer).get("of")  # what else stands under such an id, a mark for one, has none
        return of if is_message_id(of) else None

    def last_sent_to(self, recipient: str) -> dict[str, Any] | None:
        """Find the message that was sent last to a recipient, by its key: its id, and its tags if it has some."""
        found = self._query(BY_RECIPIENT, Key("recipient").eq(recipient), limit=1, ScanIndexForward=False)
        item = next(found, {})
        return {name: item[name] for name in ("id", "tags") if name in item} or None

    def due(self, limit: int, index: Index, after: Position | None = None) -> list[Position]:
        """List up to `limit` whose time has come in BY_DUE or BY_LEASE, after a position; the longest due first."""
        now = self._table.now() if index is BY_DUE else int(self._table.clock())
        return self._first(index, limit, after, until=now)

    def unknown(self, limit: int, after: Position | None = None) -> list[Position]:
        """List up to `limit` *unknown* records that come after a position, the one that is unknown longest first."""
        return self._first(BY_UNKNOWN, limit, after, until=None)

    def _first(self, index: Index, limit: int, after: Position | None, until: Any) -> list[Position]:
        page_size = min(limit, limit // SHARDS + AHEAD)
        shards = (self._in_order(index, str(shard), page_size, after, until) for shard in range(SHARDS))
        return list(itertools.islice(merge(*shards), limit))

    def _in_order(self, index: Index, *of_shard: Any) -> Iterator[Position]:
        """Sort entries of the same time by their ids, as DynamoDB does not."""
        for _, of_one_time in itertools.groupby(self._entries(index, *of_shard), itemgetter(0)):
            yield from sorted(of_one_time)

    def _entries(
        self, index: Index, shard: str, page_size: int, after: Position | None, until: Any
    ) -> Iterator[Position]:
        """Yield the entries of a shard that come after a position, none later than `until`."""
        condition: ConditionBase = Key(index.shard).eq(shard)
        if after:
            condition &= Key(index.position).gte(after[0])
        elif until is not None:
            condition &= Key(index.position).lte(until)
        for key in self._query(index.name, condition, page_size):
            entry = key[index.position], key["id"]
            if until is not None and entry[0] > until:
                return
            # The time of `after` is read again: other records may have got the same time.
            if after is None or entry > after:
                yield entry

    def _query(self, index: str, condition: ConditionBase, limit: int, **more: Any) -> Iterator[dict[str, Any]]:
        """Yield what an index has, in pages of `limit`, read as far as asked."""
        built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=True)
        while True:
            with dynamodb():
                page: Any = self._table.client.query(
                    TableName=self._table.settings.table_name,
                    IndexName=index,
                    KeyConditionExpression=built.condition_expression,
                    ExpressionAttributeNames=built.attribute_name_placeholders,
                    ExpressionAttributeValues=encoded(built.attribute_value_placeholders),
                    Limit=limit,
                    **more,
                )
            yield from map(decoded, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]
