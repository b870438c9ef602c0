"""API Gateway in memory for tests of the APIs as a whole: HTTP requests in, the functions' answers out, no socket."""

import base64
import contextlib
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from messente_rcs.records.record import Resolution
from messente_rcs.sending.resolve import Verdict
from messente_rcs.tracking.report import read_report
from tests.standin import numbers
from tests.standin.reports import SIGNATURE_HEADER, sign
from tests.support.callback import report
from tests.support.steps import DIE
from tests.support.world import PASSWORD, Crash, World, message

URL = "http://gateway"


class Gateway(HTTPAdapter):
    """Hands requests to a function as an HTTP API does, payload 2.0."""

    def __init__(self, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__()
        self._handle = handle

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = self._handle(as_event(request))
        body = io.BytesIO(answer["body"].encode())
        raw = urllib3.HTTPResponse(body, answer["headers"], answer["statusCode"], preload_content=False)
        return self.build_response(request, raw)


def as_event(request: requests.PreparedRequest) -> dict[str, Any]:
    """Write a request as API Gateway does: decoded path, joined parameters, base64 for what is no text."""
    parts, method, body = urlsplit(str(request.url)), str(request.method), body_of(request)
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    query: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return {
        "version": "2.0",
        "rawPath": unquote(parts.path),
        "headers": {name.lower(): _text(value) for name, value in request.headers.items()},
        "requestContext": {"http": {"method": method, "path": unquote(parts.path)}, "stage": "$default"},
        "body": text,
        "isBase64Encoded": encoded,
    } | ({"queryStringParameters": query} if query else {})


def body_of(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    assert isinstance(body, bytes | str)
    return body.encode() if isinstance(body, str) else body


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


class Signed(requests.auth.AuthBase):
    """Signs each body as Messente does."""

    def __init__(self, password: str = PASSWORD) -> None:
        self._password = password

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[SIGNATURE_HEADER] = sign(body_of(request), self._password)
        return request


def both_apis(world: World) -> requests.Session:
    app, session = world.env(), requests.Session()
    session.mount(f"{URL}/", Gateway(lambda event: app.handle(event, world.remaining())))
    session.mount(f"{URL}/delivery-reports", Gateway(world.parts().reports.handle))
    session.mount(f"{URL}/inbound-messages", Gateway(world.receiving().handle))
    return session


OPERATOR = "arn:aws:iam::123456789012:user/operator"


def populate(world: World) -> list[str]:
    """Make a record in each state, and one that is delivered; return their ids."""
    recipients = {"rejected": numbers.BAD_REQUEST, "retryable": numbers.TOO_MANY, "unknown": numbers.CUT_AFTER_ACCEPT}
    for key in ("sent", "delivered", "rejected", "retryable", "unknown"):
        to = {"to": recipients[key]} if key in recipients else {}
        world.deliver(message(key, tags={"team": "logistics"}, **to))
    world.deliver(message("expired", expires_at="2026-01-01T00:00:00Z"))
    world.deliver(message("cancelled", to=numbers.TOO_MANY))
    world.parts().canceller.cancel("cancelled")
    world.deliver(message("resolved", to=numbers.CUT))
    world.parts().resolver.resolve("resolved", Verdict(Resolution.SENT, by=OPERATOR))
    with contextlib.suppress(Crash):
        world.deliver(message("claimed"), world.env(DIE))
    world.parts().tracker.track("delivered", [read_report(report_on(world, "delivered"))])
    return ["sent", "delivered", "rejected", "retryable", "unknown", "expired", "cancelled", "resolved", "claimed"]


def report_on(world: World, key: str) -> dict[str, Any]:
    """Return what Messente reports when the message of a record is delivered."""
    omnimessage_id = world.record_of(key)["omnimessage_id"]
    [accepted] = [each for each in world.messente.accepted if each.omnimessage_id == omnimessage_id]
    told: dict[str, Any] = json.loads(report(accepted, "DELIVRD").body)
    return told | {"error": "no error"}
