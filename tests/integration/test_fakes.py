"""The DynamoDB in memory of the unit tests answers as the emulator does, call by call."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.records.expressions import encoded
from tests.local.stack import Stack
from tests.support.fakes.aws import DynamoDB
from tests.support.world import table_of_the_template

ITEM = {
    ":id": {"S": "o-1"},
    ":text": {"S": "a"},
    ":other": {"S": "b"},
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":map": {"M": {}},
    ":set": {"SS": ["x"]},
    ":more": {"SS": ["x", "y"]},
    ":list": {"L": [{"S": "rcs"}]},
    ":part": {"M": {"channel": {"S": "rcs"}}},
}

# (update, condition), one after the other on the same item.
WRITES = [
    ("SET #state = :text, messages = :map, n = if_not_exists(n, :one) + :one", "attribute_exists(id)"),
    ("SET #state = :text, messages = :map, n = if_not_exists(n, :one) + :one", "attribute_not_exists(id)"),
    ("SET #state = :other", "attribute_not_exists(id) OR #state IN (:one, :other)"),
    ("SET #state = :other", "attribute_not_exists(id) OR #state IN (:other, :text)"),
    ("SET n = n - :two", "#state = :other AND n = :two"),
    ("SET messages.#part = if_not_exists(messages.#part, :part)", "#state = :other AND NOT n = :one"),
    ("SET messages.#part = if_not_exists(messages.#part, :map)", "attribute_exists(messages.#part)"),
    ("SET messages.#part.x = :text", "attribute_not_exists(messages.#part.x)"),
    ("SET channels = :list REMOVE n, gone ADD ids :set", "#state <> :text"),
    ("ADD ids :more, n :two", "attribute_not_exists(n)"),
    ("DELETE ids :set", "ids = :more"),
    ("ADD ids :set DELETE gone :set", "attribute_exists(ids)"),
    ("REMOVE ids", "(n < :one OR n >= :two) AND ids = :more"),
    ("SET x = nowhere", "attribute_exists(id)"),
    ("SET omnimessage_id = :id", "nowhere = :one OR (#state > :text AND #state <= :other)"),
    ("SET n = :one", "#state = :one"),
    ("SET n = :one", "n = :two AND #state = :text OR n = :two"),
]


def arguments(*texts: str) -> dict[str, Any]:
    """Name what the expressions use, and nothing else: DynamoDB refuses the rest."""
    used = set(re.findall(r"[:#]\w+", " ".join(texts)))
    names = {name: text for name, text in {"#state": "state", "#part": "m-1"}.items() if name in used}
    values = {name: value for name, value in ITEM.items() if name in used}
    given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {name: part for name, part in given.items() if part}


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call answers, or how it fails."""
    try:
        answer = call()
    except ClientError as failure:
        return failure.response["Error"]["Code"], plain(failure.response.get("Item"))
    except ValueError:
        return "ValidationException", None  # how the fake says it
    return plain({name: answer[name] for name in ("Attributes", "Item", "Items") if name in answer})


def plain(value: Any) -> Any:
    """Make answers comparable: the order in a set means nothing, and ids differ by run."""
    if isinstance(value, dict):
        return {name: sorted(part) if name == "SS" else plain(part) for name, part in value.items() if name != "id"}
    return [plain(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def tables(stack: Stack) -> list[tuple[Any, str]]:
    """The fake and the emulator, each with the table's name."""
    return [(DynamoDB(table_of_the_template()), "any"), (stack.client("dynamodb"), stack.table)]


def test_dynamodb_writes(tables: list[tuple[Any, str]]) -> None:
    """Each write has the same end: the new item, the item that stood in the way, or a refusal."""
    key = f"fake-{uuid.uuid4()}"

    def write(client: Any, table: str, update: str, condition: str) -> Any:
        return outcome(
            lambda: client.update_item(
                TableName=table,
                Key={"id": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments(update, condition),
            )
        )

    ends = []
    for update, condition in WRITES:
        ours, theirs = (write(client, table, update, condition) for client, table in tables)
        assert ours == theirs, (update, condition)
        ends.append(ours)
    assert sum(isinstance(end, dict) for end in ends) > len(WRITES) / 2


def test_dynamodb_refuses_what_is_not_used(tables: list[tuple[Any, str]]) -> None:
    """A name or a value that no expression mentions is a mistake."""
    for client, table in tables:
        with pytest.raises(ClientError, match="ValidationException"):
            client.update_item(
                TableName=table,
                Key={"id": {"S": "unused"}},
                UpdateExpression="SET n = :one",
                ConditionExpression="attribute_not_exists(id)",
                ExpressionAttributeNames={"#n": "n"},
                ExpressionAttributeValues={":one": {"N": "1"}},
            )


def test_dynamodb_queries(tables: list[tuple[Any, str]]) -> None:
    """Pages of a sparse index come in the same order, with keys to go on after."""
    run = uuid.uuid4().hex
    for client, table in tables:
        for number, day in enumerate(["03", "01", "02", "01"]):
            item = {"id": f"{run}-{number}", "unknown_shard": run, "unknown_since": f"2026-01-{day}"}
            client.put_item(TableName=table, Item=encoded(item))
        client.put_item(TableName=table, Item={"id": {"S": f"{run}-sparse"}, "unknown_shard": {"S": run}})

    def pages(client: Any, table: str) -> list[list[str]]:
        found: list[list[str]] = []
        more: dict[str, Any] = {}
        for _ in range(5):
            page = client.query(
                TableName=table,
                IndexName="by_unknown",
                KeyConditionExpression="unknown_shard = :held AND unknown_since <= :until",
                ExpressionAttributeValues={":held": {"S": run}, ":until": {"S": "2026-01-02"}},
                Limit=2,
                **more,
            )
            found.append(sorted(item["unknown_since"]["S"] for item in page["Items"]))
            if "LastEvaluatedKey" not in page:
                return found
            assert set(page["LastEvaluatedKey"]) == {"id", "unknown_shard", "unknown_since"}
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        raise AssertionError("pages without end")

    (ours, theirs) = (pages(client, table) for client, table in tables)
    assert [day for page in ours for day in page] == ["2026-01-01", "2026-01-01", "2026-01-02"]
    assert [day for page in theirs for day in page] == [day for page in ours for day in page]
