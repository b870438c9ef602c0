"""What listens on this machine serves its programs, and no page of another site that a browser has open."""

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.local.emulator import Emulator
from tests.local.process import PATIENCE, WORK
from tests.local.stack import Stack
from tests.standin.server import Server

# What no browser sends: tests/browser/test_strangers.py has the others, tests/unit/local/test_visitors.py has all.
STRANGERS = {"two names": ("Host: {host}\r\nHost: evil.example\r\n", "1.1"), "no name": ("", "1.0")}
OURS = {"curl": "Host: {host}\r\nUser-Agent: curl/8\r\n", "a container": "Host: up.localhost:4566\r\n"}


@pytest.fixture(scope="module")
def open_emulator() -> Iterator[Emulator]:
    """Run one as `make up` does: IAM refuses nobody."""
    with Emulator(log=WORK / "emulator-strangers.log") as running:
        yield running


def exchange(url: str, head: str, body: bytes, version: str = "1.1") -> tuple[int, str]:
    """Send a POST with these headers, byte for byte, and return the status and the whole answer."""
    parts = urlsplit(url)
    lines = f"POST {parts.path or '/'} HTTP/{version}\r\n" + head.format(host=parts.netloc)
    lines += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    lines += "Connection: close\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), PATIENCE) as connection:
        connection.sendall(lines.encode() + body)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    text = answer.decode()
    return int(text.split(" ", 2)[1]), text.lower()


@pytest.mark.parametrize("head", OURS.values(), ids=OURS)
def test_programs_are_served(open_emulator: Emulator, standin: Server, head: str) -> None:
    """Whatever name of this machine a program uses; and no answer invites other sites."""
    status, answer = exchange(open_emulator.url, head, b"Action=GetCallerIdentity&Version=2011-06-15")
    assert (status, "access-control-" in answer) == (200, False)
    assert exchange(f"{standin.url}/omnimessage", head, b"{}")[0] == 401
    assert exchange(standin.url.replace("/v1", "/_standin/mode"), head, b'{"mode": "up"}')[0] == 200


def test_the_api_is_served_under_its_own_name(stack: Stack) -> None:
    """The emulator knows an API by its host too, which is a name under localhost."""
    api = str(urlsplit(stack.outputs["ApiUrl"]).hostname).partition(".")[0]
    head = f"Host: {api}.execute-api.localhost:{stack.emulator.port}\r\n"
    assert exchange(f"{stack.emulator.url}/$default/messages", head, b"{}")[0] == 403  # unsigned: IAM's refusal
    assert exchange(f"{stack.emulator.url}/$default/none", head, b"{}")[0] == 404


@pytest.mark.parametrize(("head", "version"), STRANGERS.values(), ids=STRANGERS)
def test_nothing_is_done_for_others(
    open_emulator: Emulator, standin: Server, head: str, version: str, message_id: str
) -> None:
    """No queue is made, which any page could ask for with a form, no rule is set, and nothing is accepted."""
    status, answer = exchange(open_emulator.url, head, f"Action=CreateQueue&QueueName={message_id}".encode(), version)
    assert status in {400, 403, 421}
    assert "access-control-" not in answer
    assert not open_emulator.client("sqs").list_queues(QueueNamePrefix=message_id).get("QueueUrls")
    rule = {"to": "+37255500000", "answer": "cut", "times": 1}
    for url in (standin.url.replace("/v1", "/_standin/faults"), f"{standin.url}/omnimessage"):
        status, answer = exchange(url, head, json.dumps(rule).encode(), version)
        assert (status in {403, 421}, '"errors"' in answer) == (True, True)
    assert not [each for each in standin.messente.faults.rules if each.to == rule["to"]]
    assert not standin.messente.posts_to(str(rule["to"]))  # other tests may have left requests under way
