"""`python -m tests.benchmarks.scale [--messages N] [--rate N] [--latency S] ...`: how long it takes, and what to set.

A model, on paper. SQS runs MaximumConcurrency batches at a time; a batch takes Messente's latency once for every
`concurrency` of its messages, and its overhead; and Messente's rate limit holds back what is faster. `--limits` lists
what prevents a higher rate, `--check` compares the model with the real template on the emulator.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from messente_rcs.records.record import SHARDS

BATCH = 10  # messages, the template's BatchSize
ALLOWED = range(2, 1001)  # what AWS takes for MaximumConcurrency
USED = 0.95  # the share of Messente's limit that a fleet gets which is too fast for it
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
STARTED, STARTED_LATER = 5, 5  # batches of a queue at once, and more of them after each second
NEW_TABLE = 4000  # writes a second that a new on-demand table takes at once, and so does each of its indexes
MOST_WRITES = 40_000  # a second, of one table: a quota
PARTITION = 1000  # writes a second of one partition key, and of one shard of a stream
API_REQUESTS = 10_000  # a second, of all API Gateways of an account: a quota
EXECUTIONS = 1000  # of Lambda at a time: a quota
ENTRIES = 10_000  # a second that EventBridge takes in the largest regions: a quota


@dataclass(frozen=True)
class Settings:
    """What the speed depends on.

    `overhead`: seconds of a batch besides Messente's latency. The default is an estimate, as nothing was measured on
    Lambda: 10 messages of 2.4 ms CPU on the 0.29 vCPU of 512 MB, two writes of 5 ms, the change to the next batch.
    `rate_limit`: requests a second from one IP address, the one limit that Messente names.
    """

    maximum_concurrency: int = 5
    concurrency: int = 10
    latency: float = 0.2
    overhead: float = 0.1
    rate_limit: float = 150.0

    @property
    def waves(self) -> int:
        """How often a batch waits for Messente."""
        return math.ceil(BATCH / self.concurrency)

    @property
    def seconds(self) -> float:
        """How long a batch takes where no rate limit is in its way."""
        return self.waves * self.latency + self.overhead

    @property
    def capacity(self) -> float:
        """Messages a second that no rate limit is in the way of."""
        return self.maximum_concurrency * BATCH / self.seconds

    @property
    def usable(self) -> float:
        """Messages a second that Messente lets through."""
        return self.rate_limit * USED

    @property
    def rate(self) -> float:
        """Messages a second once SQS has started all batches."""
        return min(self.capacity, self.usable)


class Need(NamedTuple):
    """What a rate takes. `rate_limit` is what to ask Messente for, None if the limit that was given will do."""

    maximum_concurrency: int
    rate_limit: int | None
    writes: int
    callbacks: int

    @property
    def warms(self) -> bool:
        return self.writes + self.callbacks > NEW_TABLE


class Limit(NamedTuple):
    """What keeps the rate from being higher than so many messages a second, and what helps."""

    rate: float
    what: str
    remedy: str


def until_sent(settings: Settings, messages: int) -> float:
    """Tell the seconds until a large backlog is sent."""
    later = max(0, settings.maximum_concurrency - STARTED)
    idle = later * (later + 1) / 2 / STARTED_LATER / settings.maximum_concurrency
    return max(messages / settings.capacity + idle, messages / settings.usable)


def needed(settings: Settings, rate: float) -> Need:
    """Find the least that reaches a rate; nothing is left for catching up. Raises ValueError if nothing reaches it."""
    # Rounded: a product that is a whole number but for its last bit takes no batch more.
    least = math.ceil(round(rate * settings.seconds / BATCH, 6))
    if least > ALLOWED[-1]:
        raise ValueError(f"{rate:,.0f} messages a second take {least:,} batches at a time; there are {ALLOWED[-1]:,}")
    limit = math.ceil(round(rate / USED, 6)) if rate > settings.usable else None
    return Need(max(least, ALLOWED[0]), limit, round(rate * WRITES), max(REPORTS_SET, math.ceil(rate * REPORTS)))


def limits(settings: Settings) -> list[Limit]:
    """List what comes in the way of more messages a second, the first first."""
    ours = (
        Limit(settings.usable, "Messente's rate limit", "ask Messente for a higher limit"),
        Limit(settings.capacity, f"`MaximumConcurrency` {settings.maximum_concurrency:,}", "set a higher one"),
        Limit(REPORTS_SET / REPORTS, f"`CallbackRequestsPerSecond` {REPORTS_SET:,}", "set a higher one"),
    )
    return sorted((*ours, *limits_of_aws(settings)))


def limits_of_aws(settings: Settings) -> Iterator[Limit]:
    """Yield the limits that no parameter of the template lifts."""
    writes, most = WRITES + REPORTS, replace(settings, maximum_concurrency=ALLOWED[-1])
    executing = settings.seconds / BATCH + REPORTS * REPORT_TIME
    readers = NEW_TABLE // PARTITION * PUBLISHERS
    warm = "set its warm throughput"
    quota = "ask AWS for a higher quota"
    fixed = "none: deploy a second stack"
    yield Limit(NEW_TABLE / writes, f"a new table takes {NEW_TABLE:,} writes a second", warm)
    yield Limit(NEW_TABLE / ENTRY_WRITES, f"the new index `by_due` takes {NEW_TABLE:,} writes a second", warm)
    allowed = f"the template allows `CallbackRequestsPerSecond` {MOST_REPORTS:,}"
    yield Limit(MOST_REPORTS / REPORTS, allowed, "raise `MaxValue` there")
    yield Limit(API_REQUESTS / REPORTS, f"API Gateway takes {API_REQUESTS:,} requests a second", quota)
    yield Limit(readers * PUBLISHED / PUBLISH_TIME / EVENTS, f"{readers} readers take the changes of a new table", warm)
    yield Limit(ENTRIES / EVENTS, f"EventBridge takes {ENTRIES:,} events a second", quota)
    yield Limit(MOST_WRITES / writes, f"DynamoDB takes {MOST_WRITES:,} writes a second to a table", quota)
    yield Limit(EXECUTIONS / executing, f"Lambda runs {EXECUTIONS:,} executions at a time", quota)
    shards = f"each index has {SHARDS} shards of {PARTITION:,} writes a second"
    yield Limit(SHARDS * PARTITION / ENTRY_WRITES, shards, fixed)
    yield Limit(most.capacity, f"AWS allows `MaximumConcurrency` {ALLOWED[-1]:,}", fixed)


def answer(settings: Settings, messages: int) -> Iterator[str]:
    """Say in plain words how long it takes, at which rate, and what to set."""
    yield f"{messages:,} messages, all at once; Messente answers in {settings.latency:g} s"
    yield f"  and takes at most {settings.rate_limit:g} requests a second"
    yield f"  MaximumConcurrency {settings.maximum_concurrency}, Concurrency {settings.concurrency}:"
    yield f"  all are sent after {lasting(until_sent(settings, messages))}"
    yield f"  {settings.rate:,.1f} messages a second, {settings.rate * WRITES:,.0f} writes a second to the table"
    first, *_ = limits(settings)
    yield f"  what comes first is {first.what}, at {first.rate:,.0f} messages a second: {first.remedy}"
    if (settings.waves - 1) * settings.latency > TIME_TO_START:
        yield "  beware: a batch takes so long that its last messages go back to the queue: raise Concurrency"
    if settings.maximum_concurrency * min(settings.concurrency, BATCH) / settings.usable > PATIENCE:
        yield "  beware: so many wait for the rate limit that some go back to the queue: lower MaximumConcurrency"


def wanted(settings: Settings, rate: float, messages: int) -> Iterator[str]:
    """Say what a rate takes, and how long the messages take with that."""
    need = needed(settings, rate)
    yield f"for {rate:g} messages a second set MaximumConcurrency {need.maximum_concurrency}, at the least"
    if need.rate_limit:
        yield f"  ask Messente for {need.rate_limit:,} requests a second"
    if need.callbacks > REPORTS_SET:
        yield f"  set CallbackRequestsPerSecond {need.callbacks:,}"
    yield from (f"  {each.what}: {each.remedy}" for each in sorted(limits_of_aws(settings)) if each.rate < rate)
    limit = need.rate_limit or settings.rate_limit
    yield from answer(replace(settings, maximum_concurrency=need.maximum_concurrency, rate_limit=limit), messages)


def lasting(seconds: float) -> str:
    """Write a duration by its two largest units."""
    whole = timedelta(seconds=round(seconds))
    parts = {"d": whole.days, "h": whole.seconds // 3600, "min": whole.seconds // 60 % 60, "s": whole.seconds % 60}
    told = [f"{number} {unit}" for unit, number in parts.items() if number]
    return " ".join(told[:2]) or "0 s"


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, help="messages a second that are wanted: sets MaximumConcurrency")
    for name, usual in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(usual), default=usual)
    parser.add_argument("--limits", action="store_true", help="list what comes first")
    parser.add_argument("--check", action="store_true", help="compare the model with runs on the emulator (minutes)")
    asked = parser.parse_args(given)
    if asked.check:
        from tests.benchmarks.scale_check import check  # noqa: PLC0415 - starts half of AWS; the model needs nothing

        return check()
    settings = Settings(**{name: getattr(asked, name) for name in asdict(Settings())})
    if asked.limits:
        print(*(f"{each.rate:7,.0f} messages/s: {each.what}: {each.remedy}" for each in limits(settings)), sep="\n")
        return 0
    try:
        print(
            *(wanted(settings, asked.rate, asked.messages) if asked.rate else answer(settings, asked.messages)),
            sep="\n",
        )
    except ValueError as reason:
        parser.error(str(reason))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
