"""The stand-in on a socket, and that the wires without sockets give a client exactly what it gives."""

import contextlib
import hashlib
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from messente_api.models.delivery_report_response import DeliveryReportResponse
from urllib3.exceptions import HTTPError

from messente_rcs.messente.connections import Connections
from tests.local.process import PATIENCE, poll
from tests.standin import numbers
from tests.standin.courier import Delivery
from tests.standin.messente import Delays, Messente, Reply, Request
from tests.standin.server import Server
from tests.standin.wires import Wires
from tests.support.peer import Peer, Talk, answer, body_of

ORDINARY = "+37251234567"
SECRET_TEXT = "sentinel-of-the-message-text"
PASSWORD = b"messente-password"
HEADERS = {"Authorization": "Basic " + b64encode(b"messente-user:" + PASSWORD).decode()}
SECRET_ID = "sentinel/of the id"
QUICK = Delays(slow=0.02, drip=0.0001)
BRIEF = Delays(report=0.02, retry=0.01)


def body(to: str, **fields: str) -> bytes:
    messages = [{"channel": "rcs", "sender": "Acme", "text": SECRET_TEXT}]
    return json.dumps({"to": to, "messages": messages, **fields}).encode()


def post(pool: Any, to: str = ORDINARY, *, read_timeout: float = PATIENCE, base: str = "") -> urllib3.BaseHTTPResponse:
    timeout = urllib3.Timeout(connect=PATIENCE, read=read_timeout)
    once = {"retries": False, "redirect": False, "preload_content": False}
    options: dict[str, Any] = {"timeout": timeout} | ({} if isinstance(pool, Connections) else once)
    url = f"{base}/v1/omnimessage"
    sent: urllib3.BaseHTTPResponse = pool.urlopen("POST", url, body=body(to), headers=HEADERS, **options)
    return sent


def outcome(pool: Any, to: str, base: str = "") -> tuple[object, ...]:
    """Tell what a client sees of a send: status, headers and body length, or where it fails and how."""
    read_timeout = 0.15 if to in (numbers.HANG, numbers.HANG_AFTER_ACCEPT) else PATIENCE
    try:
        response = post(pool, to, read_timeout=read_timeout, base=base)
    except HTTPError as failure:
        return "send", type(failure), type(failure.__cause__)
    try:
        content = response.read()
    except HTTPError as failure:
        return "read", response.status, type(failure), type(failure.__cause__)
    return response.status, dict(response.headers), len(content)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Messente(delays=QUICK)) as running:
        yield running


@pytest.fixture
def pool(server: Server) -> Iterator[urllib3.HTTPConnectionPool]:
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as connections:
        yield connections


@pytest.mark.parametrize("name", ["ORDINARY", *numbers.BY_NAME])
def test_wires_and_server_look_the_same_to_a_client(name: str, server: Server) -> None:
    """For every reserved number, our client sees the same over wires and over TCP, and the accept logs agree."""
    to, handled = numbers.BY_NAME.get(name, ORDINARY), list[Reply]()
    server.messente.reset()
    server.messente.on_reply = lambda _, reply: handled.append(reply)
    without_sockets = Messente(delays=QUICK)
    wired, connected = Connections(1, dial=Wires(without_sockets)), Connections(1)
    base = server.url.removesuffix("/v1")
    for _ in range(2):
        assert outcome(wired, to, base) == outcome(connected, to, base)
    # A client that does not wait for an answer may be through before the stand-in has read its request.
    poll(lambda: len(handled) >= 2 or None, PATIENCE, "both sends")
    assert [each.to for each in without_sockets.accepted] == [each.to for each in server.messente.accepted]
    assert without_sockets.posts == server.messente.posts == 2


def test_keeps_connections_alive(pool: urllib3.HTTPConnectionPool) -> None:
    """Sends one after the other share a connection, refusals and faults of others notwithstanding."""
    for to in (ORDINARY, numbers.BAD_REQUEST, numbers.DRIP, numbers.NO_CONTENT, ORDINARY):
        post(pool, to).read()
    assert pool.num_connections == 1


def test_stop_ends_what_hangs_at_once() -> None:
    """A stop closes hanging and idle connections and leaves no thread behind."""
    before = set(threading.enumerate())
    server = Server(Messente(delays=Delays(slow=10 * PATIENCE))).start()
    failures: list[Exception] = []

    def send(to: str) -> None:
        with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
            try:
                post(pool, to, read_timeout=10 * PATIENCE)
            except HTTPError as failure:
                failures.append(failure)

    clients = [threading.Thread(target=send, args=(to,)) for to in (numbers.HANG, numbers.SLOW)]
    for each in clients:
        each.start()
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as idle:
        idle.urlopen("GET", "/_standin/accepted")
        poll(lambda: server.messente.posts >= 2 or None, PATIENCE, "both sends")
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(PATIENCE)  # a tenth of what it would take to wait for the slow one
        assert not stopping.is_alive()
    for each in clients:
        each.join(PATIENCE)
    assert [type(each) for each in failures] == [urllib3.exceptions.ProtocolError] * 2
    assert set(threading.enumerate()) <= before


