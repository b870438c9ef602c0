"""What a report puts right: lost answers, abandoned claims, refusals that were none, and attempts under `resend`."""

import itertools
import json
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.payload.submission import parse
from messente_rcs.records.table import Claim
from tests.standin import numbers
from tests.standin.messente import Accepted, Messente, Reply
from tests.support.answering import Fixed
from tests.support.callback import Callback, report, reports_of, sending, signed
from tests.support.records import check_record
from tests.support.steps import CUT, DIE, ask, at
from tests.support.world import TABLE, Crash, Hook, World, message, nothing

LOST = [
    "HANG_AFTER_ACCEPT",
    "CUT_AFTER_ACCEPT",
    "TRUNCATED",
    "SERVER_ERROR_AFTER_ACCEPT",
    "REDIRECT_AFTER_ACCEPT",
    "NO_CONTENT",
    "NOT_JSON",
    "HTML",
    "NO_IDS",
]


def ids(accepted: Accepted) -> tuple[str, set[str]]:
    return accepted.omnimessage_id, {each["message_id"] for each in accepted.reply["messages"]}


def known(world: World, key: str) -> tuple[str, set[str]]:
    item = world.record_of(key)
    return item["omnimessage_id"], set(item["messages"])


def test_a_lost_answer_is_healed_by_the_first_report(world: World, callback: Callback) -> None:
    """However the answer was lost, the first report makes the record sent, with the ids of the accept log."""
    env = sending(world)
    for name in LOST:
        payload = message(name, to=numbers.BY_NAME[name], text=name)
        assert world.deliver(payload, env)
        assert check_record(world, payload) == "unknown"
        first, *others = reports_of(world)
        assert callback.take(first) == [200]
        assert check_record(world, payload) == "sent"
        assert known(world, name) == ids(world.messente.accepted[-1])
        assert callback.take(*others) == [200, 200]
        assert world.deliver(payload, env)  # a redelivery finds it sent
    assert len(world.messente.accepted) == len(LOST)
    assert {world.record_of(name)["delivery"] for name in LOST} == {"seen"}


@pytest.mark.parametrize("lost", [False, True], ids=["lease over", "and called unknown"])
def test_an_abandoned_claim_is_healed(world: World, callback: Callback, lost: bool) -> None:  # noqa: FBT001 - a case
    """The sender died after the POST: its report settles the claim, whether or not somebody called it lost by then."""
    payload = message("k")
    with pytest.raises(Crash):
        world.deliver(payload, sending(world, DIE))
    world.clock.advance(200)
    if lost:
        assert not world.deliver(payload)
        assert world.state() == "unknown"
    assert callback.take(*reports_of(world)) == [200] * 3
    assert known(world, "k") == ids(world.messente.accepted[0])
    assert world.deliver(payload)
    assert check_record(world, payload) == "sent"
    assert not {"due_shard", "unknown_shard", "unknown_since", "lease_until", "lease_shard"} & set(world.record_of("k"))


@pytest.mark.parametrize("to", [numbers.UNAVAILABLE, numbers.BAD_REQUEST, numbers.UNAUTHORIZED])
def test_a_refusal_that_was_none(world: World, callback: Callback, to: str) -> None:
    """Should Messente deliver what it had refused, the report counts; a later delivery then does not send it again."""
    payload = message("k", to=to)
    world.deliver(payload, sending(world))
    assert world.state() in ("retryable", "rejected")
    attempts = world.messente.posts
    accepted = accept(world.messente, payload)
    assert callback.take(report(accepted, "ACK", message_id="k")) == [200]
    assert check_record(world, payload) == "sent"
    item = world.record_of("k")
    assert "errors" not in item
    assert item["due_shard"]  # so that the reconciler looks after it
    assert world.deliver(payload, sending(world))
    assert world.messente.posts == attempts


@pytest.mark.parametrize("to", [numbers.UNAVAILABLE, numbers.BAD_REQUEST, numbers.CUT])
def test_the_answer_of_the_record_not_that_of_the_attempt(world: World, callback: Callback, to: str) -> None:
    """A report comes while Messente refuses or says nothing: the sender is told what the record says, which is more."""
    payload = message("k", to=to)

    def a_report_comes() -> None:
        assert callback.take(report(accept(world.messente, payload), "ACK", message_id="k")) == [200]

    answer = sending(world, at("urlopen", "before", a_report_comes)).handle(payload, world.remaining())
    assert (answer["state"], answer["omnimessage_id"]) == ("sent", world.messente.accepted[0].omnimessage_id)
    assert check_record(world, payload) == "sent"


def accept(messente: Messente, payload: dict[str, Any]) -> Accepted:
    """Put a message that the stand-in refuses to everybody else into its accept log."""
    message = {"message_id": str(uuid.uuid4()), "channel": "rcs", "sender": "Shop"}
    reply = {"messages": [message], "to": payload["to"], "omnimessage_id": str(uuid.uuid4())}
    body = {"messages": [{"channel": "rcs", "text": payload["text"]}]}
    messente.accepted.append(Accepted(reply["omnimessage_id"], payload["to"], body, reply, messente.clock()))
    return messente.accepted[-1]


