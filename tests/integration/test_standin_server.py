"""The stand-in on a socket, and that the wires without sockets give a client exactly what it gives."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import HTTPError

from messente_rcs.messente.connections import Connections
from tests.local.process import PATIENCE, poll
from tests.standin import numbers
from tests.standin.messente import Delays, Messente, Reply
from tests.standin.server import Server
from tests.standin.wires import Wires
from tests.support.peer import Peer, Talk, answer, body_of

ORDINARY = "+37251234567"
SECRET_TEXT = "sentinel-of-the-message-text"
HEADERS = {"Authorization": "Basic " + b64encode(b"messente-user:messente-password").decode()}
QUICK = Delays(slow=0.02, drip=0.0001)


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


def test_tries_undelivered_reports_again() -> None:
    """An answer that is no 200 to 399 is followed by the same bytes again; after five more attempts it gives up."""
    answers = {"ACK": [500, 500, 500, 500, 500, 204], "FAILED": [404] * 6}
    left = {status: [*each] for status, each in answers.items()}
    taken = set[bytes]()

    def take(talk: Talk) -> None:
        while request := talk.read():
            taken.add(body_of(request))
            talk.say(answer(status=f"{left[json.loads(body_of(request))['status']].pop(0)} Taken"))

    with Peer(take) as peer, Server(Messente(delays=Delays(report=0.02, retry=0.01))) as server:
        for to, url in ((numbers.FAILED_THEN_NEXT, peer.url), (numbers.EXPIRED, "http://127.0.0.1:1/")):
            urllib3.request("POST", f"{server.url}/omnimessage", body=body(to, dlr_url=url), headers=HEADERS)
        poll(lambda: server.courier.pending == 0 or None, PATIENCE, "the reports")
    books = [(each.report.status, each.attempt, each.answer) for each in server.courier.deliveries]
    for status, expected in answers.items():
        assert [each for each in books if each[0] == status and each[2]] == [
            (status, attempt, each) for attempt, each in enumerate(expected, 1)
        ]
    assert len(taken) == 2
    assert sorted(each for each in books if each[2] is None) == [
        (status, attempt, None) for status in ("ACK", "EXPIRED") for attempt in range(1, 7)
    ]
