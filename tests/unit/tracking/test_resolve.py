"""`POST /messages/{id}/resolution`: a person says what became of an *unknown* message, and what that changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.sending.resolve import REPORT_TIME
from tests.standin import numbers
from tests.support.callback import Callback, report, reports_of, sending
from tests.support.world import Crash, message, nothing

if TYPE_CHECKING:
    from tests.support.world import Hook, World

ARN = "arn:aws:iam::123456789012:user/operator"
API = "a1b2c3d4e5"
SENT, NOT_SENT = {"outcome": "sent"}, {"outcome": "not_sent"}
FINAL = {"outcome": "not_sent", "final": True}
SOME_TIME = "2026-11-23T11:00:00.000Z"


def resolve(world: World, verdict: Any, key: str = "k", hook: Hook = nothing) -> tuple[int, Any]:
    """Say what became of a message, signed by an operator; return the status and the decoded body."""
    event = {
        "routeKey": "POST /messages/{id}/resolution",
        "rawPath": f"/messages/{key}/resolution",
        "pathParameters": {"id": key},
        "requestContext": {"http": {"method": "POST"}, "apiId": API, "authorizer": {"iam": {"userArn": ARN}}},
        "headers": {},
        "body": verdict if isinstance(verdict, str) else json.dumps(verdict),
    }
    answer = world.env(hook, api_id=API).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


def lose(world: World, to: str = numbers.CUT_AFTER_ACCEPT) -> None:
    """Send a message whose answer is lost, and wait for the time that its report may take."""
    world.deliver(message("k", to=to), sending(world))
    assert state(world) == "unknown"
    world.clock.advance(REPORT_TIME)


def seen(world: World, verdict: dict[str, Any]) -> dict[str, Any]:
    """Say it of the attempt that the record shows now."""
    return verdict | {"unknown_since": item(world).get("unknown_since", SOME_TIME)}


def item(world: World, key: str = "k") -> dict[str, Any]:
    """Read the record."""
    return world.item(key) or {}


def state(world: World) -> str:
    """Read the state from the record."""
    return str(item(world)["state"])


def test_a_message_that_was_sent(world: World) -> None:
    """The record is sent and no longer listed as unknown; who said so and when is in it."""
    lose(world)
    status, body = resolve(world, SENT)
    assert (status, body["state"], body["delivery"], body["resolution"]) == (200, "sent", "pending", "sent")
    assert (body["resolved_by"], body["resolved_at"]) == (ARN, "2026-11-23T12:05:00.000Z")
    assert not {"unknown_since", "unknown_shard"} & item(world).keys()
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert world.messente.posts == 1


def test_with_its_omnimessage_id_the_message_is_found_and_asked_for(world: World) -> None:
    """The id that Messente's dashboard shows leads to the record, and the reconciler asks by it."""
    lose(world)
    [accepted] = world.messente.accepted
    assert resolve(world, SENT | {"omnimessage_id": accepted.omnimessage_id})[0] == 200
    assert item(world)["omnimessage_ids"] == {accepted.omnimessage_id}
    world.clock.advance(2 * 3600)
    world.parts().reconciler.run(lambda: 60)
    assert (state(world), item(world)["delivery"]) == ("sent", "seen")


def test_a_message_that_was_not_sent_is_free_again(world: World) -> None:
    """The same payload under the same id is sent then, once."""
    lose(world, numbers.CUT)
    status, body = resolve(world, seen(world, NOT_SENT))
    assert (status, body["state"], body["resolution"]) == (200, "retryable", "not_sent")
    assert world.messente.posts == 1
    world.deliver(message("k", to=numbers.CUT))
    assert world.messente.posts == 2


def test_a_message_that_is_not_to_be_sent_any_more(world: World) -> None:
    """With `final` the record is cancelled: nobody sends it by handing it in again."""
    lose(world, numbers.CUT)
    status, body = resolve(world, seen(world, FINAL))
    assert (status, body["state"]) == (200, "cancelled")
    world.deliver(message("k", to=numbers.CUT))
    assert (state(world), world.messente.posts) == ("cancelled", 1)
    assert not {"due", "due_shard", "unknown_shard", "lease_until"} & item(world).keys()


