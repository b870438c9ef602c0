"""What API Gateway hands over and takes back: HTTP API payload 2.0, REST API payload 1.0 and Function URLs."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messente_rcs.errors import Error

type Event = dict[str, Any]
type Response = dict[str, Any]


class BadEncoding(Exception):  # noqa: N818 - says what it is
    """The body is marked as base64 and is none."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower-case, and the body is as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


def read(event: Event) -> Request:
    """Read a request; raises BadEncoding."""
    http = event["requestContext"].get("http", event["requestContext"])
    return Request(
        method=http.get("method") or event.get("httpMethod", ""),
        path=event.get("rawPath") or event.get("path", ""),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=event.get("queryStringParameters") or {},
        body=_body(event),
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


def _body(event: Event) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode(errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadEncoding from None
