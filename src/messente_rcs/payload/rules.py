"""Rules between the fields of an object or the items of a list: how the models declare them, and how they are checked.

A rule is checked even where the shape is wrong too, so that a caller sees all errors of a payload at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import PydanticCustomError, ValidationError, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema, InitErrorDetails

MOST_ERRORS = 100


class Violation(NamedTuple):
    """A broken rule: its kind (a row of errors.SENTENCES), where, and what its sentence needs."""

    kind: str
    loc: tuple[str | int, ...] = ()
    context: dict[str, Any] | None = None
    concerns: tuple[str, ...] = ()  # fields; an error of one of them says enough


type Rule = Callable[[Any], Iterator[Violation]]


# --- How models declare them ------------------------------------------------------------------------------------------


def ruled(*rules: Rule) -> Rules:
    """Require rules between the fields of an object."""
    return Rules(rules)


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


def in_order(first: str, second: str) -> Rule:
    """Require that one time lies before the other, where both are given."""
    return Order(first, second)


def named(pattern: str, most: int) -> Rules:
    """Require names of a pattern in an object whose names are the caller's, and at most so many of them."""
    return ruled(Names(pattern, most))


def sized(low: int, high: int, *rules: Rule) -> Rules:
    """Require `low` to `high` items in a list, and the rules between them. Surplus items are not looked at."""
    return Rules((Size(low, high), *rules), most=high)


# --- The rules --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """Requires `low` to `high` of the fields."""

    names: tuple[str, ...]
    low: int
    high: int

    def __call__(self, raw: dict[str, Any]) -> Iterator[Violation]:
        """Count them."""
        given = _given(raw, self.names)
        if len(given) < self.low:
            yield Violation("none_given", context={"names": ", ".join(self.names)}, concerns=self.names)
        elif len(given) > self.high:
            yield Violation("too_many_given", context={"names": ", ".join(given)})

    @property
    def schema(self) -> dict[str, Any]:
        """The rule in JSON Schema; no object has more than two fields of which it may lack both."""
        if not self.low:
            return {"not": {"required": [*self.names]}}
        there = {"not": {"enum": [None, ""]}}
        given = [{"required": [name], "properties": {name: there}} for name in self.names]
        return {"oneOf" if self.high == 1 else "anyOf": given}


@dataclass(frozen=True, slots=True)
class Combinations:
    """Requires that the fields given are one of the allowed sets."""

    allowed: tuple[frozenset[str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of any set."""
        return tuple(sorted(frozenset().union(*self.allowed)))

    def __call__(self, raw: dict[str, Any]) -> Iterator[Violation]:
        """Look the set up."""
        given = frozenset(_given(raw, self.names))
        if not given:
            yield Violation("none_given", context={"names": ", ".join(self.names)}, concerns=self.names)
        elif given not in self.allowed:
            yield from self._refused(given)

    def _refused(self, given: frozenset[str]) -> Iterator[Violation]:
        context = {"names": ", ".join(sorted(given))}
        wider = sorted((sorted(each - given) for each in self.allowed if each > given), key=len)
        if wider:
            yield Violation("incomplete", context=context | {"more": ", ".join(wider[0])})
        else:
            yield Violation("combination", context=context)

    @property
    def schema(self) -> dict[str, Any]:
        """The rule in JSON Schema."""
        others = {given: dict.fromkeys(sorted(set(self.names) - given), False) for given in self.allowed}
        return {"oneOf": [{"required": sorted(given), "properties": absent} for given, absent in others.items()]}


@dataclass(frozen=True, slots=True)
class Order:
    """Requires that one time lies before the other."""

    first: str
    second: str

    def __call__(self, raw: dict[str, Any]) -> Iterator[Violation]:
        """Compare them; each is told of the other."""
        if self.first not in raw or self.second not in raw:
            return
        first, second = _moment(raw[self.first]), _moment(raw[self.second])
        if first and second and first >= second:
            concerns = (self.first, self.second)
            yield Violation("too_late", (self.first,), {"other": self.second}, concerns)
            yield Violation("too_early", (self.second,), {"other": self.first}, concerns)


@dataclass(frozen=True, slots=True)
class Names:
    """Requires `most` names at most, each of a pattern."""

    pattern: str
    most: int

    def __call__(self, raw: dict[Any, Any]) -> Iterator[Violation]:
        """Count them, and look at the first ones; surplus names are not looked at."""
        if len(raw) > self.most:
            yield Violation("surplus", context={"low": 0, "high": self.most})
        for name in islice(raw, self.most):
            if not isinstance(name, str) or not re.fullmatch(self.pattern, name):
                yield Violation("tag", (str(name).encode(errors="replace").decode(),))

    @property
    def schema(self) -> dict[str, Any]:
        """The rule in JSON Schema."""
        return {"propertyNames": {"pattern": self.pattern}, "maxProperties": self.most}


@dataclass(frozen=True, slots=True)
class Size:
    """Requires `low` to `high` items."""

    low: int
    high: int

    def __call__(self, raw: list[Any]) -> Iterator[Violation]:
        """Count them."""
        if not self.low <= len(raw) <= self.high:
            yield Violation("size" if self.low else "surplus", context={"low": self.low, "high": self.high})

    @property
    def schema(self) -> dict[str, Any]:
        """The rule in JSON Schema."""
        return {"minItems": self.low, "maxItems": self.high}


def _given(raw: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in raw and raw[name] not in (None, "")]


def _moment(value: Any) -> datetime | None:
    """Read a time that was found valid; any other one has an error of its own."""
    try:
        moment = datetime.fromisoformat(value.upper())
    except (AttributeError, ValueError):
        return None
    return moment if moment.tzinfo else None


# --- How they are checked ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules beside the validator of a type, as pydantic takes them in an annotation."""

    rules: tuple[Rule, ...]
    most: int | None = None  # items of a list; surplus ones are not looked at

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        check = self._of_object if self.most is None else self._of_list
        return core_schema.no_info_wrap_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        shown = dict(handler(schema))
        for rule in self.rules:
            shown |= getattr(rule, "schema", {})
        return shown

    def _of_object(self, raw: Any, handler: Callable[[Any], Any]) -> Any:
        return _check(raw, handler, self.rules if isinstance(raw, dict) else ())

    def _of_list(self, raw: Any, handler: Callable[[Any], Any]) -> Any:
        if not isinstance(raw, list) or self.most is None:
            return handler(raw)
        return _check(raw[: self.most + 1], lambda items: handler(items[: self.most]), self.rules)


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
        raise ValidationError.from_exception_data("payload", errors)
    return valid


def _line(violation: Violation) -> InitErrorDetails:
    error = PydanticCustomError(violation.kind, violation.kind, violation.context)
    return {"type": error, "loc": violation.loc, "input": None}


def _again(line: Any) -> InitErrorDetails:
    return _line(Violation(line["type"], line["loc"], line.get("ctx")))