# --- Under `resend` a record may have several omnimessages: each leads to it and to no other --------------------------


K, B = message("k", on_unknown="resend"), message("b", text="Another text")


def send_twice(world: World, second: Hook = nothing, payload: Any = K) -> None:
    """Send k under `resend`: both attempts are accepted, and the answer to the first one is lost."""
    assert not world.deliver(payload, sending(world, CUT))
    assert world.deliver(payload, sending(world, second))


def lose(world: World) -> None:
    world.deliver(B, sending(world, CUT))
    assert world.state("b") == "unknown"


def replay(world: World, number: int) -> None:
    """Replay the report of an attempt of k at b, and assert that it is refused."""
    before = world.record_of("b")
    told = report(world.messente.accepted[number], "SEEN", message_id="b")
    assert Callback(world).take(told) == [409]
    assert world.record_of("b") == before


@pytest.mark.parametrize("during", [False, True], ids=["after both attempts", "during the second attempt"])
@pytest.mark.parametrize("attempt", [0, 1])
def test_a_report_of_any_attempt_is_refused_elsewhere(
    world: World, callback: Callback, attempt: int, *, during: bool
) -> None:
    """The other record has the same recipient and is unknown, so that nothing but the index tells them apart."""

    def the_first_ones_report_comes() -> None:
        assert callback.take(report(world.messente.accepted[0], "ACK")) == [200]

    send_twice(world, at("urlopen", "after", the_first_ones_report_comes) if during else nothing)
    ids = {each.omnimessage_id for each in world.messente.accepted}
    assert not during or world.record_of("k")["omnimessage_ids"] == ids
    assert callback.take(*(report(each, "ACK") for each in world.messente.accepted)) == [200, 200]
    lose(world)
    replay(world, attempt)


def test_every_attempt_is_found_by_its_omnimessage_id(world: World, callback: Callback) -> None:
    """By a report to the account's default webhook, and over the API; the item that leads there is no message."""
    send_twice(world)
    first, second = world.messente.accepted
    assert callback.take(report(first, "ACK")) == [200]
    assert callback.take(report(first, "DELIVRD", message_id=""), report(second, "SEEN", message_id="")) == [200, 200]
    assert {each.get("status") for each in world.record_of("k")["messages"].values()} == {"DELIVRD", "SEEN"}
    for each in (first, second):
        assert get(world, "/messages", omnimessage_id=each.omnimessage_id)["id"] == "k"
        for path in (f"/messages/%23{each.omnimessage_id}", f"/messages/#{each.omnimessage_id}"):
            assert get(world, path)["errors"][0]["code"] == "101"
    assert get(world, "/messages", state="unknown") == {"messages": []}
    world.clock.advance(7200)
    assert world.parts().reconciler.run(world.remaining(60))["left"] == 0


def get(world: World, path: str, **query: str) -> Any:
    return ask(world, "GET", path, query=query)[1]


@pytest.mark.parametrize("kill_at", range(8))
def test_a_crash_anywhere_in_the_report_that_brings_a_second_id(world: World, kill_at: int) -> None:
    """Then the replay is refused as well, unless the crash came before anything was written of the report."""
    send_twice(world)
    steps, written = itertools.count(), []

    def die(step: str, when: str) -> None:
        if (step, when) == ("update_item", "after"):
            written.append(step)
        if next(steps) == kill_at:
            raise Crash

    told = report(world.messente.accepted[0], "ACK")
    with suppress(Crash):
        Callback(world, die).take(told)
    lose(world)
    if written:
        replay(world, 0)
    assert Callback(world).take(told) == [200]
    replay(world, 0)


