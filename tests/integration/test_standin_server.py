"""The stand-in on a socket, and that the pool without sockets gives a client exactly what it gives."""

import datetime as dt
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.exceptions import HTTPError

from standin import numbers
from standin.messente import Delays, Messente
from standin.pool import Pool
from standin.server import Server

TESTS = Path(__file__).resolve().parents[1]
ORDINARY = "+37251234567"
SECRET_TEXT = "sentinel-of-the-message-text"
HEADERS = {"Authorization": "Basic " + b64encode(b"messente-user:messente-password").decode()}
QUICK = Delays(slow=0.02, drip=0.0001)


def body(to: str) -> bytes:
    """Encode one RCS text to this number."""
    return json.dumps({"to": to, "messages": [{"channel": "rcs", "sender": "Acme", "text": SECRET_TEXT}]}).encode()


def post(pool: urllib3.HTTPConnectionPool, to: str = ORDINARY, read_timeout: float = 5) -> urllib3.BaseHTTPResponse:
    """Send one text as the project does: once."""
    timeout = urllib3.Timeout(connect=1, read=read_timeout)
    options: dict[str, Any] = {"retries": False, "redirect": False, "preload_content": False, "timeout": timeout}
    return pool.urlopen("POST", "/v1/omnimessage", body(to), HEADERS, **options)


def outcome(pool: urllib3.HTTPConnectionPool, to: str) -> tuple[object, ...]:
    """Tell what a client sees of a send: status, headers and body length, or where it fails and how."""
    read_timeout = 0.15 if to in (numbers.HANG, numbers.HANG_AFTER_ACCEPT) else 5
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
def server() -> Iterator[Server]:
    """Give a stand-in that hurries."""
    with Server(Messente(delays=QUICK)) as running:
        yield running


@pytest.fixture
def pool(server: Server) -> Iterator[urllib3.HTTPConnectionPool]:
    """Give a real urllib3 pool to it."""
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as connections:
        yield connections


@pytest.mark.parametrize("name", ["ORDINARY", *numbers.BY_NAME])
def test_pool_and_server_look_the_same_to_a_client(name: str, server: Server, pool: urllib3.HTTPConnectionPool) -> None:
    """For every reserved number, a client over the pool and one over TCP see the same, the accept logs agree."""
    to = numbers.BY_NAME.get(name, ORDINARY)
    server.messente.reset()
    in_process = Pool(Messente(delays=QUICK))
    for _ in range(2):
        assert outcome(in_process, to) == outcome(pool, to)
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
    server = Server(Messente(delays=Delays(slow=60))).start()
    failures: list[Exception] = []

    def send(to: str) -> None:
        with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
            try:
                post(pool, to, 30)
            except HTTPError as failure:
                failures.append(failure)

    clients = [threading.Thread(target=send, args=(to,)) for to in (numbers.HANG, numbers.SLOW)]
    for each in clients:
        each.start()
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as idle:
        while server.messente.posts < 2:
            idle.urlopen("GET", "/_standin/requests")
        started = time.monotonic()
        server.stop()
    assert time.monotonic() - started < 2
    for each in clients:
        each.join(2)
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
    """`python -m standin` says its URL first, then a line a request without number or text; SIGTERM ends it well."""
    command = [sys.executable, "-m", "standin", "--password", "other"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
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
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert output.splitlines() == [
        f"POST /v1/omnimessage 201 {sent['omnimessage_id']}",
        "POST /v1/omnimessage 400 -",
        "GET (unknown path) 404 -",
    ]
