"""Rules between the fields of an object or the items of a list, declared by the models.

They are checked even where the shape is wrong too, so that a caller sees all errors of a payload at once.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

MOST_ERRORS = 100


class Violation(NamedTuple):
    """A broken rule: its kind (a row of problems.SENTENCES), where, and what its sentence needs."""

    kind: str
    loc: tuple[str | int, ...] = ()
    context: dict[str, Any] | None = None
    concerns: tuple[str, ...] = ()


type Rule = Callable[[Any], Iterator[Violation]]


def ruled(*rules: Rule) -> WrapValidator:
    """Require rules between the fields of an object."""

    def validate(raw: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        return _check(raw, handler, rules if isinstance(raw, dict) else ())

    return WrapValidator(validate)


def exactly_one(*names: str) -> Rule:
    """Require one of the fields, and no second."""
    return _choice(names, 1, 1)


def at_most_one(*names: str) -> Rule:
    """Refuse a second of the fields."""
    return _choice(names, 0, 1)


def at_least_one(*names: str) -> Rule:
    """Require one or more of the fields."""
    return _choice(names, 1, len(names))


def combinations(*allowed: frozenset[str]) -> Rule:
    """Require that the fields given are one of the allowed sets."""
    names = tuple(sorted(frozenset().union(*allowed)))

    def rule(raw: dict[str, Any]) -> Iterator[Violation]:
        given = frozenset(_given(raw, names))
        if not given:
            yield Violation("none_given", context={"names": ", ".join(names)}, concerns=names)
        elif given not in allowed:
            yield Violation("combination", context={"names": ", ".join(sorted(given))})

    return rule


def sized(low: int, high: int, *rules: Rule) -> WrapValidator:
    """Require `low` to `high` items in a list, and the rules between them. Surplus items are not looked at."""

    def size(raw: list[Any]) -> Iterator[Violation]:
        if not low <= len(raw) <= high:
            yield Violation("size", context={"low": low, "high": high})

    def validate(raw: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if not isinstance(raw, list):
            return handler(raw)
        return _check(raw[: high + 1], lambda items: handler(items[:high]), (size, *rules))

    return WrapValidator(validate)


def _choice(names: tuple[str, ...], low: int, high: int) -> Rule:
    context = {"names": ", ".join(names)}

    def rule(raw: dict[str, Any]) -> Iterator[Violation]:
        given = len(_given(raw, names))
        if given < low:
            yield Violation("none_given", context=context, concerns=names)
        elif given > high:
            yield Violation("too_many_given", context=context)

    return rule


def _given(raw: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in raw and raw[name] not in (None, "")]


def _check(raw: Any, validate: Callable[[Any], Any], rules: tuple[Rule, ...]) -> Any:
    valid, errors = None, []
    try:
        valid = validate(raw)
    except ValidationError as invalid:
        errors = [_again(line) for line in invalid.errors(include_url=False, include_input=False)[:MOST_ERRORS]]
    broken = [violation for rule in rules for violation in rule(raw)]
    if errors or broken:
        faulty = {line["loc"][0] for line in errors if line["loc"]}
        errors += [_line(violation) for violation in broken if faulty.isdisjoint(violation.concerns)]
        # pydantic takes over the lines of a ValidationError that is raised inside of a validator.
        raise ValidationError.from_exception_data("payload", errors, hide_input=True)
    return valid


def _line(violation: Violation) -> InitErrorDetails:
    error = PydanticCustomError(violation.kind, violation.kind, violation.context)
    return {"type": error, "loc": violation.loc, "input": None}


def _again(line: Any) -> InitErrorDetails:
    return _line(Violation(line["type"], line["loc"], line.get("ctx")))
