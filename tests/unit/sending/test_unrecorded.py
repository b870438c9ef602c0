"""An outcome that could not be written: nobody forgets the message, and in the end its record says *unknown*."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.records.record import timestamp
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.callback import Callback, report, sending
from tests.support.world import Crash, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.triggers.direct import Invocations
    from tests.support.world import World

SOME_TIME = "2026-11-23T11:00:00.000Z"
# Whom a message goes to, and what became of it.
RECIPIENTS = {
    "sent": "+37255512345",
    "unknown": numbers.CUT_AFTER_ACCEPT,
    "rejected": numbers.BAD_REQUEST,
    "not sent": numbers.UNAVAILABLE,
    "expired": numbers.TOO_MANY,
}


def unrecorded(world: World) -> Invocations:
    """Start an environment in which the record step fails."""
    posted: list[str] = []

    def fail(step: str, when: str) -> None:
        if step == "urlopen":
            posted.append(step)
        if (step, when) == ("update_item", "before") and posted:
            raise ClientError({"Error": {"Code": "Down"}}, step)

    return sending(world, fail)


def payload(world: World, outcome: str) -> dict[str, Any]:
    """Make a message that ends so."""
    deadline = {"expires_at": timestamp(world.clock() + 2)} if outcome == "expired" else {}
    return message("k", to=RECIPIENTS[outcome], **deadline)


def state(world: World) -> str:
    """Read the state."""
    return str((world.item("k") or {})["state"])


def call(world: World, method: str, path: str, body: Any = None, env: Invocations | None = None) -> tuple[int, Any]:
    """Call the API."""
    event = {
        "rawPath": path,
        "requestContext": {"http": {"method": method}},
        "headers": {},
        "body": json.dumps(body) if body else None,
    }
    answer = (env or world.env()).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("outcome", RECIPIENTS)
def test_from_the_queue(world: World, outcome: str) -> None:
    """The delivery is not done: it comes back until the lease is over, and calls the claim *unknown* then."""
    given = payload(world, outcome)
    assert not world.deliver(given, unrecorded(world))
    assert (state(world), world.dead()) == ("claimed", [])
    assert not world.deliver(given)
    world.clock.advance(100)
    assert not world.deliver(given)  # its owner may still speak, as clocks differ
    world.clock.advance(62)
    assert world.deliver(given)
    assert (state(world), len(world.messente.accepted)) == ("unknown", int(outcome in ("sent", "unknown")))


@pytest.mark.parametrize(("outcome", "status"), list(zip(RECIPIENTS, (201, 504, 400, 503, 400), strict=True)))
def test_by_http(world: World, outcome: str, status: int) -> None:
    """The caller reads what is known, and that the record may say less; the reconciler ends the claim."""
    code, body = call(world, "POST", "/messages", payload(world, outcome), unrecorded(world))
    assert code == status
    assert any("not certain" in each["detail"] for each in body.get("errors", [])) == (outcome != "sent")
    assert state(world) == "claimed"
    world.clock.advance(100)
    world.parts().reconciler.run(world.remaining(60))
    assert state(world) == "unknown"


@pytest.mark.parametrize("outcome", RECIPIENTS)
def test_by_invocation(world: World, outcome: str) -> None:
    """What was not sent is raised, so that Lambda invokes again; all else is the answer, and the claim is ended."""
    given = payload(world, outcome)
    if outcome == "not sent":
        with pytest.raises(NotSent):
            unrecorded(world).handle(given, world.remaining(), "request")
    else:
        answer = unrecorded(world).handle(given, world.remaining(), "request")
        assert (answer["state"], "errors" in answer) == (outcome, outcome != "sent")
    with pytest.raises(NotSent):
        world.env().handle(given, world.remaining(), "request")
    world.clock.advance(100)
    world.parts().reconciler.run(world.remaining(60))
    assert state(world) == "unknown"
    assert world.env().handle(given, world.remaining(), "request")["state"] == "unknown"


def test_a_report_heals_it(world: World) -> None:
    """While the delivery still comes back, the report says what became of the message."""
    given = payload(world, "unknown")
    world.deliver(given, unrecorded(world))
    assert Callback(world).take(report(world.messente.accepted[0], "ACK")) == [200]
    assert (state(world), world.deliver(given)) == ("sent", True)


# --- A dead claim, for whoever asks -----------------------------------------------------------------------------------


def resolve(world: World) -> tuple[int, Any]:
    """Say that it was not sent."""
    since = (world.item("k") or {}).get("unknown_since", SOME_TIME)
    return call(world, "POST", "/messages/k/resolution", {"outcome": "not_sent", "unknown_since": since})


WAYS: dict[str, Callable[[World], tuple[int, Any]]] = {
    "GET": lambda world: call(world, "GET", "/messages/k"),
    "DELETE": lambda world: call(world, "DELETE", "/messages/k"),
    "resolve": resolve,
}


def die(world: World) -> None:
    """Claim a message that goes out in a month, and die."""

    def crash(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    with pytest.raises(Crash):
        world.deliver(message("k", time_to_send="2026-12-20T12:00:00Z"), sending(world, crash))
    assert state(world) == "claimed"


@pytest.mark.parametrize("way", WAYS)
def test_whoever_asks_about_a_dead_claim_calls_it_unknown(world: World, way: str) -> None:
    """The answer is the record as it is then, and it is listed; nobody has to wait for the reconciler."""
    die(world)
    world.clock.advance(100)
    status, body = WAYS[way](world)
    assert (status, body["state"], "unknown_since" in body) == (200 if way == "GET" else 409, "unknown", True)
    assert state(world) == "unknown"
    listed = {
        "rawPath": "/messages",
        "queryStringParameters": {"state": "unknown"},
        "requestContext": {"http": {"method": "GET"}},
    }
    found = json.loads(world.env().handle(listed, world.remaining())["body"])
    assert [each["id"] for each in found["messages"]] == ["k"]


@pytest.mark.parametrize("way", WAYS)
def test_a_live_claim_stays_a_claim(world: World, way: str) -> None:
    """Its owner may be at work, and that is what the answer says."""
    die(world)
    status, body = WAYS[way](world)
    assert (status, body["state"], state(world)) == (200 if way == "GET" else 409, "claimed", "claimed")
    if way == "resolve":
        assert "may still be at work" in body["errors"][0]["detail"]


def test_a_dead_claim_is_resolved(world: World) -> None:
    """Once it is unknown for long enough, a person can say what became of it."""
    die(world)
    world.clock.advance(100)
    assert resolve(world)[0] == 409
    world.clock.advance(299)
    assert resolve(world)[0] == 409
    world.clock.advance(1)
    assert (resolve(world)[0], state(world)) == (200, "retryable")
