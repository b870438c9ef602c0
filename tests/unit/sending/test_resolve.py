"""`POST /messages/{id}/resolution`: a person's word about one attempt, the weakest there is: a report outdates it."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from messente_rcs.sending.resolve import REPORT_TIME
from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Fixed
from tests.support.callback import Callback, report, reports_of, sending
from tests.support.fakes.aws import DynamoDB
from tests.support.steps import AWAY, CUT, DIE, ask, at, once
from tests.support.world import Crash, Hook, World, http_event, message, nothing, table_of_the_template

ARN = "arn:aws:iam::123456789012:user/operator"
API = "a1b2c3d4e5"
SENT, NOT_SENT, FINAL = {"outcome": "sent"}, {"outcome": "not_sent"}, {"outcome": "not_sent", "final": True}
SOME_TIME, LATER = "2026-11-23T11:00:00.000Z", "2026-11-24T12:00:00Z"  # an hour before the world begins, a day after
MADE_UP = "11111111-2222-4333-8444-555555555555"
WORD = {"resolution", "resolved_by", "resolved_at"}
OPERATOR = {"apiId": API, "authorizer": {"iam": {"userArn": ARN}}}


def resolve(world: World, verdict: Any, key: str = "k", hook: Hook = nothing) -> tuple[int, Any]:
    event = http_event("POST", f"/{key}/resolution", verdict)
    event["requestContext"] |= OPERATOR
    answer = world.env(hook, api_id=API).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


def seen(world: World, verdict: dict[str, Any]) -> dict[str, Any]:
    """Say it of the attempt that the record shows now."""
    return verdict | {"unknown_since": world.record_of("k").get("unknown_since", SOME_TIME)}


def say(world: World, outcome: str, *, hook: Hook = nothing, **more: Any) -> tuple[int, Any]:
    return resolve(world, seen(world, {"outcome": outcome}) | more, hook=hook)


def lose(world: World, to: str = numbers.CUT_AFTER_ACCEPT) -> None:
    """Send a message whose answer is lost, and wait for the time that its report may take."""
    world.deliver(message("k", to=to), sending(world))
    assert world.state() == "unknown"
    world.clock.advance(REPORT_TIME)


def test_a_message_that_was_sent(world: World) -> None:
    """The record is sent and no longer listed as unknown; who said so and when is in it."""
    lose(world)
    status, body = resolve(world, SENT)
    assert (status, body["state"], body["delivery"], body["resolution"]) == (200, "sent", "pending", "sent")
    assert (body["resolved_by"], body["resolved_at"]) == (ARN, "2026-11-23T12:05:00.000Z")
    assert not {"unknown_since", "unknown_shard"} & world.record_of("k").keys()
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert world.messente.posts == 1


@pytest.mark.parametrize(("verdict", "state", "posts"), [(NOT_SENT, "retryable", 2), (FINAL, "cancelled", 1)])
def test_a_message_that_was_not_sent(world: World, verdict: dict[str, Any], state: str, posts: int) -> None:
    """It is free again, and the same payload is sent under the same id; with `final` nobody sends it any more."""
    lose(world, numbers.CUT)
    status, body = resolve(world, seen(world, verdict))
    assert (status, body["state"], body["resolution"], world.messente.posts) == (200, state, "not_sent", 1)
    assert not {"due", "due_shard", "unknown_shard", "lease_until"} & world.record_of("k").keys()
    world.deliver(message("k", to=numbers.CUT))
    assert world.messente.posts == posts


@pytest.mark.parametrize(("to", "told"), [("+37255512345", "sent"), (numbers.BAD_REQUEST, "rejected")])
def test_only_unknown_messages_can_be_resolved(world: World, to: str, told: str) -> None:
    """Anything else is 409 with the record as it is; nothing changes. So a second word comes too late."""
    world.deliver(message("k", to=to))
    before = world.item("k")
    for verdict in (SENT, *(seen(world, each) for each in (SENT, NOT_SENT, FINAL))):
        status, body = resolve(world, verdict)
        assert (status, body["state"], body["errors"][0]["code"]) == (409, told, "105")
    assert world.item("k") == before


def test_a_message_that_nobody_knows(world: World) -> None:
    """404, for an id that cannot be one as well."""
    assert [resolve(world, SENT, key)[0] for key in ("k", "%23k", "a b")] == [404, 404, 404]


def test_while_the_sender_may_still_be_at_work(world: World) -> None:
    """A claim that was called unknown by another clock is not freed before its owner is surely gone."""
    with pytest.raises(Crash):
        world.env(DIE).handle(message("k"), world.remaining())
    world.clock.advance(float(world.record_of("k")["lease_until"]) - world.clock() + 1)
    world.parts().reconciler.run(lambda: 60)
    assert world.state() == "unknown"
    status, body = resolve(world, SENT)
    assert (status, body["state"]) == (409, "unknown")
    world.clock.advance(60)
    assert resolve(world, SENT)[0] == 200


WRONG: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["outcome"]),
    "twice": ('{"outcome": "sent", "outcome": "not_sent"}', ["outcome"]),
    "another outcome": ({"outcome": "lost"}, ["outcome"]),
    "a list": ({"outcome": ["sent"]}, ["outcome"]),
    "not sent, of any attempt": (NOT_SENT, ["unknown_since"]),
    "never sent, of any attempt": (FINAL, ["unknown_since"]),
    "of an attempt at no time": (SENT | {"unknown_since": "2026-11-23"}, ["unknown_since"]),
    "of an attempt at null": (NOT_SENT | {"unknown_since": None}, ["unknown_since"]),
    "an id of what was not sent": (NOT_SENT | {"unknown_since": SOME_TIME, "omnimessage_id": "o"}, ["omnimessage_id"]),
    "an empty id": (SENT | {"omnimessage_id": ""}, ["omnimessage_id"]),
    "an id of a surrogate": ('{"outcome": "sent", "omnimessage_id": "\\ud800"}', ["omnimessage_id"]),
    "null": (SENT | {"omnimessage_id": None}, ["omnimessage_id"]),
    "final as a text": (NOT_SENT | {"unknown_since": SOME_TIME, "final": "yes"}, ["final"]),
    "final of what was sent": (SENT | {"final": True}, ["final"]),
    "all at once": ({"outcome": 1, "omnimessage_id": 1, "final": 1}, ["outcome", "omnimessage_id", "final"]),
    "no object": ("[]", []),
    "no JSON": ("{", []),
    "another field": (SENT | {"note": "x"}, []),
}


@pytest.mark.parametrize(("given", "fields"), WRONG.values(), ids=WRONG)
def test_a_word_that_cannot_be_read(world: World, given: Any, fields: list[str]) -> None:
    """All errors come at once and name their fields, or the whole payload; nothing changes."""
    lose(world)
    before = world.item("k")
    status, body = resolve(world, given)
    assert status == 400
    assert [each["source"] for each in body["errors"]] == [f"payload[{each}]" for each in fields] or ["payload"]
    assert world.item("k") == before


IAM = {"authorizer": {"iam": {"userArn": ARN}}}
MADE_UP_PEOPLE: dict[str, dict[str, Any]] = {
    "nobody": {},
    "no API": IAM,
    "no API, as a REST API tells it": {"identity": {"userArn": ARN}},
    "another API": {"apiId": "z9y8x7w6v5"} | IAM,
    "an empty API": {"apiId": ""} | IAM,
    "an odd API": {"apiId": [API]} | IAM,
    "an odd identity": {"apiId": API, "authorizer": {"iam": {"userArn": [ARN]}}},
    "an empty identity": {"apiId": API, "authorizer": {"iam": {"userArn": ""}}},
    "an authorizer of another kind": {"apiId": API, "authorizer": {"jwt": {"claims": {"sub": ARN}}}},
}


@pytest.mark.parametrize("api_id", [API, ""], ids=["an API", "no setting"])
@pytest.mark.parametrize("who", MADE_UP_PEOPLE.values(), ids=MADE_UP_PEOPLE)
def test_only_the_stacks_own_api_names_a_person(world: World, who: dict[str, Any], api_id: str) -> None:
    """What anybody else writes into an event that looks like a request is not shown as who it was.

    A front end that names no route is understood too, with a base path before.
    """
    lose(world)
    event = http_event("POST", body=SENT, rawPath="/prod/messages/k/resolution")
    event["requestContext"] |= who
    assert world.env(api_id=api_id).handle(event, world.remaining())["statusCode"] == 200
    assert "resolved_by" not in world.record_of("k")


def test_a_report_comes_between(world: World, callback: Callback) -> None:
    """The report wins, and the person is told."""
    lose(world)
    [first, *_] = reports_of(world)
    between = at("update_item", "before", lambda: callback.take(first))
    status, body = say(world, "not_sent", hook=between)
    assert (status, body["state"], world.state()) == (409, "sent", "sent")


def test_the_sdk_repeats_the_write(world: World) -> None:
    """A write whose answer was lost is repeated: what stands there then is our own word, and the answer is 200."""
    lose(world)
    verdict = seen(world, NOT_SENT)
    status, body = resolve(world, verdict, hook=once("update_item", "before", lambda: resolve(world, verdict)))
    assert (status, body["state"]) == (200, "retryable")


# --- Of one attempt; each message waits at Messente for a day ---------------------------------------------------------


def send(world: World, key: str = "k", hook: Hook = nothing, **fields: Any) -> int:
    return ask(world, "POST", "/messages", message(key, time_to_send=LATER, **fields), hook=hook)[0]


def lose_waiting(world: World, key: str = "k", **fields: Any) -> None:
    assert send(world, key, CUT, **fields) == 504
    world.clock.advance(REPORT_TIME)


def delete(world: World, hook: Hook = nothing) -> tuple[int, Any]:
    return ask(world, "DELETE", "/messages/k", hook=hook)


def test_two_people_who_look_at_the_same_time(world: World) -> None:
    """The second one speaks of an attempt that is over: the id is not freed once more, and they see why."""
    lose_waiting(world)
    since = world.record_of("k")["unknown_since"]
    assert say(world, "not_sent", unknown_since=since)[0] == 200
    lose_waiting(world)
    for verdict in (NOT_SENT, FINAL, SENT):
        status, body = resolve(world, verdict | {"unknown_since": since})
        assert (status, body["state"], body["unknown_since"] > since) == (409, "unknown", True)
        assert body["errors"][0]["source"] == "payload[unknown_since]"
    assert (send(world), world.accepted()) == (504, 2)


@pytest.mark.parametrize("final", [False, True])
def test_while_a_report_may_be_on_its_way(world: World, *, final: bool) -> None:
    """For five minutes nobody can say that it was not sent; that it was can be said at once."""
    send(world, hook=CUT)
    world.clock.advance(REPORT_TIME - 1)
    status, body = say(world, "not_sent", final=final)
    assert (status, body["state"], "5 minutes" in body["errors"][0]["detail"]) == (409, "unknown", True)
    world.clock.advance(1)
    assert say(world, "not_sent", final=final)[0] == 200


def test_a_new_attempt_takes_the_old_word_away(world: World) -> None:
    """Neither the claim nor the *unknown* that follows shows what somebody said of the attempt before."""
    lose_waiting(world)
    say(world, "not_sent")
    words: list[set[str]] = []

    def look(step: str, when: str) -> None:
        if step == "urlopen":
            words.append(WORD & world.record_of("k").keys())
        CUT(step, when)

    send(world, hook=look)
    assert (words, WORD & world.record_of("k").keys(), world.state()) == ([set(), set()], set(), "unknown")


HOWS = ["not sent", "never to be sent", "not sent, and cancelled", "not sent, sent again, and cancelled"]


def close(world: World, how: str) -> None:
    lose_waiting(world)
    assert say(world, "not_sent", final=how == "never to be sent")[0] == 200
    if "sent again" in how:
        assert send(world) == 201
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
    item = world.record_of("k")
    assert (item["state"], first.omnimessage_id in item["omnimessage_ids"]) == ("sent", True)
    assert not WORD & item.keys()


@pytest.mark.parametrize("order", list(itertools.permutations([0, 0, 1, 1])))
@pytest.mark.parametrize("how", ["not sent, sent again", "not sent, sent again, and cancelled"])
def test_the_reports_of_both_attempts_in_any_order(
    world: World, callback: Callback, how: str, order: Sequence[int]
) -> None:
    """Each is kept, before the cancellation and after it, and the record is cancelled only if both attempts are."""
    close(world, how)
    for number in order:
        assert callback.take(report(world.messente.accepted[number], "ACK")) == [200]
    assert world.state() == "sent"
    assert world.record_of("k")["omnimessage_ids"] == {each.omnimessage_id for each in world.messente.accepted}
    assert delete(world)[0] == 200
    assert all(map(world.messente.is_cancelled, world.messente.accepted))
    assert callback.take(*(report(each, "DELETED") for each in world.messente.accepted)) == [200, 200]
    assert world.state() == "cancelled"


def test_a_report_of_a_closed_attempt_while_the_other_one_is_cancelled(world: World, callback: Callback) -> None:
    """It tells of one more attempt, which is cancelled as well before the record says so."""
    close(world, "not sent, sent again")
    told = report(world.messente.accepted[0], "ACK")
    assert delete(world, once("update_item", "before", lambda: callback.take(told)))[0] == 200
    assert all(map(world.messente.is_cancelled, world.messente.accepted))
    assert world.state() == "cancelled"


def test_after_a_word_resends_that_are_over_do_not_keep_a_message_from_being_cancelled(world: World) -> None:
    """A person said that none of the attempts before went out: only the one since then is to be cancelled."""
    for _ in range(2):
        send(world, hook=CUT, on_unknown="resend")
    world.clock.advance(REPORT_TIME)
    say(world, "not_sent")
    assert (send(world), delete(world)[0]) == (201, 200)


def test_an_acceptance_that_is_told_late(world: World) -> None:
    """Whoever sent it was held up for long, and a person cancelled the message: it is a fact all the same."""

    def somebody_cancels() -> None:
        world.clock.advance(REPORT_TIME)
        ask(world, "GET", "/messages/k")
        world.clock.advance(REPORT_TIME)
        assert say(world, "not_sent", final=True)[0] == 200

    assert send(world, hook=at("urlopen", "after", somebody_cancels)) == 201
    assert (world.state(), WORD & world.record_of("k").keys()) == ("sent", set())


# --- The omnimessage that a person names ------------------------------------------------------------------------------


def accept_elsewhere(world: World, **fields: Any) -> str:
    """Let Messente accept a message that another stack of the account sends."""
    own, world.dynamodb = world.dynamodb, DynamoDB(table_of_the_template())
    send(world, "elsewhere", **fields)
    world.dynamodb = own
    return world.messente.accepted[-1].omnimessage_id


def accept_here(world: World) -> str:
    send(world, "other")
    return world.messente.accepted[-1].omnimessage_id


NAMED = {
    "made up": lambda _: MADE_UP,
    "short": lambda _: "o-1",
    "a path": lambda _: "not/an/id",
    "of another recipient": lambda world: accept_elsewhere(world, to="+37255599901"),
    "of another record": accept_here,
}


@pytest.mark.parametrize("name", NAMED)
def test_an_omnimessage_that_is_not_this_messages(world: World, name: str) -> None:
    """It is not believed: the message stays unknown, and the field is named."""
    lose_waiting(world)
    status, body = say(world, "sent", omnimessage_id=NAMED[name](world))
    assert (status, body["state"], body["errors"][0]["source"]) == (409, "unknown", "payload[omnimessage_id]")
    assert "omnimessage_id" not in world.record_of("k")


def mistype(world: World, omnimessage_id: str = MADE_UP) -> None:
    """Lose the answer to k, and say that it was sent as another omnimessage, while Messente cannot be asked."""
    lose_waiting(world)
    assert say(world, "sent", omnimessage_id=omnimessage_id, hook=AWAY)[1]["omnimessage_id"] == omnimessage_id


def test_the_true_report_after_a_slip_of_the_hand(world: World, callback: Callback) -> None:
    """It takes the place of what was typed, which may be no id at all: nobody asks for that any more."""
    mistype(world)
    [accepted] = world.messente.accepted
    messente, world.messente = world.messente, Fixed(Reply(422, {}, b""))
    assert delete(world)[0] == 409
    world.messente = messente
    assert callback.take(report(accepted, "ACK")) == [200]
    item = world.record_of("k")
    assert (item["omnimessage_id"], item["omnimessage_ids"]) == (accepted.omnimessage_id, {accepted.omnimessage_id})
    assert "said_id" not in item
    assert delete(world)[0] == 200
    assert world.messente.is_cancelled(accepted)


@pytest.mark.parametrize("first", ["cancelled", "reported", "told of"])
def test_nobody_elses_message_is_cancelled_by_a_slip_of_the_hand(world: World, callback: Callback, first: str) -> None:
    """The id is of another recipient's message: it goes out, the record is not cancelled, and the report counts."""
    mistype(world, accept_elsewhere(world, to="+37255599901"))
    strangers, own = world.messente.accepted
    if first == "cancelled":
        status, body = delete(world)
        assert (status, body["state"]) == (409, "sent")
    elif first == "told of":
        assert callback.take(report(strangers, "DELIVRD", message_id="")) == [409]
    assert callback.take(report(own, "ACK")) == [200]
    assert delete(world)[0] == 200
    assert [world.messente.is_cancelled(each) for each in (strangers, own)] == [False, True]


