"""The kinds of single values that a payload holds: what each must look like, and the types that the models use."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, NotRequired, TypedDict

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from messente_rcs.message_id import MESSAGE_ID, is_message_id

# What shows nothing by itself: white space, controls, joiners, directions, fillers and variation selectors.
INVISIBLE = (
    r"\x01-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
PRINTABLE = r"^[^\x00]*$"
VISIBLE = rf"^[{INVISIBLE}]*[^\x00{INVISIBLE}][^\x00]*$"
EMPTY_OR_VISIBLE = rf"^(?:[{INVISIBLE}]*[^\x00{INVISIBLE}][^\x00]*)?$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
TAG = r"^[A-Za-z0-9_.:\-]{1,64}$"
HEX = r"^(?:[0-9A-Fa-f]{2})+$"
SMS_SENDER = rf"^(?:\+?[0-9]{{1,15}}|[^\x00{INVISIBLE}][^\x00]{{0,10}})$"

_HTTP = "[Hh][Tt][Tt][Pp][Ss]?:"
WEB_URL = rf"^{_HTTP}//(?!{_HTTP})[^\s\x00-\x1f\x7f/?#:\\][^\s\x00-\x1f\x7f]*$"
LINK = r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f]+$"
# The authority of a URL that leads back to whoever follows it: no recipient, and no vendor, finds a file there. Written
# so that JSON Schema has it too.
_LOCALHOST = r"(?:[^/?#@]*\.)?[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss\u017f][Tt]\.?"
OWN_HOST = rf"^[^:/?#]*://(?:[^/?#]*@)?(?:{_LOCALHOST}|127(?:\.[0-9]+){{3}}|0\.0\.0\.0|\[::1?\])(?::[0-9]*)?(?![^/?#])"
# These run code on the recipient's device, or name something that only the caller's own device has.
REFUSED_SCHEMES = ("javascript", "vbscript", "data", "file", "blob", "about")
_REFUSED = "|".join("".join(f"[{letter.upper()}{letter}]" for letter in scheme) for scheme in REFUSED_SCHEMES)
# Or a host whose scheme is missing: a name with dots before a port.
NO_LINK = rf"^(?:(?:{_REFUSED}):|(?:[^:.]*\.[^:]*|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]):[0-9]+(?![^/?#]))"

_DAY = r"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
RFC_3339 = rf"^(?!0000)[0-9]{{4}}{_DAY}[Tt ]{_HOUR}:{_SIXTY}:{_SIXTY}(?:\.[0-9]+)?(?:[Zz]|[+-]{_HOUR}:{_SIXTY})$"
# Upper case as the standard has it. Not up to the year 9999: what is due some hours later must still be a datetime.
ISO_8601 = (
    rf"^(?:19|2[0-9])[0-9]{{2}}{_DAY}T{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.,][0-9]+)?)?(?:Z|[+-]{_HOUR}(?::?{_SIXTY})?)$"
)


def _is_web_url(value: str) -> bool:
    return re.fullmatch(WEB_URL, value) is not None and not re.match(OWN_HOST, value)


def _is_link(value: str) -> bool:
    if re.match(_HTTP, value):
        return _is_web_url(value)
    return re.fullmatch(LINK, value) is not None and not re.match(NO_LINK, value)


def instant(time: str) -> datetime:
    """Read a time by RFC 3339 as one in UTC."""
    return datetime.fromisoformat(time.upper()).astimezone(UTC)


def _format(kind: str, is_right: Callable[[str], object]) -> AfterValidator:
    """Require a format, which has an error of this kind; the text stays as it is."""

    def check(value: str) -> str:
        try:
            found = is_right(value)
        except (ValueError, OverflowError):  # a date or time that the calendar does not have
            found = False
        if not found:
            raise PydanticCustomError(kind, kind)
        return value

    return AfterValidator(check)


def limited(high: int | None, low: int = 1) -> StringConstraints:
    """Limit a text that is shown: it shows something unless it is empty, and has no NUL, where some would cut it."""
    return StringConstraints(min_length=low, max_length=high, pattern=VISIBLE if low else EMPTY_OR_VISIBLE)


Text = Annotated[str, limited(None)]
Caption = Annotated[str, limited(None, low=0)]
# Not shown, or a template's parameter: one of a space is how templates are given nothing.
Note = Annotated[str, StringConstraints(pattern=PRINTABLE)]
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
_WEB_URL: dict[str, JsonValue] = {"pattern": WEB_URL, "not": {"pattern": OWN_HOST}}
# Only a constraint of pydantic's own finds lone surrogates.
WebUrl = Annotated[Note, _format("web_url", _is_web_url), Field(json_schema_extra=_WEB_URL)]
_link = _format("link", _is_link)
_link_schema = Field(
    json_schema_extra={"pattern": LINK, "not": {"pattern": NO_LINK}, "if": {"pattern": f"^{_HTTP}"}, "then": _WEB_URL}
)
Link = Annotated[Note, _link, _link_schema]
ShortLink = Annotated[str, StringConstraints(max_length=2048), _link, _link_schema]
Hex = Annotated[str, StringConstraints(pattern=HEX)]
TagValue = Annotated[str, StringConstraints(max_length=256, pattern=PRINTABLE)]
Key = Annotated[str, _format("key", is_message_id), Field(json_schema_extra={"pattern": MESSAGE_ID})]
_rfc_3339 = _format("rfc_3339", lambda time: re.fullmatch(RFC_3339, time) and instant(time))
_iso_8601 = _format("iso_8601", lambda time: re.fullmatch(ISO_8601, time) and instant(time))
Rfc3339 = Annotated[str, _rfc_3339, Field(json_schema_extra={"pattern": RFC_3339})]
Iso8601 = Annotated[str, _iso_8601, Field(json_schema_extra={"pattern": ISO_8601})]
# Messente states no maximum; its Java and C# clients send 32 bits.
LARGEST_COUNT = 2**31 - 1
Count = Annotated[int, Field(ge=1, le=LARGEST_COUNT)]


class ChannelFields(TypedDict):
    """The fields that a message has on every channel, beside its sender."""

    ttl: NotRequired[Count]
    """Seconds until the message expires on this channel."""
    validity: NotRequired[Count]
    """Minutes until the message expires on this channel."""
