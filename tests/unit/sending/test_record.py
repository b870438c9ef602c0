"""What a record holds: a 201 of any size and with any ids, only if it is the answer to this message; and tags."""

import io
import json
from typing import Any

import pytest

from messente_rcs.messente.answers import AnswerKind
from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Answering, Fixed, post
from tests.support.callback import Callback, signed
from tests.support.steps import ask, unrecorded
from tests.support.world import TO, World, message

OTHER = "+37255598765"
LONG_IDS = {
    "900 emoji": "🙂" * 900,
    "300 characters": "x" * 300,
    "2000 bytes": "x" * 2000,
    "2001 bytes": "x" * 2001,
    "20,000 characters": "x" * 20_000,
    "half a surrogate pair": "\ud800" + "x" * 30,
    "half a surrogate pair at the cut": "x" * 99 + "\ud800" * 3000,
    "NUL": "\x00" * 10,
    "a pointer's form": "#x",
}


def accepting(world: World, **facts: Any) -> None:
    world.messente = Fixed(Reply(201, {}, json.dumps(facts).encode()))


def named(message_id: str = "m", **facts: Any) -> dict[str, Any]:
    return {"message_id": message_id, "channel": "rcs", "sender": "Shop"} | facts


ODD: dict[str, list[dict[str, Any]]] = {
    "60 entries": [named(f"m{number}") for number in range(60)],
    "600 entries": [named(f"m{number}") for number in range(600)],
    "60 times the same entry": [named()] * 60,
    "a long message_id": [named("🙂" * 1000)],
    "long texts": [named(f"m{number}", channel="🙂" * 400, sender="ü" * 1500) for number in range(4)],
    "halves of surrogate pairs": [named("\ud800", channel="\udfff", sender="\ud83d")],
}


@pytest.mark.parametrize(("ids", "state"), [({"omnimessage_id": "o-1"}, "sent"), ({}, "unknown")])
@pytest.mark.parametrize("messages", ODD.values(), ids=ODD)
def test_any_acceptance_is_recorded(
    world: World, messages: list[dict[str, Any]], ids: dict[str, str], state: str
) -> None:
    """The record step fits into DynamoDB's limits, whatever is in `messages`: *unknown* without an omnimessage_id."""
    accepting(world, messages=messages, **ids)
    assert world.deliver(message("k"))
    item = world.record_of("k")
    assert (item["state"], item.get("omnimessage_id")) == (state, ids.get("omnimessage_id"))
    assert 0 < len(item["messages"]) <= 20


def reported(world: World, path_id: str, *, ensure_ascii: bool = True, **facts: Any) -> tuple[int, Any]:
    body = json.dumps({"message_id": "m", "to": TO, "status": "ACK"} | facts, ensure_ascii=ensure_ascii)
    return Callback(world).handle(signed(body.encode(), path_id))


@pytest.mark.parametrize("omnimessage_id", LONG_IDS.values(), ids=LONG_IDS)
def test_a_long_id_is_the_same_wherever_it_comes_from(world: World, omnimessage_id: str) -> None:
    """The record is sent; its report, a look-up and the reconciler find it by the id as Messente writes it."""
    message_id = "m" + omnimessage_id
    accepting(world, omnimessage_id=omnimessage_id, messages=[named(message_id)], to=TO)
    assert world.deliver(message("k"))
    assert world.state() == "sent"
    for path_id in ("", "k"):
        told = reported(world, path_id, omnimessage_id=omnimessage_id, message_id=message_id, channel="rcs")
        assert told == (200, {"id": "k"})
    assert ask(world, "GET", "/messages", query={"omnimessage_id": omnimessage_id})[1]["id"] == "k"
    statuses = [{"message_id": message_id, "channel": "rcs", "status": "SEEN"}]
    world.messente = Fixed(
        Reply(200, {}, json.dumps({"omnimessage_id": omnimessage_id, "statuses": statuses}).encode())
    )
    world.clock.advance(2 * 3600)
    world.parts().reconciler.run(lambda: 60)
    item = world.record_of("k")
    assert (len(item["messages"]), item["delivery"]) == (1, "seen")


def test_two_long_ids_are_two(world: World) -> None:
    """They differ in what is cut off: a report finds its own record."""
    for key, end in (("a", "1"), ("b", "2")):
        accepting(world, omnimessage_id="x" * 3000 + end)
        world.deliver(message(key, text=key))
    assert reported(world, "", omnimessage_id="x" * 3000 + "2") == (200, {"id": "b"})
    assert reported(world, "a", omnimessage_id="x" * 3000 + "2")[0] == 409


def test_a_second_long_id(world: World) -> None:
    """Its pointer is a key as well."""
    accepting(world, messages=[])
    world.deliver(message("k"))
    accepting(world, omnimessage_id="🙂" * 1000)
    world.deliver(message("k", on_unknown="resend"))
    for name in ("🙂" * 1000, "🙂" * 1001):
        assert [reported(world, path_id, omnimessage_id=name) for path_id in ("k", "")] == [(200, {"id": "k"})] * 2


def test_the_largest_refusal_fits(world: World) -> None:
    """Errors, texts of reports and tags together stay below what an item can hold."""
    everything = dict.fromkeys(("code", "title", "detail", "source"), "🙂" * 500)
    world.messente = Fixed(Reply(500, {}, json.dumps({"errors": [everything] * 7}, ensure_ascii=False).encode()))
    assert world.deliver(message("k", tags={f"{number}": "🙂" * 256 for number in range(10)}))
    texts = dict.fromkeys(("channel", "sender", "error", "timestamp"), "🙂" * 3000)
    for number in range(20):
        ids = {"omnimessage_id": "o", "message_id": f"{number}" + "🙂" * 1000}
        assert reported(world, "k", ensure_ascii=False, **ids, **texts)[0] == 200
    assert world.state() == "sent"


