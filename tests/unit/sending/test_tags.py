"""Tags: they are in the record with the claim, and wherever the record is shown, but neither sent nor logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.records.record import OddItem, Record
from tests.standin import numbers
from tests.support.gateway import URL, both_apis
from tests.support.mapping import Mapping
from tests.support.world import TO, message

if TYPE_CHECKING:
    import io

    from tests.support.world import World

FIRST, OTHER = {"team": "logistics", "order": "1001"}, {"team": "support"}


def tags_of(world: World, key: str = "k") -> Any:
    """Read the tags of a record."""
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


@pytest.mark.parametrize("again", [OTHER, {}, None])
def test_a_repeat_with_other_tags_is_the_same_message(world: World, again: dict[str, str] | None) -> None:
    """It is not sent, it is no conflict, and the tags of the claim stay."""
    world.deliver(message("k", tags=FIRST))
    repeat = message("k") if again is None else message("k", tags=again)
    answer = both_apis(world).post(f"{URL}/messages", json=repeat)
    assert (answer.status_code, answer.headers["Idempotent-Replayed"], answer.json()["tags"]) == (201, "true", FIRST)
    assert (world.accepted(), tags_of(world)) == (1, FIRST)


@pytest.mark.parametrize("corrected", [OTHER, {}])
def test_the_next_claim_brings_its_own(world: World, corrected: dict[str, str]) -> None:
    """A free id takes the tags of the payload that it is used for, as it takes the recipient; also if it has none."""
    world.deliver(message("k", to=numbers.BAD_REQUEST, tags=FIRST))
    world.deliver(message("k", to=TO, tags=corrected))
    assert (world.item("k") or {})["to"] == TO
    assert tags_of(world) == (corrected or None)


def test_every_caller_sees_them(world: World) -> None:
    """In the answer to sending and to asking, in the listing, and in the result of an invocation."""
    session = both_apis(world)
    assert session.post(f"{URL}/messages", json=message("k", tags=FIRST)).json()["tags"] == FIRST
    assert session.get(f"{URL}/messages/k").json()["tags"] == FIRST
    session.post(f"{URL}/messages", json=message("lost", to=numbers.CUT_AFTER_ACCEPT, tags=FIRST))
    assert [each["tags"] for each in session.get(f"{URL}/messages?state=unknown").json()["messages"]] == [FIRST]
    assert world.env().handle(message("direct", tags=FIRST), world.remaining())["tags"] == FIRST


def test_a_message_whose_record_could_not_be_written(world: World) -> None:
    """Its caller sees them too."""

    def away(step: str, _when: str) -> None:
        if step == "update_item" and world.messente.accepted:
            raise ClientError({"Error": {"Code": "Down", "Message": ""}}, "UpdateItem")

    told = world.env(away).handle(message("k", tags=FIRST), world.remaining())
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


def test_tags_of_an_edit_by_hand() -> None:
    """A record whose tags are no texts is unreadable, and says so by the attribute."""
    item = {"id": "k", "state": "sent", "to": TO, "channels": [], "payload_hash": "", "revision": 1}
    assert Record.of(item | {"tags": FIRST}).tags == FIRST
    for odd in (["x"], {"a": 1}):
        with pytest.raises(OddItem, match="tags"):
            Record.of(item | {"tags": odd})


def test_every_event_has_them(world: World) -> None:
    """Whoever listens can tell what a message was for; ten of the longest fit, in characters of four bytes."""
    tags = {f"{number}".rjust(64, "x"): "\N{GRINNING FACE}" * 256 for number in range(10)}
    world.deliver(message("k", tags=tags))
    Mapping(world.changes()).poll(world.dynamodb.stream)
    [taken] = world.events.taken
    assert taken["Detail"]["tags"] == tags
    assert len(json.dumps(taken["Detail"]["tags"], ensure_ascii=False)) < 10_000
