"""The rows of the table: what is compared with what, and how much it may be."""

import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from messente_rcs.telemetry import logger
from tests.benchmarks.aws import RECORD
from tests.benchmarks.bundles import Bundle
from tests.benchmarks.measure import Subject, found, instructions, summed_up
from tests.benchmarks.shares import share
from tests.benchmarks.subject import BATCHES, REPORTS, SINGLES
from tests.benchmarks.surroundings import LATENCY, Service, Surroundings
from tests.standin.reports import Report, as_event, sign
from tests.support.units import write_units
from tests.support.world import World, message

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
        if self.value is None or self.target is None:
            return None
        return self.value <= self.target


@dataclass
class Bench:
    """The bundles and their surroundings. `messages` is how many must be in Messente's accept logs by now."""

    ours: Bundle
    naive: Bundle
    tidy: Bundle
    around: Surroundings
    flat: int
    messages: int = field(default=0)

    def subject(self, bundle: Bundle, messente: Service, *work: object, **more: str) -> Subject:
        environment = self.around.environment(messente) | dict(bundle.variables) | more
        if bundle is self.ours:
            environment["LAMBDA_TASK_ROOT"] = str(bundle.folder)
        else:
            # By this name Tracer sees that it runs on Lambda.
            environment |= {"LAMBDA_TASK_ROOT": "/var/task", **self.around.file_of_authorities()}
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
    subjects = _counted_subjects(bench)
    with ThreadPoolExecutor(2) as two:
        running = {name: two.submit(instructions, each) for name, each in subjects.items()}
        parts = {name: each.result() for name, each in running.items()}
    if not parts["yardstick"]:
        yield Row("instructions", None, None, "skipped: there is no valgrind")
        return
    bench.messages += 5 * (11 + 10 * BATCHES + SINGLES) + 10 * (BATCHES + 1)
    counts = {name: _named(*each) for name, each in parts.items() if len(each) == len(_Counts._fields) + 1}
    ours, naive, tidy = counts["ours"], counts["naive"], counts["tidy"]
    yield _counted("start to ready / naive", ours.ready, naive.ready, 0.48)
    yield _counted("start to ready / yardstick", ours.ready, parts["yardstick"][0], 1.38)
    yield _counted("start to ready / tidy", ours.ready, tidy.ready, None)
    first = "start to first message handled, with TLS to Messente and to AWS"
    yield _counted(f"{first} / naive", ours.first, naive.first, 0.36)
    yield _counted(f"{first} / tidy", ours.first, tidy.first, 0.70)
    _, batch, _, report, _ = parts["calls"]
    yield _counted("message, in a batch of 10 / its calls", ours.message, batch / BATCHES / 10, 1.15)
    yield _counted("message, in a batch of 10 / tidy", ours.message, tidy.message, None)
    yield _counted("message, in a batch of 10 / naive", ours.message, naive.message, None)
    yield _counted("message alone / tidy", ours.single, tidy.single, None)
    look = (ours.message - counts["unlisted"].message) / 1e6
    parts_of_look = "for a message in a batch of 10 to 10 numbers"
    yield Row("reading the list of opt-outs, in M instructions", look, 0.6, parts_of_look)
    guard = (counts["guarded"].message - ours.message) / 1e6
    yield Row("AllowedPrefixes, in M instructions", guard, 0.1, "for a message in a batch of 10, with three prefixes")
    _, _, reported, _ = parts["report"]
    yield _counted("delivery report / its calls", reported / REPORTS, report / REPORTS, 1.00)
    yield _counted("publishing function, start to ready / sending function", parts["publish"][0], ours.ready, None)


class _Counts(NamedTuple):
    """Instructions of `subject.counted`: since the start, and for a message."""

    ready: float
    first: float
    warm: float
    message: float
    single: float


def _named(ready: int, first: int, warm: int, batches: int, singles: int, _: int) -> _Counts:
    return _Counts(ready, ready + first, warm, batches / BATCHES / 10, singles / SINGLES)


