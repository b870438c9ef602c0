"""Checks of single values that take more than a pattern; the schema calls them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from pydantic_core import PydanticCustomError

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.patterns import ISO_8601, RFC_3339

_RFC_3339, _ISO_8601 = map(re.compile, (RFC_3339, ISO_8601))


def key(value: str) -> str:
    """Require what can be a message id."""
    if not is_message_id(value):
        raise PydanticCustomError("key", "key")
    return value


def instant(value: Any) -> datetime:
    """Read a time by RFC 3339 as one in UTC."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "string_type")
    if not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("rfc_3339", "rfc_3339")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("rfc_3339", "rfc_3339") from None


def rfc_3339(value: str) -> str:
    """Require a time by RFC 3339; it stays the text that it is."""
    instant(value)
    return value


def iso_8601(value: str) -> str:
    """Require a time by ISO 8601 with its zone; it stays the text that it is."""
    if not _ISO_8601.fullmatch(value):
        raise PydanticCustomError("iso_8601", "iso_8601")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("iso_8601", "iso_8601") from None
    return value
