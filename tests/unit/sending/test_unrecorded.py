"""An outcome that could not be written: nobody forgets the message, and in the end its record says *unknown*."""

from collections.abc import Callable
from typing import Any

import pytest

from messente_rcs.records.record import timestamp
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.steps import DIE, ask, unrecorded
from tests.support.world import Crash, World, message

SOME_TIME = "2026-11-23T11:00:00.000Z"
# Whom a message goes to, by what became of it.
RECIPIENTS = {
    "sent": "+37255512345",
    "unknown": numbers.CUT_AFTER_ACCEPT,
    "rejected": numbers.BAD_REQUEST,
    "not sent": numbers.UNAVAILABLE,
    "expired": numbers.TOO_MANY,
}


def payload(world: World, outcome: str) -> dict[str, Any]:
    deadline = {"expires_at": timestamp(world.clock() + 2)} if outcome == "expired" else {}
    return message("k", to=RECIPIENTS[outcome], **deadline)


def reconcile(world: World) -> str:
    world.clock.advance(100)
    world.parts().reconciler.run(world.remaining(60))
    return world.state()


@pytest.mark.parametrize("outcome", RECIPIENTS)
def test_from_the_queue(world: World, outcome: str) -> None:
    """The delivery is not done: it comes back until the lease is over, and calls the claim *unknown* then."""
    given = payload(world, outcome)
    assert not world.deliver(given, sending(world, unrecorded()))
    assert (world.state(), world.dead()) == ("claimed", [])
    assert not world.deliver(given)
    world.clock.advance(100)
    assert not world.deliver(given)  # its owner may still speak, as clocks differ
    world.clock.advance(62)
    assert world.deliver(given)
    assert (world.state(), len(world.messente.accepted)) == ("unknown", int(outcome in ("sent", "unknown")))


@pytest.mark.parametrize(("outcome", "status"), list(zip(RECIPIENTS, (201, 504, 400, 503, 400), strict=True)))
def test_by_http(world: World, outcome: str, status: int) -> None:
    """The caller reads what is known, and that the record may say less; the reconciler ends the claim."""
    code, body = ask(world, "POST", "/messages", payload(world, outcome), hook=unrecorded())
    assert code == status
    assert any("not certain" in each["detail"] for each in body.get("errors", [])) == (outcome != "sent")
    assert world.state() == "claimed"
    assert reconcile(world) == "unknown"


@pytest.mark.parametrize("outcome", RECIPIENTS)
def test_by_invocation(world: World, outcome: str) -> None:
    """What was not sent is raised, so that Lambda invokes again; all else is the answer, and the claim is ended."""
    given, env = payload(world, outcome), sending(world, unrecorded())
    if outcome == "not sent":
        with pytest.raises(NotSent):
            env.handle(given, world.remaining(), "request")
    else:
        answer = env.handle(given, world.remaining(), "request")
        assert (answer["state"], "errors" in answer) == (outcome, outcome != "sent")
    with pytest.raises(NotSent):
        world.env().handle(given, world.remaining(), "request")
    assert reconcile(world) == "unknown"
    assert world.env().handle(given, world.remaining(), "request")["state"] == "unknown"


# --- A dead claim, for whoever asks -----------------------------------------------------------------------------------


def resolve(world: World) -> tuple[int, Any]:
    since = world.record_of("k").get("unknown_since", SOME_TIME)
    return ask(world, "POST", "/messages/k/resolution", {"outcome": "not_sent", "unknown_since": since})


WAYS: dict[str, Callable[[World], tuple[int, Any]]] = {
    "GET": lambda world: ask(world, "GET", "/messages/k"),
    "DELETE": lambda world: ask(world, "DELETE", "/messages/k"),
    "resolve": resolve,
}


@pytest.fixture
def dead(world: World) -> None:
    """A claim of a message that goes out in a month, whose owner died."""
    with pytest.raises(Crash):
        world.deliver(message("k", time_to_send="2026-12-20T12:00:00Z"), sending(world, DIE))
    assert world.state() == "claimed"


@pytest.mark.usefixtures("dead")
@pytest.mark.parametrize("way", WAYS)
def test_whoever_asks_about_a_dead_claim_calls_it_unknown(world: World, way: str) -> None:
    """The answer is the record as it is then, and it is listed; nobody has to wait for the reconciler."""
    world.clock.advance(100)
    status, body = WAYS[way](world)
    assert (status, body["state"], "unknown_since" in body) == (200 if way == "GET" else 409, "unknown", True)
    assert world.state() == "unknown"
    _, found = ask(world, "GET", "/messages", query={"state": "unknown"})
    assert [each["id"] for each in found["messages"]] == ["k"]


@pytest.mark.usefixtures("dead")
@pytest.mark.parametrize("way", WAYS)
def test_a_live_claim_stays_a_claim(world: World, way: str) -> None:
    """Its owner may be at work, and that is what the answer says."""
    status, body = WAYS[way](world)
    assert (status, body["state"], world.state()) == (200 if way == "GET" else 409, "claimed", "claimed")
    if way == "resolve":
        assert "may still be at work" in body["errors"][0]["detail"]
