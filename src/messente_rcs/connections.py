"""Connections, to Messente and to AWS alike: one SSL context, proxies, none that was idle for long."""

from __future__ import annotations

import ssl
import time
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_LIMIT = 30.0  # seconds; a connection that sat through a Lambda freeze fails in a way that cannot be told apart

# Loading the CAs is a fifth of the cold start. Where a pool is given none, each connection loads them (urllib3 #3623).
trusted = cache(ssl.create_default_context)


class _Connection(HTTPConnection):
    """Counts as dropped once it was idle for too long; the pool then opens a new one."""

    def __init__(self, *args: Any, clock: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock
        self._used_at = float("inf")

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._used_at = self._clock()
        return response

    @property
    def is_connected(self) -> bool:
        return self._clock() - self._used_at < IDLE_LIMIT and super().is_connected


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Connections:
    """Kept connections, up to `size` for each host; `context` instead of the usual CAs.

    A proxy is used as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. The clock is a wall clock: it goes on while Lambda
    freezes the process.
    """

    def __init__(
        self, size: int, context: ssl.SSLContext | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._options: dict[str, Any] = {"maxsize": size, "ssl_context": context or trusted()}
        self._pool_classes: dict[str, Any] = {
            "http": partial(_Pool, clock=clock),
            "https": partial(_SecurePool, clock=clock),
        }
        self._managers: dict[str, urllib3.PoolManager] = {}

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Make one request as urllib3's PoolManager does."""
        parts = urlsplit(url)
        return self._manager(f"{parts.scheme}://{parts.netloc}").urlopen(method, url, **options)

    def _manager(self, origin: str) -> urllib3.PoolManager:
        if origin not in self._managers:
            proxy = _proxy_for(origin)
            manager = urllib3.ProxyManager(proxy, **self._options) if proxy else urllib3.PoolManager(**self._options)
            manager.pool_classes_by_scheme = self._pool_classes  # called as the classes are
            self._managers[origin] = manager
        return self._managers[origin]


def _proxy_for(origin: str) -> str | None:
    parts = urlsplit(origin)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
