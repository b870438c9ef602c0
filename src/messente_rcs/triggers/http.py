"""What the front ends of AWS hand over and take back: HTTP API, REST API, function URL and Application Load Balancer.

HTTP APIs send payload 2.0 or 1.0, function URLs 2.0, REST APIs 1.0. A load balancer's events are almost those of 1.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from messente_rcs.triggers.routes import Target, method_of, target, url_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from messente_rcs.errors import Error

type Event = dict[str, Any]
type Response = dict[str, Any]


class BadEncoding(Exception):  # noqa: N818 - says what it is
    """The body is marked as base64 and is none."""


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
    """Fit an answer to the front end: a load balancer that sends multi-value headers reads no others."""
    if event.get("headers") is None and event.get("multiValueHeaders") is not None:
        response["multiValueHeaders"] = {name: [value] for name, value in response["headers"].items()}
    if method_of(event) == "HEAD":
        response["body"] = ""
    return response


def _headers(event: Event) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in _pairs(event, "headers", "multiValueHeaders"):
        headers.setdefault(name.lower(), []).append(value)
    return headers


def query_of(event: Event) -> dict[str, str]:
    """Read the query; what HTTP APIs do with a parameter that comes more than once is done for all front ends."""
    query: dict[str, str] = {}
    for name, value in _pairs(event, "queryStringParameters", "multiValueQueryStringParameters"):
        query[name] = f"{query[name]},{value}" if name in query else value
    if "elb" in event["requestContext"]:  # alone among the front ends, it leaves the decoding to us
        return {unquote_plus(name): unquote_plus(value) for name, value in query.items()}
    return query


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
    match context:
        case {"apiId": str() as through, "authorizer": {"iam": {"userArn": str() as arn}}} if (
            arn and api_id and through == api_id
        ):
            return arn[:2048]
    return None


def _taken_at(context: Mapping[str, Any]) -> float | None:
    milliseconds = context.get("timeEpoch") or context.get("requestTimeEpoch")
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else None
