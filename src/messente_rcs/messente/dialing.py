"""Opens sockets: to the first of a host's addresses that answers, within one time for all of them."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    # Opens a socket to a host and a port within so many seconds; raises OSError.
    type Dial = Callable[[str, int, float], socket.socket]
    type Addresses = list[tuple[Any, ...]]


def dial(host: str, port: int, seconds: float, find: Callable[..., Addresses] = socket.getaddrinfo) -> socket.socket:
    """Connect, the look-up of the name included. Each address may use an equal share of the time that is left."""
    give_up_at = time.monotonic() + seconds
    addresses = _look_up(host, port, seconds, find)
    failure: OSError = OSError("no address")
    for number, (*_, address) in enumerate(addresses):
        share = (give_up_at - time.monotonic()) / (len(addresses) - number)
        if share <= 0:
            raise TimeoutError("no time left to connect")
        try:
            sock = socket.create_connection(address[:2], share)
        except OSError as failed:
            failure = failed
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise failure


def _look_up(host: str, port: int, seconds: float, find: Callable[..., Addresses]) -> Addresses:
    """Look the name up in a thread of its own, since getaddrinfo() knows no timeout and may take half a minute."""
    found: Future[Addresses] = Future()

    def look_up() -> None:
        try:
            found.set_result(find(host, port, type=socket.SOCK_STREAM))
        except Exception as failure:  # noqa: BLE001 - it belongs to the thread that waits
            found.set_exception(failure)

    threading.Thread(target=look_up, daemon=True).start()
    return found.result(seconds)
