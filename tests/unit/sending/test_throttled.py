"""429 was certainly not sent: the function waits for Messente's limit within its claim, as long as there is time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from messente_rcs.sending.pacing import FIRST_PAUSE, FIRST_RECEIVES, RECORD_TIME
from tests.standin import numbers
from tests.standin.messente import Messente, Reply, Request
from tests.standin.replies import SERVER_ERROR, TOO_MANY, error, front_end, refusal
from tests.support.world import PASSWORD, USERNAME, message, record

if TYPE_CHECKING:
    from tests.support.world import World

POST_TIME = 13.0  # seconds that one POST may take, by the default timeouts
UNAUTHORIZED = refusal(401, error("103", "Unauthorized"))
BARE = front_end(429)


def wait(seconds: int) -> Reply:
    """Make a 429 that says when to come back."""
    return replace(TOO_MANY, headers=TOO_MANY.headers | {"Retry-After": str(seconds)})


class Limited(Messente):
    """Answers the first sends with these, and takes the others."""

    first: tuple[Reply, ...] = ()
    refused = 0

    def handle(self, request: Request) -> Reply:
        """Answer."""
        if not self.first:
            return super().handle(request)
        reply, *rest = self.first
        self.first = tuple(rest)
        self.refused += 1
        return reply


def answering(world: World, *replies: Reply) -> Limited:
    """Let Messente answer so at first."""
    world.messente = messente = Limited(USERNAME, PASSWORD, clock=world.clock)
    messente.first = replies
    return messente


def receive(world: World, receives: int, seconds: float = 30, to: str = "+37255512345") -> bool:
    """Deliver the message for the so-manieth time; tell whether the queue drops it."""
    records = [record(message("k", to=to), receives=receives)]
    return bool(world.env().handle({"Records": records}, world.remaining(seconds)) == {"batchItemFailures": []})


def test_a_refused_message_is_sent_within_the_same_delivery(world: World) -> None:
    """Three refusals, then an acceptance: one claim, no receive of the queue is spent, and it is sent once."""
    messente, begin = answering(world, BARE, BARE, BARE), world.clock()
    assert world.deliver(message("k"))
    assert (messente.refused, world.accepted()) == (3, 1)
    assert (world.state(), world.record_of("k")["attempts"]) == ("sent", 1)
    assert FIRST_PAUSE / 2 * 3 < world.clock() - begin < 2


@pytest.mark.parametrize("queued", [True, False], ids=["received often", "no queue"])
def test_retry_after_is_waited_for(world: World, *, queued: bool) -> None:
    """No sooner than Messente says, for what was received a few times already, or has no queue to wait in."""
    answering(world, wait(7))
    begin = world.clock()
    if queued:
        assert receive(world, FIRST_RECEIVES + 1)
    else:
        assert world.env().handle(message("k"), world.remaining())["state"] == "sent"
    assert world.clock() - begin >= 7


@pytest.mark.parametrize("receives", range(1, FIRST_RECEIVES + 1))
def test_retry_after_is_left_to_the_queue_at_first(world: World, receives: int) -> None:
    """The others of the batch are not held up, and it comes back as soon as Messente wants it, give or take 3 s."""
    messente, begin = answering(world, wait(7)), world.clock()
    assert not receive(world, receives)
    assert (world.clock(), messente.refused) == (begin, 1)
    [seconds] = world.sqs.postponed.values()
    assert 7 <= seconds < 10
    assert receive(world, receives + 1)


def test_a_retry_after_beyond_the_invocation_is_left_to_the_queue(world: World) -> None:
    """The message goes back at once, for as long as Messente says."""
    answering(world, wait(100))
    begin = world.clock()
    assert not receive(world, FIRST_RECEIVES + 1)
    assert (world.clock(), world.state(), list(world.sqs.postponed.values())) == (begin, "retryable", [100])


@pytest.mark.parametrize("seconds", [18.5, 24.0, 30.0])
def test_patience_ends_with_the_time(world: World, seconds: float) -> None:
    """A limit that stays: the message is retryable while there is still time for a POST and its record."""
    begin = world.clock()
    assert not receive(world, FIRST_RECEIVES + 1, seconds, numbers.TOO_MANY)
    assert world.clock() - begin <= seconds - POST_TIME - RECORD_TIME
    assert world.state() == "retryable"
    assert 1 < world.messente.posts < 20


def test_no_patience_with_a_lost_answer(world: World) -> None:
    """What follows a refusal is final: a 500 may have been an acceptance, and is not repeated."""
    messente = answering(world, BARE, SERVER_ERROR)
    assert world.deliver(message("k"))
    assert (messente.refused, messente.posts, world.state()) == (2, 0, "unknown")


def test_a_password_that_changes_meanwhile(world: World) -> None:
    """A refusal for the rate, then one for the password, then one for the rate again: sent all the same, once."""
    messente, env = answering(world), world.env()
    assert world.deliver(message("warm", text="warm"), env)
    messente.first = (BARE, UNAUTHORIZED, BARE)
    messente.change_password("rotated")
    world.put_secret("rotated")
    assert world.deliver(message("k"), env)
    assert (messente.refused, world.accepted()) == (3, 1)
