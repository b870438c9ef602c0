"""What a request is about, and how its caller's own URL reads, whatever front end and whatever is before the path.

The route tells best what a request is about: a path may begin with a stage or with the base path of a custom domain,
which may have any name, that of the collection too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

# What stands in a path as it is: nothing else may come into a header of the answer. "%" is of what is encoded already.
_SAFE = "/%:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about: an item of the collection, a part of an item, or the collection itself."""

    item: str | None = None
    part: str | None = None


def method_of(event: Mapping[str, Any]) -> str:
    """Return the method of a request."""
    context = event["requestContext"]
    http = context.get("http")
    method = (http.get("method") if isinstance(http, dict) else context.get("httpMethod")) or event.get("httpMethod")
    return method if isinstance(method, str) else ""


def target(event: Mapping[str, Any], collection: str, part: str = "") -> Target | None:
    """Find what a request is about, by its route if there is one with a path; None if it is nothing of the kind.

    `part` is what each item of the collection has besides itself (`/messages/{id}/resolution`).
    """
    return _by_route(event, collection, part) or _by_path(event, collection, part)


def url_path(event: Mapping[str, Any]) -> str:
    """Return the path as the caller's URL has it, with the stage or the base path of a domain where that has them.

    A REST API leaves the stage out of `path`, but not out of the path of its context.
    """
    path, told = _path(event), event["requestContext"].get("path")
    whole = told if isinstance(told, str) and told.endswith(path) else path
    return quote(whole.encode(errors="replace"), safe=_SAFE)


def _path(event: Mapping[str, Any]) -> str:
    path = event.get("rawPath") or event.get("path")
    return path if isinstance(path, str) else ""


def _by_route(event: Mapping[str, Any], collection: str, part: str) -> Target | None:
    """Read the route, as long as the path bears it out."""
    route = str(event.get("resource") or event.get("routeKey") or "").rpartition(" ")[2]
    match = re.search(rf"/{collection}(?:/\{{([^/{{}}+]+)\+?\}}(?:/({part}))?)?/?$", route)
    if not match:
        return None
    item = None
    if match[1]:
        item = (event.get("pathParameters") or {}).get(match[1])
        if not isinstance(item, str) or "/" in item:
            return None
        item = _decoded(item)
    ending = "/".join(["", collection, *filter(None, [item, match[2]])])
    return Target(item, match[2] or None) if _decoded(_path(event)).removesuffix("/").endswith(ending) else None


def _by_path(event: Mapping[str, Any], collection: str, part: str) -> Target | None:
    path = _path(event)
    if method_of(event) == "POST":
        if re.search(rf"/{collection}/?$", path):
            return Target()  # nothing is POSTed to an item of that name, so that what comes before is a base path
        if part and (match := re.search(rf"/{collection}/([^/]+)/{part}/?$", path)):
            return Target(_decoded(match[1]), part)
    match = re.search(rf"/{collection}(?:/([^/]*))?/?$", path)
    return Target(_decoded(match[1]) if match[1] else None) if match else None


def _decoded(part: str) -> str:
    """Decode a part of a path. HTTP APIs have done so before, the others not; no id has a "%", so it does no harm."""
    return unquote(part)
