"""The other end of a connection, as rude as a test wants it to be."""

import contextlib
import re
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any, Self

HANDSHAKE = 5000  # bytes that each side of one has at most

type Script = Callable[["Talk"], None]


class Talk:
    """One connection, from the peer's side; `number` counts the peer's connections from 1."""

    def __init__(self, connection: socket.socket, number: int, peer: "Peer") -> None:
        self.connection, self.number = connection, number
        self._over, self._peer = peer.over, peer

    def read(self) -> bytes:
        """Read one request, its body included; b"" if the client has gone."""
        reader = self.connection.makefile("rb")
        head = b"".join(takewhile(lambda line: line != b"\r\n", reader))
        length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
        body = reader.read(int(length[1])) if length else b""
        if not head or len(body) < (int(length[1]) if length else 0):
            return b""
        self._peer.requests.append(head + b"\r\n" + body)
        return self._peer.requests[-1]

    def say(self, *pieces: bytes | float) -> None:
        """Send bytes, and wait for so many seconds where a number stands."""
        for piece in pieces:
            if isinstance(piece, bytes):
                self.connection.sendall(piece)
            else:
                self._over.wait(piece)
        self._peer.said.release()

    def dribble(self, content: bytes, pause: float) -> None:
        """Send byte after byte, with a pause before each."""
        for byte in content:
            if self._over.wait(pause):
                return
            self.connection.sendall(bytes([byte]))

    def hang(self) -> None:
        """Say nothing until the client, or the test, is done."""
        while not self._over.is_set():
            self.connection.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(65536):
                    return

    def stall(self, seconds: float = 60) -> None:
        """Neither say nor read anything for so long, or until the test is done."""
        self._over.wait(seconds)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wrap(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)


class Peer(socketserver.ThreadingTCPServer):
    """A server on a free port of 127.0.0.1 that does to each connection what `script` says, in a thread of its own.

    `connections` counts them, `requests` are all that came whole, and `said` and `closed` count what was said and which
    connections were closed, for those who wait for it.
    """

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.requests: list[bytes] = []
        self.said, self.closed = threading.Semaphore(0), threading.Semaphore(0)
        self.over = threading.Event()
        self.port = self.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.address}"
        self._script, self._tls = script, tls
        self._talks: list[Talk] = []

    @property
    def connections(self) -> int:
        return len(self._talks)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        for talk in self._talks:
            # Not SSLSocket.shutdown: it takes the TLS layer away under the thread that reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(talk.connection, socket.SHUT_RDWR)
        self.server_close()  # waits for the threads

    def process_request(self, request: Any, client_address: Any) -> None:
        self._talks.append(Talk(request, self.connections + 1, self))
        super().process_request(self._talks[-1], client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        talk: Talk = request
        # A client that goes away in the middle is what most of these tests are about.
        with contextlib.suppress(OSError):
            if self._tls:
                talk.wrap(self._tls)
            self._script(talk)
        talk.connection.close()
        self.closed.release()


def relay(port: int, pause: float = 0) -> Script:
    """Be a proxy that opens a tunnel to a port of this machine, and gets slow after a handshake's bytes if it is to."""

    def script(talk: Talk) -> None:
        talk.read()
        talk.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port), timeout=2) as target:
            pairs = {talk.connection: target, target: talk.connection}
            passed = dict.fromkeys(pairs, 0)
            while True:
                for source in select.select(list(pairs), [], [])[0]:
                    piece = source.recv(65536)  # no record of TLS is longer, so that none is left in between
                    if not piece:
                        return
                    passed[source] += len(piece)
                    size = len(piece) if not pause or passed[source] < HANDSHAKE else 10 if source is target else 4000
                    for start in range(0, len(piece), size):
                        pairs[source].sendall(piece[start : start + size])
                        talk.stall(pause)

    return script


def answering(respond: Callable[[bytes], Iterable[bytes | float]]) -> Script:
    """Say to each request what this makes of its body."""

    def script(talk: Talk) -> None:
        while request := talk.read():
            talk.say(*respond(body_of(request)))

    return script


def echo(talk: Talk) -> None:
    """Answer each request with its own body."""
    answering(lambda body: [answer(body)])(talk)


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def answer(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body
