"""Expressions of an UpdateItem: an update by its clauses, a condition by boto3's own classes, and their values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.conditions import ConditionExpressionBuilder
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boto3.dynamodb.conditions import ConditionBase

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Update:
    """An update expression. Each method adds to one clause and returns the update."""

    def __init__(self) -> None:
        self._clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def set(self, **attributes: Any) -> Self:
        """Write attributes."""
        self._clauses["SET"] += [
            f"{self._name(name)} = {self._value(name, value)}" for name, value in attributes.items()
        ]
        return self

    def set_if_absent(self, **attributes: Any) -> Self:
        """Write attributes that are not there yet."""
        self._clauses["SET"] += [
            f"#{name} = if_not_exists({self._name(name)}, {self._value(name, value)})"
            for name, value in attributes.items()
        ]
        return self

    def set_from(self, name: str, other: str, default: Any) -> Self:
        """Write an attribute with what another one was before this update, or with the default if it was absent."""
        value = self._value(f"{name}_default", default)
        self._clauses["SET"].append(f"{self._name(name)} = if_not_exists({self._name(other)}, {value})")
        return self

    def set_entries_if_absent(self, attribute: str, entries: Mapping[str, Any]) -> Self:
        """Write those entries of a map that are not there yet."""
        for number, (key, value) in enumerate(entries.items()):
            alias = f"{attribute}_{number}"
            self._names[f"#{alias}"] = key
            path = f"{self._name(attribute)}.#{alias}"
            self._clauses["SET"].append(f"{path} = if_not_exists({path}, {self._value(alias, value)})")
        return self

    def increment(self, name: str) -> Self:
        """Add one to a number; one that is absent counts as 0."""
        zero, one = self._value("zero", 0), self._value("one", 1)
        self._clauses["SET"].append(f"#{name} = if_not_exists({self._name(name)}, {zero}) + {one}")
        return self

    def remove(self, *names: str) -> Self:
        """Take attributes away."""
        self._clauses["REMOVE"] += map(self._name, names)
        return self

    def add_to_set(self, name: str, *members: str) -> Self:
        """Put members into a set of strings."""
        self._clauses["ADD"].append(f"{self._name(name)} {self._value(name, set(members))}")
        return self

    def take_from_set(self, name: str, *members: str) -> Self:
        """Take members out of a set of strings; an empty one is no attribute."""
        self._clauses["DELETE"].append(f"{self._name(name)} {self._value(name, set(members))}")
        return self

    def arguments(self, condition: ConditionBase) -> dict[str, Any]:
        """Return the arguments of UpdateItem that write this where the condition holds."""
        built = ConditionExpressionBuilder().build_expression(condition)
        clauses = (f"{clause} {', '.join(actions)}" for clause, actions in self._clauses.items() if actions)
        return {
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": built.condition_expression,
            "ExpressionAttributeNames": self._names | built.attribute_name_placeholders,
            "ExpressionAttributeValues": encoded(self._values | built.attribute_value_placeholders),
        }

    def _name(self, name: str) -> str:
        self._names[f"#{name}"] = name
        return f"#{name}"

    def _value(self, name: str, value: Any) -> str:
        self._values[f":{name}"] = value
        return f":{name}"


def encoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Encode attributes in DynamoDB's JSON: {"S": "text"}, {"N": "1"}, {"M": {…}}."""
    return {name: _serialize(value) for name, value in attributes.items()}


def decoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Decode an item's attributes; whole numbers become int, others float."""
    return {name: _plain(_deserialize(value)) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case set():
            return frozenset(value)
        case list():
            return [_plain(part) for part in value]
        case dict():
            return {name: _plain(part) for name, part in value.items()}
    return value
