"""The runbook of the README on the local stack: each trouble is made, and the command that comes next shows it."""

import json
from collections.abc import Callable

import pytest

from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.inbound import SECRET
from tests.support.documents import blocks
from tests.support.shell import run_aws

type Trouble = Callable[[Stack], None]

USERNAME, PASSWORD = "integration-user", "integration-password-Xy7"
TYPED = {"rcs secret set": (USERNAME, PASSWORD), "rcs secret set --inbound-secret": (SECRET,)}


def a_stopped_reconciliation(stack: Stack) -> None:
    """Disable the schedule, as ReconcileStoppedAlarm tells."""
    client, name = stack.client("scheduler"), stack.resource("Reconciliation")
    told = client.get_schedule(Name=name)
    schedule = {key: told[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    client.update_schedule(**schedule, State="DISABLED")


def a_queue_that_nobody_takes_from(stack: Stack) -> None:
    """Disable the event source mapping, as OldestMessageAlarm tells."""
    stack.take_from("SendFunctionQueued", enabled=False)


def a_stopped_function(stack: Stack) -> None:
    stack.client("lambda").put_function_concurrency(FunctionName=stack.function, ReservedConcurrentExecutions=0)


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


def a_lost_inbound_message(stack: Stack) -> None:
    body = json.dumps({"received_at": 0, "body": "{}"})
    stack.client("sqs").send_message(QueueUrl=stack.resource("InboundDeadLetterQueue"), MessageBody=body)


TROUBLES: list[tuple[str, Trouble, str, str]] = [
    ("reconciliation", a_stopped_reconciliation, "DISABLED", "aws scheduler update-schedule"),
    ("queue", a_queue_that_nobody_takes_from, "does not take from it", "aws lambda update-event-source-mapping"),
    ("sending", a_stopped_function, "concurrency is 0", "aws lambda delete-function-concurrency"),
    ("opt-outs", a_list_out_of_reach, "cannot read the list", "aws iam put-role-policy"),
    ("secret", an_empty_secret, "empty", "rcs secret set"),
    ("inbound", a_secret_without_its_field, "lost its inbound_secrets", "rcs secret set --inbound-secret"),
    ("inbound", a_lost_inbound_message, "lie in InboundDeadLetterQueue", "rcs replay inbound"),
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
    elif command.startswith("rcs"):
        assert rcs(*command.split()[1:]).code == 0
    else:
        run_aws(found["next"], operated.client)

    def is_mended() -> bool | None:
        after = rcs.checks()[check]
        return True if sign not in after["found"] else None

    assert poll(is_mended, PATIENCE, "what the command mends", every=1)


def test_the_doctor_names_an_alarm_that_rings(rcs: Rcs, operated: Stack) -> None:
    """With the command that its description names."""
    client, name = operated.client("cloudwatch"), operated.resource("UnknownAlarm")
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    try:
        found = rcs.checks()["alarms"]
    finally:
        client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")
    assert (found["verdict"], "UnknownAlarm" in found["found"]) == ("fail", True)


@pytest.mark.parametrize(
    ("metric", "check", "parameter"),
    [("Misconfigured", "messente", "MessenteUrl"), ("TooManyRequests", "apis", "CallbackRequestsPerSecond")],
)
def test_the_doctor_reads_the_metric_of_an_alarm(
    rcs: Rcs, operated: Stack, metric: str, check: str, parameter: str
) -> None:
    """Whatever state the alarm itself is in."""
    operated.client("cloudwatch").put_metric_data(
        Namespace="MessenteRcs",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "service", "Value": operated.name}],
                "Value": 3,
            }
        ],
    )
    found = rcs.checks()[check]
    assert (found["verdict"], f"{metric}Alarm: 3" in found["found"]) == ("fail", True)
    assert found["next"].startswith(f"sam deploy --stack-name {operated.name} --parameter-overrides {parameter}=")


def test_a_stopped_function_is_named_by_every_command(rcs: Rcs, operated: Stack) -> None:
    """And not taken for a limit of the API."""
    a_stopped_function(operated)
    try:
        said = rcs("unknown")
    finally:
        operated.client("lambda").delete_function_concurrency(FunctionName=operated.function)
    assert (said.code, "reserved concurrency is 0" in said.err) == (1, True), said.err


def test_an_item_that_cannot_be_read(rcs: Rcs, operated: Stack, message_id: str) -> None:
    """UnreadableAlarm: `rcs show` names the attribute and the command that corrects it."""
    assert rcs("send", "+37255512345", "text", "--key", message_id).code == 0
    operated.edit(message_id, channels="rcs")
    said = rcs("show", message_id)
    assert (said.code, "no readable attribute channels" in said.err) == (1, True)
    run_aws(said.err.partition("Write it as it was: ")[2], operated.client)
    assert rcs("show", message_id).code == 0


def test_what_is_kept_of_a_recipient_is_shown_and_removed(rcs: Rcs, operated: Stack) -> None:
    """By the commands of the page on data: a record, a dead letter, and the entry of an opt-out, which stays."""
    to, number = "parcel-1001", "+37255510001"
    sent = json.dumps({"to": number, "text": "text of data", "idempotency_key": to})
    assert operated.call("POST", "/messages", sent).status == 201
    given = {"message_id": to, "reason": "rejected"}
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
