"""Reads JSON that comes from outside: a request, an answer, a secret, a letter."""

from __future__ import annotations

import json
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # some tools begin every UTF-8 file with it; RFC 8259 section 8.1 lets a reader ignore it


class TooDeep(ValueError):  # noqa: N818 - says what it is
    """Lists and objects lie deeper in each other than Python reads."""

    def __init__(self) -> None:
        super().__init__("nested too deep")


def read_json(given: str | bytes, **hooks: Any) -> Any:
    """Read JSON, with or without a byte order mark; raises ValueError, whose text and context carry what was given.

    Bytes that are no UTF-8 become U+FFFD, so that an odd name does not cost the ids beside it. Callers that must
    not change a text decode it first. NaN and Infinity are read; `hooks` are those of json.loads.
    """
    text = given.decode(errors="replace") if isinstance(given, bytes) else given
    try:
        return json.loads(text.removeprefix(BYTE_ORDER_MARK), **hooks)
    except RecursionError:
        raise TooDeep from None


def read_object(given: str | bytes) -> dict[str, Any] | None:
    """Read a JSON object; None for anything else."""
    try:
        found = read_json(given)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
