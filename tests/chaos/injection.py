"""What goes wrong during a run, by the seed: the weather changes, processes die, freeze or hang, reports are late.

The seed decides what happens and when. The weather changes by the second, as the repeats of a call are made. Processes
meet their trouble after so many messages: by the second, it would meet each message many times on a slow machine. Which
process it meets, and what that is doing, is up to the machine.
"""

import signal
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Self

from tests.chaos.deployment import Deployment
from tests.chaos.proxy import WEATHER
from tests.chaos.workers import send, workers

DEEDS = {"kill": 80, "freeze": 17, "hang": 3}  # with their weights
LONGEST = 6.0  # seconds until the next trouble, when the messages wait for this one to end


class FaultInjection:
    """A context manager: trouble from its start to its end, then calm. `done` counts what was done to processes."""

    def __init__(self, world: Deployment, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self.broken: list[str] = []
        self._world = world
        self._over = threading.Event()
        self._sent, self._news = 0, threading.Condition()
        works = self._weather, self._trouble, self._reconcile, self._hold_reports_up
        chances = [Random(f"{seed} {work.__name__}") for work in works]  # noqa: S311 - has to be repeatable, not secret
        self._threads = [threading.Thread(target=self._keep, args=each) for each in zip(works, chances, strict=True)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.sent(0)
        for thread in self._threads:
            thread.join()
        self._world.proxy.make("calm")

    def sent(self, messages: int) -> None:
        with self._news:
            self._sent += messages
            self._news.notify_all()

    def _is_over_after(self, messages: float) -> bool:
        """Wait until so many more messages were sent, and tell whether the injection is over."""
        with self._news:
            until = self._sent + messages
            self._news.wait_for(lambda: self._sent >= until or self._over.is_set(), LONGEST)
        return self._over.is_set()

    def _keep(self, work: Callable[[Random], None], chance: Random) -> None:
        try:
            work(chance)
        except Exception:  # noqa: BLE001 - a run whose trouble ended early proves nothing, and has to say so
            self.broken.append(traceback.format_exc())

    def _weather(self, chance: Random) -> None:
        while not self._over.is_set():
            self._world.proxy.make(chance.choices(list(WEATHER), [weight for weight, _ in WEATHER.values()])[0])
            self.done["weather"] += 1
            self._over.wait(chance.uniform(0.3, 1.5))

    def _trouble(self, chance: Random) -> None:
        deed = "hang"  # once for certain
        while not self._is_over_after(chance.uniform(10, 40)):
            # A reconciliation that hangs would take its minute; a sending function has its shorter time-out.
            found = workers(self._world.emulator, "SendFunction" if deed == "hang" else "")
            if found:
                self._do(deed, chance.choice(found), chance)
                deed = chance.choices(list(DEEDS), list(DEEDS.values()))[0]

    def _do(self, deed: str, process: int, chance: Random) -> None:
        send(process, signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
        if deed == "freeze":
            self._over.wait(chance.uniform(0.2, 3.0))
            send(process, signal.SIGCONT)
        self.done[deed] += 1

    def _hold_reports_up(self, chance: Random) -> None:
        while not self._is_over_after(chance.uniform(10, 50)):
            self._world.standin.courier.enabled = False
            self._is_over_after(chance.uniform(10, 50))
            self._world.standin.courier.enabled = True
            self.done["reports held up"] += 1

    def _reconcile(self, chance: Random) -> None:
        while not self._is_over_after(chance.uniform(25, 75)):
            self._world.stack.reconcile()
            self.done["reconcile"] += 1
