"""The template's policy: what every parameter, alarm, queue, table and function of this stack must have.

What a run on the emulator, `sam validate --lint` or checkov shows is not said again here.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

import messente_rcs
from bundle import trim_botocore
from messente_rcs import settings as settings_of
from messente_rcs.aws import bus
from messente_rcs.sending.pacing import CLOCK_TOLERANCE, LONGEST_DELAY, queue_delay
from messente_rcs.settings import InvalidSettings, SendSettings
from messente_rcs.telemetry import metrics
from messente_rcs.triggers.stream import CALL_TIME
from rcs_cli.main import COMMANDS
from tests.support.documents import documented_alarms, documented_parameters
from tests.support.template import COUNTED_FROM_LOGS, RESOURCES, ROOT, TEMPLATE, properties, watched_by
from tests.unit.cli.test_doctor import ALARMS as DIAGNOSED

Resource = dict[str, Any]
DAY = 86_400
HOUR = 3_600
PARAMETERS: dict[str, Resource] = TEMPLATE["Parameters"]


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


def ref(name: str) -> Resource:
    return {"Ref": name}


def att(name: str) -> Resource:
    return {"Fn::GetAtt": name}


def only_if(condition: str, value: Any) -> Resource:
    return {"Fn::If": [condition, value, ref("AWS::NoValue")]}


# --- What a new part needs --------------------------------------------------------------------------------------------

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
        "the longest retention, if it keeps dead letters": name in dead
        or properties(name)["MessageRetentionPeriod"] == 14 * DAY,
    }
    hold(name, needs)


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_a_table_has_all_that_it_needs(name: str) -> None:
    """Records and opt-outs carry numbers, and a loss of either could send a message that must not be sent."""
    table = properties(name)
    needs = {
        "encryption": table["SSESpecification"] == {"SSEEnabled": True},
        "backups": table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True},
        "no capacity that a burst exceeds": table["BillingMode"] == "PAY_PER_REQUEST",
        "an end of its items, unless they are opt-outs": ("TimeToLiveSpecification" in table)
        == (name != "OptOutTable"),
    }
    hold(name, needs)


FUNCTIONS = [name.removesuffix("Function") for name in of_type("AWS::Serverless::Function")]
SHARED_VARIABLES: Resource = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]


def settings_by_variable(function: str) -> dict[str, bool]:
    """Tell of each variable that a function reads whether it has a default."""
    settings = getattr(settings_of, f"{function}Settings")
    return {field.upper(): hasattr(settings, field) for field in get_type_hints(settings)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_all_that_it_needs(name: str) -> None:
    """A variable that is no setting is misspelt, and a log group that Lambda makes itself outlives the stack."""
    function, known = properties(f"{name}Function"), settings_by_variable(name)
    own = function.get("Environment", {}).get("Variables", {}).keys()
    required = {variable for variable, has_default in known.items() if not has_default}
    needs = {
        "its own role": function["Role"] == att(f"{name}Role.Arn"),
        "its own log group": function["LoggingConfig"] == {"LogGroup": ref(f"{name}LogGroup")},
        "a setting for each variable of its own": own <= known.keys(),
        "a variable for each setting without a default": required <= own | SHARED_VARIABLES.keys(),
    }
    hold(name, needs)


def test_a_shared_variable_is_read_by_a_function() -> None:
    """Or by a library."""
    read = set().union(*map(settings_by_variable, FUNCTIONS))
    assert [name for name in SHARED_VARIABLES.keys() - read if not name.startswith(("AWS_", "POWERTOOLS_"))] == []


# --- What nothing on this machine shows -------------------------------------------------------------------------------

INVOKED = "SendFunction/EventInvokeConfig/DestinationConfig"
CHANGED = "PublishFunction/Events/Changed/Properties"

# A path, what is there, and why.
SAYS: list[tuple[str, Any, str]] = [
    ("MessenteSecret/SecretString", '{"username":"","password":""}', "another text would replace the real secret"),
    (f"{INVOKED}/OnFailure/Destination", att("DeadLetterQueue.Arn"), "Lambda may drop no invocation"),
    ("RequestedRule/Targets/0/DeadLetterConfig/Arn", att("DeadLetterQueue.Arn"), "EventBridge may drop no event"),
    (f"{CHANGED}/DestinationConfig/OnFailure/Destination", att("ChangeDeadLetterQueue.Arn"), "nor a change"),
    ("InboundDeadLettersAlarm/EvaluationPeriods", 5, "a reader hides letters for two minutes, and that mends nothing"),
    (f"{CHANGED}/StartingPosition", "TRIM_HORIZON", "no change is skipped"),
    (f"{CHANGED}/FunctionResponseTypes", ["ReportBatchItemFailures"], "Lambda continues where the bus stopped"),
    (f"{CHANGED}/MaximumRetryAttempts", 10_000, "the age of a change ends its attempts, and not their number"),
    *(
        (
            f"{stage}/DefaultRouteSettings",
            {"ThrottlingRateLimit": ref(limit), "ThrottlingBurstLimit": ref(limit)},
            "the default of API Gateway is the whole account's limit",
        )
        for stage, limit in {"ApiStage": "ApiRequestsPerSecond", "CallbackStage": "CallbackRequestsPerSecond"}.items()
    ),
]


def part(path: str) -> Any:
    """Return a part of a resource's properties."""
    logical_id, *names = path.split("/")
    node: Any = properties(logical_id)
    for name in names:
        node = node[int(name) if isinstance(node, list) else name]
    return node


