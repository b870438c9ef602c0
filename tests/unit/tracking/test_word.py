"""A person's word is the weakest: it is about one attempt, and a report outdates it, whatever was done in between."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from urllib3.exceptions import ProtocolError

from messente_rcs.sending.resolve import REPORT_TIME
from tests.support.callback import report, sending
from tests.support.fakes.aws import DynamoDB
from tests.support.world import message, nothing, table_of_the_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.callback import Callback
    from tests.support.world import Hook, World

LATER = "2026-11-24T12:00:00Z"  # a day after the world begins
MADE_UP = "11111111-2222-4333-8444-555555555555"
WORD = {"resolution", "resolved_by", "resolved_at"}


def call(world: World, method: str, path: str, body: dict[str, Any] | None = None, hook: Hook = nothing) -> Any:
    """Call the API in a new environment; return the status and the decoded body."""
    event = {
        "rawPath": path,
        "requestContext": {"http": {"method": method}},
        "headers": {},
        "body": json.dumps(body) if body else None,
    }
    answer = sending(world, hook).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


def say(world: World, outcome: str, *, since: str | None = None, hook: Hook = nothing, **more: Any) -> Any:
    """Say what became of k, of the attempt that the record shows now or of another one."""
    seen = {"unknown_since": since or item(world).get("unknown_since", LATER)}
    return call(world, "POST", "/messages/k/resolution", {"outcome": outcome} | seen | more, hook)


def item(world: World, key: str = "k") -> dict[str, Any]:
    """Read a record."""
    return world.item(key) or {}


def cut(step: str, when: str) -> None:
    """Lose an answer of Messente."""
    if (step, when) == ("urlopen", "after"):
        raise ProtocolError("cut off")


def away(step: str, when: str) -> None:
    """Do not reach Messente."""
    if (step, when) == ("urlopen", "before"):
        raise ProtocolError("nobody there")


def send(world: World, key: str = "k", hook: Hook = nothing, **fields: Any) -> Any:
    """Send a message that waits at Messente for a day."""
    return call(world, "POST", "/messages", message(key, time_to_send=LATER, **fields), hook)


def lose(world: World, key: str = "k", **fields: Any) -> None:
    """Send a message that is accepted and whose answer is lost, and wait as long as its report may take."""
    assert send(world, key, cut, **fields)[0] == 504
    world.clock.advance(REPORT_TIME)


def delete(world: World, hook: Hook = nothing) -> Any:
    """Cancel k."""
    return call(world, "DELETE", "/messages/k", hook=hook)


# --- Of one attempt ---------------------------------------------------------------------------------------------------


def test_two_people_who_look_at_the_same_time(world: World) -> None:
    """The second one speaks of an attempt that is over: the id is not freed once more, and they see why."""
    lose(world)
    since = item(world)["unknown_since"]
    assert say(world, "not_sent", since=since)[0] == 200
    lose(world)
    for final in (False, True):
        status, body = say(world, "not_sent", since=since, final=final)
        assert (status, body["state"], body["unknown_since"]) == (409, "unknown", item(world)["unknown_since"])
        assert body["errors"][0]["source"] == "payload[unknown_since]"
    assert say(world, "sent", since=since)[0] == 409
    assert (send(world)[0], world.accepted()) == (504, 2)


@pytest.mark.parametrize("final", [False, True])
def test_while_a_report_may_be_on_its_way(world: World, *, final: bool) -> None:
    """For five minutes nobody can say that it was not sent; that it was can be said at once."""
    send(world, hook=cut)
    world.clock.advance(REPORT_TIME - 1)
    status, body = say(world, "not_sent", final=final)
    assert (status, body["state"], "5 minutes" in body["errors"][0]["detail"]) == (409, "unknown", True)
    world.clock.advance(1)
    assert say(world, "not_sent", final=final)[0] == 200


def test_a_new_attempt_takes_the_old_word_away(world: World) -> None:
    """Neither the claim nor the *unknown* that follows shows what somebody said of the attempt before."""
    lose(world)
    say(world, "not_sent")
    seen: list[set[str]] = []

    def look(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            seen.append(WORD & item(world).keys())
        cut(step, when)

    send(world, hook=look)
    assert (seen, WORD & item(world).keys(), item(world)["state"]) == ([set()], set(), "unknown")


# --- Outdated by a report ---------------------------------------------------------------------------------------------

HOWS = ["not sent", "never to be sent", "not sent, and cancelled", "not sent, sent again, and cancelled"]


def close(world: World, how: str) -> None:
    """Lose the answer to k, and do what a person may do then."""
    lose(world)
    assert say(world, "not_sent", final=how == "never to be sent")[0] == 200
    if "sent again" in how:
        assert send(world)[0] == 201
    if how.endswith("and cancelled"):
        status, body = delete(world)
        assert (status, body["state"], "delivery" in body) == (200, "cancelled", False)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("status", ["ACK", "DELIVRD", "DELETED"])
def test_the_report_of_an_attempt_that_a_person_closed(world: World, callback: Callback, how: str, status: str) -> None:
    """Messente has not confirmed that it is cancelled: it was sent, and nobody's word is shown any more."""
    close(world, how)
    first = world.messente.accepted[0]
    assert callback.take(report(first, status), report(first, status)) == [200, 200]
    assert (item(world)["state"], first.omnimessage_id in item(world)["omnimessage_ids"]) == ("sent", True)
    assert not WORD & item(world).keys()


