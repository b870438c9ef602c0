"""Why Messente refuses a message, in whatever words: its own errors, another framework's, or a page of a front end."""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from messente_rcs import json_reader
from messente_rcs.errors import TITLES, Error
from messente_rcs.messente.values import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 20  # reasons
LONGEST = 500  # bytes of each text
DEEPEST = 6  # lists and objects within each other
PAGE = 4000  # characters of a page that are looked at

# Names under which others say what Messente calls code, title, detail and source; in lower case.
_CODE = ("code", "error_code", "errorcode")
_DETAIL = ("detail", "message", "description", "error_description", "reason", "msg")
_SOURCE = ("source", "field", "pointer", "parameter", "param", "property", "loc", "name")
_NESTED = ("errors", "error", "detail", "details", "invalid-params", "violations")


def read_reasons(body: bytes) -> list[Error]:
    """List the errors that a JSON document names: as Messente does, by RFC 9457, or as they were thought of."""
    document = _lowered(read_json(body))
    if isinstance(document, dict):
        found = _of_object(document, None, 0)
    elif isinstance(document, list):
        found = _reasons(document, None, 0)
    else:
        found = iter(())
    return list(islice(found, MOST))


def read_note(body: bytes) -> list[Error]:
    """Take a document that names no errors for one: the begin of its text, without markup."""
    document = read_json(body)
    if isinstance(document, dict) and document.keys() <= {"errors"}:
        return []  # it has the right shape, and says nothing
    text = document if isinstance(document, str) else body.decode(errors="replace")
    text = re.sub(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", " ", text[:PAGE], flags=re.DOTALL | re.IGNORECASE)
    text = " ".join(html.unescape(text).split())
    return [_error(detail=text)] if text else []


def read_json(body: bytes) -> Any:
    """Read JSON; None where there is none."""
    try:
        return json_reader.read_json(body)
    except ValueError:
        return None


def _reasons(value: object, source: str | None, depth: int) -> Iterator[Error]:
    """List the errors within a value that is known to stand for some; `source` names the field that it belongs to."""
    if depth > DEEPEST:
        return
    if text := _text(value):
        yield _error(detail=text, source=source)
    elif isinstance(value, list):
        for each in value:
            yield from _reasons(each, source, depth + 1)
    elif isinstance(value, dict):
        known = list(_of_object(value, source, depth))
        yield from known or _by_field(value, depth)


def _of_object(value: Mapping[str, object], source: str | None, depth: int) -> Iterator[Error]:
    """Read an object by the names of its fields: it may be an error, hold others, or both."""
    code, detail = _first(value, _CODE), _first(value, _DETAIL)
    title, alone = _text(value.get("title")), _text(value.get("error"))
    if code or title or detail or alone:
        title = title or (alone if detail else None)
        yield _error(code, title, detail or (alone if alone != title else None), _first(value, _SOURCE) or source)
    for name in _NESTED:
        if isinstance(value.get(name), dict | list) or (name == "errors" and _text(value.get(name))):
            yield from _reasons(value[name], source, depth + 1)


def _by_field(value: Mapping[str, object], depth: int) -> Iterator[Error]:
    for name, each in value.items():
        yield from _reasons(each, name, depth + 1)


def _first(value: Mapping[str, object], names: Iterable[str]) -> str | None:
    return next((text for name in names if (text := _text(_pointed_at(value.get(name))))), None)


def _pointed_at(value: object) -> object:
    """Name a field that is given as a path, or as JSON:API does."""
    match value:
        case {"pointer": named} | {"parameter": named}:
            return named
        case [*path] if path and all(_text(each) for each in path):
            return ".".join(str(_text(each)) for each in path)
    return value


def _lowered(value: object, depth: int = 0) -> object:
    """Write the names of all objects in lower case."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {name.lower(): _lowered(each, depth + 1) for name, each in value.items()}
    return [_lowered(each, depth + 1) for each in value[:MOST]] if isinstance(value, list) else value


def _text(value: object) -> str | None:
    """Return a text or a number as a text that the table can hold, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return read_text(str(value), LONGEST)


def _error(
    code: str | None = None, title: str | None = None, detail: str | None = None, source: str | None = None
) -> Error:
    return {
        "code": code or "",
        "title": title or TITLES.get(code or "", ""),
        "detail": read_text(detail, LONGEST) or "",
        "source": source,
    }
