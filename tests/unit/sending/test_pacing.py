"""Pauses and deadlines: the function waits for Messente's limit, and `expires_at` holds for every POST."""

import io
from dataclasses import replace
from typing import Any

import pytest

from messente_rcs.messente.answers import AnswerKind
from messente_rcs.records.record import timestamp
from messente_rcs.sending.pacing import FIRST_PAUSE, FIRST_RECEIVES, RECORD_TIME, queue_delay
from tests.standin import numbers
from tests.standin.messente import Reply, Request
from tests.standin.replies import SERVER_ERROR, TOO_MANY, front_end
from tests.support import steps
from tests.support.answering import Deciding
from tests.support.world import TO, World, message, record

POST_TIME = 13.0  # seconds that one POST may take, by the default timeouts
BARE = front_end(429)


def wait(seconds: int) -> Reply:
    return replace(TOO_MANY, headers=TOO_MANY.headers | {"Retry-After": str(seconds)})


def answering(world: World, *replies: Reply) -> Deciding:
    """Let Messente answer so at first."""
    first = iter(replies)
    return Deciding(world, lambda _: next(first, None))


def receive(world: World, receives: int, seconds: float = 30, to: str = "+37255512345") -> bool:
    """Deliver the message for the so-manieth time; tell whether the queue drops it."""
    records = [record(message("k", to=to), receives=receives)]
    return bool(world.env().handle({"Records": records}, world.remaining(seconds)) == {"batchItemFailures": []})


def test_a_refused_message_is_sent_within_the_same_delivery(world: World) -> None:
    """Three refusals, then an acceptance: one claim, no receive of the queue is spent, and it is sent once."""
    messente, begin = answering(world, BARE, BARE, BARE), world.clock()
    assert world.deliver(message("k"))
    assert (messente.decided, world.accepted()) == (3, 1)
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
    assert (world.clock(), messente.decided) == (begin, 1)
    [seconds] = world.sqs.postponed.values()
    assert 7 <= seconds < 10
    assert receive(world, receives + 1)


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
    assert (messente.decided, messente.posts, world.state()) == (2, 0, "unknown")


def test_the_delay_of_the_queue() -> None:
    """It doubles, chance spreads it, Retry-After is its minimum, and SQS hides a message for at most twelve hours."""
    longest = [queue_delay(receives, chance=lambda: 1.0) for receives in range(1, 12)]
    assert longest == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert queue_delay(9, chance=lambda: 0.0) == 450
    assert queue_delay(FIRST_RECEIVES + 1, AnswerKind.THROTTLED, 1000.0, chance=lambda: 1.0) == 1000
    assert queue_delay(1, retry_after=60.0, chance=lambda: 0.0) == 60
    assert queue_delay(9, retry_after=1.0, chance=lambda: 0.0) == 450
    assert queue_delay(1, retry_after=1e9, chance=lambda: 0.0) < 43_200


# --- `expires_at` holds for every POST, the repeats too, and for Messente by `ttl` ------------------------------------


def busy(world: World, seconds: float, reply: Reply = BARE, takes: float = 0) -> Deciding:
    """Let Messente refuse for so long, in a way that proves that it did not accept, unless `reply` is another one."""
    until = world.clock() + seconds

    def decide(_: Request) -> Reply | None:
        if world.clock() >= until:
            return None
        world.clock.advance(takes)
        return reply

    return Deciding(world, decide)


def at(world: World, seconds: float) -> str:
    return timestamp(world.clock() + seconds)


def test_a_repeat_after_a_rate_limit(world: World) -> None:
    """Messente is ready again five seconds on, and the message was worth nothing after two."""
    messente = busy(world, 5)
    assert world.deliver(message("k", expires_at=at(world, 2)))
    assert messente.accepted == []
    errors = world.record_of("k")["errors"]
    assert (world.state(), [each["source"] for each in errors]) == ("expired", ["payload[expires_at]"])
    world.clock.advance(60)  # its id is free: it was certainly not sent
    assert world.deliver(message("k", expires_at=at(world, 60)))
    assert (world.state(), world.accepted()) == ("sent", 1)