def _counted_subjects(bench: Bench) -> dict[str, Subject]:
    """List what is counted. One message is sent after the other: it is chance how many connections threads open."""
    ours, naive, tidy, messente = bench.ours, bench.naive, bench.tidy, bench.around.messente
    report = "reports", ours.handler.replace(".send.", ".report."), json.dumps(_report())
    return {
        "naive": bench.subject(naive, messente, "counted", naive.handler),
        "tidy": bench.subject(tidy, messente, "counted", tidy.handler),
        "ours": bench.subject(ours, messente, "counted", ours.handler, CONCURRENCY="1"),
        "guarded": bench.subject(
            ours, messente, "counted", ours.handler, CONCURRENCY="1", ALLOWED_PREFIXES="+371,+372,-+37290"
        ),
        "unlisted": bench.subject(ours, messente, "counted", ours.handler, CONCURRENCY="1", OPT_OUT_TABLE_NAME=""),
        "calls": bench.subject(tidy, messente, "calls", *_requests(bench, report)),
        "report": bench.subject(ours, messente, *report),
        "publish": bench.subject(ours, messente, "ready", ours.handler.replace(".send.", ".publish.")),
        "yardstick": Subject(naive.folder, bench.around.environment(messente), script="yardstick"),
    }


def _requests(bench: Bench, report: tuple[str, ...]) -> tuple[str, str]:
    """Return the requests that a warm batch of ten makes to DynamoDB, and those of a report, which asks for no values.

    Both are taken from what AWS got, so that they are compared with nothing but the same calls.
    """
    bench.around.requests()
    bench.batches(bench.ours, bench.around.messente, 10, 2)
    of_batch = list(bench.around.requests())[-21:]  # 20 updates and a look at the list of opt-outs
    bench.subject(bench.ours, bench.around.messente, *report).run(cpus="any")
    of_report = list(bench.around.requests())[-2:]
    return json.dumps(of_batch), json.dumps(of_report)


def _counted(name: str, one: float, other: float, target: float | None) -> Row:
    return Row(name, one / other, target, f"{one / 1e6:.2f} M / {other / 1e6:.2f} M instructions")


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
    middle, best = summed_up(samples), summed_up(samples, min)
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
    yield Row("zipped bundle / naive", sizes[0] / sizes[1], 0.26, parts)
    ours, naive = _memory(bench, bench.ours, bench.flat), _memory(bench, bench.naive, 1000)
    parts = f"{ours['peak'] / 1024:.1f} MB / {naive['peak'] / 1024:.1f} MB"
    yield Row("peak memory of 1,000 messages / naive", ours["peak"] / naive["peak"], 0.60, parts)
    parts = f"{ours['late'] / 1024:.1f} MB / {ours['early'] / 1024:.1f} MB"
    yield Row(f"memory after {bench.flat:,} messages / after 1,000", ours["late"] / ours["early"], None, parts)


def writing(_: Bench) -> Iterator[Row]:
    """Count the units of a message's writes, which are paid for one by one, by the DynamoDB in memory."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    with redirect_stdout(io.StringIO()) as nowhere:
        handler.setStream(nowhere)
        sent, reported = write_units(World(), message("bench"), queued=True)
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
    first = summed_up([some[0] for some in samples])["wall"]
    warm = summed_up([each for some in samples for each in some[1:]])["wall"]
    cost = 100_000 * (warm * memory / 1024 * GB_SECOND + INVOCATION)
    parts = f"{warm * 1e3:.0f} ms, the first {first * 1e3:.0f} ms; {cost:.2f} USD for a million messages"
    return Row(name, warm / LATENCY, None, parts)


def _memory(bench: Bench, bundle: Bundle, messages: int) -> dict[str, float]:
    bench.messages += messages
    work = "memory", bundle.handler, messages // 10, 100, "memory"
    return dict(found(bench.subject(bundle, bench.around.messente, *work)))
