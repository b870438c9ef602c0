"""One world for all tests: what a run leaves in it, another does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chaos.world import world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chaos.world import World

SEED = 20261123


@pytest.fixture(scope="session")
def at() -> Iterator[World]:
    """Deploy the template behind the proxy, with callbacks."""
    with world(SEED) as deployed:
        yield deployed
