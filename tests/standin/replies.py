"""Answers as values, how they look on the wire, and which reserved number gets which."""

import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any, TypedDict
from uuid import uuid4

from tests.standin import numbers

MESSAGES_PATH = "/v1/omnimessage"
HUGE_PADDING = 20 * 1024 * 1024
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

    def sent_body(self) -> bytes:
        """Return the part of the body that leaves the server."""
        return self.body[: len(self.body) // 2] if self.fault is Fault.TRUNCATE else self.body

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
        whole = self.head() + self.sent_body() + self.behind
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


def as_json(status: int, content: Any) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(content).encode())


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
NOTHING = Reply(500, {}, b"")
TIMED_OUT = front_end(408, Connection="close")

# Of connections that fail before their first request.
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal: handshake_failure
NO_TLS = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThis is no TLS."

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </schema.json>; rel=preload\r\n\r\n"
SEVERAL_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + EARLY_HINTS * 2
INTERIM_FLOOD = EARLY_HINTS * 1000

# What other front ends and frameworks say where Messente says {"errors": [{"code", "title", "detail", "source"}]}.
PROBLEM = {
    "type": "https://messente.com/problems/invalid-data",
    "title": "Invalid data",
    "status": 400,
    "detail": "Invalid phone number",
    "instance": "/v1/omnimessage",
    "errors": [{"detail": "must be a phone number", "pointer": "#/to"}],
}

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
    numbers.REQUEST_TIMEOUT: TIMED_OUT,
    numbers.MISDIRECTED: front_end(421, Connection="close"),
    numbers.TOO_EARLY: front_end(425),
    numbers.NUMERIC_CODE: as_json(
        400, {"errors": [{**error("105", "Invalid phone number", "payload[to]"), "code": 105}]}
    ),
    numbers.ERRORS_OBJECT: as_json(400, {"errors": {"to": ["Invalid phone number"]}}),
    numbers.ERRORS_TEXTS: as_json(400, {"errors": ["Invalid phone number"]}),
    numbers.PROBLEM: replace(as_json(400, PROBLEM), headers={"Content-Type": "application/problem+json"}),
    numbers.PAGE: front_end(400),
    numbers.TOO_MANY: TOO_MANY,
    numbers.THROTTLED: front_end(429),
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


def _interim(interim: bytes) -> Callable[[dict[str, Any], Delays], Reply]:
    return lambda content, delays: replace(as_json(201, content), interim=interim, delay=delays.interim)


def _two_answers(content: dict[str, Any]) -> Reply:
    messages = [{**message, "message_id": str(uuid4())} for message in content["messages"]]
    nobodys = as_json(201, {**content, "messages": messages, "omnimessage_id": str(uuid4())})
    return replace(as_json(201, content), behind=nobodys.head() + nobodys.body)


def _chunked(content: dict[str, Any], *, measured: bool) -> Reply:
    plain = as_json(201, content)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(plain.body), plain.body)
    headers = {**plain.headers, "Transfer-Encoding": "chunked"}
    return replace(plain, headers=headers, body=chunks, measured=measured)


def _compressed(content: dict[str, Any], compress: Callable[[bytes], bytes]) -> Reply:
    plain = as_json(201, content)
    return replace(plain, headers={**plain.headers, "Content-Encoding": "gzip"}, body=compress(plain.body))


def _faulty(fault: Fault) -> Callable[[dict[str, Any], Delays], Reply]:
    return lambda content, _: replace(as_json(201, content), fault=fault)


# What is answered once a message is in the accept log, from the content of the ordinary 201.
ACCEPTED: dict[str, Callable[[dict[str, Any], Delays], Reply]] = {
    numbers.HANG_AFTER_ACCEPT: _faulty(Fault.HANG),
    numbers.CUT_AFTER_ACCEPT: _faulty(Fault.CUT),
    numbers.TRUNCATED: _faulty(Fault.TRUNCATE),
    numbers.REQUEST_TIMEOUT_AFTER_ACCEPT: lambda _content, _: TIMED_OUT,
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
    numbers.DRIP_HEAD: lambda content, delays: replace(as_json(201, content), fault=Fault.DRIP_HEAD, delay=delays.drip),
    numbers.HUGE: lambda content, _: _huge(content),
    numbers.EARLY_HINTS: _interim(EARLY_HINTS),
    numbers.SEVERAL_INTERIM: _interim(SEVERAL_INTERIM),
    numbers.INTERIM_FLOOD: _interim(INTERIM_FLOOD),
    numbers.SWITCHING: lambda _content, _: Reply(101, {"Upgrade": "h2c"}, b"", measured=False),
    numbers.TWO_ANSWERS: lambda content, _: _two_answers(content),
    numbers.CHUNKED: lambda content, _: _chunked(content, measured=False),
    numbers.TWO_LENGTHS: lambda content, _: _chunked(content, measured=True),
    numbers.COMPRESSED: lambda content, _: _compressed(content, partial(gzip.compress, compresslevel=0, mtime=0)),
    numbers.NOT_COMPRESSED: lambda content, _: _compressed(content, lambda body: body),
}


def accepted_reply(content: dict[str, Any], delays: Delays, like: str) -> Reply:
    """Answer an accepted message like one to the number `like`; `content` is the ordinary 201."""
    special = ACCEPTED.get(like)
    return special(content, delays) if special else as_json(201, content)
