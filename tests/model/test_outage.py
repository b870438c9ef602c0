"""Messente is down for an hour, or takes only so many messages a second: patience and backoff suffice."""

import random
from collections import Counter

import pytest
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from messente_rcs.sending.pacing import LONGEST_DELAY, queue_delay
from tests.model.profile import figures
from tests.model.queue import Queue
from tests.model.virtual_time import VirtualTime
from tests.standin.faults import Mode
from tests.standin.limited import Limited
from tests.standin.messente import Reply, Request
from tests.standin.replies import TOO_MANY, front_end
from tests.support.steps import at
from tests.support.template import properties
from tests.support.world import PASSWORD, USERNAME, Clock, World, message

HOUR = 3600.0
MESSAGES = 60  # that come in over the hour
FEW = 5  # receives of a message while there is a backlog
BACKLOG = 0.7  # of all messages: what is done while others still wait for their first attempt


def most_attempts(seconds: float) -> int:
    """Count the attempts within so many seconds if chance always picks the shortest delay, and the one after."""
    attempts, at = 1, 0.0
    while at < seconds:
        at += queue_delay(attempts, chance=lambda: 0.0)
        attempts += 1
    return attempts


OUTAGES: dict[str, Exception | None] = {
    "503": None,
    "connection refused": NewConnectionError(None, "refused"),  # type: ignore[arg-type]
    "no address": NameResolutionError("messente.invalid", None, OSError("none")),  # type: ignore[arg-type]
    "connect timeout": ConnectTimeoutError("late"),
}


@pytest.mark.parametrize("failure", OUTAGES.values(), ids=OUTAGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_an_hour_without_messente(world: World, failure: Exception | None, seed: int) -> None:
    """Every message is sent afterwards, once, none goes to the dead-letter queue, and none is tried without end."""
    random.seed(seed)
    queue, begin, messente = Queue(world), world.clock(), world.messente

    def outage() -> None:
        is_over = world.clock() >= begin + HOUR
        messente.faults.mode = Mode.UP if is_over else Mode.DOWN
        if failure and not is_over:
            raise failure

    env = world.env(at("urlopen", "before", outage))
    for number in range(MESSAGES):
        queue.put(message(text=f"Text of {number}")).visible_at = begin + number * HOUR / MESSAGES
    while queue.wait():
        queue.deliver(env, queue.visible()[:1])
    assert (len(queue.done), queue.dead, world.dead()) == (MESSAGES, [], [])
    assert Counter(each.text for each in messente.accepted) == {f"Text of {number}": 1 for number in range(MESSAGES)}
    most = max(each.receives for each in queue.done)
    assert 8 < most <= most_attempts(HOUR) < queue.most_receives
    assert world.clock() < begin + HOUR + LONGEST_DELAY + 1
    figures["most attempts in an hour's outage"] = max(figures["most attempts in an hour's outage"], most)


RATE = 150


class Slow(Limited):
    """Takes its time for each answer."""

    def __init__(self, time: VirtualTime, clock: Clock, latency: float, refusal: Reply) -> None:
        super().__init__(USERNAME, PASSWORD, rate=RATE, refusal=refusal, clock=clock)
        self._time, self._latency = time, latency

    def handle(self, request: Request) -> Reply:
        self._time.sleep(self._latency / 2)
        reply = super().handle(request)
        self._time.sleep(self._latency / 2)
        return reply


BARE = front_end(429)

# What is refused, batches of the template's size side by side, and Messente's latency in seconds: from just too fast to
# far too fast.
CASES = [(BARE, 2, 0.1), (BARE, 5, 0.2), (BARE, 20, 0.05), (TOO_MANY, 2, 0.1)]


@pytest.mark.parametrize(("refusal", "batches", "latency"), CASES)
def test_a_rate_limit_is_used_to_the_full(world: World, batches: int, latency: float, refusal: Reply) -> None:
    """Fleets that are 1.3 to 27 times too fast: more than nine in ten of the sends that Messente would take are made.

    No message is lost, or received more than a few times.
    """
    random.seed(1)
    time = VirtualTime(world.clock)
    world.sleep = time.sleep
    world.messente = limited = Slow(time, world.clock, latency, refusal)
    queue, begin, total = Queue(world), world.clock(), 12 * RATE
    for number in range(total):
        queue.put(message(text=f"Text of {number}"))
    batch = properties("SendFunction")["Events"]["Queued"]["Properties"]["BatchSize"]

    def poll() -> None:
        env = world.env(threads=time, concurrency=batch)
        while (at := queue.next_visible()) is not None:
            if at > world.clock():
                time.sleep(at - world.clock())
            else:
                queue.deliver(env, queue.visible()[:batch])

    time.run(*[poll] * batches)
    assert (len(limited.accepted), queue.dead) == (total, [])
    assert limited.refused > total / 20
    times = sorted(each.at - begin for each in limited.accepted)
    assert BACKLOG * total / times[int(BACKLOG * total)] > 0.9 * RATE
    assert max(each.receives for each in queue.done) <= FEW
    assert limited.refused < 3 * total
