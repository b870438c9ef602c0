"""Errors of a payload in Messente's shape: where, in their notation, and why, without what the caller sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from messente_rcs.errors import INVALID, MISSING, Error, Invalid, error
from messente_rcs.payload.fields import EMPTY_OR_VISIBLE, HEX, PHONE, PRINTABLE, SMS_SENDER, VISIBLE
from messente_rcs.payload.hints import find, hint

BODY = "payload"
LONGEST_NAME = 64
SOURCES_SHOWN = 10

# pydantic's error types (pydantic-core 2.50) and kinds of our own. Only limits and names of ours are filled in, never
# what was sent. A hint may follow, see `hints`.
SENTENCES = {
    "not_json": "Must be a JSON object in UTF-8.",
    "repeated": "This field is given twice in one object.",
    "missing": "This field is required.",
    "none_given": "One of these fields is required: {names}.",
    "no_rcs": "One of the messages must be for the channel rcs.",
    "union_tag_not_found": "The channel is required: rcs, sms, viber or whatsapp.",
    "union_tag_invalid": "The channel must be rcs, sms, viber or whatsapp.",
    "doubled": "Each channel may be used only once.",
    "too_many_given": "Only one of these fields may be given: {names}.",
    "combination": "These fields cannot be combined: {names}.",
    "incomplete": "Something is missing beside {names}: add {more}.",
    "too_late": "Must be before {other}.",
    "too_early": "Must be after {other}.",
    "size": "Must have {low} to {high} items.",
    "surplus": "Must have at most {high} items.",
    "extra_forbidden": "This field is unknown here.",
    "invalid_key": "Names of fields must be strings of valid Unicode.",
    "string_type": "Must be a string.",
    "string_unicode": "Must be valid Unicode without lone surrogates.",
    "empty": "Must not be empty.",
    "string_too_short": "Must have at least {min_length} characters.",
    "string_too_long": "Must have at most {max_length} characters.",
    "literal_error": "Must be {expected}.",
    "int_type": "Must be a whole number.",
    "float_type": "Must be a number.",
    "finite_number": "Must be a finite number.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than_equal": "Must be at most {le}.",
    "bool_type": "Must be true or false.",
    "list_type": "Must be a list.",
    "dict_type": "Must be an object.",
    "model_attributes_type": "Must be an object.",
    "key": "Must be 1 to 255 letters, digits or -._~!$&'()*+,;=:@ (but not . or .. alone).",
    "tag": "The name must be 1 to 64 ASCII letters, digits, dashes, dots, colons or underscores.",
    "rfc_3339": "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z.",
    "iso_8601": "Must be a time by ISO 8601 with its zone, like 2030-01-31T09:05+02:00.",
    "phone": "Must be a phone number by E.164, with + and 7 to 15 digits.",
    "web_url": "Must be an absolute http or https URL.",
    "link": "Must be an absolute URL with its scheme.",
    "hex": "Must be bytes as pairs of hexadecimal digits.",
    "sms_sender": "Must be a number of at most 15 digits or a name of at most 11 characters.",
    "nul": "Must not have NUL characters.",
    "invisible": "Must have a character that can be seen, not only spaces.",
}
OTHERWISE = "The value is not valid."

_OF_PATTERNS = {
    PHONE: "phone",
    HEX: "hex",
    SMS_SENDER: "sms_sender",
    PRINTABLE: "nul",
    VISIBLE: "invisible",
    EMPTY_OR_VISIBLE: "invisible",
}

_MISSING = frozenset({"missing", "none_given", "no_rcs", "union_tag_not_found"})
_DIGITS = re.compile(r"\d{5,}")


class InvalidPayload(Invalid):
    """A payload that can not be sent. `key` is its idempotency key where that much could be read."""

    def __init__(self, errors: Iterable[Error], key: str | None = None) -> None:
        self.errors = tuple(errors)
        self.key = key
        super().__init__(_summary(self.errors))


def problem(kind: str, source: str = BODY, more: str = "") -> Error:
    """Build the error of one of SENTENCES that needs no filling in, and what follows the sentence."""
    return error(INVALID, f"{SENTENCES[kind]} {more}".rstrip(), source)


def repeated(name: str) -> Error:
    """Build the error of a field that an object has twice."""
    return problem("repeated", f"{BODY}[{_name(name)}]")


def problems(lines: Sequence[Mapping[str, Any]], payload: Mapping[str, Any]) -> list[Error]:
    """Translate pydantic's error lines; those of a doubled channel keep the index, which alone tells them apart."""
    doubled = {line["loc"][1] for line in lines if line["type"] == "doubled"}
    return [_translate(line, doubled, payload) for line in lines]


def _translate(line: Mapping[str, Any], doubled: set[Any], payload: Mapping[str, Any]) -> Error:
    found, context = find(payload, line["loc"]), line.get("ctx", {})
    kind = _kind(line["type"], context, found.value)
    sentence = SENTENCES.get(kind, OTHERWISE).format_map(context)
    code = MISSING if kind in _MISSING else INVALID
    return error(code, f"{sentence} {hint(kind, found)}".rstrip(), _source(kind, line["loc"], doubled))


def _kind(kind: str, context: Mapping[str, Any], value: Any) -> str:
    """Tell apart what pydantic has one type for."""
    pattern = context.get("pattern")
    if pattern and isinstance(value, str) and "\0" in value:
        return "nul"
    if pattern:
        return _OF_PATTERNS.get(pattern, kind)
    return "empty" if context.get("min_length") == 1 else kind


def _source(kind: str, loc: tuple[str | int, ...], doubled: set[Any]) -> str:
    match loc:
        case ("messages", _) if kind.startswith("union_tag"):
            loc = (*loc, "channel")
        case ("messages", index, str(channel), *rest) if kind != "doubled":
            loc = ("messages", index, *rest) if index in doubled else (channel, *rest)
    return BODY + "".join(f"[{_name(part)}]" for part in loc)


def _name(part: str | int) -> str:
    """Show the name of a field, but no long number in it: a caller's mistake can make a phone number a field's name."""
    shown = "".join(filter(str.isprintable, str(part)[:LONGEST_NAME]))
    return _DIGITS.sub("#", shown)


def _summary(errors: tuple[Error, ...]) -> str:
    sources = [str(each["source"]) for each in errors[:SOURCES_SHOWN]]
    more = ", ..." if len(errors) > SOURCES_SHOWN else ""
    return f"{len(errors)} error(s) in the payload: {', '.join(sources)}{more}"