def test_nobody_elses_delivery_is_shown_after_a_slip_of_the_hand(world: World) -> None:
    """The reconciliation asks for it, and sees whose it is."""
    mistype(world, accept_elsewhere(world, to="+37255599901"))
    world.clock.advance(2 * 86_400)
    assert world.parts().reconciler.run(lambda: 60)["asked"] == 1
    assert (world.record_of("k")["delivery"], world.record_of("k")["resolution"]) == ("pending", "sent")


def test_what_a_person_named_rightly_is_cancelled(world: World) -> None:
    """Also where Messente could not be asked at first."""
    lose_waiting(world)
    [accepted] = world.messente.accepted
    say(world, "sent", omnimessage_id=accepted.omnimessage_id, hook=AWAY)
    assert world.record_of("k")["omnimessage_ids"] == {accepted.omnimessage_id}
    assert [delete(world, hook)[0] for hook in (AWAY, nothing)] == [503, 200]
    assert world.messente.is_cancelled(accepted)


def test_the_id_of_another_unknown_message(world: World, callback: Callback) -> None:
    """Two messages to one recipient are mixed up: the report goes by its own URL, and takes its id along."""
    lose_waiting(world)
    lose_waiting(world, "other", text="Another text")
    one, other = world.messente.accepted
    assert say(world, "sent", omnimessage_id=other.omnimessage_id)[0] == 200
    assert callback.take(report(other, "ACK"), report(one, "ACK")) == [200, 200]
    assert world.record_of("k")["omnimessage_ids"] == {one.omnimessage_id}
    assert world.record_of("other")["omnimessage_ids"] == {other.omnimessage_id}
    assert callback.take(report(one, "SEEN", message_id="other")) == [409]
