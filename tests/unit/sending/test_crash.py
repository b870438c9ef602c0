"""A death or a lost answer at every step, then redelivery; two workers in every order of their steps."""

import io
import itertools
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.local.process import PATIENCE
from tests.standin import numbers
from tests.support.fakes.aws import error
from tests.support.records import check_record
from tests.support.steps import at_number, once, raising, twice, unrecorded
from tests.support.world import Crash, World, message, record

# Whom a message goes to, and where it ends when no one interferes and Messente's answer stays the same.
CASES = {
    "accepted": ("+37255512345", "sent"),
    "accepted, answer lost": (numbers.CUT_AFTER_ACCEPT, "unknown"),
    "accepted, answer truncated": (numbers.TRUNCATED, "unknown"),
    "refused": (numbers.BAD_REQUEST, "rejected"),
    "not sent": (numbers.UNAVAILABLE, "retryable"),
    "not sent once": (numbers.UNAVAILABLE_ONCE, "sent"),
    "unauthorized": (numbers.UNAUTHORIZED, "retryable"),
}
SOON, AFTER_THE_LEASE = 1.0, 200.0


def steps_of(world: World, payload: dict[str, Any]) -> list[tuple[str, str]]:
    steps: list[tuple[str, str]] = []
    world.deliver(payload, world.env(lambda step, when: steps.append((step, when))))
    return steps


@pytest.mark.parametrize("pause", [SOON, AFTER_THE_LEASE])
@pytest.mark.parametrize(("to", "calm_end"), CASES.values(), ids=CASES)
def test_crash_at_every_step(world: World, to: str, calm_end: str, pause: float) -> None:
    """A process that dies at any step, followed by redeliveries, sends at most once and leaves a true record."""
    steps = steps_of(world, message("steps", to=to, text="steps"))
    ends = set()
    for number in range(len(steps)):
        payload = message(f"crash-{number}", to=to, text=f"crash {number}")
        with pytest.raises(Crash):
            world.deliver(payload, world.env(at_number(number, raising(Crash))))
        check_record(world, payload)
        for _ in range(3):
            world.clock.advance(pause)
            world.deliver(payload)
            check_record(world, payload)
        world.clock.advance(AFTER_THE_LEASE)
        world.deliver(payload)  # the delivery that turns a claim into *unknown* comes back once more
        world.clock.advance(AFTER_THE_LEASE)
        assert world.deliver(payload) == (world.state(f"crash-{number}") != "retryable")
        ends.add(check_record(world, payload))
    # Both worlds are seen: a crash before the claim costs nothing, one after it may cost the certainty.
    assert ends == {calm_end, "unknown"}


THROTTLED = error("ThrottlingException", "UpdateItem")
SDK_TIMEOUT = ReadTimeoutError(endpoint_url="https://dynamodb")  # once boto3's own retries are used up


@pytest.mark.parametrize("failure", [SDK_TIMEOUT, THROTTLED], ids=["timeout", "throttled"])
@pytest.mark.parametrize(("to", "calm_end"), CASES.values(), ids=CASES)
def test_a_failing_aws_call_at_every_step(world: World, to: str, calm_end: str, failure: Exception) -> None:
    """An AWS call that fails for good, done or not, at any step: at most one acceptance, and nothing disappears."""
    steps = steps_of(world, message("steps", to=to, text="steps"))
    for number, (step, _) in enumerate(steps):
        if step == "urlopen":
            continue
        payload = message(f"aws-{number}", to=to, text=f"aws {number}")
        done = world.deliver(payload, world.env(at_number(number, raising(failure))))
        state = check_record(world, payload)
        assert not done or state is not None or world.dead()
        for _ in range(2):
            world.clock.advance(AFTER_THE_LEASE)
            world.deliver(payload)
            check_record(world, payload)
        assert check_record(world, payload) in {calm_end, "unknown"}


def test_the_claims_answer_is_lost_and_the_sdk_repeats_it(world: World) -> None:
    """A claim that the SDK writes twice finds itself in its way, and goes on to send, once."""
    twice(world)
    assert world.deliver(message("k"))
    assert (check_record(world, message("k")), world.accepted()) == ("sent", 1)


