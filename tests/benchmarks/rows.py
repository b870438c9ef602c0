"""The rows of the table: what is compared with what, and how much it may be."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.benchmarks.aws import RECORD
from tests.benchmarks.measure import Subject, found, instructions, least, medians
from tests.benchmarks.shares import share
from tests.benchmarks.surroundings import LATENCY
from tests.benchmarks.units import units
from tests.standin.reports import Report, as_event, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from tests.benchmarks.bundles import Bundle
    from tests.benchmarks.surroundings import Service, Surroundings

ROUNDS = 5  # processes per timed row; they take turns, so that a busy moment of the machine meets all alike


@dataclass(frozen=True)
class Row:
    """A ratio of medians (`best`: of the least of each) and what it is made of; None was not measured.

    `target` is the most that the ratio should be. A row without one is there to be compared with.
    """

    name: str
    value: float | None
    target: float | None
    parts: str
    best: float | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met."""
        if self.value is None or self.target is None:
            return None
        return self.value <= self.target


@dataclass
class Bench:
    """Both bundles and their surroundings. `messages` is how many must be in Messente's accept logs by now."""

    ours: Bundle
    naive: Bundle
    around: Surroundings
    flat: int
    messages: int = field(default=0)

    def subject(self, bundle: Bundle, messente: Service, *work: object, **more: str) -> Subject:
        """Make a subject, which calls Messente and AWS over TLS."""
        environment = self.around.environment(messente) | dict(bundle.variables) | more
        if bundle is self.naive:
            environment |= self.around.for_boto3()
        return Subject(bundle.folder, environment, tuple(str(each) for each in work))

    def batches(
        self, bundle: Bundle, messente: Service, size: int, count: int, prefix: Sequence[str] = ()
    ) -> list[dict[str, float]]:
        """Measure batches; the first one opens the connections."""
        self.messages += size * count
        work = "batches", bundle.handler, size, count, self.messages
        return list(found(self.subject(bundle, messente, *work), *prefix))


def counted(bench: Bench) -> Iterator[Row]:
    """Count instructions, two processes at a time: neither the machine's speed nor its load changes them."""
    repeated = _repeated(bench)
    subjects = _starts(bench) | {
        f"{name} {times}": subject for name, each in repeated.items() for times, subject in each.subjects.items()
    }
    with ThreadPoolExecutor(2) as two:
        running: dict[str, Future[int | None]] = {
            name: two.submit(instructions, each) for name, each in subjects.items()
        }
        all_counts = {name: each.result() for name, each in running.items()}
    counts: dict[str, float] = {name: count for name, count in all_counts.items() if count is not None}
    if counts:
        bench.messages += 2 + sum(each.messages for each in repeated.values())
        for name, each in repeated.items():
            few, many = each.subjects
            counts[name] = (counts[f"{name} {many}"] - counts[f"{name} {few}"]) / each.units
    yield _counted("start to ready / naive", counts, "ours", "naive", 0.52)
    yield _counted("start to ready / yardstick", counts, "ours", "yardstick", 1.50)
    first = "start to first message handled, with TLS to Messente and to AWS / naive"
    yield _counted(first, counts, "ours first", "naive first", 0.40)
    yield _counted("message, in a batch of 10 / a kept-alive POST through urllib3", counts, "message", "post", 10.5)
    yield _counted("the same, naive", counts, "naive message", "post", None)
    if counts:
        look = (counts["message"] - counts["message unlisted"]) / 1e6
        parts = "for a message in a batch of 10 to 10 numbers"
        yield Row("the look at the list of opt-outs, in M instructions", look, 0.6, parts)
    yield _counted("delivery report / one UpdateItem of boto3", counts, "report", "update", 1.6)


@dataclass(frozen=True)
class Repeated:
    """Two subjects, by a number, of which the second does the work `units` times more often; they send `messages`."""

    subjects: Mapping[int, Subject]
    units: int
    messages: int = 0


def _starts(bench: Bench) -> dict[str, Subject]:
    ours, naive, around = bench.ours, bench.naive, bench.around
    return {
        "naive first": bench.subject(naive, around.messente, "first", naive.handler),
        "naive": bench.subject(naive, around.messente, "ready", naive.handler),
        "ours first": bench.subject(ours, around.messente, "first", ours.handler),
        "ours": bench.subject(ours, around.messente, "ready", ours.handler),
        "yardstick": Subject(naive.folder, around.environment(around.messente), script="yardstick"),
    }


def _repeated(bench: Bench) -> dict[str, Repeated]:
    ours, naive, around = bench.ours, bench.naive, bench.around

    def batches(bundle: Bundle, **more: str) -> Repeated:
        # One after the other, since it is chance how many connections threads open.
        work = "batches", bundle.handler, 10

        def some(count: int) -> Subject:
            return bench.subject(bundle, around.messente, *work, count, f"counted-{count}", CONCURRENCY="1", **more)

        return Repeated({count: some(count) for count in (1, 6)}, 50, 70)

    def twenty(bundle: Bundle, *work: str, messages: int = 0) -> Repeated:
        return Repeated({n: bench.subject(bundle, around.messente, *work, n) for n in (1, 5)}, 80, messages)

    return {
        "message": batches(ours),
        "message unlisted": batches(ours, OPT_OUT_TABLE_NAME=""),
        "naive message": batches(naive),
        "post": twenty(naive, "posts", messages=120),
        "report": twenty(ours, *_reporting(ours)),
        "update": twenty(naive, "updates"),
    }


