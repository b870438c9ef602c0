"""From JSON to a payload: what came in is one JSON object, and says each thing once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from messente_rcs.payload.errors import InvalidPayload, problem, repeated
from messente_rcs.payload.unreadable import why_no_object

if TYPE_CHECKING:
    from collections.abc import Sequence

BYTE_ORDER_MARK = "\ufeff"  # some tools begin every UTF-8 file with it; RFC 8259 section 8.1 lets a reader ignore it


class RepeatedName(ValueError):  # noqa: N818 - says what it is
    """An object has a field twice. Which of both values is meant, nobody can tell: readers of JSON differ."""

    def __init__(self, name: str) -> None:
        super().__init__("an object has a field twice")
        self.name = name


def decode_json(text: str | bytes) -> object:
    """Decode JSON in UTF-8; raises ValueError, of which RepeatedName is one kind, and RecursionError."""
    if isinstance(text, bytes):
        text = text.decode()
    text = text.removeprefix(BYTE_ORDER_MARK)
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_fields_once)


def decode_object(payload: object) -> dict[str, Any]:
    """Read a payload: JSON as text or UTF-8, or a mapping. Raises InvalidPayload."""
    if isinstance(payload, Mapping):
        return dict(payload)
    found: object = None
    wrong = None
    # What json raises carries the payload: our own exception is raised outside, so that it has no such context.
    try:
        found = decode_json(payload) if isinstance(payload, str | bytes) else None
    except RepeatedName as twice:
        wrong = repeated(twice.name)
    except (ValueError, RecursionError):
        pass
    if not isinstance(found, dict):
        raise InvalidPayload([wrong or problem("not_json", more=why_no_object(payload))])
    return found


def _fields_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise RepeatedName(name)
        fields[name] = value
    return fields


def _refuse_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
