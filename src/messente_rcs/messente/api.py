"""Messente's Omnichannel API: the one POST that sends, and what each answer to it means.

Two tables carry the judgement, one for statuses and one for exceptions (protocol.md "What each outcome of the POST
means"). What neither names is *unknown*: a message that might have been accepted is never taken for one that was not.
"""

from __future__ import annotations

import json
import math
import re
import ssl
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import quote

import urllib3
from urllib3 import exceptions as failures

from messente_rcs.messente.answers import read_json, read_note, read_reasons
from messente_rcs.messente.values import MOST_MESSAGES, read_id, read_number, read_text
from messente_rcs.phone import is_same_number
from messente_rcs.telemetry import Metric, count, observe

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.errors import Error
    from messente_rcs.messente.credentials import CredentialCache, Credentials

WIRE_FAILURES = (failures.HTTPError, HTTPException, OSError)

BODY_LIMIT = 64 * 1024  # bytes; a success of four messages is under 1 kB
LONGEST_RETRY_AFTER = 43_200.0  # seconds; the queue cannot wait longer


class AnswerKind(StrEnum):
    """What an answer says about the message."""

    SENT = "sent"  # accepted, ids known
    REJECTED = "rejected"  # refused for its content: the same again would be refused again
    UNAUTHORIZED = "unauthorized"  # not sent: our credentials or our address are refused
    MISCONFIGURED = "misconfigured"  # not sent: the URL or the request form is wrong, not the message
    THROTTLED = "throttled"  # not sent: too many requests at a time
    NOT_SENT = "not_sent"  # certainly not accepted, and may be tried again
    EXPIRED = "expired"  # not sent: there was no POST, as the message's deadline had passed
    UNKNOWN = "unknown"  # may have been accepted


STATUSES = {
    401: AnswerKind.UNAUTHORIZED,
    403: AnswerKind.UNAUTHORIZED,  # also a caller address outside the key's allow-list
    404: AnswerKind.MISCONFIGURED,
    405: AnswerKind.MISCONFIGURED,
    407: AnswerKind.MISCONFIGURED,
    408: AnswerKind.UNKNOWN,  # says "not processed", but gateways send it for an upstream that was slow
    415: AnswerKind.MISCONFIGURED,
    421: AnswerKind.NOT_SENT,  # this server does not answer for this host
    425: AnswerKind.NOT_SENT,  # came too early to be taken
    429: AnswerKind.THROTTLED,
    503: AnswerKind.NOT_SENT,  # the one judgement call: a front end that sheds load
}

CLASSES = {
    3: AnswerKind.UNKNOWN,  # a redirect is never followed: it would be a second POST
    4: AnswerKind.REJECTED,  # 400, 409, 413, 422 and any other
    5: AnswerKind.UNKNOWN,  # 500, 502, 504: it may have been accepted before something broke
}

