"""Our own connections to AWS: who is trusted, and what a failure is called."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from messente_rcs.aws.clients import clients
from messente_rcs.records.table import Keeping, Table, TableUnavailable
from tests.benchmarks.surroundings import Service
from tests.local.process import free_port


@pytest.fixture(scope="module")
def url(pem: Path) -> Iterator[str]:
    """An AWS that answers over TLS with that certificate, and has one record."""
    service = Service("aws", "tests.benchmarks.aws", str(pem))
    yield service.url
    service.stop()


def table(monkeypatch: pytest.MonkeyPatch, url: str, authorities: Path | None) -> Table:
    """Connect as a function does in such an environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    if authorities:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authorities))
    return Table(clients(1)("dynamodb"), "messages", Keeping(35), lambda: 0.0)


def test_a_certificate_that_is_trusted(monkeypatch: pytest.MonkeyPatch, pem: Path, url: str) -> None:
    """AWS_CA_BUNDLE is heeded, and calls over the kept connection succeed."""
    messages = table(monkeypatch, url, pem.with_suffix(".crt"))
    assert [getattr(messages.get("bench"), "state", None) for _ in range(3)] == ["sent"] * 3


def test_a_certificate_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Nothing is sent to whoever cannot prove to be AWS."""
    with pytest.raises(TableUnavailable, match=r"^DynamoDB: SSLError$"):
        table(monkeypatch, url, None).get("bench")


def test_a_certificate_of_another_host(monkeypatch: pytest.MonkeyPatch, pem: Path, url: str) -> None:
    """A trusted certificate is no proof for another name."""
    with pytest.raises(TableUnavailable, match=r"^DynamoDB: SSLError$"):
        table(monkeypatch, url.replace("127.0.0.1", "localhost"), pem.with_suffix(".crt")).get("bench")


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says what failed, as botocore calls it, and no address."""
    with pytest.raises(TableUnavailable, match=r"^DynamoDB: EndpointConnectionError$"):
        table(monkeypatch, f"http://127.0.0.1:{free_port()}", None).get("bench")
