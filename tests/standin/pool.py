"""The stand-in without sockets: urllib3's own connection pool, with a wire that ends in Messente.handle.

Only the socket is replaced, so responses, errors, length checks and keep-alive are urllib3's and http.client's own.
"""

from __future__ import annotations

import http.client
import io
import threading
from typing import TYPE_CHECKING, Any, cast

import urllib3
from urllib3.connection import HTTPConnection

from standin.messente import Fault, Messente, Reply, Request

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

type Hook = Callable[[Request], None]


def in_turn(*steps: BaseException | None) -> Hook:
    """Make a hook that raises these in order, one a request; a None passes, and so does all after the last."""
    rest, lock = iter(steps), threading.Lock()

    def hook(_: Request) -> None:
        with lock:
            step = next(rest, None)
        if step is not None:
            raise step

    return hook


class _Answer(io.RawIOBase):
    """Gives out a reply as a socket would: late, byte by byte, cut off, or never."""

    def __init__(self, reply: Reply, wait: Callable[[float], None]) -> None:
        self._reply, self._wait = reply, wait
        whole = b"" if reply.fault is Fault.CUT else reply.head() + reply.sent_body()
        self._wire = io.BytesIO(whole)
        self._drips_from = len(reply.head()) if reply.fault is Fault.DRIP else len(whole)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        at = self._wire.tell()
        if self._reply.fault is Fault.HANG:
            raise TimeoutError
        dripping = at >= self._drips_from
        if dripping or at == 0:
            self._wait(self._reply.delay)
        room = 1 if dripping else min(len(buffer), self._drips_from - at)
        return self._wire.readinto(memoryview(buffer)[:room])


class _Wire:
    """What http.client needs of a socket: takes the bytes of a request, gives out those of its reply."""

    def __init__(self, messente: Messente, sleep: Callable[[float], None]) -> None:
        self._messente, self._sleep = messente, sleep
        self._sent = b""
        self._timeout: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def sendall(self, data: bytes) -> None:
        self._sent += data

    def makefile(self, _mode: str) -> io.BufferedReader:
        request, self._sent = _parse(self._sent), b""
        return io.BufferedReader(_Answer(self._messente.handle(request), self._wait))

    def close(self) -> None:
        self._sent = b""

    def _wait(self, seconds: float) -> None:
        if self._timeout is not None and seconds >= self._timeout:
            self._sleep(self._timeout)
            raise TimeoutError
        self._sleep(seconds)


def _parse(sent: bytes) -> Request:
    source = io.BytesIO(sent)
    method, target, _ = source.readline().decode("latin-1").split(" ")
    headers = {name.lower(): value for name, value in http.client.parse_headers(source).items()}
    return Request(method, target.partition("?")[0], headers, source.read())


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, wire: Callable[[], _Wire], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        return cast("socket.socket", self._wire())

    @property
    def is_connected(self) -> bool:
        return self.sock is not None


class Pool(urllib3.HTTPConnectionPool):
    """A urllib3 pool to the stand-in; `url` is a path such as /v1/omnimessage, or ends in one.

    `before` runs ahead of a request and `after` once it was answered; each gets the Request and may raise. `sleep` is
    told of every wait in seconds: nobody waits unless it does. A wait past the read timeout is a timeout.
    """

    ConnectionCls = _Connection

    def __init__(
        self,
        messente: Messente | None = None,
        *,
        sleep: Callable[[float], None] = lambda _: None,
        before: Hook = lambda _: None,
        after: Hook = lambda _: None,
        **options: Any,
    ) -> None:
        self.messente = messente or Messente()
        self.before, self.after = before, after
        super().__init__("messente.invalid", wire=lambda: _Wire(self.messente, sleep), **options)

    def urlopen(  # type: ignore[override]  # the base's overloads, all passed on unchanged
        self,
        method: str,
        url: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request as urllib3 does, with the hooks around it."""
        url = urllib3.util.parse_url(url).request_uri
        content = body.encode() if isinstance(body, str) else body or b""
        named = {name.lower(): value for name, value in (headers or self.headers).items()}
        request = Request(method, url.partition("?")[0], named, content)
        self.before(request)
        response = super().urlopen(method, url, body, headers, **options)
        self.after(request)
        return response
