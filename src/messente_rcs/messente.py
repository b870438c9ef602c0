"""Messente's Omnichannel API: the one POST that sends, and what each answer to it means.

Two tables carry the judgement, one for statuses and one for exceptions (protocol.md "What each outcome of the POST
means"). What neither names is *unknown*: a message that might have been accepted is never taken for one that was not.
"""

from __future__ import annotations

import json
import re
import ssl
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import urllib3
from urllib3 import exceptions as failures

from messente_rcs.errors import TITLES, Error

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.credentials import Credentials

WIRE_FAILURES = (failures.HTTPError, HTTPException, OSError)

BODY_LIMIT = 64 * 1024  # bytes; a success of four messages is under 1 kB


class Meaning(StrEnum):
    """What an answer says about the message."""

    SENT = "sent"  # accepted, ids known
    REJECTED = "rejected"  # refused for its content: the same again would be refused again
    UNAUTHORIZED = "unauthorized"  # not sent: our credentials or our address are refused
    MISCONFIGURED = "misconfigured"  # not sent: the URL or the request form is wrong, not the message
    THROTTLED = "throttled"  # not sent: too many requests at a time
    NOT_SENT = "not_sent"  # certainly not accepted, and may be tried again
    UNKNOWN = "unknown"  # may have been accepted


STATUSES = {
    401: Meaning.UNAUTHORIZED,
    403: Meaning.UNAUTHORIZED,  # also a caller address outside the key's allow-list
    404: Meaning.MISCONFIGURED,
    405: Meaning.MISCONFIGURED,
    407: Meaning.MISCONFIGURED,
    415: Meaning.MISCONFIGURED,
    429: Meaning.THROTTLED,
    503: Meaning.NOT_SENT,  # the one judgement call: a front end that sheds load
}

CLASSES = {
    3: Meaning.UNKNOWN,  # a redirect is never followed: it would be a second POST
    4: Meaning.REJECTED,  # 400, 409, 413, 422 and any other
    5: Meaning.UNKNOWN,  # 500, 502, 504: it may have been accepted before something broke
}

