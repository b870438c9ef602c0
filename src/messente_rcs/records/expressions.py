"""Expressions of an UpdateItem: an update by its clauses, a condition by boto3's own classes, and their values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


class _Serializer(TypeSerializer):
    def serialize(self, value: Any) -> Any:
        """Write what `decoded` reads, a number with a fraction too."""
        return super().serialize(Decimal(str(value)) if isinstance(value, float) else value)


_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Update:
    """An update expression. Each method adds to one clause and returns the update."""

    def __init__(self) -> None:
        self._clauses: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def set(self, **attributes: Any) -> Self:
        """Write attributes."""
        return self._each("SET", "#~ = :~", attributes)

    def set_if_absent(self, **attributes: Any) -> Self:
        """Write attributes that are not there yet."""
        return self._each("SET", "#~ = if_not_exists(#~, :~)", attributes)

    def set_from(self, name: str, other: str, default: Any) -> Self:
        """Write an attribute with what another one was before this update, or with the default if it was absent."""
        self._names[f"#{other}"] = other
        return self._each("SET", f"#~ = if_not_exists(#{other}, :~)", {name: default})

    def set_entries_if_absent(self, attribute: str, entries: Mapping[str, Any]) -> Self:
        """Write those entries of a map that are not there yet."""
        for number, (key, value) in enumerate(entries.items()):
            path = f"#{attribute}.#~"
            alias = f"{attribute}_{number}"
            self._each("SET", f"{path} = if_not_exists({path}, :~)", {alias: value})
            self._names |= {f"#{attribute}": attribute, f"#{alias}": key}
        return self

    def add(self, **attributes: Any) -> Self:
        """Add to numbers, of which an absent one counts as 0, and put members into sets."""
        return self._each("ADD", "#~ :~", attributes)

    def delete(self, **attributes: Any) -> Self:
        """Take members out of sets; an empty one is no attribute."""
        return self._each("DELETE", "#~ :~", attributes)

    def remove(self, *names: str) -> Self:
        """Take attributes away."""
        self._clauses.setdefault("REMOVE", []).extend(f"#{name}" for name in names)
        self._names |= {f"#{name}": name for name in names}
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

    def _each(self, clause: str, action: str, attributes: Mapping[str, Any]) -> Self:
        """Do an action, in which ~ stands for the name, with each attribute."""
        actions = self._clauses.setdefault(clause, [])
        for name, value in attributes.items():
            actions.append(action.replace("~", name))
            self._names[f"#{name}"] = name
            self._values[f":{name}"] = value
        return self


def encoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Encode attributes in DynamoDB's JSON: {"S": "text"}, {"N": "1"}, {"M": {…}}."""
    try:
        return {name: _serialize(value) for name, value in attributes.items()}
    except TypeError:  # a number with a fraction, which only an edit by hand leaves
        return {name: _Serializer().serialize(value) for name, value in attributes.items()}


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
