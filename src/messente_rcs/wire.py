"""Connections, to Messente and to AWS alike: one SSL context, one write for a request, none that was idle for long."""

from __future__ import annotations

import ssl
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_LIMIT = 30.0  # seconds; a connection that sat through a Lambda freeze fails in a way that cannot be told apart

# Loading the CAs is a fifth of the cold start. Where a pool is given none, each connection loads them (urllib3 #3623).
trusted = cache(ssl.create_default_context)


class _Connection(HTTPConnection):
    """Counts as dropped once it was idle for too long; the pool then opens a new one."""

    _held: list[bytes] | None = None

    def __init__(self, *args: Any, clock: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock
        self._used_at = float("inf")

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send head and body as one piece, where http.client makes two writes, TLS records and packets of them."""
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*args, **kwargs)
        finally:
            self._held = None
        super().send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._used_at = self._clock()
        return response

    @property
    def is_connected(self) -> bool:
        return self._clock() - self._used_at < IDLE_LIMIT and super().is_connected


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def connect(
    url: str, size: int, context: ssl.SSLContext | None = None, clock: Callable[[], float] = time.time
) -> urllib3.HTTPConnectionPool:
    """Make the pool of up to `size` connections for the host of a URL; `context` instead of the usual CAs.

    The clock is a wall clock: it goes on while Lambda freezes the process.
    """
    secure = {"ssl_context": context or trusted()} if url.startswith("https:") else {}
    pool = urllib3.connection_from_url(url, maxsize=size, clock=clock, **secure)
    pool.ConnectionCls = _SecureConnection if secure else _Connection
    return pool
