"""What exactly is wrong with a text that must have a format: a sentence that follows the one of errors.SENTENCES.

It is made only when there is an error, and tells lengths and kinds of characters, but nothing of what was sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from messente_rcs.payload.fields import INVISIBLE, REFUSED_SCHEMES, is_own_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEWEST_DIGITS, MOST_DIGITS = 7, 15  # of fields.PHONE
LONGEST_KEY = 255  # of message_id.PATTERN
LONGEST_TAG = 64  # of fields.TAG

# Patterns, and what to say if one is found. The first one counts.
type Table = tuple[tuple[str, str], ...]


def first(table: Table, text: str) -> str:
    """Give the words of the first pattern that is found in a text."""
    return next((words for pattern, words in table if re.search(pattern, text)), "")


def listed(words: list[str], conjunction: str) -> str:
    """Write words as a list in a sentence."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def counted(count: int, noun: str) -> str:
    """Write how many there are of something."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


# --- Phone numbers ----------------------------------------------------------------------------------------------------

_DASHES = r"\-\u2010-\u2015\u2212"
_SURPLUS = (
    (r"^\s*[A-Za-z]+:", "prefix"),
    (r"[\n\r]", "line breaks"),
    (r"[^\S\n\r]", "spaces"),
    (rf"[{_DASHES}]", "dashes"),
    (r"\.", "dots"),
    (r"[()]", "parentheses"),
    (r"/", "slashes"),
    (r"(?<![A-Za-z])[^\W\d_](?![A-Za-z]*:)", "letters"),
    (rf"(?!\s)[\x00{INVISIBLE}]", "invisible characters"),
    (rf"[^\s\x00{INVISIBLE}\w+\uff0b:().{_DASHES}/]|_", "other characters"),
)


def phone(number: str) -> str:
    """Say all that a phone number has too much of or too little."""
    if not number.strip():
        return "It is empty."
    surplus = [f"no {name}" for pattern, name in _SURPLUS if re.search(pattern, number)]
    use = [f"Use {listed(surplus, 'and')}."] if surplus else []
    return " ".join([*use, *_of_start(re.sub(r"[^\d+\uff0b]", "", number)), *_of_digits(number)])


def _of_start(digits: str) -> Iterator[str]:
    if re.search(r"\uff0b|(?![0-9])\d", digits):
        yield "Write + and the digits 0 to 9 in ASCII."
    elif digits.startswith("00"):
        yield "Begin with + instead of 00."
    elif not digits.startswith("+"):
        yield "Begin with + and the country code."
    elif "+" in digits[1:]:
        yield "Give one number, with one +."
    elif digits.startswith("+0"):
        yield "No country code begins with 0."


def _of_digits(number: str) -> Iterator[str]:
    count = len(re.findall(r"\d", number))
    if not FEWEST_DIGITS <= count <= MOST_DIGITS:
        yield f"It has {counted(count, 'digit')}."


# --- URLs -------------------------------------------------------------------------------------------------------------

_LOCAL = "Nobody else can reach localhost: name a public host."
_URL: Table = (
    (r"^\Z", "It is empty."),
    (r"[\n\r]", "Use no line breaks."),
    (r"\s", "Use no spaces: inside of a URL, %20 stands for a space."),
    (r"[\x00-\x1f\x7f]", "Use no control characters."),
    (rf"^(?i:{'|'.join(REFUSED_SCHEMES)}):", f"Not allowed here: {', '.join(REFUSED_SCHEMES)}."),
    (r"^[<\"'(\[]", "Use no brackets or quotes around it."),
    (r"^(?i:https?):/*\\", "Write slashes, not backslashes."),
    (r"^(?i:https?)://(?i:https?):", "It has http:// or https:// twice."),
    (r"^(?i:https?)://", "The host is missing."),
    (r"^(?i:https?)[:/]", "Write https, a colon and two slashes."),
    (r"^//", "Put https: in front."),
    (r"^(?:localhost|127\.0\.0\.1)\b", _LOCAL),
    (r"^[A-Za-z][A-Za-z0-9+\-]*:(?![0-9]+(?:[/?#]|\Z))", "Begin with https:// or http://."),
    (r"", "Put https:// in front."),
)


def url(value: str) -> str:
    """Say what is wrong with a URL."""
    return _LOCAL if is_own_host(value) else first(_URL, value)


# --- Times ------------------------------------------------------------------------------------------------------------

_DAY, _TIME = r"^\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ANY_TIME: Table = (
    (r"^\s*\Z", "It is empty."),
    (r"^\s|\s\Z", "Use no spaces before or after it."),
    (r"^-?\d{9,}(?:\.\d+)?\Z", "It is a Unix time: write the date and the time."),
    (rf"{_DAY}\Z", "The time of day and the zone are missing."),
    (rf"{_DAY}[Tt ]{_TIME}\Z", "The zone is missing: add Z for UTC, or an offset like +02:00."),
    (r"(?i)\b\d+ ?[ap]\.?m\b", "Use hours from 00 to 23."),
    (rf"{_DAY}[Tt ]{_TIME}\s", "Put no space before the zone, and write the zone as Z or as an offset like +02:00."),
    (rf"{_DAY}[Tt ]{_TIME}(?:[A-Za-z]{{2,}})|\[", "Write the zone as Z or as an offset like +02:00, not by its name."),
    (r"^\d{4}-(?:\d-|\d\d-\d(?!\d)|\d\d-\d\d[Tt ]\d:)", "Write months, days and hours with two digits."),
    (r"^\d{1,2}[./-]\d{1,2}[./-]\d|^\d{4}[./]|^\d{8}", "Write the date with dashes: year, month, day."),
)
_RFC_3339: Table = (
    *_ANY_TIME,
    (rf"{_DAY}[Tt ]\d\d:\d\d(?:[Zz]|[+-])", "The seconds are missing."),
    (rf"{_DAY}[Tt ]{_TIME}[+-]\d\d(?:\d\d)?\Z", "Write the offset of the zone with a colon, like +02:00."),
    (rf"{_DAY}[Tt ]{_TIME}(?:[Zz]|[+-]\d\d:\d\d)\Z", "There is no such date or time."),
)
_ISO_8601: Table = (
    *_ANY_TIME,
    (rf"{_DAY} ", "Put a T between the date and the time, not a space."),
    (rf"{_DAY}(?:t|.*z\Z)", "Write T and Z in upper case."),
    (rf"{_DAY}T{_TIME}(?:Z|[+-]\d\d(?::?\d\d)?)\Z", "There is no such date or time, or it is not from 1900 to 2999."),
)


def rfc_3339(value: str) -> str:
    """Say what is wrong with a time by RFC 3339."""
    return first(_RFC_3339, value)


def iso_8601(value: str) -> str:
    """Say what is wrong with a time by ISO 8601."""
    return first(_ISO_8601, value)


# --- Keys, senders, bytes ---------------------------------------------------------------------------------------------

_KEY: Table = (
    (r"^\Z", "It is empty."),
    (r"\s", "Use no spaces."),
    (r"/", "Use no slashes."),
    (r"%", "Use no percent signs."),
    (r"[^\x00-\x7f]", "Use ASCII characters only."),
)


def key(value: str) -> str:
    """Say what is wrong with a message id."""
    return first(_KEY, value) or (f"It has {len(value)} characters." if len(value) > LONGEST_KEY else "")


def tag(name: str) -> str:
    """Say what is wrong with the name of a tag."""
    return first(_KEY, name) or (f"It has {len(name)} characters." if len(name) > LONGEST_TAG else "")


def sms_sender(value: str) -> str:
    """Say what is wrong with the sender of an SMS."""
    invisible = re.match(rf"[{INVISIBLE}]", value)
    return "Begin with a character that can be seen." if invisible else f"It has {counted(len(value), 'character')}."


def hexadecimal(value: str) -> str:
    """Say what is wrong with bytes."""
    if re.fullmatch(r"[0-9A-Fa-f]*", value):
        return f"It has {counted(len(value), 'digit')}."
    return "Use no spaces." if re.search(r"\s", value) else "Use only 0 to 9 and A to F."


# By the kinds of errors.SENTENCES.
FORMATS: dict[str, Callable[[str], str]] = {
    "phone": phone,
    "web_url": url,
    "link": url,
    "rfc_3339": rfc_3339,
    "iso_8601": iso_8601,
    "key": key,
    "sms_sender": sms_sender,
    "hex": hexadecimal,
}
