"""The stand-in on a socket: HTTP/1.1 with keep-alive, one thread a connection, faults carried out for real.

Other processes read GET /_standin/accepted, and change it by POST /_standin/reset, /_standin/mode {"mode": "down"} and
/_standin/faults {"to": "*", "answer": "cut", "course": "late", "times": 1}. These need no credentials. Pages that a
browser has open are refused, see `local.visitors`.
"""

import contextlib
import json
import socket
import ssl
import struct
import sys
import threading
from dataclasses import asdict
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.local.visitors import refusal
from tests.standin.courier import Courier
from tests.standin.faults import Mode, Rule
from tests.standin.messente import Messente, Request
from tests.standin.replies import ALERT, NEVER, NO_TLS, NOT_FOUND, ConnectFault, Reply, as_json

CONTROL = "/_standin/"


def control(messente: Messente, courier: Courier, method: str, name: str, body: bytes) -> Reply:
    """Answer a control request; `name` is what follows /_standin/."""
    match method, name:
        case "GET", "accepted":
            return as_json(200, [asdict(each) for each in list(messente.accepted)])
        case "POST", "reset":
            messente.reset()
            courier.forget()
        case "POST", "mode":
            messente.faults.mode = Mode(json.loads(body)["mode"])
        case "POST", "faults":
            messente.faults.put(Rule(**json.loads(body)))
        case _:
            return NOT_FOUND
    return as_json(200, {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Listener"

    def handle(self) -> None:
        if fault := self.server.messente.connecting():
            self._refuse_connection(fault)
        else:
            super().handle()

    def _refuse_connection(self, fault: ConnectFault) -> None:
        # Below TLS, which would else begin with the first byte.
        receive, send = partial(socket.socket.recv, self.connection), partial(socket.socket.sendall, self.connection)
        if fault is ConnectFault.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
            return
        receive(65536)
        if said := {ConnectFault.ALERT: ALERT, ConnectFault.PLAIN: NO_TLS}.get(fault):
            send(said)
        while receive(65536):  # until the client goes away, or stop() closes the connection
            pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        if refused := refusal(self.headers.items()):
            self._send(as_json(refused.status, refused.body))
            return
        if path.startswith(CONTROL):
            asked = self.command, path.removeprefix(CONTROL), body
            self._send(control(self.server.messente, self.server.courier, *asked))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.messente.handle(Request(self.command, path, headers, body)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 -- the names that http.server looks for

    def _send(self, reply: Reply) -> None:
        self.close_connection = reply.closes or self.close_connection
        for seconds, piece in reply.pieces():
            if seconds == NEVER:
                self.rfile.read(1)  # until the client goes away, or stop() closes the connection
            if seconds == NEVER or self.server.stopping.wait(seconds):
                self.close_connection = True
                return
            self.wfile.write(piece)


class _Listener(ThreadingHTTPServer):
    # Threads are joined at the end: none outlives stop().
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, messente: Messente, courier: Courier, port: int) -> None:
        self.messente, self.courier, self.stopping = messente, courier, threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that went away; an error of the stand-in itself is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        with self._open_lock:
            for each in self._open:
                # Not SSLSocket.shutdown: it takes the TLS layer away under the thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)


class Server:
    """A stand-in on 127.0.0.1 (port 0: any free one), also a context manager.

    `reports` says whether reports are delivered; `courier` delivers them and knows what became of each.
    """

    def __init__(
        self,
        messente: Messente | None = None,
        *,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        reports: bool = True,
    ) -> None:
        self.messente = messente or Messente()
        self.courier = Courier(self.messente, enabled=reports)
        self._listener = _Listener(self.messente, self.courier, port)
        self._scheme = "https" if ssl_context else "http"
        if ssl_context:
            # The handshake happens at the first read, in the connection's own thread.
            self._listener.socket = ssl_context.wrap_socket(
                self._listener.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), name="standin")

    @property
    def port(self) -> int:
        return self._listener.server_address[1]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}/v1"

    def start(self) -> Self:
        self._thread.start()
        self.courier.start()
        return self

    def stop(self) -> None:
        """Close every connection, also those that hang, and wait for their threads."""
        self._listener.stopping.set()
        self._listener.shutdown()
        self._listener.close_connections()
        self._listener.server_close()
        self._thread.join()
        self.courier.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
