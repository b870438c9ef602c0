"""The stand-in on a socket, and that the wires without sockets give a client exactly what it gives."""

import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from messente_api.models.delivery_report_response import DeliveryReportResponse
from urllib3.exceptions import HTTPError

from messente_rcs.messente.connections import Connections
from tests.local.process import PATIENCE, ROOT, poll
from tests.standin import numbers
from tests.standin.messente import Delays, Messente, Request
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
    """Encode one RCS text to this number."""
    messages = [{"channel": "rcs", "sender": "Acme", "text": SECRET_TEXT}]
    return json.dumps({"to": to, "messages": messages, **fields}).encode()


def post(pool: Any, to: str = ORDINARY, *, read_timeout: float = PATIENCE, base: str = "") -> urllib3.BaseHTTPResponse:
    """Send one text as the project does: once."""
    timeout = urllib3.Timeout(connect=PATIENCE, read=read_timeout)
    options: dict[str, Any] = {"retries": False, "redirect": False, "preload_content": False, "timeout": timeout}
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
def handled() -> list[str]:
    """The log of the stand-in that hurries: a line for each request that it has decided about."""
    return []


@pytest.fixture(scope="module")
def server(handled: list[str]) -> Iterator[Server]:
    """Give a stand-in that hurries."""
    with Server(Messente(delays=QUICK), log=handled.append) as running:
        yield running


@pytest.fixture
def pool(server: Server) -> Iterator[urllib3.HTTPConnectionPool]:
    """Give a real urllib3 pool to it."""
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as connections:
        yield connections


@pytest.mark.parametrize("name", ["ORDINARY", *numbers.BY_NAME])
def test_wires_and_server_look_the_same_to_a_client(name: str, server: Server, handled: list[str]) -> None:
    """For every reserved number, our client sees the same over wires and over TCP, and the accept logs agree."""
    to = numbers.BY_NAME.get(name, ORDINARY)
    server.messente.reset()
    handled.clear()
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
        idle.urlopen("GET", "/_standin/requests")
        poll(lambda: server.messente.posts >= 2 or None, PATIENCE, "both sends")
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(PATIENCE)  # a tenth of what it would take to wait for the slow one
        assert not stopping.is_alive()
    for each in clients:
        each.join(PATIENCE)
    assert [type(each) for each in failures] == [urllib3.exceptions.ProtocolError] * 2
    assert set(threading.enumerate()) <= before


def test_control_shows_logs_resets_and_rotates() -> None:
    """Other processes can read what was accepted and asked for, change the password and start over."""
    with Server() as server, urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
        post(pool, numbers.CONFLICT).read()
        sent = json.loads(post(pool).read())
        (accepted,) = pool.urlopen("GET", "/_standin/accepted").json()
        assert (accepted["omnimessage_id"], accepted["reply"]) == (sent["omnimessage_id"], sent)
        assert accepted["body"] == json.loads(body(ORDINARY))
        requests = pool.urlopen("GET", "/_standin/requests").json()
        assert [each["to"] for each in requests] == [numbers.CONFLICT, ORDINARY]
        assert pool.urlopen("POST", "/_standin/password", body=b'{"password": "new"}').status == 200
        assert post(pool).status == 401
        assert pool.urlopen("POST", "/_standin/reset").status == 200
        assert pool.urlopen("GET", "/_standin/accepted").json() == []
        assert post(pool).status == 201
        assert pool.urlopen("GET", "/_standin/nothing").status == 404


class Sink(Peer):
    """A callback URL: a report is answered with the next of the answers to its status, 200 when there is none left."""

    def __init__(self, answers: dict[str, list[int]]) -> None:
        self.answers, self.reports = answers, list[tuple[bytes, bytes]]()  # body and signature
        super().__init__(self._take)

    @property
    def callback(self) -> str:
        """A URL of it for one message."""
        return f"{self.url}/delivery-reports/{quote(SECRET_ID, safe='')}"

    def statuses(self) -> list[str]:
        """List the statuses that came in, in order."""
        return [json.loads(content)["status"] for content, _ in self.reports]

    def _take(self, talk: Talk) -> None:
        while request := talk.read():
            content, head = body_of(request), request.lower()
            signature = head.partition(b"x-messente-signature: ")[2].partition(b"\r\n")[0]
            self.reports.append((content, signature))
            answers = self.answers.get(json.loads(content)["status"])
            talk.say(answer(status=f"{answers.pop(0) if answers else 200} Taken"))