@pytest.mark.parametrize("source", ["[]", "[", "][", "payload[", "payload[]", " ", "\ud800"])
def test_a_refusal_of_any_field(world: World, source: str) -> None:
    """However Messente names the field, the message is a dead letter, and is not POSTed at each receive."""
    world.messente = Fixed(Reply(400, {}, json.dumps({"errors": [{"code": "105", "source": source}]}).encode()))
    assert world.deliver(message("k"))
    assert (world.state(), [each["reason"] for each in world.dead()]) == ("rejected", ["rejected"])


# --- Whose answer it is -----------------------------------------------------------------------------------------------

RECIPIENTS: dict[str, tuple[Any, AnswerKind]] = {
    "the same": (TO, AnswerKind.SENT),
    "without its plus": (TO[1:], AnswerKind.SENT),
    "as a number": (int(TO[1:]), AnswerKind.SENT),
    "in the national form": ("55512345", AnswerKind.SENT),
    "null": (None, AnswerKind.SENT),
    "empty": ("", AnswerKind.SENT),
    "no number": ({}, AnswerKind.SENT),
    "another": (OTHER, AnswerKind.UNKNOWN),
    "another as a number": (int(OTHER[1:]), AnswerKind.UNKNOWN),
    "the begin of it": (TO[:6], AnswerKind.UNKNOWN),
    "a name": ("somebody", AnswerKind.UNKNOWN),
}


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(("to", "kind"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_the_answer_is_to_this_recipient(to: Any, kind: AnswerKind, status: int) -> None:
    """As a report's is, the number is compared; none at all is fine. Another's ids are not taken."""
    answer = post(Answering(status, {"to": to, "omnimessage_id": "o-1", "messages": [named()]}), TO)
    assert answer.kind is kind
    assert (answer.omnimessage_id, set(answer.messages)) == (
        ("o-1", {"m"}) if kind is AnswerKind.SENT else (None, set())
    )


@pytest.mark.parametrize(("to", "kind"), [(TO, AnswerKind.SENT), (OTHER, AnswerKind.UNKNOWN)])
@pytest.mark.parametrize(
    "body",
    [
        b'{"messages": [{"message_id": "m"}], "to": "%s", "omnimessage_id": "o-1", "fur',
        b'{"omnimessage_id": "o-1", "to" : "%s", "messages": [',
        b'{"data": {"to": "%s", "omnimessage_id": "o-1"}}',
    ],
)
def test_so_is_one_that_was_cut_off(body: bytes, to: str, kind: AnswerKind) -> None:
    """What can be found in it decides."""
    answer = post(Answering(201, body % to.encode()), TO)
    assert (answer.kind, answer.omnimessage_id) == (kind, "o-1" if kind is AnswerKind.SENT else None)


# --- Tags: in the record with the claim, and wherever it is shown, but neither sent nor logged ------------------------


FIRST, CORRECTED = {"team": "logistics", "order": "1001"}, {"team": "support"}


def tags_of(world: World, key: str = "k") -> Any:
    return (world.item(key) or {}).get("tags")


def test_they_are_in_the_record_and_not_sent(world: World) -> None:
    """Messente gets what it would get without them; a message that had expired before its claim has them too."""
    world.deliver(message("late", tags=FIRST, expires_at="2026-01-01T00:00:00Z"))
    assert tags_of(world, "late") == FIRST
    world.deliver(message("k", tags=FIRST))
    world.deliver(message("plain"))
    with_tags, without = (each.body for each in world.messente.accepted)
    assert {**with_tags, "dlr_url": ""} == {**without, "dlr_url": ""}
    assert tags_of(world) == FIRST
    assert "tags" not in (world.item("plain") or {})


@pytest.mark.parametrize("corrected", [CORRECTED, {}])
def test_the_next_claim_brings_its_own(world: World, corrected: dict[str, str]) -> None:
    """A free id takes the tags of the payload that it is used for, as it takes the recipient; also if it has none."""
    world.deliver(message("k", to=numbers.BAD_REQUEST, tags=FIRST))
    world.deliver(message("k", to=TO, tags=corrected))
    assert (world.item("k") or {})["to"] == TO
    assert tags_of(world) == (corrected or None)


def test_a_message_whose_record_could_not_be_written(world: World) -> None:
    """Its caller sees them too."""
    told = world.env(unrecorded()).handle(message("k", tags=FIRST), world.remaining())
    assert (told["state"], told["tags"]) == ("sent", FIRST)


def test_they_are_never_logged(world: World, log: io.StringIO) -> None:
    """Neither of a message that is sent, nor of one that is refused, by us or by Messente."""
    secret = {"team": "sentinel-value", "sentinel.name": "x"}
    world.deliver(message("sent", tags=secret))
    world.deliver(message("rejected", to=numbers.BAD_REQUEST, tags=secret))
    world.deliver(message("unknown", to=numbers.CUT_AFTER_ACCEPT, tags=secret))
    world.deliver(message("invalid", tags={"sentinel name": "x", "sentinel.name": 1, "team": "sentinel" * 99}))
    assert log.getvalue()
    assert "sentinel" not in log.getvalue()
