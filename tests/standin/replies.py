"""Answers as values, how they look on the wire, and which reserved number gets which."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from standin import numbers

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES_PATH = "/v1/omnimessage"
HUGE_PADDING = 20 * 1024 * 1024

# OpenAPI document 2.1.0, ErrorItemOmnichannel. Not shared with src: this side is the ground truth.
TITLES = {
    "101": "Not found",
    "102": "Forbidden",
    "103": "Unauthorized",
    "104": "Internal Server Error",
    "105": "Invalid data",
    "106": "Missing data",
    "107": "Method not allowed",
}


class Fault(Enum):
    """What goes wrong on the way to the reader."""

    NONE = auto()
    HANG = auto()  # nothing is sent and the connection stays open
    CUT = auto()  # nothing is sent and the connection is closed
    TRUNCATE = auto()  # head and half the body, then closed; Content-Length names the whole
    DRIP = auto()  # the body comes byte by byte, `delay` before each


@dataclass(frozen=True)
class Reply:
    """One answer. `delay` in seconds; `omnimessage_id` names what it is about, for logs: it is not sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    fault: Fault = Fault.NONE
    delay: float = 0
    omnimessage_id: str | None = field(default=None, compare=False)

    def head(self) -> bytes:
        """Status line and headers as bytes, with the Content-Length of the whole body."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def sent_body(self) -> bytes:
        """Return the part of the body that leaves the server."""
        return self.body[: len(self.body) // 2] if self.fault is Fault.TRUNCATE else self.body


@dataclass(frozen=True)
class Delays:
    """Seconds: `latency` before every answer, `slow` before the answer to SLOW, `drip` between the bytes for DRIP.

    `report` lies between two steps of delivery, `retry` before another attempt at an undelivered report.
    """

    latency: float = 0
    slow: float = 1.0
    drip: float = 0.01
    report: float = 0.05
    retry: float = 0.2


class Error(TypedDict):
    """An item of `errors` as Messente sends it; `source` is null unless the status is 400."""

    title: str
    detail: str
    code: str
    source: str | None


def error(code: str, detail: str, source: str | None = None) -> Error:
    """Build one error with the title that belongs to its code."""
    return {"title": TITLES[code], "detail": detail, "code": code, "source": source}


def as_json(status: int, content: Any) -> Reply:
    """Answer with `content` as JSON."""
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(content).encode())


def refusal(status: int, *errors: Error) -> Reply:
    """Answer with Messente's error body."""
    return as_json(status, {"errors": list(errors)})


def front_end(status: int, **headers: str) -> Reply:
    """Answer as a load balancer before the API does: HTML. Keyword `Retry_After` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page = f"<html><body><h1>{HTTPStatus(status).phrase}</h1></body></html>"
    return Reply(status, {"Content-Type": "text/html", **named}, page.encode())


UNAUTHORIZED = refusal(401, error("103", "Unauthorized"))
NOT_FOUND = refusal(404, error("101", "Not found"))
METHOD_NOT_ALLOWED = refusal(405, error("107", "Method not allowed"))
SERVER_ERROR = refusal(500, error("104", "Internal server error"))
TOO_MANY = front_end(429, Retry_After="1")
UNAVAILABLE = front_end(503, Retry_After="1")
REDIRECT = front_end(307, Location=MESSAGES_PATH)
NOTHING = Reply(500, {}, b"")

REFUSED: dict[str, Reply] = {
    numbers.BAD_REQUEST: refusal(400, error("105", "Invalid phone number", "payload[to]")),
    numbers.UNAUTHORIZED: UNAUTHORIZED,
    numbers.FORBIDDEN: refusal(403, error("102", "Forbidden")),
    numbers.NOT_FOUND: NOT_FOUND,
    numbers.METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED,
    numbers.PROXY_AUTH: front_end(407),
    numbers.CONFLICT: refusal(409, error("105", "Conflict")),
    numbers.TOO_LARGE: front_end(413),
    numbers.UNSUPPORTED_TYPE: front_end(415),
    numbers.UNPROCESSABLE: refusal(422, error("105", "Unprocessable")),
    numbers.TOO_MANY: TOO_MANY,
    numbers.SERVER_ERROR: SERVER_ERROR,
    numbers.BAD_GATEWAY: front_end(502),
    numbers.UNAVAILABLE: UNAVAILABLE,
    numbers.GATEWAY_TIMEOUT: front_end(504),
    numbers.FOUND: front_end(302, Location=MESSAGES_PATH),
    numbers.REDIRECT: REDIRECT,
    numbers.HANG: replace(NOTHING, fault=Fault.HANG),
    numbers.CUT: replace(NOTHING, fault=Fault.CUT),
}

REFUSED_ONCE: dict[str, Reply] = {numbers.TOO_MANY_ONCE: TOO_MANY, numbers.UNAVAILABLE_ONCE: UNAVAILABLE}


def _newer_shape(content: dict[str, Any]) -> Reply:
    messages = [{**message, "sender": None, "region": "EE"} for message in content["messages"]]
    newer = {"message_id": content["omnimessage_id"], "channel": "carrier-pigeon", "sender": None}
    return as_json(201, {**content, "messages": [*messages, newer], "cost": {"amount": "0.1"}})


def _plain_type(content: dict[str, Any]) -> Reply:
    return replace(as_json(201, content), headers={"Content-Type": "text/plain"})


def _huge(content: dict[str, Any]) -> Reply:
    return as_json(201, {**content, "padding": "x" * HUGE_PADDING})


def _faulty(fault: Fault) -> Callable[[dict[str, Any], Delays], Reply]:
    return lambda content, _: replace(as_json(201, content), fault=fault)


# What is answered once a message is in the accept log, from the content of the ordinary 201.
ACCEPTED: dict[str, Callable[[dict[str, Any], Delays], Reply]] = {
    numbers.HANG_AFTER_ACCEPT: _faulty(Fault.HANG),
    numbers.CUT_AFTER_ACCEPT: _faulty(Fault.CUT),
    numbers.TRUNCATED: _faulty(Fault.TRUNCATE),
    numbers.SERVER_ERROR_AFTER_ACCEPT: lambda _content, _: SERVER_ERROR,
    numbers.REDIRECT_AFTER_ACCEPT: lambda _content, _: REDIRECT,
    numbers.OK: lambda content, _: as_json(200, content),
    numbers.NO_CONTENT: lambda _content, _: Reply(204, {}, b""),
    numbers.NOT_JSON: lambda _content, _: Reply(201, {"Content-Type": "application/json"}, b"Accepted."),
    numbers.HTML: lambda _content, _: front_end(201),
    numbers.NO_IDS: lambda _content, _: as_json(201, {"messages": []}),
    numbers.NEWER_SHAPE: lambda content, _: _newer_shape(content),
    numbers.PLAIN_TYPE: lambda content, _: _plain_type(content),
    numbers.SLOW: lambda content, delays: replace(as_json(201, content), delay=delays.slow),
    numbers.DRIP: lambda content, delays: replace(as_json(201, content), fault=Fault.DRIP, delay=delays.drip),
    numbers.HUGE: lambda content, _: _huge(content),
}


def accepted_reply(content: dict[str, Any], delays: Delays) -> Reply:
    """Answer an accepted message as its recipient asks for; `content` is the ordinary 201."""
    special = ACCEPTED.get(content["to"])
    return special(content, delays) if special else as_json(201, content)
