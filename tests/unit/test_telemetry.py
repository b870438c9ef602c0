"""Metrics reach standard output at the end of each invocation, whatever the invocation was and however it ended."""

import ast
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from messente_rcs.messente.answers import AnswerKind
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.telemetry import Metric as Name
from messente_rcs.telemetry import count, flush, observe
from messente_rcs.triggers.direct import NotSent
from messente_rcs.triggers.http import UnknownEvent
from tests.standin import numbers
from tests.support.metrics import Metric, Values, values_in
from tests.support.steps import at
from tests.support.template import ROOT
from tests.support.world import Crash, World, http_event, message, record

type Written = Callable[[], list[Metric]]


EVENTS: dict[str, tuple[Any, set[str]]] = {
    "queue": ({"Records": [record(message("k"))]}, {"Sent"}),
    "invocation": (message("k"), {"Sent"}),
    "lost answer": (message("k", to=numbers.CUT_AFTER_ACCEPT), {"Unknown"}),
    "expired": (message("k", expires_at="2020-01-01T00:00:00Z"), {"Expired"}),
    "http": (http_event("POST", body=message("k")), {"Sent"}),
    # An alarm that waits for these must not stay silent because the invoker was told as well.
    "one that raises": (message("k", to=numbers.UNAUTHORIZED), {"NotSent", "Unauthorized"}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_each_invocation_writes_its_metrics(world: World, metrics: Written, name: str) -> None:
    """One sum each, and nothing of the invocation before."""
    env, (event, names) = world.env(), EVENTS[name]
    with pytest.raises(NotSent) if "NotSent" in names else nullcontext():
        env.handle(event, world.remaining(), "r")
    assert metrics() == [Metric(name, 1) for name in sorted(names)]
    with pytest.raises(UnknownEvent):
        env.handle([], world.remaining(), "r")
    assert metrics() == []


def test_many_of_a_kind_are_one_sum(metrics: Written) -> None:
    """And those by trigger are in it."""

    def invocation() -> None:
        with flush():
            for _ in range(3):
                count(Name.SENT)
                count(Name.INVALID, trigger="sqs")
            count(Name.INVALID, trigger="http")
            raise Crash

    with pytest.raises(Crash):
        invocation()
    assert metrics() == [
        Metric("Invalid", 1, "http"),
        Metric("Invalid", 3, "sqs"),
        Metric("Invalid", 4),
        Metric("Sent", 3),
    ]


def test_each_post_is_timed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One line has a value of every POST, the repeated ones too, so that CloudWatch can tell any percentile."""
    times = iter([0.25, 1.5])
    capsys.readouterr()
    env = world.env(at("urlopen", "after", lambda: world.clock.advance(next(times))))
    env.handle(message("k", to=numbers.TOO_MANY_ONCE), world.remaining(), "r")
    told = [each for each in values_in(capsys.readouterr().out) if each.name == "MessenteLatency"]
    assert told == [Values("MessenteLatency", "Milliseconds", [250, 1500], "")]


def test_the_age_of_what_is_deferred_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each message that comes back, and of none that is done: SQS leaves it out after three receives."""
    sent_at = world.clock() - 900
    for to in (numbers.UNAVAILABLE, "+37255512345"):
        world.env().handle({"Records": [record(message(to=to), receives=9, sent_at=sent_at)]}, world.remaining())
    told = [each for each in values_in(capsys.readouterr().out) if each.name == "OldestDeferred"]
    assert told == [Values("OldestDeferred", "Seconds", [900], "")]


def test_a_limit_of_messente_is_counted_each_time(world: World, metrics: Written) -> None:
    """A 429 that the function waits out leaves no other trace: the message is sent in the end, or tried again."""
    world.env().handle({"Records": [record(message("k", to=numbers.TOO_MANY))]}, world.remaining())
    assert Metric("RateLimited", 1) in metrics()


def test_more_values_than_a_line_may_have_are_one_line_of_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch takes a hundred values of one metric in a line, and no line that has more."""
    capsys.readouterr()
    with flush():
        for number in range(300):
            observe(Name.MESSENTE_LATENCY, number)
    [told] = values_in(capsys.readouterr().out)
    assert told.values == list(range(201, 300))


def test_every_metric_is_emitted() -> None:
    """A metric that no code counts any more is a dead line on the dashboard, or an alarm that never rings."""
    code = ROOT / "src" / "messente_rcs"
    used = {
        node.attr
        for file in code.rglob("*.py")
        if file.stem != "telemetry"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Metric"
    }
    by_outcome = {kind.name for kind in (*OutcomeKind, AnswerKind.UNAUTHORIZED, AnswerKind.MISCONFIGURED)}
    assert used | by_outcome & set(Name.__members__) == set(Name.__members__)
