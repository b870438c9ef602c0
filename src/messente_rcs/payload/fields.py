"""The kinds of single values that a payload holds: what each must look like, and the types that the models use."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError

from messente_rcs.message_id import PATTERN, is_message_id

PRINTABLE = r"^[^\x00]*$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
HEX = r"^(?:[0-9A-Fa-f]{2})+$"
SMS_SENDER = r"^(?:\+?[0-9]{1,15}|[^\x00]{1,11})$"
WEB_URL = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x7f/?#][^\s\x00-\x1f\x7f]*$"
LINK = r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f]+$"

_DAY = r"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
RFC_3339 = rf"^(?!0000)[0-9]{{4}}{_DAY}[Tt ]{_HOUR}:{_SIXTY}:{_SIXTY}(?:\.[0-9]+)?(?:[Zz]|[+-]{_HOUR}:{_SIXTY})$"
# Upper case as the standard has it. Not up to the year 9999: what is due some hours later must still be a datetime.
ISO_8601 = (
    rf"^(?:19|2[0-9])[0-9]{{2}}{_DAY}T{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.,][0-9]+)?)?(?:Z|[+-]{_HOUR}(?::?{_SIXTY})?)$"
)


def _key(value: str) -> str:
    if not is_message_id(value):
        raise PydanticCustomError("key", "key")
    return value


def _instant(value: Any) -> datetime:
    """Read a time by RFC 3339 as one in UTC."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "string_type")
    if not re.fullmatch(RFC_3339, value):
        raise PydanticCustomError("rfc_3339", "rfc_3339")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("rfc_3339", "rfc_3339") from None


def _rfc_3339(value: str) -> str:
    """Require a time by RFC 3339; it stays the text that it is."""
    _instant(value)
    return value


def _iso_8601(value: str) -> str:
    """Require a time by ISO 8601 with its zone; it stays the text that it is."""
    if not re.fullmatch(ISO_8601, value):
        raise PydanticCustomError("iso_8601", "iso_8601")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("iso_8601", "iso_8601") from None
    return value


def limited(high: int | None, low: int = 1) -> StringConstraints:
    """Characters (code points) that a text may have. NUL is refused: what stores or shows a text may cut it there."""
    return StringConstraints(min_length=low, max_length=high, pattern=PRINTABLE)


def link(high: int | None = None) -> StringConstraints:
    """Require a URL of any scheme (https:, tel:, geo:) of at most `high` characters."""
    return StringConstraints(max_length=high, pattern=LINK)


Text = Annotated[str, limited(None)]
Note = Annotated[str, limited(None, low=0)]
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
WebUrl = Annotated[str, StringConstraints(pattern=WEB_URL)]
Link = Annotated[str, link()]
Hex = Annotated[str, StringConstraints(pattern=HEX)]
Key = Annotated[str, AfterValidator(_key), Field(json_schema_extra={"pattern": PATTERN})]
Instant = Annotated[
    datetime, PlainValidator(_instant), Field(json_schema_extra={"type": "string", "pattern": RFC_3339})
]
Rfc3339 = Annotated[str, AfterValidator(_rfc_3339), Field(json_schema_extra={"pattern": RFC_3339})]
Iso8601 = Annotated[str, AfterValidator(_iso_8601), Field(json_schema_extra={"pattern": ISO_8601})]
# Messente states no maximum; its Java and C# clients send 32 bits.
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]

Priority = Literal["low", "regular", "high"]
TextStore = Literal["nostore", "plaintext", "sha256"]
OnUnknown = Literal["hold", "resend"]
