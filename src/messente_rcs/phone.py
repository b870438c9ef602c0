"""Telephone numbers: reading one, its key, and whether two of them belong to the same recipient.

Where we decide who gets a message, a recipient is known by the key (`key_of`): one key, however the number was written.
Where Messente names the recipient of a message that we know by its id, the last digits suffice (`is_same_number`).

Three countries write their mobile numbers in two ways, and operators turn one into the other on the way: Mexico had a 1
after +52 until 2019, Argentina has a 9 after +54 for calls from abroad, Brazil put a 9 before the eight digits of a
mobile number. So a reply may come from another number than we sent to. And people often keep the 0 that most countries
dial only at home.
"""

import re
import unicodedata

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_COUNTRY = r"(?>1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})"
_KEEPING_THE_0 = "39|225|226|229|241|242|378|379"  # countries whose numbers may begin with a 0 from abroad too
_CALLING_CODE = re.compile(rf"\+({_COUNTRY})", re.ASCII)
_SHORTER = (
    (re.compile(rf"(\+(?!{_KEEPING_THE_0}){_COUNTRY})0", re.ASCII), r"\1"),
    (re.compile(r"\+521(?=\d{10}$)", re.ASCII), "+52"),
    (re.compile(r"\+549(?=\d{10}$)", re.ASCII), "+54"),
    (re.compile(r"(\+55\d\d)9(?=[6-9]\d{7}$)", re.ASCII), r"\1"),
)
# What people and operators put between the digits of a number, also what shows nothing. No slash: it may part two
# numbers. No line break.
_BETWEEN = re.compile(r"[^\S\r\n]|[.\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
# The country, and perhaps an area in parentheses. A 0 there, as in +44 (0)7700, may belong to the number or not.
_INTERNATIONAL = re.compile(r"(?:\+|00)(\d+)(?:\(([1-9]\d*)\)(\d{4,}))?", re.ASCII)
# Without a plus, fewer digits may lack the country, as numbers do that begin with a 0 or a Russian or Belarusian 8.
_SURELY_INTERNATIONAL = re.compile(r"(?!0|8[039])\d{11,15}", re.ASCII)
_CHANNEL = re.compile(r"\A[a-z]+:(?://)?", re.IGNORECASE | re.ASCII)  # as in tel:+37255512345

_SAME_DIGITS = 8  # from the end of a number, which operators leave alone when they rewrite it


def international(written: str) -> str | None:
    """Read a number with its country, after a plus or 00, as +37255512345; None for two, or one with an extension."""
    if not (found := _INTERNATIONAL.fullmatch(_compact(written))):
        return None
    number = "+" + "".join(part for part in found.groups() if part)
    return number if _E164.fullmatch(number) else None


def e164(given: object) -> str | None:
    """Read a number as Messente may write it, for sure: also without a plus, as a number of JSON, or after `tel:`."""
    if isinstance(given, int | float) and not isinstance(given, bool) and given.is_integer():
        given = str(int(given))
    if not isinstance(given, str):
        return None
    written = _CHANNEL.sub("", given.strip())
    if _SURELY_INTERNATIONAL.fullmatch(_compact(written)):
        return f"+{_compact(written)}"
    return international(written)


def key_of(number: str) -> str:
    """Return the key of a recipient, by a number that is E.164; anything else stays as it is."""
    for longer, shorter in _SHORTER:
        number = longer.sub(shorter, number)
    return number


def country_of(number: str) -> str:
    """Return the country calling code of a number that is E.164, and nothing of anything else."""
    found = _CALLING_CODE.match(number)
    return found[1] if found else ""


class Prefixes:
    """Countries and ranges, as `+372,+371,-+37290`: the longest prefix of a number decides, and a minus denies."""

    def __init__(self, prefixes: str = "") -> None:
        self._rules = {each.lstrip("-"): each[0] != "-" for each in prefixes.split(",") if each}
        self._lengths = sorted({len(each) for each in self._rules}, reverse=True)
        self._others = True not in self._rules.values()  # all others are allowed where no prefix allows any

    def deny(self, number: object) -> bool:
        """Tell whether this number may not be sent to. A 0 after the country, as dialled at home, hides no range."""
        if not self._rules or not isinstance(number, str) or not _E164.fullmatch(number):
            return False  # what is no number is not sent to anyway
        return not (self._decide(number, otherwise=self._others) and self._decide(key_of(number), otherwise=True))

    def _decide(self, number: str, *, otherwise: bool) -> bool:
        prefixes = (number[:length] for length in self._lengths)
        return next((self._rules[each] for each in prefixes if each in self._rules), otherwise)


EVERYWHERE = Prefixes()


def is_same_number(one: str, other: str) -> bool:
    """Tell whether all digits are the same, or the last eight: +52 1 55 1234 5678 is +52 55 1234 5678."""
    digits, others = _digits(one), _digits(other)
    if min(len(digits), len(others)) < _SAME_DIGITS:
        return digits == others != ""
    return digits[-_SAME_DIGITS:] == others[-_SAME_DIGITS:]


def may_be_to(given: object, number: str) -> bool:
    """Tell whether a recipient that Messente names may be this number; a name that is no text does not exclude it."""
    return not isinstance(given, str) or is_same_number(given, number)


def is_named_in(text: str, number: str) -> bool:
    """Tell whether a text has the digits of a number, in whatever way they are written."""
    digits = _digits(number)[-_SAME_DIGITS:]
    return digits != "" and digits in _digits(text)


def _compact(written: str) -> str:
    """Leave out what is between the digits, and write digits and plus in ASCII."""
    text = _BETWEEN.sub("", written.strip()).replace("\uff0b", "+")
    return "".join(str(unicodedata.decimal(each, each)) for each in text)


def _digits(number: str) -> str:
    return "".join(str(unicodedata.decimal(each)) for each in number if each.isdecimal())
