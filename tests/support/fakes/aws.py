"""The clients. Each is one service with its state; calls are atomic, as AWS's are."""

import json
import re
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.support.fakes.expressions import Item, holds, plain, size, too_long, unused, updated

type Answer = dict[str, Any]

_UNFIT = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")  # what SQS takes no text with


class ConditionalCheckFailedException(ClientError):  # noqa: N818 - AWS's name
    """What DynamoDB raises when a condition does not hold."""


def error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class Scan:
    """A paginator of scans."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables

    def paginate(self, *, TableName: str, FilterExpression: str = "", **given: Any) -> Iterator[Answer]:
        """Give the items that the filter takes, of two that were read a page."""
        values = given.get("ExpressionAttributeValues", {})
        for page in batched(self._tables[TableName].items(), 2, strict=False):
            found = (each for each in page if not FilterExpression or holds(FilterExpression, each, {}, values))
            yield {"Items": list(found)}


class Queries(Scan):
    """A paginator of queries."""

    def paginate(self, *, TableName: str, PaginationConfig: Mapping[str, int], **given: Any) -> Iterator[Answer]:  # type: ignore[override]
        """Give the entries, two in a page, until there are enough."""
        left, start = PaginationConfig["MaxItems"], dict[str, Any]()
        while left > 0:
            page = self._tables[TableName].query(**given, **start, Limit=min(2, left))
            left -= len(page["Items"])
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class Tables:
    """Several tables by name, as one client reaches them."""

    exceptions = SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **given: getattr(self._tables[given["TableName"]], operation)(**given)

    def get_paginator(self, operation: str) -> Any:
        """Read a whole table, or a part of an index, in pages of two."""
        return {"scan": Scan, "query": Queries}[operation](self._tables)

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Answer:
        """Read items of one table."""
        [(name, asked)] = RequestItems.items()
        items, left = self._tables[name].batch_get(asked["Keys"])
        unprocessed = {name: {**asked, "Keys": left}} if left else {}
        return {"Responses": {name: items}, "UnprocessedKeys": unprocessed}


class DynamoDB:
    """One table, made of CreateTable's arguments."""

    exceptions = SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)

    def __init__(self, definition: Mapping[str, Any]) -> None:
        indexes = definition.get("GlobalSecondaryIndexes", ())
        self._indexes = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in indexes}
        self._included = {index["IndexName"]: index["Projection"].get("NonKeyAttributes", []) for index in indexes}
        self._key: str = definition["KeySchema"][0]["AttributeName"]
        self.state = "ACTIVE"  # of the table as a whole
        self.unprocessed: Callable[[], int] = lambda: 0  # how many keys of a batch are left to be asked for again
        self.batches: list[int] = []  # how many keys each batch asked for
        self.entries_read = 0  # of indexes
        self._items: dict[str, Item] = {}
        self.stream: list[dict[str, Any]] = []  # a record of each change, as a stream of new and old images has it
        self._lock = threading.Lock()
        self.write_units = 0  # that AWS would charge for, indexes included

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> list[Item]:
        return list(self._items.values())

    def get_item(self, *, Key: Item, **_: Any) -> Answer:
        found = self._items.get(Key[self._key]["S"])
        return {"Item": found} if found else {}

    def describe_table(self, *, TableName: str) -> Answer:
        arn = f"arn:aws:dynamodb:eu-west-1:000000000000:table/{TableName}"
        key = {"KMSMasterKeyArn": "arn:aws:kms:eu-west-1:000000000000:key/1"}
        stream = f"{arn}/stream/1"
        return {"Table": {"TableStatus": self.state, "TableArn": arn, "LatestStreamArn": stream, "SSEDescription": key}}

    def batch_get(self, keys: Sequence[Item]) -> tuple[list[Item], list[Item]]:
        """Read several items; return them, and the keys that were left out."""
        if not 0 < len(keys) <= 100 or len({str(key) for key in keys}) < len(keys):
            raise error("ValidationException", "BatchGetItem")
        self.batches.append(len(keys))
        left = len(keys) - self.unprocessed()
        found = [self._items.get(key[self._key]["S"]) for key in keys[:left]]
        return [item for item in found if item], list(keys[left:])

    def update_item(
        self,
        *,
        Key: Item,
        UpdateExpression: str,
        ConditionExpression: str,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        ExpressionAttributeValues: Mapping[str, Any] | None = None,
        ReturnValues: str = "NONE",
        **_: Any,
    ) -> Answer:
        """Write one item if the condition holds; answers NONE or ALL_NEW, or raises with ALL_OLD."""
        given = ExpressionAttributeNames or {}, ExpressionAttributeValues or {}
        if unused(f"{UpdateExpression} {ConditionExpression}", *given):
            raise error("ValidationException", "UpdateItem")
        if too_long(UpdateExpression) or _key_is_too_long(Key[self._key]):
            raise error("ValidationException", "UpdateItem")
        with self._lock:
            before = self._items.get(Key[self._key]["S"], {})
            if not holds(ConditionExpression, before, *given):
                response: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
                raise ConditionalCheckFailedException(response | ({"Item": before} if before else {}), "UpdateItem")
            after = updated(UpdateExpression, before or dict(Key), *given)
            self._check(after)
            self._store(after)
            self.write_units += self._units(before, after)
        return {"Attributes": after} if ReturnValues == "ALL_NEW" else {}

    def _check(self, item: Item) -> None:
        """Refuse what an item or the key of an index cannot hold."""
        keys = [item[key] for keys in self._indexes.values() for key in keys if key in item]
        if size(item) > 400 * 1024 or any(map(_key_is_too_long, keys)):
            raise error("ValidationException", "UpdateItem")

    def _units(self, before: Item, after: Item) -> int:
        """Count a write as AWS does: by the larger of both items, and for each index what changes there.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, "Write capacity units".
        """
        units = _kilobytes(before, after)
        for name, keys in self._indexes.items():
            old, new = (self._entry(name, item) if keys_in(item, keys) else {} for item in (before, after))
            if old != new:
                units += sum(_kilobytes(entry) for entry in (old, new) if entry)  # what moves is deleted and put
        return units

    def _entry(self, index: str, item: Item) -> Item:
        names = {self._key, *self._indexes[index], *self._included[index]}
        return {name: item[name] for name in names if name in item}

    def query(
        self,
        *,
        IndexName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Mapping[str, Any],
        Limit: int,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        ExclusiveStartKey: Item | None = None,
        ScanIndexForward: bool = True,
        **_: Any,
    ) -> Answer:
        """Read a page of an index, by its range key; what has the same is in no order that a caller may count on."""
        keys = self._indexes[IndexName]
        given = ExpressionAttributeNames or {}, ExpressionAttributeValues
        wanted = list(ExpressionAttributeValues.values())  # one of them is the partition

        def position(item: Item) -> list[Any]:
            return [*(plain(item[key]) for key in keys[1:]), zlib.crc32(item["id"]["S"].encode())]

        found = [
            self._entry(IndexName, item)
            for item in self._items.values()
            if keys_in(item, keys) and item[keys[0]] in wanted and holds(KeyConditionExpression, item, *given)
        ]
        found.sort(key=position, reverse=not ScanIndexForward)
        if ExclusiveStartKey:
            found = found[found.index(ExclusiveStartKey) + 1 :]
        more = {"LastEvaluatedKey": found[Limit - 1]} if len(found) > Limit else {}
        self.entries_read += len(found[:Limit])
        return {"Items": found[:Limit], **more}

    def put_item(self, *, Item: Item, **_: Any) -> None:
        self._store(Item)

    def delete_item(self, *, Key: Item, **_: Any) -> None:
        self._tell(Key, self._items.pop(Key[self._key]["S"]), None)

    def _store(self, item: Item) -> None:
        key = item[self._key]
        before = self._items.get(key["S"])
        self._items[key["S"]] = item
        if item != before:
            self._tell({self._key: key}, before, item)

    def _tell(self, key: Item, before: Item | None, after: Item | None) -> None:
        images = {"OldImage": before, "NewImage": after}
        change = {"Keys": key, "SequenceNumber": f"{len(self.stream) + 1:021d}"}
        change |= {name: image for name, image in images.items() if image}
        kind = "INSERT" if not before else "MODIFY" if after else "REMOVE"
        self.stream.append({"eventSource": "aws:dynamodb", "eventName": kind, "dynamodb": change})