@pytest.mark.parametrize(("path", "value", "why"), SAYS, ids=[path for path, *_ in SAYS])
def test_the_template_says(path: str, value: Any, why: str) -> None:
    """Each row has its reason."""
    assert part(path) == value, why


def test_messages_records_opt_outs_and_the_secret_outlive_the_stack() -> None:
    """The queue of changes alone goes with it: it holds positions of a stream that goes too."""
    kinds = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"}
    held = {name: each for name, each in RESOURCES.items() if each["Type"] in kinds and name != "ChangeDeadLetterQueue"}
    lost = [
        name
        for name, each in held.items()
        if (each["DeletionPolicy"].removesuffix("ExceptOnCreate"), each["UpdateReplacePolicy"]) != ("Retain", "Retain")
    ]
    assert lost == []


# --- Queue arithmetic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("queue", "function"), [("Message", "Send"), ("Inbound", "Inbound")])
def test_visibility_outlasts_six_runs_of_the_function(queue: str, function: str) -> None:
    """AWS asks for six times the function's timeout; less would hand a message out while it is being sent."""
    assert properties(f"{queue}Queue")["VisibilityTimeout"] >= 6 * properties(f"{function}Function")["Timeout"]


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
    assert PARAMETERS["RecordTtlDays"]["MinValue"] * DAY > 2 * source + dead
    # SQS counts a dead letter's age from its first enqueueing: a retention as short as the source's keeps nothing.
    assert source < dead


def test_no_invocation_outlasts_the_tolerance_of_clocks() -> None:
    """A delivery that comes back after it finds that the owner of a claim is over, and the claim's lease as well."""
    assert properties("SendFunction")["Timeout"] < CLOCK_TOLERANCE


def test_a_run_of_the_reconciliation_ends_before_the_next_starts() -> None:
    """The default rate is a minute."""
    assert properties("ReconcileFunction")["Timeout"] <= 60


def test_a_batch_of_changes_is_whole_calls_of_the_bus_and_holds_up_the_rest_for_an_hour_at_most() -> None:
    """And the first call has its time even at the end of an invocation's first minute."""
    assert part(f"{CHANGED}/BatchSize") % bus.MOST == 0
    assert properties("PublishFunction")["Timeout"] >= 2 * CALL_TIME
    assert 0 < part(f"{CHANGED}/MaximumRecordAgeInSeconds") <= HOUR


def test_a_message_that_is_still_deferred_keeps_its_alarm_ringing() -> None:
    """SQS leaves its age out after three receives; the function tells it whenever the message comes back."""
    alarm = properties("OldestMessageAlarm")
    assert alarm["DatapointsToAlarm"] == 1
    assert alarm["EvaluationPeriods"] * 60 > LONGEST_DELAY


