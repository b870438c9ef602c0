"""A death or a lost answer at every step, then redelivery."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.standin import numbers
from tests.support.records import check_record
from tests.support.world import Crash, message

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from tests.support.world import Hook, World

RECIPIENTS = {
    "accepted": "+37255512345",
    "accepted, answer lost": numbers.CUT_AFTER_ACCEPT,
    "accepted, answer truncated": numbers.TRUNCATED,
    "refused": numbers.BAD_REQUEST,
    "not sent": numbers.UNAVAILABLE,
    "not sent once": numbers.UNAVAILABLE_ONCE,
    "unauthorized": numbers.UNAUTHORIZED,
}
# Where each ends when no one interferes and Messente's answer stays the same.
CALM_ENDS = {
    "accepted": "sent",
    "accepted, answer lost": "unknown",
    "accepted, answer truncated": "unknown",
    "refused": "rejected",
    "not sent": "retryable",
    "not sent once": "sent",
    "unauthorized": "retryable",
}
SOON, AFTER_THE_LEASE = 1.0, 200.0


def steps_of(world: World, payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Record the steps of one calm delivery."""
    steps: list[tuple[str, str]] = []
    world.deliver(payload, world.env(lambda step, when: steps.append((step, when))))
    return steps


def fail_at(number: int, failure: Callable[[str], BaseException]) -> Hook:
    """Make a hook that fails at the step of this number, once."""
    counter = itertools.count()

    def hook(step: str, _when: str) -> None:
        if next(counter) == number:
            raise failure(step)

    return hook


@pytest.mark.parametrize("case", RECIPIENTS)
def test_calm(world: World, case: str) -> None:
    """Without faults a message ends where Messente's answers put it, with at most one acceptance."""
    payload = message("calm", to=RECIPIENTS[case])
    for _ in range(3):
        world.deliver(payload)
        world.clock.advance(AFTER_THE_LEASE)
    assert check_record(world, payload) == CALM_ENDS[case]


@pytest.mark.parametrize("pause", [SOON, AFTER_THE_LEASE])
@pytest.mark.parametrize("case", RECIPIENTS)
def test_crash_at_every_step(world: World, case: str, pause: float) -> None:
    """A process that dies at any step, followed by redeliveries, sends at most once and leaves a true record."""
    steps = steps_of(world, message("steps", to=RECIPIENTS[case], text="steps"))
    ends = set()
    for number in range(len(steps)):
        payload = message(f"crash-{number}", to=RECIPIENTS[case], text=f"crash {number}")
        with pytest.raises(Crash):
            world.deliver(payload, world.env(fail_at(number, Crash)))
        check_record(world, payload)
        for _ in range(3):
            world.clock.advance(pause)
            world.deliver(payload)
            check_record(world, payload)
        world.clock.advance(AFTER_THE_LEASE)
        world.deliver(payload)  # the delivery that turns a claim into *unknown* comes back once more
        world.clock.advance(AFTER_THE_LEASE)
        assert world.deliver(payload) == (CALM_ENDS[case] != "retryable" or unknown(world, payload))
        ends.add(check_record(world, payload))
    # Both worlds are seen: a crash before the claim costs nothing, one after it may cost the certainty.
    assert ends == {CALM_ENDS[case], "unknown"}


def unknown(world: World, payload: dict[str, Any]) -> bool:
    """Tell whether the record is *unknown* by now."""
    return (world.item(payload["idempotency_key"]) or {}).get("state") == "unknown"


def sdk_timeout(_step: str) -> Exception:
    """Make the exception that boto3 raises once its own retries are used up."""
    return ReadTimeoutError(endpoint_url="https://dynamodb")


def throttled(_step: str) -> Exception:
    """Make another one."""
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem")


@pytest.mark.parametrize("failure", [sdk_timeout, throttled])
@pytest.mark.parametrize("case", RECIPIENTS)
def test_a_failing_aws_call_at_every_step(world: World, case: str, failure: Callable[[str], Exception]) -> None:
    """An AWS call that fails for good, done or not, at any step: at most one acceptance, and nothing disappears."""
    steps = steps_of(world, message("steps", to=RECIPIENTS[case], text="steps"))
    for number, (step, _) in enumerate(steps):
        if step == "urlopen":
            continue
        payload = message(f"aws-{number}", to=RECIPIENTS[case], text=f"aws {number}")
        done = world.deliver(payload, world.env(fail_at(number, failure)))
        state = check_record(world, payload)
        assert not done or state is not None or world.dead()
        for _ in range(2):
            world.clock.advance(AFTER_THE_LEASE)
            world.deliver(payload)
            check_record(world, payload)
        assert check_record(world, payload) in {CALM_ENDS[case], "unknown"}


def test_the_claims_answer_is_lost_and_the_sdk_repeats_it(world: World) -> None:
    """A claim that the SDK writes twice finds itself in its way, and goes on to send, once."""
    payload = message("twice")

    class Repeating:
        """boto3 whose first answer to each write is lost: it writes the same again, as the SDK does."""

        def __getattr__(self, name: str) -> Any:
            call = getattr(world.dynamodb, name)
            if name != "update_item":
                return call

            def twice(**kwargs: Any) -> Any:
                call(**kwargs)
                return call(**kwargs)

            return twice

    real, world.dynamodb = world.dynamodb, Repeating()  # type: ignore[assignment]
    env = world.env()
    world.dynamodb = real
    assert world.deliver(payload, env)
    assert check_record(world, payload) == "sent"
    assert world.accepted() == 1


def test_dynamodb_down_after_the_post(world: World, log: io.StringIO) -> None:
    """When the record step fails for good, the ids are in the log at ERROR, it comes back, and nobody sends again."""

    def down_after_the_post(step: str, when: str) -> None:
        if step == "update_item" and when == "before" and world.messente.accepted:
            raise throttled(step)

    payload = message("down")
    assert not world.deliver(payload, world.env(down_after_the_post))
    logged = log.getvalue()
    assert '"level":"ERROR"' in logged
    assert world.messente.accepted[0].omnimessage_id in logged
    world.clock.advance(AFTER_THE_LEASE)
    assert not world.deliver(payload)
    world.clock.advance(AFTER_THE_LEASE)
    assert world.deliver(payload)
    assert check_record(world, payload) == "unknown"
    assert world.accepted() == 1


def test_a_defect_after_the_post_leaves_the_ids_in_the_log(world: World, log: io.StringIO) -> None:
    """Whatever is raised once Messente may have accepted, the acceptance is not forgotten and not repeated."""

    def break_after_the_post(step: str, when: str) -> None:
        if step == "update_item" and when == "before" and world.messente.accepted:
            raise ZeroDivisionError

    payload = message("defect")
    assert not world.deliver(payload, world.env(break_after_the_post))
    assert world.messente.accepted[0].omnimessage_id in log.getvalue()
    world.clock.advance(AFTER_THE_LEASE)
    world.deliver(payload)
    assert (check_record(world, payload), world.accepted()) == ("unknown", 1)


def test_a_claim_that_was_written_but_reported_as_failed_is_released(world: World) -> None:
    """Nothing was sent, so the record must not end as *unknown* when it can be avoided."""
    payload = message("released")
    claims = itertools.count()

    def lose_the_claims_answer(step: str, when: str) -> None:
        if (step, when) == ("update_item", "after") and next(claims) == 0:
            raise sdk_timeout(step)

    assert not world.deliver(payload, world.env(lose_the_claims_answer))
    assert check_record(world, payload) == "retryable"
    assert world.deliver(payload)
    assert check_record(world, payload) == "sent"
