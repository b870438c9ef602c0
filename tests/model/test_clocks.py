"""Clocks that differ and writes that come twice: every course of a small world, not a sample of a large one."""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.model.system import Origin, System
from tests.standin import numbers
from tests.standin.faults import EVERYBODY, Rule
from tests.standin.messente import Messente, Request
from tests.support.world import TEXT, TO, message

CLOCKS = (-3.0, 0.0, 3.0, 8.0, 40.0)  # seconds by which a clock is ahead
RECIPIENTS = (numbers.UNAVAILABLE_ONCE, numbers.BAD_REQUEST, numbers.CUT_AFTER_ACCEPT, TO)
PAUSES = (0.0, 25.0)  # seconds of the owner's invocation that have passed by then
STEPS = 8  # hooks of one delivery: before and after each of its calls


def end(system: System) -> str | None:
    """Let the queue deliver until it is done; return how the record ends."""
    system.deliver_all()
    if (state := system.state("k")) == "retryable":
        assert system.queue.dead or system.world.dead(), "nobody comes back for it"
    return state


@pytest.mark.parametrize("to", RECIPIENTS)
@pytest.mark.parametrize("others", [1, 2])
def test_two_clocks(to: str, others: int) -> None:
    """Other deliveries come at any step of the owner's, by any clock: nothing is sent twice, and nothing is lost."""
    ends: Counter[str | None] = Counter()
    for clocks, pause, step in itertools.product(itertools.product(CLOCKS, repeat=1 + others), PAUSES, range(STEPS)):
        system = System(*clocks, 0)
        owner, *rest = system.processes
        messages = [system.put(message("k", to=to), Origin("k", TEXT))]

        def others_come(*_: str) -> None:
            system.sleep(pause)  # noqa: B023 - within this round
            for each in rest:  # noqa: B023 - the same
                system.deliver(each, messages)  # noqa: B023 - the same

        owner.faults.arm(step, others_come)
        system.deliver(owner, messages)
        ends[end(system)] += 1
    assert set(ends) <= {"sent", "rejected", "unknown", "retryable"}


@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("failing", ["", "sent", "unknown", "retryable"])
def test_resends_are_counted_however_often_a_write_is_made(times: int, failing: str) -> None:
    """Three acceptances at the very worst, in every order of lost answers and refusals."""
    for script in itertools.product(("cut_after_accept", "503"), repeat=6):
        system, answers = System(0), itertools.chain(script, itertools.repeat("503"))
        messente = system.world.messente

        def look(_: Request, messente: Messente = messente, answers: Iterator[str] = answers) -> None:
            messente.faults.put(Rule(EVERYBODY, next(answers)))

        messente.on_request = look
        system.dynamodb.times, system.dynamodb.failing = times, failing
        system.put(message("k", on_unknown="resend"), Origin("k", TEXT, resend=True))
        end(system)
