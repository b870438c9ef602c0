"""The model of `scale` beside the real template on the emulator: `python -m tests.benchmarks.scale --check`.

Each setting gets an emulator and a stand-in for Messente of its own. All messages are queued while the event source is
switched off, after some that warmed every function up. The time is that of the stand-in's accept log, from the first to
the last acceptance: starts, and the emulator's pause of up to a second before it looks into the queue, lie outside. It
looks again as soon as a batch ends, and runs MaximumConcurrency batches from the start; so there is no ramp.

What a batch costs beyond Messente's latency is a property of the machine and the emulator. One setting tells it, and is
no evidence by itself; the others are predicted with it.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from tests.benchmarks.scale import ALLOWED, Ramp, Settings, overhead, until_accepted
from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK, NotReady, poll
from tests.local.stack import deploy
from tests.standin.limited import Limited
from tests.standin.messente import Delays
from tests.standin.replies import front_end
from tests.standin.server import Server

USERNAME, PASSWORD = "scale-user", "integration-password-Sc1"
TOLERANCE = 0.10
SECONDS = 120  # that a run may take

_EMULATOR = Settings(overhead=0, rate_limit=None, ramp=Ramp(first=ALLOWED[-1]))

# With a short latency the overhead is a large share, and so well measured. The more batches, the longer the latency:
# here one process answers the calls of all of them, as Lambda and DynamoDB do not, and that is not what is compared.
CALIBRATING = replace(_EMULATOR, maximum_concurrency=2, latency=0.5), 400
PREDICTED = (
    (replace(_EMULATOR, maximum_concurrency=2, latency=1.0), 240),
    (replace(_EMULATOR, maximum_concurrency=2, concurrency=5, latency=0.5), 240),
    (replace(_EMULATOR, maximum_concurrency=3, concurrency=3, latency=0.3), 300),
    (replace(_EMULATOR, maximum_concurrency=4, latency=1.5), 320),
    (replace(_EMULATOR, maximum_concurrency=4, concurrency=5, latency=1.0), 280),
    (replace(_EMULATOR, maximum_concurrency=5, latency=2.0), 350),
    (replace(_EMULATOR, maximum_concurrency=4, latency=0.5, rate_limit=20), 400),
)


class Bench:
    """A context manager: the template deployed with these settings, nothing queued, each function started."""

    def __init__(self, built: Built, settings: Settings) -> None:
        self._built, self._settings = built, settings
        # A refusal takes as long as an acceptance.
        refusal = replace(front_end(429), delay=settings.latency)
        delays = Delays(latency=settings.latency)
        self._messente = Limited(USERNAME, PASSWORD, rate=settings.rate_limit, refusal=refusal, delays=delays)

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            standin = resources.enter_context(Server(self._messente, reports=False))
            emulator = resources.enter_context(Emulator(log=WORK / "emulator-scale.log"))
            given = {
                "MaximumConcurrency": str(self._settings.maximum_concurrency),
                "Concurrency": str(self._settings.concurrency),
            }
            self._stack = deploy(emulator, self._built, standin, **given)
            self.send(2 * self._settings.batches * self._settings.batch_size)
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def send(self, messages: int) -> list[float]:
        """Queue so many, let the function at them, wait until it is done; return the times of the acceptances."""
        before = len(self._messente.accepted)
        self._stack.take_from("SendFunctionQueued", enabled=False)
        self._stack.queue_all(_bodies(before, messages))
        self._stack.take_from("SendFunctionQueued", enabled=True)
        # Nothing is asked of the emulator while it is measured.
        poll(lambda: len(self._messente.accepted) >= before + messages or None, SECONDS, "all acceptances")
        poll(lambda: self._stack.waiting() == 0 or None, SECONDS, "an empty queue")
        if (accepted := len(self._messente.accepted) - before) != messages:
            raise NotReady(f"Messente accepted {accepted} messages of {messages}")
        return sorted(each.at for each in self._messente.accepted[before:])


def _bodies(first: int, count: int) -> Iterator[str]:
    for number in range(first, first + count):
        yield json.dumps({"to": "+37255510001", "text": "Hello", "idempotency_key": f"scale-{number}"})


def measured(built: Built, settings: Settings, messages: int) -> float:
    """Measure the seconds from the first to the last acceptance."""
    with Bench(built, settings) as bench:
        times = bench.send(messages)
    return times[-1] - times[0]


def compare(built: Built) -> Iterator[float]:
    """Calibrate, then print each prediction beside what was measured; yield their ratios."""
    settings, messages = CALIBRATING
    seconds = measured(built, settings, messages)
    spent = overhead(settings, messages, seconds)
    print(f"calibrated: a batch takes {spent * 1e3:.0f} ms beyond Messente's latency, from this run alone:")
    print(f"{_named(settings, messages)} {'':9} {seconds:8.2f} s")
    print(f"\n{'predicted':48} {'model':>9} {'measured':>10}   ratio")
    for each, count in PREDICTED:
        model = until_accepted(replace(each, overhead=spent), count)
        print(f"{_named(each, count)} {model:7.2f} s", end="", flush=True)
        seconds = measured(built, each, count)
        print(f" {seconds:8.2f} s {model / seconds:7.2f}", flush=True)
        yield model / seconds


def _named(settings: Settings, messages: int) -> str:
    named = f"{messages} messages, {settings.batches} x {settings.concurrency}, {settings.latency:g} s"
    return f"{named}{f', {settings.rate_limit:g}/s' if settings.rate_limit else ''}".ljust(48)


def check() -> int:
    """Compare; 1 if the model is off by more than a tenth anywhere."""
    begin = time.monotonic()
    print(f"load of this machine before it begins: {os.getloadavg()[0]:.1f}; a busy one is slower than predicted")
    try:
        with tempfile.TemporaryDirectory(prefix="messente-rcs-build-") as folder:
            ratios = list(compare(build(Path(folder) / "built")))
    except NotReady as reason:
        print(f"\n{reason}")
        return 1
    return _verdict(ratios, time.monotonic() - begin)


def _verdict(ratios: Sequence[float], seconds: float) -> int:
    worst = max(abs(ratio - 1) for ratio in ratios)
    good = worst <= TOLERANCE
    print(f"\n{'agrees' if good else 'DISAGREES'}: off by {worst:.1%} at the most, {seconds:.0f} s in all")
    return 0 if good else 1
