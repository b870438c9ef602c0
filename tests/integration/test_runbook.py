"""The runbook of the README on the local stack: each trouble is made, and the command that comes next shows it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.rcs import Rcs
    from local.stack import Stack

type Trouble = Callable[[Stack], Any]


@contextmanager
def a_stopped_reconciliation(stack: Stack) -> Iterator[None]:
    """Disable the schedule, as ReconcileStoppedAlarm tells."""
    client, name = stack.client("scheduler"), stack.resource("Reconciliation")
    told = client.get_schedule(Name=name)
    schedule = {key: told[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    client.update_schedule(**schedule, State="DISABLED")
    try:
        yield
    finally:
        client.update_schedule(**schedule, State="ENABLED")


@contextmanager
def a_queue_that_nobody_takes_from(stack: Stack) -> Iterator[None]:
    """Disable the event source mapping, as OldestMessageAlarm tells."""
    client = stack.client("lambda")
    [mapping] = client.list_event_source_mappings(FunctionName=stack.function)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def an_alarm_that_rings(stack: Stack) -> Iterator[None]:
    """Let an alarm ring."""
    client, name = stack.client("cloudwatch"), stack.resource("SendErrorsAlarm")
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    try:
        yield
    finally:
        client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")


@contextmanager
def an_empty_secret(stack: Stack) -> Iterator[None]:
    """Take the password away, as UnauthorizedAlarm and ReportNotKeptAlarm tell."""
    stack.put_secret("", "")
    try:
        yield
    finally:
        stack.put_secret("integration-user", "integration-password-Xy7")


TROUBLES: dict[str, tuple[Trouble, str]] = {
    "reconciliation": (a_stopped_reconciliation, "DISABLED"),
    "queue": (a_queue_that_nobody_takes_from, "does not take from it"),
    "alarms": (an_alarm_that_rings, "SendErrorsAlarm"),
    "secret": (an_empty_secret, "put-secret-value"),
}


@pytest.mark.parametrize("check", TROUBLES)
def test_the_doctor_finds_it(rcs: Rcs, operated: Stack, check: str) -> None:
    """The trouble is a failure of its check, and the exit code says so; afterwards it is not told any more."""
    make, sign = TROUBLES[check]
    with ExitStack() as trouble:
        trouble.enter_context(make(operated))
        said = rcs("doctor", "--json")
    found = {each["check"]: each for each in said.json["checks"]}[check]
    assert (said.code, found["verdict"]) == (1, "fail")
    assert sign in f"{found['found']} {found['next']}"
    after = {each["check"]: each for each in rcs("doctor", "--json").json["checks"]}[check]
    assert sign not in f"{after['found']} {after['next']}"  # another alarm may ring by then


def test_an_item_that_cannot_be_read(rcs: Rcs, operated: Stack, message_id: str) -> None:
    """UnreadableAlarm: `rcs show` says that it cannot be shown, until the item is mended."""
    assert rcs("send", "+37255512345", "text", "--key", message_id).code == 0
    set_channels(operated, message_id, {"S": "rcs"})
    assert rcs("show", message_id).code == 1
    set_channels(operated, message_id, {"L": [{"S": "rcs"}]})
    assert rcs("show", message_id).code == 0


def set_channels(stack: Stack, message_id: str, value: dict[str, Any]) -> None:
    """Edit the item by hand."""
    stack.client("dynamodb").update_item(
        TableName=stack.table,
        Key={"id": {"S": message_id}},
        UpdateExpression="SET channels = :value",
        ExpressionAttributeValues={":value": value},
    )
