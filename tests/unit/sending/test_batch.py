"""A record of a batch dies, is wrong, or has no time left; redelivery and redrive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.standin import numbers
from tests.support.world import Crash, message, record

if TYPE_CHECKING:
    from tests.support.world import World


def failures(answer: Any) -> list[str]:
    """Read the ids that a partial batch response reports as failed."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def batch(size: int, **fields: Any) -> list[dict[str, Any]]:
    """Make a batch of different messages."""
    return [record(message(f"batch-{n}", text=f"batch {n}", **fields)) for n in range(size)]


def test_a_batch_is_sent_whole(world: World) -> None:
    """Ten good records: ten acceptances, ten records, no failure."""
    assert failures(world.env().handle({"Records": batch(10)}, world.remaining())) == []
    assert len({a.omnimessage_id for a in world.messente.accepted}) == 10
    assert {world.item(f"batch-{n}")["state"] for n in range(10)} == {"sent"}  # type: ignore[index]


def test_only_what_must_come_back_is_reported(world: World) -> None:
    """A mixed batch reports what was not sent, buries what no retry helps, and is done with the rest."""
    bodies = {
        "sent": message("sent"),
        "unknown": message("unknown", to=numbers.CUT_AFTER_ACCEPT),
        "expired": message("expired", expires_at="2026-11-23T11:59:59Z"),
        "rejected": message("rejected", to=numbers.BAD_REQUEST),
        "invalid": {"to": "+37255512345"},
        "not sent": message("later", to=numbers.UNAVAILABLE),
    }
    records = {name: record(body) for name, body in bodies.items()}
    answer = world.env().handle({"Records": list(records.values())}, world.remaining())
    assert failures(answer) == [records["not sent"]["messageId"]]
    dead = {d["reason"]: d for d in world.dead()}
    assert set(dead) == {"rejected", "invalid"}
    assert dead["rejected"]["message_id"] == "rejected"
    assert json.loads(dead["rejected"]["body"]) == bodies["rejected"]
    assert json.loads(dead["rejected"]["errors"])[0]["source"] == "payload[to]"
    assert json.loads(dead["invalid"]["errors"])[0]["code"] == "106"
    assert [world.item(key)["state"] for key in ("sent", "unknown", "expired", "later")] == [  # type: ignore[index]
        "sent",
        "unknown",
        "expired",
        "retryable",
    ]


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
    states = [world.item(f"batch-{n}")["state"] for n in range(5)]  # type: ignore[index]
    assert states.count("unknown") == 1
    assert states.count("sent") == 4


@pytest.mark.parametrize("sendable", range(4))
def test_time_runs_out_in_a_batch(world: World, sendable: int) -> None:
    """Records that there is no time left for are reported, unclaimed; none is sent without time to finish."""
    per_post = 2.0

    def posts_take_time(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(per_post)

    records = batch(4)
    remaining = world.remaining(18.0 + per_post * (sendable - 1) if sendable else 17.9)
    answer = world.env(posts_take_time, concurrency=1).handle({"Records": records}, remaining)
    assert failures(answer) == [r["messageId"] for r in records[sendable:]]
    assert len(world.messente.accepted) == sendable
    assert world.items() == sendable


def test_a_claim_that_took_the_time_of_its_post(world: World) -> None:
    """No time is left for Messente's answer, so that nothing is sent; the id is free for the redelivery."""
    payload, slow = message("k"), [20]

    def dynamodb_is_slow(step: str, when: str) -> None:
        if (step, when) == ("update_item", "after") and slow:
            world.clock.advance(slow.pop())

    assert not world.deliver(payload, world.env(dynamodb_is_slow))
    assert (world.messente.posts, (world.item("k") or {})["state"]) == (0, "retryable")
    assert world.deliver(payload)
    assert world.accepted() == 1


def test_a_failure_of_the_dead_letter_queue_keeps_the_record(world: World) -> None:
    """When a refused message can't be moved, it stays in the source queue instead of disappearing."""

    def no_dead_letters(step: str, when: str) -> None:
        if (step, when) == ("send_message", "before"):
            raise ClientError({"Error": {"Code": "Down"}}, "SendMessage")

    bad = record({"to": "nobody"})
    assert failures(world.env(no_dead_letters).handle({"Records": [bad]}, world.remaining())) == [bad["messageId"]]


def test_a_message_without_a_key_is_guarded_by_its_queue_id(world: World) -> None:
    """SQS delivers at least once: the same messageId sends once. A redrive has a new one, and may send again."""
    first = record(message(), message_id="aaaa")
    for _ in range(3):
        assert failures(world.env().handle({"Records": [first]}, world.remaining())) == []
    assert world.accepted() == 1
    assert world.item("sqs:aaaa")["state"] == "sent"  # type: ignore[index]
    redriven = record(message(), message_id="bbbb")
    world.env().handle({"Records": [redriven]}, world.remaining())
    assert world.accepted() == 2  # the documented limit of the default key


def test_a_message_with_a_key_survives_a_redrive(world: World) -> None:
    """The caller's key outlives the queue's messageId."""
    for message_id in ("aaaa", "bbbb"):
        world.env().handle({"Records": [record(message("mine"), message_id=message_id)]}, world.remaining())
    assert world.accepted() == 1


def test_the_same_message_twice_in_one_batch(world: World) -> None:
    """The second of a pair is either a duplicate or comes back later; it is never a second send."""
    pair = [record(message("pair")), record(message("pair"))]
    world.env().handle({"Records": pair}, world.remaining())
    world.env().handle({"Records": pair}, world.remaining())
    assert world.accepted() == 1
