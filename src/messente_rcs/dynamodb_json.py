"""Values in DynamoDB's own JSON: {"S": "text"}, {"N": "1"}, {"M": {…}}.

boto3's serializer does the same, but importing it costs a cold start as much as all of boto3.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_dynamodb(value: Any) -> dict[str, Any]:  # noqa: PLR0911 - one for each type
    """Encode a str, number, None, bool, set of str, list or dict; raises TypeError for anything else."""
    match value:
        case str():
            return {"S": str(value)}
        case bool():
            return {"BOOL": value}
        case int() | float() | Decimal():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case set():
            return {"SS": sorted(value)}
        case list():
            return {"L": [to_dynamodb(part) for part in value]}
        case dict():
            return {"M": {name: to_dynamodb(part) for name, part in value.items()}}
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def from_dynamodb(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Decode an item or a map."""
    return {name: _decoded(value) for name, value in attributes.items()}


def _decoded(value: Mapping[str, Any]) -> Any:
    [(kind, content)] = value.items()
    match kind:
        case "N":
            number = Decimal(content)
            return int(number) if number == number.to_integral_value() else float(number)
        case "NULL":
            return None
        case "SS":
            return set(content)
        case "L":
            return [_decoded(part) for part in content]
        case "M":
            return from_dynamodb(content)
    return content