@contextlib.contextmanager
def reporting(
    answers: dict[str, list[int]] | None = None, *, reports: bool = True, log: list[str] | None = None
) -> Iterator[tuple[Sink, urllib3.HTTPConnectionPool]]:
    """Run a stand-in that reports to a sink with these answers, and a pool to it."""
    lines = [] if log is None else log
    with (
        Sink(answers or {}) as sink,
        Server(Messente(delays=BRIEF), reports=reports, log=lines.append) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        yield sink, pool


def is_signed(report: tuple[bytes, bytes]) -> bool:
    """Tell whether a report is signed with the first password."""
    return hmac.new(PASSWORD, report[0], hashlib.sha256).hexdigest().encode() == report[1]


def settled(pool: urllib3.HTTPConnectionPool) -> Any:
    """Give what the control endpoint says of the reports once none is pending."""

    def look() -> Any:
        state = pool.urlopen("GET", "/_standin/reports").json()
        return None if state["pending"] else state

    return poll(look, PATIENCE, "the reports")


def post_with_url(pool: urllib3.HTTPConnectionPool, url: str, to: str = ORDINARY) -> Any:
    """Send one text that asks for reports, and return the answer."""
    return pool.urlopen("POST", "/v1/omnimessage", body(to, dlr_url=url), HEADERS, retries=False).json()


def test_delivers_signed_reports_and_keeps_the_books() -> None:
    """Reports come over HTTP, byte for byte as signed; the control endpoint lists them with their answers."""
    lines: list[str] = []
    with reporting({"DELIVRD": [302]}, log=lines) as (sink, pool):
        sent = post_with_url(pool, sink.callback)
        state = settled(pool)
        assert sink.statuses() == ["ACK", "DELIVRD", "SEEN"]
        assert all(map(is_signed, sink.reports))
        assert state["enabled"] is True
        ids = sent["omnimessage_id"], sent["messages"][0]["message_id"]
        told = [(each["omnimessage_id"], each["message_id"]) for each in state["delivered"]]
        assert told == [ids] * 3
        attempts = [(each["status"], each["attempt"], each["answer"]) for each in state["delivered"]]
        assert attempts == [("ACK", 1, 200), ("DELIVRD", 1, 302), ("SEEN", 1, 200)]
        assert pool.urlopen("POST", "/_standin/reset").status == 200
        assert settled(pool)["delivered"] == []
    reported = [each for each in lines if each.startswith("REPORT")]
    assert reported == [f"REPORT {each} {ids[0]}" for each in ("ACK 200", "DELIVRD 302", "SEEN 200")]
    for secret in (ORDINARY, SECRET_TEXT, SECRET_ID, quote(SECRET_ID, safe="")):
        assert not any(secret in line for line in lines)


def test_tries_undelivered_reports_again() -> None:
    """An answer that is no 200 to 399 is followed by the same bytes again; after five more attempts it gives up."""
    answers = {"ACK": [500, 500, 500, 500, 500, 204], "FAILED": [404] * 6}
    with reporting({status: [*each] for status, each in answers.items()}) as (sink, pool):
        post_with_url(pool, sink.callback, numbers.FAILED_THEN_NEXT)
        books = settled(pool)["delivered"]
        for status, expected in answers.items():
            tries = [(each["attempt"], each["answer"]) for each in books if each["status"] == status]
            assert tries == list(enumerate(expected, 1))
        assert len({content for content, _ in sink.reports}) == 2
        post_with_url(pool, "http://127.0.0.1:1/", numbers.EXPIRED)  # where nobody listens
        assert [(each["status"], each["answer"]) for each in settled(pool)["delivered"]].count(("ACK", None)) == 6


def test_holds_reports_back_while_they_are_off() -> None:
    """The status moves on all the same; those held back come, in order, once they are on again.

    After a rotation, another process can have them signed with the password before.
    """
    with reporting(reports=False) as (sink, pool):
        sent = post_with_url(pool, sink.callback, numbers.BEFORE_ANSWER)
        path = f"/v1/omnimessage/{sent['omnimessage_id']}/status"

        def status() -> str | None:
            told: str | None = pool.urlopen("GET", path, headers=HEADERS).json()["statuses"][0]["status"]
            return told

        poll(lambda: status() == "SEEN" or None, PATIENCE, "the end of its course")
        held = pool.urlopen("GET", "/_standin/reports").json()
        assert held == {"enabled": False, "pending": 3, "delivered": []}
        pool.urlopen("POST", "/_standin/password", body=b'{"password": "new", "sign_with_previous": true}')
        assert post(pool).status == 401
        assert pool.urlopen("POST", "/_standin/reports", body=b'{"enabled": true}').status == 200
        settled(pool)
        assert sink.statuses() == ["ACK", "DELIVRD", "SEEN"]
        assert all(map(is_signed, sink.reports))


def test_early_reports_arrive_before_the_answer() -> None:
    """For BEFORE_ANSWER the callback has been called, and has answered, before the 201 goes out."""
    lines: list[str] = []
    with reporting(log=lines) as (sink, pool):
        sent = post_with_url(pool, sink.callback, numbers.BEFORE_ANSWER)["omnimessage_id"]
        settled(pool)
    before = lines[: lines.index(f"POST /v1/omnimessage 201 {sent}")]
    assert before[:2] == [f"REPORT {each} 200 {sent}" for each in ("ACK", "DELIVRD")]


def test_many_clients_at_once() -> None:
    """Sends in parallel are all accepted, each once, and each gets its three reports once and in order."""
    with reporting() as (sink, pool), ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: post_with_url(pool, sink.callback)["omnimessage_id"], range(100)))
        settled(pool)
        accepted = [each["omnimessage_id"] for each in pool.urlopen("GET", "/_standin/accepted").json()]
    assert sorted(accepted) == sorted(ids)
    by_message: dict[str, list[str]] = {each: [] for each in ids}
    for content, _ in sink.reports:
        said = json.loads(content)
        by_message[said["omnimessage_id"]].append(said["status"])
    assert list(by_message.values()) == [["ACK", "DELIVRD", "SEEN"]] * 100


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


