"""What exactly is wrong with a value, or with its place: a sentence that follows the one of errors.SENTENCES.

It is made only when there is an error, and tells lengths, kinds of values and names of the models, but nothing of what
was sent.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from messente_rcs.payload import places
from messente_rcs.payload.fields import Instant, Iso8601, Phone, Rfc3339
from messente_rcs.payload.formats import FORMATS, counted, tag
from messente_rcs.payload.omnimessage import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


_KINDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}


type Loc = tuple[str | int, ...]  # pydantic's place of an error


class Found(NamedTuple):
    """What an error is about: the value, where it stands, and the payload around it."""

    loc: Loc
    value: Any
    payload: Mapping[str, Any]

    @property
    def path(self) -> places.Path:
        """The place among the models: without the indexes of lists."""
        return tuple(part for part in self.loc if isinstance(part, str))


def find(payload: Mapping[str, Any], loc: Loc) -> Found:
    """Look up what stands at pydantic's place of an error; None where nothing does."""
    value: Any = payload
    for part in way_to(loc):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
    return Found(loc, value, payload)


def way_to(loc: Loc) -> tuple[str | int, ...]:
    """Give the names and indexes that lead to a place: in a message, pydantic tells the channel too, as its choice."""
    return (*loc[:2], *loc[3:]) if loc[:1] == ("messages",) else loc


def hint(kind: str, found: Found) -> str:
    """Say more about an error of this kind; nothing if there is no more to say."""
    if kind in FORMATS:
        return FORMATS[kind](found.value)
    return _HINTS[kind](found) if kind in _HINTS else ""


def kind_of(value: object) -> str:
    """Name the kind of a value of JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        return "a string that holds JSON"
    return _KINDS.get(type(value), "no value of JSON")


# --- Kinds of values --------------------------------------------------------------------------------------------------


def _string(found: Found) -> str:
    expected = places.type_of(found.path)
    match kind_of(found.value):
        case "a number" if Phone in expected:
            return "Put the number into double quotes, with + in front."
        case "a number" if any(time in expected for time in (Rfc3339, Iso8601, Instant)):
            return "It is a number: write a time like 2030-01-31T09:05:00Z, not a Unix time."
        case "a number" | "a boolean":
            return "Put it into double quotes."
        case "a list" if Phone in expected:
            return "It is a list: send a request for each number."
    return _is(found)


def _whole_number(found: Found) -> str:
    if isinstance(found.value, float):
        return "Write it without a decimal point." if found.value.is_integer() else "It is another number."
    return _unquoted(found, r"\s*[+-]?\d+\s*")


def _number(found: Found) -> str:
    return _unquoted(found, r"\s*[+-]?\d+(?:[.,]\d*)?\s*")


def _boolean(found: Found) -> str:
    return _unquoted(found, r"(?i:\s*(?:true|false)\s*)")


def _unquoted(found: Found, pattern: str) -> str:
    if isinstance(found.value, str) and re.fullmatch(pattern, found.value):
        return "Write it without quotes."
    return _is(found)


def _list(found: Found) -> str:
    match kind_of(found.value):
        case "an object":
            return "It is an object: put [ and ] around it."
        case "a string that holds JSON":
            return "It is a string that holds JSON: send the list itself."
        case "a string" if found.loc == ("messages",):
            return "It is a string: for one RCS text, use the field text."
    return _is(found)


def _object(found: Found) -> str:
    needs = places.needs(found.path) if found.value is not None else ""
    match kind_of(found.value):
        case "a list":
            return f"It is a list: send one object. {needs}".rstrip()
        case "a string that holds JSON":
            return "It is a string that holds JSON: send the object itself."
    return f"{_is(found)} {needs}".rstrip()


def _is(found: Found) -> str:
    if found.value is None and places.is_optional(found.path):
        return "It is null: leave the field out instead."
    return f"It is {kind_of(found.value)}."


# --- How much there is ------------------------------------------------------------------------------------------------


def _length(found: Found) -> str:
    return f"It has {counted(len(found.value), 'character')}."


def _size(found: Found) -> str:
    return f"It has {counted(len(found.value), 'item')}." if found.value else "It is empty."


# --- What was meant ---------------------------------------------------------------------------------------------------


def _tag(found: Found) -> str:
    return tag(str(found.loc[-1]))


def _choice(found: Found) -> str:
    return _meant(found, places.choices(found.path))


def _channel(found: Found) -> str:
    name = found.value.get("channel")
    return _meant(found._replace(value=name), sorted(CHANNELS))


def _meant(found: Found, values: Iterable[str]) -> str:
    if not isinstance(found.value, str):
        return _is(found)
    by_plain = {places.plain(value): value for value in values}
    near = get_close_matches(places.plain(found.value), by_plain, n=1)
    return f"Did you mean {by_plain[near[0]]}?" if near else ""


def _no_channel(found: Found) -> str:
    if found.value.keys() & CHANNELS:
        return 'Write it as a field of the message, like "channel": "rcs".'
    if "to" in found.value:
        return "A message has no recipient of its own: send a request for each recipient."
    if any(places.plain(str(name)) in {"channel", "channels", "type"} for name in found.value):
        return "The name of the field is channel, in lower case."
    return ""


def _unknown(found: Found) -> str:
    *path, name = found.path
    channels = _channels(found.payload)
    words = places.about_unknown(tuple(path), name, channels or ["rcs"])
    instead = not path and not channels and "text" in found.payload and "messages[" in words
    return f"{words} Use messages instead of text then." if instead else words


def _channels(payload: Mapping[str, Any]) -> list[str]:
    messages = payload.get("messages")
    first = messages[: len(CHANNELS)] if isinstance(messages, list) else []
    given = [each.get("channel") for each in first if isinstance(each, dict)]
    return [each for each in given if isinstance(each, str) and each in CHANNELS]


# By the kinds of errors.SENTENCES.
_HINTS: dict[str, Callable[[Found], str]] = {
    "string_type": _string,
    "int_type": _whole_number,
    "float_type": _number,
    "bool_type": _boolean,
    "list_type": _list,
    "dict_type": _object,
    "model_attributes_type": _object,
    "string_too_short": _length,
    "string_too_long": _length,
    "size": _size,
    "surplus": _size,
    "tag": _tag,
    "literal_error": _choice,
    "union_tag_invalid": _channel,
    "union_tag_not_found": _no_channel,
    "extra_forbidden": _unknown,
}
