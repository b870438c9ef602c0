"""What a message costs in DynamoDB: each write unit is paid for, those of the indexes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standin import numbers
from support.callback import Callback, report, sending
from support.world import message, record

if TYPE_CHECKING:
    from support.world import World

CHAIN = [{"channel": "rcs", "text": "Your parcel waits at the door"}, {"channel": "sms", "text": "Your parcel waits"}]


def units(world: World, payload: dict[str, Any], *, queued: bool) -> int:
    """Send a message, in which some time passes, and take its three reports; return the units that all of it took."""
    env, begin = sending(world, lambda _step, _when: world.clock.advance(0.1)), world.dynamodb.write_units
    env.handle({"Records": [record(payload)]} if queued else payload, world.remaining())
    accepted = world.messente.accepted[-1]
    assert Callback(world).take(*(report(accepted, status) for status in ("ACK", "DELIVRD", "SEEN"))) == [200] * 3
    item = world.item("k") or {}
    assert (item["state"], item["delivery"], item["revision"]) == ("sent", "seen", 5)
    return world.dynamodb.write_units - begin


@pytest.mark.parametrize("chain", [{}, {"messages": CHAIN}], ids=["one channel", "two channels"])
def test_a_message_on_the_queue(world: World, chain: dict[str, Any]) -> None:
    """Claim 1 and by_due 1; sent 1 and by_omnimessage_id 1; three reports 3, the first delivery leaves by_due 1."""
    payload = message("k")
    if chain:
        del payload["text"]
    assert units(world, payload | chain, queued=True) <= 8


def test_a_message_that_no_queue_delivers_again(world: World) -> None:
    """It is in by_lease too while it is claimed, so that a dead claim is found within minutes."""
    assert units(world, message("k"), queued=False) <= 10


def test_a_message_that_is_lost_costs_no_more_than_it_must(world: World) -> None:
    """Claim 1 and by_due 1; unknown 1 and by_unknown 1."""
    begin = world.dynamodb.write_units
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert world.dynamodb.write_units - begin == 4
