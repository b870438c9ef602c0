"""The kinds of single values that a payload holds."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints

from messente_rcs.message_id import PATTERN
from messente_rcs.payload import checks
from messente_rcs.payload.patterns import HEX, ISO_8601, LINK, PHONE, PRINTABLE, RFC_3339, WEB_URL


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
Key = Annotated[str, AfterValidator(checks.key), Field(json_schema_extra={"pattern": PATTERN})]
Instant = Annotated[
    datetime, PlainValidator(checks.instant), Field(json_schema_extra={"type": "string", "pattern": RFC_3339})
]
Rfc3339 = Annotated[str, AfterValidator(checks.rfc_3339), Field(json_schema_extra={"pattern": RFC_3339})]
Iso8601 = Annotated[str, AfterValidator(checks.iso_8601), Field(json_schema_extra={"pattern": ISO_8601})]
# Messente states no maximum; its Java and C# clients send 32 bits.
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]

Priority = Literal["low", "regular", "high"]
TextStore = Literal["nostore", "plaintext", "sha256"]
OnUnknown = Literal["hold", "resend"]
