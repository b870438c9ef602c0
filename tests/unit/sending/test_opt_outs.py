"""The list of opt-outs: nothing goes out to who is on it, and what went out before stays what it is."""

from collections.abc import Callable
from typing import Any

import pytest

from messente_rcs.inbound.opt_outs import Change
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.sending.pacing import LOOK_HOLDS
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.fakes.expressions import plain
from tests.support.metrics import Metric
from tests.support.steps import down, once
from tests.support.world import TO, World, message, record


def wish(world: World, wish: Wish, since: str = "2026-11-23T11:00:00.000Z", to: str = TO, origin: str = "m") -> bool:
    change = Change(to=to, wish=wish, since=since, by="stop word", origin=origin)
    return world.parts().opt_outs.change(change) is not None


def opt_out(world: World, to: str = TO) -> None:
    assert wish(world, Wish.OPTED_OUT, to=to)


UNAVAILABLE = down("batch_get_item")  # the list is out of reach


def post(world: World, payload: dict[str, Any], **settings: Any) -> dict[str, Any]:
    answer: dict[str, Any] = world.env(**settings).handle(payload, world.remaining(), "request")
    return answer


def test_nothing_goes_out_to_who_opted_out(world: World, metrics: Callable[[], list[Metric]]) -> None:
    """A queued message to a listed number is rejected before the claim, and becomes a dead letter that says why."""
    opt_out(world)
    assert world.deliver(message("k"))
    assert world.messente.posts == 0
    item = world.item("k") or {}
    assert (item["state"], item["attempts"], item["errors"][0]["source"]) == ("rejected", 0, "payload[to]")
    assert "due" not in item
    assert [(each["message_id"], each["reason"]) for each in world.dead()] == [("k", "rejected")]
    assert TO not in str(item["errors"]) + world.dead()[0]["errors"]
    assert ("OptOutBlocked", 1, "") in metrics()
    # The id stays free: once the recipient opted in again, the very message may be sent.
    assert wish(world, Wish.OPTED_IN, "2026-11-23T11:30:00.000Z")
    assert world.deliver(message("k"))
    assert (world.accepted(), world.state()) == (1, "sent")


def test_a_message_that_was_asked_for_goes_out(world: World) -> None:
    """`ignore_opt_out` sends to a listed number, and neither the body nor what makes two payloads equal has it."""
    opt_out(world)
    assert world.deliver(message("k", ignore_opt_out=True))
    assert world.accepted() == 1
    assert "ignore_opt_out" not in world.messente.accepted[0].body
    assert world.deliver(message("k"))
    assert (world.accepted(), len(world.dead())) == (1, 0)


def test_the_list_can_be_switched_off(world: World) -> None:
    """Without a table nobody looks, and no call is made."""
    opt_out(world)
    steps: list[str] = []
    env = world.env(lambda step, _: steps.append(step), opt_out_table_name="")
    assert world.deliver(message("k"), env)
    assert world.accepted() == 1
    assert "batch_get_item" not in steps


def test_what_cannot_be_looked_up_is_not_sent(world: World) -> None:
    """While the list is out of reach only what says `ignore_opt_out` is sent; nothing else is claimed, and returns."""
    records = [record(message("code", text="code", ignore_opt_out=True)), record(message("k"))]
    answer = world.env(UNAVAILABLE).handle({"Records": records}, world.remaining())
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[1]["messageId"]}]}
    assert (world.accepted("code"), world.accepted(), world.item("k")) == (1, 0, None)
    assert world.deliver(message("k"))
    assert world.accepted() == 1


def test_a_batch_is_one_read(world: World) -> None:
    """Ten messages are looked up in one read, each number once; only those to a listed number are refused."""
    opt_out(world, "+37255599903")
    payloads = [message(f"k{n}", to=f"+3725559990{n % 5}", text=f"Text of {n}") for n in range(10)]
    answer = world.env().handle({"Records": [record(each) for each in payloads]}, world.remaining())
    assert answer == {"batchItemFailures": []}
    assert world.opt_outs.batches == [5]
    assert sorted(each["message_id"] for each in world.dead()) == ["k3", "k8"]
    assert len(world.messente.accepted) == 8


def test_numbers_that_were_left_out_are_asked_for_again(world: World) -> None:
    """DynamoDB may read a part of a batch only. The rest is read after a pause, or nothing of it is sent."""
    opt_out(world)
    left = [1, 0]
    world.opt_outs.unprocessed = lambda: left.pop(0)
    assert world.deliver(message("k"))
    assert world.messente.posts == 0
    world.opt_outs.unprocessed = lambda: 1
    assert not world.deliver(message("other", to="+37255599901"))
    assert world.item("other") is None