def _reporting(ours: Bundle) -> tuple[str, str, str]:
    return "reports", ours.handler.replace(".send.", ".report."), json.dumps(_report())


def _counted(name: str, counts: Mapping[str, float], one: str, other: str, target: float | None) -> Row:
    if not counts:
        return Row(name, None, target, "skipped: there is no valgrind")
    parts = f"{counts[one] / 1e6:.2f} M / {counts[other] / 1e6:.2f} M instructions"
    return Row(name, counts[one] / counts[other], target, parts)


def waiting(bench: Bench) -> Iterator[Row]:
    """Time batches of 10 against a Messente that takes its time."""
    firsts: list[dict[str, float]] = []
    warm: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        first, *others = bench.batches(bench.ours, bench.around.slow_messente, 10, 5)
        firsts.append(first)
        warm += others
    milliseconds = f"{LATENCY * 1e3:.0f} ms"
    yield _waited(f"batch of 10 at {milliseconds}, warm / ideal", warm, 1.12)
    yield _waited(f"first batch of 10 at {milliseconds}, over TLS / ideal", firsts, 1.35)
    raw = found(bench.subject(bench.naive, bench.around.slow_messente, "abreast", 10, 10))
    bench.messages += 50
    yield _waited("the floor here: ten POSTs from ten threads / ideal", raw[1:], None)


def _waited(name: str, samples: Sequence[Mapping[str, float]], target: float | None) -> Row:
    middle, best = medians(samples), least(samples)
    parts = f"{middle['wall'] * 1e3:.0f} ms / {LATENCY * 1e3:.0f} ms, with {middle['cpu'] * 1e3:.0f} ms of CPU"
    return Row(name, middle["wall"] / LATENCY, target, parts, best["wall"] / LATENCY)


def _report() -> dict[str, Any]:
    """Make the event of a report on the record that canned AWS has."""
    said = {
        "status": "DELIVRD",
        "err": 0,
        "error": None,
        "price_info": {"part_price": "0.04", "parts_count": 1, "total_price": "0.04"},
        "timestamp": "2026-11-23T12:00:05.389630",
        "to": RECORD["to"]["S"],
        "omnimessage_id": RECORD["omnimessage_id"]["S"],
        "message_id": next(iter(RECORD["messages"]["M"])),
        "channel": "rcs",
        "sender": "Example",
    }
    body = json.dumps(said).encode()
    headers = {"Content-Type": "application/json", "X-Messente-Signature": sign(body, "messente-password")}
    url = "https://callback.example/delivery-reports/bench"
    return as_event(Report(url, headers, body, said["omnimessage_id"], said["message_id"], "DELIVRD", 0))


def holding(bench: Bench) -> Iterator[Row]:
    """Compare what is uploaded, and what is in memory."""
    sizes = bench.ours.zipped(), bench.naive.zipped()
    parts = f"{sizes[0] / 1e6:.2f} MB / {sizes[1] / 1e6:.2f} MB"
    yield Row("zipped bundle / naive", sizes[0] / sizes[1], 0.30, parts)
    ours, naive = _memory(bench, bench.ours, bench.flat), _memory(bench, bench.naive, 1000)
    parts = f"{ours['peak'] / 1024:.1f} MB / {naive['peak'] / 1024:.1f} MB"
    yield Row("peak memory of 1,000 messages / naive", ours["peak"] / naive["peak"], 0.60, parts)
    parts = f"{ours['late'] / 1024:.1f} MB / {ours['early'] / 1024:.1f} MB"
    yield Row(f"memory after {bench.flat:,} messages / after 1,000", ours["late"] / ours["early"], None, parts)


def writing(_: Bench) -> Iterator[Row]:
    """Count the units of a message's writes, which are paid for one by one."""
    sent, reported = units()
    name = "DynamoDB write units, a message on the queue with three reports"
    yield Row(name, sent + reported, 8, f"{sent} until it is sent, {reported} for its reports")


SIZES = (256, 512, 1024, 1769)  # MB
GB_SECOND = 0.0000133334  # USD on arm64, us-east-1, first tier; x86_64 costs a quarter more
INVOCATION = 0.0000002  # USD


def sharing(bench: Bench) -> Iterator[Row]:
    """Time batches of 10 with the CPU that comes with a MemorySize, and say what Lambda costs then."""
    for memory in SIZES:
        samples: list[list[dict[str, float]]] = []
        with share(memory) as prefix:
            if prefix is not None:
                slow = bench.around.slow_messente
                samples = [bench.batches(bench.ours, slow, 10, 8, prefix) for _ in range(ROUNDS)]
        yield _shared(memory, samples)


def _shared(memory: int, samples: Sequence[Sequence[Mapping[str, float]]]) -> Row:
    name = f"batch of 10 with the CPU of {memory:,} MB / ideal"
    if not samples:
        return Row(name, None, None, "skipped: a cgroup with a quota can't be made here")
    first = medians([some[0] for some in samples])["wall"]
    warm = medians([each for some in samples for each in some[1:]])["wall"]
    cost = 100_000 * (warm * memory / 1024 * GB_SECOND + INVOCATION)
    parts = f"{warm * 1e3:.0f} ms, the first {first * 1e3:.0f} ms; {cost:.2f} USD for a million messages"
    return Row(name, warm / LATENCY, None, parts)


def _memory(bench: Bench, bundle: Bundle, messages: int) -> dict[str, float]:
    bench.messages += messages
    work = "memory", bundle.handler, messages // 10, 100, "memory"
    return dict(found(bench.subject(bundle, bench.around.messente, *work)))
