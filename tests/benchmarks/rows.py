"""The rows of the table: what is compared with what, and how much it may be."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.aws import RECORD
from benchmarks.measure import Subject, found, instructions, least, medians
from benchmarks.shares import share
from benchmarks.surroundings import LATENCY
from standin.reports import Report, as_event, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from benchmarks.bundles import Bundle
    from benchmarks.surroundings import Service, Surroundings

ROUNDS = 5  # processes per timed row; they take turns, so that a busy moment of the machine meets all alike


@dataclass(frozen=True)
class Row:
    """A ratio of medians (`best`: of the least of each), what it is made of, and its target; None is not measured."""

    name: str
    value: float | None
    target: float | None
    parts: str
    best: float | None = None
    at_least: bool = False  # the value should not be below the target, rather than not above

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass
class Bench:
    """Both bundles and their surroundings. `messages` is how many must be in Messente's accept logs by now."""

    ours: Bundle
    naive: Bundle
    around: Surroundings
    flat: int
    messages: int = field(default=0)

    def subject(self, bundle: Bundle, messente: Service, aws: Service, *work: object, **more: str) -> Subject:
        """Make a subject."""
        environment = self.around.environment(messente, aws) | dict(bundle.variables) | more
        if bundle is self.naive:
            environment |= self.around.for_boto3()
        return Subject(bundle.folder, environment, tuple(str(each) for each in work))

    def batches(
        self, bundle: Bundle, messente: Service, size: int, count: int, prefix: Sequence[str] = (), **more: str
    ) -> list[dict[str, float]]:
        """Measure batches, AWS over TLS as well; the first one opens the connections."""
        self.messages += size * count
        work = "batches", bundle.handler, size, count, self.messages
        return list(found(self.subject(bundle, messente, self.around.aws, *work, **more), *prefix))


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
    yield _counted("cold start to ready / naive", counts, "ours", "naive", 0.36)
    yield _counted("cold start to ready / boto3 + one pydantic model", counts, "ours", "yardstick", 1.20)
    yield _counted("first message handled / naive", counts, "ours first", "naive first", 0.40)
    yield _counted("send, client only / messente-api from a dict", counts, "send", "their send", 0.30)
    yield _counted("message, batch of 10 / a kept-alive POST", counts, "message", "post", 9)
    yield _counted("the same, naive", counts, "naive message", "post", 15, at_least=True)
    yield _counted("delivery report / a boto3 UpdateItem", counts, "report", "update", 1.5)


@dataclass(frozen=True)
class Repeated:
    """Two subjects, by a number, of which the second does the work `units` times more often; they send `messages`."""

    subjects: Mapping[int, Subject]
    units: int
    messages: int = 0


def _starts(bench: Bench) -> dict[str, Subject]:
    ours, naive, around = bench.ours, bench.naive, bench.around
    tls = around.messente, around.plain_aws
    return {
        "naive first": bench.subject(naive, *tls, "first", naive.handler),
        "naive": bench.subject(naive, *tls, "ready", naive.handler),
        "ours first": bench.subject(ours, *tls, "first", ours.handler),
        "ours": bench.subject(ours, *tls, "ready", ours.handler),
        "yardstick": Subject(naive.folder, around.environment(*tls) | around.for_boto3(), script="yardstick"),
    }


def _repeated(bench: Bench) -> dict[str, Repeated]:
    ours, naive, around = bench.ours, bench.naive, bench.around
    plain, tls = (around.plain_messente, around.plain_aws), (around.messente, around.aws)

    def sends(bundle: Bundle, work: str) -> Repeated:
        return Repeated({n: bench.subject(bundle, *plain, work, n) for n in (0, 200)}, 200, 200)

    def batches(bundle: Bundle) -> Repeated:
        # One after the other, since it is chance how many connections threads open.
        work = "batches", bundle.handler, 10

        def some(count: int) -> Subject:
            return bench.subject(bundle, *tls, *work, count, f"counted-{count}", CONCURRENCY="1")

        return Repeated({count: some(count) for count in (1, 6)}, 50, 70)

    def twenty(bundle: Bundle, *work: str, messages: int = 0) -> Repeated:
        return Repeated({n: bench.subject(bundle, *tls, *work, n) for n in (1, 5)}, 80, messages)

    return {
        "send": sends(ours, "send_ours"),
        "their send": sends(naive, "send_theirs"),
        "message": batches(ours),
        "naive message": batches(naive),
        "post": twenty(naive, "posts", messages=120),
        "report": twenty(ours, *_reporting(ours)),
        "update": twenty(naive, "updates"),
    }


