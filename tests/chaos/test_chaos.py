"""Nothing twice, nothing lost while processes die, AWS fails and Messente misbehaves; `make chaos` is the long run."""

import signal
import sys
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.chaos.callers import Callers
from tests.chaos.deployment import Deployment, deployment
from tests.chaos.injection import send, workers
from tests.chaos.plan import Message, Trigger
from tests.chaos.recipients import NUMBERS, converse
from tests.chaos.run import chaos, show
from tests.chaos.tally import STATES
from tests.local.process import PATIENCE
from tests.standin import numbers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")

SEED = 4


@pytest.fixture(scope="session")
def at() -> Iterator[Deployment]:
    """One world for all tests: what a run leaves in it, another does not count."""
    with deployment(20261123) as deployed:
        yield deployed


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


def test_a_caller_comes_back_until_it_is_told_of_its_message(at: Deployment) -> None:
    """Also if the process that takes its request was stopped long before: what is not sent is not lost untold."""
    message, callers = Message("stopped", numbers.UNAVAILABLE, Trigger.HTTP), Callers(at.stack)
    callers.hand_in(message)
    callers.finish()
    for each in workers(at.emulator, "SendFunction"):
        send(each, signal.SIGSTOP)
    callers.come_back(PATIENCE)
    assert callers.told[message.id] == HTTPStatus.SERVICE_UNAVAILABLE