@pytest.mark.parametrize("seconds", PARAMETERS["ReconcileStoppedAlarmSeconds"]["AllowedValues"])
def test_cloudwatch_takes_the_periods_of_the_reconcilers_alarms(seconds: int) -> None:
    """Multiples of a minute; an alarm looks back a day, or a week if its period is an hour or more."""
    assert seconds % 60 == 0
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        if alarm.get("Period") == ref("ReconcileStoppedAlarmSeconds"):
            assert alarm["EvaluationPeriods"] * seconds <= (7 * DAY if seconds >= HOUR else DAY)


def test_only_the_rule_may_write_into_a_queue() -> None:
    """EventBridge could otherwise send in the name of any account."""
    policies = [each["PolicyDocument"]["Statement"] for each in of_type("AWS::SQS::QueuePolicy").values()]
    allowed = [each["Fn::If"] for found in policies for each in found if each.get("Effect") != "Deny"]
    assert [statement["Resource"] for _, statement, _ in allowed] == [
        att("MessageQueue.Arn"),
        att("DeadLetterQueue.Arn"),
    ]
    for condition, statement, _ in allowed:
        assert condition == RESOURCES["RequestedRule"]["Condition"]
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": att("RequestedRule.Arn")}}


def test_the_metrics_carry_the_name_of_the_stack() -> None:
    """In a process of its own, as the name is read from the environment when the functions start."""
    assert SHARED_VARIABLES["POWERTOOLS_SERVICE_NAME"] == ref("AWS::StackName")
    code = "from messente_rcs.telemetry import Metric, count, flush\nwith flush(): count(Metric.SENT)"
    for service, expected in (("stack-of-mine", "stack-of-mine"), ("", "messente-rcs")):
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "POWERTOOLS_SERVICE_NAME": service}
        written = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True).stdout
        assert json.loads(written)["service"] == expected


@pytest.mark.parametrize("stage", ["ApiStage", "CallbackStage"])
def test_access_logs_are_json_and_name_no_path(stage: str) -> None:
    """Message ids are the callers' words: the log has the route, not the path."""
    _, parts = properties(stage)["AccessLogSettings"]["Format"]["Fn::Join"]
    optional = [each for each in parts if "Fn::If" in each]
    for left_out in ([], optional):
        texts = [next(text for text in strings(each) if '"' in text) for each in parts if each not in left_out]
        assert json.loads("".join(texts))["service"] == "${AWS::StackName}"
        assert "path" not in "".join(texts).lower()


def test_indexes_hold_keys_only() -> None:
    """Reading one tells ids and times, and of one recipient the tags."""
    projections = {each["IndexName"]: each["Projection"] for each in part("MessageTable/GlobalSecondaryIndexes")}
    assert projections.pop("by_recipient") == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tags"]}
    assert {each["ProjectionType"] for each in projections.values()} == {"KEYS_ONLY"}


# --- Permissions ------------------------------------------------------------------------------------------------------

