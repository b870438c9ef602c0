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


@pytest.fixture(scope="module")
def stacks(emulator: Emulator, standin: Server, built: Built) -> dict[str, Stack]:
    """Deploy both with the parameters that `sam deploy` gives, except the processor, which is this machine's."""
    found = {}
    for env in ("dev", "prod"):
        config = CONFIG[env]["global"]["parameters"]
        given = dict(each.split("=", 1) for each in config["parameter_overrides"])
        given = {"CallbackBaseUrl": "none", "ReconcileSchedule": NEVER, **given}
        del given["Architecture"]
        found[env] = deploy(emulator, built, standin, name=config["stack_name"], **given)
    return found


def test_no_resource_is_in_both(stacks: dict[str, Stack]) -> None:
    """Each has a queue, a table, a secret, log groups and functions of its own."""
    dev, prod = ({*stack.resources().values()} for stack in stacks.values())
    assert len(dev) == len(prod) > 40
    assert dev & prod <= {"$default"}  # the stage of an API, whose name counts within that API


def test_one_key_in_both_is_two_messages(stacks: dict[str, Stack], standin: Server) -> None:
    """Each takes its own message from its queue once, and has the record of that one alone."""
    key = "two-stacks"
    for env, stack in stacks.items():
        stack.queue(json.dumps({"to": "+37255512345", "text": f"{key} of {env}", "idempotency_key": key}))
    for env, stack in stacks.items():
        item = poll(partial(sent, stack, key), PATIENCE, "the record")
        accepted = standin.messente.by_text()[f"{key} of {env}"]
        assert [each.omnimessage_id for each in accepted] == [item["omnimessage_id"]]


def sent(stack: Stack, key: str) -> dict[str, Any] | None:
    item = stack.item(key)
    return item if item and item["state"] == "sent" else None
