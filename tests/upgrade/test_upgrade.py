"""One release reads what another wrote: this one deployed over the one before, and that one over this again."""

import sys
from collections.abc import Iterator

import pytest

from tests.local.build import Built
from tests.local.build import build as build_this
from tests.local.emulator import Emulator
from tests.local.process import WORK
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server
from tests.upgrade import release
from tests.upgrade.work import PASSWORD, USERNAME, World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build both releases."""
    folder = tmp_path_factory.mktemp("releases")
    return {"before": release.build(release.before(), folder / "before"), "this": build_this(folder / "this")}


@pytest.fixture(scope="module")
def world(builds: dict[str, Built]) -> Iterator[World]:
    """Deploy the release before, with IAM enforced."""
    messente = Messente(USERNAME, PASSWORD, delays=Delays(report=0.1, retry=1.0))
    with Server(messente) as standin, Emulator(enforce=True, log=WORK / "emulator-upgrade.log") as emulator:
        yield World(emulator, standin, builds["before"])


@pytest.mark.parametrize("to", ["this", "before"])
def test_a_release_finishes_what_another_began(world: World, builds: dict[str, Built], to: str) -> None:
    """Nothing is sent twice, lost, unpublished or unreadable, and no resource is replaced."""
    world.take_in(f"taken-in-before-{to}")
    assert world.left() == {}
    assert world.deploy(builds[to]) == []
    assert world.unreadable() == []
    reconciled = world.work_off()
    assert (world.twice(), world.lost(), world.unpublished(), world.unreadable()) == ([], {}, set(), [])
    # Two claims whose process died, and the delivery whose report was late.
    assert (reconciled["lost"], reconciled["asked"]) == (2, 1)
