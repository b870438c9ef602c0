"""What goes over the wire to AWS is what stock boto3 sends, through the proxies that the environment names."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import boto3
import pytest
from botocore.config import Config
from urllib3.exceptions import HTTPError

from messente_rcs.aws import clients
from messente_rcs.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}"
# These tell one request from another, and no two are alike.
UNIQUE = {"amz-sdk-invocation-id", "x-amz-date", "authorization"}


class Recorder:
    """Keeps the head of each request, and answers `{}`; a CONNECT is refused, which ends the request."""

    def __init__(self) -> None:
        self.heads: list[list[str]] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                head = [line.decode().strip()]
                while (line := stream.readline()).strip():
                    head.append(line.decode().strip())
                length = next(
                    (int(each.split(":")[1]) for each in head if each.lower().startswith("content-length")), 0
                )
                stream.read(length)
                self.heads.append(head)
                connection.sendall(ANSWER if not head[0].startswith("CONNECT") else b"HTTP/1.1 403 No\r\n\r\n")

    def headers(self) -> dict[str, str]:
        """Take the headers of the one request that came."""
        [head] = self.heads
        self.heads.clear()
        named = (line.partition(":") for line in head[1:])
        return {name.lower(): value.strip() for name, _, value in named}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A recorder on a free port."""
    with Recorder() as one:
        yield one


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has set."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


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
    monkeypatch: pytest.MonkeyPatch, recorder: Recorder, service: str, call: Callable[[Any], Any]
) -> None:
    """Also inside of Lambda, where the trace header is what loops are detected by."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{recorder.address}")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "send")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    requests = []
    for made in (clients(1)(service), stock(service)):
        call(made)
        requests.append({name: value for name, value in recorder.headers().items() if name not in UNIQUE})
    ours, theirs = requests
    assert "x-amzn-trace-id" in ours
    assert "amz-sdk-request" in ours
    assert ours == theirs


def test_the_path_of_an_endpoint_url(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """An endpoint may lie behind a front end's path."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{recorder.address}/aws/dynamodb")
    for made in (clients(1)("dynamodb"), stock("dynamodb")):
        made.get_item(TableName="messages", Key={"id": {"S": "k"}})
    ours, theirs = (head[0] for head in recorder.heads)
    assert ours == theirs
    assert ours.startswith("POST /aws/dynamodb")


def test_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """Plain http goes through it by the absolute URL, as it does with stock boto3."""
    monkeypatch.setenv("HTTP_PROXY", f"http://{recorder.address}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://dynamodb.example:8000")
    for made in (clients(1)("dynamodb"), stock("dynamodb")):
        made.get_item(TableName="messages", Key={"id": {"S": "k"}})
    assert [head[0] for head in recorder.heads] == ["POST http://dynamodb.example:8000/ HTTP/1.1"] * 2


def test_tls_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """The proxy is asked to connect, and sees nothing of the request."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{recorder.address}")
    with pytest.raises(HTTPError):
        Connections(1).urlopen("POST", "https://api.example/v1/omnimessage", body=b"private", retries=False)
    assert recorder.heads[0][0] == "CONNECT api.example:443 HTTP/1.1"


def test_a_host_that_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """NO_PROXY is heeded, for Messente and AWS alike."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answer = Connections(1).urlopen("POST", f"http://{recorder.address}/v1/omnimessage", body=b"{}", retries=False)
    assert answer.status == 200
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{recorder.address}")
    clients(1)("dynamodb").get_item(TableName="messages", Key={"id": {"S": "k"}})
    assert [head[0] for head in recorder.heads] == ["POST /v1/omnimessage HTTP/1.1", "POST / HTTP/1.1"]
