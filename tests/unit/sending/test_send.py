"""What a message id guards, and what becomes of a batch, of events and of direct invocations."""

import json
from typing import Any

import pytest

from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.records import check_record
from tests.support.steps import at, down, once
from tests.support.world import PASSWORD, World, message, record, requested

LOST = message("k", to=numbers.CUT_AFTER_ACCEPT)
RESEND = LOST | {"on_unknown": "resend"}


@pytest.mark.parametrize("to", ["+37255512345", numbers.CUT_AFTER_ACCEPT])
def test_the_same_id_with_another_payload_is_a_conflict(world: World, to: str) -> None:
    """What may have been sent is never sent again under its id: the other payload goes to the DLQ as a conflict."""
    world.deliver(message("k", to=to))
    assert world.deliver(message("k", to=to, text="something else"))
    assert len(world.messente.accepted) == 1
    assert [d["reason"] for d in world.dead()] == ["conflict"]


def test_the_fields_that_steer_us_are_not_part_of_the_payload(world: World) -> None:
    """The same message with another deadline or policy is a duplicate, not a conflict."""
    world.deliver(message("k"))
    assert world.deliver(message("k", expires_at="2026-11-24T00:00:00Z", on_unknown="resend"))
    assert (world.accepted(), world.dead()) == (1, [])


def test_a_corrected_payload_may_follow_a_rejected_one(world: World) -> None:
    """After *rejected* the id is free, also for another payload."""
    world.deliver(message("k", to=numbers.BAD_REQUEST, text="to correct"))
    assert world.state() == "rejected"
    corrected = message("k", text="corrected")
    assert world.deliver(corrected)
    assert check_record(world, corrected) == "sent"
    assert "errors" not in world.record_of("k")


def test_an_expired_message_is_not_sent_and_its_id_is_free(world: World) -> None:
    """Past `expires_at` nothing is sent; a later deadline makes it sendable, and what was sent does not expire."""
    late = message("k", expires_at="2026-11-23T12:00:00Z")
    assert world.deliver(late)
    assert (check_record(world, late), world.record_of("k")["attempts"]) == ("expired", 0)
    in_time = message("k", expires_at="2026-11-23T12:00:01Z")
    for _ in range(2):
        assert world.deliver(in_time)
        assert (check_record(world, in_time), world.accepted()) == ("sent", 1)
        world.clock.advance(3600)


def test_a_scheduled_message_is_kept_until_after_its_time(world: World) -> None:
    """The record outlives what it is a record of, however far ahead that is."""
    world.deliver(message("now"))
    world.deliver(message("scheduled", time_to_send="2028-11-23T12:00:00Z"))
    now, scheduled = (int(world.record_of(key)["ttl"]) for key in ("now", "scheduled"))
    assert now - world.clock() == 35 * 86_400
    assert scheduled - now == 731 * 86_400


def test_resend_is_bounded(world: World) -> None:
    """Under `on_unknown: resend` a lost answer is followed by another attempt, three in all, and then held."""
    assert [world.deliver(RESEND) for _ in range(5)] == [False, False, True, True, True]
    assert check_record(world, RESEND, most=3) == "unknown"
    assert world.accepted() == 3


def test_an_attempt_that_was_certainly_not_sent_does_not_use_up_the_resends(world: World) -> None:
    """Nor does its rejection make the first attempt unsent: only attempts that may have been accepted count."""
    world.deliver(RESEND)
    world.messente.change_password("other")
    assert not any(world.deliver(RESEND) for _ in range(4))
    assert (check_record(world, RESEND), world.accepted()) == ("unknown", 1)
    world.messente.change_password(PASSWORD)
    assert [world.deliver(RESEND) for _ in range(3)] == [False, True, True]
    assert world.accepted() == 3


@pytest.mark.parametrize("resend", [False, True])
def test_a_slow_worker_whose_lease_ran_out_still_tells_the_truth(world: World, *, resend: bool) -> None:
    """Its ids turn the *unknown* of another worker into *sent*, or stand beside those of its acceptance."""
    payload = message("k", **({"on_unknown": "resend"} if resend else {}))

    def another_worker_comes_by() -> None:
        if len(world.messente.accepted) == 1:
            world.clock.advance(200)
            world.deliver(payload)
            assert world.state() == ("sent" if resend else "unknown")

    env = world.env(at("urlopen", "after", another_worker_comes_by))
    env.handle({"Records": [record(payload)]}, world.remaining())
    assert check_record(world, payload, most=1 + resend) == "sent"
    told = {m["message_id"] for a in world.messente.accepted for m in a.reply["messages"]}
    assert (set(world.record_of("k")["messages"]), world.accepted()) == (told, 1 + resend)