def test_speaks_tls(server_side: ssl.SSLContext, pem: Path) -> None:
    """With a TLS context it answers clients that trust it; strangers and silent connections disturb nobody."""
    with Server(Messente(delays=QUICK), ssl_context=server_side) as server:
        assert server.url == f"https://127.0.0.1:{server.port}/v1"
        with (
            urllib3.HTTPSConnectionPool("127.0.0.1", server.port) as stranger,
            pytest.raises(urllib3.exceptions.SSLError),
        ):
            post(stranger)
        silent = socket.create_connection(("127.0.0.1", server.port))
        trusted = str(pem.with_suffix(".crt"))
        with silent, urllib3.HTTPSConnectionPool("127.0.0.1", server.port, ca_certs=trusted) as pool:
            assert post(pool).status == 201
            assert outcome(pool, numbers.CUT_AFTER_ACCEPT)[0] == "send"
            assert outcome(pool, numbers.HANG)[1] is urllib3.exceptions.ReadTimeoutError
        assert len(server.messente.accepted) == 2


def test_runs_as_a_process_and_logs_nothing_private() -> None:
    """`python -m tests.standin` says its URL, then a line a request without number or text; SIGTERM ends it."""
    command = [sys.executable, "-m", "tests.standin", "--password", "other", "--reports", "off"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        headers = urllib3.make_headers(basic_auth="messente-user:other")
        with urllib3.PoolManager() as manager:
            sent = manager.request("POST", f"{url}/omnimessage", body=body(ORDINARY), headers=headers).json()
            manager.request("POST", f"{url}/omnimessage", body=body(numbers.BAD_REQUEST), headers=headers)
            manager.request("GET", f"{url}/{ORDINARY}?to={ORDINARY}", headers=headers)
            state = manager.request("GET", url.removesuffix("/v1") + "/_standin/reports").json()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert state == {"enabled": False, "pending": 0, "delivered": []}
    assert output.splitlines() == [
        f"POST /v1/omnimessage 201 {sent['omnimessage_id']}",
        "POST /v1/omnimessage 400 -",
        "GET (unknown path) 404 -",
    ]
