"""The stack of the integration tests, of which the function runs here instead of in the emulator."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import built, emulator, message_id, pem, server_side, stack, standin
from tests.local.build import Built
from tests.local.rie import Rie
from tests.local.stack import Stack

__all__ = ["built", "emulator", "message_id", "pem", "server_side", "stack", "standin"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip with a word where AWS ships no emulator binary for the machine."""
    if sys.platform != "linux":
        for item in [each for each in items if each.path.parent == Path(__file__).parent]:
            item.add_marker(pytest.mark.skip(reason="AWS's Runtime Interface Emulator runs on Linux only"))


@pytest.fixture
def bundle(built: Built) -> Path:
    """Return the folder that Lambda would find under /var/task."""
    return built.bundle


@pytest.fixture(scope="session")
def rie(stack: Stack, built: Built) -> Iterator[Rie]:
    with Rie(stack, built.bundle) as running:
        yield running
