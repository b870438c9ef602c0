"""Metrics reach standard output at the end of each invocation, whatever the invocation was and however it ended."""

from __future__ import annotations

import importlib
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.telemetry import count, flush
from messente_rcs.triggers.envelopes import UnknownEvent
from messente_rcs.triggers.events import NotSent
from standin import numbers
from support.metrics import Metric
from support.world import Crash, message, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.world import World

type Written = Callable[[], list[Metric]]


EVENTS: dict[str, tuple[Any, str]] = {
    "queue": ({"Records": [record(message("k"))]}, "Sent"),
    "invocation": (message("k"), "Sent"),
    "lost answer": (message("k", to=numbers.CUT_AFTER_ACCEPT), "Unknown"),
    "rejected": (message("k", to=numbers.BAD_REQUEST), "Rejected"),
    "expired": (message("k", expires_at="2020-01-01T00:00:00Z"), "Expired"),
    "http": (
        {"rawPath": "/messages", "requestContext": {"http": {"method": "POST"}}, "body": json.dumps(message("k"))},
        "Sent",
    ),
}


@pytest.mark.parametrize(("event", "name"), EVENTS.values(), ids=list(EVENTS))
def test_each_invocation_writes_its_metrics(world: World, metrics: Written, event: Any, name: str) -> None:
    """One sum each, and nothing of the invocation before."""
    env = world.env()
    env.handle(event, world.remaining(), "r")
    assert metrics() == [Metric(name, 1)]
    with pytest.raises(UnknownEvent):
        env.handle([], world.remaining(), "r")
    assert metrics() == []


def test_an_invocation_that_raises_writes_them_too(world: World, metrics: Written) -> None:
    """An alarm that waits for them must not stay silent because the invoker was told as well."""
    with pytest.raises(NotSent):
        world.env().handle(message("k", to=numbers.UNAUTHORIZED), world.remaining(), "r")
    assert metrics() == [Metric("NotSent", 1), Metric("Unauthorized", 1)]


def test_many_of_a_kind_are_one_sum(metrics: Written) -> None:
    """And those by trigger are in it."""

    def invocation() -> None:
        with flush():
            for _ in range(3):
                count("Sent")
                count("Invalid", "sqs")
            count("Invalid", "http")
            raise Crash

    with pytest.raises(Crash):
        invocation()
    assert metrics() == [
        Metric("Invalid", 1, "http"),
        Metric("Invalid", 3, "sqs"),
        Metric("Invalid", 4),
        Metric("Sent", 3),
    ]


ENVIRON = {
    "MESSENTE_URL": "https://api.messente.com/v1",
    "TABLE_NAME": "messages",
    "SECRET_ARN": "messente",
    "QUEUE_URL": "https://sqs/messages",
    "DEAD_LETTER_QUEUE_URL": "https://sqs/dead",
}


@pytest.mark.parametrize(("module", "event"), [("report", {"warmup": True}), ("send", {"warmup": True})])
def test_the_functions_write_them(monkeypatch: pytest.MonkeyPatch, metrics: Written, module: str, event: Any) -> None:
    """What is counted by the time a handler returns is written: the function behind the callback API does so too."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    function = importlib.import_module(f"messente_rcs.functions.{module}")
    count("Report")
    context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 30_000)
    assert function.lambda_handler(event, context) == {"warm": True}
    assert metrics() == [Metric("Report", 1)]
