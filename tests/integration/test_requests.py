"""What goes over the wire to AWS is what stock boto3 sends, through the proxies that the environment names."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from urllib3.exceptions import HTTPError

from messente_rcs.aws.clients import clients
from messente_rcs.messente.connections import Connections
from tests.support.peer import Peer, Talk, answer, answering

ANSWER = answer(b"{}", "Content-Type: application/x-amz-json-1.0")
# These tell one request from another, and no two are alike.
UNIQUE = {"amz-sdk-invocation-id", "x-amz-date", "authorization"}


pytestmark = pytest.mark.usefixtures("no_proxies")


def record(talk: Talk) -> None:
    """Answer `{}`; a CONNECT is refused, which ends the request."""
    while request := talk.read():
        talk.say(ANSWER if not request.startswith(b"CONNECT") else b"HTTP/1.1 403 No\r\n\r\n")


@pytest.fixture
def recorder() -> Iterator[Peer]:
    with Peer(record) as peer:
        yield peer


def lines(peer: Peer) -> list[str]:
    return [request.partition(b"\r\n")[0].decode() for request in peer.requests]


def headers(peer: Peer) -> dict[str, str]:
    [request] = peer.requests
    peer.requests.clear()
    named = (line.partition(":") for line in request.partition(b"\r\n\r\n")[0].decode().splitlines()[1:])
    return {name.lower(): value.strip() for name, _, value in named}


def stock(service: str) -> Any:
    """Make a client of boto3 as everybody does, with our documented configuration."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 4}, user_agent="messente-rcs")
    return boto3.client(service, config=config)  # type: ignore[call-overload]


CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("dynamodb", lambda client: client.get_item(TableName="messages", Key={"id": {"S": "k"}})),
    ("sqs", lambda client: client.send_message(QueueUrl="https://sqs/1/q", MessageBody="{}")),
    ("secretsmanager", lambda client: client.get_secret_value(SecretId="s")),
]


@pytest.mark.parametrize(("service", "call"), CALLS, ids=[service for service, _ in CALLS])
def test_every_header_that_botocore_sets(
    monkeypatch: pytest.MonkeyPatch, recorder: Peer, service: str, call: Callable[[Any], Any]
) -> None:
    """Also inside of Lambda, where the trace header is what loops are detected by."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{recorder.address}")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "send")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    requests = []
    for made in (clients(1)(service), stock(service)):
        call(made)
        requests.append({name: value for name, value in headers(recorder).items() if name not in UNIQUE})
    ours, theirs = requests
    assert "x-amzn-trace-id" in ours
    assert "amz-sdk-request" in ours
    assert ours == theirs


WAYS = {
    "an endpoint behind a front end's path": ({"AWS_ENDPOINT_URL": "http://{}/aws/dynamodb"}, "/aws/dynamodb"),
    "a proxy": (
        {"AWS_ENDPOINT_URL": "http://dynamodb.example:8000", "HTTP_PROXY": "http://{}"},
        "http://dynamodb.example:8000/",
    ),
    "a host that needs no proxy": (
        {"AWS_ENDPOINT_URL": "http://{}", "HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"},
        "/",
    ),
}


@pytest.mark.parametrize(("environment", "target"), WAYS.values(), ids=WAYS)
def test_the_way_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, recorder: Peer, environment: dict[str, str], target: str
) -> None:
    """Plain http goes through a proxy by the absolute URL, as it does with stock boto3."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(recorder.address))
    for made in (clients(1)("dynamodb"), stock("dynamodb")):
        made.get_item(TableName="messages", Key={"id": {"S": "k"}})
    assert lines(recorder) == [f"POST {target} HTTP/1.1"] * 2


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_tls_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch, recorder: Peer, scheme: str) -> None:
    """The proxy is asked to connect, with the user and the password of its URL, and sees nothing of the request."""
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}us%65r:p%40ss@{recorder.address}")
    with pytest.raises(HTTPError):
        Connections(1).urlopen("POST", "https://api.example/v1/omnimessage", body=b"private")
    assert lines(recorder) == ["CONNECT api.example:443 HTTP/1.1"]
    assert headers(recorder)["proxy-authorization"] == "Basic " + b64encode(b"user:p@ss").decode()


def test_each_call_gets_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interim answers are skipped here too, and what comes behind an answer is nobody's."""

    def respond(body: bytes) -> list[bytes | float]:
        key = json.loads(body)["Key"]["id"]["S"]
        item = answer(json.dumps({"Item": {"id": {"S": key}}}).encode())
        return [b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1, item + (answer(b'{"Item": {}}') if key == "2" else b"")]

    with Peer(answering(respond)) as peer:
        monkeypatch.setenv("AWS_ENDPOINT_URL", peer.url)
        dynamodb = clients(1)("dynamodb")
        for number in ("1", "2", "3"):
            found = dynamodb.get_item(TableName="messages", Key={"id": {"S": number}})
            assert found["Item"] == {"id": {"S": number}}
        assert (len(peer.requests), peer.connections) == (3, 2)


def test_a_call_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes byte by byte holds nobody up for long; the call is repeated as after any lost answer."""
    with Peer(lambda talk: talk.dribble(talk.read() and answer(b"{}" + b" " * 1000), 0.5)) as peer:
        monkeypatch.setenv("AWS_ENDPOINT_URL", peer.url)
        started = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            clients(1)("dynamodb").get_item(TableName="messages", Key={"id": {"S": "1"}})
        assert time.monotonic() - started < 60
        assert len(peer.requests) == 4
