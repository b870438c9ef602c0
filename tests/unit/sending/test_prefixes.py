"""Numbers outside of AllowedPrefixes are invalid, through every trigger, before anything is claimed."""

import json
from collections.abc import Callable

import pytest

from messente_rcs.phone import Prefixes
from tests.support.metrics import Metric
from tests.support.world import World, http_event, message

OUTSIDE = "+882123456789"  # a satellite network, which costs many times as much
DENIED = {"code": "105", "title": "Invalid data", "source": "payload[to]"}


@pytest.mark.parametrize(
    ("prefixes", "allowed", "denied"),
    [
        ("", ["+37255512345", OUTSIDE], []),
        ("+372,+371", ["+37255512345", "+37126123456"], ["+37061234567", OUTSIDE]),
        ("+372,-+37290,+3729012", ["+37255512345", "+37290123456"], ["+37290223456"]),
        ("-+882,-+883", ["+37255512345"], [OUTSIDE]),
        ("-+44,+447", ["+447700900123"], ["+442079460000"]),
        ("+44,-+4470", ["+447700900123"], ["+447012345678", "+4407012345678"]),
        ("+1", ["+12025550123"], ["+37255512345"]),
    ],
)
def test_the_longest_prefix_decides(prefixes: str, allowed: list[str], denied: list[str]) -> None:
    """A minus denies; without an allowed prefix, all others are allowed."""
    assert [number for number in [*allowed, *denied] if Prefixes(prefixes).deny(number)] == denied


@pytest.mark.parametrize("trigger", ["sqs", "http", "invoke"])
def test_a_number_outside_is_invalid(world: World, metrics: Callable[[], list[Metric]], trigger: str) -> None:
    """It is not claimed and not sent, and it is told with whatever else is wrong."""
    env = world.env(allowed_prefixes="+372")
    payload = message("k", to=OUTSIDE)
    match trigger:
        case "sqs":
            assert world.deliver(payload, env)
        case "http":
            answer = env.handle(http_event("POST", body=payload | {"on_unknown": "ask"}), world.remaining())
            denied, other = json.loads(answer["body"])["errors"][::-1]
            assert (answer["statusCode"], denied | DENIED, other["source"]) == (400, denied, "payload[on_unknown]")
        case "invoke":
            assert env.handle(payload, world.remaining())["errors"][0]["source"] == "payload[to]"
    assert (world.items(), world.accepted(), len(world.dead())) == (0, 0, 0 if trigger == "http" else 1)
    assert {("PrefixDenied", 1, ""), ("Invalid", 1, trigger)} <= set(metrics())
