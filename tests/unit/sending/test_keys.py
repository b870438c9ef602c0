"""What a message id guards, and when it is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standin import numbers
from tests.support.records import check_record
from tests.support.world import message, record

if TYPE_CHECKING:
    from tests.support.world import World


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
    assert world.accepted() == 1
    assert world.dead() == []


def test_a_corrected_payload_may_follow_a_rejected_one(world: World) -> None:
    """After *rejected* the id is free, also for another payload."""
    world.deliver(message("k", to=numbers.BAD_REQUEST, text="to correct"))
    assert world.item("k")["state"] == "rejected"  # type: ignore[index]
    corrected = message("k", text="corrected")
    assert world.deliver(corrected)
    assert check_record(world, corrected) == "sent"
    assert "errors" not in world.item("k")  # type: ignore[operator]


def test_an_expired_message_is_not_sent_and_its_id_is_free(world: World) -> None:
    """Past `expires_at` nothing is sent; a later deadline makes it sendable."""
    late = message("k", expires_at="2026-11-23T12:00:00Z")
    assert world.deliver(late)
    assert check_record(world, late) == "expired"
    assert world.deliver(message("k", expires_at="2026-11-23T12:00:01Z"))
    assert world.accepted() == 1


def test_a_sent_message_does_not_expire(world: World) -> None:
    """A redelivery after the deadline finds the message sent, and leaves it so."""
    payload = message("k", expires_at="2026-11-23T12:01:00Z")
    world.deliver(payload)
    world.clock.advance(3600)
    assert world.deliver(payload)
    assert check_record(world, payload) == "sent"


def test_a_scheduled_message_is_kept_until_after_its_time(world: World) -> None:
    """The record outlives what it is a record of, however far ahead that is."""
    world.deliver(message("now"))
    world.deliver(message("scheduled", time_to_send="2028-11-23T12:00:00Z"))
    now, scheduled = (int((world.item(key) or {})["ttl"]) for key in ("now", "scheduled"))
    assert now - world.clock() == 35 * 86_400
    assert scheduled - now == 731 * 86_400


def test_an_invalid_payload_writes_nothing(world: World) -> None:
    """The table knows nothing of what was never a message."""
    world.deliver({"idempotency_key": "k", "text": "no recipient"})
    assert world.items() == 0


def test_a_lost_answer_is_held(world: World) -> None:
    """By default nobody sends an unknown message again, however often it comes."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT)
    assert all(world.deliver(payload) for _ in range(4))
    assert check_record(world, payload) == "unknown"


def test_resend_is_bounded(world: World) -> None:
    """Under `on_unknown: resend` a lost answer is followed by another attempt, three in all, and then held."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend")
    assert [world.deliver(payload) for _ in range(5)] == [False, False, True, True, True]
    assert check_record(world, payload, most=3) == "unknown"
    assert world.accepted() == 3


def test_an_operator_resubmits_a_held_message(world: World) -> None:
    """A held message goes out again when it is handed in with `on_unknown: resend`, under the id it has."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend"))
    assert world.accepted() == 2


def test_ambiguity_is_sticky(world: World) -> None:
    """A refusal of the second attempt does not make the first one unsent: the record stays *unknown*."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend")
    world.deliver(payload)
    world.messente.change_password("other")  # the next attempt is refused
    world.deliver(payload)
    assert check_record(world, payload, most=2) == "unknown"
    assert world.accepted() == 1


def test_an_attempt_that_was_certainly_not_sent_does_not_use_up_the_resends(world: World) -> None:
    """Only attempts that may have been accepted count."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend")
    world.deliver(payload)
    world.messente.change_password("other")
    assert not any(world.deliver(payload) for _ in range(4))
    world.messente.change_password("messente-password")
    assert [world.deliver(payload) for _ in range(3)] == [False, True, True]
    assert world.accepted() == 3


def test_a_slow_worker_whose_lease_ran_out_still_tells_the_truth(world: World) -> None:
    """Its acceptance turns the *unknown*, which another worker wrote meanwhile, into *sent*."""
    payload = message("k")

    def another_worker_comes_by(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(200)
            world.deliver(payload)
            assert world.item("k")["state"] == "unknown"  # type: ignore[index]

    world.env(another_worker_comes_by).handle({"Records": [record(payload)]}, world.remaining())
    assert check_record(world, payload) == "sent"


def test_a_slow_workers_ids_are_kept_beside_those_of_a_resend(world: World) -> None:
    """Under `resend` both attempts may be accepted; the ids of both belong to the record, whoever writes last."""
    payload = message("k", on_unknown="resend")

    def another_worker_resends(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after") and len(world.messente.accepted) == 1:
            world.clock.advance(200)
            world.deliver(payload)

    world.env(another_worker_resends).handle({"Records": [record(payload)]}, world.remaining())
    assert check_record(world, payload, most=2) == "sent"
    item = world.item("k")
    assert item is not None
    assert set(item["messages"]) == {m["message_id"] for a in world.messente.accepted for m in a.reply["messages"]}


def test_a_lease_outlives_its_invocation(world: World) -> None:
    """Until two seconds after the sender's time is up nobody takes its claim for abandoned."""
    seen = []

    def look(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            seen.append(float((world.item("k") or {})["lease_until"]))

    world.env(look).handle({"Records": [record(message("k"))]}, world.remaining(30))
    assert seen == [world.clock() + 30 + 2]


def test_a_claim_that_is_alive_is_left_alone(world: World) -> None:
    """While somebody is on it, a redelivery comes back later and touches nothing."""
    payload = message("k")
    seen = []

    def another_worker_comes_by(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            seen.append((world.deliver(payload), world.item("k")["state"]))  # type: ignore[index]

    world.env(another_worker_comes_by).handle({"Records": [record(payload)]}, world.remaining())
    assert seen == [(False, "claimed")]
    assert world.accepted() == 1
