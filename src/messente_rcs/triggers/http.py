"""HTTP requests as AWS hands them over: HTTP API (payload 2.0, or 1.0), REST API (1.0) and function URL (2.0).

The route tells best what a request is about: a path may begin with a stage or with the base path of a custom domain,
which may have any name, that of the collection too.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, Invalid, Refused, error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from messente_rcs.errors import Error

type Event = dict[str, Any]
type Response = dict[str, Any]

# What stands in a path as it is: nothing else may come into a header of the answer. "%" is of what is encoded already.
_SAFE = "/%:@!$&'()*+,;=-._~"

# Bytes. A report is well under 1 kB. The event of an inbound message has all that Messente said once more, and numbers
# such as 1E15 in four times the length: 250 KB.
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a request: an item of the collection, a part of an item, or the collection itself."""

    item: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower-case, and the body is as it came over the wire."""

    method: str
    path: str  # as the caller's URL has it
    target: Target | None  # None: nothing that we know is there
    headers: Mapping[str, Sequence[str]]  # every value of a header that came more than once
    query: Mapping[str, str]  # values of a parameter that came more than once are joined by commas
    body: bytes
    caller: str | None  # the ARN of the IAM identity that signed the request, where the stack's own API tells it
    taken_at: float | None  # the Unix time at which API Gateway took the request, by its own clock

    def header(self, name: str) -> str:
        """Return the last value of a header, or an empty string."""
        return (self.headers.get(name) or [""])[-1]


@dataclass(frozen=True, slots=True)
class Post:
    """One POST to the callback API; `item` is what the path names after the collection, or an empty string."""

    item: str
    body: bytes
    signature: str


class NotTaken(Refused):
    """It is refused whoever sent it: the answer's status, the reason for the log, the error and the method allowed."""

    def __init__(self, status: int, reason: str, wrong: Error, allow: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wrong = wrong
        self.headers = {"Allow": allow} if allow else {}


class BadEncoding(Invalid):
    """The body is marked as base64 and is none."""


def is_request(event: object) -> bool:
    """Tell an HTTP request from any other event."""
    match event:
        case {"requestContext": {"http": {"method": str()}} | {"httpMethod": str()}}:
            return True
        case {"requestContext": dict(), "httpMethod": str()}:
            return True
    return False


def read(event: Event, collection: str, part: str = "", api_id: str = "") -> Request:
    """Read a request to a collection (`/messages`), to one of its items (`/messages/{id}`), or to a part of an item.

    `api_id` is that of the stack's own HTTP API. Raises BadEncoding.
    """
    return Request(
        method=method_of(event),
        path=url_path(event),
        target=target(event, collection, part),
        headers=_headers(event),
        query=query_of(event),
        body=_body(event),
        caller=_caller(event["requestContext"], api_id),
        taken_at=_taken_at(event["requestContext"]),
    )


def read_post(event: Event, collection: str, *, has_items: bool) -> Post:
    """Read a POST of Messente to a collection, or to one of its items if it has any. Raises NotTaken."""
    try:
        request = read(event, collection)
    except BadEncoding:
        raise NotTaken(400, "encoding", error(INVALID, "The body is not valid base64", "payload")) from None
    if request.target is None or (request.target.item is not None and not has_items):
        raise NotTaken(404, "path", error(NOT_FOUND, "There is nothing at this path"))
    if request.method != "POST":
        raise NotTaken(405, "method", error(METHOD_NOT_ALLOWED, "POST is the one method here"), allow="POST")
    if len(request.body) > LARGEST:
        raise NotTaken(413, "size", error(INVALID, f"The body has more than {LARGEST:,} bytes", "payload"))
    return Post(request.target.item or "", request.body, request.header("x-messente-signature"))


def respond(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def refuse(status: int, *errors: Error, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with errors in Messente's shape."""
    return respond(status, {"errors": list(errors)}, headers)


def fitted(event: Event, response: Response) -> Response:
    """Leave out the body of an answer to HEAD."""
    return response | {"body": ""} if method_of(event) == "HEAD" else response


def method_of(event: Mapping[str, Any]) -> str:
    """Return the method of a request."""
    context = event["requestContext"]
    http = context.get("http")
    method = (http.get("method") if isinstance(http, dict) else context.get("httpMethod")) or event.get("httpMethod")
    return method if isinstance(method, str) else ""


def query_of(event: Event) -> dict[str, str]:
    """Read the query; what HTTP APIs do with a parameter that comes more than once is done for all front ends."""
    query: dict[str, str] = {}
    for name, value in _pairs(event, "queryStringParameters", "multiValueQueryStringParameters"):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def target(event: Mapping[str, Any], collection: str, part: str = "") -> Target | None:
    """Find the target of a request, by its route or else by its path; None if neither names one.

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


def _headers(event: Event) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in _pairs(event, "headers", "multiValueHeaders"):
        headers.setdefault(name.lower(), []).append(value)
    return headers


def _pairs(event: Event, single: str, multi: str) -> Iterator[tuple[str, str]]:
    """Go through names and values. An event has them once, once with the last value and once with all, or either."""
    for name, values in {**(event.get(single) or {}), **(event.get(multi) or {})}.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str):
                yield name, value


def _body(event: Event) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode(errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadEncoding from None


def _caller(context: Mapping[str, Any], api_id: str) -> str | None:
    """Read who signed, as the stack's own API tells it: whoever invokes the function can make a request up."""
    if not api_id or context.get("apiId") != api_id:
        return None
    match context:
        case {"authorizer": {"iam": {"userArn": str() as arn}}} if arn:
            return arn[:2048]
    return None


def _taken_at(context: Mapping[str, Any]) -> float | None:
    milliseconds = context.get("timeEpoch") or context.get("requestTimeEpoch")
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else None


def _path(event: Mapping[str, Any]) -> str:
    path = event.get("rawPath") or event.get("path")
    return path if isinstance(path, str) else ""


def _by_route(event: Mapping[str, Any], collection: str, part: str) -> Target | None:
    """Read the route, which counts only if the path agrees."""
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
