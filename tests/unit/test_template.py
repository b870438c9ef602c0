"""The template's policy: what every queue, function, alarm and permission of this stack must have."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

import messente_rcs
from bundle import trim_botocore
from messente_rcs import settings as settings_of
from messente_rcs.aws import bus
from messente_rcs.sending.pacing import CLOCK_TOLERANCE, queue_delay
from messente_rcs.settings import InvalidSettings, SendSettings
from messente_rcs.telemetry import metrics
from messente_rcs.triggers.stream import CALL_TIME
from rcs_cli.main import COMMANDS
from tests.support.documents import documented_alarms, documented_parameters
from tests.support.fakes.services import worked_out
from tests.support.template import COUNTED_FROM_LOGS, RESOURCES, ROOT, TEMPLATE, properties, watched_by
from tests.unit.cli.test_doctor import ALARMS as DIAGNOSED

Resource = dict[str, Any]
DAY = 86_400
HOUR = 3_600
FUNCTIONS = ("Send", "Report", "Inbound", "Reconcile", "Publish")
DEAD_LETTER_QUEUES = {"DeadLetterQueue", "ChangeDeadLetterQueue", "InboundDeadLetterQueue"}
PARAMETERS: dict[str, Resource] = TEMPLATE["Parameters"]
NOTHING = {"Ref": "AWS::NoValue"}


def of_type(kind: str) -> dict[str, Resource]:
    """Return the properties of every resource of one type, by logical id; there must be one."""
    found = {name: res.get("Properties", {}) for name, res in RESOURCES.items() if res["Type"] == kind}
    assert found, kind
    return found


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from strings(item)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def functions() -> dict[str, Resource]:
    """Return each function's properties with what it shares with the others, by logical id."""
    shared = TEMPLATE["Globals"]["Function"]
    logging = shared["LoggingConfig"]
    return {
        name: {**shared, **own, "LoggingConfig": {**logging, **own["LoggingConfig"]}}
        for name, own in of_type("AWS::Serverless::Function").items()
    }


def own_variables(function: str) -> Resource:
    variables: Resource = properties(function).get("Environment", {}).get("Variables", {})
    return variables


SHARED_VARIABLES = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]


def default(parameter: str) -> int:
    return int(PARAMETERS[parameter]["Default"])


def ref(name: str) -> Resource:
    return {"Ref": name}


def att(name: str) -> Resource:
    return {"Fn::GetAtt": name}


def to_queue(name: str) -> Resource:
    return {"Type": "SQS", "Destination": att(f"{name}.Arn")}


def only_if(condition: str, value: Any) -> Resource:
    return {"Fn::If": [condition, value, NOTHING]}


def is_given(parameter: Any, empty: object = "") -> Resource:
    return {"Fn::Not": [{"Fn::Equals": [parameter, empty]}]}


# --- What a new parameter or alarm needs ------------------------------------------------------------------------------

CONSTRAINTS = ("AllowedPattern", "AllowedValues", "MinValue", "MaxLength")
GROUPS = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
GROUPED = [name for group in GROUPS for name in group["Parameters"]]


def hold(name: str, needs: dict[str, bool]) -> None:
    missing = [need for need, is_met in needs.items() if not is_met]
    assert not missing, f"{name} lacks {'; '.join(missing)}"


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_has_all_that_it_needs(name: str) -> None:
    """Whoever adds a parameter reads here what is still missing."""
    parameter = PARAMETERS[name]
    users = [TEMPLATE[part] for part in ("Conditions", "Globals", "Resources", "Outputs")]
    needs = {
        "a Description": bool(parameter.get("Description")),
        "a Default, as a deployment must need no answer": "Default" in parameter,
        f"one of {', '.join(CONSTRAINTS)}, so that a wrong value fails the deployment": bool(
            parameter.keys() & CONSTRAINTS
        ),
        "one place in a ParameterGroup of the Metadata": GROUPED.count(name) == 1,
        "anything that uses it": any(name in re.findall(r"\w+", text) for text in strings(users)),
        "a row with its default in a table of parameters": documented_parameters().get(name)
        == str(parameter.get("Default")),
        "a name that asks for no secret": not re.search(r"(?i)password|secret|username|token", name),
    }
    hold(name, needs)


# Where no data is not the same as no trouble. SQS tells nothing of a queue that nobody uses, Lambda nothing of a stream
# that nobody reads, and a formula nothing while its metrics are late.
KEEPS_ITS_STATE = (
    *("DeadLetters", "OldestMessage", "InboundDeadLetters", "InboundWaits", "UnpublishedChanges", "ChangesDelayed"),
    "DeliveryFailures",
)
MISSING = {"ReconcileStoppedAlarm": "breaching"} | {f"{name}Alarm": "ignore" for name in KEEPS_ITS_STATE}


def is_own(metric: Resource) -> bool:
    """Tell whether a metric is one of this stack."""
    [dimension] = metric["Dimensions"]
    if metric["Namespace"].startswith("AWS/"):
        [own] = dimension["Value"].values()
        return own.partition(".")[0] in RESOURCES
    return bool(metric["Namespace"] == metrics.namespace) and dimension == {
        "Name": "service",
        "Value": ref("AWS::StackName"),
    }


def test_there_are_not_more_alarms_than_a_person_can_know() -> None:
    """Each costs 0.10 USD a month for each of its metrics, and a section of the documents."""
    assert len(of_type("AWS::CloudWatch::Alarm")) <= 25


