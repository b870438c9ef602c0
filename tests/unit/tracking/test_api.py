"""`GET /messages?…` and `DELETE /messages/{id}`: what the API tells of records, and how it cancels."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError

from tests.standin import numbers
from tests.support.callback import Callback, report, sending
from tests.support.world import Crash, message, nothing

if TYPE_CHECKING:
    from tests.support.world import Hook, World

LATER = "2026-11-24T12:00:00Z"  # a day after the world begins


def ask(world: World, method: str, path: str, query: dict[str, str] | None = None, hook: Hook = nothing) -> Any:
    """Ask the API in a new environment; return the status and the decoded body."""
    event = {
        "rawPath": path,
        "queryStringParameters": query,
        "requestContext": {"http": {"method": method}},
        "headers": {},
    }
    answer = world.env(hook).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


def unknown(world: World, **query: str) -> Any:
    """Ask for a page of unknown messages."""
    return ask(world, "GET", "/messages", {"state": "unknown", **query})


def deletes(world: World) -> int:
    """Count the requests to cancel that reached Messente."""
    return sum(request.method == "DELETE" for request in world.messente.requests)


def state(world: World, key: str = "k") -> str:
    """Read the state from the record."""
    return str((world.item(key) or {})["state"])


def test_a_message_by_its_omnimessage_id(world: World) -> None:
    """The same record as by its own id; 404 in Messente's shape for any other."""
    world.deliver(message("k"))
    [accepted] = world.messente.accepted
    found = ask(world, "GET", "/messages", {"omnimessage_id": accepted.omnimessage_id})
    assert found == ask(world, "GET", "/messages/k")
    assert found[0] == 200
    for other in ("none", "", "x" * 5000, "ü" * 2000, "🙂"):
        status, body = ask(world, "GET", "/messages", {"omnimessage_id": other})
        assert (status, body["errors"][0]["code"]) == (404, "101")


@pytest.mark.parametrize(
    ("query", "code", "source"),
    [
        (None, "106", "query"),
        ({}, "106", "query"),
        ({"other": "1"}, "105", "query[other]"),
        ({"state": "sent"}, "105", "query[state]"),
        ({"state": ""}, "105", "query[state]"),
    ],
)
def test_a_listing_of_something_else(world: World, query: dict[str, str] | None, code: str, source: str) -> None:
    """400 that says what can be asked for."""
    status, body = ask(world, "GET", "/messages", query)
    assert (status, body["errors"][0]["code"], body["errors"][0]["source"]) == (400, code, source)


def test_unknown_messages_oldest_first_page_by_page(world: World, callback: Callback) -> None:
    """More than two pages: each message once, the oldest first; a resolved one is gone; the last page says so."""
    env = sending(world)
    keys = [f"k-{n * 37 % 120:03}" for n in range(120)]  # in no alphabetical order
    for number, key in enumerate(keys):
        assert world.deliver(message(key, to=numbers.CUT_AFTER_ACCEPT), env)
        world.clock.advance(number % 2)  # pairs share a moment
    assert world.deliver(message("fine"), env)
    assert callback.take(report(world.messente.accepted[60], "ACK")) == [200]
    found: list[dict[str, Any]] = []
    sizes: list[int] = []
    after: dict[str, str] = {}
    while True:
        status, page = unknown(world, **after)
        assert status == 200
        found += page["messages"]
        sizes.append(len(page["messages"]))
        if "after" not in page:
            break
        after = {"after": page["after"]}
    assert sizes == [50, 50, 19]
    assert {each["state"] for each in found} == {"unknown"}
    assert sorted(each["id"] for each in found) == sorted(set(keys) - {keys[60]})
    since = [each["unknown_since"] for each in found]
    assert since == sorted(since)
    assert "owner" not in found[0]


def token(*position: object) -> str:
    """Write what looks like a token."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


BROKEN = [
    "",
    "x",
    "%%%",
    "ä",
    "🙂",
    "W10=",
    "bnVsbA==",
    token("k"),
    token("k", 5),
    token(5, LATER),
    token("a/b", LATER),
    token("k", ""),
    token("k", "x" * 64),
    token("k", "\ud800"),
    token("k", "now"),
    token("k", LATER, "more"),
    base64.urlsafe_b64encode(b"[" * 9000).decode(),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_token(world: World, broken: str) -> None:
    """400 that names it."""
    status, body = unknown(world, after=broken)
    assert (status, body["errors"][0]["source"]) == (400, "query[after]")


def test_a_token_of_a_record_that_is_gone(world: World) -> None:
    """A page goes on where the last one ended, also when that record was resolved meanwhile."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert len(unknown(world, after=token("j", "2026-11-23T11:00:00.000Z"))[1]["messages"]) == 1
    assert unknown(world, after=token("j", "2026-11-23T13:00:00.000Z")) == (200, {"messages": []})


