"""The examples that the page offers."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from messente_rcs.payload.submission import parse
from tests.page.examples import examples
from tests.standin import validation

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EXAMPLES = {each["name"]: each["payload"] for each in examples(NOW)}
TEXT = json.dumps(EXAMPLES)


def found(name: str) -> list[str]:
    """List every text that a field of this name has anywhere."""
    return re.findall(rf'"{name}": "([^"]*)"', TEXT)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_accepted(name: str) -> None:
    """The function takes it, and so does the stand-in for Messente."""
    submission = parse(EXAMPLES[name], "Example")
    _, errors = validation.parse(json.dumps(submission.omnimessage).encode())
    assert errors == []


def test_the_examples_show_all_that_a_phone_shows() -> None:
    """Every kind of card, suggestion and channel is in one of them."""
    assert set(found("height")) == {"SHORT", "MEDIUM", "TALL"}
    assert set(found("card_orientation")) == {"VERTICAL", "HORIZONTAL"}
    assert set(found("thumbnail_image_alignment")) == {"LEFT", "RIGHT"}
    assert set(found("card_width")) == {"SMALL", "MEDIUM"}
    assert set(found("channel")) == {"rcs", "viber", "whatsapp", "sms"}
    assert len(set(re.findall(r"\w+_action\b", TEXT))) == 5


def test_the_times_of_the_examples_are_ahead() -> None:
    """However long the page has been open: it asks for the examples when one of them is chosen."""
    [scheduled] = found("time_to_send")
    assert datetime.fromisoformat(scheduled) - NOW == timedelta(minutes=1)
    for each in (*found("start_time"), *found("end_time")):
        assert datetime.fromisoformat(each) > NOW
