"""Fields whose names are only spelt another way, such as richCard: their values are checked as under the right names.

Otherwise a caller who puts a name right would be told at the next try what is wrong with its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.payload import places
from messente_rcs.payload.hints import find, inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Loc = tuple[str | int, ...]


def misspelt(lines: Iterable[Mapping[str, Any]], payload: Mapping[str, Any]) -> dict[Loc, str]:
    """Give the right name for each of pydantic's places that has a misspelt one, unless its object has that too."""
    unknown = [line["loc"] for line in lines if line["type"] == "extra_forbidden"]
    meant = {loc: places.spelt(find(payload, loc).path) for loc in unknown}
    return {loc: name for loc, name in meant.items() if name and name not in find(payload, loc[:-1]).value}


def respelt(payload: dict[str, Any], names: Mapping[Loc, str]) -> dict[str, Any]:
    """Copy a payload, as far as it changes, with these names put right."""
    for loc, name in names.items():
        payload = _renamed(payload, inside(loc), name)
    return payload


def _renamed(value: Any, path: Loc, name: str) -> Any:
    part, *rest = path
    if rest:
        copy: Any = {**value} if isinstance(value, dict) else [*value]
        copy[part] = _renamed(value[part], tuple(rest), name)
        return copy
    return {name if key == part else key: each for key, each in value.items()}
