"""The runbook of the README on the local stack: each trouble is made, and the command that comes next shows it."""

import json
from collections.abc import Callable

import pytest

from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.inbound import SECRET
from tests.support.documents import blocks
from tests.support.shell import run_aws

type Trouble = Callable[[Stack], None]

TYPED = {"rcs secret set": (USERNAME, PASSWORD), "rcs secret set --inbound-secret": (SECRET,)}


def a_stopped_reconciliation(stack: Stack) -> None:
    """Disable the schedule, as ReconcileStoppedAlarm tells."""
    client, name = stack.client("scheduler"), stack.resource("Reconciliation")
    told = client.get_schedule(Name=name)
    schedule = {key: told[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    client.update_schedule(**schedule, State="DISABLED")


def a_list_out_of_reach(stack: Stack) -> None:
    """Take the right to read the list of opt-outs from the sending function."""
    client, role = stack.client("iam"), stack.resource("SendRole")
    policy = client.get_role_policy(RoleName=role, PolicyName="send")["PolicyDocument"]
    rights = [each for each in policy["Statement"] if each["Sid"] != "OptOuts"]
    assert len(rights) == len(policy["Statement"]) - 1
    narrower = json.dumps(policy | {"Statement": rights})
    client.put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=narrower)


def an_empty_secret(stack: Stack) -> None:
    """Take the password away, as UnauthorizedAlarm and CallbackErrorsAlarm tell."""
    stack.put_secret("", "")


def a_secret_without_its_field(stack: Stack) -> None:
    rotated = json.dumps({"username": USERNAME, "password": PASSWORD})
    stack.client("secretsmanager").put_secret_value(SecretId=stack.outputs["SecretArn"], SecretString=rotated)


TROUBLES: list[tuple[str, Trouble, str, str]] = [
    ("reconciliation", a_stopped_reconciliation, "DISABLED", "aws scheduler update-schedule"),
    ("opt-outs", a_list_out_of_reach, "cannot read the list", "aws iam put-role-policy"),
    ("secret", an_empty_secret, "empty", "rcs secret set"),
    ("inbound", a_secret_without_its_field, "lost its inbound_secrets", "rcs secret set --inbound-secret"),
]


@pytest.mark.parametrize(("check", "make", "sign", "command"), TROUBLES)
def test_the_doctor_finds_it_and_what_mends_it(
    rcs: Rcs, operated: Stack, check: str, make: Trouble, sign: str, command: str
) -> None:
    """The trouble is a failure of its check, and is not told any more once the command was run that the check names."""
    make(operated)
    said = rcs("doctor", "--json")
    found = {each["check"]: each for each in said.json["checks"]}[check]
    assert (said.code, found["verdict"]) == (1, "fail")
    assert sign in found["found"]
    assert found["next"].startswith(command)
    if typed := TYPED.get(command):
        code, screen = rcs.at_a_terminal(*command.split()[1:], typed=typed)
        assert (code, [text for text in typed if text in screen]) == (0, []), screen
    else:
        run_aws(found["next"], operated.client)

    def is_mended() -> bool | None:
        after = rcs.checks()[check]
        return True if sign not in after["found"] else None

    assert poll(is_mended, PATIENCE, "what the command mends", every=1)


def test_what_is_kept_of_a_recipient_is_shown_and_removed(rcs: Rcs, operated: Stack) -> None:
    """By the commands of the page on data: a record, a dead letter, and the entry of an opt-out, which stays."""
    to, number = "parcel-1001", "+37255510001"
    sent = json.dumps({"to": number, "text": "text of data", "idempotency_key": to})
    assert operated.call("POST", "/messages", sent).status == 201
    given = {"message_id": to, "reason": "rejected", "errors": "[]"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in given.items()}
    operated.client("sqs").send_message(
        QueueUrl=operated.dead_letter_queue_url, MessageBody=sent, MessageAttributes=attributes
    )
    assert rcs("opt-outs", "add", number).code == 0
    shown = [_paste(command, rcs, operated) for command in blocks("sh", "show")[0].replace("\\\n", "").splitlines()]
    assert [to in shown[0], number in shown[1], "text of data" in shown[2]] == [True] * 3
    for command in blocks("sh", "remove")[0].splitlines():
        _paste(command, rcs, operated)
    assert (operated.item(to), rcs.dead_letter(to)) == (None, None)
    assert rcs("opt-outs", "remove", number, "--yes").code == 0


def _paste(command: str, rcs: Rcs, stack: Stack) -> str:
    """Run a command of the documents; return what it shows."""
    if command.startswith("aws"):
        return json.dumps(run_aws(command.replace("$TABLE_NAME", stack.table), stack.client))
    said = rcs(*command.split()[1:])
    assert said.code == 0, said.err
    return said.out
