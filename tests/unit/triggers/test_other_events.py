"""What is no payload raises, so that its sender tries again or puts it aside; warm-ups are answered and ignored."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from messente_rcs.triggers.http import Event, UnknownEvent
from tests.support.callback import Callback
from tests.support.world import TEXT, TO, World, message, record

SCHEDULE: Event = json.loads((Path(__file__).parents[3] / "events" / "schedule.json").read_text())

PRIVATE = f"{TO} {TEXT}"

NO_PAYLOADS: dict[str, Any] = {
    "a list of records, as a pipe has it": [record(message())],
    "a number": 37255512345,
    "null": None,
    "words": PRIVATE,
    "a text that is cut off": json.dumps(message())[:-1],
    "records of SNS": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message())}}]},
    "records of a stream": {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {"NewImage": {"to": {"S": TO}}}}]},
    "records of something else": {"Records": [{"eventSource": PRIVATE}]},
    "records that are none": {"Records": [PRIVATE]},
    "records that are no list": {"Records": PRIVATE},
    "records of Kafka": {"eventSource": "aws:kafka", "records": {"topic-0": [{"value": "e30="}]}},
    "records of Firehose": {"invocationId": "i", "deliveryStreamArn": "arn", "records": [{"data": "e30="}]},
    "a REST API event without its context": {"resource": "/messages", "httpMethod": "POST", "body": "{}"},
    "an HTTP API event without its context": {"version": "2.0", "rawPath": "/messages", "body": json.dumps(message())},
    "an HTTP event whose context is null": {"requestContext": None, "httpMethod": "GET", "path": "/"},
    "a WebSocket event": {"requestContext": {"eventType": "CONNECT", "routeKey": "$connect"}, "headers": {}},
    "a payload within an HTTP event": message() | {"headers": {}},
}


NAMED = {
    "a number": "a number",
    "null": "null",
    "words": "a string",
    "records of SNS": "an event of aws:sns, with the field Records",
    "records of Kafka": "an event of aws:kafka, with the field eventSource",
    "records of something else": "an event of another service, with the field Records",
}


@pytest.mark.parametrize("name", NO_PAYLOADS)
def test_what_is_no_payload_raises(world: World, log: io.StringIO, name: str) -> None:
    """The exception names the kind and nothing of what came; nothing is sent, written or put aside as done."""
    with pytest.raises(UnknownEvent, match=f"^no payload: {NAMED.get(name, '')}") as raised:
        world.env().handle(NO_PAYLOADS[name], world.remaining(), "r-1")
    assert (world.messente.requests, world.items(), world.dead()) == ([], 0, [])
    told = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {log.getvalue()}"
    for private in (TO, TO[1:], TEXT):
        assert private not in told


@pytest.mark.parametrize(
    "payload", [{}, {"to": TO}, {"foo": 1}, {"key1": "value1"}, {"warmup": True}, {"warmer": True}, {"detail": {}}]
)
def test_an_object_is_an_invalid_payload(world: World, payload: Any) -> None:
    """Whoever sends an object means a payload: its errors are returned, and it is a dead letter."""
    assert world.env().handle(payload, world.remaining(), "r-1")["state"] == "invalid"
    assert [dead["reason"] for dead in world.dead()] == ["invalid"]


MINE = {"source": "shop", "detail-type": "Scheduled Event", "id": "e", "detail": message("k")}
PAYLOADS = {
    "a text, as from a state machine": json.dumps(message("k")),
    "a text with a mark": "\ufeff" + json.dumps(message("k")),
    "somebody's own schedule": MINE,
    "somebody's own schedule, with a text": MINE | {"detail": json.dumps(message("k"))},
}


@pytest.mark.parametrize("event", PAYLOADS.values(), ids=list(PAYLOADS))
def test_what_holds_a_payload_is_sent(world: World, event: Any) -> None:
    """A text may hold one; only AWS's own schedules are empty."""
    assert world.env().handle(event, world.remaining(), "r-1")["state"] == "sent"


WARM_UPS = {
    "EventBridge Scheduler": SCHEDULE,
    "a rule with a schedule": SCHEDULE | {"source": "aws.events", "detail": {}},
    "a schedule without an id": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
}


@pytest.mark.parametrize("event", WARM_UPS.values(), ids=list(WARM_UPS))
def test_a_warm_up_is_ignored(world: World, log: io.StringIO, event: Any) -> None:
    """By the sending function, directly and by way of the queue, and by the function behind the callback API."""
    assert world.env().handle(event, world.remaining(), "r-1") == {"warm": True}
    assert world.deliver(event)
    assert Callback(world).invoke(event) == {"warm": True}
    assert (world.messente.requests, world.items(), world.dead()) == ([], 0, [])
    assert "WARNING" not in log.getvalue()


@pytest.mark.parametrize("event", [None, [], {"Records": []}, {"requestContext": None}, message()])
def test_the_callback_function_takes_requests_only(world: World, event: Any) -> None:
    """Anything else raises what it is, instead of crashing, and touches nothing."""
    with pytest.raises(UnknownEvent, match=r"^no HTTP request$"):
        Callback(world).invoke(event)
