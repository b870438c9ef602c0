"""The stand-in on a socket, and that the pool without sockets gives a client exactly what it gives."""

import contextlib
import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from messente_api.models.delivery_report_response import DeliveryReportResponse
from urllib3.exceptions import HTTPError

from tests.local.process import PATIENCE, poll
from tests.standin import numbers
from tests.standin.messente import Delays, Messente, Request
from tests.standin.pool import Pool
from tests.standin.server import Server

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = "+37251234567"
SECRET_TEXT = "sentinel-of-the-message-text"
HEADERS = {"Authorization": "Basic " + b64encode(b"messente-user:messente-password").decode()}
SECRET_ID = "sentinel/of the id"
QUICK = Delays(slow=0.02, drip=0.0001)
BRIEF = Delays(report=0.02, retry=0.01)


def body(to: str) -> bytes:
    """Encode one RCS text to this number."""
    return json.dumps({"to": to, "messages": [{"channel": "rcs", "sender": "Acme", "text": SECRET_TEXT}]}).encode()


def post(
    pool: urllib3.HTTPConnectionPool, to: str = ORDINARY, read_timeout: float = PATIENCE
) -> urllib3.BaseHTTPResponse:
    """Send one text as the project does: once."""
    timeout = urllib3.Timeout(connect=PATIENCE, read=read_timeout)
    options: dict[str, Any] = {"retries": False, "redirect": False, "preload_content": False, "timeout": timeout}
    return pool.urlopen("POST", "/v1/omnimessage", body(to), HEADERS, **options)


def outcome(pool: urllib3.HTTPConnectionPool, to: str) -> tuple[object, ...]:
    """Tell what a client sees of a send: status, headers and body length, or where it fails and how."""
    read_timeout = 0.15 if to in (numbers.HANG, numbers.HANG_AFTER_ACCEPT) else PATIENCE
    try:
        response = post(pool, to, read_timeout)
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
def test_pool_and_server_look_the_same_to_a_client(
    name: str, server: Server, handled: list[str], pool: urllib3.HTTPConnectionPool
) -> None:
    """For every reserved number, a client over the pool and one over TCP see the same, the accept logs agree."""
    to = numbers.BY_NAME.get(name, ORDINARY)
    server.messente.reset()
    handled.clear()
    in_process = Pool(Messente(delays=QUICK))
    for _ in range(2):
        assert outcome(in_process, to) == outcome(pool, to)
    # A client that does not wait for an answer may be through before the stand-in has read its request.
    poll(lambda: len(handled) >= 2 or None, PATIENCE, "both sends")
    assert [each.to for each in in_process.messente.accepted] == [each.to for each in server.messente.accepted]
    assert in_process.messente.posts == server.messente.posts == 2


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
                post(pool, to, 10 * PATIENCE)
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


