"""What fails before the first byte of a request was not sent; what fails after it may have been."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.messente.api import Messente
from messente_rcs.messente.connections import Connections, dial
from messente_rcs.messente.credentials import SecretCache, credentials
from tests.local.process import PATIENCE, free_port, poll
from tests.support.peer import Peer, Script, Talk, answer, echo

SOON = 0.5  # seconds, as the time to connect or for the answer
LONG = 10.0  # seconds; what is given up takes a second at most, and a machine may be busy
OMNIMESSAGE = {"to": "+37255512345", "messages": [{"channel": "rcs", "text": "Hello"}]}
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal: handshake_failure


pytestmark = pytest.mark.usefixtures("no_proxies")


def send(url: str, context: ssl.SSLContext | None = None, connect: float = SOON) -> Answer:
    """Send a message there, over new connections."""
    secret = SecretCache(lambda: json.dumps({"username": "u", "password": "p"}), credentials, lambda: 0.0)
    return Messente(Connections(1, context), f"{url}/v1", (connect, SOON), secret).send(OMNIMESSAGE, secret.get())


def in_time(url: str, context: ssl.SSLContext | None = None, connect: float = SOON) -> AnswerKind:
    """Send a message there, and tell what came of it, which must not take long."""
    started = time.monotonic()
    answered = send(url, context, connect)
    assert time.monotonic() - started < LONG
    return answered.kind


def number_of_requests(peer: Peer) -> int:
    """Count the requests once there is one, which a busy peer may read after it was given up."""
    return len(poll(lambda: peer.requests or None, PATIENCE, "the request"))


def after(script: Script, read: Callable[[Talk], object] = Talk.read) -> Script:
    """Do it once the request, or what else is to be read first, is there."""

    def read_first(talk: Talk) -> None:
        read(talk)
        script(talk)

    return read_first


def hello(talk: Talk) -> None:
    """Read the ClientHello."""
    talk.connection.recv(4096)


def say(*pieces: bytes | float) -> Script:
    return lambda talk: talk.say(*pieces)


# --- No TLS -----------------------------------------------------------------------------------------------------------


def half_a_handshake(talk: Talk) -> None:
    """Begin to answer the ClientHello, byte by byte, and never come to its end."""
    talk.dribble(b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"\x03" * 300, 0.1)


NO_TLS: dict[str, Script] = {
    "stalled": Talk.stall,
    "stalled after reading": Talk.hang,
    "half a handshake, byte by byte": half_a_handshake,
    "closed at once": say(),
    "reset at once": Talk.reset,
    "closed after the hello": after(say(), hello),
    "reset after the hello": after(Talk.reset, hello),
    "alert": after(say(ALERT, LONG), hello),
    "plain text": after(say(answer(b"You sent a TLS handshake to a plain port", status="400 Bad Request")), hello),
}


@pytest.mark.parametrize("name", NO_TLS)
def test_a_handshake_that_fails(name: str) -> None:
    """However it fails, no byte of the request has left, and it ends with the time to connect."""
    with Peer(NO_TLS[name]) as peer:
        assert in_time(f"https://{peer.address}") is AnswerKind.NOT_ACCEPTED


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"https://127.0.0.1:{free_port()}", AnswerKind.NOT_ACCEPTED),
        ("http://messente.invalid", AnswerKind.NOT_ACCEPTED),
        ("http://two..dots", AnswerKind.MISCONFIGURED),
    ],
    ids=["nobody there", "a name that nobody knows", "a name that cannot be"],
)
def test_no_connection_no_request(url: str, kind: AnswerKind) -> None:
    """A name that cannot be is our configuration's mistake."""
    assert send(url).kind is kind


