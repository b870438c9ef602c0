"""The runbook alarm by alarm: each is made to ring, and the first command of its section shows why.

The emulator runs the functions, the queues and the alarms. The test does the part of CloudWatch: it counts what the
functions wrote, and what AWS counts of a queue, a function or an API.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.build import Built
from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import NEVER, Stack, deploy
from tests.standin import numbers
from tests.standin.faults import Mode
from tests.standin.inbound import inbound
from tests.standin.server import Server
from tests.support.documents import documented_alarms
from tests.support.metrics import metrics_in, values_in
from tests.support.shell import run_aws
from tests.support.template import properties

TO, LONG_AGO = "+37255512345", "2026-01-01T00:00:00.000Z"
MANY = 11  # rejections in five minutes
OWN_LOGS = ("SendLogGroup", "ReportLogGroup", "InboundLogGroup", "ReconcileLogGroup")


class Scene:
    """A stack, and the messages to Messente's stand-in."""

    def __init__(self, stack: Stack, standin: Server, message_id: str) -> None:
        self.stack, self.standin, self.id = stack, standin, message_id
        self.rcs = Rcs(stack.emulator.url, RCS_STACK=stack.name)

    def send(self, to: str = TO, kind: str = "RequestResponse", key: str = "") -> Any:
        payload = {"to": to, "text": f"text of {self.id}", "idempotency_key": key or self.id}
        return self.stack.invoke(payload, kind)

    def reconcile(self) -> Any:
        return self.stack.invoke({}, function=self.stack.outputs["ReconcileFunctionName"])

    def put(self, queue: str, body: object) -> float:
        """Put something into a queue, and return how much there is."""
        sqs, url = self.stack.client("sqs"), self.stack.resource(queue)
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
        return self.count(queue)

    def count(self, queue: str) -> float:
        """Count what lies in a queue and is not hidden."""
        found = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.resource(queue), AttributeNames=["ApproximateNumberOfMessages"]
        )
        return float(found["Attributes"]["ApproximateNumberOfMessages"])

    def say(self, text: str, sender: str = TO, secret: str | None = None) -> int:
        """Hand in an inbound message; return the status of the answer."""
        base = self.stack.outputs["InboundUrl"].removesuffix("/inbound-messages")
        given = {"secret": secret} if secret else {}
        said = inbound(base, sender, text, at=time.time(), msg_id=f"{self.id}-{time.time()}", **given)
        return self.stack.fetch("POST", self.stack.reachable(said.url), said.body, said.headers).status

    @contextmanager
    def denied(self, role: str, *actions: str) -> Iterator[None]:
        """Let IAM refuse a function something."""
        iam, name = self.stack.client("iam"), self.stack.resource(role)
        statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="denied", PolicyDocument=policy)
        yield
        iam.delete_role_policy(RoleName=name, PolicyName="denied")

    @contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """Reserve no execution for a function."""
        client, name = self.stack.client("lambda"), self.stack.resource(function)
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        yield
        client.delete_function_concurrency(FunctionName=name)

    def log(self, group: str, since: float) -> str:
        """Read what a function has written."""
        pages = self.stack.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=self.stack.resource(group), startTime=int(since * 1000))
        return "\n".join(event["message"] for page in found for event in page["events"])


type Cause = Callable[[Scene], Iterator[float | None]]  # yields what AWS counts, or None where a function counts it


def invalid_message(scene: Scene) -> Iterator[float | None]:
    scene.stack.queue('{"to": "nobody"}')
    yield poll(lambda: scene.count("DeadLetterQueue") or None, PATIENCE, "a dead letter")
    scene.rcs("discard", "--reason", "invalid", "--yes")


def function_that_does_not_run(scene: Scene) -> Iterator[float | None]:
    with scene.stopped("SendFunction"):
        assert scene.stack.call("GET", f"/messages/{scene.id}", once=True).status in (429, 503)
        yield 1


def answer_that_was_lost(scene: Scene) -> Iterator[float | None]:
    assert scene.send(numbers.CUT_AFTER_ACCEPT)["state"] == "unknown"
    scene.stack.edit(scene.id, unknown_since=LONG_AGO)
    scene.reconcile()
    yield None
    assert scene.rcs("resolve", scene.id, "--sent").code == 0


