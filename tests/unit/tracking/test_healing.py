"""What a report puts right: lost answers, abandoned claims, refusals that were none, and attempts under `resend`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.standin import numbers
from tests.standin.messente import Accepted
from tests.support.callback import report, reports_of, sending
from tests.support.records import check_record
from tests.support.world import Crash, message

if TYPE_CHECKING:
    from tests.standin.messente import Messente
    from tests.support.callback import Callback
    from tests.support.world import World

LOST = {
    name: numbers.BY_NAME[name]
    for name in (
        "HANG_AFTER_ACCEPT",
        "CUT_AFTER_ACCEPT",
        "TRUNCATED",
        "SERVER_ERROR_AFTER_ACCEPT",
        "REDIRECT_AFTER_ACCEPT",
        "NO_CONTENT",
        "NOT_JSON",
        "HTML",
        "NO_IDS",
    )
}


def ids(accepted: Accepted) -> tuple[str, set[str]]:
    """Read the ids from the accept log."""
    return accepted.omnimessage_id, {each["message_id"] for each in accepted.reply["messages"]}


def known(world: World, key: str) -> tuple[str, set[str]]:
    """Read the ids from the record."""
    item = world.item(key) or {}
    return item["omnimessage_id"], set(item["messages"])


def state(world: World, key: str = "k") -> str:
    """Read the state from the record."""
    return str((world.item(key) or {})["state"])


def test_a_lost_answer_is_healed_by_the_first_report(world: World, callback: Callback) -> None:
    """However the answer was lost, the first report makes the record sent, with the ids of the accept log."""
    env = sending(world)
    for name, to in LOST.items():
        payload = message(name, to=to, text=name)
        assert world.deliver(payload, env)
        assert check_record(world, payload) == "unknown"
        first, *others = reports_of(world)
        assert callback.take(first) == [200]
        assert check_record(world, payload) == "sent"
        assert known(world, name) == ids(world.messente.accepted[-1])
        assert callback.take(*others) == [200, 200]
        assert world.deliver(payload, env)  # a redelivery finds it sent
    assert len(world.messente.accepted) == len(LOST)
    assert {(world.item(name) or {})["delivery"] for name in LOST} == {"seen"}


@pytest.mark.parametrize("lost", [False, True], ids=["lease over", "and called unknown"])
def test_an_abandoned_claim_is_healed(world: World, callback: Callback, lost: bool) -> None:  # noqa: FBT001 - a case
    """The sender died after the POST: its report settles the claim, whether or not somebody called it lost by then."""
    payload = message("k")

    def die(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    with pytest.raises(Crash):
        world.deliver(payload, sending(world, die))
    world.clock.advance(200)
    if lost:
        assert not world.deliver(payload)
        assert state(world) == "unknown"
    assert callback.take(*reports_of(world)) == [200] * 3
    assert known(world, "k") == ids(world.messente.accepted[0])
    assert world.deliver(payload)
    assert check_record(world, payload) == "sent"
    assert not {"due_shard", "unknown_shard", "unknown_since", "lease_until", "lease_shard"} & set(
        world.item("k") or {}
    )


@pytest.mark.parametrize("to", [numbers.UNAVAILABLE, numbers.BAD_REQUEST, numbers.UNAUTHORIZED])
def test_a_refusal_that_was_none(world: World, callback: Callback, to: str) -> None:
    """Should Messente deliver what it had refused, the report counts; a later delivery then does not send it again."""
    payload = message("k", to=to)
    world.deliver(payload, sending(world))
    assert state(world) in ("retryable", "rejected")
    attempts = world.messente.posts
    accepted = accept(world.messente, payload)
    assert callback.take(report(accepted, "ACK", message_id="k")) == [200]
    assert check_record(world, payload) == "sent"
    item = world.item("k") or {}
    assert "errors" not in item
    assert item["due_shard"]  # so that the reconciler looks after it
    assert world.deliver(payload, sending(world))
    assert world.messente.posts == attempts


@pytest.mark.parametrize("to", [numbers.UNAVAILABLE, numbers.BAD_REQUEST, numbers.CUT])
def test_the_answer_of_the_record_not_that_of_the_attempt(world: World, callback: Callback, to: str) -> None:
    """A report comes while Messente refuses or says nothing: the sender is told what the record says, which is more."""
    payload = message("k", to=to)

    def a_report_comes(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            assert callback.take(report(accept(world.messente, payload), "ACK", message_id="k")) == [200]

    answer = sending(world, a_report_comes).handle(payload, world.remaining())
    assert (answer["state"], answer["omnimessage_id"]) == ("sent", world.messente.accepted[0].omnimessage_id)
    assert check_record(world, payload) == "sent"


def test_the_answer_of_the_attempt_that_owns_the_record(world: World) -> None:
    """Our lease was over, another attempt took the record and was accepted: its ids are told, not our refusal."""
    payload = message("k", on_unknown="resend", to=numbers.UNAVAILABLE_ONCE)

    def another_attempt(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(200)
            world.deliver(payload, sending(world))
            world.deliver(payload, sending(world))

    answer = sending(world, another_attempt).handle(payload, world.remaining())
    [accepted] = world.messente.accepted
    assert (answer["state"], answer["omnimessage_id"]) == ("sent", accepted.omnimessage_id)


def accept(messente: Messente, payload: dict[str, Any]) -> Accepted:
    """Put a message that the stand-in refuses to everybody else into its accept log."""
    message = {"message_id": str(uuid.uuid4()), "channel": "rcs", "sender": "Shop"}
    reply = {"messages": [message], "to": payload["to"], "omnimessage_id": str(uuid.uuid4())}
    body = {"messages": [{"channel": "rcs", "text": payload["text"]}]}
    messente.accepted.append(Accepted(reply["omnimessage_id"], payload["to"], body, reply, messente.clock()))
    return messente.accepted[-1]


def test_a_report_before_the_answer_of_its_own_send(world: World, callback: Callback) -> None:
    """ACK and DELIVRD come before the 201; what they told stays, and the 201 adds what it knows."""
    codes: list[int] = []
    world.messente.on_early = lambda early: codes.extend(callback.take(early))
    payload = message("k", to=numbers.BEFORE_ANSWER)
    assert world.deliver(payload, sending(world))
    assert codes == [200, 200]
    item = world.item("k") or {}
    assert (check_record(world, payload), item["delivery"]) == ("sent", "delivered")
    assert "due_shard" not in item
    assert callback.take(*reports_of(world)) == [200]
    assert (world.item("k") or {})["delivery"] == "seen"


@pytest.mark.parametrize(
    ("to", "delivery", "by"),
    [
        (numbers.REVERSED, "seen", "rcs"),
        (numbers.DOUBLED, "seen", "rcs"),
        (numbers.FAILED_THEN_NEXT, "delivered", "sms"),
        (numbers.EXPIRED, "expired", None),
        (numbers.UNDELIVERED, "failed", None),
        (numbers.UNKNOWN_STATUS, "delivered", "rcs"),
        (numbers.NEVER_DONE, "pending", None),
    ],
)
def test_a_chain_comes_to_one_word(world: World, callback: Callback, to: str, delivery: str, by: str | None) -> None:
    """RCS with SMS to fall back to: the record says what became of the whole, and which channel made it."""
    chain = {"to": to, "messages": [{"channel": "rcs", "text": "Hi"}, {"channel": "sms", "text": "Hi"}]}
    world.deliver({**chain, "idempotency_key": "k"}, sending(world))
    assert set(callback.take(*reports_of(world))) <= {200}
    item = world.item("k") or {}
    assert (item["state"], item["delivery"], item.get("delivery_channel")) == ("sent", delivery, by)
    assert known(world, "k") == ids(world.messente.accepted[0])
    assert ("due_shard" in item) == (delivery == "pending")


def test_the_reports_of_both_attempts_under_resend(world: World, callback: Callback) -> None:
    """Two acceptances, both answers lost: whichever reports come belong to the record, and it is never sent again."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend")
    env = sending(world)
    assert not world.deliver(payload, env)
    first = reports_of(world)
    assert not world.deliver(payload, env)
    second = reports_of(world)
    assert callback.take(second[0], first[0], *first[1:], *second[1:]) == [200] * 6
    assert check_record(world, payload, most=2) == "sent"
    item = world.item("k") or {}
    assert item["omnimessage_ids"] == {accepted.omnimessage_id for accepted in world.messente.accepted}
    assert len(item["messages"]) == 2
    assert item["delivery"] == "seen"
    assert world.deliver(payload, env)
    assert world.accepted() == 2