def _reporting(ours: Bundle) -> tuple[str, str, str]:
    return "reports", ours.handler.replace(".send.", ".report."), json.dumps(_report())


def _counted(
    name: str, counts: Mapping[str, float], one: str, other: str, target: float, *, at_least: bool = False
) -> Row:
    if not counts:
        return Row(name, None, target, "skipped: there is no valgrind", at_least=at_least)
    parts = f"{counts[one] / 1e6:.2f} M / {counts[other] / 1e6:.2f} M instructions"
    return Row(name, counts[one] / counts[other], target, parts, at_least=at_least)


def waiting(bench: Bench) -> Iterator[Row]:
    """Time whole batches against a Messente that takes its time."""
    firsts: list[dict[str, float]] = []
    for size, threads in ((10, 10), (100, 32)):
        warm: list[dict[str, float]] = []
        for _ in range(ROUNDS):
            some = bench.batches(bench.ours, bench.around.slow_messente, size, 5, CONCURRENCY=str(threads))
            firsts += some[:1] if size == threads else []
            warm += some[1:]
        ideal = math.ceil(size / threads) * LATENCY
        yield _waited(f"batch of {size}, {threads} at a time / ideal", warm, ideal, 1.05)
        raw = found(bench.subject(bench.naive, bench.around.slow_messente, bench.around.aws, "abreast", size, threads))
        bench.messages += 5 * size
        yield _waited("the floor here: the same as bare POSTs", raw[1:], ideal, None)
    yield _waited("first batch of 10, connections opened in it / ideal", firsts, LATENCY, 1.25)


def _waited(name: str, samples: Sequence[Mapping[str, float]], ideal: float, target: float | None) -> Row:
    middle, best = medians(samples), least(samples)
    parts = f"{middle['wall'] * 1e3:.0f} ms / {ideal * 1e3:.0f} ms, with {middle['cpu'] * 1e3:.0f} ms of CPU"
    return Row(name, middle["wall"] / ideal, target, parts, best["wall"] / ideal)


def working(bench: Bench) -> Iterator[Row]:
    """Compare CPU time, of the whole process, a message or a report."""
    samples: dict[str, list[dict[str, float]]] = {}
    for _ in range(ROUNDS):
        for name, some in _work(bench).items():
            samples.setdefault(name, []).extend(some[1:])
    posted = "CPU per message, batch of 10 / a kept-alive POST"
    yield _worked(posted, samples, "ours", "post", 9)
    yield _worked("the same, naive", samples, "naive", "post", 15, at_least=True)
    yield _worked("CPU per delivery report / a boto3 UpdateItem", samples, "report", "update", 1.5)


def _work(bench: Bench) -> dict[str, list[dict[str, float]]]:
    around = bench.around
    both = around.messente, around.aws
    report = *_reporting(bench.ours), 10
    bench.messages += 200
    return {
        "post": found(bench.subject(bench.naive, *both, "posts", 10)),
        "ours": bench.batches(bench.ours, around.messente, 10, 20),
        "naive": bench.batches(bench.naive, around.messente, 10, 10),
        "update": found(bench.subject(bench.naive, *both, "updates", 10)),
        "report": found(bench.subject(bench.ours, *both, *report)),
    }


def _worked(
    name: str,
    samples: Mapping[str, Sequence[Mapping[str, float]]],
    one: str,
    other: str,
    target: float,
    *,
    at_least: bool = False,
) -> Row:
    (a, b), (best_a, best_b) = ([each(samples[x])["cpu"] / 10 for x in (one, other)] for each in (medians, least))
    return Row(name, a / b, target, f"{a * 1e3:.2f} ms / {b * 1e3:.2f} ms", best_a / best_b, at_least)


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
    """Compare what is in memory, and what is uploaded."""
    ours, naive = _memory(bench, bench.ours, bench.flat), _memory(bench, bench.naive, 1000)
    parts = f"{ours['peak'] / 1024:.1f} MB / {naive['peak'] / 1024:.1f} MB"
    yield Row("peak memory of 1,000 messages / naive", ours["peak"] / naive["peak"], 0.60, parts)
    parts = f"{ours['late'] / 1024:.1f} MB / {ours['early'] / 1024:.1f} MB"
    yield Row(f"memory after {bench.flat:,} messages / after 1,000", ours["late"] / ours["early"], 1.02, parts)
    sizes = bench.ours.zipped(), bench.naive.zipped()
    parts = f"{sizes[0] / 1e6:.2f} MB / {sizes[1] / 1e6:.2f} MB"
    yield Row("zipped bundle / naive", sizes[0] / sizes[1], 0.33, parts)


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
    return dict(found(bench.subject(bundle, bench.around.messente, bench.around.aws, *work)))