@pytest.mark.parametrize("kill_at", range(4))
def test_a_crash_anywhere_in_the_record_step_that_brings_a_second_id(world: World, kill_at: int) -> None:
    """The first one's report came during the POST. Whatever the record step wrote, no second id is without a way."""
    steps = itertools.count()
    begun: list[str] = []

    def a_report_comes_and_then_it_dies(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            assert Callback(world).take(report(world.messente.accepted[0], "ACK")) == [200]
            begun.append(step)
        elif begun and step == "update_item" and next(steps) == kill_at:
            raise Crash

    with suppress(Crash):
        send_twice(world, a_report_comes_and_then_it_dies)
    lose(world)
    second = world.messente.accepted[1].omnimessage_id
    if second in world.record_of("k")["omnimessage_ids"]:
        replay(world, 1)
    assert Callback(world).take(report(world.messente.accepted[1], "ACK")) == [200]
    replay(world, 1)
    replay(world, 0)


@pytest.mark.parametrize("of_b", ["index", "pointer"])
def test_a_second_id_that_is_anothers(world: World, callback: Callback, of_b: str) -> None:
    """A record that was sent again takes any id that it has not heard of, but not one that leads to another record."""
    send_twice(world)
    if of_b == "index":
        world.deliver(B, sending(world))
        replayed = world.messente.accepted[2]
    else:
        world.messente.accepted.clear()
        send_twice(world, payload=B | {"on_unknown": "resend"})
        replayed = world.messente.accepted[0]
        assert callback.take(report(replayed, "ACK")) == [200]
    before = world.record_of("k")
    assert callback.take(report(replayed, "SEEN", message_id="k")) == [409]
    assert world.record_of("k") == before


def test_the_pointer_expires_after_its_record(world: World, callback: Callback) -> None:
    """A later attempt moves the end of the record; the pointer has a lifetime more than the record had."""
    send_twice(world)
    first = world.messente.accepted[0]
    assert callback.take(report(first, "ACK")) == [200]
    pointer = world.record_of(f"#{first.omnimessage_id}")
    assert pointer["of"] == "k"
    assert pointer["ttl"] > world.record_of("k")["ttl"]
    assert set(pointer) == {"id", "of", "ttl"}


# --- The record steps of several owners -------------------------------------------------------------------------------

OWNERS = [Claim("k", owner, 0, ambiguous=owner != "first") for owner in ("first", "second", "third")]
IDS = {claim.owner: f"omni-{claim.owner}" for claim in OWNERS}


def answer(claim: Claim) -> Answer:
    return Answer(AnswerKind.SENT, "HTTP 2xx", IDS[claim.owner], {f"m-{claim.owner}": {"channel": "rcs"}})


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
@pytest.mark.parametrize("odd", list(itertools.product([False, True], repeat=3)), ids=str)
def test_every_order_in_which_slow_owners_record(world: World, order: Sequence[int], odd: Sequence[bool]) -> None:
    """Three attempts, whose acceptances are recorded in any order, or at once with an odd answer: all lead to it."""
    parts, submission, lost = world.parts(), parse(message("k")), None
    for claim, is_odd in zip(OWNERS, odd, strict=True):
        parts.table.claim(claim, submission, lost)
        lost = parts.table.record_unknown(claim, answer(claim)) if is_odd else parts.table.current("k")
    for number in order:
        if not odd[number]:
            parts.table.record_sent(OWNERS[number], answer(OWNERS[number]))
    found = world.record_of("k")
    assert found["omnimessage_ids"] == set(IDS.values())
    assert {parts.indexes.with_omnimessage_id(each) for each in IDS.values()} == {"k"}
    assert set(found["messages"]) == {f"m-{owner}" for owner in IDS}


# --- Marks and pointers beside the records: what is not a record is never read as one ---------------------------------


TO = numbers.CUT_AFTER_ACCEPT
# What may stand at `#` and an omnimessage_id: a mark of an inbound message, and pointers that somebody edited.
STRAYS: dict[str, dict[str, Any]] = {
    "a mark": {"ttl": {"N": "1798459200"}},
    "a pointer to a number": {"of": {"N": "5"}},
    "a pointer to a pointer": {"of": {"S": "#inbound:Y"}},
    "a pointer to nothing": {"of": {"S": "gone"}},
}
ID = "inbound:X"


@pytest.fixture(params=STRAYS)
def stray(request: pytest.FixtureRequest, world: World) -> str:
    for item_id, stray in ((f"#{ID}", request.param), ("#inbound:Y", "a mark")):
        world.dynamodb.put_item(TableName=TABLE, Item={"id": {"S": item_id}} | STRAYS[stray])
    return str(request.param)


def reported(world: World, path_id: str) -> int:
    facts = {"omnimessage_id": ID, "message_id": "m", "to": TO, "status": "SEEN", "channel": "rcs"}
    return Callback(world).handle(signed(json.dumps(facts).encode(), path_id))[0]


@pytest.mark.usefixtures("stray")
def test_a_look_up_finds_no_record(world: World) -> None:
    """404, as for any id that nobody knows; also for a report without our id."""
    status, body = ask(world, "GET", "/messages", query={"omnimessage_id": ID})
    assert (status, body["errors"][0]["code"]) == (404, "101")
    assert reported(world, "") == 404


def test_a_report_on_a_lost_answer(world: World, stray: str) -> None:
    """Its own path leads to its record, which no mark keeps from it."""
    world.deliver(message("k", to=TO), sending(world))
    assert reported(world, "k") == (200 if stray != "a pointer to nothing" else 409)


@pytest.mark.usefixtures("stray")
def test_a_report_on_a_second_attempt(world: World) -> None:
    """Where its pointer would stand there is something else: refused, and no failure for ever."""
    for _ in range(2):
        world.deliver(message("k", to=TO, on_unknown="resend"), sending(world))
        world.messente.accepted.clear()
    world.messente = Fixed(Reply(201, {}, b'{"omnimessage_id": "o-1"}'))
    world.deliver(message("k", to=TO, on_unknown="resend"))
    assert world.record_of("k")["omnimessage_id"] == "o-1"
    assert reported(world, "k") == 409