@pytest.mark.parametrize("verdict", [SENT, NOT_SENT, FINAL], ids=["sent", "not sent", "final"])
def test_a_later_report_outdates_it(world: World, callback: Callback, verdict: Any) -> None:
    """Whatever the person said: the report proves that the message was sent, and that is what the record says."""
    lose(world)
    assert resolve(world, seen(world, verdict))[0] == 200
    assert set(callback.take(*reports_of(world))) == {200}
    [accepted] = world.messente.accepted
    assert (state(world), item(world)["delivery"]) == ("sent", "seen")
    assert item(world)["omnimessage_id"] == accepted.omnimessage_id
    assert not {"resolution", "resolved_by", "resolved_at"} & item(world).keys()


def test_a_report_on_the_attempt_that_was_called_not_sent(world: World, callback: Callback) -> None:
    """The person was wrong and the message went out twice, as was asked for: the reports of both attempts count."""
    lose(world)
    resolve(world, seen(world, NOT_SENT))
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT), sending(world))
    assert "resolution" not in item(world)
    resolve(world, SENT)
    first, second = world.messente.accepted
    assert callback.take(report(second, "DELIVRD"), report(first, "DELIVRD")) == [200, 200]
    assert item(world)["omnimessage_ids"] == {first.omnimessage_id, second.omnimessage_id}


@pytest.mark.parametrize(("to", "told"), [("+37255512345", "sent"), (numbers.BAD_REQUEST, "rejected")])
def test_only_unknown_messages_can_be_resolved(world: World, to: str, told: str) -> None:
    """Anything else is 409 with the record as it is; nothing changes."""
    world.deliver(message("k", to=to))
    before = item(world)
    for verdict in (SENT, *(seen(world, each) for each in (SENT, NOT_SENT, FINAL))):
        status, body = resolve(world, verdict)
        assert (status, body["state"], body["errors"][0]["code"]) == (409, told, "105")
    assert item(world) == before


def test_a_second_word_comes_too_late(world: World) -> None:
    """The first person's word stands."""
    lose(world)
    assert resolve(world, SENT)[0] == 200
    assert resolve(world, seen(world, NOT_SENT))[0] == 409
    assert state(world) == "sent"


def test_a_message_that_nobody_knows(world: World) -> None:
    """404, for an id that cannot be one as well."""
    assert [resolve(world, SENT, key)[0] for key in ("k", "%23k", "a b")] == [404, 404, 404]


