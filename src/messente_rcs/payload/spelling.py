"""Fields whose names are only spelt another way, such as richCard: their values are checked as under the right names.

Otherwise a caller who puts a name right would be told at the next try what is wrong with its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from messente_rcs.payload import places
from messente_rcs.payload.hints import find, way_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from messente_rcs.payload.hints import Loc


class Misspelt(NamedTuple):
    """A field with a misspelt name: the way there, and the right name."""

    way: tuple[str | int, ...]
    name: str


def misspelt(lines: Iterable[Mapping[str, Any]], payload: Mapping[str, Any]) -> dict[Loc, Misspelt]:
    """Find the misspelt names by pydantic's places of the errors about them; not those beside the right name."""
    found = {line["loc"]: _misspelt(line, payload) for line in lines}
    return {loc: each for loc, each in found.items() if each}


def _misspelt(line: Mapping[str, Any], payload: Mapping[str, Any]) -> Misspelt | None:
    loc = line["loc"]
    match line["type"]:
        case "extra_forbidden":
            name = places.spelt(find(payload, loc).path)
            return Misspelt(way_to(loc), name) if name and name not in find(payload, loc[:-1]).value else None
        case "union_tag_not_found":
            names = [name for name in find(payload, loc).value if places.plain(str(name)) == "channel"]
            return Misspelt((*loc, names[0]), "channel") if names else None
    return None


def respelt(payload: dict[str, Any], names: Iterable[Misspelt]) -> dict[str, Any]:
    """Copy a payload, as far as it changes, with these names put right."""
    for each in names:
        payload = _renamed(payload, each.way, each.name)
    return payload


def _renamed(value: Any, way: tuple[str | int, ...], name: str) -> Any:
    part, *rest = way
    if rest:
        copy: Any = {**value} if isinstance(value, dict) else [*value]
        copy[part] = _renamed(value[part], tuple(rest), name)
        return copy
    return {name if key == part else key: each for key, each in value.items()}
