"""The model of how long messages take, on cases that can be reckoned by hand."""

from dataclasses import replace

import pytest

from tests.benchmarks.scale import (
    ALLOWED,
    ENTRY_WRITES,
    MILLION,
    MOST_REPORTS,
    REPORTS,
    REPORTS_SET,
    WRITES,
    Ramp,
    Settings,
    TooFast,
    answer,
    index_limit,
    limits,
    needed,
    steady,
    until_sent,
    wanted,
)
from tests.support.template import TEMPLATE
from tests.support.units import write_units
from tests.support.world import World, message

# Two batches at a time, each 0.5 s.
PLAIN = Settings(maximum_concurrency=2, latency=0.4, overhead=0.1, rate_limit=None)


# Batches of 1 s: five begin at once, one each 0.2 s, from 1 s on also those whose turn it is again.
SLOW = Settings(maximum_concurrency=1000, latency=0.9, overhead=0.1, rate_limit=None)


@pytest.mark.parametrize(
    ("settings", "messages", "seconds"),
    [
        # Two batches of ten go side by side, and the next ones after them.
        *((PLAIN, messages, seconds) for messages, seconds in {0: 0, 1: 0.5, 10: 0.5, 20: 0.5, 21: 1, 41: 1.5}.items()),
        # A batch waits once for each round of its threads; the overhead comes once.
        *((replace(PLAIN, concurrency=n), 10, seconds) for n, seconds in {64: 0.5, 9: 0.9, 5: 0.9, 1: 4.1}.items()),
        # SQS begins with five batches and adds five a second.
        (SLOW, 50, 1.0),
        (replace(SLOW, maximum_concurrency=5), 200, 4.0),
        (SLOW, 200, 2.6),
        (replace(SLOW, ramp=Ramp(first=1250)), 200, 1.0),
    ],
)
def test_how_long_messages_take(settings: Settings, messages: int, seconds: float) -> None:
    """Cases that can be reckoned by hand."""
    assert until_sent(settings, messages) == pytest.approx(seconds)


def test_there_are_never_more_batches_than_aws_runs() -> None:
    """1,250, where MaximumConcurrency would allow more; and it goes up to 1,000."""
    assert steady(replace(PLAIN, maximum_concurrency=5000)) == steady(replace(PLAIN, maximum_concurrency=1250))
    with pytest.raises(TooFast, match="2,000 batches"):
        needed(replace(PLAIN, overhead=0.1, latency=0.9), 20_000)


def test_a_fleet_that_is_too_fast_gets_its_share_of_the_rate_limit() -> None:
    """A million messages at 95 % of 150 a second, however many batches there could be."""
    for most in (50, 100):
        fast = Settings(maximum_concurrency=most)
        assert steady(fast) == pytest.approx(142.5)
        assert until_sent(fast, MILLION) == pytest.approx(MILLION / 142.5, rel=0.001)


def test_what_arrives_steadily_is_sent_as_it_comes() -> None:
    """The last of 600 arrives after 59.9 s and takes a batch of its own; faster than it is sent, it piles up."""
    assert until_sent(replace(PLAIN, arriving=10), 600) == pytest.approx(60.4, abs=0.2)
    assert until_sent(replace(PLAIN, arriving=1000), 600) == pytest.approx(until_sent(PLAIN, 600), abs=0.6)
    assert steady(replace(PLAIN, arriving=10)) == 10


@pytest.mark.parametrize("latency", [0.05, 0.2, 1.0, 3.0])
@pytest.mark.parametrize("rate", [1, 10, 99, 100, 150, 300, 1000])
def test_the_least_that_is_needed_is_enough_and_one_less_is_not(latency: float, rate: int) -> None:
    """The inverse agrees with the model."""
    need = needed(Settings(latency=latency), rate)
    enough = Settings(need.maximum_concurrency, latency=latency, rate_limit=need.rate_limit or 150)
    assert steady(enough) >= rate * 0.999
    less = replace(enough, maximum_concurrency=need.maximum_concurrency - 1)
    assert need.maximum_concurrency == 2 or steady(less) < rate


def test_what_is_asked_for_beyond_the_defaults() -> None:
    """A fleet gets 95 % of a limit of Messente's; and a new table takes 4,000 writes a second, reports included."""
    usual = [needed(Settings(), rate) for rate in (1, 142, 150, 1000)]
    assert [each.rate_limit for each in usual] == [None, None, 158, 1053]
    assert [each.warms for each in usual] == [False, False, False, True]
    assert needed(Settings(rate_limit=None), 1000).rate_limit is None


@pytest.mark.parametrize("latency", [0.05, 0.2, 1.0, 3.0])
def test_no_index_comes_first_below_ten_thousand_a_second(latency: float) -> None:
    """Keys cannot change once somebody has deployed: everything that comes before them can be raised."""
    lasting_limits = limits(Settings(latency=latency))
    assert index_limit() >= 10_000
    before = [each for each in lasting_limits if each.rate < index_limit()]
    assert all("shards" not in each.what for each in before)
    assert {each.what for each in before} > {"Messente's rate limit", "`CallbackRequestsPerSecond` 500"}


def test_what_comes_first_depends_on_the_settings() -> None:
    """Messente's limit where it answers fast, the batches where it does not; without both, the reports."""
    assert limits(Settings())[0].what == "Messente's rate limit"
    assert limits(Settings(latency=1))[0].what == "`MaximumConcurrency` 5"
    assert limits(Settings(100, rate_limit=None))[0].what == "`CallbackRequestsPerSecond` 500"
    assert "what comes first is Messente's rate limit, at 142 " in "\n".join(answer(Settings(), 10))


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
    """The parameter of the callback API, and its maximum."""
    parameter = TEMPLATE["Parameters"]["CallbackRequestsPerSecond"]
    assert (parameter["Default"], parameter["MaxValue"]) == (REPORTS_SET, MOST_REPORTS)
    assert [TEMPLATE["Parameters"]["MaximumConcurrency"][name] for name in ("MinValue", "MaxValue")] == [
        ALLOWED[0],
        ALLOWED[-1],
    ]


def test_the_answer_warns_of_settings_that_send_messages_back() -> None:
    """Too few threads for the function's timeout, or too many batches for the rate limit."""
    assert "raise Concurrency" in "\n".join(answer(Settings(concurrency=1, latency=2), 10))
    assert "lower MaximumConcurrency" in "\n".join(answer(Settings(maximum_concurrency=300), 10))
    assert "the queue grows" in "\n".join(answer(Settings(arriving=200), 10))
    assert "beware" not in "\n".join(answer(Settings(), 10))
