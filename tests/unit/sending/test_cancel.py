"""`DELETE /messages/{id}`: what can be cancelled, and what happens when something comes between."""

from typing import Any

import pytest

from tests.standin import numbers, replies
from tests.support.callback import Callback, report, sending
from tests.support.steps import AWAY, CUT, ask, at, down, once
from tests.support.world import Hook, World, message, nothing

LATER = "2026-11-24T12:00:00Z"  # a day after the world begins


def cancel(world: World, hook: Hook = nothing, key: str = "k") -> tuple[int, Any]:
    return ask(world, "DELETE", f"/messages/{key}", hook=hook)


def deletes(world: World) -> int:
    return sum(request.method == "DELETE" for request in world.messente.requests)


@pytest.fixture
def scheduled(world: World) -> dict[str, Any]:
    payload = message("k", time_to_send=LATER)
    world.deliver(payload, sending(world))
    assert world.state() == "sent"
    return payload


def test_a_scheduled_message_is_cancelled(world: World, scheduled: dict[str, Any]) -> None:
    """At Messente and in the record; doing it again is fine; a redelivery does not send."""
    status, body = cancel(world)
    assert (status, body["id"], body["state"]) == (200, "k", "cancelled")
    assert world.messente.pending_reports == 0
    assert [cancel(world), ask(world, "GET", "/messages/k")] == [(200, body)] * 2
    assert deletes(world) == 1
    assert world.deliver(scheduled)
    assert (world.accepted(), world.state()) == (1, "cancelled")
    assert not {"due_shard", "due"} & world.record_of("k").keys()


@pytest.mark.usefixtures("scheduled")
def test_a_message_that_went_out(world: World) -> None:
    """409, and the record goes on as it was; also when the time of a scheduled one has come."""
    world.deliver(message("sent"))
    world.clock.advance(86_400)
    for key in ("sent", "k"):
        before = world.item(key)
        status, body = cancel(world, key=key)
        assert (status, body["state"], body["errors"][0]["code"]) == (409, "sent", "105")
        assert world.item(key) == before


@pytest.mark.parametrize(("to", "expected"), [(numbers.CUT_AFTER_ACCEPT, "unknown"), (numbers.BAD_REQUEST, "rejected")])
def test_what_has_no_id_to_cancel_by(world: World, to: str, expected: str) -> None:
    """409, and Messente is not asked."""
    world.deliver(message("k", to=to))
    status, body = cancel(world)
    assert (status, body["state"], deletes(world)) == (409, expected, 0)


def test_a_message_that_is_being_sent(world: World) -> None:
    """409 while the claim stands; the send goes on."""
    seen: list[Any] = []
    assert world.deliver(message("k"), world.env(at("urlopen", "before", lambda: seen.append(cancel(world)))))
    [(status, body)] = seen
    assert (status, body["state"], world.state()) == (409, "claimed", "sent")


def test_a_message_that_waits_for_its_next_try(world: World) -> None:
    """Cancelled here, without Messente; the queue's next delivery does not send it, and is done with it."""
    payload = message("k", to=numbers.UNAVAILABLE_ONCE)
    assert not world.deliver(payload)
    status, body = cancel(world)
    assert (status, body["state"], "errors" in body) == (200, "cancelled", False)
    assert world.deliver(payload)
    assert (world.messente.accepted, deletes(world), world.state()) == ([], 0, "cancelled")


@pytest.mark.parametrize("message_id", ["none", "a%2Fb", "%00", "x" * 300])
def test_no_record(world: World, message_id: str) -> None:
    """404 in Messente's shape."""
    status, body = cancel(world, key=message_id)
    assert (status, body["errors"][0]["code"]) == (404, "101")


FAILURES = {"Messente is away": AWAY, "the answer is lost": CUT, "the table is away": down("update_item")}


@pytest.mark.usefixtures("scheduled")
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_cancellation_that_fails(world: World, failure: Hook) -> None:
    """503, never a word that is not kept: nothing changes, and the next try cancels, as the message's status tells."""
    before = world.item("k")
    status, body = cancel(world, failure)
    assert (status, body["errors"][0]["code"], world.item("k")) == (503, "104", before)
    assert (cancel(world)[0], world.state()) == (200, "cancelled")


@pytest.mark.usefixtures("scheduled")
def test_a_status_that_is_no_text(world: World) -> None:
    """It does not say that the message was deleted."""
    usual, odd = world.messente.handle, replies.as_json(200, {"statuses": [{"status": ["DELETED"]}]})
    world.messente.handle = lambda request: odd if request.path.endswith("/status") else usual(request)  # type: ignore[method-assign]
    assert [cancel(world, CUT)[0], cancel(world)[0], world.state()] == [503, 409, "sent"]


@pytest.mark.usefixtures("scheduled")
def test_a_rotated_password(world: World) -> None:
    """A 401 fetches the secret once more; one that stays wrong is 503."""
    world.messente.change_password("rotated")
    assert cancel(world)[0] == 503
    assert cancel(world, once("urlopen", "before", lambda: world.put_secret("rotated")))[0] == 200
    assert world.state() == "cancelled"


@pytest.mark.usefixtures("scheduled")
@pytest.mark.parametrize("step_of_the_cancel", ["urlopen", "update_item"])
@pytest.mark.parametrize("status", ["ACK", "SEEN", "DELETED"])
def test_a_report_that_comes_during_the_cancel(
    world: World, callback: Callback, step_of_the_cancel: str, status: str
) -> None:
    """What Messente cancelled stays cancelled; what was reported is kept beside it."""
    [accepted] = world.messente.accepted
    taken: list[int] = []
    a_report_comes = once(step_of_the_cancel, "before", lambda: taken.extend(callback.take(report(accepted, status))))
    assert cancel(world, a_report_comes)[0] == 200
    assert (callback.take(report(accepted, "DELETED")), "delivery" in world.record_of()) == ([200], status == "SEEN")
    assert callback.take(report(accepted, "SEEN")) == [200]
    item = world.record_of("k")
    assert (taken, item["state"], item["delivery"], "due_shard" in item) == ([200], "cancelled", "seen", False)


def test_an_answer_that_comes_after_the_cancel(world: World, callback: Callback) -> None:
    """A report made the record *sent* and somebody cancelled the message, before its own send had read the answer."""

    def it_is_cancelled() -> None:
        assert callback.take(report(world.messente.accepted[0], "ACK")) == [200]
        assert cancel(world)[0] == 200

    assert world.deliver(message("k", time_to_send=LATER), sending(world, once("urlopen", "after", it_is_cancelled)))
    assert (world.state(), world.messente.pending_reports) == ("cancelled", 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("lost", [1, 2], ids=["the first answer lost", "both answers lost"])
def test_both_attempts_of_a_resend_are_cancelled(
    world: World, callback: Callback, order: tuple[int, int], lost: int
) -> None:
    """Two acceptances wait for the same time. One that nobody has heard of may still go out: 409 until its report."""
    payload = message("k", time_to_send=LATER, on_unknown="resend")
    for number in range(2):
        world.deliver(payload, sending(world, CUT if number < lost else nothing))
    heard_of = {1} if lost == 1 else set()
    for number in order:
        assert callback.take(report(world.messente.accepted[number], "ACK")) == [200]
        heard_of |= {number}
        assert cancel(world)[0] == (200 if len(heard_of) == 2 else 409)
    assert (world.state(), world.messente.pending_reports, deletes(world) >= 2) == ("cancelled", 0, True)
