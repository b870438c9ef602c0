"""Hides phone numbers in what a command says."""

import re
from typing import Any

_SPACE = r"[()./ \u00a0\t\u00ad\u2007-\u2015\u202a-\u202f\u2060-\u2069\u2212-]{0,3}"  # what people put between digits
_BEGINS = r"(?:\+|(?<![\w.:-])(?![\da-f]{8}(?:-[\da-f]{4}){3}-)00)"  # a plus, or zeros with which no UUID begins
_NUMBER = re.compile(rf"{_BEGINS}{_SPACE}\d(?:{_SPACE}\d){{6,14}}|(?<![\w-])\d{{7,15}}(?![\w-])")
_RECIPIENT = re.compile(r'("to\\*"\s*:\s*\\*")((?:[^"\\]|\\u\w{4})+)')  # in a body, whatever stands there
_BEGIN, _END = 4, 2  # what stays of a number: the country, and enough to tell two recipients apart


def mask(number: str) -> str:
    """Hide the middle of a phone number."""
    return f"{number[:_BEGIN]}…{number[-_END:]}" if len(number) > _BEGIN + _END else "…"


def mask_in(text: str) -> str:
    """Hide what may be a phone number in a text."""
    text = _RECIPIENT.sub(lambda found: found[1] + mask(found[2]), text)
    return _NUMBER.sub(lambda found: mask(found[0]), text)


def masked(value: Any, name: str = "") -> Any:
    """Hide the recipient of a record, and numbers in the words of its errors. Ids stay as they are."""
    match name, value:
        case _, dict():
            return {name: masked(each, name) for name, each in value.items()}
        case _, list():
            return [masked(each) for each in value]
        case "to", str():
            return mask(value)
        case "detail" | "title" | "source" | "error" | "body", str():
            return mask_in(value)
    return value
