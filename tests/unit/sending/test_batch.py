"""A record of a batch dies, is wrong, or has no time left; redelivery and redrive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.standin import numbers
from tests.support.steps import at, down, once
from tests.support.world import Crash, message, record

if TYPE_CHECKING:
    from tests.support.world import World


def failures(answer: Any) -> list[str]:
    """Read the ids that a partial batch response reports as failed."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def batch(size: int, **fields: Any) -> list[dict[str, Any]]:
    """Make a batch of different messages."""
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


@pytest.mark.parametrize("dying", range(5))
def test_the_process_dies_in_the_middle_of_a_batch(world: World, dying: int) -> None:
    """Whichever record takes the process down, after redelivery each message was accepted at most once."""
    records = batch(5)

    def die_at_a_post(step: str, when: str) -> None:
        if len(world.messente.accepted) > dying and (step, when) != ("urlopen", "before"):
            raise Crash  # here, and at every later step: a dead process does nothing more

    with pytest.raises(Crash):
        world.env(die_at_a_post, concurrency=1).handle({"Records": records}, world.remaining())
    world.clock.advance(200)
    # The one that died is *unknown* from here on, and comes back once more: its owner may still be at work.
    [comes_back] = failures(world.env().handle({"Records": records}, world.remaining()))
    world.clock.advance(200)
    again = [each for each in records if each["messageId"] == comes_back]
    assert failures(world.env().handle({"Records": again}, world.remaining())) == []
    assert [world.accepted(f"batch {n}") for n in range(5)] == [1] * 5
    assert sorted(world.state(f"batch-{n}") for n in range(5)) == ["sent"] * 4 + ["unknown"]


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


@pytest.mark.parametrize(("key", "accepted"), [(None, 2), ("mine", 1)])
def test_a_redrive(world: World, key: str | None, accepted: int) -> None:
    """A message without a key is guarded by its queue id, which a redrive changes; the caller's key outlives it."""
    for sqs_id in ("aaaa", "aaaa", "bbbb"):
        world.env().handle({"Records": [record(message(key), message_id=sqs_id)]}, world.remaining())
    assert world.accepted() == accepted
    assert world.state(key or "sqs:aaaa") == "sent"


def test_the_same_message_twice_in_one_batch(world: World) -> None:
    """The second of a pair is either a duplicate or comes back later; it is never a second send."""
    pair = [record(message("pair")), record(message("pair"))]
    for _ in range(2):
        world.env().handle({"Records": pair}, world.remaining())
    assert world.accepted() == 1