@pytest.mark.parametrize("order", list(itertools.permutations([0, 0, 1, 1])))
@pytest.mark.parametrize("how", ["not sent, sent again", "not sent, sent again, and cancelled"])
def test_the_reports_of_both_attempts_in_any_order(
    world: World, callback: Callback, how: str, order: Sequence[int]
) -> None:
    """Each is kept, before the cancellation and after it, and the record is cancelled only if both attempts are."""
    close(world, how)
    for number in order:
        assert callback.take(report(world.messente.accepted[number], "ACK")) == [200]
    assert item(world)["state"] == "sent"
    assert item(world)["omnimessage_ids"] == {each.omnimessage_id for each in world.messente.accepted}
    assert delete(world)[0] == 200
    assert all(map(world.messente.is_cancelled, world.messente.accepted))
    assert callback.take(*(report(each, "DELETED") for each in world.messente.accepted)) == [200, 200]
    assert item(world)["state"] == "cancelled"


def test_a_report_of_a_closed_attempt_while_the_other_one_is_cancelled(world: World, callback: Callback) -> None:
    """It tells of one more attempt, which is cancelled as well before the record says so."""
    close(world, "not sent, sent again")
    told = [report(world.messente.accepted[0], "ACK")]

    def it_comes(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before") and told:
            assert callback.take(told.pop()) == [200]

    assert delete(world, it_comes)[0] == 200
    assert all(map(world.messente.is_cancelled, world.messente.accepted))
    assert item(world)["state"] == "cancelled"


def test_after_a_word_resends_that_are_over_do_not_keep_a_message_from_being_cancelled(world: World) -> None:
    """A person said that none of the attempts before went out: only the one since then is to be cancelled."""
    for _ in range(2):
        send(world, hook=cut, on_unknown="resend")
    world.clock.advance(REPORT_TIME)
    say(world, "not_sent")
    assert (send(world)[0], delete(world)[0]) == (201, 200)


def test_an_acceptance_that_is_told_late(world: World) -> None:
    """Whoever sent it was held up for long, and a person cancelled the message: it is a fact all the same."""

    def somebody_cancels(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(REPORT_TIME)
            call(world, "GET", "/messages/k")
            world.clock.advance(REPORT_TIME)
            assert say(world, "not_sent", final=True)[0] == 200

    assert send(world, hook=somebody_cancels)[0] == 201
    assert (item(world)["state"], WORD & item(world).keys()) == ("sent", set())


# --- The omnimessage that a person names ------------------------------------------------------------------------------


@pytest.mark.parametrize("omnimessage_id", [MADE_UP, "o-1", "not/an/id"])
def test_an_omnimessage_that_messente_does_not_know(world: World, omnimessage_id: str) -> None:
    """It is not believed: the message stays unknown, and the field is named."""
    lose(world)
    status, body = say(world, "sent", omnimessage_id=omnimessage_id)
    assert (status, body["state"], body["errors"][0]["source"]) == (409, "unknown", "payload[omnimessage_id]")
    assert "omnimessage_id" not in item(world)


def test_an_omnimessage_of_another_recipient(world: World) -> None:
    """Messente knows it, but it is not this message's."""
    lose(world)
    other = accept_elsewhere(world, to="+37255599901")
    status, body = say(world, "sent", omnimessage_id=other)
    assert (status, body["errors"][0]["source"]) == (409, "payload[omnimessage_id]")


def accept_elsewhere(world: World, **fields: Any) -> str:
    """Let Messente accept a message that another stack of the account sends."""
    own, world.dynamodb = world.dynamodb, DynamoDB(table_of_the_template())
    send(world, "elsewhere", **fields)
    world.dynamodb = own
    return world.messente.accepted[-1].omnimessage_id


def mistype(world: World, omnimessage_id: str = MADE_UP) -> None:
    """Lose the answer to k, and say that it was sent as another omnimessage, while Messente cannot be asked."""
    lose(world)
    assert say(world, "sent", omnimessage_id=omnimessage_id, hook=away)[1]["omnimessage_id"] == omnimessage_id


def test_the_true_report_after_a_slip_of_the_hand(world: World, callback: Callback) -> None:
    """It takes the place of what was typed: nobody asks for that any more."""
    mistype(world)
    [accepted] = world.messente.accepted
    assert callback.take(report(accepted, "ACK")) == [200]
    assert item(world)["omnimessage_id"] == accepted.omnimessage_id
    assert item(world)["omnimessage_ids"] == {accepted.omnimessage_id}
    assert "said_id" not in item(world)
    assert delete(world)[0] == 200
    assert world.messente.is_cancelled(accepted)


@pytest.mark.parametrize("first", ["cancelled", "reported"])
def test_nobody_elses_message_is_cancelled_by_a_slip_of_the_hand(world: World, callback: Callback, first: str) -> None:
    """The id is of another recipient's message: it goes out, the record is not cancelled, and the report counts."""
    other = accept_elsewhere(world, to="+37255599901")
    mistype(world, other)
    strangers, own = world.messente.accepted
    if first == "cancelled":
        status, body = delete(world)
        assert (status, body["state"]) == (409, "sent")
    assert callback.take(report(own, "ACK")) == [200]
    assert delete(world)[0] == 200
    assert [world.messente.is_cancelled(each) for each in (strangers, own)] == [False, True]


def test_what_a_person_named_rightly_is_cancelled(world: World) -> None:
    """Also where Messente could not be asked at first."""
    lose(world)
    [accepted] = world.messente.accepted
    say(world, "sent", omnimessage_id=accepted.omnimessage_id, hook=away)
    assert delete(world, away)[0] == 503
    assert delete(world)[0] == 200
    assert world.messente.is_cancelled(accepted)


def test_the_id_of_another_unknown_message(world: World, callback: Callback) -> None:
    """Two messages to one recipient are mixed up: the report goes by its own URL, and takes its id along."""
    lose(world)
    lose(world, "other", text="Another text")
    one, other = world.messente.accepted
    assert say(world, "sent", omnimessage_id=other.omnimessage_id)[0] == 200
    assert callback.take(report(other, "ACK"), report(one, "ACK")) == [200, 200]
    assert item(world)["omnimessage_ids"] == {one.omnimessage_id}
    assert item(world, "other")["omnimessage_ids"] == {other.omnimessage_id}
    assert callback.take(report(one, "SEEN", message_id="other")) == [409]
