"""From JSON to a payload: what came in is one JSON object, and says each thing once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from messente_rcs.json_reader import read_json
from messente_rcs.payload.problems import InvalidPayload, problem, repeated
from messente_rcs.payload.unreadable import why_no_object

if TYPE_CHECKING:
    from collections.abc import Sequence


class RepeatedName(ValueError):  # noqa: N818 - says what it is
    """An object has a field twice. Which of both values is meant, nobody can tell: readers of JSON differ."""

    def __init__(self, name: str) -> None:
        super().__init__("an object has a field twice")
        self.name = name


def decode(text: str | bytes) -> object:
    """Decode JSON in UTF-8; raises ValueError, of which RepeatedName is one kind."""
    if isinstance(text, bytes):
        text = text.decode()
    return read_json(text, parse_constant=_refuse_constant, object_pairs_hook=_fields_once)


def read(payload: object) -> dict[str, Any]:
    """Read a payload: JSON as text or UTF-8, or a mapping. Raises InvalidPayload."""
    if isinstance(payload, Mapping):
        return dict(payload)
    found: object = None
    wrong = None
    # What json raises carries the payload: our own exception is raised outside, so that it has no such context.
    try:
        found = decode(payload) if isinstance(payload, str | bytes) else None
    except RepeatedName as twice:
        wrong = repeated(twice.name)
    except ValueError:
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