def test_the_first_attempts_report_ends_the_ambiguity(world: World, callback: Callback) -> None:
    """The second attempt was refused, which left the record unknown; the first one's report settles it."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend")
    world.deliver(payload, sending(world))
    reports = reports_of(world)
    world.messente.change_password("other")
    world.deliver(payload, sending(world))
    assert check_record(world, payload) == "unknown"
    assert callback.take(*reports) == [200] * 3
    assert check_record(world, payload) == "sent"
    assert known(world, "k") == ids(world.messente.accepted[0])


def test_the_first_attempts_report_comes_during_the_second(world: World, callback: Callback) -> None:
    """It makes the record sent; the answer of the second attempt, which was accepted as well, adds its ids."""
    payload = message("k", on_unknown="resend")
    seconds = []

    def lose_the_first_answer(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            seconds.append(len(world.messente.accepted))
            if len(seconds) == 1:
                raise TimeoutError
            assert callback.take(*first) == [200] * 3
            assert state(world) == "sent"

    env = sending(world, lose_the_first_answer)
    assert not world.deliver(payload, env)
    first = reports_of(world)
    assert world.deliver(payload, env)
    item = world.item("k") or {}
    assert (check_record(world, payload, most=2), item["delivery"]) == ("sent", "seen")
    assert item["omnimessage_ids"] == {accepted.omnimessage_id for accepted in world.messente.accepted}
    assert len(item["messages"]) == 2


def test_without_resend_a_second_omnimessage_is_refused(world: World, callback: Callback) -> None:
    """A record of one attempt has one omnimessage: a report of another to the same number is not its own."""
    world.deliver(message("k"), sending(world))
    world.deliver(message("other"), sending(world))
    _, other = world.messente.accepted
    before = world.item("k")
    assert callback.take(report(other, "SEEN", message_id="k")) == [409]
    assert world.item("k") == before
