"""Connections, to Messente and to AWS alike: what urllib3 does not do.

A deadline holds for a whole request, and not for each read: to connect, with the look-up of the name, TLS and a proxy's
answer, and then from the first byte of the request to the last of the answer.

An answer belongs to its request: a connection serves another request only if the answer before it is known to be over
and nothing came behind it, and if it was not idle for long. What fails before the first byte of a request is handed
to the connection is a NewConnectionError or a ConnectTimeoutError, within a ProxyError where a proxy is to blame.
"""

import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, LocationValueError, NewConnectionError

from messente_rcs.errors import Invalid

# Opens a socket to a host and a port within so many seconds; raises OSError.
type Dial = Callable[[str, int, float], socket.socket]
type Addresses = list[tuple[Any, ...]]

MOST_INTERIM = 20  # answers such as 103 Early Hints before the one that counts
IDLE_LIMIT = 30.0  # seconds; a connection that sat through a Lambda freeze fails in a way that cannot be told apart
TIMEOUT = urllib3.Timeout(connect=3, read=10)  # seconds, unless a request says otherwise


class NoCertificates(Invalid):
    """The bundle has no CAs to trust: its build failed half-way, or something was deleted from it."""


class TlsFailed(NewConnectionError):  # noqa: N818 - a state of the world, not a defect
    """No TLS with the server: an untrusted certificate, an alert, or no TLS at all."""


@cache  # where a pool is given no context, each connection loads the CAs anew (urllib3 #3623)
def trusted() -> ssl.SSLContext:
    """Trust the CAs of SSL_CERT_FILE or SSL_CERT_DIR, else on Lambda those of the bundle; raises NoCertificates.

    OpenSSL finds a CA of the bundle by its file's name. To read all CAs of the system is an eighth of the cold start.
    """
    root = os.environ.get("LAMBDA_TASK_ROOT")
    if not root or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context()
    folder = Path(root, "certificates")
    context = ssl.create_default_context(capath=folder)
    try:  # OpenSSL itself says nothing of a folder that is missing or empty, and would trust no server
        context.load_verify_locations(next(folder.glob("????????.0")))
    except (StopIteration, OSError):
        raise NoCertificates(f"no certificates in {folder}") from None
    return context


class _Socket(ssl.SSLSocket):
    """TLS. Where it is with a proxy, the TLS within it reads and writes it several times for one call of its own."""

    left: Callable[[], float] | None = None

    def recv(self, *args: Any) -> bytes:
        self._limit()
        return super().recv(*args)

    def send(self, *args: Any) -> int:
        self._limit()
        return super().send(*args)

    def _limit(self) -> None:
        if self.left and self.gettimeout():  # 0 is to look without waiting
            self.settimeout(self.left())


