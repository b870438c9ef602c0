"""`python -m chaos.run [--messages N] [--seed S]`: a run and its report. It exits with 0 only if the promise was kept.

A run with the same seed and number sends the same messages in the same order, doubles the same ones, and makes the
same faults and kills after as many messages. What each of them hits is up to the timing of the machine, which no seed
holds.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from dataclasses import dataclass
from itertools import batched
from random import Random
from typing import TYPE_CHECKING

from chaos.deployment import Deployment, deployment
from chaos.plan import Message, deliveries, messages
from chaos.tally import Tally, tally
from chaos.unrest import Unrest
from local.process import NotReady, poll

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

PACE = 25  # messages a second at the most, so that trouble has time to meet them
BACKLOG = 50  # messages; with more the functions are behind, and the unrest would be over before their turn
CONCURRENCY = 25  # batches at a time: with the template's 5, the machine would be idle for four fifths of the time
PATIENCE = 300.0  # seconds for what is left after the unrest, and as much again for each thousand messages


@dataclass(frozen=True)
class Done:
    """A run: what it came to, what was done to its processes, and the faults on the way to AWS and to Messente."""

    tally: Tally
    trouble: Counter[str]
    faults: Counter[str]
    handshakes: Counter[str]
    redriven: int
    deliveries: int


def chaos(at: Deployment, number: int, seed: int) -> Done:
    """Send so many messages through the unrest of this seed, wait until all is quiet, and count."""
    chance = Random(seed)  # noqa: S311 - has to be repeatable, not secret
    planned = messages(chance, number)
    order = deliveries(chance, planned)
    taken_in: list[Message] = []
    redriven, patience = 0, PATIENCE * (1 + number / 1000)
    with Unrest(at, seed) as unrest:
        begin = time.monotonic()
        for count, batch in enumerate(batched(order, 10, strict=False), start=1):
            taken = set(at.put([message.body for message in batch]))
            taken_in += [message for message in batch if message.body in taken]
            unrest.sent(len(batch))
            if count == len(order) // 20:
                redriven += at.redrive(buried=True)
            time.sleep(max(0.0, begin + count * 10 / PACE - time.monotonic()))
            poll(lambda: at.waiting(hidden=False) < BACKLOG or None, patience, "the functions to keep up")
    _wait_for_quiet(at, patience)
    redriven += at.redrive(buried=False)
    _wait_for_quiet(at, patience)
    at.publishing.settle(patience)
    if unrest.broken:
        raise NotReady(unrest.broken[0])
    return Done(tally(at, taken_in), unrest.done, at.proxy.faults(), at.handshakes.failed, redriven, len(order))


def _wait_for_quiet(at: Deployment, seconds: float) -> None:
    """Wait until the queue is empty, every report was delivered, and every claim has come to an end."""

    def look() -> bool | None:
        if at.waiting() or at.standin.courier.pending:
            return None
        at.reconcile()
        claimed = any(item["state"] == "claimed" for item in at.records().values())
        return None if claimed or at.waiting() else True

    poll(look, seconds, "the end of all messages", every=0.5)


def show(done: Done) -> None:
    """Print the report."""
    trouble = ", ".join(f"{name} {number}" for name, number in sorted(done.trouble.items()))
    faults = ", ".join(f"{name} {number}" for name, number in done.faults.most_common())
    print(f"\nprocesses: {trouble}\nfaults of AWS: {done.faults.total():,} ({faults})")
    print("connections to Messente: " + ", ".join(f"{name} {number}" for name, number in done.handshakes.most_common()))
    print(f"deliveries into the queue: {done.deliveries:,}, redriven from the dead letters: {done.redriven:,}\n")
    print(*done.tally.lines(), sep="\n")


def main(arguments: Sequence[str]) -> int:
    """Run as the command line says."""
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