def test_while_the_sender_may_still_be_at_work(world: World) -> None:
    """A claim that was called unknown by another clock is not freed before its owner is surely gone."""

    def die(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    with pytest.raises(Crash):
        world.env(die).handle(message("k"), world.remaining())
    lease_until = float(item(world)["lease_until"])
    world.clock.advance(lease_until - world.clock() + 1)
    world.parts().reconciler.run(lambda: 60)
    assert state(world) == "unknown"
    status, body = resolve(world, SENT)
    assert (status, body["state"]) == (409, "unknown")
    world.clock.advance(60)
    assert resolve(world, SENT)[0] == 200


def test_another_messages_id(world: World) -> None:
    """An omnimessage_id leads to one record: one that is taken is refused."""
    world.deliver(message("other"))
    [accepted] = world.messente.accepted
    lose(world, numbers.CUT)
    status, body = resolve(world, SENT | {"omnimessage_id": accepted.omnimessage_id})
    assert (status, body["state"]) == (409, "unknown")
    assert "omnimessage_id" not in item(world)


WRONG: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["payload[outcome]"]),
    "no object": ("[]", ["payload"]),
    "no JSON": ("{", ["payload"]),
    "twice": ('{"outcome": "sent", "outcome": "not_sent"}', ["payload[outcome]"]),
    "another outcome": ({"outcome": "lost"}, ["payload[outcome]"]),
    "a list": ({"outcome": ["sent"]}, ["payload[outcome]"]),
    "not sent, of any attempt": (NOT_SENT, ["payload[unknown_since]"]),
    "never sent, of any attempt": (FINAL, ["payload[unknown_since]"]),
    "of an attempt at no time": (SENT | {"unknown_since": "2026-11-23"}, ["payload[unknown_since]"]),
    "of an attempt at null": (NOT_SENT | {"unknown_since": None}, ["payload[unknown_since]"]),
    "an id of a message that was not sent": (
        NOT_SENT | {"unknown_since": SOME_TIME, "omnimessage_id": "o"},
        ["payload[omnimessage_id]"],
    ),
    "an empty id": (SENT | {"omnimessage_id": ""}, ["payload[omnimessage_id]"]),
    "an id of a surrogate": ('{"outcome": "sent", "omnimessage_id": "\\ud800"}', ["payload[omnimessage_id]"]),
    "null": (SENT | {"omnimessage_id": None}, ["payload[omnimessage_id]"]),
    "final as a text": (NOT_SENT | {"unknown_since": SOME_TIME, "final": "yes"}, ["payload[final]"]),
    "final of what was sent": (SENT | {"final": True}, ["payload[final]"]),
    "another field": (SENT | {"note": "x"}, ["payload"]),
    "all at once": ({"outcome": 1, "omnimessage_id": 1, "final": 1}, ["outcome", "omnimessage_id", "final"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_word_that_cannot_be_read(world: World, case: str) -> None:
    """All errors come at once and name their fields; nothing changes."""
    lose(world)
    before = item(world)
    given, sources = WRONG[case]
    status, body = resolve(world, given)
    assert status == 400
    assert [each["source"] for each in body["errors"]] == [
        each if each.startswith("payload") else f"payload[{each}]" for each in sources
    ]
    assert item(world) == before


def test_other_methods(world: World) -> None:
    """Only POST resolves."""
    event = {
        "routeKey": "ANY /messages/{id}/resolution",
        "rawPath": "/messages/k/resolution",
        "pathParameters": {"id": "k"},
        "requestContext": {"http": {"method": "DELETE"}},
    }
    answer = world.env().handle(event, world.remaining())
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "POST")


def test_by_its_path_alone(world: World) -> None:
    """A front end that names no route is understood too, with a base path before, and without an identity."""
    lose(world)
    event = {
        "rawPath": "/prod/messages/k/resolution",
        "requestContext": {"http": {"method": "POST"}},
        "body": json.dumps(SENT),
    }
    answer = world.env().handle(event, world.remaining())
    assert answer["statusCode"] == 200
    assert "resolved_by" not in item(world)


MADE_UP: dict[str, Any] = {
    "no API": {"authorizer": {"iam": {"userArn": ARN}}},
    "no API, as a REST API tells it": {"identity": {"userArn": ARN}},
    "another API": {"apiId": "z9y8x7w6v5", "authorizer": {"iam": {"userArn": ARN}}},
    "an empty API": {"apiId": "", "authorizer": {"iam": {"userArn": ARN}}},
    "an odd API": {"apiId": [API], "authorizer": {"iam": {"userArn": ARN}}},
    "an odd identity": {"apiId": API, "authorizer": {"iam": {"userArn": [ARN]}}},
    "an empty identity": {"apiId": API, "authorizer": {"iam": {"userArn": ""}}},
    "an authorizer of another kind": {"apiId": API, "authorizer": {"jwt": {"claims": {"sub": ARN}}}},
}


@pytest.mark.parametrize("api_id", [API, ""], ids=["an API", "no setting"])
@pytest.mark.parametrize("case", MADE_UP)
def test_only_the_stacks_own_api_names_a_person(world: World, case: str, api_id: str) -> None:
    """What anybody else writes into an event that looks like a request is not shown as who it was."""
    lose(world)
    event = {
        "rawPath": "/messages/k/resolution",
        "requestContext": {"http": {"method": "POST"}} | MADE_UP[case],
        "body": json.dumps(SENT),
    }
    answer = world.env(api_id=api_id).handle(event, world.remaining())
    assert answer["statusCode"] == 200
    assert "resolved_by" not in item(world)


def test_a_report_comes_between(world: World, callback: Callback) -> None:
    """The report wins, and the person is told."""
    lose(world)
    reports = reports_of(world)

    def between(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before"):
            callback.take(reports[0])

    status, body = resolve(world, seen(world, NOT_SENT), hook=between)
    assert (status, body["state"]) == (409, "sent")
    assert state(world) == "sent"


def test_the_sdk_repeats_the_write(world: World) -> None:
    """A write whose answer was lost is repeated: what stands there then is our own word, and the answer is 200."""
    lose(world)
    verdict, again = seen(world, NOT_SENT), list[str]()

    def repeat(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before") and not again:
            again.append(step)
            resolve(world, verdict)

    status, body = resolve(world, verdict, hook=repeat)
    assert (status, body["state"]) == (200, "retryable")
