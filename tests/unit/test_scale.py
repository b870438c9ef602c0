"""The model of how long messages take, on cases that can be reckoned by hand."""

import math
from dataclasses import replace

import pytest

from tests.benchmarks.scale import (
    ALLOWED,
    ENTRY_WRITES,
    MOST_REPORTS,
    REPORTS,
    REPORTS_SET,
    WRITES,
    Settings,
    answer,
    limits,
    needed,
    until_sent,
    wanted,
)
from tests.support.template import TEMPLATE
from tests.support.units import write_units
from tests.support.world import World, message

# Two batches at a time, each 0.5 s.
PLAIN = Settings(maximum_concurrency=2, latency=0.4, rate_limit=math.inf)


@pytest.mark.parametrize(
    ("settings", "messages", "seconds"),
    [
        (PLAIN, 40, 1),
        # A batch waits once for each round of its threads; the overhead comes once.
        *((replace(PLAIN, concurrency=n), 20, seconds) for n, seconds in {64: 0.5, 9: 0.9, 5: 0.9, 1: 4.1}.items()),
        # SQS begins with five batches and adds five a second: of seven, two wait, for 0.2 s and 0.4 s.
        (replace(PLAIN, maximum_concurrency=7), 7000, 50 + 0.6 / 7),
        (Settings(maximum_concurrency=50), 142_500, 1000),
    ],
)
def test_how_long_messages_take(settings: Settings, messages: int, seconds: float) -> None:
    """Cases that can be reckoned by hand."""
    assert until_sent(settings, messages) == pytest.approx(seconds)


@pytest.mark.parametrize("latency", [0.05, 1.0])
@pytest.mark.parametrize("rate", [1, 99, 150, 1000])
def test_the_least_that_is_needed_is_enough_and_one_less_is_not(latency: float, rate: int) -> None:
    """The inverse agrees with the model."""
    need = needed(Settings(latency=latency), rate)
    enough = Settings(need.maximum_concurrency, latency=latency, rate_limit=need.rate_limit or 150)
    assert enough.rate >= rate * 0.999
    less = replace(enough, maximum_concurrency=need.maximum_concurrency - 1)
    assert need.maximum_concurrency == ALLOWED[0] or less.rate < rate


def test_what_one_event_source_cannot_reach_is_said() -> None:
    """MaximumConcurrency goes up to 1,000."""
    with pytest.raises(ValueError, match="2,000 batches"):
        needed(replace(PLAIN, latency=0.9), 20_000)


def test_no_index_comes_first_below_ten_thousand_a_second() -> None:
    """Keys cannot change once somebody has deployed: everything that comes before them can be raised."""
    [index] = [each.rate for each in limits(Settings()) if "shards" in each.what]
    assert index >= 10_000


def test_what_comes_first_depends_on_the_settings() -> None:
    """Messente's limit where it answers fast, the batches where it does not; without both, the reports."""
    assert limits(Settings())[0].what == "Messente's rate limit"
    assert limits(Settings(latency=1))[0].what == "`MaximumConcurrency` 5"
    assert limits(Settings(100, rate_limit=math.inf))[0].what == "`CallbackRequestsPerSecond` 500"


def test_what_is_wanted_names_every_limit_in_its_way() -> None:
    """At 2,500 a second, a new table and the template's own maximum, and no shard."""
    told = "\n".join(wanted(Settings(), 2500, 10))
    assert "a new table takes 4,000 writes a second" in told
    assert "the template allows `CallbackRequestsPerSecond` 5,000" in told
    assert "shards" not in told


@pytest.mark.parametrize(("queued", "entries"), [(True, 1), (False, 2)])
def test_the_writes_are_those_of_the_code(world: World, queued: bool, entries: int) -> None:  # noqa: FBT001 - a case
    """The table's, an entry in by_due and perhaps in by_lease, and one write in by_omnimessage_id."""
    written = write_units(world, message("k"), queued=queued)
    assert written == (WRITES + 1 + 1 + (entries - 1) * ENTRY_WRITES, REPORTS + 1)


def test_the_template_says_what_the_model_takes_from_it() -> None:
    """The parameters of the callback API and of the queue, and their bounds."""
    reports, batches = (TEMPLATE["Parameters"][name] for name in ("CallbackRequestsPerSecond", "MaximumConcurrency"))
    assert (reports["Default"], reports["MaxValue"]) == (REPORTS_SET, MOST_REPORTS)
    assert (batches["MinValue"], batches["MaxValue"]) == (ALLOWED[0], ALLOWED[-1])
    assert batches["Default"] == Settings().maximum_concurrency


def test_the_answer_warns_of_settings_that_send_messages_back() -> None:
    """Too few threads for the function's timeout, or too many batches for the rate limit."""
    assert "raise Concurrency" in "\n".join(answer(Settings(concurrency=1, latency=2), 10))
    assert "lower MaximumConcurrency" in "\n".join(answer(Settings(maximum_concurrency=300), 10))
    assert "beware" not in "\n".join(answer(Settings(), 10))
