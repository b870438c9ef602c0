"""`python -m tests.chaos.run [--messages N] [--seed S]`: a run and its report. Exit 0 only if the promise was kept.

A run with the same seed and number sends the same messages in the same order, doubles the same ones, and makes the
same faults and kills after as many messages. What each of them hits is up to the timing of the machine, which no seed
holds.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from random import Random

from tests.chaos.callers import Callers
from tests.chaos.deployment import OVER, TIMEOUT, Deployment, deployment
from tests.chaos.injection import FaultInjection
from tests.chaos.operating import Operators
from tests.chaos.plan import STOPPING, Message, Trigger, deliveries, messages
from tests.chaos.recipients import Stopping
from tests.chaos.tally import Tally, tally
from tests.local.process import NotReady, poll

PACE = 25  # messages a second at the most, so that trouble has time to meet them
BACKLOG = 50  # messages; with more the functions are behind, and the faults would be over before their turn
CONCURRENCY = 25  # batches at a time: with the template's 5, the machine would be idle for four fifths of the time
PATIENCE = 600.0  # seconds for what is left after the faults, and as much again for each thousand messages
DEEDS = 2000  # of the operators, in a run of more messages than that
TRIES = 3  # runs of the reconciliation that may meet faults


@dataclass(frozen=True)
class Done:
    """A run: what it came to, what was done to its processes, and the faults on the way to AWS and to Messente."""

    tally: Tally
    said: Counter[str]
    trouble: Counter[str]
    faults: Counter[str]
    handshakes: Counter[str]
    redriven: int
    deliveries: int


def chaos(at: Deployment, number: int, seed: int) -> Done:
    """Send so many messages through the faults of this seed, wait until all is quiet, and count."""
    chance = Random(seed)  # noqa: S311 - has to be repeatable, not secret
    planned = messages(chance, number, time.time())
    order = deliveries(chance, planned)
    callers, operators = Callers(at.stack), Operators(at, planned, seed)
    taken_in: list[Message] = []
    redriven, patience = 0, PATIENCE * (1 + number / 1000)
    stopping = Stopping(at, (message.to for message in planned if message.to.startswith(STOPPING)))
    with stopping, FaultInjection(at, seed) as injection, operators:
        begin = time.monotonic()
        for count, batch in enumerate(batched(order, 10, strict=False), start=1):
            taken_in += _hand_in(at, callers, batch)
            injection.sent += len(batch)
            if count == len(order) // 20:
                redriven += at.redrive(buried=True)
            time.sleep(max(0.0, begin + count * 10 / PACE - time.monotonic()))
            poll(lambda: _behind(at, callers) < BACKLOG or None, patience, "the functions to keep up")
        operators.wait_until(lambda: operators.done.total() >= min(number, DEEDS), patience, "the operators")
    callers.finish()
    _wait_for_quiet(at, patience)
    redriven += at.redrive(buried=False) + operators.hand_in_what_was_freed()
    callers.come_back(patience)
    _wait_for_quiet(at, patience)
    at.publishing.settle(patience)
    faults, handshakes = at.proxy.faults(), at.handshakes.failed
    counted = tally(at, taken_in, operators, callers.told, stopping.ignored())
    return Done(counted, operators.done, injection.done, faults, handshakes, redriven, len(order))


def _hand_in(at: Deployment, callers: Callers, batch: Sequence[Message]) -> list[Message]:
    """Hand messages in, each by its trigger; return those that were taken in."""
    for message in batch:
        if message.trigger is not Trigger.QUEUE:
            callers.hand_in(message)
    queued = [message.body for message in batch if message.trigger is Trigger.QUEUE]
    taken = set(at.stack.queue_all(queued))
    return [message for message in batch if message.trigger is not Trigger.QUEUE or message.body in taken]


def _behind(at: Deployment, callers: Callers) -> int:
    return at.stack.waiting(hidden=False) + callers.waiting


def _wait_for_quiet(at: Deployment, seconds: float) -> None:
    """Wait until the queue is empty, every report was delivered, and the reconciliation has seen every claim end.

    A claim may be left: one that TRIES runs of the reconciliation do not end, faults or not, is for the tally.
    """
    seen: dict[tuple[str, str], float] = {}
    tries: Counter[tuple[str, str]] = Counter()

    def look() -> bool | None:
        if at.stack.waiting() or at.standin.courier.pending:
            return None
        now = time.monotonic()
        claims = [(key, item["owner"]) for key, item in at.stack.records().items() if item["state"] == "claimed"]
        over = [claim for claim in claims if seen.setdefault(claim, now) < now - TIMEOUT - OVER]
        for key, _ in over:
            at.let_time_pass(key, is_over=True)
        at.stack.reconcile()
        tries.update(over)
        is_settled = all(tries[claim] >= TRIES for claim in claims)
        return True if is_settled and not at.stack.waiting() else None

    poll(look, seconds, "the end of all messages", every=0.5)


def show(done: Done) -> None:
    counts = {"operators": done.said, "processes": done.trouble, "AWS": done.faults, "Messente": done.handshakes}
    for name, each in counts.items():
        print(
            f"{name}: {each.total():,} (" + ", ".join(f"{what} {number}" for what, number in sorted(each.items())) + ")"
        )
    print(f"deliveries into the queue: {done.deliveries:,}, redriven from the dead letters: {done.redriven:,}\n")
    print(*done.tally.lines(), sep="\n")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args(arguments)
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"{asked.messages:,} messages; to repeat: make chaos MESSAGES={asked.messages} SEED={seed}", flush=True)
    begin = time.monotonic()
    try:
        with deployment(seed, CONCURRENCY) as at:
            done = chaos(at, asked.messages, seed)
    except NotReady as failure:
        print(f"make chaos: {failure}", file=sys.stderr)
        return 1
    show(done)
    print(f"\n{'the promise was kept' if done.tally.good else 'FAILED'}, {time.monotonic() - begin:.0f} s in all")
    return 0 if done.tally.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