def scheduled(world: World, key: str = "k", **fields: Any) -> dict[str, Any]:
    """Send a message that is to go out a day later."""
    payload = message(key, time_to_send=LATER, **fields)
    world.deliver(payload, sending(world))
    assert state(world, key) == "sent"
    return payload


def test_a_scheduled_message_is_cancelled(world: World) -> None:
    """At Messente and in the record; doing it again is fine; a redelivery does not send."""
    payload = scheduled(world)
    status, body = ask(world, "DELETE", "/messages/k")
    assert (status, body["id"], body["state"]) == (200, "k", "cancelled")
    assert world.messente.pending_reports == 0
    assert ask(world, "DELETE", "/messages/k") == (200, body)
    assert ask(world, "GET", "/messages/k") == (200, body)
    assert deletes(world) == 1
    assert world.deliver(payload)
    assert (world.accepted(), state(world)) == (1, "cancelled")
    assert not {"due_shard", "due"} & set(world.item("k") or {})


def test_a_message_that_went_out(world: World) -> None:
    """409, and the record goes on as it was; also when the time of a scheduled one has come."""
    world.deliver(message("sent"))
    scheduled(world)
    world.clock.advance(86_400)
    for key in ("sent", "k"):
        before = world.item(key)
        status, body = ask(world, "DELETE", f"/messages/{key}")
        assert (status, body["state"], body["errors"][0]["code"]) == (409, "sent", "105")
        assert world.item(key) == before


@pytest.mark.parametrize(("to", "expected"), [(numbers.CUT_AFTER_ACCEPT, "unknown"), (numbers.BAD_REQUEST, "rejected")])
def test_what_has_no_id_to_cancel_by(world: World, to: str, expected: str) -> None:
    """409, and Messente is not asked."""
    world.deliver(message("k", to=to))
    status, body = ask(world, "DELETE", "/messages/k")
    assert (status, body["state"]) == (409, expected)
    assert deletes(world) == 0


