"""A record stands in the indexes of its state and in no other: what is in an index is looked at, and paid for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.callback import Callback, report, sending
from tests.support.steps import at, once
from tests.support.world import message, nothing, record, table_of_the_template

if TYPE_CHECKING:
    from tests.support.world import Hook, World


def indexes(world: World) -> set[str]:
    """Name the indexes in which the record stands: those whose keys it has."""
    item = world.record_of("k")
    return {
        index["IndexName"]
        for index in table_of_the_template()["GlobalSecondaryIndexes"]
        if all(key["AttributeName"] in item for key in index["KeySchema"])
    }


def send(world: World, payload: dict[str, Any], hook: Hook = nothing, *, queued: bool) -> None:
    """Hand a payload in, from the queue or by an invocation that is not repeated."""
    with contextlib.suppress(NotSent):
        sending(world, hook).handle({"Records": [record(payload)]} if queued else payload, world.remaining())


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "invoked"])
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (numbers.UNREPORTED, {"by_due", "by_omnimessage_id"}),
        (numbers.CUT_AFTER_ACCEPT, {"by_due", "by_unknown"}),
        (numbers.BAD_REQUEST, set()),
        (numbers.UNAVAILABLE, set()),
    ],
    ids=["sent", "unknown", "rejected", "retryable"],
)
def test_what_came_of_a_send_decides(world: World, to: str, expected: set[str], queued: bool) -> None:  # noqa: FBT001 - a case
    """Open deliveries and lost answers are looked at; nobody looks at a claim that is over, nor at what was refused."""
    send(world, message("k", to=to), queued=queued)
    assert indexes(world) == expected


@pytest.mark.parametrize(("queued", "expected"), [(True, {"by_due"}), (False, {"by_due", "by_lease"})])
def test_a_claim_is_found_if_the_queue_does_not_find_it(world: World, queued: bool, expected: set[str]) -> None:  # noqa: FBT001 - a case
    """The queue delivers a dead claim again; of any other the reconciler must hear by its lease."""
    seen: list[set[str]] = []
    send(world, message("k"), at("urlopen", "before", lambda: seen.append(indexes(world))), queued=queued)
    assert seen == [expected]


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "invoked"])
def test_what_is_sent_is_not_unknown_any_more(world: World, queued: bool) -> None:  # noqa: FBT001 - a case
    """A slow worker's claim was called *unknown* before its answer came."""
    seen: list[set[str]] = []

    def it_takes_long() -> None:
        world.clock.advance(200)
        world.deliver(message("k"))
        seen.append(indexes(world))

    send(world, message("k"), once("urlopen", "after", it_takes_long), queued=queued)
    assert [*seen, indexes(world)] == [{"by_due", "by_unknown"}, {"by_due", "by_omnimessage_id"}]


def test_what_is_sent_again_is_not_unknown_meanwhile(world: World) -> None:
    """Under `resend` a lost answer is followed by another attempt, and nobody need look into it."""
    payload, seen = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend"), list[set[str]]()
    for _ in range(2):
        send(world, payload, at("urlopen", "before", lambda: seen.append(indexes(world))), queued=True)
    assert seen == [{"by_due"}] * 2


def test_a_settled_delivery_is_not_open_any_more(world: World) -> None:
    """A report has told the end of it; until then it is open."""
    send(world, message("k"), queued=True)
    [accepted] = world.messente.accepted
    found = []
    for status in ("ACK", "DELIVRD"):
        assert Callback(world).take(report(accepted, status)) == [200]
        found.append(indexes(world))
    assert found == [{"by_due", "by_omnimessage_id"}, {"by_omnimessage_id"}]
