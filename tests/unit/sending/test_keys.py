"""What a message id guards, and when it is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standin import numbers
from tests.support.steps import at
from tests.support.truth import check_record
from tests.support.world import PASSWORD, message, record

if TYPE_CHECKING:
    from tests.support.world import World

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
    assert check_record(world, late) == "expired"
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


def test_a_lost_answer_is_held_until_somebody_resends_it(world: World) -> None:
    """By default nobody sends an unknown message again, however often it comes; with `resend` it goes out again."""
    assert all(world.deliver(LOST) for _ in range(4))
    assert check_record(world, LOST) == "unknown"
    world.deliver(RESEND)
    assert world.accepted() == 2


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
