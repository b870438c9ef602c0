"""Decode what comes in: JSON, and a payload as one object that says each thing once."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from messente_rcs.errors import MOST_ERRORS
from messente_rcs.payload.errors import InvalidPayload, problem, source_of

BYTE_ORDER_MARK = "\ufeff"  # some tools begin every UTF-8 file with it; RFC 8259 section 8.1 lets a reader ignore it

type Way = tuple[str | int, ...]  # the names and indexes that lead to a value
LONGEST_WAY = 20  # names and indexes that are kept; no field of a payload has so many

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

# The messages of Python's parser, in plain words.
_PLAIN = {
    "Expecting value": "a value is expected here; a text needs double quotes",
    "Expecting property name enclosed in double quotes": "the name of a field in double quotes is expected here",
    "Expecting ':' delimiter": "a colon is expected here",
    "Expecting ',' delimiter": 'a comma or the end is expected here; a double quote in a text is written \\"',
    "Illegal trailing comma before end of object": "remove this comma",
    "Illegal trailing comma before end of array": "remove this comma",
    "Unterminated string starting at": "the text that begins here has no closing double quote",
    "Invalid control character at": "a line break in a text is written \\n, a tab \\t",
    "Invalid \\escape": "a backslash in a text is written \\\\",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
    "Extra data": "the JSON has ended before this",
}


class RepeatedName(ValueError):  # noqa: N818 - says what it is
    """An object has a field twice: the ways to each. Readers of JSON differ in which of both values they take."""


def read_json(given: str | bytes, **hooks: Any) -> Any:
    """Read JSON, with or without a byte order mark; raises ValueError, whose text and context carry what was given.

    Bytes that are no UTF-8 become U+FFFD, so that an odd name does not cost the ids beside it. Callers that must
    not change a text decode it first. NaN and Infinity are read; `hooks` are those of json.loads.
    """
    text = given.decode(errors="replace") if isinstance(given, bytes) else given
    try:
        return json.loads(text.removeprefix(BYTE_ORDER_MARK), **hooks)
    except RecursionError:
        raise ValueError("nested too deep") from None


def read_object(given: str | bytes) -> dict[str, Any] | None:
    """Read a JSON object; None for anything else."""
    try:
        found = read_json(given)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def decode_json(text: str | bytes) -> object:
    """Decode JSON in UTF-8; raises ValueError, of which RepeatedName is one kind."""
    if isinstance(text, bytes):
        text = text.decode()
    repeated: dict[int, tuple[object, list[str]]] = {}  # by the ids of objects: each, so that it stays, and these names

    def fields_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            times = Counter(name for name, _ in pairs)
            repeated[id(fields)] = fields, [name for name in fields if times[name] > 1]
        return fields

    found = read_json(text, object_pairs_hook=fields_once)
    if repeated:
        # What stood in a field that was given again is not there any more.
        raise RepeatedName(*((*way, name) for way, it in walk(found) for name in repeated.get(id(it), ((), ()))[1]))
    return found


def walk(value: object, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """Walk through a value of JSON and all that is in it, with the way to each, or the outer part of a long one."""
    todo: list[tuple[Way, Any]] = [(way, value)]
    while todo:
        way, each = todo.pop()
        yield way, each
        inside = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        todo += reversed([((*way, part)[:LONGEST_WAY], inner) for part, inner in inside])


def decode_object(payload: object) -> dict[str, Any]:
    """Decode a payload: JSON as text or UTF-8, or a mapping. Raises InvalidPayload."""
    if isinstance(payload, Mapping):
        return dict(payload)
    # What json raises carries the payload: our own exception is raised outside, so that it has no such context.
    try:
        found = decode_json(payload) if isinstance(payload, str | bytes) else payload
        wrong = [problem("not_json", more=f"It is {kind_of(found)}.")]
    except RepeatedName as twice:
        found, wrong = None, [problem("repeated", source_of(way)) for way in twice.args[:MOST_ERRORS]]
    except ValueError as failure:
        found, wrong = None, [problem("not_json", more=_why(failure))]
    if not isinstance(found, dict):
        raise InvalidPayload(wrong)
    return found


def has_form(value: object, form: str | re.Pattern[str]) -> bool:
    """Tell whether a value of JSON is a string of this form."""
    return isinstance(value, str) and re.fullmatch(form, value) is not None


def kind_of(value: object) -> str:
    """Name the kind of a value of JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        return "a string that holds JSON"
    return _KINDS.get(type(value), "no value of JSON")


def _why(failure: ValueError) -> str:
    match failure:
        case json.JSONDecodeError(doc=text) if not text.strip():
            return "It is empty."
        case json.JSONDecodeError(msg=message, doc=text, pos=at, lineno=line, colno=column):
            words = _PLAIN.get(message, "this is not JSON") if text[at:].strip() else "the JSON ends too early"
            return f"Line {line}, column {column}: {words}."
        case UnicodeDecodeError(start=at):
            return f"The byte at offset {at} is not UTF-8."
    return "It has a number of more than 4300 digits, or is nested too deep."