def outcome_that_is_not_written(scene: Scene) -> Iterator[float | None]:
    scene.send(numbers.HANG_AFTER_ACCEPT, kind="Event")

    def is_accepted() -> bool | None:
        return any(scene.id in str(each.body) for each in scene.standin.messente.accepted) or None

    poll(is_accepted, PATIENCE, "the POST")
    with scene.denied("SendRole", "dynamodb:UpdateItem"):
        since = time.time() - 60
        poll(lambda: "not recorded" in scene.log("SendLogGroup", since) or None, PATIENCE, "the line", every=1)
    poll(lambda: scene.rcs("show", scene.id, "--json").json["state"] == "unknown" or None, PATIENCE, "its end", every=1)
    yield None


def wrong_password(scene: Scene) -> Iterator[float | None]:
    scene.stack.put_secret(USERNAME, "outdated")
    poll(lambda: "401" in str(scene.send(numbers.UNAUTHORIZED)) or None, PATIENCE, "a 401")
    yield None
    scene.stack.put_secret(USERNAME, PASSWORD)


def request_that_messente_does_not_know(scene: Scene) -> Iterator[float | None]:
    scene.send(numbers.NOT_FOUND)
    yield None


def reports_that_nobody_takes(scene: Scene) -> Iterator[float | None]:
    with scene.stopped("ReportFunction"):
        url = scene.stack.reachable(scene.stack.outputs["CallbackUrl"])
        assert scene.stack.fetch("POST", url, b"{}").status in (429, 500, 502, 503)
        yield 1


def unsigned_reports(scene: Scene) -> Iterator[float | None]:
    url = scene.stack.reachable(scene.stack.outputs["CallbackUrl"])
    assert {scene.stack.fetch("POST", url, b"{}").status for _ in range(MANY)} == {401}
    yield None


def inbound_messages_with_a_wrong_signature(scene: Scene) -> Iterator[float | None]:
    assert {scene.say("Hello", secret="another") for _ in range(MANY)} == {401}
    yield None


def stop_word_of_a_name(scene: Scene) -> Iterator[float | None]:
    assert scene.say("STOP", sender="Anna") == 200
    yield None
    assert scene.rcs("opt-outs", "remove", TO, "--yes").code == 0


def inbound_message_that_was_given_up(scene: Scene) -> Iterator[float | None]:
    yield scene.put("InboundDeadLetterQueue", {"received_at": 0, "body": "{}"})
    assert scene.rcs("replay", "inbound").code == 0


def counted(number: float) -> Cause:
    """Return the cause of what AWS counts, and the emulator does not."""

    def cause(_: Scene) -> Iterator[float | None]:
        yield number

    return cause


def deliveries_that_messente_does_not_tell(scene: Scene) -> Iterator[float | None]:
    for number in range(5):  # after three requests without an answer, a run leaves the rest
        scene.send(numbers.NEVER_DONE, key=f"{scene.id}-{number}")
        scene.stack.edit(f"{scene.id}-{number}", due=LONG_AGO)
    scene.standin.messente.faults.mode = Mode.DOWN
    scene.reconcile()
    scene.standin.messente.faults.mode = Mode.UP
    yield None


def edit_by_hand(scene: Scene) -> Iterator[float | None]:
    scene.send()
    scene.stack.edit(scene.id, channels="rcs")
    assert scene.stack.call("GET", f"/messages/{scene.id}", once=True).status == 503
    yield None
    run_aws(scene.rcs("show", scene.id).err.partition("Write it as it was: ")[2], scene.stack.client)
    assert scene.rcs("show", scene.id).code == 0


def change_that_was_given_up(scene: Scene) -> Iterator[float | None]:
    yield scene.put("ChangeDeadLetterQueue", {"id": scene.id, "SequenceNumber": "1"})
    assert scene.rcs("replay", "changes").code == 0


