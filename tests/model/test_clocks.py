"""Clocks that differ and writes that come twice: every course of a small world, not a sample of a large one."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.model.faults import Repeating
from tests.model.queue import Queue
from tests.standin import numbers
from tests.standin.messente import Messente, Reply, Request
from tests.standin.replies import UNAVAILABLE, Fault
from tests.support.records import check_record
from tests.support.steps import at_number
from tests.support.world import PASSWORD, USERNAME, Crash, Hook, World, message, nothing

CLOCKS = (-3.0, 0.0, 3.0, 8.0, 40.0)  # seconds by which a clock is ahead
RECIPIENTS = (numbers.UNAVAILABLE_ONCE, numbers.BAD_REQUEST, numbers.CUT_AFTER_ACCEPT, "+37255512345")
PAUSES = (0.0, 25.0)  # seconds of the owner's invocation that have passed by then
STEPS = 8  # hooks of one delivery: before and after each of its calls


class Course:
    """One message on a queue, and environments whose clocks differ."""

    def __init__(self, to: str, **fields: Any) -> None:
        self.world = World()
        self.queue = Queue(self.world)
        self.payload = message("k", to=to, **fields)
        self.message = self.queue.put(self.payload)

    def deliver(self, ahead: float, hook: Hook = nothing) -> None:
        """Let an environment take the message, unless it is gone."""
        records = self.queue.receive([self.message])
        if not records:
            return
        try:
            answer = self.world.env(hook, ahead=ahead).handle({"Records": records}, self.world.remaining())
        except Crash:
            answer = None
        self.queue.settle(records, answer)

    def end(self, most: int = 1) -> str:
        """Let the queue deliver until it is done; return how the record ends, after at most so many acceptances."""
        while (at := self.queue.next_visible()) is not None:
            self.world.clock.advance(max(0, at - self.world.clock()))
            self.deliver(0.0)
        state = check_record(self.world, self.payload, most)
        if state == "retryable":
            assert self.queue.dead or self.world.dead(), "nobody comes back for it"
        return state or "none"


def another_comes(course: Course, pause: float, aheads: tuple[float, ...]) -> Callable[[], None]:
    """Let time pass, and then the message be delivered to others."""

    def act() -> None:
        course.world.clock.advance(pause)
        for ahead in aheads:
            course.deliver(ahead)

    return act


@pytest.mark.parametrize("to", RECIPIENTS)
@pytest.mark.parametrize("others", [1, 2])
def test_two_clocks(to: str, others: int) -> None:
    """Other deliveries come at any step of the owner's, by any clock: nothing is sent twice, and nothing is lost."""
    ends: Counter[str] = Counter()
    clocks = itertools.product(CLOCKS, itertools.product(CLOCKS, repeat=others))
    for (owner, aheads), pause, step in itertools.product(clocks, PAUSES, range(STEPS)):
        course = Course(to)
        course.deliver(owner, at_number(step, another_comes(course, pause, aheads)))
        ends[course.end()] += 1
    assert set(ends) <= {"sent", "rejected", "unknown", "retryable"}


class Scripted(Messente):
    """Answers the POSTs by a script: a lost answer to one that was accepted, or 503; then with 503."""

    script: tuple[str, ...] = ()

    def handle(self, request: Request) -> Reply:
        word, *rest = self.script or ("503",)
        self.script = tuple(rest)
        return replace(super().handle(request), fault=Fault.CUT) if word == "lost" else UNAVAILABLE


class Lossy(Repeating):
    """DynamoDB whose answers are lost: each write is made so many times, and then it may be told as failed."""

    def __init__(self, target: Any, times: int, failing: str) -> None:
        super().__init__(target)
        self._times = times
        self._failing = failing  # the name of a state: writes that make the record so are told as failed

    def update_item(self, **arguments: Any) -> Any:
        for _ in range(self._times - 1):
            try:
                self._target.update_item(**arguments)
            except self._target.exceptions.ConditionalCheckFailedException:
                break
        answer = self._target.update_item(**arguments)
        item = self._target.get_item(Key=arguments["Key"])["Item"]
        if item["state"]["S"] == self._failing:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return answer


@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("failing", ["nothing", "sent", "unknown", "retryable"])
def test_resends_are_counted_however_often_a_write_is_made(times: int, failing: str) -> None:
    """Three acceptances at the very worst, in every order of lost answers and refusals."""
    for script in itertools.product(("lost", "503"), repeat=6):
        course = Course("+37255512345", on_unknown="resend")
        world = course.world
        world.messente = messente = Scripted(USERNAME, PASSWORD, clock=world.clock)
        messente.script = script
        world.dynamodb = Lossy(world.dynamodb, times, failing)  # type: ignore[assignment]
        course.end(most=3)
