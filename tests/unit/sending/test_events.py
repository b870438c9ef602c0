"""EventBridge and direct invocation: the result as a value, and an exception where the invoker should try again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from messente_rcs.errors import error
from messente_rcs.records.record import Record, State
from messente_rcs.sending.outcome import Outcome, OutcomeKind, log_outcome
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.world import TO, message

if TYPE_CHECKING:
    import io

    from messente_rcs.errors import Error
    from tests.support.world import World


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