def test_a_message_that_is_being_sent(world: World) -> None:
    """409 while the claim stands; the send goes on."""
    seen = []

    def somebody_cancels(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            seen.append(ask(world, "DELETE", "/messages/k"))

    assert world.deliver(message("k"), world.env(somebody_cancels))
    [(status, body)] = seen
    assert (status, body["state"], state(world)) == (409, "claimed", "sent")


def test_a_message_that_waits_for_its_next_try(world: World) -> None:
    """Cancelled here, without Messente; the queue's next delivery does not send it, and is done with it."""
    payload = message("k", to=numbers.UNAVAILABLE_ONCE)
    assert not world.deliver(payload)
    status, body = ask(world, "DELETE", "/messages/k")
    assert (status, body["state"]) == (200, "cancelled")
    assert "errors" not in body
    assert world.deliver(payload)
    assert (world.messente.accepted, deletes(world), state(world)) == ([], 0, "cancelled")


def test_a_retry_that_starts_while_it_is_cancelled(world: World) -> None:
    """The send won the race: 409, and the record is the send's."""
    payload = message("k", to=numbers.UNAVAILABLE_ONCE)
    world.deliver(payload)
    retries = [payload]

    def the_queue_delivers(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before") and retries:
            world.deliver(retries.pop())

    assert ask(world, "DELETE", "/messages/k", hook=the_queue_delivers)[0] == 409
    assert (len(world.messente.accepted), state(world)) == (1, "sent")


@pytest.mark.parametrize("message_id", ["none", "a%2Fb", "%00", "x" * 300])
def test_no_record(world: World, message_id: str) -> None:
    """404 in Messente's shape."""
    status, body = ask(world, "DELETE", f"/messages/{message_id}")
    assert (status, body["errors"][0]["code"]) == (404, "101")


def test_messente_does_not_answer(world: World) -> None:
    """503 and nothing changes; the next try cancels."""
    scheduled(world)
    before = world.item("k")

    def down(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            raise ProtocolError("nobody there")

    status, body = ask(world, "DELETE", "/messages/k", hook=down)
    assert (status, body["errors"][0]["code"]) == (503, "104")
    assert world.item("k") == before
    assert ask(world, "DELETE", "/messages/k")[0] == 200


def test_a_rotated_password(world: World) -> None:
    """A 401 fetches the secret once more; one that stays wrong is 503."""
    scheduled(world)
    world.messente.change_password("rotated")
    assert ask(world, "DELETE", "/messages/k")[0] == 503
    rotated: list[str] = []

    def rotate(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before") and not rotated:
            rotated.append(step)
            world.put_secret("rotated")

    assert ask(world, "DELETE", "/messages/k", hook=rotate)[0] == 200
    assert state(world) == "cancelled"


def test_the_table_fails_after_messente_cancelled(world: World) -> None:
    """503, never a word that is not kept."""
    scheduled(world)

    def away(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before"):
            raise ClientError({"Error": {"Code": "Down"}}, step)

    assert ask(world, "DELETE", "/messages/k", hook=away)[0] == 503
    assert state(world) == "sent"


def test_a_cancellation_whose_answer_was_lost(world: World) -> None:
    """Messente cancelled it and we did not hear so: asked again it answers 404, but its status tells why."""
    scheduled(world)

    def cut(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise ProtocolError("cut off")

    assert ask(world, "DELETE", "/messages/k", hook=cut)[0] == 503
    assert ask(world, "DELETE", "/messages/k")[0] == 200
    assert state(world) == "cancelled"


@pytest.mark.parametrize("step_of_the_cancel", ["urlopen", "update_item"])
@pytest.mark.parametrize("status", ["ACK", "SEEN"])
def test_a_report_that_comes_during_the_cancel(
    world: World, callback: Callback, step_of_the_cancel: str, status: str
) -> None:
    """What Messente cancelled stays cancelled; what was reported is kept beside it."""
    scheduled(world)
    [accepted] = world.messente.accepted
    told = [report(accepted, status)]

    def a_report_comes(step: str, when: str) -> None:
        if (step, when) == (step_of_the_cancel, "before") and told:
            assert callback.take(told.pop()) == [200]

    assert ask(world, "DELETE", "/messages/k", hook=a_report_comes)[0] == 200
    assert callback.take(report(accepted, "DELETED"), report(accepted, "SEEN")) == [200, 200]
    item = world.item("k") or {}
    assert (item["state"], item["delivery"]) == ("cancelled", "seen")
    assert "due_shard" not in item


def test_an_answer_that_comes_after_the_cancel(world: World, callback: Callback) -> None:
    """A report made the record *sent* and somebody cancelled the message, before its own send had read the answer."""

    def it_is_cancelled(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            assert callback.take(report(world.messente.accepted[0], "ACK")) == [200]
            assert ask(world, "DELETE", "/messages/k")[0] == 200

    assert world.deliver(message("k", time_to_send=LATER), sending(world, it_is_cancelled))
    assert (state(world), world.messente.pending_reports) == ("cancelled", 0)


def test_both_attempts_of_a_resend_are_cancelled(world: World, callback: Callback) -> None:
    """Two acceptances wait for the same time: neither goes out."""
    payload = message("k", time_to_send=LATER, on_unknown="resend")
    lost: list[str] = []

    def lose_the_first_answer(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after") and not lost:
            lost.append(step)
            raise TimeoutError

    env = sending(world, lose_the_first_answer)
    assert not world.deliver(payload, env)
    assert world.deliver(payload, env)
    first, _ = world.messente.accepted
    assert callback.take(report(first, "ACK")) == [200]
    assert ask(world, "DELETE", "/messages/k")[0] == 200
    assert world.messente.pending_reports == 0
    assert deletes(world) == 2


@pytest.mark.parametrize("reported", [0, 1])
def test_an_attempt_of_a_resend_that_nobody_has_heard_of(world: World, callback: Callback, reported: int) -> None:
    """Its answer was lost and no report of it has come: it may still go out, so that the message is not cancelled."""
    payload = message("k", time_to_send=LATER, on_unknown="resend")

    def lose_the_answer(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise TimeoutError

    for _ in range(2):
        world.deliver(payload, sending(world, lose_the_answer))
    one, other = world.messente.accepted[reported], world.messente.accepted[1 - reported]
    assert callback.take(report(one, "ACK")) == [200]
    assert ask(world, "DELETE", "/messages/k")[0] == 409
    assert state(world) == "sent"
    assert callback.take(report(other, "ACK")) == [200]
    assert ask(world, "DELETE", "/messages/k")[0] == 200
    assert world.messente.pending_reports == 0


def test_a_crash_leaves_nothing_to_cancel(world: World) -> None:
    """A claim whose owner died: 409, until a report or the reconciler says more."""

    def die(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    with pytest.raises(Crash):
        world.deliver(message("k", time_to_send=LATER), sending(world, die))
    assert ask(world, "DELETE", "/messages/k")[0] == 409


def test_the_worlds_day(world: World) -> None:
    """LATER is a day after the world begins, or the tests above would cancel what went out."""
    assert datetime.fromisoformat(LATER) - datetime.fromtimestamp(world.clock(), UTC) == timedelta(days=1)