# Lambda itself reads a queue and a stream in the role of a function, and the scheduler starts one.
OF_AWS = {
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    *(f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")),
    *("logs:CreateLogStream", "logs:PutLogEvents", "lambda:InvokeFunction"),
}


def test_the_roles_allow_what_the_bundle_can_call_and_what_aws_calls_for_it() -> None:
    """Trimmed botocore and roles agree, and no role reaches what it does not name.

    Which role allows what is in test_least_privilege.py.
    """
    policies = [policy for role in of_type("AWS::IAM::Role").values() for policy in role["Policies"]]
    found = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    statements = [each["Fn::If"][1] if "Fn::If" in each else each for each in found]
    bundle = {f"{service}:{name}" for service, names in trim_botocore.OPERATIONS.items() for name in names}
    assert {action for each in statements for action in listed(each["Action"])} == bundle | OF_AWS
    assert [each for each in statements if "*" in "".join(strings(each["Resource"]))] == []


def test_aws_services_take_a_role_for_this_account_only() -> None:
    """Any account's schedule could otherwise name our role and have the service use it."""
    trusts = [role["AssumeRolePolicyDocument"]["Statement"] for role in of_type("AWS::IAM::Role").values()]
    others = [trust for (trust,) in trusts if trust["Principal"]["Service"] != "lambda.amazonaws.com"]
    own = {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
    assert [trust["Condition"] for trust in others] == [own]


@pytest.mark.parametrize("name", of_type("AWS::Lambda::Permission"))
def test_a_permission_is_for_one_api_of_this_stack(name: str) -> None:
    """The API of any account could otherwise invoke our function."""
    permission = properties(name)
    *_, named = permission["SourceArn"]["Fn::Sub"]
    arn = str(permission["SourceArn"]) if isinstance(named, str) else str(named["Arn"])
    assert permission["Action"] == "lambda:InvokeFunction"
    assert re.search(r":\$\{AWS::AccountId\}:\$\{(Callback)?Api\}", arn)


def test_functions_that_call_messente_are_in_a_vpc_if_subnets_are_given() -> None:
    """Everything else would have to pass the NAT gateway for nothing. Lambda alone makes the interfaces.

    The code of the function, which has the same role, is denied that.
    """
    network = {"SubnetIds": ref("SubnetIds"), "SecurityGroupIds": ref("SecurityGroupIds")}
    for name, function in of_type("AWS::Serverless::Function").items():
        is_calling = name in {"SendFunction", "ReconcileFunction"}
        role = properties(name.replace("Function", "Role"))
        assert function.get("VpcConfig") == (only_if("HasVpc", network) if is_calling else None)
        assert role.get("ManagedPolicyArns") == (only_if("HasVpc", [ref("NetworkPolicy")]) if is_calling else None)
    denied = part("NetworkPolicy/PolicyDocument/Statement")[-1]
    assert (denied["Effect"], denied["Action"], denied["Resource"]) == ("Deny", "ec2:*", "*")
    assert denied["Condition"].keys() == {"ArnLike"}


@pytest.mark.parametrize("api", ["Api", "Callback"])
def test_what_api_gateway_turns_away_is_counted(api: str) -> None:
    """It has no metric of its own for 429, so CloudWatch counts these lines of the access log, for this stack."""
    counted, alarm = properties(f"{api}TooManyRequests"), properties("TooManyRequestsAlarm")
    assert (counted["LogGroupName"], counted["FilterPattern"]) == (ref(f"{api}LogGroup"), '{ $.status = "429" }')
    [metric] = counted["MetricTransformations"]
    assert metric["MetricName"] in COUNTED_FROM_LOGS
    assert (metric["MetricNamespace"], metric["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])
    assert metric["Dimensions"] == [{"Key": "service", "Value": "$.service"}]


@pytest.mark.parametrize(
    ("alarm", "values", "result"),
    [
        ("DeadLettersAlarm", {"waiting": 0, "received": 2}, 2),
        ("OldestMessageAlarm", {"sqs": 30, "own": 901}, 901),
        ("OldestMessageAlarm", {"sqs": 901}, 901),
        ("InboundWaitsAlarm", {"waiting": 0, "received": 1}, 1),
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
    functions = {  # of CloudWatch; for one period, its formulas read as Python's
        "FILL": lambda value, instead: instead if value is None else value,
        "MAX": max,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    assert eval(formula, functions, known) == result  # noqa: S307 - the template's


def test_the_version_is_the_one_of_the_code() -> None:
    """As an output, and as a line of the dashboard: a release changes all three."""
    version = messente_rcs.__version__
    assert TEMPLATE["Outputs"]["Version"]["Value"] == version
    assert f'"Version {version}: alarms"' in properties("Dashboard")["DashboardBody"]["Fn::Sub"]


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
            *("https://api.messente.com/v1", "http://127.0.0.1:8080/v1/", "http://localhost:8080", "http://[::1]"),
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
            assert SendSettings.from_environment({**needed, "MESSENTE_URL": value}).messente_url == value.rstrip("/")
        except InvalidSettings:
            assert not is_taken
        else:
            assert is_taken
