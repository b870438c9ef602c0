"""samconfig.toml's environments dev and prod, deployed side by side in one account and region, share nothing."""

import json
import tomllib
from functools import partial
from typing import Any

import pytest

from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.process import PATIENCE, ROOT, poll
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.server import Server

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
SIDE_BY_SIDE = ("dev", "prod")


def parameters(env: str) -> dict[str, str]:
    """Read the parameters of an environment as `sam deploy` gives them, except the processor of this machine."""
    given = dict(each.split("=", 1) for each in CONFIG[env]["global"]["parameters"]["parameter_overrides"])
    return {name: value for name, value in given.items() if name != "Architecture"}


@pytest.fixture(scope="module")
def stacks(emulator: Emulator, standin: Server, built: Built) -> dict[str, Stack]:
    found = {}
    for env in SIDE_BY_SIDE:
        name = CONFIG[env]["global"]["parameters"]["stack_name"]
        given = {"CallbackBaseUrl": "none", "ReconcileSchedule": NEVER, **parameters(env)}
        found[env] = deploy(emulator, built, standin, name=name, **given)
    return found


def test_no_resource_is_in_both(stacks: dict[str, Stack]) -> None:
    """Each has a queue, a table, a secret, log groups and functions of its own."""
    dev, prod = ({*stack.resources().values()} for stack in stacks.values())
    assert len(dev) == len(prod) > 40
    assert dev & prod <= {"$default"}  # the stage of an API, whose name counts within that API


@pytest.mark.parametrize("trigger", ["queue", "api"])
def test_one_key_in_both_is_two_messages(stacks: dict[str, Stack], standin: Server, trigger: str) -> None:
    """Each sends its own message once, and has the record of that one alone."""
    key = f"two-stacks-{trigger}"
    for env, stack in stacks.items():
        send(stack, trigger, {"to": "+37255512345", "text": f"{key} of {env}", "idempotency_key": key})
    for env, stack in stacks.items():
        item = poll(partial(sent, stack, key), PATIENCE, "the record")
        accepted = standin.messente.by_text()[f"{key} of {env}"]
        assert [each.omnimessage_id for each in accepted] == [item["omnimessage_id"]]


def send(stack: Stack, trigger: str, payload: dict[str, Any]) -> None:
    body = json.dumps(payload)
    if trigger == "queue":
        stack.queue(body)
    else:
        assert stack.call("POST", "/messages", body).status == 201


def sent(stack: Stack, key: str) -> dict[str, Any] | None:
    item = stack.item(key)
    return item if item and item["state"] == "sent" else None


def test_what_is_built_is_what_is_deployed() -> None:
    """The processor stands where both commands see it, in every environment, and nowhere else."""
    for env in ("default", *SIDE_BY_SIDE):
        overrides = CONFIG[env]["global"]["parameters"]["parameter_overrides"]
        assert [each for each in overrides if each.startswith("Architecture=")] == ["Architecture=arm64"]
        for command in ("build", "deploy"):
            assert "parameter_overrides" not in CONFIG[env][command]["parameters"]
