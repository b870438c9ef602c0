"""Our own connections, over sockets: when one is used again."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import pytest

from local.process import PATIENCE
from messente_rcs.connections import IDLE_LIMIT, Connections
from support.world import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Listener:
    """Answers whatever comes, and counts the connections; `closes` after each answer if it is told to."""

    def __init__(self) -> None:
        self.connections = 0
        self.closes = False
        self.closed = threading.Semaphore(0)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                connection.sendall(ANSWER)
                if self.closes:
                    break
        self.closed.release()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener on a free port."""
    with Listener() as one:
        yield one


def test_a_connection_is_used_again_until_it_was_idle_for_too_long(listener: Listener) -> None:
    """A POST over one that sat through a freeze of Lambda would fail without telling whether it was taken."""
    clock = Clock(datetime(2026, 11, 23, tzinfo=UTC))
    connected = Connections(1, clock=clock)
    connections = []
    for idle in (0, IDLE_LIMIT - 1, IDLE_LIMIT - 1, IDLE_LIMIT, 1, 3600):
        clock.advance(idle)
        assert connected.urlopen("POST", f"{listener.url}/", body=b"{}").status == 200
        connections.append(listener.connections)
    assert connections == [1, 1, 1, 2, 2, 3]


def test_a_connection_that_the_other_side_closed_is_not_used(listener: Listener) -> None:
    """It is seen before anything is sent."""
    listener.closes = True
    connected = Connections(1)
    for number in (1, 2, 3):
        assert connected.urlopen("POST", f"{listener.url}/", body=b"{}", retries=False).status == 200
        assert listener.closed.acquire(timeout=PATIENCE)
        assert listener.connections == number
