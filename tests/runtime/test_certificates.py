"""Whom the built function trusts: the CAs of its bundle, or those of SSL_CERT_FILE."""

import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bundle.hash_certificates import hash_certificates
from tests.benchmarks.surroundings import certificate
from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.rie import Rie
from tests.local.stack import Stack
from tests.standin.messente import Messente
from tests.standin.server import Server

MESSAGE = {"to": "+37255510077", "text": "Hello"}


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls") / "authorities.pem"


@pytest.fixture(scope="module")
def secure(authorities: Path) -> Iterator[Server]:
    pem = authorities.with_name("messente.pem")
    authorities.write_bytes(certificate(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(Messente(USERNAME, PASSWORD), ssl_context=context) as server:
        yield server


def delete(folder: Path) -> None:
    shutil.rmtree(folder)


def empty(folder: Path) -> None:
    delete(folder)
    folder.mkdir()


def spoil(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_text("nothing")


@pytest.mark.parametrize("harm", [delete, empty, spoil])
def test_a_bundle_without_certificates_does_not_start(
    stack: Stack, bundle: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """The error names the folder."""
    broken = shutil.copytree(bundle, tmp_path / "bundle")
    harm(broken / "certificates")
    with Rie(stack, broken) as rie:
        answer = rie.invoke(MESSAGE)
    assert answer["errorType"] == "NoCertificates"
    assert answer["errorMessage"] == f"no certificates in {broken / 'certificates'}"


def test_a_server_of_no_known_authority_gets_nothing(stack: Stack, bundle: Path, secure: Server) -> None:
    """Nothing is sent to a server that signed its certificate itself."""
    with Rie(stack, bundle, {"MESSENTE_URL": secure.url}) as rie:
        assert rie.invoke(MESSAGE | {"idempotency_key": "refused"})["errorType"] == "NotSent"
    assert secure.messente.accepted == []


def test_an_authority_is_found_in_the_bundle(
    stack: Stack, bundle: Path, secure: Server, authorities: Path, tmp_path: Path
) -> None:
    """What the build puts into the folder is trusted."""
    trusting = shutil.copytree(bundle, tmp_path / "bundle")
    shutil.rmtree(trusting / "certificates")
    hash_certificates(authorities, trusting / "certificates")
    with Rie(stack, trusting, {"MESSENTE_URL": secure.url}) as rie:
        assert rie.invoke(MESSAGE | {"idempotency_key": "found"})["state"] == "sent"


def test_a_file_of_the_environment_comes_first(
    stack: Stack, bundle: Path, secure: Server, authorities: Path, tmp_path: Path
) -> None:
    """SSL_CERT_FILE names the CAs instead of the bundle's, which may then even be missing."""
    bare = shutil.copytree(bundle, tmp_path / "bundle")
    shutil.rmtree(bare / "certificates")
    with Rie(stack, bare, {"MESSENTE_URL": secure.url, "SSL_CERT_FILE": str(authorities)}) as rie:
        assert rie.invoke(MESSAGE | {"idempotency_key": "file"})["state"] == "sent"
