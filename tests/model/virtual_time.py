"""Virtual time for many workers: each is a thread, one runs at a time, and one that sleeps hands over to the next."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import Any

from tests.support.world import Clock


class VirtualTime(Executor):
    """Moves a clock. What runs in `run` or `map` may sleep; time passes only while everyone does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asleep: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()
        self._failures: list[BaseException] = []

    def sleep(self, seconds: float) -> None:
        """Wait; the others go on meanwhile."""
        awake = self._wake_at(self._clock() + seconds)
        self._hand_over()
        awake.wait()

    def run(self, *works: Callable[[], None]) -> None:
        """Work on all of these at the same time until the last is done; raises what the first failing one raised."""
        list(self.map(lambda work: work(), works))
        if self._failures:
            raise self._failures[0]

    def map[R](self, fn: Callable[..., R], *iterables: Iterable[Any], **_: Any) -> Iterator[R]:
        """Work on all items at the same time; the results come in their order."""
        results: dict[int, R] = {}
        todo = list(enumerate(zip(*iterables, strict=False)))
        left, all_done = len(todo), threading.Event()

        def worker(number: int, items: tuple[Any, ...], awake: threading.Event) -> None:
            nonlocal left
            awake.wait()
            try:
                results[number] = fn(*items)
            except BaseException as failure:  # noqa: BLE001 - raised by run
                self._failures.append(failure)
            left -= 1
            if left:
                self._hand_over()
            else:
                all_done.set()  # whoever waits for us runs on: nobody else is woken

        for each in todo:
            threading.Thread(target=worker, args=(*each, self._wake_at(self._clock())), daemon=True).start()
        if todo:
            self._hand_over()
            all_done.wait()
        return iter([results[number] for number in sorted(results)])

    def _wake_at(self, time: float) -> threading.Event:
        awake = threading.Event()
        heapq.heappush(self._asleep, (time, next(self._numbers), awake))
        return awake

    def _hand_over(self) -> None:
        at, _, awake = heapq.heappop(self._asleep)
        self._clock.now = max(self._clock(), at)
        awake.set()
