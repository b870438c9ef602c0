"""The password changes while messages flow and reports come in: none is rejected, and the secret read a few times."""

import math
from collections import Counter

import pytest

from messente_rcs.messente.credentials import FRESH
from tests.model.profile import figures
from tests.model.queue import Queue
from tests.standin.messente import Delays
from tests.standin.reports import Report
from tests.support.callback import URL, Callback
from tests.support.steps import at
from tests.support.world import Hook, World, message

NEW = "hunter2-renewed"
BEFORE, GAP, AFTER = 120, 60, 240  # seconds; two messages come in each second
SECONDS = BEFORE + GAP + AFTER
RETRY = 15.0  # seconds until the stand-in repeats a report that was refused
ENVIRONMENTS = 3
HANDFUL = 5


class Traffic:
    """Messages through a queue and reports of them, shared out among a few environments of each function."""

    def __init__(self, world: World) -> None:
        self.world, self.queue = world, Queue(world)
        self.reads = Counter[str]()  # of the secret, by environment
        self._senders = [world.env(self._counting(f"sender {n}"), callback_url=URL) for n in range(ENVIRONMENTS)]
        self._callbacks = [Callback(world, self._counting(f"callback {n}")) for n in range(ENVIRONMENTS)]
        self.mail = list[tuple[float, Report]]()  # with the Unix time of the next try
        self.statuses: Counter[int] = Counter()

    def _counting(self, name: str) -> Hook:
        return at("get_secret_value", "before", lambda: self.reads.update([name]))

    def second(self, number: int) -> None:
        """Let a second pass, in which two messages come in."""
        for each in (0, 1):
            self.queue.put(message(text=f"Text of {number}.{each}"))
        for turn, waiting in enumerate(self.queue.visible(), number):
            self.queue.deliver(self._senders[turn % ENVIRONMENTS], [waiting])
        now = self.world.clock()
        self.mail += [(now, each) for each in self.world.messente.reports_due(now)]
        for turn, (due, report) in enumerate([each for each in self.mail if each[0] <= now], number):
            self.mail.remove((due, report))
            [status] = self._callbacks[turn % ENVIRONMENTS].take(report)
            self.statuses[status] += 1
            if status != 200:
                self.mail.append((now + RETRY, report))
        self.world.clock.advance(1)


@pytest.mark.parametrize("sign_with_previous", [False, True], ids=["signed with the new one", "or with the old one"])
@pytest.mark.parametrize("messente_first", [True, False], ids=["at Messente first", "in the secret first"])
def test_a_rotation_under_load(world: World, *, messente_first: bool, sign_with_previous: bool) -> None:
    """Whichever place is first, and a minute ahead of the other: all is sent once, and all reports are taken."""
    world.messente.delays = Delays(report=20)
    traffic = Traffic(world)
    changes = [lambda: world.messente.change_password(NEW, sign_with_previous=sign_with_previous)]
    changes.insert(1 if messente_first else 0, lambda: world.put_secret(NEW))
    for second in range(SECONDS):
        if second in (BEFORE, BEFORE + GAP):
            changes.pop(0)()
        traffic.second(second)
    queue, accepted = traffic.queue, world.messente.accepted
    assert (queue.dead, world.dead(), queue.waiting, traffic.mail) == ([], [], [], [])
    assert len({each.text for each in accepted}) == len(accepted) == 2 * SECONDS
    # While only Messente has the new password a report may be refused, and comes again.
    assert set(traffic.statuses) <= {200, 401}
    assert traffic.statuses[200] > 5 * SECONDS
    # Besides the plan (once in a while; a callback has two versions) the secret is read a handful of times.
    for kind, versions in (("sender", 1), ("callback", 2)):
        most = max(number for name, number in traffic.reads.items() if name.startswith(kind))
        extra = most - versions * math.ceil(SECONDS / FRESH)
        assert extra <= HANDFUL
        name = f"most extra reads of the secret by a {kind}"
        figures[name] = max(figures[name], extra)
