"""How the models declare rules between fields or items: messente_rcs.payload.rules checks them."""

from pydantic import WrapValidator

from messente_rcs.payload.rules import Choice, Combinations, Rule, Rules, Size


def ruled(*rules: Rule) -> WrapValidator:
    """Require rules between the fields of an object."""
    return WrapValidator(Rules(rules).of_object)


def exactly_one(*names: str) -> Rule:
    """Require one of the fields, and no second."""
    return Choice(names, 1, 1)


def at_most_one(*names: str) -> Rule:
    """Refuse a second of the fields."""
    return Choice(names, 0, 1)


def at_least_one(*names: str) -> Rule:
    """Require one or more of the fields."""
    return Choice(names, 1, len(names))


def combinations(*allowed: frozenset[str]) -> Rule:
    """Require that the fields given are one of the allowed sets."""
    return Combinations(allowed)


def sized(low: int, high: int, *rules: Rule) -> WrapValidator:
    """Require `low` to `high` items in a list, and the rules between them. Surplus items are not looked at."""
    return WrapValidator(Rules((Size(low, high), *rules), most=high).of_list)