def keys_in(item: Item, keys: Sequence[str]) -> bool:
    """Tell whether an item is in an index with these keys."""
    return all(key in item for key in keys)


def _key_is_too_long(key: Mapping[str, Any]) -> bool:
    return len(key.get("S", "").encode()) > 2048


def _kilobytes(*items: Item) -> int:
    return max(-(-size(item) // 1024) for item in items)


class SecretsManager:
    """Secrets with their versions AWSCURRENT and AWSPREVIOUS."""

    def __init__(self) -> None:
        self._versions: dict[str, list[str]] = {}

    def create_secret(self, *, Name: str, SecretString: str) -> Answer:
        """Make a secret with a first version; its name serves as its ARN."""
        self._versions[Name] = [SecretString]
        return {"ARN": Name}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:
        self._versions[SecretId].append(SecretString)

    def delete_secret(self, *, SecretId: str, **_: Any) -> None:
        del self._versions[SecretId]

    def get_secret_value(self, *, SecretId: str, VersionStage: str = "AWSCURRENT") -> Answer:
        age = {"AWSCURRENT": 1, "AWSPREVIOUS": 2}[VersionStage]
        versions = self._versions.get(SecretId, [])
        if len(versions) < age:
            raise error("ResourceNotFoundException", "GetSecretValue")
        return {"SecretString": versions[-age]}


class EventBridge:
    """A bus: what was put there. `trouble` may name an error code for an entry, or raise instead of an answer."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.calls: list[int] = []  # with how many entries each
        self.trouble: Callable[[Mapping[str, str]], str | None] = lambda _: None

    def put_events(self, *, Entries: Sequence[Mapping[str, str]]) -> Answer:
        """Put events; those that are not taken have an error code in the answer."""
        size = sum(len("".join(each[name] for name in ("Source", "DetailType", "Detail")).encode()) for each in Entries)
        if not 0 < len(Entries) <= 10 or size > 256 * 1024:
            raise error("ValidationException", "PutEvents")
        self.calls.append(len(Entries))
        answers = [self._put(each) for each in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}

    def _put(self, entry: Mapping[str, str]) -> Answer:
        if code := self.trouble(entry):
            return {"ErrorCode": code, "ErrorMessage": entry["Detail"]}
        self.taken.append({**entry, "Detail": json.loads(entry["Detail"])})
        return {"EventId": str(uuid.uuid4())}


class SQS:
    """Queues by URL: what was put there, and how long received messages were put off."""

    def __init__(self) -> None:
        self.sent: dict[str, list[dict[str, Any]]] = {}
        self.groups: dict[str, list[str | None]] = {}  # of these, in their order
        self.postponed: dict[str, int] = {}  # receipt handle -> seconds

    def send_message(
        self,
        *,
        QueueUrl: str,
        MessageBody: str,
        MessageAttributes: Mapping[str, Any] | None = None,
        MessageGroupId: str | None = None,
    ) -> Answer:
        attributes = {name: value["StringValue"] for name, value in (MessageAttributes or {}).items()}
        size = len(MessageBody.encode()) + sum(len(f"{name}String{text}".encode()) for name, text in attributes.items())
        if size > 1024 * 1024 or not all(attributes.values()):
            raise error("InvalidParameterValue", "SendMessage")
        if _UNFIT.search("".join([MessageBody, *attributes.values()])):
            raise error("InvalidMessageContents", "SendMessage")
        self.sent.setdefault(QueueUrl, []).append({"body": MessageBody, **attributes})
        self.groups.setdefault(QueueUrl, []).append(MessageGroupId)
        return {"MessageId": str(uuid.uuid4())}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        if not 0 <= VisibilityTimeout <= 43_200:
            raise error("InvalidParameterValue", "ChangeMessageVisibility")
        self.postponed[ReceiptHandle] = VisibilityTimeout
