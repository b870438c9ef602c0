"""The deployed template, IAM enforced: one emulator, one stand-in and one stack for the whole session.

Tests keep out of each other's way by ids of their own, never by wiping what is shared.
"""

import ssl
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks.surroundings import certificate
from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK
from tests.local.rcs import Rcs
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server
from tests.support.world import Clock

USERNAME, PASSWORD = "integration-user", "integration-password-Xy7"


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself: with its key, and with another ending without."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.with_suffix(".crt").write_bytes(certificate(file))
    return file


@pytest.fixture(scope="session")
def server_side(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.fixture(scope="session")
def client_side(pem: Path) -> ssl.SSLContext:
    """Trust that certificate alone."""
    return ssl.create_default_context(cafile=pem.with_suffix(".crt"))


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def standin() -> Iterator[Server]:
    """Run the stand-in for Messente; `standin.messente.accepted` is the accept log."""
    with Server(Messente(USERNAME, PASSWORD)) as server:
        yield server


@pytest.fixture(scope="session")
def emulator(standin: Server) -> Iterator[Emulator]:
    """Run the AWS emulator with IAM enforced. The stand-in outlives it, and so every function that calls it."""
    assert standin.url
    with Emulator(enforce=True, log=WORK / "emulator-integration.log") as running:
        yield running


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("build") / "built")


@pytest.fixture(scope="session")
def stack(emulator: Emulator, standin: Server, built: Built) -> Stack:
    """Deploy the template without callbacks: what is unknown stays so."""
    return deploy(
        emulator,
        built,
        standin,
        DefaultSender="Example",
        CallbackBaseUrl="none",
        ReconcileSchedule=NEVER,
        RequestedEventsBusName="default",
        PublishEvents="Enabled",
    )


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The time of the stand-in that calls back: it stands still until a test advances it."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="session")
def reporting(clock: Clock) -> Iterator[Server]:
    """Run a stand-in of its own that calls back. No message gets any further while the clock stands still."""
    messente = Messente(USERNAME, PASSWORD, clock=clock, delays=Delays(report=60, retry=5))
    with Server(messente, reports=True) as server:
        yield server


@pytest.fixture(scope="session")
def tracked(emulator: Emulator, reporting: Server, built: Built) -> Stack:
    """Deploy the template with its callback API, to which the other stand-in sends its reports."""
    return deploy(
        emulator,
        built,
        reporting,
        name="tracked",
        ReconcileAfterSeconds="60",
        ReconcileSchedule=NEVER,
        PublishEvents="Enabled",
    )


@pytest.fixture(scope="session")
def desk() -> Iterator[Server]:
    """Run a stand-in for the stack that is operated by its command line; it reports as fast as it can."""
    messente = Messente(USERNAME, PASSWORD, delays=Delays(report=0.05, retry=1))
    with Server(messente, reports=True) as server:
        yield server


@pytest.fixture(scope="session")
def operated(emulator: Emulator, desk: Server, built: Built) -> Stack:
    """Deploy the template under the name that the command line takes for granted."""
    return deploy(emulator, built, desk, name="messente-rcs", ReconcileSchedule=NEVER)


@pytest.fixture
def rcs(operated: Stack) -> Rcs:
    return Rcs(operated.emulator.url)


@pytest.fixture
def message_id() -> str:
    return f"test-{uuid.uuid4()}"
