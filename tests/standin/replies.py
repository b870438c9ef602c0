"""Answers as values, and how they look on the wire."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, TypedDict

MESSAGES_PATH = "/v1/omnimessage"
NEVER = math.inf

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
    DRIP_HEAD = auto()  # the head does so too


class ConnectFault(Enum):
    """What goes wrong with a connection before its first request. All but the last one want a connection with TLS."""

    STALL = auto()  # it is taken in, and then nothing comes
    ALERT = auto()  # TLS is refused as TLS does it
    PLAIN = auto()  # the ClientHello is answered as if it were HTTP
    RESET = auto()  # it is reset


@dataclass(frozen=True)
class Reply:
    """One answer. `delay` in seconds; `omnimessage_id` names what it is about, for logs: it is not sent.

    `interim` are answers that are sent at once, ahead of it; `behind` is what is sent together with its last byte,
    and belongs to no request. It is `measured` where its head names the Content-Length.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    fault: Fault = Fault.NONE
    delay: float = 0
    omnimessage_id: str | None = field(default=None, compare=False)
    interim: bytes = b""
    behind: bytes = b""
    measured: bool = True

    def head(self) -> bytes:
        """Status line and headers as bytes, with the Content-Length of the whole body."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.measured and self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def drips(self) -> bool:
        """Whether it comes byte by byte: then it is late by itself, and its delay is the one between two bytes."""
        return self.fault in (Fault.DRIP, Fault.DRIP_HEAD)

    @property
    def closes(self) -> bool:
        """Whether the connection is closed behind it."""
        return self.fault in (Fault.CUT, Fault.TRUNCATE) or self.headers.get("Connection") == "close"

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """List what goes over the wire, and the seconds before each piece; NEVER before one that does not come."""
        if self.interim:
            yield 0, self.interim
        body = self.body[: len(self.body) // 2] if self.fault is Fault.TRUNCATE else self.body
        whole = self.head() + body + self.behind
        if self.fault is Fault.HANG:
            yield NEVER, b""
        elif self.drips:
            at_once = len(self.head()) if self.fault is Fault.DRIP else 0
            if at_once:
                yield 0, whole[:at_once]
            for byte in whole[at_once:]:
                yield self.delay, bytes([byte])
        elif self.fault is not Fault.CUT:
            yield self.delay, whole


@dataclass(frozen=True)
class Delays:
    """Seconds: `latency` before every answer, `slow` before the answer to SLOW, `drip` between two bytes that drip.

    `interim` lies between interim answers and the answer, `report` between two steps of delivery, `retry` before
    another attempt at an undelivered report.
    """

    latency: float = 0
    slow: float = 1.0
    drip: float = 0.01
    interim: float = 0.3
    report: float = 0.05
    retry: float = 0.2


class Error(TypedDict):
    """An item of `errors` as Messente sends it; `source` is null unless the status is 400."""

    title: str
    detail: str
    code: str
    source: str | None


def error(code: str, detail: str, source: str | None = None) -> Error:
    return {"title": TITLES[code], "detail": detail, "code": code, "source": source}


def as_json(status: int, content: Any, kind: str = "application/json") -> Reply:
    return Reply(status, {"Content-Type": kind}, json.dumps(content).encode())


def refusal(status: int, *errors: Error) -> Reply:
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
TIMED_OUT = front_end(408, Connection="close")

# Of connections that fail before their first request.
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal: handshake_failure
NO_TLS = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThis is no TLS."

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </schema.json>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"

# What other front ends and frameworks say where Messente says {"errors": [{"code", "title", "detail", "source"}]}.
PROBLEM = {
    "type": "https://messente.com/problems/invalid-data",
    "title": "Invalid data",
    "status": 400,
    "detail": "Invalid phone number",
    "instance": "/v1/omnimessage",
    "errors": [{"detail": "must be a phone number", "pointer": "#/to"}],
}
