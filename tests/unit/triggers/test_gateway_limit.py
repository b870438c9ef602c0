"""API Gateway gives a request up after 29 or 30 seconds: the function has answered by then, or has sent nothing."""

import json
from typing import Any

import pytest

from tests.standin import numbers
from tests.standin.messente import Reply
from tests.standin.replies import Fault
from tests.support.answering import Deciding
from tests.support.world import TABLE, TO, World, message

GATEWAY = 29.0  # seconds that the more hurried of both waits


def throttling(world: World) -> Deciding:
    """Let Messente take nothing for a minute."""
    until = world.clock() + 60
    return Deciding(world, lambda _: Reply(429, {}, b"") if world.clock() < until else None)


def request(took: float | None, method: str = "POST", path: str = "/messages", **more: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"http": {"method": method}} | ({} if took is None else {"timeEpoch": int(took * 1000)})
    return {"rawPath": path, "headers": {"Idempotency-Key": "k"}, "requestContext": context} | more


def post(took: float | None, version: int = 2) -> dict[str, Any]:
    event = request(took, body=json.dumps(message()))
    if version == 1:
        event["path"] = event.pop("rawPath")
        event["requestContext"] = {"httpMethod": "POST", "requestTimeEpoch": event["requestContext"]["timeEpoch"]}
    return event


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("cold_start", [0.0, 3.0, 9.0])
def test_it_is_answered_before_the_gateway_gives_up(world: World, version: int, cold_start: float) -> None:
    """Whatever Messente does, and however long the start of the environment took: the time runs from the gateway's."""
    messente, took = throttling(world), world.clock()
    world.clock.advance(cold_start)
    answer = world.env().handle(post(took, version), world.remaining(30))
    assert (answer["statusCode"], bool(messente.decided)) == (503, True)
    # The last POST might have taken 13 s, and the record step after it one more.
    assert world.clock() - took <= GATEWAY - 13 - 1


@pytest.mark.parametrize(("late", "left"), [(11, 30), (20, 30), (29.5, 30), (40, 30), (170, 30), (0, 17)])
def test_what_comes_too_late_is_not_begun(world: World, late: float, left: float) -> None:
    """503 with nothing claimed: the gateway would answer first, or the invocation end."""
    took = world.clock()
    world.clock.advance(late)
    answer = world.env().handle(post(took), world.remaining(left))
    assert (answer["statusCode"], world.items(), world.messente.requests) == (503, 0, [])
    assert "Retry-After" in answer["headers"]


@pytest.mark.parametrize("offset", [-86_400.0, -200.0, 5.0, 100.0, 1e6, 1e9, None, "soon"])
def test_a_time_that_cannot_be_is_left_out(world: World, offset: Any) -> None:
    """From the future or from long ago: then the clocks differ, and the time runs from the start of the invocation."""
    start = world.clock()
    event = post(start + offset if isinstance(offset, float) else None)
    event["requestContext"] |= {"timeEpoch": offset} if isinstance(offset, str) else {}
    assert world.env().handle(event, world.remaining(30))["statusCode"] == 201
    throttling(world)
    event["headers"]["Idempotency-Key"] = "other"
    assert world.env().handle(event, world.remaining(300))["statusCode"] == 503
    assert world.clock() - start <= GATEWAY - 13 - 1


def test_a_slow_answer_still_comes_in_time_and_the_lease_outlives_the_invocation(world: World) -> None:
    """A POST begins only if there is time for the longest answer; its claim stands until it is surely over."""
    took, leases = world.clock(), []
    world.clock.advance(9)
    ends = world.clock() + 30

    def slowly(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            leases.append(int((world.item("k") or {})["lease_until"]))
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(13)

    answer = world.env(slowly).handle(post(took), world.remaining(30))
    assert (answer["statusCode"], world.clock() - took < GATEWAY, leases) == (201, True, [ends + 2])


DELETE = {"path": "/messages/k", "method": "DELETE"}
RESOLVE = {"path": "/messages/k/resolution", "body": json.dumps({"outcome": "sent", "omnimessage_id": "o-1"})}


def stalling(world: World, reply: Reply, ids: int) -> None:
    """Let Messente answer like this, after it has accepted so many copies of the message."""
    if ids:
        item = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
        names = {"omnimessage_ids": {"SS": [f"o-{number}" for number in range(ids)]}, "omnimessage_id": {"S": "o-0"}}
        world.dynamodb.put_item(TableName=TABLE, Item=item | names)
    Deciding(world, lambda request: None if request.path == "/v1/omnimessage" else reply)
    world.on_the_wire = world.clock.advance


@pytest.mark.parametrize("cold_start", [0.0, 3.0, 9.0, 16.0])
@pytest.mark.parametrize("ids", [1, 2, 5])
@pytest.mark.parametrize(
    "reply",
    [Reply(200, {}, b"", fault=Fault.HANG), *(Reply(status, {}, b"", delay=9.9) for status in (404, 202, 401))],
    ids=["hangs", "late 404", "late 202", "late 401"],
)
@pytest.mark.parametrize("asked", [DELETE, RESOLVE], ids=["DELETE", "resolution"])
def test_it_is_answered_in_time_however_slow_messente_is(
    world: World, asked: dict[str, str], reply: Reply, ids: int, cold_start: float
) -> None:
    """Each request to Messente begins only if there is time for its longest answer; what is said then is so."""
    lost = asked is RESOLVE
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT if lost else TO))
    world.clock.advance(3600)
    stalling(world, reply, 0 if lost else ids)

    def rotate(step: str, when: str) -> None:
        if (step, when) == ("get_secret_value", "before"):
            world.put_secret(f"another-{world.clock()}")

    took = world.clock()
    world.clock.advance(cold_start)
    answer = world.env(rotate).handle(request(took, **asked), world.remaining(30))
    assert world.clock() - took <= GATEWAY - 1
    assert answer["statusCode"] in (200, 409, 503)
    if asked is DELETE:
        said, is_cancelled = answer["statusCode"] == 200, (world.item("k") or {})["state"] == "cancelled"
        assert said == is_cancelled
        assert said <= (reply.status == 202)
        assert ("Retry-After" in answer["headers"]) == (answer["statusCode"] == 503)