EXCEPTIONS: dict[type[BaseException], AnswerKind] = {
    # No connection, so nothing was sent.
    failures.NewConnectionError: AnswerKind.NOT_SENT,
    failures.NameResolutionError: AnswerKind.NOT_SENT,
    failures.ConnectTimeoutError: AnswerKind.NOT_SENT,
    ssl.SSLCertVerificationError: AnswerKind.NOT_SENT,
    # Raised before anything is written.
    failures.ClosedPoolError: AnswerKind.NOT_SENT,
    failures.EmptyPoolError: AnswerKind.NOT_SENT,
    failures.FullPoolError: AnswerKind.NOT_SENT,
    failures.HostChangedError: AnswerKind.NOT_SENT,
    failures.LocationValueError: AnswerKind.MISCONFIGURED,
    failures.LocationParseError: AnswerKind.MISCONFIGURED,
    failures.URLSchemeUnknown: AnswerKind.MISCONFIGURED,
    failures.ProxySchemeUnknown: AnswerKind.MISCONFIGURED,
    failures.ProxySchemeUnsupported: AnswerKind.MISCONFIGURED,
    failures.UnrewindableBodyError: AnswerKind.UNKNOWN,
    # Something may have been written.
    failures.HTTPError: AnswerKind.UNKNOWN,
    failures.PoolError: AnswerKind.UNKNOWN,
    failures.RequestError: AnswerKind.UNKNOWN,
    failures.MaxRetryError: AnswerKind.UNKNOWN,
    failures.ResponseError: AnswerKind.UNKNOWN,
    failures.ProxyError: AnswerKind.UNKNOWN,
    failures.SSLError: AnswerKind.UNKNOWN,
    failures.TimeoutStateError: AnswerKind.UNKNOWN,
    failures.TimeoutError: AnswerKind.UNKNOWN,
    failures.ReadTimeoutError: AnswerKind.UNKNOWN,
    failures.ProtocolError: AnswerKind.UNKNOWN,
    failures.IncompleteRead: AnswerKind.UNKNOWN,
    failures.InvalidChunkLength: AnswerKind.UNKNOWN,
    failures.InvalidHeader: AnswerKind.UNKNOWN,
    failures.HeaderParsingError: AnswerKind.UNKNOWN,
    failures.DecodeError: AnswerKind.UNKNOWN,
    failures.BodyNotHttplibCompatible: AnswerKind.UNKNOWN,
    failures.ResponseNotChunked: AnswerKind.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one POST. `messages` maps message_id to its channel and sender; `reason` is safe to log."""

    kind: AnswerKind
    reason: str
    omnimessage_id: str | None = None
    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: list[Error] = field(default_factory=list)
    retry_after: float | None = None  # seconds


class Http(Protocol):
    """The part of urllib3's PoolManager that a request needs."""

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Make one request and return the response with its body unread."""


@dataclass(frozen=True, slots=True)
class Response:
    """What Messente said to anything but a send; status None: no response came, or there was no time to ask."""

    status: int | None
    body: dict[str, Any]


class Messente:
    """Messente's Omnichannel API (OpenAPI 2.1.0). `timeouts` are seconds to connect, and to wait for the answer."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is made of
        self,
        http: Http,
        url: str,
        timeouts: tuple[float, float],
        credentials: CredentialCache,
        monotonic: Callable[[], float] = time.monotonic,
        remaining: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._http = http
        self._base_url = url
        self._url = f"{url}/omnimessage"
        self._blacklist_url = f"{url}/phonebook/blacklist"
        self._connect_timeout, self._read_timeout = timeouts
        self._credentials = credentials
        self._monotonic = monotonic
        self._remaining = remaining

    def within(self, remaining: Callable[[], float]) -> Self:
        """Return the same API for a caller with so many seconds left: it asks only what can be answered in them."""
        timeouts = self._connect_timeout, self._read_timeout
        return type(self)(self._http, self._base_url, timeouts, self._credentials, self._monotonic, remaining)

    @property
    def longest(self) -> float:
        """Seconds that one request takes before it is given up."""
        return self._connect_timeout + self._read_timeout

    def send(self, omnimessage: dict[str, Any], credentials: Credentials) -> Answer:
        """POST one omnimessage, once; whatever happens on the wire becomes an Answer."""
        body = json.dumps(omnimessage, separators=(",", ":")).encode()
        begin = self._monotonic()
        try:
            return _understand(omnimessage["to"], *self._exchange("POST", self._url, credentials, body))
        except Exception as failure:  # noqa: BLE001 - whatever it is, the message may have been accepted
            return Answer(_kind_of(failure), _name(failure))
        finally:
            observe(Metric.MESSENTE_LATENCY, round(1000 * (self._monotonic() - begin)))

    def status(self, omnimessage_id: str) -> Response:
        """GET the delivery report: 200 `{statuses, to, omnimessage_id}`, 404 when Messente does not know the id.

        May raise CredentialsUnavailable, and so may cancel().
        """
        return self._ask("GET", f"{self._url}/{quote(omnimessage_id, safe='')}/status")

    def cancel(self, omnimessage_id: str) -> Response:
        """DELETE a scheduled message: 202, or 404 when it went out already or there is no such message."""
        return self._ask("DELETE", f"{self._url}/{quote(omnimessage_id, safe='')}")

    def block(self, number: str) -> Response:
        """POST a number to the blacklist of the account: 204, or 409 when it is there already. May be asked twice."""
        return self._ask("POST", self._blacklist_url, json.dumps({"phoneNumber": number}).encode())

    def unblock(self, number: str) -> Response:
        """DELETE a number from the blacklist of the account: 204, or 404 when it is not there."""
        return self._ask("DELETE", f"{self._blacklist_url}/{quote(number, safe='')}")

    def _ask(self, method: str, url: str, body: bytes | None = None) -> Response:
        """Ask what may be asked twice: a refused password is replaced once, if there is a newer one."""
        credentials = self._credentials.get()
        response = self._ask_once(method, url, credentials, body)
        if STATUSES.get(response.status or 0) is AnswerKind.UNAUTHORIZED and (
            newer := self._credentials.replace(credentials)
        ):
            return self._ask_once(method, url, newer, body)
        return response

    def _ask_once(self, method: str, url: str, credentials: Credentials, body: bytes | None = None) -> Response:
        if self._remaining() < self.longest:
            return Response(None, {})
        try:
            status, _, answer = self._exchange(method, url, credentials, body)
        except WIRE_FAILURES:
            return Response(None, {})
        return Response(status, _json_object(answer))

    def _exchange(
        self, method: str, url: str, credentials: Credentials, body: bytes | None = None
    ) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        give_up = self._monotonic() + self.longest
        response = self._http.urlopen(
            method,
            url,
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
        if STATUSES.get(response.status) is AnswerKind.THROTTLED:
            count(Metric.RATE_LIMITED)
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
        except Exception:  # noqa: BLE001 - whatever it is, the ids may be in what was read
            response.close()
        else:
            response.release_conn()
        return body


def _kind_of(failure: BaseException) -> AnswerKind:
    if isinstance(failure, failures.ProxyError):
        # It does not say whether the proxy had the request already; what it came from does.
        return _kind_of(failure.original_error)
    if isinstance(failure, failures.SSLError) and failure.args and isinstance(failure.args[0], ssl.SSLError):
        failure = failure.args[0]
    # The most specific class wins: a ConnectTimeoutError is a TimeoutError too.
    return next((EXCEPTIONS[cls] for cls in type(failure).__mro__ if cls in EXCEPTIONS), AnswerKind.UNKNOWN)


def _name(failure: Exception) -> str:
    """Name a failure by its class and that of its cause; their texts may hold anything."""
    cause = failure.__cause__
    return f"{type(failure).__name__} ({type(cause).__name__})" if cause else type(failure).__name__


def _understand(recipient: str, status: int, headers: urllib3.HTTPHeaderDict, body: bytes) -> Answer:
    reason = f"HTTP {status}"
    if status // 100 == 2:  # noqa: PLR2004 - the class of a status
        return _accepted(recipient, status, body)
    kind = STATUSES.get(status) or CLASSES.get(status // 100, AnswerKind.UNKNOWN)
    errors = read_reasons(body)
    if kind is AnswerKind.REJECTED:
        errors = errors or read_note(body)
    return Answer(kind, reason, errors=errors, retry_after=_retry_after(headers.get("Retry-After")))


def _accepted(recipient: str, status: int, body: bytes) -> Answer:
    reply = _json_object(body)
    if not read_id(reply.get("omnimessage_id")):
        reply |= _scanned(body)
    to, omnimessage_id = read_number(reply.get("to")), read_id(reply.get("omnimessage_id"))
    if to and not is_same_number(to, recipient):
        return Answer(AnswerKind.UNKNOWN, f"HTTP {status} for another recipient")
    messages = _messages(reply.get("messages"))
    if status in (200, 201) and omnimessage_id:
        return Answer(AnswerKind.SENT, f"HTTP {status}", omnimessage_id, messages)
    # Accepted, as far as the status tells. What could be read is kept for whoever looks into it.
    return Answer(AnswerKind.UNKNOWN, f"HTTP {status} without ids", omnimessage_id, messages)


def _scanned(body: bytes) -> dict[str, str]:
    """Find the id and the recipient in a body that is no JSON, because it was cut off for instance."""
    found = re.findall(rb'"(omnimessage_id|to)"\s*:\s*"([\w.:+-]{1,64})"', body)
    return {name.decode(): value.decode() for name, value in found}


def _messages(items: object) -> dict[str, dict[str, str]]:
    """Read `[{message_id, channel, sender}]` leniently: a new channel or a null sender must not cost the ids."""
    messages: dict[str, dict[str, str]] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and (message_id := read_id(item.get("message_id"))):
            parts = ((name, read_text(item.get(name))) for name in ("channel", "sender"))
            messages[message_id] = {name: text for name, text in parts if text}
    return dict(islice(messages.items(), MOST_MESSAGES))


def _json_object(body: bytes) -> dict[str, Any]:
    value = read_json(body)
    return value if isinstance(value, dict) else {}


def _retry_after(value: str | None) -> float | None:
    """Read Retry-After in seconds; a date there is not worth a parser, the backoff serves instead."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*", value or "", re.ASCII)
    return min(float(found[1]), LONGEST_RETRY_AFTER) if found else None
