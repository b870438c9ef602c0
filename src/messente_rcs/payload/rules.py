"""Rules between the fields of an object or the items of a list, which are checked even where its shape is wrong too."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from messente_rcs.errors import MOST_ERRORS
from messente_rcs.payload.fields import instant


class Violation(NamedTuple):
    """A broken rule: its kind (a row of errors.SENTENCES), where, and what its sentence needs."""

    kind: str
    loc: tuple[str | int, ...] = ()
    context: dict[str, Any] | None = None
    concerns: tuple[str, ...] = ()  # fields; an error of one of them says enough


class Rule(NamedTuple):
    """What breaks a rule in an object or a list, and the rule in JSON Schema."""

    violations: Callable[[Any], Iterable[Violation]]
    schema: dict[str, Any]


def exactly_one(*names: str) -> Rule:
    """Require one of the fields, and no second."""
    return Rule(lambda raw: _counted(raw, names, 1, 1), {"oneOf": _one_given(names)})


def at_least_one(*names: str) -> Rule:
    """Require one or more of the fields."""
    return Rule(lambda raw: _counted(raw, names, 1, len(names)), {"anyOf": _one_given(names)})


def not_both(*names: str) -> Rule:
    """Refuse two fields together."""
    return Rule(lambda raw: _counted(raw, names, 0, 1), {"not": {"required": [*names]}})


def _counted(raw: dict[str, Any], names: tuple[str, ...], low: int, high: int) -> Iterator[Violation]:
    given = _given(raw, names)
    if len(given) < low:
        yield _none_given(names)
    elif len(given) > high:
        yield Violation("too_many_given", context={"names": ", ".join(given)})


def _given(raw: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in raw and raw[name] not in (None, "")]


def _none_given(names: tuple[str, ...]) -> Violation:
    return Violation("none_given", context={"names": ", ".join(names)}, concerns=names)


def _one_given(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"required": [name], "properties": {name: {"not": {"enum": [None, ""]}}}} for name in names]


def combinations(*allowed: set[str]) -> Rule:
    """Require that the fields given are one of the allowed sets."""
    names = tuple(sorted(set[str]().union(*allowed)))

    def violations(raw: dict[str, Any]) -> Iterator[Violation]:
        given = _given(raw, names)
        context = {"names": ", ".join(given)}
        missing = sorted((sorted(each.difference(given)) for each in allowed if each.issuperset(given)), key=len)
        if not given:
            yield _none_given(names)
        elif not missing:
            yield Violation("combination", context=context)
        elif missing[0]:
            yield Violation("incomplete", context=context | {"more": ", ".join(missing[0])})

    alternatives = [
        {"required": sorted(each), "properties": dict.fromkeys(sorted({*names} - each), False)} for each in allowed
    ]
    return Rule(violations, {"oneOf": alternatives})


def in_order(first: str, second: str) -> Rule:
    """Require that one time lies before the other, where both are given."""

    def violations(raw: dict[str, Any]) -> Iterator[Violation]:
        try:
            is_right = instant(raw[first]) < instant(raw[second])
        except (AttributeError, KeyError, OverflowError, ValueError):
            return  # one is not given, or has an error of its own
        if not is_right:
            yield Violation("too_late", (first,), {"other": second}, (first, second))
            yield Violation("too_early", (second,), {"other": first}, (first, second))

    return Rule(violations, {})


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules beside the validator of a type, as pydantic takes them in an annotation."""

    rules: tuple[Rule, ...]
    high: int | None = None  # items of a list, of which surplus ones are not looked at; None: the rules of an object

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: Any = dict(handler.resolve_ref_schema(handler(source)))
        ref = schema.pop("ref", None)  # whatever refers to a model refers to it with its rules
        return core_schema.no_info_wrap_validator_function(self._check, schema, ref=ref)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        shown = dict(handler(schema))
        for rule in self.rules:
            shown |= rule.schema
        return shown

    def _check(self, raw: Any, validate: Callable[[Any], Any]) -> Any:
        if not isinstance(raw, dict if self.high is None else list):
            return validate(raw)
        known: Any = raw if self.high is None else raw[: self.high]
        seen: Any = raw if self.high is None else raw[: self.high + 1]
        valid, errors = None, []
        try:
            valid = validate(known)
        except ValidationError as invalid:
            lines = invalid.errors(include_url=False, include_input=False)[:MOST_ERRORS]
            errors = [_line(line["type"], line["loc"], line.get("ctx")) for line in lines]
        broken = [violation for rule in self.rules for violation in rule.violations(seen)]
        if errors or broken:
            faulty = {line["loc"][0] for line in errors if line["loc"]}
            errors += [_line(*violation[:3]) for violation in broken if faulty.isdisjoint(violation.concerns)]
            # pydantic takes over the lines of a ValidationError that is raised inside of a validator.
            raise ValidationError.from_exception_data("payload", errors)
        return valid


def _line(kind: str, loc: tuple[str | int, ...], context: dict[str, Any] | None) -> InitErrorDetails:
    return {"type": PydanticCustomError(kind, kind, context), "loc": loc, "input": None}


def ruled[Model](*rules: Rule) -> Callable[[type[Model]], type[Model]]:
    """Require rules between the fields of a TypedDict; a model that is based on it does not take them over."""

    def decorate(model: type[Model]) -> type[Model]:
        model.rules = rules  # type: ignore[attr-defined]
        model.__get_pydantic_core_schema__ = Rules(rules).__get_pydantic_core_schema__  # type: ignore[attr-defined]
        return model

    return decorate


def sized(low: int, high: int, *rules: Rule) -> Rules:
    """Require `low` to `high` items in a list, and the rules between them. Surplus items are not looked at."""

    def violations(raw: list[Any]) -> Iterator[Violation]:
        if not low <= len(raw) <= high:
            yield Violation("size" if low else "surplus", context={"low": low, "high": high})

    return Rules((Rule(violations, {"minItems": low, "maxItems": high}), *rules), high)


def named(pattern: str, high: int) -> Rules:
    """Require up to `high` names of a pattern in an object whose names are the caller's. No more are looked at."""

    def violations(raw: dict[Any, Any]) -> Iterator[Violation]:
        if len(raw) > high:
            yield Violation("surplus", context={"high": high})
        for name in islice(raw, high):
            if not isinstance(name, str) or not re.fullmatch(pattern, name):
                yield Violation("tag", (str(name).encode(errors="surrogatepass").decode(errors="replace"),))

    return Rules((Rule(violations, {"propertyNames": {"pattern": pattern}, "maxProperties": high}),))