def test_an_earlier_attempt_stays_unknown(world: World) -> None:
    """The first answer was lost, and the second attempt came too late: nobody knows of the first all the same."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    accepted = list(world.messente.accepted)
    messente = busy(world, 5)
    messente.accepted += accepted
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend", expires_at=at(world, 2))
    assert world.deliver(payload)
    assert world.state() == "unknown"
    assert len(messente.accepted) == 1


def sent(world: World, **fields: Any) -> list[dict[str, Any]]:
    payload = message("k", **fields)
    if "messages" in fields:
        del payload["text"]
    assert world.deliver(payload)
    [accepted] = world.messente.accepted
    messages: list[dict[str, Any]] = accepted.body["messages"]
    return messages


RCS: dict[str, Any] = {"channel": "rcs", "text": "Your parcel waits"}
SMS: dict[str, Any] = {"channel": "sms", "text": "Your parcel waits"}


# Of each channel, as the last of a chain and alone.
MOST = 2**31 - 1  # that Messente's clients, and our own check of a payload, take


FAR = "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("messages", "expires", "limits"),
    [
        # The last channel has a limit at all, and a longer one is cut; what is shorter stays as it is.
        ([RCS], 300, [{"ttl": 300}]),
        ([RCS, SMS], 300, [{}, {"ttl": 300}]),
        ([RCS | {"ttl": 60}, SMS], 300, [{"ttl": 60}, {"ttl": 300}]),
        ([RCS | {"ttl": 301}, SMS | {"ttl": 21_600}], 300, [{"ttl": 300}, {"ttl": 300}]),
        ([RCS | {"validity": 5}, SMS | {"validity": 4}], 300, [{"validity": 5}, {"validity": 4}]),
        ([RCS | {"validity": 6}, SMS], 300, [{"ttl": 300}, {"ttl": 300}]),
        ([RCS | {"ttl": 300}], 300, [{"ttl": 300}]),
        ([RCS], 1.9, [{"ttl": 1}]),  # a second that has begun is the least: no ttl of 0 goes out
        ([RCS], None, [{}]),
        ([RCS | {"ttl": MOST}], FAR, [{"ttl": MOST}]),
        ([RCS | {"validity": MOST}], FAR, [{"validity": MOST}]),  # in minutes, so that it may be longer than any ttl
        ([RCS | {"validity": 40_000_000}], FAR, [{"validity": 40_000_000}]),
        ([RCS | {"ttl": 1}], FAR, [{"ttl": 1}]),
        ([RCS | {"validity": MOST}], "2999-12-31T23:59:59Z", [{"ttl": MOST}]),  # cut to the longest ttl there is
    ],
)
def test_no_channel_has_longer_than_the_deadline(
    world: World, messages: list[dict[str, Any]], expires: float | str | None, limits: list[dict[str, int]]
) -> None:
    """Only with a deadline is something filled in, and nothing else is changed."""
    deadline = at(world, expires) if isinstance(expires, int | float) else expires
    got = sent(world, messages=messages, **({"expires_at": deadline} if deadline else {}))
    bare = [{name: each[name] for name in each.keys() - {"ttl", "validity"}} for each in messages]
    assert got == [each | limit for each, limit in zip(bare, limits, strict=True)]


def test_the_limit_of_a_scheduled_message(world: World) -> None:
    """Counted from when Messente tries it."""
    assert sent(world, expires_at=at(world, 7200), time_to_send=at(world, 3600))[0]["ttl"] == 3600


def test_the_limit_is_what_remains_at_the_post(world: World) -> None:
    """Waiting for a rate limit has used some of it up; it is no part of what makes two payloads the same."""
    busy(world, 5)
    [rcs] = sent(world, expires_at=at(world, 300))
    assert 285 < rcs["ttl"] <= 295
    world.clock.advance(100)
    assert world.deliver(message("k", expires_at=at(world, 300)))
    assert world.accepted() == 1


def test_an_acceptance_is_in_the_log_before_it_is_recorded(world: World, log: io.StringIO) -> None:
    """The record step may hang until the process is killed: the ids are somewhere all the same, and no number is."""
    seen: list[str] = []
    world.deliver(message("k"), world.env(steps.at("update_item", "before", lambda: seen.append(log.getvalue()))))
    [accepted], [_, logged] = world.messente.accepted, seen
    assert accepted.omnimessage_id in logged
    assert all(each["message_id"] in logged for each in accepted.reply["messages"])
    assert TO not in logged