@pytest.mark.parametrize("failure", [THROTTLED, ZeroDivisionError()], ids=["an outage", "a defect"])
def test_the_record_step_fails_for_good(world: World, log: io.StringIO, failure: Exception) -> None:
    """Whatever is raised after the POST, the ids are in the log at ERROR, the message comes back and is not resent."""
    payload = message("down")
    assert not world.deliver(payload, world.env(unrecorded(failure)))
    logged = log.getvalue()
    assert '"level":"ERROR"' in logged
    assert world.messente.accepted[0].omnimessage_id in logged
    done = []
    for _ in range(2):
        world.clock.advance(AFTER_THE_LEASE)
        done.append(world.deliver(payload))
    assert done == [False, True]
    assert (check_record(world, payload), world.accepted()) == ("unknown", 1)


def test_a_claim_that_was_written_but_reported_as_failed_is_released(world: World) -> None:
    """Nothing was sent, so the record must not end as *unknown* when it can be avoided."""
    payload = message("released")
    assert not world.deliver(payload, world.env(once("update_item", "after", raising(SDK_TIMEOUT))))
    assert check_record(world, payload) == "retryable"
    assert world.deliver(payload)
    assert check_record(world, payload) == "sent"


# --- Two workers ------------------------------------------------------------------------------------------------------


STEPS = 4  # of one delivery: get_secret_value, update_item, urlopen, update_item


class Turns:
    """Lets the workers take their steps one at a time, in the order given; who is left over goes on freely.

    A worker's turn lasts from its step until its next one, so that no two calls overlap.
    """

    def __init__(self, order: Sequence[int]) -> None:
        self._order = list(order)
        self._active: int | None = None
        self._changed = threading.Condition()

    def wait(self, worker: int) -> None:
        """End this worker's turn, if it has one, and block until it is its turn again."""
        with self._changed:
            self._end(worker)
            if not self._changed.wait_for(lambda: self._is_free_for(worker), timeout=PATIENCE):
                raise TimeoutError("the order of turns does not fit the steps")
            self._order = self._order[1:]
            self._active = worker

    def leave(self, worker: int) -> None:
        with self._changed:
            self._end(worker)
            self._order = [turn for turn in self._order if turn != worker]

    def _is_free_for(self, worker: int) -> bool:
        return self._active is None and (not self._order or self._order[0] == worker)

    def _end(self, worker: int) -> None:
        if self._active == worker:
            self._active = None
        self._changed.notify_all()


def run_interleaved(world: World, payload: dict[str, Any], order: Sequence[int]) -> list[BaseException]:
    """Deliver the payload to two environments at once, their steps in this order; return what they raised."""
    turns = Turns(order)
    raised: list[BaseException] = []

    def work(worker: int) -> None:
        # Without the list of opt-outs: its read decides nothing between two workers.
        env = world.env(lambda _step, when: turns.wait(worker) if when == "before" else None, opt_out_table_name="")
        try:
            env.handle({"Records": [record(payload)]}, world.remaining())
        except BaseException as failure:  # noqa: BLE001 - told to the test
            raised.append(failure)
        finally:
            turns.leave(worker)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        ("+37255512345", {"sent"}),
        (numbers.CUT_AFTER_ACCEPT, {"unknown"}),
        (numbers.BAD_REQUEST, {"rejected"}),
        (numbers.UNAVAILABLE_ONCE, {"sent", "retryable"}),
    ],
)
def test_every_interleaving(world: World, to: str, ends: set[str]) -> None:
    """Two workers in each of the 70 orders of their steps: at most one acceptance, and a true record."""
    seen = set()
    for number, first in enumerate(itertools.combinations(range(2 * STEPS), STEPS)):
        order = [0 if turn in first else 1 for turn in range(2 * STEPS)]
        payload = message(f"order-{number}", to=to, text=f"order {number}")
        assert run_interleaved(world, payload, order) == []
        seen.add(check_record(world, payload))
    assert seen == ends
