"""One world for all tests: what a run leaves in it, another does not count."""

from collections.abc import Iterator

import pytest

from tests.chaos.deployment import Deployment, deployment

SEED = 20261123


@pytest.fixture(scope="session")
def at() -> Iterator[Deployment]:
    with deployment(SEED) as deployed:
        yield deployed
