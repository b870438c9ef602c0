"""Two workers with the same message, in every order of their steps."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.process import PATIENCE
from tests.standin import numbers
from tests.support.records import check_record
from tests.support.world import message, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.world import World

STEPS = 4  # of one delivery: get_secret_value, update_item, urlopen, update_item


class Turns:
    """Lets the workers take their steps one at a time, in the order given; who is left over goes on freely.

    A worker's turn lasts from its step until its next one, so that no two calls overlap.
    """

    def __init__(self, order: Sequence[int]) -> None:
        self._order = list(order)
        self._active: int | None = None
        self._changed = threading.Condition()

    def wait(self, worker: int) -> None:
        """End this worker's turn, if it has one, and block until it is its turn again."""
        with self._changed:
            self._end(worker)
            if not self._changed.wait_for(lambda: self._is_free_for(worker), timeout=PATIENCE):
                raise TimeoutError("the order of turns does not fit the steps")
            self._order = self._order[1:]
            self._active = worker

    def leave(self, worker: int) -> None:
        """Give up the turns that this worker has left."""
        with self._changed:
            self._end(worker)
            self._order = [turn for turn in self._order if turn != worker]

    def _is_free_for(self, worker: int) -> bool:
        return self._active is None and (not self._order or self._order[0] == worker)

    def _end(self, worker: int) -> None:
        if self._active == worker:
            self._active = None
        self._changed.notify_all()


def run_interleaved(world: World, payload: dict[str, Any], order: Sequence[int]) -> list[BaseException]:
    """Deliver the payload to two environments at once, their steps in this order; return what they raised."""
    turns = Turns(order)
    raised: list[BaseException] = []

    def work(worker: int) -> None:
        # Without the list of opt-outs: its read decides nothing between two workers.
        env = world.env(lambda _step, when: turns.wait(worker) if when == "before" else None, opt_out_table_name="")
        try:
            env.handle({"Records": [record(payload)]}, world.remaining())
        except BaseException as failure:  # noqa: BLE001 - told to the test
            raised.append(failure)
        finally:
            turns.leave(worker)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        ("+37255512345", {"sent"}),
        (numbers.CUT_AFTER_ACCEPT, {"unknown"}),
        (numbers.BAD_REQUEST, {"rejected"}),
        (numbers.UNAVAILABLE_ONCE, {"sent", "retryable"}),
    ],
)
def test_every_interleaving(world: World, to: str, ends: set[str]) -> None:
    """Two workers in each of the 70 orders of their steps: at most one acceptance, and a true record."""
    seen = set()
    for number, first in enumerate(itertools.combinations(range(2 * STEPS), STEPS)):
        order = [0 if turn in first else 1 for turn in range(2 * STEPS)]
        payload = message(f"order-{number}", to=to, text=f"order {number}")
        assert run_interleaved(world, payload, order) == []
        seen.add(check_record(world, payload))
    assert seen == ends
