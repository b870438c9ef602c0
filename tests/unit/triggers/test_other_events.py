"""What is no payload raises, so that its sender tries again or puts it aside; warm-ups are answered and ignored."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.triggers.http import UnknownEvent
from tests.support.callback import Callback
from tests.support.world import TEXT, TO, message, record

if TYPE_CHECKING:
    import io

    from messente_rcs.triggers.http import Event
    from tests.support.world import World

SCHEDULE: Event = json.loads((Path(__file__).parents[3] / "events" / "schedule.json").read_text())

PRIVATE = f"{TO} {TEXT}"

NO_PAYLOADS: dict[str, Any] = {
    "a list of records, as a pipe has it": [record(message())],
    "a list of payloads": [message()],
    "an empty list": [],
    "a number": 37255512345,
    "a fraction": 5.5,
    "true": True,
    "null": None,
    "words": PRIVATE,
    "a text that holds a list": json.dumps([message()]),
    "a text that holds a number": "5",
    "a text that is cut off": json.dumps(message())[:-1],
    "an empty text": "",
    "records of SNS": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message())}}]},
    "records of S3": {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": PRIVATE}}}]},
    "records of Kinesis": {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}]},
    "records of a stream": {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {"NewImage": {"to": {"S": TO}}}}]},
    "records of SES": {"Records": [{"eventSource": "aws:ses", "ses": {}}]},
    "records of something else": {"Records": [{"eventSource": PRIVATE}]},
    "records that are none": {"Records": [PRIVATE]},
    "no records": {"Records": []},
    "records that are no list": {"Records": PRIVATE},
    "records of Kafka": {"eventSource": "aws:kafka", "records": {"topic-0": [{"value": "e30="}]}},
    "messages of MQ": {"eventSource": "aws:mq", "eventSourceArn": "arn", "messages": [{"data": "e30="}]},
    "records of Firehose": {"invocationId": "i", "deliveryStreamArn": "arn", "records": [{"data": "e30="}]},
    "log events": {"awslogs": {"data": "e30="}},
    "a REST API event without its context": {
        "resource": "/messages",
        "path": "/messages",
        "httpMethod": "POST",
        "headers": {},
        "body": json.dumps(message()),
    },
    "an HTTP API event without its context": {"version": "2.0", "rawPath": "/messages", "body": json.dumps(message())},
    "an HTTP event whose context is null": {"requestContext": None, "httpMethod": "GET", "path": "/"},
    "a WebSocket event": {"requestContext": {"eventType": "CONNECT", "routeKey": "$connect"}, "headers": {}},
    "a payload within an HTTP event": message() | {"headers": {}},
}


@pytest.mark.parametrize("event", NO_PAYLOADS.values(), ids=list(NO_PAYLOADS))
def test_what_is_no_payload_raises(world: World, log: io.StringIO, event: Any) -> None:
    """The exception names the kind and nothing of what came; nothing is sent, written or put aside as done."""
    with pytest.raises(UnknownEvent, match=r"^no payload: ") as raised:
        world.env().handle(event, world.remaining(), "r-1")
    assert (world.messente.requests, world.items(), world.dead()) == ([], 0, [])
    for private in (TO, TO[1:], TEXT):
        assert (
            private not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {log.getvalue()}"
        )


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ([], "a list"),
        (5, "a number"),
        (None, "null"),
        (True, "a boolean"),
        ("x", "a string"),
        (NO_PAYLOADS["records of SNS"], "aws:sns"),
        (NO_PAYLOADS["records of Kafka"], "aws:kafka"),
        (NO_PAYLOADS["records of something else"], "another service"),
    ],
)
def test_it_says_what_it_got(world: World, event: Any, named: str) -> None:
    """Whoever reads the error knows what to look for."""
    with pytest.raises(UnknownEvent, match=re.escape(named)):
        world.env().handle(event, world.remaining(), "r-1")


@pytest.mark.parametrize(
    "payload", [{}, {"to": TO}, {"foo": 1}, {"key1": "value1"}, {"warmup": True}, {"warmer": True}, {"detail": {}}]
)
def test_an_object_is_an_invalid_payload(world: World, payload: Any) -> None:
    """Whoever sends an object means a payload: its errors are returned, and it is a dead letter."""
    assert world.env().handle(payload, world.remaining(), "r-1")["state"] == "invalid"
    assert [dead["reason"] for dead in world.dead()] == ["invalid"]


@pytest.mark.parametrize("text", [json.dumps(message("k")), "\ufeff" + json.dumps(message("k"))])
def test_a_text_that_holds_a_payload_is_one(world: World, text: str) -> None:
    """As from a state machine that hands text over."""
    assert world.env().handle(text, world.remaining())["state"] == "sent"


# --- Warm-ups ---------------------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize(
    "event",
    [
        {"source": "shop", "detail-type": "Scheduled Event", "id": "e", "detail": message("k")},
        {"source": "shop", "detail-type": "Scheduled Event", "id": "e", "detail": json.dumps(message("k"))},
    ],
)
def test_a_schedule_of_somebody_elses_may_carry_a_payload(world: World, event: Any) -> None:
    """Only AWS's own schedules are empty."""
    assert world.env().handle(event, world.remaining(), "r-1")["state"] == "sent"


@pytest.mark.parametrize("event", [*NO_PAYLOADS.values(), {}, message()], ids=[*NO_PAYLOADS, "empty", "a payload"])
def test_the_callback_function_takes_requests_only(world: World, event: Any) -> None:
    """Anything else raises what it is, instead of crashing, and touches nothing."""
    with pytest.raises(UnknownEvent, match=r"^no HTTP request$"):
        Callback(world).invoke(event)