class _Incoming(io.RawIOBase):
    """The bytes that a connection gives out. Each read gets what is left of the time, not a time of its own."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, left: Callable[[], float]) -> None:
        self._raw = raw
        self._sock = sock
        self._left = left
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_over:
            return 0
        self._sock.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    is_over = False  # read to its end, and nothing came behind it

    def __init__(self, sock: socket.socket, method: str | None, left: Callable[[], float]) -> None:
        super().__init__(sock, method=method)
        self._incoming = _Incoming(self.fp.detach(), sock, left)
        self.fp = io.BufferedReader(self._incoming)

    def _close_conn(self) -> None:
        """See whether more has come than was read: that belongs to no request."""
        self._incoming.is_over = True  # peek() then looks at what is there, and does not wait for more
        self.is_over = not self.fp.peek()
        super()._close_conn()  # type: ignore[misc]

    def _read_status(self) -> tuple[str, int, str]:
        """Skip what only says that the answer is still to come (RFC 9110, 15.2)."""
        for _ in range(MOST_INTERIM + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status // 100 != 1 or status == HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim answers")

    def begin(self) -> None:
        """Read the head, and see whether the connection can serve another request after this answer."""
        super().begin()
        self.will_close = self.will_close or self._is_odd
        # urllib3 would log what it could not read of the head, which may be anything.
        self.msg.set_payload("")
        self.msg.defects = []

    @property
    def _is_odd(self) -> bool:
        """Whether somebody else might find another end of this answer than we do."""
        lengths, codings = (self.msg.get_all(name, []) for name in ("Content-Length", "Transfer-Encoding"))
        has_no_body = self.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        return (
            self.status == HTTPStatus.SWITCHING_PROTOCOLS
            or len(lengths) + len(codings) > 1
            or not all(length.isascii() and length.isdigit() for length in lengths)
            or not all(coding.lower() == "chunked" for coding in codings)
            or (has_no_body and [*lengths, *codings] not in ([], ["0"]))
            or bool(self.msg.defects or self.msg.get_payload())
        )


class _Connection(HTTPConnection):
    """Counts as dropped where it must not be used again; the pool then opens a new one."""

    _used_at: float  # when it gave its last answer; the pool keeps none that gave no answer

    def __init__(self, *args: Any, owner: "Connections", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner = owner
        self._until = 0.0
        self._response: _Response | None = None

    def connect(self) -> None:
        """Connect, proxy and TLS included. Whatever goes wrong here, nothing of the request was sent."""
        self._allow(self._owner.limits.connect)
        try:
            super().connect()
        except (ConnectTimeoutError, LocationValueError):  # a NewConnectionError is a ConnectTimeoutError
            raise
        except TimeoutError as late:
            raise ConnectTimeoutError(self, "no connection in time") from late
        except ssl.SSLError as failure:
            raise TlsFailed(self, type(failure).__name__) from failure
        except Exception as failure:
            raise NewConnectionError(self, type(failure).__name__) from failure
        if not self._is_silent:  # what comes a moment later looks like any other answer
            raise NewConnectionError(self, "an answer before the request")
        self._allow(self._owner.limits.answer)

    def _new_conn(self) -> socket.socket:
        try:
            sock = self._owner.dial(self._dns_host, self.port, self._left())
        except UnicodeError:
            raise LocationParseError("a host by this name cannot be") from None
        sock.settimeout(self._left())
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(self._left())  # for the handshake that follows
        if isinstance(self.sock, _Socket):
            self.sock.left = self._left

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._allow(self._owner.limits.answer)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        """Write all of it in time. A sendall() over TLS would take the timeout for each piece anew."""
        if self.is_closed:
            self.connect()
        rest = memoryview(data)
        while rest:
            self.sock.settimeout(self._left())
            rest = rest[self.sock.send(rest) :]

    def response_class(self, sock: socket.socket, method: str | None = None, **_: Any) -> _Response:  # type: ignore[override]
        """Make the answer that http.client then reads; a proxy's to CONNECT is one too."""
        self._response = _Response(sock, method, self._left)
        return self._response

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._used_at = self._owner.clock()
        return response

    @property
    def is_connected(self) -> bool:
        """Whether it may serve another request."""
        if not (self.sock and self._response and self._response.is_over):
            return False
        was_just_used = 0 <= self._owner.clock() - self._used_at < IDLE_LIMIT
        return was_just_used and self._is_silent

    @property
    def _is_silent(self) -> bool:
        """Whether nothing has come without a request, the end of the connection included."""
        self.sock.settimeout(0)
        try:
            self.sock.recv(1)
        except OSError as failure:
            return isinstance(failure, BlockingIOError | ssl.SSLWantReadError)
        return False

    def _allow(self, seconds: float) -> None:
        self._until = self._owner.monotonic() + seconds

    def _left(self) -> float:
        seconds = self._until - self._owner.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


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


class Connections:
    """Kept connections, up to `size` for each host; `context` instead of the usual CAs. Proxies are the environment's.

    `clock` is a wall clock: it goes on while Lambda freezes the process. `dial` opens sockets.
    """

    def __init__(
        self,
        size: int,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        dial: Dial = dial,
    ) -> None:
        context = context or trusted()
        context.sslsocket_class = _Socket
        self._options: dict[str, Any] = {"maxsize": size, "ssl_context": context}
        # Called as the classes are.
        self._pools: Any = {"http": partial(_Pool, owner=self), "https": partial(_SecurePool, owner=self)}
        self.limits = threading.local()  # seconds for the request of a thread: to connect, and then for the answer
        self.clock, self.monotonic, self.dial = clock, monotonic, dial
        self._managers: dict[str, urllib3.PoolManager] = {}

    def urlopen(
        self, method: str, url: str, *, timeout: urllib3.Timeout = TIMEOUT, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Make one request as urllib3's PoolManager does, but once, and with times that hold for the whole of it."""
        self.limits.connect, self.limits.answer = timeout.connect_timeout, timeout.read_timeout
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._managers:
            proxies = {} if proxy_bypass(parts.netloc) else getproxies()
            proxy = proxies.get(parts.scheme) or proxies.get("all")
            manager = _through(proxy, self._options) if proxy else urllib3.PoolManager(**self._options)
            manager.pool_classes_by_scheme = self._pools
            self._managers[origin] = manager
        return self._managers[origin].urlopen(
            method, url, timeout=timeout, retries=False, redirect=False, preload_content=False, **options
        )


def _through(proxy: str, options: dict[str, Any]) -> urllib3.ProxyManager:
    """Go through a proxy, whose URL may lack the scheme and may hold a user and a password."""
    url = proxy if "://" in proxy else f"http://{proxy}"
    user, has_user, _ = urlsplit(url).netloc.rpartition("@")
    headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if has_user else None
    return urllib3.ProxyManager(url, proxy_headers=headers, proxy_ssl_context=options["ssl_context"], **options)
