"""Whom the built function trusts: the CAs of its bundle, or those of SSL_CERT_FILE."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle.hash_certificates import hash_certificates
from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.later import as_told, pause_of_invocation
from tests.local.rie import Rie
from tests.local.stack import Stack
from tests.standin.messente import Messente
from tests.standin.server import Server

MESSAGE = {"to": "+37255510077", "text": "Hello"}


@pytest.fixture(scope="module")
def secure(server_side: ssl.SSLContext) -> Iterator[Server]:
    with Server(Messente(USERNAME, PASSWORD), ssl_context=server_side) as server:
        yield server


@pytest.fixture
def bare(bundle: Path, tmp_path: Path) -> Path:
    """Return a bundle without certificates."""
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    shutil.rmtree(copy / "certificates")
    return copy


def state(rie: Rie, key: str) -> str:
    """Send a message, again where the start took so long that too little time was left; return its state."""
    return str(as_told(lambda: rie.invoke(MESSAGE | {"idempotency_key": key}), pause_of_invocation)["state"])


@pytest.mark.parametrize("files", [None, {}, {"0a775a30.0": "nothing"}], ids=["no folder", "no file", "no certificate"])
def test_a_bundle_without_certificates_does_not_start(stack: Stack, bare: Path, files: dict[str, str] | None) -> None:
    """The error names the folder."""
    if files is not None:
        (bare / "certificates").mkdir()
        for name, text in files.items():
            (bare / "certificates" / name).write_text(text)
    with Rie(stack, bare) as rie:
        answer = rie.invoke(MESSAGE)
    assert answer["errorType"] == "NoCertificates"
    assert answer["errorMessage"] == f"no certificates in {bare / 'certificates'}"


def test_a_server_of_no_known_authority_gets_nothing(stack: Stack, bundle: Path, secure: Server) -> None:
    """Nothing is sent to a server that signed its certificate itself."""
    with Rie(stack, bundle, {"MESSENTE_URL": secure.url}) as rie:
        assert rie.invoke(MESSAGE | {"idempotency_key": "refused"})["errorType"] == "NotSent"
    assert secure.messente.accepted == []


def test_an_authority_is_found_in_the_bundle(stack: Stack, bare: Path, secure: Server, pem: Path) -> None:
    """What the build puts into the folder is trusted."""
    hash_certificates(pem.with_suffix(".crt"), bare / "certificates")
    with Rie(stack, bare, {"MESSENTE_URL": secure.url}) as rie:
        assert state(rie, "found") == "sent"


def test_a_file_of_the_environment_comes_first(stack: Stack, bare: Path, secure: Server, pem: Path) -> None:
    """SSL_CERT_FILE names the CAs instead of the bundle's, which may then even be missing."""
    with Rie(stack, bare, {"MESSENTE_URL": secure.url, "SSL_CERT_FILE": str(pem.with_suffix(".crt"))}) as rie:
        assert state(rie, "file") == "sent"