EXCEPTIONS: dict[type[BaseException], Meaning] = {
    # No connection, so nothing was sent.
    failures.NewConnectionError: Meaning.NOT_SENT,
    failures.NameResolutionError: Meaning.NOT_SENT,
    failures.ConnectTimeoutError: Meaning.NOT_SENT,
    ssl.SSLCertVerificationError: Meaning.NOT_SENT,
    # Raised before anything is written.
    failures.ClosedPoolError: Meaning.NOT_SENT,
    failures.EmptyPoolError: Meaning.NOT_SENT,
    failures.FullPoolError: Meaning.NOT_SENT,
    failures.HostChangedError: Meaning.NOT_SENT,
    failures.LocationValueError: Meaning.MISCONFIGURED,
    failures.LocationParseError: Meaning.MISCONFIGURED,
    failures.URLSchemeUnknown: Meaning.MISCONFIGURED,
    failures.ProxySchemeUnknown: Meaning.MISCONFIGURED,
    failures.ProxySchemeUnsupported: Meaning.MISCONFIGURED,
    failures.UnrewindableBodyError: Meaning.UNKNOWN,
    # Something may have been written.
    failures.HTTPError: Meaning.UNKNOWN,
    failures.PoolError: Meaning.UNKNOWN,
    failures.RequestError: Meaning.UNKNOWN,
    failures.MaxRetryError: Meaning.UNKNOWN,
    failures.ResponseError: Meaning.UNKNOWN,
    failures.ProxyError: Meaning.UNKNOWN,
    failures.SSLError: Meaning.UNKNOWN,
    failures.TimeoutStateError: Meaning.UNKNOWN,
    failures.TimeoutError: Meaning.UNKNOWN,
    failures.ReadTimeoutError: Meaning.UNKNOWN,
    failures.ProtocolError: Meaning.UNKNOWN,
    failures.IncompleteRead: Meaning.UNKNOWN,
    failures.InvalidChunkLength: Meaning.UNKNOWN,
    failures.InvalidHeader: Meaning.UNKNOWN,
    failures.HeaderParsingError: Meaning.UNKNOWN,
    failures.DecodeError: Meaning.UNKNOWN,
    failures.BodyNotHttplibCompatible: Meaning.UNKNOWN,
    failures.ResponseNotChunked: Meaning.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one POST. `messages` maps message_id to its channel and sender; `reason` is safe to log."""

    meaning: Meaning
    reason: str
    omnimessage_id: str | None = None
    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: list[Error] = field(default_factory=list)
    retry_after: float | None = None  # seconds


class Pool(Protocol):
    """The part of urllib3's HTTPConnectionPool that a send needs."""

    def urlopen(self, method: str, url: str, body: bytes | None = None, **kw: Any) -> urllib3.BaseHTTPResponse:
        """Make one request and return the response with its body unread."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Messente's answer to a question; status None says that none came."""

    status: int | None
    body: dict[str, Any]


class Messente:
    """Messente's Omnichannel API (OpenAPI 2.1.0). Each call is one request, never repeated here.

    `timeouts` are seconds to connect, and to wait for the answer and then for its body.
    """

    def __init__(
        self,
        pool: Pool,
        base_path: str,
        timeouts: tuple[float, float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._path = f"{base_path}/omnimessage"
        self._connect_timeout, self._read_timeout = timeouts
        self._monotonic = monotonic

    @property
    def longest(self) -> float:
        """Seconds that one request takes before it is given up."""
        return self._connect_timeout + self._read_timeout

    def send(self, omnimessage: dict[str, Any], credentials: Credentials) -> Answer:
        """POST one omnimessage; whatever happens on the wire becomes an Answer."""
        body = json.dumps(omnimessage, separators=(",", ":")).encode()
        try:
            return _understand(*self._exchange("POST", self._path, credentials, body))
        except WIRE_FAILURES as failure:
            return Answer(_meaning_of(failure), type(failure).__name__)

    def status(self, omnimessage_id: str, credentials: Credentials) -> Reply:
        """GET the delivery report: 200 `{statuses, to, omnimessage_id}`, 404 when Messente does not know the id."""
        return self._ask("GET", f"{self._path}/{quote(omnimessage_id, safe='')}/status", credentials)

    def cancel(self, omnimessage_id: str, credentials: Credentials) -> Reply:
        """DELETE a scheduled message: 202, or 404 when it went out already or there is no such message."""
        return self._ask("DELETE", f"{self._path}/{quote(omnimessage_id, safe='')}", credentials)

    def _ask(self, method: str, path: str, credentials: Credentials) -> Reply:
        try:
            status, _, body = self._exchange(method, path, credentials)
        except WIRE_FAILURES:
            return Reply(None, {})
        return Reply(status, _json_object(body))

    def _exchange(
        self, method: str, path: str, credentials: Credentials, body: bytes | None = None
    ) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        give_up = self._monotonic() + self.longest
        response = self._pool.urlopen(
            method,
            path,
            body=body,
            headers={
                "Authorization": credentials.authorization,
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": "messente-rcs",
            },
            timeout=urllib3.Timeout(connect=self._connect_timeout, read=self._read_timeout),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        return response.status, response.headers, self._read(response, give_up)

    def _read(self, response: urllib3.BaseHTTPResponse, give_up: float) -> bytes:
        """Read the body as far as it comes: bounded in size and time, and never raising an accepted message away."""
        body = b""
        try:
            while chunk := response.read1(BODY_LIMIT):
                body += chunk
                if len(body) > BODY_LIMIT or self._monotonic() > give_up:
                    response.close()
                    return body[:BODY_LIMIT]
        except WIRE_FAILURES:
            response.close()
        else:
            response.release_conn()
        return body


def _meaning_of(failure: BaseException) -> Meaning:
    if isinstance(failure, failures.SSLError) and failure.args and isinstance(failure.args[0], ssl.SSLError):
        failure = failure.args[0]
    # The most specific class wins: a ConnectTimeoutError is a TimeoutError too.
    return next((EXCEPTIONS[cls] for cls in type(failure).__mro__ if cls in EXCEPTIONS), Meaning.UNKNOWN)


def _understand(status: int, headers: urllib3.HTTPHeaderDict, body: bytes) -> Answer:
    reason = f"HTTP {status}"
    if status // 100 == 2:  # noqa: PLR2004 - the class of a status
        return _accepted(status, reason, body)
    meaning = STATUSES.get(status) or CLASSES.get(status // 100, Meaning.UNKNOWN)
    return Answer(meaning, reason, errors=_errors(body), retry_after=_retry_after(headers.get("Retry-After")))


def _accepted(status: int, reason: str, body: bytes) -> Answer:
    reply = _json_object(body)
    messages = _messages(reply.get("messages"))
    omnimessage_id = _text(reply.get("omnimessage_id")) or _scan_for_id(body)
    if status in (200, 201) and omnimessage_id:
        return Answer(Meaning.SENT, reason, omnimessage_id, messages)
    # Accepted, as far as the status tells. What could be read is kept for whoever looks into it.
    return Answer(Meaning.UNKNOWN, f"{reason} without ids", omnimessage_id, messages)


def _scan_for_id(body: bytes) -> str | None:
    """Find the id in a body that is no JSON, because it was cut off for instance."""
    found = re.search(rb'"omnimessage_id"\s*:\s*"([\w.:-]{1,64})"', body)
    return found[1].decode() if found else None


def _messages(items: object) -> dict[str, dict[str, str]]:
    """Read `[{message_id, channel, sender}]` leniently: a new channel or a null sender must not cost the ids."""
    messages = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and (message_id := _text(item.get("message_id"))):
            parts = ((name, _text(item.get(name))) for name in ("channel", "sender"))
            messages[message_id] = {name: text for name, text in parts if text}
    return messages


def _errors(body: bytes) -> list[Error]:
    items = _json_object(body).get("errors")
    return [_error(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _error(item: dict[str, object]) -> Error:
    code = _text(item.get("code")) or ""
    return {
        "code": code,
        "title": _text(item.get("title")) or TITLES.get(code, ""),
        "detail": _text(item.get("detail")) or "",
        "source": _text(item.get("source")),
    }


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Return a string that the table can hold, or None."""
    return value.encode(errors="replace").decode()[:1000] if isinstance(value, str) and value else None


def _retry_after(value: str | None) -> float | None:
    """Read Retry-After in seconds; a date there is not worth a parser, the backoff serves instead."""
    return float(value) if value and value.isascii() and value.isdigit() else None
