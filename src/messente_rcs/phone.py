"""Telephone numbers as keys: one recipient has one key, however the number was written.

Three countries write their mobile numbers in two ways, and operators turn one into the other on the way: Mexico had a 1
after +52 until 2019, Argentina has a 9 after +54 for calls from abroad, Brazil put a 9 before the eight digits of a
mobile number. What a recipient sends may so come from another number than the one that was written to.
"""

from __future__ import annotations

import re
import unicodedata

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SHORTER = (
    (re.compile(r"\+521(?=\d{10}$)", re.ASCII), "+52"),
    (re.compile(r"\+549(?=\d{10}$)", re.ASCII), "+54"),
    (re.compile(r"(\+55\d\d)9(?=[6-9]\d{7}$)", re.ASCII), r"\1"),
)
# What people and operators put between the digits of a number.
_BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015]+")


def e164(given: object) -> str | None:
    """Read a number, with a plus, 00 or nothing before it, as +37255512345; None for what is no such number."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str):
        return None
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    number = "+" + re.sub(r"^(\+|00)", "", digits)
    return number if _E164.fullmatch(number) else None


def key_of(number: str) -> str:
    """Return the key of a recipient, by a number that is E.164; anything else stays as it is."""
    for longer, shorter in _SHORTER:
        number = longer.sub(shorter, number)
    return number
