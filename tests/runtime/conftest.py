"""One stack for the session, of which the function runs here instead of in the emulator."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK
from tests.local.rie import Rie
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.messente import Messente
from tests.standin.server import Server

USERNAME, PASSWORD = "runtime-user", "runtime-password-Qz3"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip with a word where AWS ships no emulator binary for the machine."""
    if sys.platform != "linux":
        for item in [each for each in items if each.path.parent == Path(__file__).parent]:
            item.add_marker(pytest.mark.skip(reason="AWS's Runtime Interface Emulator runs on Linux only"))


@pytest.fixture(scope="session")
def standin() -> Iterator[Server]:
    with Server(Messente(USERNAME, PASSWORD)) as server:
        yield server


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("build") / "built")


@pytest.fixture(scope="session")
def stack(standin: Server, built: Built) -> Iterator[Stack]:
    """Deploy the template for its table, queues and secret, without callbacks: what is unknown stays so."""
    parameters = {"DefaultSender": "Example", "CallbackBaseUrl": "none", "ReconcileSchedule": NEVER}
    with Emulator(log=WORK / "emulator-runtime.log") as emulator:
        deployed = deploy(emulator, built, standin, **parameters)
        yield deployed


@pytest.fixture(scope="session")
def bundle(built: Built) -> Path:
    """Return the folder that Lambda would find under /var/task."""
    return built.bundle("SendFunction")


@pytest.fixture(scope="session")
def rie(stack: Stack, bundle: Path) -> Iterator[Rie]:
    with Rie(stack, bundle) as running:
        yield running


@pytest.fixture
def message_id() -> str:
    return f"test-{uuid.uuid4()}"
