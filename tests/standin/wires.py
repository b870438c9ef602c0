"""The stand-in without sockets: connections whose wire ends in Messente.handle.

Only the socket is replaced, so responses, errors, length checks and keep-alive are those of the client that connects.
"""

import http.client
import io
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from tests.standin.messente import Messente, Request
from tests.standin.replies import NEVER, Reply

type Clock = Callable[[], float]
type Sleep = Callable[[float], None]


class Wire:
    """What a client needs of a socket: takes the bytes of requests, gives out those of their replies, in their time.

    What was not read stays there for whoever reads next, as on any connection.
    """

    def __init__(self, messente: Messente, clock: Clock, sleep: Sleep) -> None:
        self._messente, self._clock, self._sleep = messente, clock, sleep
        self._asked = b""
        self._coming: deque[tuple[float, bytes]] = deque()  # seconds after the piece before it, and the piece
        self._since = clock()  # when the piece before the first of these came
        self._timeout: float | None = None
        self._is_closing = False

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def send(self, data: bytes | memoryview) -> int:
        """Take a part of a request; what is whole is handed to Messente."""
        self._asked += bytes(data)
        while request := self._next_request():
            self.reply(self._messente.handle(request))
        return len(data)

    sendall = send

    def reply(self, reply: Reply) -> None:
        if not self._coming:
            self._since = self._clock()
        self._coming.extend(reply.pieces())
        self._is_closing = self._is_closing or reply.closes

    def recv_into(self, buffer: Any) -> int:
        """Give out what comes next; 0 at the end."""
        if not self._coming and self._is_closing:
            return 0
        self._wait(self._coming[0][0] if self._coming else NEVER)
        _, piece = self._coming.popleft()
        self._since = self._clock()
        room = min(len(buffer), len(piece))
        buffer[:room] = piece[:room]
        if piece[room:]:
            self._coming.appendleft((0, piece[room:]))
        return room

    def recv(self, size: int) -> bytes:
        buffer = memoryview(bytearray(size))
        return bytes(buffer[: self.recv_into(buffer)])

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(socket.SocketIO(cast("socket.socket", self), "r"))

    def _decref_socketios(self) -> None:
        """Take note that a file of the socket is closed, as SocketIO wants it."""

    def close(self) -> None:
        self._asked = b""
        self._coming.clear()
        self._is_closing = True

    def _wait(self, seconds: float) -> None:
        left = self._since + seconds - self._clock()
        if left <= 0:
            return
        if self._timeout == 0:
            raise BlockingIOError
        longest = self._timeout if self._timeout is not None else NEVER
        if left >= longest or left == NEVER:
            if longest != NEVER:
                self._sleep(longest)
            raise TimeoutError
        self._sleep(left)

    def _next_request(self) -> Request | None:
        head, end, rest = self._asked.partition(b"\r\n\r\n")
        if not end:
            return None
        source = io.BytesIO(head + end)
        method, target, _ = source.readline().decode("latin-1").split(" ")
        headers = {name.lower(): value for name, value in http.client.parse_headers(source).items()}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self._asked = rest[length:]
        return Request(method, urlsplit(target).path, headers, rest[:length])


class Wires:
    """Opens connections to the stand-in, as the `dial` of messente_rcs.messente.connections does.

    `sleep` is told of every wait in seconds: nobody waits unless it does. Where it moves `clock`, time passes on the
    wire.
    """

    def __init__(self, messente: Messente, clock: Clock = lambda: 0.0, sleep: Sleep = lambda _: None) -> None:
        self._messente, self._clock, self._sleep = messente, clock, sleep

    def __call__(self, _host: str, _port: int, _seconds: float) -> socket.socket:
        return cast("socket.socket", Wire(self._messente, self._clock, self._sleep))
