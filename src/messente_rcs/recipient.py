"""Whether two ways to write a telephone number mean the same recipient."""

from __future__ import annotations

import unicodedata

_ENOUGH = 8  # digits from the end that operators leave alone when they rewrite a number


def is_same_number(one: str, other: str) -> bool:
    """Tell whether all digits are the same, or the last eight: +52 1 55 1234 5678 is +52 55 1234 5678.

    What comes before the last eight is written in many ways: with a plus, 00 or nothing, with a digit for mobiles that
    a country has dropped or added, or without the country.
    """
    digits, others = _digits(one), _digits(other)
    if min(len(digits), len(others)) < _ENOUGH:
        return digits == others != ""
    return digits[-_ENOUGH:] == others[-_ENOUGH:]


def may_be_to(given: object, number: str) -> bool:
    """Tell whether what Messente gives as the recipient speaks for this number, or says nothing against it."""
    return not isinstance(given, str) or is_same_number(given, number)


def _digits(number: str) -> str:
    return "".join(str(unicodedata.decimal(each)) for each in number if each.isdecimal())