def test_an_unknown_message_stays_unknown(world: World) -> None:
    """What may have been sent is neither sent again nor called rejected."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT)
    world.deliver(payload)
    opt_out(world, numbers.CUT_AFTER_ACCEPT)
    assert world.deliver(payload | {"on_unknown": "resend"})
    assert (world.state(), world.accepted()) == ("unknown", 1)


@pytest.mark.parametrize(
    ("sent_to", "answers_from", "posts"),
    [
        ("+5215512345678", "+525512345678", 0),
        ("+5491112345678", "+541112345678", 0),
        ("+5511987654321", "+551187654321", 0),
        ("+4407700900123", "+447700900123", 0),
        ("+370061234567", "+37061234567", 0),
        # Italy and Benin dial their 0 from abroad too, and a 0 further on is any digit.
        ("+390612345678", "+39612345678", 1),
        ("+2290112345678", "+229112345678", 1),
        ("+12305550100", "+1235550100", 1),
    ],
)
def test_a_number_that_is_written_in_two_ways_is_one_recipient(
    world: World, sent_to: str, answers_from: str, posts: int
) -> None:
    """Operators drop and add the digit for mobiles, and people the 0 of calls at home: an opt-out holds for both."""
    opt_out(world, answers_from)
    world.deliver(message("k", to=sent_to))
    world.deliver(message("l", to=answers_from))
    assert world.messente.posts == posts


def test_start_words_without_a_time_do_not_fill_the_item(world: World) -> None:
    """Each is remembered, up to a hundred. Then none is taken any more, so that there is room for a stop word."""
    opt_outs = world.parts().opt_outs
    for n in range(110):
        wish(world, Wish.OPTED_OUT, f"2026-11-23T11:00:{n:06}Z", origin=f"stop{n}")
        since = f"2026-11-23T11:00:{n:06}ZZ"
        start = Change(to=TO, wish=Wish.OPTED_IN, since=since, by="x", origin=f"start{n}", is_timed=False)
        assert (opt_outs.change(start) is not None) == (n < 100)
    assert len(plain(world.opt_outs.get_item(Key={"to": {"S": TO}})["Item"]["starts"])) == 100


def test_a_change_tells_the_same_when_it_is_written_twice(world: World) -> None:
    """Whoever died after the write learns from the second one that there was a change to tell of, or none."""
    assert not wish(world, Wish.OPTED_IN, to="+37255599901")  # it was never on the list
    for since, origin, changed in (("2026-11-23T11:00:00.000Z", "a", True), ("2026-11-23T11:01:00.000Z", "b", False)):
        assert [wish(world, Wish.OPTED_OUT, since, origin=origin) for _ in range(2)] == [changed] * 2


def test_an_item_that_somebody_edited_is_no_leave_to_send(world: World) -> None:
    """Only opted_in lets a message out."""
    world.opt_outs.put_item(Item={"to": {"S": TO}, "state": {"S": "Opted in"}})
    world.deliver(message("k"))
    assert world.messente.posts == 0


# --- A stop word that comes while a message waits ---------------------------------------------------------------------


@pytest.mark.parametrize("pauses", [1, 3])
def test_a_stop_word_while_a_message_waits_for_the_rate_limit(
    world: World, metrics: Callable[[], list[Metric]], pauses: int
) -> None:
    """The list is looked at after each pause: rejected as before the claim, and counted."""
    waits: list[float] = []

    def wait(seconds: float) -> None:
        world.clock.advance(seconds)
        waits.append(seconds)
        if len(waits) == pauses:
            opt_out(world, numbers.TOO_MANY)

    world.sleep = wait
    answer = post(world, message("k", to=numbers.TOO_MANY))
    assert world.messente.posts == pauses
    assert (answer["state"], answer["errors"][0]["source"]) == ("rejected", "payload[to]")
    assert [each["reason"] for each in world.dead()] == ["rejected"]
    assert ("OptOutBlocked", 1, "") in metrics()


def test_a_list_that_is_away_after_a_pause(world: World) -> None:
    """What cannot be looked up is not sent: it comes back."""

    def away_after_the_post(step: str, when: str) -> None:
        if world.messente.posts:
            UNAVAILABLE(step, when)

    with pytest.raises(NotSent):
        post(world, message("k", to=numbers.TOO_MANY), hook=away_after_the_post)
    assert (world.state(), world.messente.posts) == ("retryable", 1)


def late_word(world: World, to: str = TO) -> None:
    """Take longer than a look at the list holds, and let a stop word come."""
    world.clock.advance(LOOK_HOLDS + 0.1)
    opt_out(world, to)


def test_a_stop_word_while_a_batch_queues(world: World) -> None:
    """With one thread for a batch the last message waits for the first: the look at its start is too old by then."""
    records = [record(message("first")), record(message("last", to="+37255599901"))]
    env = world.env(once("urlopen", "before", lambda: late_word(world, "+37255599901")), concurrency=1)
    assert env.handle({"Records": records}, world.remaining()) == {"batchItemFailures": []}
    assert (world.state("last"), world.messente.posts) == ("rejected", 1)