def test_a_queue_of_connections_that_is_full() -> None:
    """What the peer does not take in ends with the time to connect."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(("127.0.0.1", port))
        assert in_time(f"https://127.0.0.1:{port}") is AnswerKind.NOT_ACCEPTED
        for each in waiting:
            each.close()


@pytest.mark.parametrize("others", ["refuse", "do not answer"])
def test_a_host_with_several_addresses(others: str) -> None:
    """Each gets its share of the time: one that does not answer must not cost the others."""
    with Peer(echo) as peer, socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        there = ("127.0.0.1", full.getsockname()[1] if others == "do not answer" else free_port())
        waiting = socket.socket()
        waiting.connect(full.getsockname())
        addresses = [(None, None, None, None, address) for address in (there, ("127.0.0.1", peer.port))]
        # Half of the time is the second one's, and more than a busy machine takes.
        with waiting, dial("somewhere", 1, 6, find=lambda *_, **__: addresses) as connection:
            assert connection.getpeername() == ("127.0.0.1", peer.port)


def test_a_look_up_without_end() -> None:
    """Getaddrinfo knows no timeout; whoever waits for it does."""
    over = threading.Event()

    def never(*_: object, **__: object) -> list[tuple[object, ...]]:
        over.wait(LONG)
        return []

    with pytest.raises(TimeoutError):
        dial("somewhere", 1, 0.1, find=never)
    over.set()


@pytest.mark.parametrize("case", ["not trusted", "not known to the system", "of another host"])
def test_a_certificate_that_proves_nothing(case: str, server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    """Nothing is sent to whoever cannot prove to be Messente: a trusted certificate is no proof for another name."""
    with Peer(echo, server_side) as peer:
        url, context = {
            "not trusted": (peer.url, None),
            "not known to the system": (peer.url, ssl.create_default_context()),
            "of another host": (peer.url.replace("127.0.0.1", "localhost"), client_side),
        }[case]
        assert in_time(url, context) is AnswerKind.NOT_ACCEPTED
        assert peer.requests == []


# --- Proxies ----------------------------------------------------------------------------------------------------------


OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def half_a_handshake_within(talk: Talk) -> None:
    """Open the tunnel, and begin to answer the ClientHello within it, byte by byte."""
    talk.say(OPENED)
    half_a_handshake(talk)


NO_PROXY: dict[str, Script] = {
    "hangs": Talk.stall,
    "closes": say(),
    "resets": Talk.reset,
    "asks for a password": say(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
    "forbids": say(b"HTTP/1.1 403 Forbidden\r\n\r\n"),
    "redirects": say(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login\r\nContent-Length: 0\r\n\r\n"),
    "is slow itself": say(b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"),
    "talks nonsense": say(b"\x00\x01 no proxy at all\r\n\r\n"),
    "answers byte by byte": lambda talk: talk.dribble(OPENED[:-2] + b"X: y\r\n" * 100, 0.1),
    "leads nowhere": say(0.4, OPENED, 6 * LONG),  # open at the last moment, and nobody behind it
    "leads to plain text": say(b"HTTP/1.1 200 OK\r\n\r\n", answer(b"hello")),
    "leads to half a handshake": half_a_handshake_within,
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", NO_PROXY)
def test_a_proxy_that_does_not_let_us_through(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    scheme: str,
    server_side: ssl.SSLContext,
    client_side: ssl.SSLContext,
) -> None:
    """Its TLS, and the TLS within that, share the time to connect; the request itself has not reached it."""
    with Peer(after(NO_PROXY[name]), server_side if scheme == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert in_time("https://messente.invalid", client_side) is AnswerKind.NOT_ACCEPTED
        poll(lambda: proxy.connections or None, PATIENCE, "the connection, which a busy proxy may take in later")
        assert proxy.connections == 1
        assert all(request.startswith(b"CONNECT ") for request in proxy.requests)


@pytest.mark.parametrize("name", NO_TLS)
def test_a_proxy_without_the_tls_it_should_speak(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nothing was sent, and it ends with the time to connect."""
    with Peer(NO_TLS[name]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        assert in_time("https://messente.invalid") is AnswerKind.NOT_ACCEPTED


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """For both ways of using one."""
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{free_port()}")
    assert in_time(f"{scheme}://messente.invalid") is AnswerKind.NOT_ACCEPTED


def test_a_proxy_that_breaks_off_what_it_passes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain request is the proxy's to pass on: once it has the request, nobody knows what it did with it."""
    with Peer(after(Talk.reset)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        assert in_time("http://messente.invalid", connect=LONG) is AnswerKind.UNKNOWN
        assert number_of_requests(proxy) == 1


# --- After the first byte ---------------------------------------------------------------------------------------------


def break_tls(talk: Talk) -> None:
    """Send what is no record of this connection."""
    socket.socket.sendall(talk.connection, b"\x17\x03\x03\x00\x10" + b"\x00" * 16)
    talk.stall()


AFTER: dict[str, Script] = {
    "closed": say(),
    "reset": Talk.reset,
    "silent": Talk.stall,
    "broken TLS": break_tls,
    "no HTTP": say(b"hello\r\n\r\n"),
    "half a head": say(b"HTTP/1.1 201 Crea"),
    "another version": say(b"HTTP/2.0 201 Created\r\n\r\n"),
    "a line without end": say(b"HTTP/1.1 201 Created\r\nX: " + b"y" * 70_000),
    "headers without end": say(b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 200),
}


@pytest.mark.parametrize("name", AFTER)
def test_what_fails_after_the_request(name: str, server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    """The peer has the request: nobody knows what it did with it."""
    with Peer(after(AFTER[name]), server_side) as peer:
        assert in_time(peer.url, client_side, connect=LONG) is AnswerKind.UNKNOWN
        assert number_of_requests(peer) == 1
