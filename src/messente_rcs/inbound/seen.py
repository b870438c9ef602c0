"""Marks of published inbound messages: an item in the table of records for each, without text or number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.records.table import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = 7 * 86_400  # seconds


class Seen:
    """The marks over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    def __init__(self, client: DynamoDBClient, table_name: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._name = table_name
        self._clock = clock

    def has(self, mark: str) -> bool:
        """Tell whether a message is marked. DynamoDB may delete a mark days after its time, which does no harm."""
        key = {"id": {"S": _id(mark)}}
        with dynamodb():
            return "Item" in self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)

    def add(self, mark: str) -> None:
        """Mark a message."""
        ttl = str(int(self._clock()) + KEPT)
        with dynamodb():
            self._client.put_item(TableName=self._name, Item={"id": {"S": _id(mark)}, "ttl": {"N": ttl}})


def _id(mark: str) -> str:
    return f"#inbound:{mark}"  # no message id contains a "#"
