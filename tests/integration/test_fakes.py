"""The DynamoDB in memory of the unit tests answers as the emulator does, call by call."""

import re
import uuid
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


# A name that no expression mentions is a mistake.
UNUSED = ("SET n = :one", "attribute_not_exists(id)", "#part")


def arguments(*texts: str) -> dict[str, Any]:
    """Name what the expressions use, and nothing else: DynamoDB refuses the rest."""
    used = set(re.findall(r"[:#]\w+", " ".join(texts)))
    names = {name: text for name, text in {"#state": "state", "#part": "m-1"}.items() if name in used}
    values = {name: value for name, value in ITEM.items() if name in used}
    given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {name: part for name, part in given.items() if part}


def plain(value: Any) -> Any:
    """Make answers comparable: the order in a set means nothing, and ids differ by run."""
    if isinstance(value, dict):
        return {name: sorted(part) if name == "SS" else plain(part) for name, part in value.items() if name != "id"}
    return [plain(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def tables(stack: Stack) -> list[tuple[Any, str]]:
    """The fake and the emulator, each with the table's name."""
    return [(DynamoDB(table_of_the_template()), "any"), (stack.client("dynamodb"), stack.table)]


def test_dynamodb_writes(tables: list[tuple[Any, str]], message_id: str) -> None:
    """Each write has the same end: the new item, the item that stood in the way, or a refusal."""

    def write(client: Any, table: str, update: str, condition: str, *unused: str) -> Any:
        try:
            written = client.update_item(
                TableName=table,
                Key={"id": {"S": message_id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments(update, condition, *unused),
            )
        except ClientError as failure:
            return failure.response["Error"]["Code"], plain(failure.response.get("Item"))
        except ValueError:
            return "ValidationException", None  # how the fake says it
        return plain(written["Attributes"])

    ends = []
    for each in [*WRITES, UNUSED]:
        ours, theirs = (write(client, table, *each) for client, table in tables)
        assert ours == theirs, each
        ends.append(ours)
    assert ends[-1] == ("ValidationException", None)
    assert sum(isinstance(end, dict) for end in ends) > len(WRITES) / 2


def test_dynamodb_queries(tables: list[tuple[Any, str]]) -> None:
    """Pages of a sparse index come in the same order, with keys to go on after."""
    run, found = uuid.uuid4().hex, []
    for client, table in tables:
        for number, day in enumerate(["03", "01", "02", "01"]):
            item = {"id": f"{run}-{number}", "unknown_shard": run, "unknown_since": f"2026-01-{day}"}
            client.put_item(TableName=table, Item=encoded(item))
        client.put_item(TableName=table, Item={"id": {"S": f"{run}-sparse"}, "unknown_shard": {"S": run}})
        days, more = list[str](), dict[str, Any]()
        while True:
            page = client.query(
                TableName=table,
                IndexName="by_unknown",
                KeyConditionExpression="unknown_shard = :held AND unknown_since <= :until",
                ExpressionAttributeValues={":held": {"S": run}, ":until": {"S": "2026-01-02"}},
                Limit=2,
                **more,
            )
            days += [item["unknown_since"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            assert set(page["LastEvaluatedKey"]) == {"id", "unknown_shard", "unknown_since"}
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        found.append(days)
    assert found == [["2026-01-01", "2026-01-01", "2026-01-02"]] * 2
