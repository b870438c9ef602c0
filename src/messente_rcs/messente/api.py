"""Messente's Omnichannel API: the one POST that sends, and the requests that may be repeated."""

import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

import urllib3
from urllib3 import exceptions as failures

from messente_rcs.messente.answers import STATUSES, Answer, AnswerKind, understand, understand_failure
from messente_rcs.messente.connections import Connections
from messente_rcs.messente.credentials import Credentials, SecretCache
from messente_rcs.payload.decode import read_object
from messente_rcs.telemetry import Metric, count, observe

WIRE_FAILURES = (failures.HTTPError, HTTPException, OSError)

NO_SUCH_MESSAGE = (400, 404, 422)  # what Messente answers for an omnimessage_id that it does not have

BODY_LIMIT = 64 * 1024  # bytes; a success of four messages is under 1 kB


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request that is no send; status None: no response came, or there was no time to ask."""

    status: int | None
    body: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Messente:
    """Messente's Omnichannel API (OpenAPI 2.1.0). `timeouts` are seconds to connect, and to wait for the answer.

    Nothing but a send is asked for that may not be answered in the `remaining` seconds.
    """

    connections: Connections
    url: str
    timeouts: tuple[float, float]
    credentials: SecretCache[Credentials]
    monotonic: Callable[[], float] = time.monotonic
    remaining: Callable[[], float] = lambda: math.inf

    @property
    def longest(self) -> float:
        """Seconds that one request takes before it fails."""
        return sum(self.timeouts)

    def send(self, omnimessage: dict[str, Any], credentials: Credentials) -> Answer:
        """POST one omnimessage, once; whatever happens on the wire becomes an Answer."""
        body = json.dumps(omnimessage, separators=(",", ":")).encode()
        begin = self.monotonic()
        try:
            return understand(omnimessage["to"], *self._exchange("POST", "", credentials, body))
        except Exception as failure:  # noqa: BLE001 - whatever it is, the message may have been accepted
            return understand_failure(failure)
        finally:
            observe(Metric.MESSENTE_LATENCY, round(1000 * (self.monotonic() - begin)))

    def status(self, omnimessage_id: str) -> Response:
        """GET the delivery report: 200 `{statuses, to, omnimessage_id}`, or 404; may raise CredentialsUnavailable."""
        return self._ask("GET", f"/{quote(omnimessage_id, safe='')}/status")

    def cancel(self, omnimessage_id: str) -> Response:
        """DELETE a scheduled message: 202, or 404 when it went out or there is none; may raise the same."""
        return self._ask("DELETE", f"/{quote(omnimessage_id, safe='')}")

    def _ask(self, method: str, path: str) -> Response:
        """Ask what may be asked twice: a rejected password is replaced once, if there is a newer one."""
        credentials = self.credentials.get()
        response = self._ask_once(method, path, credentials)
        rejected = STATUSES.get(response.status or 0) is AnswerKind.UNAUTHORIZED
        newer = self.credentials.replace(credentials) if rejected else None
        return self._ask_once(method, path, newer) if newer else response

    def _ask_once(self, method: str, path: str, credentials: Credentials) -> Response:
        with suppress(*WIRE_FAILURES):
            if self.remaining() >= self.longest:
                status, _, answer = self._exchange(method, path, credentials)
                return Response(status, read_object(answer) or {})
        return Response(None, {})

    def _exchange(
        self, method: str, path: str, credentials: Credentials, body: bytes | None = None
    ) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        response = self.connections.urlopen(
            method,
            f"{self.url}/omnimessage{path}",
            body=body,
            headers={
                "Authorization": credentials.authorization,
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": "messente-rcs",
            },
            timeout=urllib3.Timeout(None, *self.timeouts),
        )
        if STATUSES.get(response.status) is AnswerKind.THROTTLED:
            count(Metric.RATE_LIMITED)
        return response.status, response.headers, _read(response)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Read the body within a bound of size. A read error must not lose the ids of an accepted message."""
    body = b""
    try:
        while chunk := response.read1(BODY_LIMIT):
            body += chunk
            if len(body) > BODY_LIMIT:
                response.close()
                return body[:BODY_LIMIT]
    except Exception:  # noqa: BLE001 - whatever it is, the ids may be in what was read
        response.close()
    else:
        response.release_conn()
    return body
