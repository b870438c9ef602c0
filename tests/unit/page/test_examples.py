"""The examples that the page offers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from messente_rcs.payload.submission import parse
from tests.page.examples import examples
from tests.standin import validation

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EXAMPLES = {each["name"]: each["payload"] for each in examples(NOW)}


def found(value: Any, name: str) -> list[Any]:
    """List every value that a field of this name has anywhere."""
    if isinstance(value, list):
        return [each for part in value for each in found(part, name)]
    if not isinstance(value, dict):
        return []
    here = [value[name]] if name in value else []
    return here + [each for part in value.values() for each in found(part, name)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_accepted(name: str) -> None:
    """The function takes it, and so does the stand-in for Messente."""
    submission = parse(EXAMPLES[name], "Example")
    _, errors = validation.parse(json.dumps(submission.omnimessage).encode())
    assert errors == []


def test_the_examples_show_all_that_a_phone_shows() -> None:
    """Every kind of card, suggestion and channel is in one of them."""
    payloads = list(EXAMPLES.values())
    assert set(found(payloads, "height")) == {"SHORT", "MEDIUM", "TALL"}
    assert set(found(payloads, "card_orientation")) == {"VERTICAL", "HORIZONTAL"}
    assert set(found(payloads, "thumbnail_image_alignment")) == {"LEFT", "RIGHT"}
    assert set(found(payloads, "card_width")) == {"SMALL", "MEDIUM"}
    assert set(found(payloads, "channel")) == {"rcs", "viber", "whatsapp", "sms"}
    assert max(len(each) for each in found(payloads, "suggestions")) == 11
    actions = {name for each in found(payloads, "action") for name in each if name.endswith("_action")}
    assert len(actions) == 5


def test_the_times_of_the_examples_are_ahead() -> None:
    """However long the page has been open: it asks for the examples when one of them is chosen."""
    payloads = list(EXAMPLES.values())
    times = [each for name in ("time_to_send", "start_time", "end_time") for each in found(payloads, name)]
    assert [each for each in times if datetime.fromisoformat(each) <= NOW] == []
    [scheduled] = found(payloads, "time_to_send")
    assert datetime.fromisoformat(scheduled) - NOW == timedelta(minutes=1)