@pytest.mark.parametrize("name", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_has_all_that_it_needs(name: str) -> None:
    """Whoever is woken up reads the description first, runs its command, and finds more in the documents."""
    alarm = properties(name)
    found = re.fullmatch(r".+\. Next: (rcs (\S+)(?: ID| add NUMBER)?)", alarm.get("AlarmDescription", ""))
    command, subcommand = found.groups() if found else ("", "")
    topic = only_if("HasAlarmTopic", [ref("AlarmTopicArn")])
    # The OK of a single event would say that something was mended, although nothing was. A run of the reconciliation
    # that does not fail mends what failed before.
    is_event = (alarm.get("Statistic"), alarm["Threshold"]) == ("Sum", 0) and name != "ReconcileErrorsAlarm"
    needs = {
        "an AlarmDescription that ends with `Next: rcs` and a command": subcommand in COMMANDS,
        "a section in operating.md that names this command": f"`{command}`" in documented_alarms().get(name, ""),
        "a word on what good looks like in that section": "Good:" in documented_alarms().get(name, ""),
        "a place on the dashboard": f"${{{name}.Arn}}" in properties("Dashboard")["DashboardBody"]["Fn::Sub"]
        or "Condition" in RESOURCES[name],
        "a row of ALARMS in test_doctor.py": name in DIAGNOSED or command != "rcs doctor",
        "the optional topic": alarm["AlarmActions"] == topic,
        "an OK only where something was mended": alarm.get("OKActions") == (None if is_event else topic),
        "what missing data means": alarm["TreatMissingData"] == MISSING.get(name, "notBreaching"),
        "dimensions of its own stack": all(map(is_own, watched_by(alarm))),
        "a metric that a redrive changes too": "NumberOfMessagesSent" not in strings(alarm),
    }
    hold(name, needs)


@pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
def test_a_queue_has_all_that_it_needs(name: str) -> None:
    """Messages carry numbers and texts, and a message that fails for good is kept, in a queue of this stack."""
    dead = {"MessageQueue": "DeadLetterQueue", "InboundQueue": "InboundDeadLetterQueue"}
    [policy] = [each for each in of_type("AWS::SQS::QueuePolicy").values() if each["Queues"] == [ref(name)]]
    only_tls = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": att(f"{name}.Arn"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    redrive = properties(name).get("RedrivePolicy", {}).get("deadLetterTargetArn")
    needs = {
        "encryption": properties(name)["SqsManagedSseEnabled"] is True,
        "a policy that denies plain http": only_tls in policy["PolicyDocument"]["Statement"],
        "its dead-letter queue": redrive == (att(f"{dead[name]}.Arn") if name in dead else None),
        "a place among the dead letters, or one for its own": (name in DEAD_LETTER_QUEUES) != (name in dead),
        "the longest retention, if it keeps dead letters": name in dead
        or properties(name)["MessageRetentionPeriod"] == 14 * DAY,
    }
    hold(name, needs)


# --- What the template says, and why ----------------------------------------------------------------------------------

CHANGED = "PublishFunction/Events/Changed/Properties"
TAKING = "SendFunction/Events/Queued/Properties"
IMAGES = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
PUBLIC = only_if("BoundsCallbackConcurrency", ref("CallbackConcurrency"))
OUR_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"

SAYS: list[tuple[str, Any, str]] = [
    # The queue
    (f"{TAKING}/FunctionResponseTypes", ["ReportBatchItemFailures"], "one failed message is not ten"),
    (f"{TAKING}/ScalingConfig", {"MaximumConcurrency": ref("MaximumConcurrency")}, "throttling would burn receives"),
    (f"{TAKING}/MetricsConfig", {"Metrics": ["EventCount"]}, "the dashboard shows them"),
    ("SendFunction/EventInvokeConfig/DestinationConfig/OnFailure", to_queue("DeadLetterQueue"), "none may be dropped"),
    # Events in
    ("Parameters/RequestedEventsBusName/Default", "", "two stacks that take one event send its message twice"),
    ("Conditions/TakesEvents", is_given(ref("RequestedEventsBusName")), "off by default"),
    ("RequestedRule/EventBusName", ref("RequestedEventsBusName"), "the bus that the parameter names"),
    ("RequestedRule/EventPattern", {"detail-type": ["RCS Message Requested"]}, "no event out asks for a message"),
    ("RequestedRule/Targets/0/Arn", att("MessageQueue.Arn"), "Lambda would try an event three times, the queue 20"),
    ("RequestedRule/Targets/0/DeadLetterConfig", {"Arn": att("DeadLetterQueue.Arn")}, "EventBridge may drop none"),
    # Functions
    ("Globals/Function/LoggingConfig", {"LogFormat": "JSON", "SystemLogLevel": "WARN"}, "START and END say nothing"),
    ("Parameters/CallbackConcurrency/Default", 0, "a new account may have ten concurrent executions in all"),
    ("Conditions/BoundsCallbackConcurrency", is_given(ref("CallbackConcurrency"), 0), "off by default"),
    *(
        (f"{name}Function/ReservedConcurrentExecutions", None, "they are taken from the account, which may have ten")
        for name in ("Send", "Reconcile", "Publish")
    ),
    ("ReportFunction/ReservedConcurrentExecutions", PUBLIC, "it is open to all"),
    ("InboundFunction/ReservedConcurrentExecutions", PUBLIC, "it is open to all"),
    ("Globals/Function/Environment/Variables/POWERTOOLS_SERVICE_NAME", ref("AWS::StackName"), "whose metrics they are"),
    ("Parameters/AwsEndpointUrl/Default", "", "the real AWS"),
    (
        "Globals/Function/Environment/Variables/AWS_ENDPOINT_URL",
        only_if("HasAwsEndpointUrl", ref("AwsEndpointUrl")),
        "an empty one would send a local run to the real AWS; undeclared, it could not be overridden",
    ),
    # Tables and secret
    ("MessageTable/BillingMode", "PAY_PER_REQUEST", "a burst needs no capacity"),
    ("MessageTable/PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}, "restored to any second"),
    ("MessageTable/SSESpecification", {"SSEEnabled": True}, "numbers are encrypted"),
    ("MessageTable/TimeToLiveSpecification", {"AttributeName": "ttl", "Enabled": True}, "records expire"),
    ("MessageTable/StreamSpecification", only_if("PublishesEvents", IMAGES), "a stream costs money"),
    *(
        (f"{table}/DeletionProtectionEnabled", True, "not deleted by mistake")
        for table in ("MessageTable", "OptOutTable")
    ),
    ("OptOutTable/PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}, "restored to any second"),
    ("OptOutTable/SSESpecification", {"SSEEnabled": True}, "numbers are encrypted"),
    ("OptOutTable/TimeToLiveSpecification", None, "an opt-out never expires"),
    ("MessenteSecret/SecretString", '{"username":"","password":""}', "an empty placeholder"),
    ("MessenteSecret/GenerateSecretString", None, "an empty placeholder"),
    # Kept when the stack goes; a first deployment that failed leaves nothing behind.
    ("Resources/MessageTable/DeletionPolicy", "Retain", "records outlive the stack"),
    ("Resources/MessageTable/UpdateReplacePolicy", "Retain", "records outlive the stack"),
    ("Resources/OptOutTable/DeletionPolicy", "Retain", "opt-outs outlive the stack"),
    ("Resources/OptOutTable/UpdateReplacePolicy", "Retain", "opt-outs outlive the stack"),
    *(
        (f"Resources/{name}/{policy}", value, "no message that was taken in is lost")
        for name in ("MessageQueue", "DeadLetterQueue", "MessenteSecret")
        for policy, value in (("DeletionPolicy", "RetainExceptOnCreate"), ("UpdateReplacePolicy", "Retain"))
    ),
    # A fixed address: only for what calls Messente
    ("Conditions/HasVpc", is_given({"Fn::Join": ["", ref("SubnetIds")]}), "off by default"),
    ("Parameters/SubnetIds/Default", "", "off by default"),
    ("Parameters/SecurityGroupIds/Default", "", "off by default"),
    ("Resources/NetworkPolicy/Condition", "HasVpc", "network interfaces are allowed only then"),
    # APIs
    *(
        (
            f"{stage}/DefaultRouteSettings",
            {"ThrottlingRateLimit": ref(limit), "ThrottlingBurstLimit": ref(limit)},
            "the default of API Gateway is the whole account's limit",
        )
        for stage, limit in {"ApiStage": "ApiRequestsPerSecond", "CallbackStage": "CallbackRequestsPerSecond"}.items()
    ),
    *(
        (f"{api}/DisableExecuteApiEndpoint", {"Fn::If": ["HasDefaultEndpoints", False, True]}, "the parameter's")
        for api in ("Api", "CallbackApi")
    ),
    ("Outputs/ApiUrl/Value", {"Fn::If": ["HasOwnApiUrl", ref("ApiBaseUrl"), att("Api.ApiEndpoint")]}, "what answers"),
    # Reconciliation: a second try would only meet the next run
    ("Reconciliation/ScheduleExpression", ref("ReconcileSchedule"), "the parameter's"),
    ("Reconciliation/Target/Arn", att("ReconcileFunction.Arn"), "what it starts"),
    ("Reconciliation/Target/RetryPolicy/MaximumRetryAttempts", 0, "never repeated"),
    ("ReconcileFunction/EventInvokeConfig/MaximumRetryAttempts", 0, "never repeated"),
    ("Parameters/ReconcileSchedule/Default", "rate(1 minute)", "no faster than the function's timeout"),
    # Rights that only a parameter needs: without it nobody but callers fills the queue, and nobody looks numbers up
    ("Conditions/ChecksOptOuts", {"Fn::Equals": [ref("OptOuts"), "Enabled"]}, "the list is read only if it is used"),
    ("Conditions/TracksConversations", {"Fn::Equals": [ref("TrackConversations"), "Yes"]}, "off by default"),
    ("Conditions/ConfirmsOptOuts", is_given(ref("OptOutConfirmation")), "off by default"),
    # Events out
    ("Parameters/PublishEvents/Default", "Disabled", "a stream, a function and its queue cost money"),
    (f"{CHANGED}/DestinationConfig/OnFailure", to_queue("ChangeDeadLetterQueue"), "what was given up is kept"),
    (f"{CHANGED}/StartingPosition", "TRIM_HORIZON", "no change is skipped"),
    (f"{CHANGED}/MaximumRetryAttempts", 10_000, "the age of a change ends its attempts, and not their number"),
    (f"{CHANGED}/FunctionResponseTypes", ["ReportBatchItemFailures"], "Lambda goes on where the bus stopped"),
    (f"{CHANGED}/BisectBatchOnFunctionError", True, "and looks for the change that kills the function"),
    ("Parameters/PublishRecipient/Default", "No", "an event goes to whoever listens: it has no number by default"),
    ("Parameters/PublishRecipient/AllowedValues", ["No", "Yes"], "and no third way"),
    # Alarms
    ("UnknownAlarm/MetricName", "OldestUnknown", "an unknown message rings only if it is not healed: its age counts"),
    ("UnknownAlarm/Statistic", "Maximum", "the oldest"),
    ("UnknownAlarm/ComparisonOperator", "GreaterThanThreshold", "older"),
    ("UnknownAlarm/Threshold", ref("UnknownAlarmSeconds"), "the parameter's"),
    ("UnknownAlarm/Period", ref("ReconcileStoppedAlarmSeconds"), "the reconciler tells it once in each at least"),
    ("ReconcileStoppedAlarm/Statistic", "Sum", "a function that nobody invokes has no data"),
    ("ReconcileStoppedAlarm/ComparisonOperator", "LessThanThreshold", "that is the alarm"),
    ("ReconcileStoppedAlarm/Threshold", 1, "not one run"),
    ("ReconcileStoppedAlarm/Period", ref("ReconcileStoppedAlarmSeconds"), "the parameter's"),
]


def part(path: str) -> Any:
    """Return a part of the template: a property of a resource, or what is in a section; None if it is not there."""
    section, *names = path.split("/")
    node: Any = TEMPLATE[section] if section in TEMPLATE else properties(section)
    for name in names:
        if isinstance(node, list):
            [node] = node
        else:
            node = node.get(name)
    return node


@pytest.mark.parametrize(("path", "value", "why"), SAYS, ids=[path for path, *_ in SAYS])
def test_the_template_says(path: str, value: Any, why: str) -> None:
    """Each row has its reason."""
    assert part(path) == value, why


# --- Queue arithmetic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Message", "Inbound"])
def test_visibility_outlasts_six_runs_of_the_function(name: str) -> None:
    """AWS asks for six times the function's timeout; less would hand a message out while it is being sent."""
    function = {"Message": "SendFunction"}.get(name, f"{name}Function")
    assert properties(f"{name}Queue")["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"]


def test_what_was_put_off_outlasts_a_bus_that_is_down_for_two_days() -> None:
    """And becomes a dead letter before its queue would forget it, with days left to look at it."""
    inbound = properties("InboundQueue")
    lasts = inbound["RedrivePolicy"]["maxReceiveCount"] * inbound["VisibilityTimeout"]
    assert 2 * DAY < lasts < 7 * DAY < inbound["MessageRetentionPeriod"]


def test_retries_outlast_an_outage_of_an_hour_and_end_before_the_queue_forgets() -> None:
    """With the shortest waits that chance can pick, and with the longest."""
    receives = properties("MessageQueue")["RedrivePolicy"]["maxReceiveCount"]
    retention = properties("MessageQueue")["MessageRetentionPeriod"]
    assert sum(queue_delay(n, chance=lambda: 0.0) for n in range(1, receives)) > HOUR
    assert sum(queue_delay(n, chance=lambda: 1.0) for n in range(1, receives + 1)) < retention


def test_records_outlive_both_queues() -> None:
    """Even the smallest record lifetime covers queue, dead letter queue, and the queue again after a redrive."""
    source, dead = (properties(name)["MessageRetentionPeriod"] for name in ("MessageQueue", "DeadLetterQueue"))
    assert default("RecordTtlDays") * DAY >= PARAMETERS["RecordTtlDays"]["MinValue"] * DAY > 2 * source + dead
    # SQS counts a dead letter's age from its first enqueueing: a retention as short as the source's keeps nothing.
    assert source < dead


def test_no_invocation_outlasts_the_tolerance_of_clocks() -> None:
    """A delivery that comes back after it finds that the owner of a claim is over, and the claim's lease as well."""
    assert properties("SendFunction")["Timeout"] < CLOCK_TOLERANCE


def test_a_run_of_the_reconciliation_ends_before_the_next_starts() -> None:
    """The default rate is a minute."""
    assert functions()["ReconcileFunction"]["Timeout"] <= 60


def test_a_batch_of_changes_is_whole_calls_of_the_bus_and_holds_up_the_rest_for_an_hour_at_most() -> None:
    """And the first call has its time even at the end of an invocation's first minute."""
    assert part(f"{CHANGED}/BatchSize") % bus.MOST == 0
    assert properties("PublishFunction")["Timeout"] >= 2 * CALL_TIME
    assert 0 < part(f"{CHANGED}/MaximumRecordAgeInSeconds") <= HOUR


@pytest.mark.parametrize("seconds", PARAMETERS["ReconcileStoppedAlarmSeconds"]["AllowedValues"])
def test_cloudwatch_takes_the_periods_of_the_reconcilers_alarms(seconds: int) -> None:
    """Multiples of a minute; an alarm looks back a day, or a week if its period is an hour or more."""
    assert seconds % 60 == 0
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        if alarm.get("Period") == ref("ReconcileStoppedAlarmSeconds"):
            assert alarm["EvaluationPeriods"] * seconds <= (7 * DAY if seconds >= HOUR else DAY)


def test_the_reconcilers_alarms_wait_longer_than_its_schedule() -> None:
    """And an unknown message is given the time in which reports heal it."""
    assert default("ReconcileStoppedAlarmSeconds") >= 5 * 60
    assert 60 < default("UnknownAlarmSeconds") <= HOUR


# --- Two stacks in one account ----------------------------------------------------------------------------------------


def test_only_the_rule_and_what_lets_it_write_depend_on_the_bus() -> None:
    """Without the parameter neither is there."""
    assert RESOURCES["RequestedRule"]["Condition"] == "TakesEvents"
    policies = of_type("AWS::SQS::QueuePolicy").items()
    statements = {name: policy["PolicyDocument"]["Statement"] for name, policy in policies}
    users = {
        name: each for name, found in statements.items() for each in found if "RequestedRule.Arn" in set(strings(each))
    }
    assert {name for name, each in RESOURCES.items() if "RequestedRule.Arn" in set(strings(each))} == users.keys()
    assert users == {
        f"{queue}Policy": only_if(
            "TakesEvents",
            {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": att(f"{queue}.Arn"),
                "Condition": {"ArnEquals": {"aws:SourceArn": att("RequestedRule.Arn")}},
            },
        )
        for queue, sid in {"MessageQueue": "RequestedEvents", "DeadLetterQueue": "UndeliverableEvents"}.items()
    }
    others = [each for found in statements.values() for each in found if each not in users.values()]
    assert {each["Sid"] for each in others} == {"OnlyTls"}


def test_nothing_else_in_a_stack_takes_what_is_shared() -> None:
    """The functions are invoked by the stack's own queue, stream, APIs and schedule."""
    shared = {"AWS::Events::Rule", "AWS::SNS::Subscription", "AWS::Lambda::EventSourceMapping", "AWS::Events::Archive"}
    assert [name for name, each in RESOURCES.items() if each["Type"] in shared] == ["RequestedRule"]
    sources = [kind for each in functions().values() for kind in each.get("Events", {}).values()]
    assert [each["Properties"].get("Queue") or each["Properties"]["Stream"] for each in sources] == [
        att(f"{name}Arn") for name in ("MessageQueue.", "InboundQueue.", "MessageTable.Stream")
    ]


# What is a name within its own resource or of a service, and none in the account.
LOCAL_NAMES = {"IndexName", "PolicyName", "StageName", "AttributeName", "MetricName", "EventBusName", "FunctionName"}
OWN = [ref(name) for name in RESOURCES]


def named(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if str(key).endswith("Name") and key not in {"Name", *LOCAL_NAMES}:
            yield f"{path}.{key}", value
        yield from named(value, f"{path}.{key}")


def test_no_name_is_fixed_in_the_account() -> None:
    """Two stacks stand side by side: a name that CloudFormation does not make has the stack's name in it."""
    names = [each for name, res in RESOURCES.items() for each in named(res["Properties"], name)]
    names += [(name, res["Properties"]["Name"]) for name, res in RESOURCES.items() if "Name" in res["Properties"]]
    assert len(names) >= len(of_type("AWS::Logs::LogGroup")) + 2
    assert [name for name, value in names if value not in OWN and "AWS::StackName" not in json.dumps(value)] == []


def test_the_metrics_carry_the_name_of_the_stack() -> None:
    """In a process of its own, as the name is read from the environment when the functions start."""
    code = "from messente_rcs.telemetry import Metric, count, flush\nwith flush(): count(Metric.SENT)"
    for service, expected in (("stack-of-mine", "stack-of-mine"), ("", "messente-rcs")):
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "POWERTOOLS_SERVICE_NAME": service}
        written = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True).stdout
        assert json.loads(written)["service"] == expected


# --- Logs and tables --------------------------------------------------------------------------------------------------


def test_functions_log_to_groups_of_the_stack_that_are_deleted_in_time() -> None:
    """A log group that Lambda makes itself is kept for ever and outlives the stack. None is shared."""
    assert {name: each["LoggingConfig"] for name, each in functions().items()} == {
        f"{name}Function": {**TEMPLATE["Globals"]["Function"]["LoggingConfig"], "LogGroup": ref(f"{name}LogGroup")}
        for name in FUNCTIONS
    }
    for group in of_type("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == ref("LogRetentionDays")


@pytest.mark.parametrize(
    ("stage", "caller"), [("ApiStage", {"identity.userArn"}), ("CallbackStage", set())], ids=["Api", "Callback"]
)
@pytest.mark.parametrize("address", [set(), {"identity.sourceIp"}], ids=["without address", "with address"])
def test_access_logs_name_the_caller_and_no_path(stage: str, caller: set[str], address: set[str]) -> None:
    """Message ids are the callers' words: the log has the route, not the path, the query or a header."""
    empty, parts = properties(stage)["AccessLogSettings"]["Format"]["Fn::Join"]
    written = empty.join(text_of(each, logs_addresses=bool(address)) for each in parts)
    assert json.loads(written)["service"] == "${AWS::StackName}"
    assert set(re.findall(r"\$context\.([\w.]+)", written)) == caller | address | {
        "requestId", "requestTime", "routeKey", "status", "responseLatency", "integrationLatency", "integrationStatus",
        "integrationErrorMessage", "error.responseType",
    }  # fmt: skip


def text_of(node: Any, *, logs_addresses: bool) -> str:
    """Resolve a part of a format."""
    match node:
        case {"Fn::If": ["LogsSourceAddresses", then, otherwise]}:
            return text_of(then if logs_addresses else otherwise, logs_addresses=logs_addresses)
        case {"Fn::Sub": text}:
            return str(text)
    assert isinstance(node, str)
    return node


def test_indexes_hold_keys_only_and_by_their_own_attributes() -> None:
    """What has no such attribute is not in an index; reading one tells ids and times, and of one recipient the tags."""
    indexes = properties("MessageTable")["GlobalSecondaryIndexes"]
    assert {
        each["IndexName"]: [(key["KeyType"], key["AttributeName"]) for key in each["KeySchema"]] for each in indexes
    } == {
        "by_omnimessage_id": [("HASH", "omnimessage_id")],
        "by_due": [("HASH", "due_shard"), ("RANGE", "due")],
        "by_lease": [("HASH", "lease_shard"), ("RANGE", "lease_until")],
        "by_unknown": [("HASH", "unknown_shard"), ("RANGE", "unknown_since")],
        "by_recipient": [("HASH", "recipient"), ("RANGE", "created_at")],
    }
    keys_only, tags = {"ProjectionType": "KEYS_ONLY"}, {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tags"]}
    assert [index["Projection"] for index in indexes] == [*[keys_only] * 4, tags]
    # DynamoDB refuses a record whose key attribute has another type, and a key's type cannot be changed later.
    types = {
        each["AttributeName"]: each["AttributeType"] for each in properties("MessageTable")["AttributeDefinitions"]
    }
    assert {name for name, kind in types.items() if kind != "S"} == {"lease_until"}
    assert types["lease_until"] == "N"


def test_what_a_stack_would_lose_keeps_its_logical_id() -> None:
    """CloudFormation replaces what is renamed: a table, queue or secret by an empty one, an API by another URL."""
    kept = {
        "AWS::DynamoDB::Table": {"MessageTable", "OptOutTable"},
        "AWS::SQS::Queue": {"MessageQueue", "InboundQueue", *DEAD_LETTER_QUEUES},
        "AWS::SecretsManager::Secret": {"MessenteSecret"},
        "AWS::ApiGatewayV2::Api": {"Api", "CallbackApi"},
        "AWS::Serverless::Function": {f"{name}Function" for name in FUNCTIONS},
    }
    assert {kind: set(of_type(kind)) for kind in kept} == kept
    keys = {
        name: [key["AttributeName"] for key in properties(name)["KeySchema"]] for name in kept["AWS::DynamoDB::Table"]
    }
    assert keys == {"MessageTable": ["id"], "OptOutTable": ["to"]}


# --- Permissions ------------------------------------------------------------------------------------------------------

RECORDS = {
    "MessageTable.Arn": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
    "MessenteSecret.Id": {"secretsmanager:GetSecretValue"},
}
TAKE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}  # as Lambda does for a function
STREAM = {f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def index(*names: str) -> dict[str, set[str]]:
    return {f"${{MessageTable.Arn}}/index/{name}": {"dynamodb:Query"} for name in names}


# The actions of each function's role by their resource; some are there only with a condition.
ROLES: dict[str, dict[str, set[str]]] = {
    "SendRole": {
        **RECORDS,
        "MessageTable.Arn": {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
        **index("by_omnimessage_id", "by_unknown"),
        "OptOutTable.Arn if ChecksOptOuts": {"dynamodb:BatchGetItem"},
        "MessageQueue.Arn": TAKE | {"sqs:ChangeMessageVisibility"},
        "DeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "ReportRole": {**RECORDS, **index("by_omnimessage_id")},
    "ReconcileRole": {**RECORDS, **index("by_due", "by_lease", "by_unknown")},
    # It is open to all. Of the records it may touch its own marks, which no message id looks like.
    "InboundRole": {
        **RECORDS,
        "MessageTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "OptOutTable.Arn": {"dynamodb:UpdateItem"},
        "${MessageTable.Arn}/index/by_recipient if TracksConversations": {"dynamodb:Query"},
        OUR_BUS: {"events:PutEvents"},
        "InboundQueue.Arn": TAKE | {"sqs:SendMessage"},
        "MessageQueue.Arn if ConfirmsOptOuts": {"sqs:SendMessage"},
    },
    # It reads no record, no secret and no queue, and sends nothing.
    "PublishRole": {
        "MessageTable.StreamArn": STREAM,
        OUR_BUS: {"events:PutEvents"},
        "ChangeDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
}


def statements(role: str) -> Iterator[tuple[str, Resource]]:
    """Go through the statements of a role's policies, each with the condition that it depends on, or ""."""
    for policy in properties(role)["Policies"]:
        for each in policy["PolicyDocument"]["Statement"]:
            match each:
                case {"Fn::If": [str() as condition, dict() as statement, {"Ref": "AWS::NoValue"}]}:
                    yield condition, statement
                case _:
                    yield "", each


def granted(role: str) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for condition, statement in statements(role):
        assert statement["Effect"] == "Allow"
        for resource in listed(statement["Resource"]):
            [where] = resource.values()
            found[f"{where} if {condition}" if condition else where] |= set(listed(statement["Action"]))
    return dict(found)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_allows_what_its_function_needs_and_writes_to_its_own_log(role: str) -> None:
    """What one function may do, its neighbours may not. The public endpoint can't list what is unknown or due."""
    name = role.removesuffix("Role")
    assert properties(f"{name}Function")["Role"] == att(f"{role}.Arn")
    assert granted(role) == ROLES[role] | {f"{name}LogGroup.Arn": LOG}


def test_roles_allow_no_wildcard_and_use_no_policy_that_aws_manages() -> None:
    """AWS's own policies for Lambda allow every queue and every log group of the account."""
    roles = of_type("AWS::IAM::Role")
    assert roles.keys() == ROLES.keys() | {"ReconcileSchedulerRole"}
    assert granted("ReconcileSchedulerRole") == {"ReconcileFunction.Arn": {"lambda:InvokeFunction"}}
    for role in roles:
        for where, actions in granted(role).items():
            assert "*" not in f"{where} {actions}", role
    attached = [each for role in roles.values() for each in strings(role.get("ManagedPolicyArns"))]
    assert set(attached) == {"HasVpc", "NetworkPolicy", "AWS::NoValue"}
    assert not [name for name, function in functions().items() if "Policies" in function]


def test_the_roles_allow_what_the_bundle_can_call_and_what_lambda_calls_for_it() -> None:
    """Trimmed botocore and roles agree; the rest is the event sources' and the logger's."""
    ours = {f"{service}:{name}" for service, names in trim_botocore.OPERATIONS.items() for name in names}
    assert set().union(*(actions for role in ROLES for actions in granted(role).values())) == ours | TAKE | STREAM | LOG


def test_statements_are_bound_to_marks_and_to_our_source() -> None:
    """Whoever takes a function over can say nothing on the bus in the name of another system, and touch no record."""
    conditions = {
        f"{role} {statement['Sid']}": statement["Condition"]
        for role in ROLES
        for _, statement in statements(role)
        if "Condition" in statement
    }
    assert conditions == {
        "InboundRole Marks": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["#inbound:*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},  # ForAllValues holds for no key at all
        },
        **{
            f"{role} Publish": {"StringEquals": {"events:source": bus.SOURCE}}
            for role in ("InboundRole", "PublishRole")
        },
    }
    assert (bus.SOURCE, bus.DETAIL_TYPE) == ("messente-rcs", "RCS Message Changed")


def test_aws_services_take_a_role_for_this_account_only() -> None:
    """Any account's schedule could otherwise name our role and have the service use it."""
    trusts = {name: role["AssumeRolePolicyDocument"]["Statement"] for name, role in of_type("AWS::IAM::Role").items()}
    services = {name: trust["Principal"]["Service"] for name, (trust,) in trusts.items()}
    assert {name for name, service in services.items() if service != "lambda.amazonaws.com"} == {
        name
        for name, (trust,) in trusts.items()
        if trust.get("Condition") == {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
    }


def test_only_this_stack_s_apis_may_invoke() -> None:
    """A service principal without a source would let in every account's; and each API reaches its own function."""
    words = [
        [each["FunctionName"]["Ref"], *re.findall(r"\b(?:Callback)?Api\b", " ".join(strings(each["SourceArn"])))]
        for each in of_type("AWS::Lambda::Permission").values()
    ]
    assert sorted(words) == [
        ["InboundFunction", "CallbackApi"],
        ["ReportFunction", "CallbackApi"],
        ["SendFunction", "Api"],
    ]


def test_functions_that_call_messente_are_in_a_vpc_if_subnets_are_given() -> None:
    """Everything else would have to pass the NAT gateway for nothing. Lambda alone makes the interfaces.

    The code of the function, which has the same role, is denied that.
    """
    network = {"SubnetIds": ref("SubnetIds"), "SecurityGroupIds": ref("SecurityGroupIds")}
    assert {name: each["VpcConfig"] for name, each in functions().items() if "VpcConfig" in each} == {
        name: only_if("HasVpc", network) for name in ("SendFunction", "ReconcileFunction")
    }
    roles = of_type("AWS::IAM::Role")
    assert {name: each["ManagedPolicyArns"] for name, each in roles.items() if "ManagedPolicyArns" in each} == {
        name: only_if("HasVpc", [ref("NetworkPolicy")]) for name in ("SendRole", "ReconcileRole")
    }
    made, found, denied = properties("NetworkPolicy")["PolicyDocument"]["Statement"]
    assert (made["Effect"], found["Effect"], denied["Effect"]) == ("Allow", "Allow", "Deny")
    assert made["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"}
    assert all(action.startswith("ec2:Describe") for action in found["Action"])
    assert denied["Action"] == "ec2:*"
    assert {name: set(test) for name, test in denied["Condition"].items()} == {"ArnLike": {"lambda:SourceFunctionArn"}}


# --- APIs -------------------------------------------------------------------------------------------------------------


def test_every_route_of_the_callers_api_is_authorized_by_iam_and_the_public_api_has_three() -> None:
    """Sending costs money, and records name recipients. Messente can't sign for IAM: its functions alone are open."""
    ours = ("Api", "AWS_IAM", "integrations/${ApiIntegration}")
    reports = ("CallbackApi", "NONE", "integrations/${CallbackIntegration}")
    assert {
        each["RouteKey"]: (each["ApiId"]["Ref"], each["AuthorizationType"], each["Target"]["Fn::Sub"])
        for each in of_type("AWS::ApiGatewayV2::Route").values()
    } == {
        "POST /messages": ours,
        "GET /messages": ours,
        "GET /messages/{id}": ours,
        "DELETE /messages/{id}": ours,
        "POST /messages/{id}/resolution": ours,
        "POST /delivery-reports/{id}": reports,
        "POST /delivery-reports": reports,
        "POST /inbound-messages": ("CallbackApi", "NONE", "integrations/${InboundIntegration}"),
    }
    for name, function in {"Api": "Send", "Callback": "Report", "Inbound": "Inbound"}.items():
        integration = properties(f"{name}Integration")
        assert integration["IntegrationUri"] == att(f"{function}Function.Arn")
        assert integration["PayloadFormatVersion"] == "2.0"


# --- Events out -------------------------------------------------------------------------------------------------------


def test_the_stream_and_what_reads_it_exist_only_when_events_are_published() -> None:
    """They cost money, and are off by default."""
    conditional = {name for name, resource in RESOURCES.items() if resource.get("Condition") == "PublishesEvents"}
    readers = {name for name, each in RESOURCES.items() if "MessageTable.StreamArn" in strings(each)}
    assert readers == {"PublishFunction", "PublishRole"}
    assert conditional == readers | {
        "ChangeDeadLetterQueue", "ChangeDeadLetterQueuePolicy", "ChangesDelayedAlarm", "PublishLogGroup",
        "UnpublishedChangesAlarm",
    }  # fmt: skip


def test_claims_and_deletions_are_not_published() -> None:
    """Between claim and answer nothing is known yet; and a record that expires changes no message."""
    (only,) = part(f"{CHANGED}/FilterCriteria/Filters")
    assert json.loads(only["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"state": {"S": [{"anything-but": ["claimed"]}]}}},
    }


def test_only_the_publishing_function_knows_of_its_bus_and_the_recipient() -> None:
    """Its dead letters are positions of the stream, which no redrive may hand to a send."""
    assert own_variables("PublishFunction") == {
        "EVENT_BUS_NAME": ref("EventBusName"),
        "PUBLISH_RECIPIENT": ref("PublishRecipient"),
        "DEAD_LETTER_QUEUE_URL": ref("ChangeDeadLetterQueue"),
    }


# --- Alarms -----------------------------------------------------------------------------------------------------------

OUR_METRICS = {
    "Delivered", "DeliveryExpired", "Failed", "InboundRefused", "MessagePrice", "Misconfigured", "OldestOverdue",
    "OldestUnknown", "OptOutNotKept", "ReportRefused", "TooManyRequests", "Unauthorized", "Unreadable", "Unrecorded",
}  # fmt: skip


def test_what_needs_a_person_raises_an_alarm() -> None:
    """Dead letters, errors, age, refused reports, and the outcomes that no retry ends."""
    visible, age = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
    watched = {
        (metric["Namespace"], metric["MetricName"], *metric["Dimensions"][0]["Value"].values())
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for metric in watched_by(alarm)
    }
    assert watched >= {
        *{("AWS/SQS", visible, f"{name}.QueueName") for name in DEAD_LETTER_QUEUES},
        *{("AWS/SQS", age, f"{name}.QueueName") for name in ("MessageQueue", "InboundQueue")},
        ("AWS/Lambda", "Errors", "SendFunction"),
        ("AWS/Lambda", "Errors", "ReconcileFunction"),
        ("AWS/Lambda", "Invocations", "ReconcileFunction"),
        # A reconciliation that is throttled is not repeated: then the alarm on its invocations rings. The stream waits.
        ("AWS/Lambda", "Throttles", "SendFunction"),
        # Whatever keeps one of the public functions from keeping a report or an inbound message.
        *{("AWS/ApiGateway", errors, api) for errors in ("4xx", "5xx") for api in ("Api", "CallbackApi")},
        # A stream that is read too slowly, and what the dead-letter queue hides while somebody reads it.
        ("AWS/Lambda", "IteratorAge", "PublishFunction"),
        ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "DeadLetterQueue.QueueName"),
        *{(metrics.namespace, name, "AWS::StackName") for name in OUR_METRICS},
    }


@pytest.mark.parametrize("api", ["Api", "Callback"])
def test_what_api_gateway_turns_away_is_counted(api: str) -> None:
    """It has no metric of its own for 429, so CloudWatch counts these lines of the access log, for this stack."""
    counted = properties(f"{api}TooManyRequests")
    assert counted == {
        "LogGroupName": ref(f"{api}LogGroup"),
        "FilterPattern": '{ $.status = "429" }',
        "MetricTransformations": [
            {
                "MetricNamespace": metrics.namespace,
                "MetricName": "TooManyRequests",
                "MetricValue": "1",
                "Dimensions": [{"Key": "service", "Value": "$.service"}],
            }
        ],
    }
    filters = of_type("AWS::Logs::MetricFilter").values()
    assert {each["MetricName"] for filter_ in filters for each in filter_["MetricTransformations"]} == COUNTED_FROM_LOGS


@pytest.mark.parametrize(
    ("alarm", "values", "result"),
    [
        ("DeadLettersAlarm", {"waiting": 0, "received": 2}, 2),
        ("ClientErrorsAlarm", {"calls": 60, "callbacks": 20, "too_many": 30}, 50),
        ("ClientErrorsAlarm", {"callbacks": 7}, 7),
        ("DeliveryFailuresAlarm", {"delivered": 60, "failed": 30, "expired": 10}, 40),
        ("DeliveryFailuresAlarm", {"failed": 50}, 100),
        ("DeliveryFailuresAlarm", {"delivered": 20, "failed": 29}, 0),
    ],
)
def test_a_formula_gives(alarm: str, values: dict[str, float], result: float) -> None:
    """What is missing counts as 0, and what was turned away with 429 is another alarm's."""
    metrics = properties(alarm)["Metrics"]
    [formula] = [each["Expression"] for each in metrics if each.get("ReturnData", True)]
    known = {each["Id"]: values.get(each["Id"]) for each in metrics if "MetricStat" in each}
    assert worked_out(formula, known) == result


def test_a_parameter_of_0_switches_an_alarm_off() -> None:
    """No percentage is above 100; and nothing is spent for an alarm about what is spent."""
    limit = {"Fn::If": ["WatchesDeliveries", ref("FailedDeliveriesPercent"), 100]}
    assert properties("DeliveryFailuresAlarm")["Threshold"] == limit
    assert TEMPLATE["Conditions"]["WatchesDeliveries"] == is_given(ref("FailedDeliveriesPercent"), 0)
    assert RESOURCES["SpendAlarm"]["Condition"] == "LimitsSpend"
    assert TEMPLATE["Conditions"]["LimitsSpend"] == is_given(ref("DailySpendLimit"), 0)


# --- Names, settings and patterns -------------------------------------------------------------------------------------


def test_names_that_others_script_against_exist_and_are_described() -> None:
    """Stack parameters and outputs are an interface: none is renamed."""
    assert set(GROUPED) <= PARAMETERS.keys() >= {
        "MessenteUrl", "DefaultSender", "Architecture", "CallbackBaseUrl", "EventBusName",
    }  # fmt: skip
    assert TEMPLATE["Outputs"].keys() >= {
        "ApiUrl", "QueueUrl", "DeadLetterQueueUrl", "TableName", "SecretArn", "CallbackUrl",
    }  # fmt: skip
    assert not [name for name, entry in TEMPLATE["Outputs"].items() if not entry.get("Description")]


def test_the_version_is_the_one_of_the_code() -> None:
    """As an output, and as a line of the dashboard: a release changes all three."""
    version = messente_rcs.__version__
    assert part("Outputs/Version/Value") == version
    assert f'"Version {version}: alarms"' in properties("Dashboard")["DashboardBody"]["Fn::Sub"]


def test_policies_find_the_arns_that_they_need() -> None:
    """Of whatever a caller or an operator may be allowed to use."""
    outputs = {name: each["Value"] for name, each in TEMPLATE["Outputs"].items() if name.endswith("Arn")}
    assert outputs.pop("ApiArn")["Fn::Sub"].endswith(":${AWS::Region}:${AWS::AccountId}:${Api}/*")
    assert outputs == {
        "QueueArn": att("MessageQueue.Arn"),
        "DeadLetterQueueArn": att("DeadLetterQueue.Arn"),
        "TableArn": att("MessageTable.Arn"),
        "FunctionArn": att("SendFunction.Arn"),
        "SecretArn": att("MessenteSecret.Id"),
    }


def test_the_functions_get_exactly_the_settings_that_they_read() -> None:
    """No variable is misspelt: each is a setting, or belongs to a library; and none that is required is missing."""
    shared = set(SHARED_VARIABLES)
    own = {name: set(own_variables(name)) for name in functions()}
    settings = {
        f"{name}Function": {field.upper(): hasattr(kind, field) for field in get_type_hints(kind)}
        for name, kind in ((name, getattr(settings_of, f"{name}Settings")) for name in FUNCTIONS)
    }
    ours = {name for name in shared if not name.startswith(("AWS_", "POWERTOOLS_"))}
    assert ours <= set().union(*settings.values())
    for name, known in settings.items():
        assert own[name] <= known.keys()
        assert {variable for variable, has_default in known.items() if not has_default} <= shared | own[name]


def chosen(node: Any, callback_base_url: str) -> Any:
    if not isinstance(node, dict) or "Fn::If" not in node:
        return node
    own, none = callback_base_url == "", callback_base_url == "none"
    condition, then, otherwise = node["Fn::If"]
    holds = {"HasOwnCallback": own, "HasNoCallback": none, "CallsBackDirectly": own or none}[condition]
    return chosen(then if holds else otherwise, callback_base_url)


@pytest.mark.parametrize(
    ("base", "setting", "output"),
    [
        ("", "${CallbackApi.ApiEndpoint}/delivery-reports", "${CallbackApi.ApiEndpoint}/delivery-reports"),
        ("none", "", "${CallbackApi.ApiEndpoint}/delivery-reports"),
        ("https://x.org", "${CallbackBaseUrl}/delivery-reports", "${CallbackBaseUrl}/delivery-reports"),
    ],
)
def test_reports_go_where_the_parameter_says(base: str, setting: str, output: str) -> None:
    """To the stack's own endpoint, to a domain in front of it, or nowhere; and the output names where they can go."""
    assert chosen(SHARED_VARIABLES["CALLBACK_URL"], base) == ({"Fn::Sub": setting} if setting else "")
    assert chosen(TEMPLATE["Outputs"]["CallbackUrl"]["Value"], base) == {"Fn::Sub": output}


# What the pattern of a parameter takes, and what it must not.
PATTERNS = {
    "SubnetIds": (["subnet-0123456789abcdef0", "subnet-01234567", ""], ["sg-0123456789abcdef0"]),
    "SecurityGroupIds": (["sg-0123456789abcdef0", ""], ["default"]),
    "ApiBaseUrl": (
        ["", "https://rcs.example.com", "https://rcs.example.com/v1"],
        ["https://rcs.example.com/", "http://rcs.example.com", "https://rcs.example.com?x=1", "rcs.example.com"],
    ),
    # Reports carry a number and a price; and a path is put behind the base.
    "CallbackBaseUrl": (
        [
            *("", "none", "https://reports.example.com", "https://reports.example.com/rcs", "http://localhost:8080"),
            "http://127.0.0.1:4566/_aws/execute-api/a1/$default",
        ],
        [
            *("https://reports.example.com/", "https://reports.example.com/rcs/", "https://reports.example.com?x=1"),
            *("https://user:word@example.com", "http://reports.example.com", "http://127.0.0.1.example.com", "None"),
        ],
    ),
    # A reconciliation that runs once, or never, would not be one.
    "ReconcileSchedule": (
        ["rate(1 minute)", "rate(15 minutes)", "cron(0/5 6-22 * * ? *)"],
        ["rate(0 minutes)", "rate(30 seconds)", "at(2030-01-01T00:00:00)", ""],
    ),
    # It refuses what would send credentials in the clear, as the function itself does.
    "MessenteUrl": (
        [
            *("https://api.messente.com/v1", "http://127.0.0.1:8080/v1", "http://localhost:8080"),
            *("http://172.17.0.1:8080/v1", "http://192.168.1.20/v1"),
        ],
        [
            *("http://api.messente.com/v1", "http://172.32.0.1/v1", "http://10.0.0.1.example.com/v1", ""),
            *("http://127.0.0.1@example.com/v1", "https://user:word@example.com/v1", "https://api.messente.com/v1?x=1"),
            "ftp://127.0.0.1/v1",
        ],
    ),
}


@pytest.mark.parametrize(
    ("parameter", "value", "is_taken"),
    [(name, value, number == 0) for name, both in PATTERNS.items() for number, of in enumerate(both) for value in of],
)
def test_a_pattern_takes_what_is_meant(parameter: str, value: str, *, is_taken: bool) -> None:
    """CloudFormation holds the value, or each item of a list, against the pattern; the function agrees on its URL."""
    assert bool(re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], value)) is is_taken
    if parameter == "MessenteUrl":
        needed = {"TABLE_NAME": "t", "SECRET_ARN": "s", "QUEUE_URL": "q", "DEAD_LETTER_QUEUE_URL": "d"}
        try:
            assert SendSettings.from_environment({**needed, "MESSENTE_URL": value}).messente_url == value
        except InvalidSettings:
            assert not is_taken
        else:
            assert is_taken
