"""Recipients are shown only to whoever asks for them."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = re.compile(r"\+\d{7,15}|(?<![\w-])\d{7,15}(?![\w-])")  # and not the digits of an id
_BEGIN, _END = 4, 2  # what stays: the country, and enough to tell two recipients apart


def mask(number: str) -> str:
    """Hide the middle of a phone number."""
    if len(number) <= _BEGIN + _END:
        return "…"
    return f"{number[:_BEGIN]}…{number[-_END:]}"


def mask_in(text: str) -> str:
    """Hide what may be a phone number in a text."""
    return _NUMBER.sub(lambda found: mask(found[0]), text)


def masked(value: Any) -> Any:
    """Hide the recipient of a record, and numbers in the words of its errors. Ids stay as they are."""
    match value:
        case dict():
            return {name: _masked_field(name, each) for name, each in value.items()}
        case list():
            return [masked(each) for each in value]
    return value


def _masked_field(name: str, value: Any) -> Any:
    match name, value:
        case "to", str():
            return mask(value)
        case "detail" | "title" | "source" | "error" | "body", str():
            return mask_in(value)
    return masked(value)
