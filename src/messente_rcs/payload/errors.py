"""Errors of a payload in Messente's shape, without what the caller sent, and without an import of pydantic."""

import re
from collections.abc import Iterable

from messente_rcs.errors import INVALID, TITLES, Error, Invalid, error

MOST_NAMED = 10  # errors of an exception's text
MOST_LOGGED = 20  # errors of a line

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
    "denied": "This stack sends no messages to numbers that begin so.",
    "web_url": "Must be an absolute http or https URL.",
    "link": "Must be an absolute URL with its scheme.",
    "hex": "Must be bytes as pairs of hexadecimal digits.",
    "sms_sender": "Must be at most 15 digits, or at most 11 characters of which the first can be seen.",
    "nul": "Must not have NUL characters.",
    "invisible": "Must have a character that can be seen, not only spaces.",
}
OTHERWISE = "The value is not valid."

_ROOTS = ("payload", "headers", "query")
_PARAMETERS = frozenset({"Idempotency-Key", "dry_run"})


class InvalidPayload(Invalid):
    """A payload that can not be sent. `key` is its idempotency key where that much could be read."""

    def __init__(self, errors: Iterable[Error], key: str | None = None) -> None:
        self.errors = tuple(errors)
        self.key = key
        named = ", ".join(str(each["source"]) for each in self.errors[:MOST_NAMED])
        more = ", ..." if len(self.errors) > MOST_NAMED else ""
        super().__init__(f"{len(self.errors)} error(s) in the payload: {named}{more}")


def problem(kind: str, source: str = "payload", more: str = "") -> Error:
    """Build the error of one of SENTENCES that needs no filling in, and what follows the sentence."""
    return error(INVALID, f"{SENTENCES[kind]} {more}".rstrip(), source)


# An error, and how triggers that count messages know that the number was denied.
DENIED = problem("denied", "payload[to]")


def shown(part: str | int) -> str:
    """Show the name of a field, but no long number in it: a caller's mistake can make a phone number a field's name."""
    return re.sub(r"\d{5,}", "#", "".join(filter(str.isprintable, str(part)[:64])))


def source_of(way: Iterable[str | int]) -> str:
    """Name a field by the way to it."""
    return "payload" + "".join(f"[{shown(part)}]" for part in way)


def loggable(errors: Iterable[Error]) -> dict[str, list[str]]:
    """Return what a log line may say of errors: Messente's codes, and sources with the names that a payload knows.

    Any other name is the sender's own word, by mistake perhaps a phone number or a text: the log has [?] instead.
    """
    first = list(errors)[:MOST_LOGGED]
    return {
        "codes": [each["code"] for each in first if each.get("code") in list(TITLES)],
        "sources": [_source(source) for each in first if (source := each.get("source"))],
    }


def _source(source: object) -> str:
    from messente_rcs.payload.omnimessage import field_names  # noqa: PLC0415 - so that who logs nothing pays nothing

    root, *parts = re.findall(r"[^\[\]]+", str(source)) or [""]
    known = field_names() | _PARAMETERS
    # The index of a list has two digits at most.
    told = (part if part in known or re.fullmatch("[0-9]{1,2}", part) else "?" for part in parts)
    return (root if root in _ROOTS else "?") + "".join(f"[{part}]" for part in told)
