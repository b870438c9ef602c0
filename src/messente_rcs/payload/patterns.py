"""What single texts of a payload must look like, as regular expressions."""

from __future__ import annotations

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
