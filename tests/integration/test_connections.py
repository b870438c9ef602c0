"""Our own connections, over sockets: when one is used again, whose answer is whose, and how long a request may take."""

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from messente_rcs.messente.connections import IDLE_LIMIT, Connections, dial
from tests.support.peer import Peer, Talk, answer, answering, body_of, echo, relay
from tests.support.world import Clock

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PATIENT, QUICK = urllib3.Timeout(connect=5, read=10), urllib3.Timeout(connect=0.4, read=0.4)
LONG = 10.0  # seconds; what is given up takes one, and a machine may be busy

pytestmark = pytest.mark.usefixtures("no_proxies")


type Sides = tuple[ssl.SSLContext | None, ssl.SSLContext | None]


@pytest.fixture(params=["plain", "tls"])
def sides(request: pytest.FixtureRequest, server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> Sides:
    """Both sides of a connection without TLS, and of one with it."""
    return (server_side, client_side) if request.param == "tls" else (None, None)


def ask(
    connections: Connections, url: str, body: bytes = b"{}", timeout: urllib3.Timeout = PATIENT
) -> tuple[int, bytes]:
    response = connections.urlopen("POST", f"{url}/", body=body, timeout=timeout)
    content = response.read()
    response.release_conn()
    return response.status, content


# --- When a connection is used again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("idle_too_long", [IDLE_LIMIT, 3600, -3600], ids=["just", "by far", "by a clock set back"])
def test_a_connection_is_used_again_until_it_was_idle_for_too_long(idle_too_long: float) -> None:
    """A POST over one that sat through a freeze of Lambda would fail without telling whether it was taken."""
    clock = Clock(datetime(2026, 11, 23, tzinfo=UTC))
    connected = Connections(1, clock=clock)
    connections = []
    with Peer(echo) as peer:
        for idle in (0, IDLE_LIMIT - 1, IDLE_LIMIT - 1, idle_too_long, 1, idle_too_long):
            clock.advance(idle)
            assert ask(connected, peer.url) == (200, b"{}")
            connections.append(peer.connections)
    assert connections == [1, 1, 1, 2, 2, 3]


def test_a_connection_that_the_other_side_closed_is_not_used() -> None:
    """It is seen before anything is sent."""
    connected = Connections(1)
    with Peer(lambda talk: talk.say(talk.read() and answer())) as peer:
        for number in (1, 2, 3):
            assert ask(connected, peer.url) == (200, b"{}")
            assert peer.closed.acquire(timeout=LONG)
            assert peer.connections == number


# --- An answer belongs to its request ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [100, 103])
def test_interim_answers_without_end_are_not_read(status: int) -> None:
    """Their number is bounded; the connection is not used again."""

    def script(talk: Talk) -> None:
        waits = f"HTTP/1.1 {status} Wait\r\n\r\n".encode() * (1000 if talk.number == 1 else 1)
        while request := talk.read():
            talk.say(waits, answer(body_of(request)))

    with Peer(script) as peer:
        connected = Connections(1)
        with pytest.raises(HTTPError):
            ask(connected, peer.url, b"1")
        assert ask(connected, peer.url, b"2") == (200, b"2")
        assert peer.connections == 2


def in_chunks(body: bytes, *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", *headers, "Transfer-Encoding: chunked"]
    return "\r\n".join([*head, "", ""]).encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

# What comes back to the first request. It is over where this ends, and frees its connection.
PLAIN: dict[str, list[bytes | float]] = {
    "with its length": [answer(b"1")],
    "in chunks": [in_chunks(b"1")],
    "without a body": [NO_CONTENT],
    "without a body, as it says": [b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"],
    "with a body of no bytes": [answer(b"")],
    "an interim answer before": [EARLY_HINTS, 0.3, answer(b"1")],
    "an interim answer in the same packet": [EARLY_HINTS + answer(b"1")],
    "interim answers": [b"HTTP/1.1 100 Continue\r\n\r\n", EARLY_HINTS, 0.1, EARLY_HINTS, answer(b"1")],
    "an interim answer of no known kind": [b"HTTP/1.1 199 Whatever\r\nContent-Length: 5\r\n\r\n", 0.1, answer(b"1")],
}

# It is not plain where this ends.
ODD: dict[str, list[bytes | float]] = {
    "a second answer behind": [answer(b"1") + answer(b"another's")],
    "a second answer in the next packet": [answer(b"1"), 0.1, answer(b"another's")],
    "a second answer behind one in chunks": [in_chunks(b"1") + answer(b"another's")],
    "more body than announced": [answer(b"1") + b"23"],
    "an empty line behind": [answer(b"1") + b"\r\n"],
    "both lengths": [in_chunks(b"1", "Content-Length: 16")],
    "both lengths, of which one is wrong": [in_chunks(b"1", "Content-Length: 1")],
    "two lengths": [answer(b"1", "Content-Length: 1")],
    "two lengths in one": [answer(b"1").replace(b"Length: 1", b"Length: 1, 1")],
    "a length with a sign": [answer(b"1").replace(b"Length: 1", b"Length: +1")],
    "a length in Python's own way": [answer(b"1" * 10).replace(b"Length: 10", b"Length: 1_0")],
    "a length that goes on in the next line": [answer(b"1").replace(b"Length: 1", b"Length:\r\n 1")],
    "a header line that is none": [answer(b"1", "no colon here")],
    "a space before the colon": [answer(b"1", "X : y")],
    "a coding that nobody knows": [answer(b"1", "Transfer-Encoding: gzip")],
    "two codings": [in_chunks(b"1", "Transfer-Encoding: chunked")],
    "a body where there is none": [answer(b"1", status="204 No Content")],
    "a body where there is none, later": [answer(b"1", status="204 No Content")[:-1], 0.1, b"1"],
    "switching protocols": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 0.1, answer(b"another's")],
}


@pytest.mark.parametrize(
    ("pieces", "connections"),
    [*((pieces, 1) for pieces in PLAIN.values()), *((pieces, 2) for pieces in ODD.values())],
    ids=[*PLAIN, *ODD],
)
def test_only_an_answer_that_is_over_frees_its_connection(
    pieces: list[bytes | float], connections: int, sides: Sides
) -> None:
    """Whatever is odd costs the connection, and never gives a request the answer to another."""
    with Peer(answering(lambda body: pieces if body == b"1" else [answer(body)]), sides[0]) as peer:
        connected = Connections(1, sides[1])
        try:
            status, said = ask(connected, peer.url, b"1")
        except HTTPError:
            status, said = 0, b""
        assert set(said) <= set(b"1")
        assert status in (200, 204) or connections == 2
        assert peer.said.acquire(timeout=LONG)
        for number in (b"2", b"3"):
            assert ask(connected, peer.url, number) == (200, number)
        assert peer.connections == connections


def test_what_openssl_has_read_already_is_seen(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    """One record of TLS holds more than one read takes: the rest is neither in our buffer nor in the kernel's."""
    one_read = answer(b"1" * (8192 - len(answer(b"1" * 8000)) + 8000))
    assert len(one_read) == 8192
    both = one_read + answer(b"another's")
    with Peer(answering(lambda body: [both if body == b"1" else answer(body)]), server_side) as peer:
        connected = Connections(1, client_side)
        assert ask(connected, peer.url, b"1") == (200, body_of(one_read))
        assert ask(connected, peer.url, b"2") == (200, b"2")
        assert peer.connections == 2


def test_an_answer_that_comes_before_the_request_is_nobodys() -> None:
    """Nothing is sent to a peer that speaks first."""

    def wait_for_it(host: str, port: int, seconds: float) -> socket.socket:
        connection = dial(host, port, seconds)
        assert select.select([connection], [], [], LONG)[0]
        return connection

    with Peer(lambda talk: talk.say(answer(b"another's"), LONG)) as peer:
        with pytest.raises(NewConnectionError):
            ask(Connections(1, dial=wait_for_it), peer.url)
        assert peer.requests == []


def test_an_answer_that_was_not_read_keeps_its_connection() -> None:
    """Whoever lets go of an answer in the middle must not leave the rest to the next request."""
    with Peer(answering(lambda _: [answer(b"x" * 100_000)])) as peer:
        connected = Connections(1)
        for _ in range(2):
            response = connected.urlopen("POST", f"{peer.url}/", body=b"1")
            assert response.read(10) == b"x" * 10
            response.release_conn()
        assert peer.connections == 2


def test_what_cannot_be_read_of_a_head_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It may be anything, the recipient's number too."""
    with Peer(answering(lambda _: [answer(b"1", "somebody wrote 4711 here")])) as peer:
        ask(Connections(1), peer.url)
    assert "4711" not in caplog.text


# --- How long a request may take --------------------------------------------------------------------------------------


def dribble(head: bytes, rest: bytes) -> Callable[[Talk], None]:
    """Answer a request with this at once, and with the rest byte by byte."""

    def script(talk: Talk) -> None:
        talk.read()
        talk.say(head)
        talk.dribble(rest, 0.1)

    return script


def interim(talk: Talk) -> None:
    talk.read()
    for _ in range(15):
        talk.say(EARLY_HINTS, 0.3)


def read_slowly(talk: Talk) -> None:
    for _ in range(500):
        talk.connection.recv(20_000)
        talk.say(0.1)


SLOW: dict[str, Callable[[Talk], None]] = {
    "head": dribble(b"", answer(b"1" * 500)),
    "body": dribble(answer(b"1" * 500)[:-500], b"1" * 500),
    "chunks": dribble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n" * 500),
    "interim answers": interim,
    "reads nothing": Talk.stall,
    "reads slowly": read_slowly,
}
LARGE = b"x" * 30_000_000


def ends_at_its_deadline(url: str, context: ssl.SSLContext | None, body: bytes, timeout: urllib3.Timeout) -> None:
    """Ask, and get no answer, in time. The request may have been taken."""
    started = time.monotonic()
    with pytest.raises(HTTPError) as failed:
        ask(Connections(1, context), url, body, timeout)
    assert time.monotonic() - started < LONG
    assert not isinstance(failed.value, NewConnectionError)


@pytest.mark.parametrize("name", SLOW)
def test_a_request_ends_at_its_deadline(name: str, sides: Sides) -> None:
    """However little comes, or goes, at a time: one deadline counts, not one timeout for each read."""
    with Peer(SLOW[name], sides[0]) as peer:
        ends_at_its_deadline(peer.url, sides[1], LARGE if "reads" in name else b"1", QUICK)


# One record of TLS may come in many of the proxy's: there is one deadline for all of them.
SLOW_PROXY: dict[str, tuple[Callable[[Talk], None], float, bytes]] = {
    **{name: (script, 0.0, LARGE if "reads" in name else b"1") for name, script in SLOW.items()},
    "proxy, of the request": (lambda talk: talk.say(answer(b"1")) if talk.read() else None, 0.05, LARGE),
    "proxy, of the answer": (lambda talk: talk.say(answer(b"x" * 10_000)) if talk.read() else None, 0.05, b"1"),
}


@pytest.mark.parametrize(("script", "pause", "body"), SLOW_PROXY.values(), ids=SLOW_PROXY)
def test_a_request_through_a_proxys_tls_ends_at_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
    script: Callable[[Talk], None],
    pause: float,
    body: bytes,
    server_side: ssl.SSLContext,
    client_side: ssl.SSLContext,
) -> None:
    """TLS within TLS as well: the proxy's part of it has no time of its own."""
    with Peer(script, server_side) as peer, Peer(relay(peer.port, pause=pause), server_side) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        ends_at_its_deadline(peer.url, client_side, body, urllib3.Timeout(connect=5, read=0.4))


def test_a_connection_through_a_proxys_tls_is_used_again(
    monkeypatch: pytest.MonkeyPatch, server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    """Until something comes that nobody asked for."""
    script = answering(lambda body: [answer(body) + (answer(b"another's") if body == b"3" else b"")])
    with Peer(script, server_side) as peer, Peer(relay(peer.port), server_side) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        connected = Connections(1, client_side)
        for number in (b"1", b"2", b"3"):
            assert ask(connected, peer.url, number) == (200, number)
        assert (peer.connections, proxy.connections) == (1, 1)
        assert ask(connected, peer.url, b"4") == (200, b"4")
        assert (peer.connections, proxy.connections) == (2, 2)


def test_a_connection_whose_answer_was_late_is_not_used_again() -> None:
    """The answer that comes after all is not the next one's."""
    given_up = threading.Event()

    def respond(body: bytes) -> list[bytes]:
        assert body != b"1" or given_up.wait(LONG)
        return [answer(body)]

    with Peer(answering(respond)) as peer:
        connected = Connections(1)
        with pytest.raises(ReadTimeoutError):
            ask(connected, peer.url, b"1", QUICK)
        given_up.set()
        assert peer.said.acquire(timeout=LONG)
        assert ask(connected, peer.url, b"2") == (200, b"2")
