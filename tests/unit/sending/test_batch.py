"""A record of a batch dies, is wrong, or has no time left; redelivery and redrive; events and direct invocations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from messente_rcs.errors import error
from messente_rcs.records.record import Record, State
from messente_rcs.sending.outcome import Outcome, OutcomeKind, log_outcome
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.steps import at, down, once
from tests.support.world import TO, Crash, message, record

if TYPE_CHECKING:
    import io

    from messente_rcs.errors import Error
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


# --- Events and direct invocations: the result as a value, an exception where the invoker should try again ------------


def from_eventbridge(detail: Any) -> dict[str, Any]:
    """Make an EventBridge event."""
    return {"version": "0", "id": "e-1", "source": "shop", "detail-type": "RCS Message Requested", "detail": detail}


@pytest.mark.parametrize(
    ("event", "message_id"),
    [
        (from_eventbridge(message()), "event:e-1"),  # EventBridge delivers at least once
        (message(), "invoke:request-1"),  # Lambda repeats an asynchronous invocation under the same request id
        (message("k"), "k"),
    ],
    ids=["an event", "an invocation", "a key"],
)
def test_an_event_is_sent_once_and_returns_the_record(world: World, event: Any, message_id: str) -> None:
    """The id of the event, of the invocation or of the caller guards the message."""
    for _ in range(2):
        result = world.env().handle(event, world.remaining(), "request-1")
        assert (result["id"], result["state"]) == (message_id, "sent")
        assert result["omnimessage_id"] == world.messente.accepted[0].omnimessage_id
        assert json.dumps(result)
    assert world.accepted() == 1


def test_not_sent_raises(world: World) -> None:
    """The invoker's retry policy needs an exception; its text names the id, and nothing private."""
    payload = message("k", to=numbers.UNAVAILABLE)
    for event in (payload, from_eventbridge(payload)):
        with pytest.raises(NotSent) as raised:
            world.env().handle(event, world.remaining())
        assert str(raised.value) == "k: HTTP 503"


def test_only_documented_codes_are_logged(log: io.StringIO) -> None:
    """A code that Messente makes up may repeat what was sent; the record keeps it, the log does not."""
    made_up = {"code": TO, "title": "", "detail": "", "source": None}
    record = Record(id="k", state=State.REJECTED, to=TO, channels=["rcs"], payload_hash="h")
    outcome = Outcome(OutcomeKind.REJECTED, record, errors=[error("105", "known"), cast("Error", made_up)])
    log_outcome("k", outcome, seconds=0)
    assert json.loads(log.getvalue())["codes"] == ["105"]


def test_unknown_is_a_result(world: World) -> None:
    """A lost answer must not be retried, so it does not raise."""
    result = world.env().handle(message("k", to=numbers.CUT_AFTER_ACCEPT), world.remaining())
    assert (result["id"], result["state"]) == ("k", "unknown")


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"to": TO}, "invalid"),
        ("no object", "invalid"),
        (message("taken", text="other"), "conflict"),
        (message(to=numbers.BAD_REQUEST), "rejected"),
    ],
)
def test_a_refused_event_goes_to_the_dead_letter_queue(world: World, detail: Any, reason: str) -> None:
    """Nobody reads the answer of an event, so what is wrong with it must not disappear."""
    world.env().handle(message("taken"), world.remaining())
    event = from_eventbridge(detail)
    result = world.env().handle(event, world.remaining())
    [dead] = world.dead()
    assert (result["state"], dead["reason"], json.loads(dead["body"])) == (reason, reason, event)


@pytest.mark.parametrize("payload", [{"to": TO}, {}])
def test_a_refused_invocation_returns_its_errors(world: World, payload: Any) -> None:
    """Whoever invokes directly reads what is wrong; in case nobody does, it is a dead letter as well."""
    result = world.env().handle(payload, world.remaining())
    assert (result["state"], bool(result["errors"])) == ("invalid", True)
    assert [json.loads(dead["body"]) for dead in world.dead()] == [payload]


def test_an_event_in_the_queue_is_unwrapped(world: World) -> None:
    """The stack's rule puts events into the queue: the id is the event's, however often SQS delivers it."""
    assert all(world.deliver(from_eventbridge(message())) for _ in range(2))
    assert (world.accepted(), world.state("event:e-1")) == (1, "sent")


def test_a_refused_event_in_the_queue_is_buried_whole(world: World) -> None:
    """The dead letter is the event itself, so that a redrive finds it as it was."""
    event = from_eventbridge({"to": "nobody"})
    assert world.deliver(event)
    [dead] = world.dead()
    assert (json.loads(dead["body"]), dead["message_id"], dead["reason"]) == (event, "event:e-1", "invalid")
