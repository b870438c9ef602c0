"""A record that goes, or moves, between the look at it and what is done then: DynamoDB removes old ones at any time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from messente_rcs.records.record import BY_DUE
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.steps import ask, at, failing
from tests.support.world import TABLE, Crash, message, nothing

if TYPE_CHECKING:
    from tests.support.world import Hook, World

LATER = "2026-11-24T12:00:00Z"  # a day after the world begins


def remove_at(world: World, number: int) -> Hook:
    """Make a hook by which k is gone at the write of this number, counted from 1."""
    writes = itertools.count(1)

    def remove() -> None:
        if next(writes) == number:
            world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "k"}})

    return at("update_item", "before", remove)


def test_a_dead_claim_in_the_way(world: World) -> None:
    """A record that has gone is no obstacle: the message comes back, and is sent then instead of being dropped."""
    with pytest.raises(Crash):
        world.deliver(message("k"), world.env(failing("urlopen", "before", Crash)))
    world.clock.advance(200)
    assert not world.deliver(message("k"), world.env(remove_at(world, 2)))
    assert (world.item("k"), world.messente.posts) == (None, 0)
    assert world.deliver(message("k"))
    assert world.accepted() == 1


def test_an_unknown_record_that_would_be_sent_again(world: World) -> None:
    """The same under `resend`: nothing is dropped, and nothing is sent on the strength of a record that has gone."""
    payload = message("k", to=numbers.CUT, on_unknown="resend")
    world.deliver(payload)
    assert not world.deliver(payload, world.env(remove_at(world, 2)))
    assert (world.item("k"), world.messente.posts) == (None, 1)


def test_a_waiting_message_that_is_cancelled(world: World) -> None:
    """Nothing is cancelled that is not there, and no record comes up by the attempt."""
    world.deliver(message("k", to=numbers.UNAVAILABLE))
    status, body = ask(world, "DELETE", "/messages/k", hook=remove_at(world, 1))
    assert (status, body["errors"][0]["code"], world.item("k")) == (404, "101", None)


def test_a_scheduled_message_that_is_cancelled(world: World) -> None:
    """Messente has cancelled it, so that is the answer; no record comes up by it."""
    world.deliver(message("k", time_to_send=LATER), sending(world, nothing))
    assert ask(world, "DELETE", "/messages/k", hook=remove_at(world, 1)) == (200, {"id": "k"})
    assert (world.item("k"), world.messente.pending_reports) == (None, 0)


@pytest.mark.parametrize("now", [{}, {"due": {"S": LATER}}], ids=["settled", "due later"])
def test_a_record_that_moved_before_it_was_put_off(world: World, now: dict[str, dict[str, str]]) -> None:
    """Somebody else has put it where it stands now, or taken it out of the index, and there it stays."""
    world.deliver(message("k", to=numbers.UNREPORTED))
    item = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
    due = item.pop("due")["S"]
    world.dynamodb.put_item(TableName=TABLE, Item=item | now)
    before = world.item("k")
    world.parts().table.put_off("k", BY_DUE, due)
    assert world.item("k") == before
