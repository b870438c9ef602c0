"""Hides phone numbers in what a command says."""

import re
from typing import Any

_NUMBER = re.compile(r"\+\d{7,15}|(?<![\w-])\d{7,15}(?![\w-])")  # and not the digits of an id
_BEGIN, _END = 4, 2  # what stays of a number: the country, and enough to tell two recipients apart


def mask(number: str) -> str:
    """Hide the middle of a phone number."""
    return f"{number[:_BEGIN]}…{number[-_END:]}" if len(number) > _BEGIN + _END else "…"


def mask_in(text: str) -> str:
    """Hide what may be a phone number in a text."""
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
