"""Messente's answers to the real client: those of the stand-in over our own connections, and any other."""

import io
import json
from collections.abc import Callable
from typing import Any

import urllib3

from messente_rcs.messente.answers import Answer
from messente_rcs.messente.api import Messente
from messente_rcs.messente.connections import Connections
from messente_rcs.messente.credentials import Credentials, SecretCache, credentials
from tests.standin.messente import Messente as StandIn
from tests.standin.messente import Reply, Request
from tests.standin.wires import Wires
from tests.support.world import PASSWORD, USERNAME, Clock, World

TIMEOUTS = 3.0, 10.0  # seconds to connect, and for the answer


def client(http: Any, monotonic: Callable[[], float] = lambda: 0.0) -> Messente:
    cache = SecretCache(lambda: json.dumps({"username": USERNAME, "password": PASSWORD}), credentials, lambda: 0.0)
    return Messente(http, "http://messente.localhost/v1", TIMEOUTS, cache, monotonic)


def post(http: Any, to: str = "+37255512345", monotonic: Callable[[], float] = lambda: 0.0) -> Answer:
    body = {"to": to, "messages": [{"channel": "rcs", "sender": "Shop", "text": "Hello"}]}
    return client(http, monotonic).send(body, Credentials(USERNAME, PASSWORD))


def standin(messente: StandIn | None = None, clock: Clock | None = None) -> Connections:
    """Open the real connections to the stand-in; what it takes its time for moves the clock."""
    messente = messente or StandIn(USERNAME, PASSWORD)
    if clock is None:
        return Connections(1, dial=Wires(messente))
    return Connections(1, clock=clock, monotonic=clock, dial=Wires(messente, clock, clock.advance))


class Answering:
    """Answers every request in the same way, and keeps what was asked for."""

    def __init__(self, status: int, body: object = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) or hasattr(body, "read") else json.dumps(body).encode()
        self._answer: dict[str, Any] = {"status": status, "body": content, "headers": headers}
        self.asked: list[tuple[str, str]] = []

    def urlopen(self, method: str, url: str, **_: Any) -> urllib3.BaseHTTPResponse:
        self.asked.append((method, url))
        named = {name.replace("_", "-"): value for name, value in self._answer["headers"].items()}
        body = self._answer["body"]
        stream = io.BytesIO(body) if isinstance(body, bytes) else body
        return urllib3.HTTPResponse(**{**self._answer, "headers": named, "body": stream}, preload_content=False)


class Fixed(StandIn):
    """A stand-in that has one answer to everything; `accepts` says whether it accepts messages nevertheless."""

    def __init__(self, reply: Reply, *, accepts: bool = True) -> None:
        super().__init__(USERNAME, PASSWORD)
        self._reply, self._accepts = reply, accepts

    def handle(self, request: Request) -> Reply:
        if self._accepts:
            super().handle(request)
        return self._reply


class Deciding(StandIn):
    """A stand-in that answers a request as it is told to, and where nothing is told as usual."""

    def __init__(self, world: World, decide: Callable[[Request], Reply | None]) -> None:
        super().__init__(USERNAME, PASSWORD, clock=world.clock)
        world.messente, self.decide, self.decided = self, decide, 0

    def handle(self, request: Request) -> Reply:
        reply = self.decide(request)
        if reply is None:
            return super().handle(request)
        self.decided += 1
        return reply
