"""Reports in numbers: each delivery and each price counts once, however often and in whatever order they are told."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from messente_rcs.telemetry import flush
from tests.standin import numbers
from tests.support.callback import report, sending, signed
from tests.support.world import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standin.messente import Accepted
    from tests.support.callback import Callback
    from tests.support.metrics import Metric
    from tests.support.world import World

type Written = Callable[[], list[Metric]]

TOLD = {"Delivered", "Seen", "Failed", "DeliveryExpired", "MessagePrice"}


def told(metrics: Written) -> dict[str, float]:
    """Return the sums of what reports moved."""
    sums: dict[str, float] = {}
    for each in metrics():
        if each.name in TOLD:
            sums[each.name] = sums.get(each.name, 0) + each.value
    return sums


@pytest.fixture
def sent(world: World) -> Accepted:
    """A message that was sent."""
    assert world.deliver(message("k"), sending(world))
    return world.messente.accepted[0]


PRICE = {"MessagePrice": 0.04}
CASES: dict[str, tuple[list[str], dict[str, float]]] = {
    "the usual course": (["ACK", "DELIVRD", "SEEN"], {"Delivered": 1, "Seen": 1} | PRICE),
    "seen before delivered": (["SEEN", "DELIVRD", "ACK"], {"Delivered": 1, "Seen": 1} | PRICE),
    "seen, and no report of the delivery": (["SEEN"], {"Delivered": 1, "Seen": 1} | PRICE),
    "told twice": (["DELIVRD", "DELIVRD", "DELIVRD"], {"Delivered": 1} | PRICE),
    "only accepted": (["ACK"], PRICE),
    "failed": (["UNDELIV", "FAILED"], {"Failed": 1} | PRICE),
    "expired": (["EXPIRED"], {"DeliveryExpired": 1} | PRICE),
    "failed, and then delivered": (["FAILED", "DELIVRD"], {"Failed": 1, "Delivered": 1} | PRICE),
}


@pytest.mark.parametrize(("statuses", "sums"), CASES.values(), ids=list(CASES))
def test_a_move_counts_once(
    callback: Callback, sent: Accepted, metrics: Written, statuses: list[str], sums: dict[str, float]
) -> None:
    """A report that brings nothing new adds nothing to a sum."""
    for status in statuses:
        with flush():
            assert callback.take(report(sent, status)) == [200]
    assert told(metrics) == sums


@pytest.mark.parametrize("order", list(itertools.permutations(["ACK", "DELIVRD", "SEEN"])))
def test_the_order_of_reports_does_not_matter(
    callback: Callback, sent: Accepted, metrics: Written, order: tuple[str, ...]
) -> None:
    """What was delivered and seen has been delivered once and seen once."""
    with flush():
        callback.take(*(report(sent, status) for status in order))
    assert told(metrics) == {"Delivered": 1, "Seen": 1} | PRICE


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "free", "1e300", "", None, {}, [1]])
def test_a_price_that_is_none_adds_nothing(callback: Callback, sent: Accepted, metrics: Written, price: object) -> None:
    """Messente writes prices as texts; one odd text must not spoil the sum of a day."""
    said = json.loads(report(sent, "DELIVRD").body) | {"price_info": {"total_price": price}}
    with flush():
        assert callback.handle(signed(json.dumps(said).encode()))[0] == 200
    assert told(metrics) == {"Delivered": 1}


def test_what_the_reconciler_learns_counts_too(world: World, metrics: Written) -> None:
    """A message whose reports were lost is delivered all the same."""
    world.deliver(message("k", to=numbers.UNREPORTED), sending(world))
    world.clock.advance(3600)
    with flush():
        world.parts().reconciler.run(world.remaining())
    assert told(metrics)["Delivered"] == 1
