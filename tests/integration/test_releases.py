"""The commands of src/docs/releases.md on the emulator: records are restored, and a stack is moved."""

import json
import os
import runpy
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from messente_rcs.records.record import Record
from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.process import PATIENCE, ROOT, poll
from tests.local.rcs import Rcs
from tests.local.stack import NEVER, Stack, deploy, update
from tests.standin import numbers
from tests.standin.server import Server
from tests.support.documents import blocks
from tests.support.shell import run_aws

OLD, NEW = "messente-rcs-old", "messente-rcs-new"
TO = "+37255512345"


@pytest.fixture(scope="module")
def old(emulator: Emulator, standin: Server, built: Built) -> Stack:
    """Deploy a stack."""
    given = {"CallbackBaseUrl": "none", "PublishEvents": "Enabled", "ReconcileSchedule": NEVER}
    return deploy(emulator, built, standin, name=OLD, **given)


@pytest.fixture(autouse=True)
def place(old: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where an operator works, with the variables of the documents."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"AWS_ENDPOINT_URL": old.emulator.url, "RCS_STACK": OLD, "TABLE_NAME": old.table}.items():
        monkeypatch.setenv(name, value)


def run(kind: str, stack: Stack) -> None:
    """Run a block of commands, except those that a test plays itself."""
    [text] = blocks("sh", kind)
    for command in os.path.expandvars(text.replace("\\\n", " ")).splitlines():
        match shlex.split(command, comments=True):
            case ["aws", *_]:
                run_aws(command, stack.client)
            case ["python3", program]:
                runpy.run_path(str(ROOT / program), run_name="__main__")


def log(stack: Stack, part: str, line: dict[str, str]) -> None:
    """Write a line into the log of a function."""
    client, named = stack.client("logs"), {"logGroupName": f"/aws/lambda/{OLD}-{part}", "logStreamName": "test"}
    client.create_log_stream(**named)
    client.put_log_events(**named, logEvents=[{"timestamp": int(time.time() * 1000), "message": json.dumps(line)}])


def payload(key: str, to: str = TO) -> str:
    """Write a message."""
    return json.dumps({"to": to, "text": f"text of {key}", "idempotency_key": key})


def accepted(standin: Server, key: str) -> int:
    """Count how often Messente accepted it."""
    return sum(each.body["messages"][0].get("text") == f"text of {key}" for each in standin.messente.accepted)


def test_records_are_restored_without_sending_anything_again(
    old: Stack, standin: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older record comes back, what was accepted since is a conflict, and a newer record stays."""
    # The emulator restores a table as it is now, so the copy is made first.
    old.call("POST", "/messages", payload("old"))
    old.call("POST", "/messages", payload("newer", numbers.UNAVAILABLE_ONCE), once=True)
    monkeypatch.setenv("SINCE", datetime.now(UTC).isoformat())
    run("restore", old)
    before = old.records()
    assert before["newer"]["state"] == "retryable"
    old.call("POST", "/messages", payload("newer", numbers.UNAVAILABLE_ONCE))
    old.call("POST", "/messages", payload("since"))
    old.call("POST", "/messages", payload("lost", numbers.CUT_AFTER_ACCEPT))
    newer, since = old.records()["newer"], old.records()["since"]
    old.call("POST", "/messages", payload("reported", numbers.CUT_AFTER_ACCEPT))
    log(old, "report", {"message": "report", "message_id": "reported", "omnimessage_id": "of-the-report"})
    log(old, "reconcile", {"message": "lease is over", "message_id": "died"})
    for key in ("old", "since", "lost", "reported"):
        old.client("dynamodb").delete_item(TableName=old.table, Key={"id": {"S": key}})
    runpy.run_path(str(ROOT / "src/bundle/restore.py"), run_name="__main__")
    records = old.records()
    assert (records["old"], records["newer"]) == (before["old"], newer)
    states = {"since": "sent", "reported": "sent", "lost": "unknown", "died": "unknown"}
    assert {key: records[key]["state"] for key in states} == states
    ids = {key: records[key].get("omnimessage_id") for key in states}
    assert ids == {"since": since["omnimessage_id"], "reported": "of-the-report", "lost": None, "died": None}
    for key in ("old", "newer", *states):
        assert Record.of(records[key])
        answer = old.call("POST", "/messages", payload(key, records[key]["to"] or TO))
        assert answer.status == (422 if key in states else 201)
        assert accepted(standin, key) == (key != "died")


def test_a_stack_moves_with_its_records_and_queues(old: Stack, standin: Server, built: Built) -> None:
    """What was sent is not sent again, and what waited in the queue is sent."""
    assert old.call("POST", "/messages", payload("moved-sent")).status == 201
    assert Rcs(old.emulator.url, RCS_STACK=OLD)("pause", "--all").code == 0
    old.queue(payload("moved-waiting"))
    data = {name: old.resource(name) for name in ("MessageTable", "OptOutTable", "MessageQueue", "InboundQueue")}
    run("move", old)
    with pytest.raises(old.client("cloudformation").exceptions.ClientError, match="does not exist"):
        old.client("cloudformation").describe_stacks(StackName=OLD)
    new = update(Stack(old.emulator, NEW, old.outputs), built)  # it has no outputs yet
    assert {name: new.resource(name) for name in data} == data
    new.put_secret(USERNAME, PASSWORD)
    poll(lambda: accepted(standin, "moved-waiting") or None, PATIENCE, "the waiting message")
    assert "idempotent-replayed" in new.call("POST", "/messages", payload("moved-sent")).headers
    assert (accepted(standin, "moved-sent"), accepted(standin, "moved-waiting")) == (1, 1)
