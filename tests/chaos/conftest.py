"""One world for all tests: what a run leaves in it, another does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.deployment import Deployment

SEED = 20261123


@pytest.fixture(scope="session")
def at() -> Iterator[Deployment]:
    """Deploy the template behind the proxy, with callbacks."""
    with deployment(SEED) as deployed:
        yield deployed
