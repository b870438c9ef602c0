"""What comes in on a connection: one answer to each request, read within a time, and its end for certain."""

from __future__ import annotations

import http.client
import io
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

MOST_INTERIM = 20  # answers such as 103 Early Hints before the one that counts


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


class _Buffered(io.BufferedReader):
    """Knows, once it is closed, whether more had come than was read: that belongs to no request."""

    has_more = False

    def __init__(self, incoming: _Incoming) -> None:
        super().__init__(incoming)
        self._incoming = incoming

    def close(self) -> None:
        if not self.closed:
            self._incoming.is_over = True  # peek() then looks at what is there, and does not wait for more
            self.has_more = bool(self.peek())
        super().close()


class Answer(http.client.HTTPResponse):
    """The answer to one request."""

    def __init__(self, sock: socket.socket, method: str | None, left: Callable[[], float]) -> None:
        super().__init__(sock, method=method)
        self.fp = self._stream = _Buffered(_Incoming(self.fp.detach(), sock, left))

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

    @property
    def is_over(self) -> bool:
        """Whether it was read to its end, and nothing came behind it."""
        return self.isclosed() and not self._stream.has_more
