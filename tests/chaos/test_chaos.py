"""Nothing twice, nothing lost while processes die, AWS fails and Messente misbehaves; `make chaos` is the long run."""

import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chaos.callers import Callers
from tests.chaos.deployment import VISIBILITY, Deployment, deployment
from tests.chaos.injection import send, workers
from tests.chaos.plan import Message, Trigger
from tests.chaos.recipients import NUMBERS, converse
from tests.chaos.run import chaos, show
from tests.chaos.tally import STATES
from tests.local.process import PATIENCE, poll
from tests.standin import numbers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")

SEED = 4
LONG = 20  # seconds


@pytest.fixture(scope="session")
def at() -> Iterator[Deployment]:
    """One world for all tests: what a run leaves in it, another does not count."""
    with deployment(20261123) as deployed:
        yield deployed


def record(at: Deployment, key: str) -> dict[str, Any]:
    return at.stack.item(key) or {}


def hand_in(at: Deployment, message: Message) -> Any:
    """Invoke the function until it has POSTed: on a busy machine AWS may not answer it in time at first."""
    answer = None
    while not at.standin.messente.posts_to(message.to):
        answer = at.stack.invoke(json.loads(message.body))
    return answer


@pytest.mark.parametrize(
    ("to", "end"), [(numbers.HANG_AFTER_ACCEPT, "sent"), (numbers.HANG, "unknown")], ids=["accepted", "not accepted"]
)
def test_a_kill_between_post_and_record(at: Deployment, to: str, end: str) -> None:
    """A killed send stays claimed, the reconciliation calls it unknown, its report (if there is any) makes it sent."""
    message = Message(f"killed-{end}", to)
    at.standin.courier.enabled = False
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(hand_in, at, message)
        poll(lambda: at.standin.messente.posts_to(to) or None, PATIENCE, "the POST")
        for process in workers(at.emulator, "SendFunction"):
            send(process, signal.SIGKILL)
        assert "errorMessage" in answer.result()
    assert record(at, message.key)["state"] == "claimed"
    at.stack.edit(message.key, lease_until=1, due="2026-01-01T00:00:00.000Z")  # as if its lease had run out long ago
    assert at.stack.reconcile()["lost"] == 1
    assert record(at, message.key)["state"] == "unknown"
    # Handed in again it is not sent again.
    assert at.stack.invoke(json.loads(message.body))["state"] == "unknown"
    at.standin.courier.enabled = True
    poll(lambda: at.standin.courier.pending == 0 or None, PATIENCE, "the reports")
    assert record(at, message.key)["state"] == end
    accepted = at.standin.messente.by_text()[message.text]
    known = record(at, message.key).get("omnimessage_id")
    assert [each.omnimessage_id for each in accepted] == ([known] if end == "sent" else [])
    assert len(at.standin.messente.posts_to(to)) == 1


@pytest.mark.parametrize("trigger", Trigger)
def test_an_unknown_outcome_that_cannot_be_written(at: Deployment, trigger: Trigger) -> None:
    """It is listed as unknown once its lease is over, and not when the delivery is due, whatever handed it in."""
    message, callers = Message(f"unwritten-{trigger}", numbers.CUT, trigger), Callers(at.stack)
    before = len(at.standin.messente.posts_to(message.to))
    at.stack.hide_for(LONG, at.stack.queue_url)  # so that nothing comes back before it is told to
    at.standin.messente.on_request = lambda _: at.proxy.make("table gone")
    at.standin.messente.connecting = lambda: None
    if trigger is Trigger.QUEUE:
        at.stack.queue(message.body)
    else:
        callers.hand_in(message)
    unwritten = f'"{message.id}"'
    poll(lambda: any("not recorded" in line and unwritten in line for line in at.stack.logs()) or None, PATIENCE, "it")
    at.standin.messente.on_request = lambda _: None
    at.standin.messente.connecting = at.handshakes
    at.proxy.make("calm")
    callers.finish()
    assert record(at, message.key)["state"] == "claimed"

    def look() -> bool | None:
        at.let_time_pass(message.id, is_over=True)
        # What the queue delivers again nobody else looks after; it may have been given up by now.
        at.redrive(buried=False) if trigger is Trigger.QUEUE else at.stack.reconcile()
        return record(at, message.key)["state"] == "unknown" or None

    poll(look, 3 * LONG, "an unknown record", every=0.5)
    at.stack.hide_for(VISIBILITY, at.stack.queue_url)
    listed = at.stack.call("GET", "/messages?state=unknown").json["messages"]
    assert message.id in [each["id"] for each in listed]
    assert len(at.standin.messente.posts_to(message.to)) == before + 1


def test_two_hundred_messages_through_faults(at: Deployment) -> None:
    """Everything taken in is sent once, rejected, unknown or in the dead-letter queue; and there was injection."""
    done = chaos(at, 200, SEED)
    show(done)
    figures = done.tally.figures
    assert done.tally.good, done.tally.wrong
    assert figures["taken in"] == 200
    assert figures["sent"] >= 100
    assert figures["events"] >= 200
    assert any('"not published"' in line for line in at.stack.logs())
    assert figures.keys() <= {"taken in", "accepted", "healed", "in DLQ", "events", "claimed", *STATES}
    assert min(figures["healed"], figures["in DLQ"], done.redriven) >= 5
    assert min(done.trouble[deed] for deed in ("kill", "hang", "reconcile", "weather")) >= 1
    assert done.faults.total() >= 20
    assert done.handshakes.keys() >= {"handshake alert", "handshake plain", "handshake reset"}


def test_two_hundred_inbound_messages_through_faults(at: Deployment) -> None:
    """Whatever was answered 200 is told of, though the bus failed; and the newest word of each recipient holds."""
    conversation = converse(at, 200, SEED)
    assert set(conversation.said) <= conversation.told
    listed = {number: item["state"] for number, item in at.stack.opt_outs().items() if number in NUMBERS}
    assert listed == conversation.wishes()
    assert conversation.at_once >= 20
    assert any('"inbound deferred to queue"' in line for line in at.stack.logs())
