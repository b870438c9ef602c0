"""What a message costs in DynamoDB: each write unit is paid for, those of the indexes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.standin import numbers
from tests.support.units import write_units
from tests.support.world import message

if TYPE_CHECKING:
    from tests.support.world import World

CHAIN = [{"channel": "rcs", "text": "Your parcel waits at the door"}, {"channel": "sms", "text": "Your parcel waits"}]


TAGS = {"tags": {"team": "logistics", "campaign": "autumn-2026", "order": "1001"}}


@pytest.mark.parametrize(
    "chain",
    [{}, TAGS, {"messages": CHAIN}, {"messages": CHAIN, **TAGS}],
    ids=["one channel", "one channel with tags", "two channels", "two channels with tags"],
)
def test_a_message_on_the_queue(world: World, chain: dict[str, Any]) -> None:
    """Claim 1 and by_due 1; sent 1 and by_omnimessage_id 1; three reports 3, the first delivery leaves by_due 1."""
    payload = message("k")
    if "messages" in chain:
        del payload["text"]
    assert sum(write_units(world, payload | chain, queued=True)) <= 8


def test_a_message_that_no_queue_delivers_again(world: World) -> None:
    """It is in by_lease too while it is claimed, so that a dead claim is found within minutes."""
    assert sum(write_units(world, message("k"), queued=False)) <= 10


def test_a_message_that_is_lost_costs_no_more_than_it_must(world: World) -> None:
    """Claim 1 and by_due 1; unknown 1 and by_unknown 1."""
    begin = world.dynamodb.write_units
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert world.dynamodb.write_units - begin == 4


def test_a_conversation_costs_one_unit_more(world: World) -> None:
    """The claim enters by_recipient, and nothing that is in this index changes later. Without tracking it is free."""
    costs = [sum(write_units(world, message(f"k-{on}"), queued=True, track_conversations=on)) for on in (False, True)]
    assert costs == [8, 9]
