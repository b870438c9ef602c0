"""Our encoding of values is boto3's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from messente_rcs.dynamodb_json import from_dynamodb, to_dynamodb
from messente_rcs.table import State

numbers = st.integers(-(10**15), 10**15) | st.decimals(-1000, 1000, places=3)
leaves = st.none() | st.booleans() | st.text() | numbers | st.sets(st.text(min_size=1), min_size=1)
values = st.recursive(leaves, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=10)


def in_order(value: Any) -> Any:
    """Sort sets, whose order means nothing."""
    if isinstance(value, dict):
        return {name: sorted(part) if name == "SS" else in_order(part) for name, part in value.items()}
    return [in_order(part) for part in value] if isinstance(value, list) else value


@given(values)
def test_encoded_as_boto3_does(value: Any) -> None:
    """What goes to DynamoDB is what boto3 would send."""
    assert in_order(to_dynamodb(value)) == in_order(TypeSerializer().serialize(value))


@given(st.dictionaries(st.text(), values))
def test_decoded_as_it_was(item: dict[str, Any]) -> None:
    """An item comes back as it was; a number as int where it is whole."""
    assert from_dynamodb({name: to_dynamodb(value) for name, value in item.items()}) == floats(item)


def floats(value: Any) -> Any:
    """Turn decimals into what they are decoded to."""
    if isinstance(value, dict):
        return {name: floats(part) for name, part in value.items()}
    if isinstance(value, list):
        return [floats(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


def test_enums_are_texts_and_the_rest_is_refused() -> None:
    """A state goes out as its word; what DynamoDB cannot hold is a mistake of ours."""
    assert to_dynamodb(State.SENT) == {"S": "sent"}
    with pytest.raises(TypeError, match="bytearray"):
        to_dynamodb(bytearray(b""))
