"""Tags: what they may be, what is said of those that may not, and that they make no other message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.names import loggable
from messente_rcs.payload.submission import parse
from support.strategies import TAGS, payload, told

if TYPE_CHECKING:
    from support.strategies import Json

NAME = "The name must be 1 to 64 ASCII letters, digits, dashes, dots, colons or underscores."
EXAMPLE = 'Each tag is a field of the object, like "campaign": "spring".'


@given(TAGS)
def test_valid_tags(tags: Json) -> None:
    """They come out as they went in, apart from the body and from the hash."""
    with_tags, without = parse(payload(tags=tags)), parse(payload())
    assert with_tags.tags == tags
    assert with_tags.omnimessage == without.omnimessage
    assert with_tags.payload_hash == without.payload_hash


@pytest.mark.parametrize(
    ("tags", "place", "detail"),
    [
        (None, "", "Must be an object. It is null: leave the field out instead."),
        ("team=logistics", "", f"Must be an object. It is a string. {EXAMPLE}"),
        ('{"team": "logistics"}', "", "Must be an object. It is a string that holds JSON: send the object itself."),
        ([{"Key": "a", "Value": "b"}], "", f"Must be an object. It is a list: send one object. {EXAMPLE}"),
        (dict.fromkeys(map(str, range(11)), "x"), "", "Must have at most 10 items. It has 11 items."),
        ({"a": 1}, "[a]", "Must be a string. Put it into double quotes."),
        ({"a": True}, "[a]", "Must be a string. Put it into double quotes."),
        ({"a": None}, "[a]", "Must be a string. It is null."),
        ({"a": ["b"]}, "[a]", "Must be a string. It is a list."),
        ({"a": {"b": "c"}}, "[a]", "Must be a string. It is an object."),
        ({"a": "x" * 257}, "[a]", "Must have at most 256 characters. It has 257 characters."),
        ({"a": "\0"}, "[a]", "Must not have NUL characters."),
        ({"a": "\ud800"}, "[a]", "Must be valid Unicode without lone surrogates."),
        ({"": "x"}, "[]", f"{NAME} It is empty."),
        ({"a b": "x"}, "[a b]", f"{NAME} Use no spaces."),
        ({"a/b": "x"}, "[a/b]", f"{NAME} Use no slashes."),
        ({"\u00f5htu": "x"}, "[\u00f5htu]", f"{NAME} Use ASCII characters only."),
        ({"a+b": "x"}, "[a+b]", NAME),
        ({"\ud800": "x"}, "[?]", NAME),
        ({"x" * 65: "x"}, f"[{'x' * 64}]", f"{NAME} It has 65 characters."),
        ({1: "x"}, "[1]", NAME),
    ],
)
def test_tags_that_are_refused(tags: Any, place: str, detail: str) -> None:
    """At the tag itself, with what is wrong with it."""
    assert told(payload(tags=tags)) == {f"payload[tags]{place}": detail}


def test_all_errors_are_told_at_once() -> None:
    """Of the tags, and of the rest of the payload."""
    wrong = payload(tags={"a": 1, "b c": "x"}, priority="urgent")
    assert told(wrong).keys() == {"payload[tags][a]", "payload[tags][b c]", "payload[priority]"}


def test_a_flood_of_tags_is_one_error() -> None:
    """Surplus names are not looked at."""
    assert told(payload(tags={f"a {number}": "x" for number in range(10_000)})).keys() == {
        "payload[tags]",
        *(f"payload[tags][a {number}]" for number in range(10)),
    }


def test_the_name_of_a_tag_is_not_logged() -> None:
    """It is the caller's own word."""
    with pytest.raises(InvalidPayload) as refused:
        parse(payload(tags={"anna.maier": 1, "anna maier": "x"}))
    assert loggable(refused.value.errors)["sources"] == ["payload[tags][?]"] * 2


def test_a_submission_does_not_print_its_tags() -> None:
    """Its repr ends up in tracebacks."""
    assert "sentinel" not in repr(parse(payload(tags={"a": "sentinel"})))