def test_many_clients_at_once(server: Server) -> None:
    """Sends in parallel are all accepted, each once."""
    server.messente.reset()
    ids: list[str] = []

    def send(pool: urllib3.HTTPConnectionPool) -> None:
        ids.extend(json.loads(post(pool).read())["omnimessage_id"] for _ in range(10))

    with urllib3.HTTPConnectionPool("127.0.0.1", server.port, maxsize=8, block=True) as pool:
        clients = [threading.Thread(target=send, args=(pool,)) for _ in range(8)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
    assert sorted(ids) == sorted(each.omnimessage_id for each in server.messente.accepted)
    assert len(ids) == 80


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


class Sink(ThreadingHTTPServer):
    """A callback URL: each report is answered with the next of the answers to its status, 200 when there is none left.

    `started` is called when a report comes in.
    """

    daemon_threads = False

    def __init__(self, **answers: list[int]) -> None:
        self.answers, self.reports = answers, list[tuple[bytes, dict[str, str]]]()
        self.started: Callable[[], None] = lambda: None
        super().__init__(("127.0.0.1", 0), _SinkHandler)

    @property
    def url(self) -> str:
        """A URL of it for one message."""
        return f"http://127.0.0.1:{self.server_address[1]}/delivery-reports/{quote(SECRET_ID, safe='')}"

    def statuses(self) -> list[str]:
        """List the statuses that came in, in order."""
        return [json.loads(body)["status"] for body, _ in self.reports]


class _SinkHandler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        self.server.started()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.append((body, {name.lower(): value for name, value in self.headers.items()}))
        answers = self.server.answers.get(json.loads(body)["status"])
        self.send_response(answers.pop(0) if answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def sink(**answers: list[int]) -> Iterator[Sink]:
    """Serve a sink with these answers."""
    with Sink(**answers) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def settled(pool: urllib3.HTTPConnectionPool) -> Any:
    """Give what the control endpoint says of the reports once none is pending."""

    def look() -> Any:
        state = pool.urlopen("GET", "/_standin/reports").json()
        return None if state["pending"] else state

    return poll(look, PATIENCE, "the reports")


def post_with_url(pool: urllib3.HTTPConnectionPool, url: str, to: str = ORDINARY) -> Any:
    """Send one text that asks for reports, and return the answer."""
    content = json.dumps({**json.loads(body(to)), "dlr_url": url})
    return pool.urlopen("POST", "/v1/omnimessage", content, HEADERS, retries=False).json()


def test_delivers_signed_reports_and_keeps_the_books() -> None:
    """Reports come over HTTP, byte for byte as signed; the control endpoint lists them with their answers."""
    lines: list[str] = []
    with (
        sink(DELIVRD=[302]) as callback,
        Server(Messente(delays=BRIEF), log=lines.append) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        sent = post_with_url(pool, callback.url)
        state = settled(pool)
        assert callback.statuses() == ["ACK", "DELIVRD", "SEEN"]
        for content, headers in callback.reports:
            right = hmac.new(b"messente-password", content, hashlib.sha256).hexdigest()
            assert headers["x-messente-signature"] == right
        assert state["enabled"] is True
        ids = sent["omnimessage_id"], sent["messages"][0]["message_id"]
        told = [(each["omnimessage_id"], each["message_id"]) for each in state["delivered"]]
        assert told == [ids] * 3
        attempts = [(each["status"], each["attempt"], each["answer"]) for each in state["delivered"]]
        assert attempts == [("ACK", 1, 200), ("DELIVRD", 1, 302), ("SEEN", 1, 200)]
        assert pool.urlopen("POST", "/_standin/reset").status == 200
        assert settled(pool)["delivered"] == []
    assert [each for each in lines if each.startswith("REPORT")] == [
        f"REPORT ACK 200 {ids[0]}",
        f"REPORT DELIVRD 302 {ids[0]}",
        f"REPORT SEEN 200 {ids[0]}",
    ]
    for secret in (ORDINARY, SECRET_TEXT, SECRET_ID, quote(SECRET_ID, safe="")):
        assert not any(secret in line for line in lines)


def test_tries_undelivered_reports_again() -> None:
    """An answer that is no 200 to 399 is followed by the same bytes again; after five more attempts it gives up."""
    with (
        sink(ACK=[500, 500, 500, 500, 500, 204], FAILED=[404] * 6) as callback,
        Server(Messente(delays=BRIEF)) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        post_with_url(pool, callback.url, numbers.FAILED_THEN_NEXT)
        first = settled(pool)["delivered"]
        assert [each["answer"] for each in first if each["status"] == "ACK"] == [500, 500, 500, 500, 500, 204]
        assert [each["attempt"] for each in first if each["status"] == "ACK"] == [1, 2, 3, 4, 5, 6]
        assert [each["answer"] for each in first if each["status"] == "FAILED"] == [404] * 6
        assert len({content for content, _ in callback.reports}) == 2


def test_an_unreachable_callback_is_given_up() -> None:
    """Where nobody listens, every attempt is on the books without an answer, and nothing stays pending."""
    with (
        Server(Messente(delays=BRIEF)) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        post_with_url(pool, "http://127.0.0.1:1/", numbers.EXPIRED)
        assert [(each["status"], each["answer"]) for each in settled(pool)["delivered"]].count(("ACK", None)) == 6


def test_holds_reports_back_while_they_are_off() -> None:
    """Without reports the status moves on all the same; those held back come, in order, once they are on again."""
    with (
        sink() as callback,
        Server(Messente(delays=BRIEF), reports=False) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        sent = post_with_url(pool, callback.url, numbers.BEFORE_ANSWER)
        path = f"/v1/omnimessage/{sent['omnimessage_id']}/status"

        def status() -> str | None:
            told: str | None = pool.urlopen("GET", path, headers=HEADERS).json()["statuses"][0]["status"]
            return told

        poll(lambda: status() == "SEEN" or None, PATIENCE, "the end of its course")
        held = pool.urlopen("GET", "/_standin/reports").json()
        assert held == {"enabled": False, "pending": 3, "delivered": []}
        assert pool.urlopen("POST", "/_standin/reports", body=b'{"enabled": true}').status == 200
        settled(pool)
        assert callback.statuses() == ["ACK", "DELIVRD", "SEEN"]


def test_early_reports_arrive_before_the_answer() -> None:
    """For BEFORE_ANSWER the callback has been called, and has answered, before the 201 goes out."""
    with (
        sink() as callback,
        Server(Messente(delays=Delays(report=86_400))) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        arriving, go_on = threading.Event(), threading.Event()

        def wait() -> None:
            arriving.set()
            go_on.wait(PATIENCE)

        callback.started = wait
        answers: list[Any] = []
        sender = threading.Thread(
            target=lambda: answers.append(post_with_url(pool, callback.url, numbers.BEFORE_ANSWER))
        )
        sender.start()
        assert arriving.wait(PATIENCE)
        assert (len(server.messente.accepted), answers) == (1, [])
        go_on.set()
        sender.join()
        assert callback.statuses() == ["ACK", "DELIVRD"]
        assert answers[0]["omnimessage_id"] == server.messente.accepted[0].omnimessage_id
        assert pool.urlopen("GET", "/_standin/reports").json()["pending"] == 1


def test_many_reports_keep_their_order_within_a_message() -> None:
    """Of a hundred messages each gets its three reports once and in order."""
    with (
        sink() as callback,
        Server(Messente(delays=BRIEF)) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        ids = [post_with_url(pool, callback.url)["omnimessage_id"] for _ in range(100)]
        settled(pool)
        by_message: dict[str, list[str]] = {each: [] for each in ids}
        for content, _ in callback.reports:
            said = json.loads(content)
            by_message[said["omnimessage_id"]].append(said["status"])
    assert list(by_message.values()) == [["ACK", "DELIVRD", "SEEN"]] * 100


def test_control_can_leave_the_signing_to_the_previous_password() -> None:
    """In a rotation, another process can have reports signed with the password before."""
    with (
        sink() as callback,
        Server(Messente(delays=BRIEF), reports=False) as server,
        urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool,
    ):
        post_with_url(pool, callback.url)
        pool.urlopen("POST", "/_standin/password", body=b'{"password": "new", "sign_with_previous": true}')
        pool.urlopen("POST", "/_standin/reports", body=b'{"enabled": true}')
        settled(pool)
        assert post(pool).status == 401
        content, headers = callback.reports[0]
        right = hmac.new(b"messente-password", content, hashlib.sha256).hexdigest()
        assert headers["x-messente-signature"] == right


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


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself; the file holds its key as well."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "standin")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "standin.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_speaks_tls(tmp_path: Path) -> None:
    """With a TLS context it answers clients that trust it; strangers and silent connections disturb nobody."""
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(Messente(delays=QUICK), ssl_context=context) as server:
        assert server.url == f"https://127.0.0.1:{server.port}/v1"
        with (
            urllib3.HTTPSConnectionPool("127.0.0.1", server.port) as stranger,
            pytest.raises(urllib3.exceptions.SSLError),
        ):
            post(stranger)
        silent = socket.create_connection(("127.0.0.1", server.port))
        with silent, urllib3.HTTPSConnectionPool("127.0.0.1", server.port, ca_certs=str(pem)) as pool:
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
