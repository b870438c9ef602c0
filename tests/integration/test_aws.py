"""Our own connections to AWS: who is trusted, and what a failure is called."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from messente_rcs.aws.clients import clients
from messente_rcs.records.record import TableUnavailable
from messente_rcs.records.table import Table
from messente_rcs.settings import RecordSettings
from tests.benchmarks.surroundings import Service
from tests.local.process import free_port


@pytest.fixture(scope="module")
def url(pem: Path) -> Iterator[str]:
    """An AWS that answers over TLS with that certificate, and has one record."""
    service = Service(pem.with_name("aws.log"), "tests.benchmarks.aws", str(pem))
    yield service.url
    service.stop()


def table(monkeypatch: pytest.MonkeyPatch, url: str, authorities: Path | None) -> Table:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    if authorities:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authorities))
    return Table(clients(1)("dynamodb"), RecordSettings(table_name="messages"), lambda: 0.0)


def test_a_certificate_that_is_trusted(monkeypatch: pytest.MonkeyPatch, pem: Path, url: str) -> None:
    """AWS_CA_BUNDLE is heeded, and calls over the kept connection succeed."""
    messages = table(monkeypatch, url, pem.with_suffix(".crt"))
    assert [getattr(messages.get("bench"), "state", None) for _ in range(3)] == ["sent"] * 3


@pytest.mark.parametrize("case", ["not trusted", "of another host", "nobody there"])
def test_who_cannot_prove_to_be_aws_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, pem: Path, url: str, case: str
) -> None:
    """A trusted certificate is no proof for another name. The error has botocore's name, and no address."""
    where, authorities, error = {
        "not trusted": (url, None, "SSLError"),
        "of another host": (url.replace("127.0.0.1", "localhost"), pem.with_suffix(".crt"), "SSLError"),
        "nobody there": (f"http://127.0.0.1:{free_port()}", None, "EndpointConnectionError"),
    }[case]
    with pytest.raises(TableUnavailable, match=f"^DynamoDB: {error}$"):
        table(monkeypatch, where, authorities).get("bench")