# What makes an alarm ring, and what the first command of its section says then, if not that the alarm rings. Where AWS
# counts, and nothing but the alarm shows it, the number is enough. The doctor tells the first trouble of a check, and
# the emulator takes the metrics of two queues for one, so the order counts.
ALARMS: dict[str, tuple[Cause, str]] = {
    "ReconcileStoppedAlarm": (counted(0), ""),
    "InboundDeadLettersAlarm": (inbound_message_that_was_given_up, "lie in InboundDeadLetterQueue"),
    "DeadLettersAlarm": (invalid_message, "invalid: 1"),
    "OldestMessageAlarm": (counted(901), ""),
    "SendErrorsAlarm": (counted(1), "unknown"),
    "SendThrottledAlarm": (function_that_does_not_run, "SendFunction is stopped"),
    "UnknownAlarm": (answer_that_was_lost, "ID"),
    "DeliveryFailuresAlarm": (counted(21), ""),
    "SpendAlarm": (counted(2), ""),
    "UnrecordedAlarm": (outcome_that_is_not_written, "ID"),
    "UnauthorizedAlarm": (wrong_password, "refuses the password (401)"),
    "MisconfiguredAlarm": (request_that_messente_does_not_know, ""),
    "ReportRefusedAlarm": (unsigned_reports, ""),
    "CallbackErrorsAlarm": (reports_that_nobody_takes, "ReportFunction is stopped"),
    "ApiErrorsAlarm": (counted(11), ""),
    "ClientErrorsAlarm": (counted(51), ""),
    "TooManyRequestsAlarm": (counted(1), ""),
    "OptOutNotKeptAlarm": (stop_word_of_a_name, "Opted out"),
    "InboundWaitsAlarm": (counted(901), ""),
    "InboundRefusedAlarm": (inbound_messages_with_a_wrong_signature, ""),
    "OverdueAlarm": (deliveries_that_messente_does_not_tell, ""),
    "ReconcileErrorsAlarm": (counted(1), "ReconcileFunction failed"),
    "UnreadableAlarm": (edit_by_hand, "no readable attribute channels"),
    "UnpublishedChangesAlarm": (change_that_was_given_up, "were not published"),
    "ChangesDelayedAlarm": (counted(900_001), ""),
}


@pytest.fixture(scope="module")
def ringing(operated: Stack, standin: Server, built: Built) -> Stack:
    """Deploy a stack whose alarms may ring: no report heals a lost answer.

    The emulator takes the metrics of all stacks for one, so the alarms of the other stack must be there to be reset.
    """
    parameters = {"CallbackBaseUrl": "none", "ReconcileSchedule": NEVER, "PublishEvents": "Enabled"}
    parameters["DailySpendLimit"] = "1"
    return deploy(operated.emulator, built, standin, name="ringing", **parameters)


def test_every_alarm_is_made_to_ring() -> None:
    assert ALARMS.keys() == documented_alarms().keys()


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_and_its_command(ringing: Stack, standin: Server, message_id: str, name: str) -> None:
    """The alarm rings, the doctor names it, and the command of its section shows what it is about."""
    scene, since = Scene(ringing, standin, message_id), time.time()
    cause, sign = ALARMS[name]
    [command, *_] = re.findall(r"`(rcs [^`]+)`", documented_alarms()[name])
    arguments = [{"ID": scene.id, "NUMBER": TO}.get(word, word) for word in command.split()[1:]]
    arguments += ["--json"] if arguments == ["doctor"] else []
    context: AbstractContextManager[float | None] = contextmanager(cause)(scene)
    with context as counted:
        look = written if counted is None else lambda *_: counted
        tell_cloudwatch(scene, name, poll(lambda: look(scene, name, since), PATIENCE, "the metric", every=1))
        assert name in scene.rcs.checks()["alarms"]["found"]
        said = scene.rcs(*arguments)
        assert {"ID": scene.id, "": f"({name}: "}.get(sign, sign) in said.out + said.err
    for each in ringing.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]:
        set_state(ringing, each["AlarmName"], "OK")


def alarm_of(scene: Scene, name: str) -> dict[str, Any]:
    names = [scene.stack.resource(name)]
    [alarm] = scene.stack.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return dict(alarm)


def tell_cloudwatch(scene: Scene, name: str, counted: float) -> None:
    """Put the metric of an alarm, for as many periods as it looks at."""
    alarm = alarm_of(scene, name)
    if "Metrics" in properties(name):  # the emulator reckons no formula
        set_state(scene.stack, alarm["AlarmName"], "ALARM")
        return
    for period in range(alarm["EvaluationPeriods"]):
        data = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": counted}
        data["Timestamp"] = time.time() - 60 * period
        scene.stack.client("cloudwatch").put_metric_data(Namespace=alarm["Namespace"], MetricData=[data])


def written(scene: Scene, name: str, since: float) -> float | None:
    """Return what the functions wrote of an alarm's metric: the sum of the counts, or the highest of other values."""
    metric = alarm_of(scene, name)["MetricName"]
    lines = "\n".join(scene.log(group, since) for group in OWN_LOGS)
    counts = [each.value for each in metrics_in(lines) if each.name == metric and not each.by]
    others = [max(each.values) for each in values_in(lines) if each.name == metric]
    return (sum(counts) or max(others)) if others else None


def set_state(stack: Stack, alarm: str, state: str) -> None:
    stack.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a test")
