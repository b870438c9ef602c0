"""What goes wrong during a run, by the seed: the weather changes, processes die, freeze or hang, reports are late.

The seed decides what happens and when. The weather changes by the second, as the repeats of a call are made. Processes
meet their trouble after so many messages: by the second, it would meet each message many times on a slow machine. Which
process it meets, and what that is doing, is up to the machine.
"""

import contextlib
import os
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

from tests.chaos.background import Background
from tests.chaos.deployment import Deployment
from tests.chaos.faults import WEATHER
from tests.local.emulator import Emulator
from tests.support.processes import processes

DEEDS = {"kill": 80, "freeze": 17, "hang": 3}  # with their weights
LONGEST = 6.0  # seconds until the next trouble, when the messages wait for this one to end


class FaultInjection(Background):
    """Trouble from its start to its end, then calm. `done` counts what was done, and a run counts up what is `sent`."""

    def __init__(self, world: Deployment, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self.sent = 0
        self._world = world
        works = self._weather, self._trouble, self._reconcile, self._hold_reports_up
        # The chances have to be repeatable, not secret.
        super().__init__(*(partial(work, Random(f"{seed} {work.__name__}")) for work in works))  # noqa: S311

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)
        self._world.proxy.make("calm")

    def _is_over_after(self, messages: float) -> bool:
        """Wait until so many more messages were sent, and tell whether the injection is over."""
        until, latest = self.sent + messages, time.monotonic() + LONGEST
        while self.sent < until and time.monotonic() < latest and not self.over.wait(0.02):
            pass
        return self.over.is_set()

    def _weather(self, chance: Random) -> None:
        while not self.over.is_set():
            self._world.proxy.make(chance.choices(list(WEATHER), [weight for weight, _ in WEATHER.values()])[0])
            self.done["weather"] += 1
            self.over.wait(chance.uniform(0.3, 1.5))

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
            self.over.wait(chance.uniform(0.2, 3.0))
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


def workers(emulator: Emulator, function: str = "") -> list[int]:
    """List the processes of this emulator's functions (of the one with this logical id) that are up.

    When one dies before, the emulator kills all others of the function, and those that start in their place too.
    """
    return [each for each in starting(emulator, function) if Path(emulator.folder, f"up-{each}").exists()]


def starting(emulator: Emulator, function: str = "") -> list[int]:
    """List them with those that are starting. Linux only: it reads /proc."""
    return sorted(map(int, processes([f"{emulator.folder}/ministack-lambda-", f"-{function}"])))


def send(process: int, number: signal.Signals) -> None:
    """Send a process a signal, if it is still there. Stopped for good, its invocation runs into Lambda's time-out."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
