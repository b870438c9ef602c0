"""Starts stand-in and emulator, and deploys the real template: the beginning of `make run` and of `make up`."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK, step
from tests.local.stack import Stack, deploy
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server

USERNAME, PASSWORD = "messente-user", "messente-password"  # events/delivery-report-v2.json is signed with it


@dataclass
class Local:
    """What runs: the deployed stack, the stand-in that it sends to, and what was built. A redeployment replaces it."""

    stack: Stack
    standin: Server
    built: Built


def start(
    resources: ExitStack,
    *,
    delays: Delays,
    reports: bool,
    port: int = 0,
    name: str = "rcs",
    **parameters: str,
) -> Local:
    """Start everything and deploy the template with these parameters; the resources stop it again.

    The emulator listens on the port, the stand-in on the next one, or both on free ones.
    `reports` says whether the stand-in delivers its reports at once. The stack listens to the default bus.
    """
    with step("starting the stand-in for Messente"):
        messente = Messente(USERNAME, PASSWORD, delays=delays)
        standin = resources.enter_context(Server(messente, port=port and port + 1, reports=reports))
    with step("starting the AWS emulator"):
        emulator = resources.enter_context(Emulator(port=port, log=WORK / f"emulator-{name}.log"))
    folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="messente-rcs-build-")))
    with step("building template.yaml (the first time: with its dependencies)"):
        built = build(folder / "bundle")
    with step("deploying it"):
        stack = deploy(emulator, built, standin, name, RequestedEventsBusName="default", **parameters)
    return Local(stack, standin, built)
