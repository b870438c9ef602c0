"""Connections, to Messente and to AWS alike: one SSL context, one write for a request, none that was idle for long."""

from __future__ import annotations

import ssl
import time
from functools import cache
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

IDLE_LIMIT = 30.0  # seconds; a connection that sat through a Lambda freeze fails in a way that cannot be told apart

# Loading the CAs is a fifth of the cold start. Where a pool is given none, each connection loads them (urllib3 #3623).
trusted = cache(ssl.create_default_context)


class _Connection(HTTPConnection):
    """Counts as dropped once it was idle for too long; the pool then opens a new one."""

    _used_at = float("inf")
    _held: list[bytes] | None = None

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
        self._used_at = time.time()  # a wall clock: it goes on while Lambda freezes the process
        return response

    @property
    def is_connected(self) -> bool:
        return time.time() - self._used_at < IDLE_LIMIT and super().is_connected


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def connect(url: str, size: int, context: ssl.SSLContext | None = None) -> urllib3.HTTPConnectionPool:
    """Make the pool of up to `size` connections for the host of a URL; `context` instead of the usual CAs."""
    secure = {"ssl_context": context or trusted()} if url.startswith("https:") else {}
    pool = urllib3.connection_from_url(url, maxsize=size, **secure)
    pool.ConnectionCls = _SecureConnection if secure else _Connection
    return pool