class Sink(Peer):
    """A callback URL: a report is answered with the next of the answers to its status, 200 when there is none left."""

    def __init__(self, answers: dict[str, list[int]]) -> None:
        self.answers, self.reports = answers, list[tuple[bytes, bytes]]()  # body and signature
        super().__init__(self._take)

    @property
    def callback(self) -> str:
        return f"{self.url}/delivery-reports/{quote(SECRET_ID, safe='')}"

    def statuses(self) -> list[str]:
        return [json.loads(content)["status"] for content, _ in self.reports]

    def _take(self, talk: Talk) -> None:
        while request := talk.read():
            content, head = body_of(request), request.lower()
            signature = head.partition(b"x-messente-signature: ")[2].partition(b"\r\n")[0]
            self.reports.append((content, signature))
            answers = self.answers.get(json.loads(content)["status"])
            talk.say(answer(status=f"{answers.pop(0) if answers else 200} Taken"))


@contextlib.contextmanager
def reporting(answers: dict[str, list[int]] | None = None) -> Iterator[tuple[Sink, Server]]:
    """Run a stand-in that reports to a sink with these answers."""
    with Sink(answers or {}) as sink, Server(Messente(delays=BRIEF)) as server:
        yield sink, server


def is_signed(report: tuple[bytes, bytes]) -> bool:
    return hmac.new(PASSWORD, report[0], hashlib.sha256).hexdigest().encode() == report[1]


def settled(server: Server) -> list[Delivery]:
    """Return what was delivered once no report is pending."""
    poll(lambda: server.courier.pending == 0 or None, PATIENCE, "the reports")
    return server.courier.deliveries


def post_with_url(server: Server, url: str, to: str = ORDINARY) -> Any:
    return urllib3.request("POST", f"{server.url}/omnimessage", body=body(to, dlr_url=url), headers=HEADERS).json()


def test_delivers_signed_reports_and_keeps_the_books() -> None:
    """Reports come over HTTP, byte for byte as signed; each is in the books with its answer."""
    with reporting({"DELIVRD": [302]}) as (sink, server):
        sent = post_with_url(server, sink.callback)
        ids = sent["omnimessage_id"], sent["messages"][0]["message_id"]
        books = [(each.omnimessage_id, each.message_id, each.status, each.answer) for each in settled(server)]
        assert books == [(*ids, "ACK", 200), (*ids, "DELIVRD", 302), (*ids, "SEEN", 200)]
        assert sink.statuses() == ["ACK", "DELIVRD", "SEEN"]
        assert all(map(is_signed, sink.reports))
        server.courier.forget()
        assert settled(server) == []


def test_tries_undelivered_reports_again() -> None:
    """An answer that is no 200 to 399 is followed by the same bytes again; after five more attempts it gives up."""
    answers = {"ACK": [500, 500, 500, 500, 500, 204], "FAILED": [404] * 6}
    with reporting({status: [*each] for status, each in answers.items()}) as (sink, server):
        post_with_url(server, sink.callback, numbers.FAILED_THEN_NEXT)
        books = settled(server)
        for status, expected in answers.items():
            assert [(each.attempt, each.answer) for each in books if each.status == status] == list(
                enumerate(expected, 1)
            )
        assert len({content for content, _ in sink.reports}) == 2
        post_with_url(server, "http://127.0.0.1:1/", numbers.EXPIRED)  # where nobody listens
        assert [(each.status, each.answer) for each in settled(server)].count(("ACK", None)) == 6


def test_early_reports_arrive_before_the_answer() -> None:
    """For BEFORE_ANSWER the callback has been called, and has answered, before the 201 goes out."""
    with reporting() as (sink, server):
        happened = list[object]()
        server.courier.on_delivery = lambda report, delivery: happened.append((report.status, delivery.answer))
        server.messente.on_reply = lambda _, reply: happened.append(reply.status)
        post_with_url(server, sink.callback, numbers.BEFORE_ANSWER)
        settled(server)
    assert happened[:3] == [("ACK", 200), ("DELIVRD", 200), 201]


@pytest.mark.parametrize("name", ["ORDINARY", *numbers.REPORTS_BY_NAME])
def test_the_official_client_reads_the_status_of_every_course(name: str) -> None:
    """Messente's own models parse what GET status says, but for the status that is not known yet."""
    now = [1000]
    messente = Messente(clock=lambda: now[0], delays=Delays(report=1))
    headers = {key.lower(): value for key, value in HEADERS.items()}
    messente.handle(Request("POST", "/v1/omnimessage", headers, body(numbers.REPORTS_BY_NAME.get(name, ORDINARY))))
    path = f"/v1/omnimessage/{messente.accepted[0].omnimessage_id}/status"
    unreadable = []
    for now[0] in range(1000, 1006):
        answer = messente.handle(Request("GET", path, headers, b"")).body.decode()
        try:
            DeliveryReportResponse.from_json(answer)
        except ValueError:
            unreadable.append(json.loads(answer)["statuses"][0]["status"])
    assert unreadable == (["TELEPORTED"] if name == "UNKNOWN_STATUS" else [])
