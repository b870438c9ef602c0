"""`python -m tests.benchmarks.scale [--messages N] [--rate N] [--latency S] ...`: how long it takes, and what to set.

A model, on paper. Time passes from batch to batch: SQS runs as many at a time as AWS's scaling and MaximumConcurrency
allow; a batch takes Messente's latency once for every `concurrency` of its messages, and its overhead; and a message
beyond Messente's rate limit waits in place for its turn. `--check` compares the model with the real template on the
emulator, `--table` prints README's table, `--limits` the limits behind its sentences.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from heapq import heapify, heapreplace
from itertools import chain

from messente_rcs.records.record import SHARDS

DOCUMENTED = 150.0  # requests a second from one IP address, the one limit that Messente names
WINDOW = 1.0  # seconds over which Messente is taken to count requests
ALLOWED = range(2, 1001)  # what AWS takes for MaximumConcurrency
WRITES = 2  # per message: the claim and the record
ENTRY_WRITES = 2  # per message in `by_due`, and in `by_lease` or `by_unknown` if it comes there: put, and deleted
REPORTS = 3  # delivery reports per message, as the template reckons; each is a write
REPORTS_SET, MOST_REPORTS = 500, 5000  # the template's CallbackRequestsPerSecond, and its maximum
REPORT_TIME = 0.015  # seconds of an invocation for one report
EVENTS = 1 + REPORTS  # per message: that it is sent, and each report
PUBLISHERS, PUBLISHED = 10, 100  # the template's ParallelizationFactor for each shard, and changes in a batch
PUBLISH_TIME = 0.25  # seconds of a batch: ten calls of PutEvents, an estimate
TIME_TO_START = 12.0  # seconds of an invocation in which a POST may begin: 30 less the 18 that a send must have left
PATIENCE = 15.0  # seconds for which a message waits for its turn before it goes back to the queue

# What AWS allows, each from its documents; quotas can be raised on request.
NEW_TABLE = 4000  # writes a second that a new on-demand table takes at once, and so does each of its indexes
MOST_WRITES = 40_000  # a second, of one table: a quota
PARTITION = 1000  # writes a second of one partition key, and of one shard of a stream
API_REQUESTS = 10_000  # a second, of all API Gateways of an account: a quota
EXECUTIONS = 1000  # of Lambda at a time: a quota
ENTRIES = 10_000  # a second that EventBridge takes in the largest regions: a quota

RATES = (50, 100, 150, 300, 1000)  # of README's table, as are these seconds
LATENCIES = (0.2, 1.0)
MILLION = 1_000_000


@dataclass(frozen=True)
class Ramp:
    """How SQS scales up: batches at a time at first, how many more after each minute, and the most there can be."""

    first: int = 5
    a_minute: float = 300
    most: int = 1250

    def opening(self, number: int) -> float:
        """Tell when (in seconds) a batch of this number, from 0, may run beside those before it."""
        return max(0, number + 1 - self.first) * 60 / self.a_minute


AWS = Ramp()  # as documented for a standard queue


@dataclass(frozen=True)
class Settings:
    """What the speed depends on. Rates are per second; a `rate_limit` of None is none.

    `overhead`: seconds of a batch besides Messente's latency. The default is an estimate, as nothing was measured on
    Lambda: 10 messages of 2.4 ms CPU on the 0.29 vCPU of 512 MB, two writes of 5 ms, the change to the next batch.
    `rate_used`: the share of the limit that a fleet gets which is too fast for it.
    `arriving`: a steady rate; None is a backlog, all there at once.
    """

    maximum_concurrency: int = 5
    batch_size: int = 10
    concurrency: int = 10
    latency: float = 0.2
    overhead: float = 0.1
    rate_limit: float | None = DOCUMENTED
    rate_used: float = 0.95
    arriving: float | None = None
    ramp: Ramp = AWS

    @property
    def batches(self) -> int:
        """How many run at a time in the end."""
        return min(self.maximum_concurrency, self.ramp.most)

    @property
    def usable(self) -> float:
        """Messages a second that Messente lets through."""
        return math.inf if self.rate_limit is None else self.rate_limit * self.rate_used

    def seconds(self, messages: int) -> float:
        """Tell how long a batch of so many messages takes where no rate limit is in its way."""
        return math.ceil(messages / self.concurrency) * self.latency + self.overhead

    def capacity(self) -> float:
        """Tell the messages a second of full batches that no rate limit is in the way of."""
        return self.batches * self.batch_size / self.seconds(self.batch_size)


@dataclass(frozen=True)
class Need:
    """What a rate takes. `rate_limit` is what to ask Messente for, None if the limit that was given will do."""

    maximum_concurrency: int
    rate_limit: int | None
    writes: float
    callbacks: float

    @property
    def warms(self) -> bool:
        return self.writes + self.callbacks > NEW_TABLE


@dataclass(frozen=True)
class Limit:
    """What keeps the rate from being higher than so many messages a second, and what helps."""

    rate: float
    what: str
    remedy: str


class TooFast(ValueError):  # noqa: N818 - reads as what it is
    """One event source cannot be that fast."""


def steady(settings: Settings) -> float:
    """Tell the messages a second once SQS has scaled up."""
    return min(settings.capacity(), settings.usable, settings.arriving or math.inf)


def until_sent(settings: Settings, messages: int) -> float:
    """Tell the seconds until the outcome of the last message is recorded."""
    return max(chain([0.0], _ends(settings, messages)))


def until_accepted(settings: Settings, messages: int) -> float:
    """Tell the seconds from the first to the last acceptance of a backlog.

    Messente accepts before it answers. So the last answer, the writes before the first POST and those after the last
    lie outside.
    """
    return until_sent(settings, messages) - settings.latency - settings.overhead


def overhead(settings: Settings, messages: int, accepting: float) -> float:
    """Infer the overhead from `accepting`, the seconds that `until_accepted` predicts; there may be no rate limit."""
    waves = math.ceil(settings.batch_size / settings.concurrency)
    rounds = math.ceil(math.ceil(messages / settings.batch_size) / settings.batches)
    return (accepting - (rounds * waves - 1) * settings.latency) / (rounds - 1)


def _ends(settings: Settings, messages: int) -> Iterator[float]:
    """Run batch after batch, each as soon as one may; yield when each ends."""
    free = [settings.ramp.opening(number) for number in range(settings.batches)]
    heapify(free)
    sent, turn = 0, -WINDOW  # nothing was sent in the second before
    while sent < messages:
        begin = max(free[0], _arrival(settings, sent))
        count = min(settings.batch_size, _arrived(settings, messages, begin) - sent)
        # Messente takes a second's worth at once; what a quiet second did not use is gone.
        turn = max(turn, begin - WINDOW) + count / settings.usable
        last = max(begin + settings.seconds(count) - settings.latency, turn + settings.overhead)
        heapreplace(free, last + settings.latency)
        sent += count
        yield last + settings.latency


def _arrival(settings: Settings, number: int) -> float:
    """Tell when the message of this number, from 0, is there."""
    return number / settings.arriving if settings.arriving else 0.0


def _arrived(settings: Settings, messages: int, now: float) -> int:
    # Rounded: the message whose arrival is `now` itself must be among them.
    return min(messages, int(round(now * settings.arriving, 6)) + 1) if settings.arriving else messages


def needed(settings: Settings, rate: float) -> Need:
    """Find the least that reaches a rate; raises TooFast where no MaximumConcurrency does.

    Least means that nothing is left for catching up.
    """
    # Rounded: a product that is a whole number but for its last bit takes no batch more.
    least = math.ceil(round(rate * settings.seconds(settings.batch_size) / settings.batch_size, 6))
    if least > min(settings.ramp.most, ALLOWED[-1]):
        raise TooFast(f"{rate:,.0f} messages a second take {least:,} batches at a time; there are {ALLOWED[-1]:,}")
    limit = math.ceil(round(rate / settings.rate_used, 6)) if rate > settings.usable else None
    callbacks = max(REPORTS_SET, math.ceil(rate * REPORTS))
    return Need(max(least, ALLOWED[0]), limit, rate * WRITES, callbacks)


def limits(settings: Settings) -> list[Limit]:
    """List what comes in the way of more messages a second, the first first."""
    ours = (
        Limit(settings.usable, "Messente's rate limit", "ask Messente for a higher limit"),
        Limit(settings.capacity(), f"`MaximumConcurrency` {settings.maximum_concurrency:,}", "set a higher one"),
        Limit(REPORTS_SET / REPORTS, f"`CallbackRequestsPerSecond` {REPORTS_SET:,}", "set a higher one"),
    )
    return sorted((*ours, *limits_of_aws(settings)), key=lambda limit: limit.rate)


def limits_of_aws(settings: Settings) -> Iterator[Limit]:
    """Yield the limits that no parameter of the template lifts."""
    writes, most = WRITES + REPORTS, replace(settings, maximum_concurrency=ALLOWED[-1])
    executing = settings.seconds(settings.batch_size) / settings.batch_size + REPORTS * REPORT_TIME
    warm = "set its warm throughput"
    quota = "ask AWS for a higher quota"
    fixed = "none: deploy a second stack"
    yield Limit(NEW_TABLE / writes, f"a new table takes {NEW_TABLE:,} writes a second", warm)
    yield Limit(NEW_TABLE / ENTRY_WRITES, f"the new index `by_due` takes {NEW_TABLE:,} writes a second", warm)
    allowed = f"the template allows `CallbackRequestsPerSecond` {MOST_REPORTS:,}"
    yield Limit(MOST_REPORTS / REPORTS, allowed, "raise `MaxValue` there")
    yield Limit(API_REQUESTS / REPORTS, f"API Gateway takes {API_REQUESTS:,} requests a second", quota)
    shards = NEW_TABLE // PARTITION
    published = shards * PUBLISHERS * PUBLISHED / PUBLISH_TIME / EVENTS
    yield Limit(published, f"{shards * PUBLISHERS} readers take the changes of a new table", warm)
    yield Limit(ENTRIES / EVENTS, f"EventBridge takes {ENTRIES:,} events a second", quota)
    yield Limit(MOST_WRITES / writes, f"DynamoDB takes {MOST_WRITES:,} writes a second to a table", quota)
    yield Limit(EXECUTIONS / executing, f"Lambda runs {EXECUTIONS:,} executions at a time", quota)
    yield Limit(index_limit(), f"each index has {SHARDS} shards of {PARTITION:,} writes a second", fixed)
    yield Limit(most.capacity(), f"AWS allows `MaximumConcurrency` {ALLOWED[-1]:,}", fixed)


def index_limit() -> float:
    """Tell the messages a second that each index takes. Its shards are partition keys, which cannot be changed."""
    return SHARDS * PARTITION / ENTRY_WRITES


def answer(settings: Settings, messages: int) -> Iterator[str]:
    """Say in plain words how long it takes, at which rates, and what to set."""
    rate, limit = steady(settings), settings.rate_limit
    coming = f"at {settings.arriving:g} a second" if settings.arriving else "all at once"
    taking = "no rate limit" if limit is None else f"at most {limit:g} requests a second"
    yield f"{messages:,} messages, {coming}; Messente answers in {settings.latency:g} s and takes {taking}"
    yield f"  MaximumConcurrency {settings.maximum_concurrency}, Concurrency {settings.concurrency}:"
    yield f"  all are sent after {lasting(until_sent(settings, messages))}"
    yield f"  {rate:,.1f} messages a second, {rate * WRITES:,.0f} writes a second to the DynamoDB table"
    if settings.usable <= replace(settings, maximum_concurrency=ALLOWED[-1]).capacity():
        least = needed(settings, settings.usable)
        yield f"  MaximumConcurrency {least.maximum_concurrency} is the least that uses the limit up"
    first = limits(settings)[0]
    yield f"  what comes first is {first.what}, at {first.rate:,.0f} messages a second: {first.remedy}"
    yield from (f"  beware: {each}" for each in warnings(settings))


def warnings(settings: Settings) -> Iterator[str]:
    """Say what these settings would suffer from."""
    waves = math.ceil(settings.batch_size / settings.concurrency)
    if (waves - 1) * settings.latency > TIME_TO_START:
        yield "a batch takes so long that its last messages go back to the queue: raise Concurrency"
    open_at_once = settings.batches * min(settings.concurrency, settings.batch_size)
    if open_at_once / settings.usable > PATIENCE:
        yield "so many wait for the rate limit that some go back to the queue: lower MaximumConcurrency"
    if settings.arriving and settings.arriving > min(settings.capacity(), settings.usable):
        yield "they come faster than they are sent: the queue grows"


def lasting(seconds: float) -> str:
    """Write a duration by its two largest units."""
    whole = timedelta(seconds=round(seconds))
    parts = {
        "d": whole.days,
        "h": whole.seconds // 3600,
        "min": whole.seconds // 60 % 60,
        "s": whole.seconds % 60,
    }
    told = [f"{number} {unit}" for unit, number in parts.items() if number]
    return " ".join(told[:2]) or "0 s"


def table(settings: Settings) -> Iterator[str]:
    at = [f"`MaximumConcurrency` at {latency:g} s" for latency in LATENCIES]
    names = ["messages/s", *at, "rate limit", "DynamoDB writes/s", "`CallbackRequestsPerSecond`"]
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for rate in RATES:
        yield f"| {' | '.join(_row(settings, rate))} |"


def _row(settings: Settings, rate: int) -> Iterator[str]:
    needs = [needed(replace(settings, latency=latency), rate) for latency in LATENCIES]
    first, limit = needs[0], needs[0].rate_limit
    yield f"{rate:,}"
    yield from (f"{need.maximum_concurrency:,}" for need in needs)
    yield f"ask for {limit:,}" if limit else "as documented"
    yield f"{first.writes:,.0f}{', warmed' if first.warms else ''}"
    yield f"{first.callbacks:,.0f}"


def limits_table(settings: Settings) -> Iterator[str]:
    yield "| up to messages/s | what comes first | what helps |"
    yield "|---|---|---|"
    for limit in limits(settings):
        yield f"| {limit.rate:,.0f} | {limit.what} | {limit.remedy} |"


def arguments(given: Sequence[str]) -> argparse.Namespace:
    usual = Settings()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale")
    parser.add_argument("--messages", type=int, default=MILLION)
    parser.add_argument("--rate", type=float, help="messages a second that are wanted: sets MaximumConcurrency")
    parser.add_argument("--arriving", type=float, help="messages a second that come in; all at once otherwise")
    parser.add_argument("--latency", type=float, default=usual.latency, help="seconds that Messente takes to answer")
    parser.add_argument("--overhead", type=float, default=usual.overhead, help="other seconds of a batch")
    parser.add_argument(
        "--rate-limit",
        type=lambda given: float(given) or None,
        default=usual.rate_limit,
        help="requests a second; 0 is none",
    )
    parser.add_argument("--maximum-concurrency", type=int, default=usual.maximum_concurrency)
    parser.add_argument("--concurrency", type=int, default=usual.concurrency)
    parser.add_argument("--table", action="store_true", help="print README's table")
    parser.add_argument("--limits", action="store_true", help="print a table of what comes first")
    parser.add_argument("--check", action="store_true", help="compare the model with runs on the emulator (minutes)")
    return parser.parse_args(given)


def wanted(settings: Settings, rate: float, messages: int) -> Iterator[str]:
    """Say what a rate takes, and how long the messages take with that."""
    need = needed(settings, rate)
    yield f"for {rate:g} messages a second set MaximumConcurrency {need.maximum_concurrency}, at the least"
    if need.rate_limit:
        yield f"  ask Messente for {need.rate_limit:,} requests a second"
    if need.callbacks > REPORTS_SET:
        yield f"  set CallbackRequestsPerSecond {need.callbacks:,}"
    for each in sorted(limits_of_aws(settings), key=lambda limit: limit.rate):
        if each.rate < rate:
            yield f"  {each.what}: {each.remedy}"
    limit = need.rate_limit or settings.rate_limit
    yield from answer(replace(settings, maximum_concurrency=need.maximum_concurrency, rate_limit=limit), messages)


def main(given: Sequence[str]) -> int:
    asked = arguments(given)
    settings = Settings(**{each.name: getattr(asked, each.name) for each in fields(Settings) if each.name in asked})
    if asked.check:
        from tests.benchmarks.scale_check import check  # noqa: PLC0415 - starts half of AWS; the model needs nothing

        return check()
    try:
        print(*_lines(asked, settings), sep="\n")
    except TooFast as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def _lines(asked: argparse.Namespace, settings: Settings) -> Iterator[str]:
    if asked.table:
        return table(settings)
    if asked.limits:
        return limits_table(settings)
    return wanted(settings, asked.rate, asked.messages) if asked.rate else answer(settings, asked.messages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
