"""The examples of the documents work, one after the other."""

import builtins
import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
from botocore.credentials import Credentials

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import Record
from messente_rcs.tracking.report import read_report
from rcs_openapi.describe import DOCUMENTS
from tests.support.documents import all_blocks, blocks
from tests.support.gateway import URL, both_apis, report_on
from tests.support.inbound import hand_in, said
from tests.support.inbound import told as told_of
from tests.support.mapping import Mapping
from tests.support.template import TEMPLATE
from tests.support.world import World, message


def told(commands: str) -> Iterator[dict[str, Any]]:
    """Read the payloads that the commands of a shell example send, each with its key."""
    key = {}
    for option, value in pairwise(shlex.split(commands, comments=True)):
        match option:
            case "-H" if value.startswith("Idempotency-Key: "):
                key = {"idempotency_key": value.removeprefix("Idempotency-Key: ")}
            case "-d":
                yield json.loads(value) | key
            case "--message-body" | "--payload":
                yield json.loads(value)
            case "--entries":
                yield json.loads(json.loads(value)[0]["Detail"])


class Caller:
    """Stands for boto3 and urllib3 in the Python example: what it sends comes to the functions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, example: str) -> None:
        instead = {"__import__": self._import, "print": self._print}
        exec(example, {"__builtins__": vars(builtins) | instead, "API_URL": URL})  # noqa: S102 - ours

    def _import(self, name: str, *rest: Any) -> Any:
        return self if name in ("boto3", "urllib3") else __import__(name, *rest)

    def _print(self, *_: object) -> None:
        """Show nothing: what an example shows has a phone number, which no test may print."""

    def Session(self) -> SimpleNamespace:  # noqa: N802 - boto3's name
        return SimpleNamespace(get_credentials=lambda: Credentials("id", "key"), region_name="eu-west-1")

    def request(self, method: str, url: str, *, body: bytes, headers: dict[str, str]) -> SimpleNamespace:
        assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
        answer = both_apis(self._world).request(method, url, data=body, headers=headers)
        assert answer.ok
        return SimpleNamespace(status=answer.status_code, json=answer.json)


def test_each_json_block_says_what_it_is() -> None:
    """A block of an unknown kind would go unchecked."""
    kinds = {each.kind for each in all_blocks() if each.language == "json"}
    assert kinds == {"payload", "invalid", "errors", "answer", "event", "received", "env", "card"}


def test_what_the_examples_send_is_sent_one_after_the_other(world: World) -> None:
    """Payloads, commands and programs: each message goes out once, and none is in conflict with another."""
    first = {"idempotency_key": json.loads(blocks("json", "answer")[0])["id"]}
    for block in all_blocks():
        match block.language, block.kind:
            case "json", "payload":
                assert world.deliver(first | json.loads(block.text))
            case "sh", "":
                assert all(world.deliver(payload) for payload in told(block.text))
            case "python", "":
                Caller(world).run(block.text)
    assert world.dead() == []
    assert len(world.messente.accepted) == world.items() == 8


def test_the_invalid_payload_has_these_errors() -> None:
    """Word for word, and no others."""
    with pytest.raises(InvalidPayload) as refused:
        parse(blocks("json", "invalid")[0])
    assert json.loads(blocks("json", "errors")[0]) == list(refused.value.errors)


def test_the_answer_has_the_shape_of_a_real_one(world: World) -> None:
    """The names of the item that the API shows, in the example and in reality."""
    example = json.loads(blocks("json", "answer")[0])
    assert world.deliver(json.loads(blocks("json", "payload")[0]) | {"idempotency_key": example["id"]})
    real = Record.of(world.item(example["id"]) or {}).public
    assert real.keys() == example.keys()
    assert (real["to"], real["state"]) == (example["to"], example["state"])
    assert [set(each) for each in example["messages"].values()] == [{"channel", "sender"}]


def test_the_event_is_a_real_one(world: World) -> None:
    """The names and the kinds of what a delivery publishes, and the schema agrees."""
    example = json.loads(blocks("json", "event")[0])
    world.deliver(message(example["detail"]["id"]))
    facts = report_on(world, example["detail"]["id"])
    world.parts().tracker.track(example["detail"]["id"], [read_report(facts)])
    mapping = Mapping(world.changes())
    while mapping.poll(world.dynamodb.stream):
        pass
    last = world.events.taken[-1]
    assert (example["source"], example["detail-type"]) == (last["Source"], last["DetailType"])
    assert kinds(example["detail"]) == kinds(last["Detail"])
    jsonschema_rs.validator_for(DOCUMENTS["message-changed.schema.json"], validate_formats=True).validate(example)


def test_the_tap_is_a_real_one(world: World) -> None:
    """It is what the tap on the README's own message comes to, with that message as the conversation."""
    example = json.loads(blocks("json", "received")[0])
    [offer] = [
        each for each in map(json.loads, blocks("json", "payload")) if "suggestions" in each.get("messages", [{}])[0]
    ]
    [suggestion] = offer["messages"][0]["suggestions"]
    world.deliver(offer, world.env(track_conversations=True))
    tap = {"postback_data": suggestion["reply"]["postback_data"], "recipient": example["detail"]["to"]}
    given = said(world, suggestion["reply"]["text"], offer["to"], **tap)
    assert hand_in(world, given, world.receiving(track_conversations=True))[0] == 200
    [detail] = told_of(world, example["detail-type"])
    ours = {"id", "time", "received_at", "raw"}
    assert {name: detail[name] for name in detail.keys() - ours} == {
        name: example["detail"][name] for name in example["detail"].keys() - ours
    }
    assert kinds(detail) == kinds(example["detail"])
    jsonschema_rs.validator_for(DOCUMENTS["message-received.schema.json"], validate_formats=True).validate(example)


def kinds(node: Any) -> Any:
    """Name the attributes of an event, whatever Messente's ids are, with the kinds of their values."""
    match node:
        case {"messages": dict(entries), **rest}:
            return {**kinds(rest), "messages": [kinds(entry) for entry in entries.values()]}
        case dict():
            return {name: kinds(value) for name, value in node.items()}
    return type(node).__name__


def test_the_variables_for_sam_local_are_the_templates() -> None:
    """Only declared ones are replaced, and those that name a resource have to be."""
    resources = TEMPLATE["Resources"]
    functions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Serverless::Function"]
    everywhere = TEMPLATE.get("Globals", {}).get("Function", {})
    parts = [each.get("Environment", {}).get("Variables", {}) for each in (everywhere, *functions)]
    declared = {name: re.findall(r"\w+", str(value)) for part in parts for name, value in part.items()}
    needed = {name for name, words in declared.items() if resources.keys() & words}
    given = json.loads(blocks("json", "env")[0])["Parameters"].keys()
    assert needed
    assert needed <= given <= declared.keys()