def test_a_claim_that_is_alive_is_left_alone(world: World) -> None:
    """Until two seconds after its sender's time is up, a redelivery comes back later and touches nothing."""
    payload, seen = message("k"), list[object]()

    def another_worker_comes_by() -> None:
        seen.extend((world.deliver(payload), world.state(), float(world.record_of("k")["lease_until"])))

    env = world.env(at("urlopen", "before", another_worker_comes_by))
    env.handle({"Records": [record(payload)]}, world.remaining(30))
    assert seen == [False, "claimed", world.clock() + 30 + 2]
    assert world.accepted() == 1


# --- A record of a batch dies, is wrong, or has no time left; redelivery and redrive ----------------------------------


def failures(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def batch(size: int, **fields: Any) -> list[dict[str, Any]]:
    return [record(message(f"batch-{n}", text=f"batch {n}", **fields)) for n in range(size)]


def test_only_what_must_come_back_is_reported(world: World) -> None:
    """A mixed batch reports what was not sent, buries what no retry helps, and is done with the rest."""
    bodies = {
        "sent": message("sent"),
        "unknown": message("unknown", to=numbers.CUT_AFTER_ACCEPT),
        "expired": message("expired", expires_at="2026-11-23T11:59:59Z"),
        "rejected": message("rejected", to=numbers.BAD_REQUEST),
        "invalid": {"to": "+37255512345"},
        "retryable": message("retryable", to=numbers.UNAVAILABLE),
    }
    records = {name: record(body) for name, body in bodies.items()}
    answer = world.env().handle({"Records": list(records.values())}, world.remaining())
    assert failures(answer) == [records["retryable"]["messageId"]]
    dead = {d["reason"]: d for d in world.dead()}
    assert set(dead) == {"rejected", "invalid"}
    assert (dead["rejected"]["message_id"], json.loads(dead["rejected"]["body"])) == ("rejected", bodies["rejected"])
    assert json.loads(dead["rejected"]["errors"])[0]["source"] == "payload[to]"
    assert json.loads(dead["invalid"]["errors"])[0]["code"] == "106"
    assert all(world.state(key) == key for key in ("sent", "unknown", "expired", "retryable"))


@pytest.mark.parametrize("sendable", range(4))
def test_time_runs_out_in_a_batch(world: World, sendable: int) -> None:
    """Records that there is no time left for are reported, unclaimed; none is sent without time to finish."""
    per_post, records = 2.0, batch(4)
    remaining = world.remaining(18.0 + per_post * (sendable - 1) if sendable else 17.9)
    env = world.env(at("urlopen", "after", lambda: world.clock.advance(per_post)), concurrency=1)
    assert failures(env.handle({"Records": records}, remaining)) == [r["messageId"] for r in records[sendable:]]
    assert (len(world.messente.accepted), world.items()) == (sendable, sendable)


def test_a_claim_that_took_the_time_of_its_post(world: World) -> None:
    """No time is left for Messente's answer, so that nothing is sent; the id is free for the redelivery."""
    slow = once("update_item", "after", lambda: world.clock.advance(20))
    assert not world.deliver(message("k"), world.env(slow))
    assert (world.messente.posts, world.state()) == (0, "retryable")
    assert world.deliver(message("k"))
    assert world.accepted() == 1


def test_a_failure_of_the_dead_letter_queue_keeps_the_record(world: World) -> None:
    """When a refused message can't be moved, it stays in the source queue instead of disappearing."""
    assert not world.deliver({"to": "nobody"}, world.env(down("send_message")))


# --- Events and direct invocations: the result as a value, an exception where the invoker should try again ------------


def test_not_sent_raises(world: World) -> None:
    """The invoker's retry policy needs an exception; its text names the id, and nothing private."""
    payload = message("k", to=numbers.UNAVAILABLE)
    for event in (payload, requested(payload)):
        with pytest.raises(NotSent) as raised:
            world.env().handle(event, world.remaining())
        assert str(raised.value) == "k: HTTP 503"
