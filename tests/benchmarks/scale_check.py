"""The model of `scale` beside the real template on the emulator: `python -m tests.benchmarks.scale --check`.

Each setting gets an emulator and a stand-in for Messente of its own. All messages are queued while the event source is
switched off, after some that warmed every function up. The time is that of the stand-in's accept log, from the first to
the last acceptance: starts, and the emulator's pause of up to a second before it looks into the queue, lie outside. It
looks again as soon as a batch ends.

What a batch costs beyond Messente's latency is a property of the machine and the emulator. The first setting tells it,
and is no evidence by itself; the others are predicted with it.
"""

import json
import math
import os
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.benchmarks.scale import BATCH, Settings, until_sent
from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK, NotReady, poll
from tests.local.stack import deploy
from tests.standin.limited import Limited
from tests.standin.messente import Delays, Messente
from tests.standin.replies import front_end
from tests.standin.server import Server

USERNAME, PASSWORD = "scale-user", "integration-password-Sc1"
TOLERANCE = 0.10
SECONDS = 120  # that a run may take

# With a short latency the overhead is a large share, and so well measured. The more batches, the longer the latency:
# here one process answers the calls of all of them, as Lambda and DynamoDB do not, and that is not what is compared.
CALIBRATING = Settings(maximum_concurrency=2, latency=0.5, rate_limit=math.inf), 400
PREDICTED = (
    (Settings(maximum_concurrency=2, concurrency=5, latency=0.5, rate_limit=math.inf), 240),
    (Settings(maximum_concurrency=4, latency=1.5, rate_limit=math.inf), 320),
    (Settings(maximum_concurrency=4, latency=0.5, rate_limit=20), 400),
)


def measured(built: Built, settings: Settings, messages: int) -> float:
    """Deploy the template with these settings; measure the seconds from the first to the last acceptance."""
    refusal = replace(front_end(429), delay=settings.latency)  # takes as long as an acceptance
    delays = Delays(latency=settings.latency)
    messente = Limited(USERNAME, PASSWORD, rate=settings.rate_limit, refusal=refusal, delays=delays)
    given = {"MaximumConcurrency": settings.maximum_concurrency, "Concurrency": settings.concurrency}
    with Server(messente, reports=False) as standin, Emulator(log=WORK / "emulator-scale.log") as emulator:
        stack = deploy(emulator, built, standin, **{name: str(value) for name, value in given.items()})
        warming = 2 * settings.maximum_concurrency * BATCH
        for first, last in ((0, warming), (warming, warming + messages)):
            stack.take_from("SendFunctionQueued", enabled=False)
            payload = {"to": "+37255510001", "text": "Hello"}
            stack.queue_all(json.dumps(payload | {"idempotency_key": f"scale-{n}"}) for n in range(first, last))
            stack.take_from("SendFunctionQueued", enabled=True)
            # Nothing is asked of the emulator while it is measured.
            poll(partial(has_accepted, messente, last), SECONDS, "all acceptances")
            poll(lambda: stack.waiting() == 0 or None, SECONDS, "an empty queue")
        times = sorted(each.at for each in messente.accepted[warming:])
    if len(times) != messages:
        raise NotReady(f"Messente accepted {len(times)} messages of {messages}")
    return times[-1] - times[0]


def has_accepted(messente: Messente, messages: int) -> bool | None:
    return len(messente.accepted) >= messages or None


def predicted(settings: Settings, messages: int) -> float:
    """Tell what `measured` should find: Messente accepts before it answers and the outcome is recorded."""
    return until_sent(settings, messages) - settings.latency - settings.overhead


def check() -> int:
    """Compare; 1 if the model is off by more than a tenth anywhere."""
    print(f"load of this machine before it begins: {os.getloadavg()[0]:.1f}; a busy one is slower than predicted")
    worst = 0.0
    try:
        with tempfile.TemporaryDirectory(prefix="messente-rcs-build-") as folder:
            built = build(Path(folder) / "built")
            settings, messages = CALIBRATING
            rounds = messages // BATCH // settings.maximum_concurrency
            overhead = measured(built, settings, messages) / (rounds - 1) - settings.latency
            print(f"calibrated: a batch takes {overhead * 1e3:.0f} ms beyond Messente's latency")
            for settings, messages in PREDICTED:
                model = predicted(replace(settings, overhead=overhead), messages)
                seconds = measured(built, settings, messages)
                print(f"{messages} messages, {settings}: {model:.2f} s predicted, {seconds:.2f} s measured", flush=True)
                worst = max(worst, abs(model / seconds - 1))
    except NotReady as reason:
        print(f"\n{reason}")
        return 1
    print(f"\n{'agrees' if worst <= TOLERANCE else 'DISAGREES'}: off by {worst:.1%} at the most")
    return int(worst > TOLERANCE)
