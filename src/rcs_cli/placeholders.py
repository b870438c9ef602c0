"""Placeholders: `{{column}}` in any text of a message stands for the cell of that column.

What is put in stays text, as the message has been read before. In a URL it is percent-encoded.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from messente_rcs.errors import INVALID, MISSING, Error, error
from messente_rcs.payload.errors import InvalidPayload, shown

_OPEN = "{{"
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_URL_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")
_URL_FIELDS = ("url", "thumbnail", "link")  # how the names of fields end that hold nothing but a URL


def columns_in(value: object) -> set[str]:
    """Return the names of all columns that a message, or a text of it, asks for."""
    return {found[1].lower() for text in _texts(value) for found in _PLACEHOLDER.finditer(text)}


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | list():
            for each in value.values() if isinstance(value, dict) else value:
                yield from _texts(each)


def filled(message: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Any]:
    """Put the cells of a line into a message; raises InvalidPayload for each placeholder that gets no value."""
    wrong: list[Error] = []

    def fill(value: Any, source: str) -> Any:
        match value:
            case str():
                return _fill_text(value, source, cells, wrong) if _OPEN in value else value
            case dict():
                return {name: fill(each, f"{source}[{shown(name)}]") for name, each in value.items()}
            case list():
                return [fill(each, _source_of(each, source, index)) for index, each in enumerate(value)]
        return value

    payload: dict[str, Any] = fill(message, "payload")
    if wrong:
        raise InvalidPayload(wrong)
    return payload


def _source_of(item: Any, source: str, index: int) -> str:
    """Name a message by its channel, as Messente does."""
    if source == "payload[messages]" and isinstance(item, dict) and "channel" in item:
        return f"payload[{shown(item['channel'])}]"
    return f"{source}[{index}]"


def _fill_text(text: str, source: str, cells: Mapping[str, str], wrong: list[Error]) -> str:
    is_url = source.removesuffix("]").endswith(_URL_FIELDS)

    def value(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name not in cells:
            wrong.append(error(INVALID, f"The file has no column {shown(name)} for this placeholder.", source))
        elif not cells[name].strip():
            wrong.append(error(MISSING, f"The column {shown(name)} is empty in this line.", source))
        elif is_url or _URL_BEFORE.search(_PLACEHOLDER.sub("x", text[: found.start()])):
            return quote(cells[name], safe="")
        return cells.get(name, "")

    if _OPEN in _PLACEHOLDER.sub("", text):
        wrong.append(error(INVALID, "Two braces open a placeholder, which is written {{column}}.", source))
    return _PLACEHOLDER.sub(value, text)
