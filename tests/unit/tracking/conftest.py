"""What the tests of the tracking share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.callback import Callback

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def callback(world: World) -> Callback:
    """An environment of the function behind the callback API."""
    return Callback(world)
