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

OTHER = "an event of another service, with the field"
# Events by what is said of them.
NO_PAYLOADS: dict[str, Any] = {
    "a list": [record(message())],
    "a number": 37255512345,
    "null": None,
    "a string": PRIVATE,
    "a string that holds JSON": json.dumps(message())[:-1],
    "an event of aws:sns, with the field Records": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]},
    "an event of aws:s3, with the field Records": {"Records": [{"eventSource": "aws:s3", "s3": {}}]},
    "an event of aws:kafka, with the field eventSource": {"eventSource": "aws:kafka", "records": {"topic-0": []}},
    f"{OTHER} Records": {"Records": [{"eventSource": PRIVATE}]},
    f"{OTHER} invocationId": {"invocationId": "i", "deliveryStreamArn": "arn", "records": [{"data": "e30="}]},
    f"{OTHER} httpMethod": {"resource": "/messages", "httpMethod": "POST", "body": "{}"},
    f"{OTHER} rawPath": {"version": "2.0", "rawPath": "/messages", "body": json.dumps(message())},
    f"{OTHER} requestContext": {"requestContext": None, "path": "/"},
    f"{OTHER} headers": message() | {"headers": {}},
}


@pytest.mark.parametrize("words", NO_PAYLOADS)
def test_what_is_no_payload_raises(world: World, log: io.StringIO, words: str) -> None:
    """The exception names the kind and nothing of what came; nothing is sent, written or put aside as done."""
    with pytest.raises(UnknownEvent, match=f"^no payload: {words}$") as raised:
        world.env().handle(NO_PAYLOADS[words], world.remaining(), "r-1")
    assert (world.messente.requests, world.items(), world.dead()) == ([], 0, [])
    told = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {log.getvalue()}"
    for private in (TO, TO[1:], TEXT):
        assert private not in told


@pytest.mark.parametrize("payload", [{}, {"to": TO}, {"foo": 1}, {"warmup": True}, {"detail": {}}])
def test_an_object_is_an_invalid_payload(world: World, payload: Any) -> None:
    """Whoever sends an object means a payload: its errors are returned, and it is a dead letter."""
    assert world.env().handle(payload, world.remaining(), "r-1")["state"] == "invalid"
    assert [dead["reason"] for dead in world.dead()] == ["invalid"]


MINE = {"source": "shop", "detail-type": "Scheduled Event", "id": "e", "detail": message("k")}
PAYLOADS = {
    "a text, as from a state machine": json.dumps(message("k")),
    "somebody's own schedule": MINE,
    "somebody's own schedule, with a text": MINE | {"detail": json.dumps(message("k"))},
    "AWS's schedule, made to hold one": SCHEDULE | {"detail": message("k")},
}


@pytest.mark.parametrize("event", PAYLOADS.values(), ids=list(PAYLOADS))
def test_what_holds_a_payload_is_sent(world: World, event: Any) -> None:
    """A text may hold one; only AWS's own schedules are empty, and what is not is not dropped."""
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
