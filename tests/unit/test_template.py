"""The template's policy: what every queue, function, alarm and permission of this stack must have."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

from bundle import trim_botocore
from messente_rcs.aws import bus
from messente_rcs.sending.pacing import CLOCK_TOLERANCE, queue_delay
from messente_rcs.settings import (
    InboundSettings,
    InvalidSettings,
    PublishSettings,
    ReconcileSettings,
    ReportSettings,
    SendSettings,
    Settings,
)
from messente_rcs.telemetry import metrics
from messente_rcs.triggers.stream import CALL_TIME
from rcs_cli.main import app
from tests.support.documents import documented_alarms, documented_parameters
from tests.support.template import RESOURCES, ROOT, TEMPLATE, properties
from tests.unit.cli.test_doctor import ALARMS as DIAGNOSED

Resource = dict[str, Any]
DAY = 86_400
HOUR = 3_600
DEAD_LETTER_QUEUES = {"DeadLetterQueue", "ChangeDeadLetterQueue", "InboundDeadLetterQueue"}


def of_type(kind: str) -> dict[str, Resource]:
    """Return the properties of every resource of one type, by logical id."""
    return {name: res.get("Properties", {}) for name, res in TEMPLATE["Resources"].items() if res["Type"] == kind}


def every(kind: str) -> list[Any]:
    """Return one test parameter for each resource of the type; there must be one."""
    found = of_type(kind)
    assert found, kind
    return [pytest.param(properties, id=name) for name, properties in found.items()]


def strings(node: Any) -> Iterator[str]:
    """Yield every string in a part of the template."""
    if isinstance(node, str):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from strings(item)


def listed(value: Any) -> list[Any]:
    """Return IAM's one-or-many as many."""
    return value if isinstance(value, list) else [value]


def allowed() -> list[Any]:
    """Return one test parameter for each Allow statement of a policy in the template."""
    documents = [
        (name, policy["PolicyDocument"])
        for name, role in of_type("AWS::IAM::Role").items()
        for policy in role["Policies"]
    ] + [(name, policy["PolicyDocument"]) for name, policy in of_type("AWS::SQS::QueuePolicy").items()]
    return [
        pytest.param(statement, id=f"{name}-{statement['Sid']}")
        for name, document in documents
        for statement in map(if_it_is_there, document["Statement"])
        if statement["Effect"] == "Allow"
    ]


def if_it_is_there(part: Resource) -> Resource:
    """Return a part of a list that a condition may leave out."""
    match part:
        case {"Fn::If": [_, dict() as there, {"Ref": "AWS::NoValue"}]}:
            return there
    return part


def functions() -> dict[str, Resource]:
    """Return each function's properties with what it shares with the others, by logical id."""
    shared = TEMPLATE["Globals"]["Function"]
    logging = shared["LoggingConfig"]
    return {
        name: {**shared, **own, "LoggingConfig": {**logging, **own["LoggingConfig"]}}
        for name, own in of_type("AWS::Serverless::Function").items()
    }


def own_variables(function: str) -> Resource:
    """Return the environment variables that a function does not share with the others."""
    own = of_type("AWS::Serverless::Function")[function]
    variables: Resource = own.get("Environment", {}).get("Variables", {})
    return variables


def statements(role: str) -> dict[str, Resource]:
    """Return the statements of a role's policies by Sid."""
    policies = of_type("AWS::IAM::Role")[role]["Policies"]
    found = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return {each["Sid"]: each for each in map(if_it_is_there, found)}


def actions(role: str) -> set[str]:
    """Return every action that a role allows."""
    return {action for statement in statements(role).values() for action in listed(statement["Action"])}


def default(parameter: str) -> int:
    """Return the default of a parameter that is a number."""
    return int(TEMPLATE["Parameters"][parameter]["Default"])


def queue(name: str) -> Resource:
    """Return the properties of a queue."""
    return of_type("AWS::SQS::Queue")[name]


# --- What a new parameter or alarm needs ------------------------------------------------------------------------------

CONSTRAINTS = ("AllowedPattern", "AllowedValues", "MinValue", "MaxLength")
GROUPS = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
GROUPED = [name for group in GROUPS for name in group["Parameters"]]
COMMANDS = {each.name for each in app.registered_commands} | {each.name for each in app.registered_groups}


def hold(name: str, needs: dict[str, bool]) -> None:
    """Fail with the name of everything that is missing."""
    missing = [need for need, is_met in needs.items() if not is_met]
    assert not missing, f"{name} lacks {'; '.join(missing)}"


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_a_parameter_has_all_that_it_needs(name: str) -> None:
    """Whoever adds a parameter reads here what is still missing."""
    parameter = TEMPLATE["Parameters"][name]
    users = [TEMPLATE[part] for part in ("Conditions", "Globals", "Resources", "Outputs")]
    default = str(parameter.get("Default"))
    needs = {
        "a Description": bool(parameter.get("Description")),
        "a Default, as a deployment must need no answer": "Default" in parameter,
        f"one of {', '.join(CONSTRAINTS)}, so that a wrong value fails the deployment": bool(
            parameter.keys() & CONSTRAINTS
        ),
        "a place in a ParameterGroup of the Metadata": name in GROUPED,
        "anything that uses it": any(name in re.findall(r"\w+", text) for text in strings(users)),
        "a row with its default in a table of parameters": documented_parameters().get(name) == default,
    }
    hold(name, needs)


@pytest.mark.parametrize("name", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_has_all_that_it_needs(name: str) -> None:
    """Whoever is woken up reads the description first, runs its command, and finds more in the documents."""
    alarm = RESOURCES[name]
    description = alarm["Properties"].get("AlarmDescription", "")
    found = re.fullmatch(r".+\. Next: (rcs (\S+)(?: ID| add NUMBER)?)", description)
    command, subcommand = found.groups() if found else ("", "")
    dashboard = properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    needs = {
        "an AlarmDescription that ends with `Next: rcs` and a command": subcommand in COMMANDS,
        "a section in operating.md that names this command": f"`{command}`" in documented_alarms().get(name, ""),
        "a word on what good looks like in that section": "Good:" in documented_alarms().get(name, ""),
        "a place on the dashboard": f"${{{name}.Arn}}" in dashboard or "Condition" in alarm,
        "a row of ALARMS in test_doctor.py": name in DIAGNOSED or command != "rcs doctor",
    }
    hold(name, needs)


# --- Queue arithmetic -------------------------------------------------------------------------------------------------


def test_every_queue_but_the_dead_letter_queues_has_one() -> None:
    """A message that fails for good is kept, and in a queue of this stack."""
    assert {
        name: q.get("RedrivePolicy", {}).get("deadLetterTargetArn") for name, q in of_type("AWS::SQS::Queue").items()
    } == {
        "MessageQueue": {"Fn::GetAtt": "DeadLetterQueue.Arn"},
        "InboundQueue": {"Fn::GetAtt": "InboundDeadLetterQueue.Arn"},
        **dict.fromkeys(DEAD_LETTER_QUEUES),
    }


def test_visibility_outlasts_six_runs_of_the_function() -> None:
    """AWS asks for six times the function's timeout; less would hand a message out while it is being sent."""
    assert queue("MessageQueue")["VisibilityTimeout"] >= 6 * functions()["SendFunction"]["Timeout"]
    assert queue("InboundQueue")["VisibilityTimeout"] >= 6 * functions()["InboundFunction"]["Timeout"]


def test_what_was_put_off_outlasts_a_bus_that_is_down_for_two_days() -> None:
    """And becomes a dead letter before its queue would forget it, with days left to look at it."""
    inbound = queue("InboundQueue")
    lasts = inbound["RedrivePolicy"]["maxReceiveCount"] * inbound["VisibilityTimeout"]
    assert 2 * DAY < lasts < 7 * DAY < inbound["MessageRetentionPeriod"]


def test_retries_outlast_an_outage_of_an_hour() -> None:
    """With the shortest waits that chance can pick, the last receive comes more than an hour after the first."""
    receives = queue("MessageQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert sum(queue_delay(n, chance=lambda: 0.0) for n in range(1, receives)) > HOUR


def test_retries_end_before_the_queue_forgets() -> None:
    """With the longest waits, a message reaches the dead letter queue and is not dropped by the retention before it."""
    receives = queue("MessageQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert (
        sum(queue_delay(n, chance=lambda: 1.0) for n in range(1, receives + 1))
        < queue("MessageQueue")["MessageRetentionPeriod"]
    )


def test_dead_letters_live_longer_than_the_queue() -> None:
    """SQS counts a dead letter's age from its first enqueueing: a retention as short as the source's keeps nothing."""
    assert {queue(name)["MessageRetentionPeriod"] for name in DEAD_LETTER_QUEUES} == {14 * DAY}
    assert queue("MessageQueue")["MessageRetentionPeriod"] < 14 * DAY


def test_records_outlive_both_queues() -> None:
    """Even the smallest record lifetime covers queue, dead letter queue, and the queue again after a redrive."""
    source, dead = (queue(name)["MessageRetentionPeriod"] for name in ("MessageQueue", "DeadLetterQueue"))
    assert TEMPLATE["Parameters"]["RecordTtlDays"]["MinValue"] * DAY > 2 * source + dead
    assert default("RecordTtlDays") >= TEMPLATE["Parameters"]["RecordTtlDays"]["MinValue"]


@pytest.mark.parametrize("properties", every("AWS::SQS::Queue"))
def test_queues_are_encrypted(properties: Resource) -> None:
    """Messages carry numbers and texts."""
    assert properties["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
def test_queues_refuse_plain_http(name: str) -> None:
    """SQS answers without TLS too unless a policy denies it."""
    of_queue = [
        statement
        for policy in of_type("AWS::SQS::QueuePolicy").values()
        if policy["Queues"] == [{"Ref": name}]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": f"{name}.Arn"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    } in of_queue


def test_the_event_source_reports_partial_failures_and_caps_its_concurrency() -> None:
    """One failed message is not ten; and throttling would burn receives."""
    source = functions()["SendFunction"]["Events"]["Queued"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert source["MetricsConfig"] == {"Metrics": ["EventCount"]}
    assert "ReservedConcurrentExecutions" not in functions()["SendFunction"]


def test_events_that_fail_for_good_become_dead_letters() -> None:
    """Neither EventBridge nor Lambda's own queue may drop one: both name the dead letter queue."""
    dead = {"Fn::GetAtt": "DeadLetterQueue.Arn"}
    assert functions()["SendFunction"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": dead,
    }
    assert [target["DeadLetterConfig"] for target in requested_targets()] == [{"Arn": dead}]


def requested_targets() -> list[Resource]:
    """Return where "RCS Message Requested" events go."""
    return [target for rule in of_type("AWS::Events::Rule").values() for target in rule["Targets"]]


def test_events_are_sent_by_way_of_the_queue() -> None:
    """Lambda would try an event three times; the queue has 20 receives with backoff. Only the rule may put it there."""
    assert [target["Arn"] for target in requested_targets()] == [{"Fn::GetAtt": "MessageQueue.Arn"}]
    policy = of_type("AWS::SQS::QueuePolicy")["MessageQueuePolicy"]["PolicyDocument"]["Statement"]
    assert [statement for statement in map(if_it_is_there, policy) if statement["Effect"] == "Allow"] == [
        {
            "Sid": "RequestedEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": "MessageQueue.Arn"},
            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "RequestedRule.Arn"}}},
        }
    ]


# --- Two stacks in one account ----------------------------------------------------------------------------------------


def test_no_stack_listens_to_a_shared_bus_unless_a_parameter_says_so() -> None:
    """Two stacks that take one event send its message twice: the rule, and what lets it write, are off by default."""
    assert TEMPLATE["Parameters"]["RequestedEventsBusName"]["Default"] == ""
    assert TEMPLATE["Conditions"]["TakesEvents"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "RequestedEventsBusName"}, ""]}]
    }
    rules = [each for each in TEMPLATE["Resources"].values() if each["Type"] == "AWS::Events::Rule"]
    assert [rule["Condition"] for rule in rules] == ["TakesEvents"]
    assert rules[0]["Properties"]["EventBusName"] == {"Ref": "RequestedEventsBusName"}
    for policy in of_type("AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if "RequestedRule.Arn" in set(strings(statement)):
                assert statement["Fn::If"][0] == "TakesEvents"
    users = {name for name, each in TEMPLATE["Resources"].items() if "RequestedRule.Arn" in set(strings(each))}
    assert users == {"MessageQueuePolicy", "DeadLetterQueuePolicy"}


def test_nothing_else_in_a_stack_takes_what_is_shared() -> None:
    """The functions are invoked by the stack's own queue, stream, APIs and schedule."""
    shared = {"AWS::Events::Rule", "AWS::SNS::Subscription", "AWS::Lambda::EventSourceMapping", "AWS::Events::Archive"}
    assert [each["Type"] for each in TEMPLATE["Resources"].values() if each["Type"] in shared] == ["AWS::Events::Rule"]
    sources = [kind for each in functions().values() for kind in each.get("Events", {}).values()]
    assert [each["Properties"].get("Queue") or each["Properties"]["Stream"] for each in sources] == [
        {"Fn::GetAtt": "MessageQueue.Arn"},
        {"Fn::GetAtt": "InboundQueue.Arn"},
        {"Fn::GetAtt": "MessageTable.StreamArn"},
    ]


# What is a name within its own resource or of a service, and none in the account.
LOCAL_NAMES = {"IndexName", "PolicyName", "StageName", "AttributeName", "MetricName", "EventBusName", "FunctionName"}


def named(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each property that gives something a name, with its place."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if str(key).endswith("Name") and key not in {"Name", *LOCAL_NAMES}:
            yield f"{path}.{key}", value
        yield from named(value, f"{path}.{key}")


def test_no_name_is_fixed_in_the_account() -> None:
    """Two stacks stand side by side: a name that CloudFormation does not make has the stack's name in it."""
    names = [each for name, res in RESOURCES.items() for each in named(res["Properties"], name)]
    names += [(name, res["Properties"]["Name"]) for name, res in RESOURCES.items() if "Name" in res["Properties"]]
    assert len(names) >= len(of_type("AWS::Logs::LogGroup")) + 2
    assert [name for name, value in names if "AWS::StackName" not in json.dumps(value)] == []


def test_every_alarm_watches_its_own_stack() -> None:
    """A stack for trials rings no alarm of another one: a dimension is the stack's name, or a resource of the stack."""
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        [dimension] = alarm["Dimensions"]
        if alarm["Namespace"].startswith("AWS/"):
            [own] = dimension["Value"].values()
            assert own.partition(".")[0] in TEMPLATE["Resources"], name
        else:
            assert dimension == {"Name": "service", "Value": {"Ref": "AWS::StackName"}}, name


def test_the_metrics_carry_the_name_of_the_stack() -> None:
    """In a process of its own, as the name is read from the environment when the functions start."""
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    code = "from messente_rcs.telemetry import Metric, count, flush\nwith flush(): count(Metric.SENT)"
    for service, expected in (("stack-of-mine", "stack-of-mine"), ("", "messente-rcs")):
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "POWERTOOLS_SERVICE_NAME": service}
        written = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True).stdout
        assert json.loads(written)["service"] == expected


# --- Logs, table, secret ----------------------------------------------------------------------------------------------


def test_functions_log_to_groups_of_the_stack() -> None:
    """A log group that Lambda makes itself is kept for ever and outlives the stack. None is shared."""
    groups = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions().values()]
    assert len(set(groups)) == len(groups) == 5
    assert set(groups) <= of_type("AWS::Logs::LogGroup").keys()


@pytest.mark.parametrize("properties", every("AWS::Logs::LogGroup"))
def test_logs_are_deleted_in_time(properties: Resource) -> None:
    """Every log group has a retention."""
    assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("stage", every("AWS::ApiGatewayV2::Stage"))
def test_access_logs_name_no_path_and_no_caller(stage: Resource) -> None:
    """Message ids are the callers' words: the log has the route, not the path, the query, an address or a header."""
    fields = set(re.findall(r"\$context\.([\w.]+)", stage["AccessLogSettings"]["Format"]))
    assert json.loads(stage["AccessLogSettings"]["Format"])
    assert fields == {
        "requestId", "requestTime", "routeKey", "status", "responseLatency", "integrationLatency", "integrationStatus",
        "integrationErrorMessage", "error.responseType",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["MessageQueue", "DeadLetterQueue", "MessenteSecret"])
def test_what_cannot_be_made_again_is_kept(name: str) -> None:
    """Deleting the stack loses no message that was taken in; a first deployment that failed leaves nothing behind."""
    resource = TEMPLATE["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("function", functions())
def test_lambda_logs_warnings_only(function: str) -> None:
    """Its lines about each start and end would be a third of the log; ours keep their level."""
    logging = functions()[function]["LoggingConfig"]
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
    assert "ApplicationLogLevel" not in logging


def test_the_table_is_kept_protected_and_cleaned() -> None:
    """Records outlive the stack, can be restored to any second, are encrypted, and expire by `ttl`."""
    resource = TEMPLATE["Resources"]["MessageTable"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    table = resource["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_the_list_of_opt_outs_is_kept_and_never_cleaned() -> None:
    """It outlives the stack, cannot be deleted by mistake, can be restored to any second, and is encrypted."""
    resource = TEMPLATE["Resources"]["OptOutTable"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    table = resource["Properties"]
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert "TimeToLiveSpecification" not in table


def test_indexes_hold_keys_only_and_by_their_own_attributes() -> None:
    """What has no such attribute is not in an index; reading one tells ids and times, and of one recipient the tags."""
    table = of_type("AWS::DynamoDB::Table")["MessageTable"]
    assert {
        index["IndexName"]: [(key["KeyType"], key["AttributeName"]) for key in index["KeySchema"]]
        for index in table["GlobalSecondaryIndexes"]
    } == {
        "by_omnimessage_id": [("HASH", "omnimessage_id")],
        "by_due": [("HASH", "due_shard"), ("RANGE", "due")],
        "by_lease": [("HASH", "lease_shard"), ("RANGE", "lease_until")],
        "by_unknown": [("HASH", "unknown_shard"), ("RANGE", "unknown_since")],
        "by_recipient": [("HASH", "recipient"), ("RANGE", "created_at")],
    }
    keys_only, tags = {"ProjectionType": "KEYS_ONLY"}, {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tags"]}
    assert [index["Projection"] for index in table["GlobalSecondaryIndexes"]] == [*[keys_only] * 4, tags]


def test_keys_are_strings_but_the_end_of_a_lease() -> None:
    """DynamoDB refuses a record whose key attribute has another type, and a key's type cannot be changed later."""
    table = of_type("AWS::DynamoDB::Table")["MessageTable"]
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == {
        **dict.fromkeys(["id", "omnimessage_id", "due_shard", "due", "lease_shard", "unknown_shard"], "S"),
        **dict.fromkeys(["recipient", "created_at"], "S"),
        "unknown_since": "S",
        "lease_until": "N",
    }


def test_what_a_stack_would_lose_keeps_its_logical_id() -> None:
    """CloudFormation replaces what is renamed: a table, queue or secret by an empty one, an API by another URL."""
    kept = {
        "AWS::DynamoDB::Table": {"MessageTable", "OptOutTable"},
        "AWS::SQS::Queue": {"MessageQueue", "InboundQueue", *DEAD_LETTER_QUEUES},
        "AWS::SecretsManager::Secret": {"MessenteSecret"},
        "AWS::ApiGatewayV2::Api": {"Api", "CallbackApi"},
        "AWS::Serverless::Function": {
            f"{name}Function" for name in ("Send", "Report", "Inbound", "Reconcile", "Publish")
        },
    }  # fmt: skip
    assert {kind: set(of_type(kind)) for kind in kept} == kept
    keys = {name: table["KeySchema"] for name, table in of_type("AWS::DynamoDB::Table").items()}
    assert {name: [each["AttributeName"] for each in key] for name, key in keys.items()} == {
        "MessageTable": ["id"],
        "OptOutTable": ["to"],
    }


def test_the_template_holds_no_secret() -> None:
    """The secret is an empty placeholder, and no parameter asks for one."""
    (secret,) = of_type("AWS::SecretsManager::Secret").values()
    assert json.loads(secret["SecretString"]) == {"username": "", "password": ""}
    assert "GenerateSecretString" not in secret
    assert not [name for name in TEMPLATE["Parameters"] if re.search(r"(?i)password|secret|username|token", name)]


# --- Permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", allowed())
def test_permissions_name_their_actions_and_resources(statement: Resource) -> None:
    """No wildcard: each statement allows listed actions on resources of this stack."""
    assert not [action for action in listed(statement["Action"]) if "*" in action]
    assert not [text for text in strings(statement["Resource"]) if "*" in text]
    for resource in listed(statement["Resource"]):
        assert resource.keys() <= {"Fn::GetAtt", "Fn::Sub"}


def test_roles_use_no_policy_that_aws_manages() -> None:
    """AWS's own policies for Lambda allow every queue and every log group of the account."""
    attached = [each for role in of_type("AWS::IAM::Role").values() for each in strings(role.get("ManagedPolicyArns"))]
    assert set(attached) == {"HasVpc", "NetworkPolicy", "AWS::NoValue"}
    assert not [name for name, function in functions().items() if "Policies" in function]


def test_every_function_has_its_own_role() -> None:
    """What one function may do, its neighbours may not; each writes to its own log group only."""
    assert {name: function["Role"]["Fn::GetAtt"] for name, function in functions().items()} == {
        "SendFunction": "SendRole.Arn",
        "ReportFunction": "ReportRole.Arn",
        "InboundFunction": "InboundRole.Arn",
        "ReconcileFunction": "ReconcileRole.Arn",
        "PublishFunction": "PublishRole.Arn",
    }
    for function in functions().values():
        log = statements(function["Role"]["Fn::GetAtt"].removesuffix(".Arn"))["Log"]["Resource"]
        assert log == {"Fn::GetAtt": f"{function['LoggingConfig']['LogGroup']['Ref']}.Arn"}


ON_RECORDS = {"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"}
WITH_LOG_AND_SECRET = {*ON_RECORDS, "secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.mark.parametrize(
    ("role", "indexes"),
    [
        ("SendRole", ["by_omnimessage_id", "by_unknown"]),
        ("ReportRole", ["by_omnimessage_id"]),
        ("ReconcileRole", ["by_due", "by_lease", "by_unknown"]),
    ],
)
def test_each_function_queries_its_own_indexes_and_scans_nothing(role: str, indexes: list[str]) -> None:
    """The public endpoint can't list what is unknown or due, and nobody reads the whole table."""
    queries = [each for each in statements(role).values() if "dynamodb:Query" in listed(each["Action"])]
    asked = [resource for each in queries for resource in listed(each["Resource"])]
    assert asked == [{"Fn::Sub": f"${{MessageTable.Arn}}/index/{name}"} for name in indexes]
    assert "dynamodb:Scan" not in actions(role)


@pytest.mark.parametrize("role", ["ReportRole", "ReconcileRole"])
def test_only_the_sending_function_touches_queues(role: str) -> None:
    """Reports and reconciliation read and write records, and read the secret: nothing else."""
    assert actions(role) == WITH_LOG_AND_SECRET


def test_the_roles_allow_what_the_bundle_can_call_and_what_lambda_calls_for_it() -> None:
    """Trimmed botocore and roles agree; the rest is the event source's, the logger's and the failure destination's."""
    ours = {f"{service}:{name}" for service, names in trim_botocore.OPERATIONS.items() for name in names}
    assert ours & actions("PublishRole") == {"events:PutEvents", "sqs:SendMessage"}
    assert ours - actions("InboundRole") == {"dynamodb:BatchGetItem", "sqs:ChangeMessageVisibility"}
    ours -= {"events:PutEvents", "dynamodb:PutItem"}
    by_lambda = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    assert actions("SendRole") == ours | by_lambda | {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_the_function_for_inbound_messages_reaches_no_record() -> None:
    """It is open to all. Of the records it may touch its own marks, which no message id looks like."""
    found = {sid: (each["Action"], each["Resource"]) for sid, each in statements("InboundRole").items() if sid != "Log"}
    bus_arn = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"
    by_lambda = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    assert found == {
        "Marks": (["dynamodb:GetItem", "dynamodb:PutItem"], {"Fn::GetAtt": "MessageTable.Arn"}),
        "OptOuts": ("dynamodb:UpdateItem", {"Fn::GetAtt": "OptOutTable.Arn"}),
        "Conversations": ("dynamodb:Query", {"Fn::Sub": "${MessageTable.Arn}/index/by_recipient"}),
        "Credentials": ("secretsmanager:GetSecretValue", {"Fn::GetAtt": "MessenteSecret.Id"}),
        "Publish": ("events:PutEvents", {"Fn::Sub": bus_arn}),
        "PutOffAndTakeAgain": (["sqs:SendMessage", *by_lambda], {"Fn::GetAtt": "InboundQueue.Arn"}),
        "Confirm": ("sqs:SendMessage", {"Fn::GetAtt": "MessageQueue.Arn"}),
    }
    assert statements("InboundRole")["Marks"]["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["#inbound:*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},  # ForAllValues holds for no key at all
    }


def test_what_only_a_parameter_needs_is_allowed_only_with_it() -> None:
    """Without a confirmation nobody but callers fills the queue, and without conversations nobody looks numbers up."""
    conditional = {
        (role, statement["Fn::If"][1]["Sid"]): TEMPLATE["Conditions"][statement["Fn::If"][0]]
        for role, properties in of_type("AWS::IAM::Role").items()
        for policy in properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "Fn::If" in statement
    }
    assert conditional == {
        ("SendRole", "OptOuts"): {"Fn::Equals": [{"Ref": "OptOuts"}, "Enabled"]},
        ("InboundRole", "Conversations"): {"Fn::Equals": [{"Ref": "TrackConversations"}, "Yes"]},
        ("InboundRole", "Confirm"): {"Fn::Not": [{"Fn::Equals": [{"Ref": "OptOutConfirmation"}, ""]}]},
    }


@pytest.mark.parametrize("role", ["PublishRole", "InboundRole"])
def test_events_are_put_under_the_own_source_only(role: str) -> None:
    """Whoever takes a function over can say nothing on the bus in the name of another system."""
    assert statements(role)["Publish"]["Condition"] == {"StringEquals": {"events:source": bus.SOURCE}}


def test_the_list_of_opt_outs_is_read_by_who_sends_and_written_by_who_receives() -> None:
    """And by no other function."""
    users = {
        role: each["Action"]
        for role in of_type("AWS::IAM::Role")
        for each in statements(role).values()
        if each["Resource"] == {"Fn::GetAtt": "OptOutTable.Arn"}
    }
    assert users == {"SendRole": "dynamodb:BatchGetItem", "InboundRole": "dynamodb:UpdateItem"}


def test_aws_services_take_a_role_for_this_account_only() -> None:
    """Any account's schedule could otherwise name our role and have the service use it."""
    trusts = {name: role["AssumeRolePolicyDocument"]["Statement"] for name, role in of_type("AWS::IAM::Role").items()}
    services = {name: trust["Principal"]["Service"] for name, (trust,) in trusts.items()}
    assert {name for name, service in services.items() if service != "lambda.amazonaws.com"} == {
        name
        for name, (trust,) in trusts.items()
        if trust.get("Condition") == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    }


def test_only_this_stack_s_apis_may_invoke() -> None:
    """A service principal without a source would let in every account's; and each API reaches its own function."""
    reach = {
        permission["FunctionName"]["Ref"]: {"Api", "CallbackApi"} & set(re.findall(r"\w+", " ".join(texts)))
        for permission in of_type("AWS::Lambda::Permission").values()
        for texts in [list(strings(permission["SourceArn"]))]
    }
    assert reach == {
        "SendFunction": {"Api"},
        "ReportFunction": {"CallbackApi"},
        "InboundFunction": {"CallbackApi"},
    }
    assert len(of_type("AWS::Lambda::Permission")) == 3


# --- A fixed address --------------------------------------------------------------------------------------------------

CALLING_MESSENTE = {"SendFunction": "SendRole", "ReconcileFunction": "ReconcileRole"}


def in_vpc(value: Any, *, given: bool) -> Any:
    """Resolve an If of HasVpc."""
    condition, there, otherwise = value["Fn::If"]
    assert condition == "HasVpc"
    return there if given else otherwise


def test_functions_are_in_a_vpc_only_if_subnets_are_given() -> None:
    """And only those that call Messente: everything else would have to pass the NAT gateway for nothing."""
    assert TEMPLATE["Conditions"]["HasVpc"] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "SubnetIds"}]}, ""]}]
    }
    assert {TEMPLATE["Parameters"][name]["Default"] for name in ("SubnetIds", "SecurityGroupIds")} == {""}
    connected = {name: each["VpcConfig"] for name, each in functions().items() if "VpcConfig" in each}
    assert connected.keys() == CALLING_MESSENTE.keys()
    for config in connected.values():
        assert in_vpc(config, given=False) == {"Ref": "AWS::NoValue"}
        assert in_vpc(config, given=True) == {
            "SubnetIds": {"Ref": "SubnetIds"},
            "SecurityGroupIds": {"Ref": "SecurityGroupIds"},
        }


def test_network_interfaces_are_allowed_only_then_and_only_to_lambda() -> None:
    """The role lets Lambda make the interfaces; the code of the function, which has the same role, is denied them."""
    roles = of_type("AWS::IAM::Role")
    attached = {name: role["ManagedPolicyArns"] for name, role in roles.items() if "ManagedPolicyArns" in role}
    assert attached.keys() == set(CALLING_MESSENTE.values())
    for policies in attached.values():
        assert in_vpc(policies, given=False) == {"Ref": "AWS::NoValue"}
        assert in_vpc(policies, given=True) == [{"Ref": "NetworkPolicy"}]
    assert TEMPLATE["Resources"]["NetworkPolicy"]["Condition"] == "HasVpc"
    made, found, denied = of_type("AWS::IAM::ManagedPolicy")["NetworkPolicy"]["PolicyDocument"]["Statement"]
    assert (made["Effect"], found["Effect"], denied["Effect"]) == ("Allow", "Allow", "Deny")
    assert made["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"}
    assert all(action.startswith("ec2:Describe") for action in found["Action"])
    assert denied["Action"] == "ec2:*"
    assert denied["Condition"].keys() == {"ArnLike"}
    assert denied["Condition"]["ArnLike"].keys() == {"lambda:SourceFunctionArn"}


@pytest.mark.parametrize(
    ("parameter", "value", "accepted"),
    [
        ("SubnetIds", "subnet-0123456789abcdef0", True),
        ("SubnetIds", "subnet-01234567", True),
        ("SubnetIds", "", True),
        ("SubnetIds", "sg-0123456789abcdef0", False),
        ("SecurityGroupIds", "sg-0123456789abcdef0", True),
        ("SecurityGroupIds", "", True),
        ("SecurityGroupIds", "default", False),
    ],
)
def test_the_vpc_is_named_by_ids(parameter: str, value: str, accepted: bool) -> None:  # noqa: FBT001 - a table of cases
    """CloudFormation holds each item of the list against the pattern."""
    assert bool(re.fullmatch(TEMPLATE["Parameters"][parameter]["AllowedPattern"], value)) is accepted


# --- APIs -------------------------------------------------------------------------------------------------------------


def routes(api: str) -> dict[str, Resource]:
    """Return an API's routes by method and path."""
    return {r["RouteKey"]: r for r in of_type("AWS::ApiGatewayV2::Route").values() if r["ApiId"] == {"Ref": api}}


def test_every_route_of_the_callers_api_is_authorized_by_iam() -> None:
    """Sending costs money, and records name recipients: nothing is open."""
    assert {key: route["AuthorizationType"] for key, route in routes("Api").items()} == dict.fromkeys(
        [
            "POST /messages",
            "GET /messages",
            "GET /messages/{id}",
            "DELETE /messages/{id}",
            "POST /messages/{id}/resolution",
        ],
        "AWS_IAM",
    )


def test_the_public_api_has_three_routes_and_reaches_two_functions() -> None:
    """Messente can't sign for IAM: what is open to all is reports and inbound messages, and their functions alone."""
    reports, inbound = ({"Fn::Sub": f"integrations/${{{name}Integration}}"} for name in ("Callback", "Inbound"))
    assert {key: route["Target"] for key, route in routes("CallbackApi").items()} == {
        "POST /delivery-reports/{id}": reports,
        "POST /delivery-reports": reports,
        "POST /inbound-messages": inbound,
    }
    for name, function in (("Callback", "Report"), ("Inbound", "Inbound")):
        integration = of_type("AWS::ApiGatewayV2::Integration")[f"{name}Integration"]
        assert integration["IntegrationUri"] == {"Fn::GetAtt": f"{function}Function.Arn"}
        assert integration["PayloadFormatVersion"] == "2.0"


def test_the_public_functions_can_be_bounded() -> None:
    """Off by default, because a new account may have ten concurrent executions in all; no other function is bounded."""
    assert default("CallbackConcurrency") == 0
    assert TEMPLATE["Conditions"]["BoundsCallbackConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "CallbackConcurrency"}, 0]}]
    }
    bounds = {name: each.get("ReservedConcurrentExecutions") for name, each in functions().items()}
    bounded = {"Fn::If": ["BoundsCallbackConcurrency", {"Ref": "CallbackConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert bounds == {
        "SendFunction": None,
        "ReportFunction": bounded,
        "InboundFunction": bounded,
        "ReconcileFunction": None,
        "PublishFunction": None,
    }


def test_no_route_is_outside_the_two_apis() -> None:
    """The two tests above have seen them all."""
    assert len(of_type("AWS::ApiGatewayV2::Route")) == len(routes("Api")) + len(routes("CallbackApi"))


@pytest.mark.parametrize(
    ("stage", "limit"), [("ApiStage", "ApiRequestsPerSecond"), ("CallbackStage", "CallbackRequestsPerSecond")]
)
def test_the_apis_are_throttled(stage: str, limit: str) -> None:
    """The default of API Gateway is the whole account's limit."""
    assert of_type("AWS::ApiGatewayV2::Stage")[stage]["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": limit},
        "ThrottlingBurstLimit": {"Ref": limit},
    }


# --- Reconciliation ---------------------------------------------------------------------------------------------------


def test_the_reconciliation_is_started_by_its_schedule_and_never_repeated() -> None:
    """A second try would only meet the next run."""
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == {"Ref": "ReconcileSchedule"}
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": "ReconcileFunction.Arn"}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert functions()["ReconcileFunction"]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_a_run_of_the_reconciliation_ends_before_the_next_starts() -> None:
    """The default rate is no faster than the function's timeout."""
    assert TEMPLATE["Parameters"]["ReconcileSchedule"]["Default"] == "rate(1 minute)"
    assert functions()["ReconcileFunction"]["Timeout"] <= 60


# --- Events out -------------------------------------------------------------------------------------------------------

CHANGED = of_type("AWS::Serverless::Function")["PublishFunction"]["Events"]["Changed"]["Properties"]


def test_the_stream_and_what_reads_it_exist_only_when_events_are_published() -> None:
    """A stream, a function and its queue cost money and are off by default."""
    assert TEMPLATE["Parameters"]["PublishEvents"]["Default"] == "Disabled"
    stream = {"Fn::If": ["PublishesEvents", {"StreamViewType": "NEW_AND_OLD_IMAGES"}, {"Ref": "AWS::NoValue"}]}
    assert of_type("AWS::DynamoDB::Table")["MessageTable"]["StreamSpecification"] == stream
    conditional = {
        name for name, resource in TEMPLATE["Resources"].items() if resource.get("Condition") == "PublishesEvents"
    }
    readers = {name for name, each in TEMPLATE["Resources"].items() if "MessageTable.StreamArn" in strings(each)}
    assert readers == {"PublishFunction", "PublishRole"}
    assert conditional == readers | {
        "ChangeDeadLetterQueue", "ChangeDeadLetterQueuePolicy", "PublishLogGroup", "UnpublishedChangesAlarm",
    }  # fmt: skip


def test_no_published_event_asks_for_a_message() -> None:
    """On one bus, an event out that the rule takes in would go round for ever."""
    (rule,) = of_type("AWS::Events::Rule").values()
    assert rule["EventPattern"] == {"detail-type": ["RCS Message Requested"]}
    assert (bus.SOURCE, bus.DETAIL_TYPE) == ("messente-rcs", "RCS Message Changed")


def test_claims_and_deletions_are_not_published() -> None:
    """Between claim and answer nothing is known yet; and a record that expires changes no message."""
    (only,) = CHANGED["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"state": {"S": [{"anything-but": ["claimed"]}]}}},
    }


def test_a_change_that_cannot_be_published_is_kept_and_holds_up_the_rest_for_an_hour_at_most() -> None:
    """A stream is read in order. Its dead letters are positions, which no redrive may hand to a send."""
    dead = "ChangeDeadLetterQueue"
    assert CHANGED["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": {"Fn::GetAtt": f"{dead}.Arn"}}
    assert 0 < CHANGED["MaximumRecordAgeInSeconds"] <= HOUR
    assert CHANGED["StartingPosition"] == "TRIM_HORIZON"
    assert own_variables("PublishFunction")["DEAD_LETTER_QUEUE_URL"] == {"Ref": dead}


def test_the_age_of_a_change_ends_its_attempts_and_not_their_number() -> None:
    """An attempt at a bus that is away takes a second or less: fewer would be over before the hour is."""
    assert CHANGED["MaximumRetryAttempts"] == 10_000


def test_one_change_does_not_cost_its_batch() -> None:
    """Lambda goes on where the bus stopped, and looks for the change that kills the function by halving the batch."""
    assert CHANGED["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert CHANGED["BisectBatchOnFunctionError"] is True


def test_a_batch_of_changes_is_whole_calls_of_the_bus() -> None:
    """And the first call has its time even at the end of an invocation's first minute."""
    assert CHANGED["BatchSize"] % bus.MOST == 0
    assert functions()["PublishFunction"]["Timeout"] >= 2 * CALL_TIME


def test_only_the_publishing_function_knows_of_the_bus_and_the_recipient() -> None:
    """An event goes to whoever listens on the bus: it has no number by default."""
    assert own_variables("PublishFunction") == {
        "EVENT_BUS_NAME": {"Ref": "EventBusName"},
        "PUBLISH_RECIPIENT": {"Ref": "PublishRecipient"},
        "DEAD_LETTER_QUEUE_URL": {"Ref": "ChangeDeadLetterQueue"},
    }
    assert TEMPLATE["Parameters"]["PublishRecipient"]["Default"] == "No"
    assert set(TEMPLATE["Parameters"]["PublishRecipient"]["AllowedValues"]) == {"No", "Yes"}


def test_the_publishing_function_reads_the_stream_and_puts_on_one_bus() -> None:
    """It reads no record, no secret and no queue, and sends nothing."""
    found = {sid: (each["Action"], each["Resource"]) for sid, each in statements("PublishRole").items() if sid != "Log"}
    bus_arn = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"
    names = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
    assert found == {
        "ReadChanges": ([f"dynamodb:{name}" for name in names], {"Fn::GetAtt": "MessageTable.StreamArn"}),
        "Publish": ("events:PutEvents", {"Fn::Sub": bus_arn}),
        "MoveToDeadLetters": ("sqs:SendMessage", {"Fn::GetAtt": "ChangeDeadLetterQueue.Arn"}),
    }


# --- Alarms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", of_type("AWS::CloudWatch::Alarm"))
def test_alarms_tell_someone_and_are_quiet_without_data(name: str) -> None:
    """The topic is optional; no traffic is no alarm, but for a schedule; and the description says what to think."""
    properties = of_type("AWS::CloudWatch::Alarm")[name]
    topic = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert (properties["AlarmActions"], properties["OKActions"]) == (topic, topic)
    assert properties["TreatMissingData"] == ("breaching" if name == "ReconcileStoppedAlarm" else "notBreaching")


def test_an_unknown_message_raises_an_alarm_only_if_it_is_not_healed() -> None:
    """Its age counts, as the reconciler tells it: once in each period of the alarm at least, or another alarm rings."""
    alarm = of_type("AWS::CloudWatch::Alarm")["UnknownAlarm"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("OldestUnknown", "Maximum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", {"Ref": "UnknownAlarmSeconds"})
    assert alarm["Period"] == {"Ref": "ReconcileStoppedAlarmSeconds"}
    assert 60 < default("UnknownAlarmSeconds") <= HOUR


def test_a_reconciler_that_has_stopped_raises_an_alarm() -> None:
    """A function that nobody invokes has no data: that is the alarm. Its period is longer than the default schedule."""
    alarm = of_type("AWS::CloudWatch::Alarm")["ReconcileStoppedAlarm"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["Period"] == {"Ref": "ReconcileStoppedAlarmSeconds"}
    assert default("ReconcileStoppedAlarmSeconds") >= 5 * 60


@pytest.mark.parametrize("seconds", TEMPLATE["Parameters"]["ReconcileStoppedAlarmSeconds"]["AllowedValues"])
def test_cloudwatch_takes_the_periods_of_the_reconcilers_alarms(seconds: int) -> None:
    """Multiples of a minute; an alarm looks back a day, or a week if its period is an hour or more."""
    assert seconds % 60 == 0
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        if alarm["Period"] == {"Ref": "ReconcileStoppedAlarmSeconds"}:
            assert alarm["EvaluationPeriods"] * seconds <= (7 * DAY if seconds >= HOUR else DAY)


@pytest.mark.parametrize("properties", every("AWS::CloudWatch::Alarm"))
def test_no_alarm_counts_sent_messages(properties: Resource) -> None:
    """A redrive into the dead letter queue does not count as sent: only visible messages show it."""
    assert properties["MetricName"] != "NumberOfMessagesSent"


def test_what_needs_a_person_raises_an_alarm() -> None:
    """Dead letters, errors, age, refused reports, and the outcomes that no retry ends."""
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    assert {(a["Namespace"], a["MetricName"], str(a["Dimensions"][0]["Value"])) for a in alarms} >= {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "{'Fn::GetAtt': 'DeadLetterQueue.QueueName'}"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "{'Fn::GetAtt': 'MessageQueue.QueueName'}"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "{'Fn::GetAtt': 'ChangeDeadLetterQueue.QueueName'}"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "{'Fn::GetAtt': 'InboundDeadLetterQueue.QueueName'}"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "{'Fn::GetAtt': 'InboundQueue.QueueName'}"),
        ("AWS/Lambda", "Errors", str({"Ref": "SendFunction"})),
        ("AWS/Lambda", "Errors", str({"Ref": "ReconcileFunction"})),
        ("AWS/Lambda", "Invocations", str({"Ref": "ReconcileFunction"})),
        # A reconciliation that is throttled is not repeated: then the alarm on its invocations rings. The stream waits.
        ("AWS/Lambda", "Throttles", str({"Ref": "SendFunction"})),
        # Whatever keeps one of the public functions from keeping a report or an inbound message.
        ("AWS/ApiGateway", "5xx", str({"Ref": "CallbackApi"})),
        *{("MessenteRcs", name, str({"Ref": "AWS::StackName"})) for name in OUR_METRICS},
    }


OUR_METRICS = {
    "InboundRefused",
    "Misconfigured",
    "OldestOverdue",
    "OldestUnknown",
    "OptOutNotKept",
    "ReportRefused",
    "Unauthorized",
    "Unreadable",
    "Unrecorded",
}


def test_metrics_are_published_under_the_namespace_that_the_alarms_watch() -> None:
    """The namespace of the alarms is that of the code."""
    own = [a for a in of_type("AWS::CloudWatch::Alarm").values() if not a["Namespace"].startswith("AWS/")]
    assert own
    assert {a["Namespace"] for a in own} == {metrics.namespace}


# --- Outputs ----------------------------------------------------------------------------------------------------------


def test_policies_find_the_arns_that_they_need() -> None:
    """Of whatever a caller or an operator may be allowed to use."""
    outputs = {name: each["Value"] for name, each in TEMPLATE["Outputs"].items()}
    assert {
        name: value["Fn::GetAtt"] for name, value in outputs.items() if name.endswith("Arn") and name != "ApiArn"
    } == {
        "QueueArn": "MessageQueue.Arn",
        "DeadLetterQueueArn": "DeadLetterQueue.Arn",
        "TableArn": "MessageTable.Arn",
        "FunctionArn": "SendFunction.Arn",
        "SecretArn": "MessenteSecret.Id",
    }
    assert outputs["ApiArn"]["Fn::Sub"].endswith(":${AWS::Region}:${AWS::AccountId}:${Api}/*")


# --- Names and descriptions -------------------------------------------------------------------------------------------


def test_outputs_are_described() -> None:
    """They say what they are."""
    assert not [name for name, entry in TEMPLATE["Outputs"].items() if not entry.get("Description")]


def test_the_console_groups_each_parameter_once() -> None:
    """And no other."""
    assert len(GROUPED) == len(set(GROUPED))
    assert set(GROUPED) <= TEMPLATE["Parameters"].keys()


def test_names_that_others_script_against_exist() -> None:
    """Stack parameters and outputs are an interface: none is renamed."""
    assert TEMPLATE["Parameters"].keys() >= {
        "MessenteUrl", "DefaultSender", "Architecture", "CallbackBaseUrl", "EventBusName",
    }  # fmt: skip
    assert TEMPLATE["Outputs"].keys() >= {
        "ApiUrl", "QueueUrl", "DeadLetterQueueUrl", "TableName", "SecretArn", "CallbackUrl",
    }  # fmt: skip


SETTINGS: dict[str, type[Settings]] = {
    "SendFunction": SendSettings,
    "ReportFunction": ReportSettings,
    "InboundFunction": InboundSettings,
    "ReconcileFunction": ReconcileSettings,
    "PublishFunction": PublishSettings,
}


def test_the_functions_get_exactly_the_settings_that_they_read() -> None:
    """No variable is misspelt: each is a setting, or belongs to a library; and none that is required is missing."""
    shared = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    own = {name: set(own_variables(name)) for name in functions()}
    settings = {
        name: {field.upper(): hasattr(SETTINGS[name], field) for field in get_type_hints(SETTINGS[name])}
        for name in own
    }
    ours = {name for name in shared if not name.startswith(("AWS_", "POWERTOOLS_"))}
    assert ours <= set().union(*settings.values())
    for name, known in settings.items():
        assert own[name] <= known.keys()
        assert {variable for variable, has_default in known.items() if not has_default} <= shared | own[name]


def test_the_endpoint_of_aws_can_be_overridden_and_is_not_set_by_default() -> None:
    """An empty AWS_ENDPOINT_URL would send a local run to the real AWS; undeclared, it could not be overridden."""
    assert TEMPLATE["Parameters"]["AwsEndpointUrl"]["Default"] == ""
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] == {
        "Fn::If": ["HasAwsEndpointUrl", {"Ref": "AwsEndpointUrl"}, {"Ref": "AWS::NoValue"}]
    }


def chosen(node: Any, callback_base_url: str) -> Any:
    """Resolve the Ifs of a value that depends on CallbackBaseUrl."""
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
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert chosen(variables["CALLBACK_URL"], base) == ({"Fn::Sub": setting} if setting else "")
    assert chosen(TEMPLATE["Outputs"]["CallbackUrl"]["Value"], base) == {"Fn::Sub": output}


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("", True),
        ("none", True),
        ("https://reports.example.com", True),
        ("https://reports.example.com/rcs", True),
        ("http://127.0.0.1:4566/_aws/execute-api/a1/$default", True),
        ("http://localhost:8080", True),
        ("https://reports.example.com/", False),
        ("https://reports.example.com/rcs/", False),
        ("https://reports.example.com?x=1", False),
        ("https://user:word@example.com", False),
        ("http://reports.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("None", False),
    ],
)
def test_the_callback_is_https_or_local(url: str, accepted: bool) -> None:  # noqa: FBT001 - a table of cases
    """Reports carry a number and a price; and a path is put behind the base."""
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["CallbackBaseUrl"]["AllowedPattern"], url)) is accepted


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("rate(1 minute)", True),
        ("rate(15 minutes)", True),
        ("cron(0/5 6-22 * * ? *)", True),
        ("rate(0 minutes)", False),
        ("rate(30 seconds)", False),
        ("at(2030-01-01T00:00:00)", False),
        ("", False),
    ],
)
def test_the_schedule_is_a_recurring_one(expression: str, accepted: bool) -> None:  # noqa: FBT001 - a table of cases
    """A reconciliation that runs once, or never, would not be one."""
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["ReconcileSchedule"]["AllowedPattern"], expression)) is accepted


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://api.messente.com/v1", True),
        ("http://127.0.0.1:8080/v1", True),
        ("http://localhost:8080", True),
        ("http://172.17.0.1:8080/v1", True),
        ("http://192.168.1.20/v1", True),
        ("http://api.messente.com/v1", False),
        ("http://172.32.0.1/v1", False),
        ("http://10.0.0.1.example.com/v1", False),
        ("http://127.0.0.1@example.com/v1", False),
        ("https://user:word@example.com/v1", False),
        ("https://api.messente.com/v1?x=1", False),
        ("ftp://127.0.0.1/v1", False),
        ("", False),
    ],
)
def test_the_vendor_url_is_https_or_local(url: str, accepted: bool) -> None:  # noqa: FBT001 - a table of cases
    """The parameter's pattern refuses what would send credentials in the clear, as the function itself does."""
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["MessenteUrl"]["AllowedPattern"], url)) is accepted
    needed = {"TABLE_NAME": "t", "SECRET_ARN": "s", "QUEUE_URL": "q", "DEAD_LETTER_QUEUE_URL": "d"}
    if accepted:
        assert SendSettings.from_environment({**needed, "MESSENTE_URL": url}).messente_url == url
    else:
        with pytest.raises(InvalidSettings):
            SendSettings.from_environment({**needed, "MESSENTE_URL": url})


def test_no_invocation_outlasts_the_tolerance_of_clocks() -> None:
    """A delivery that comes back after it finds that the owner of a claim is over, and the claim's lease as well."""
    assert TEMPLATE["Resources"]["SendFunction"]["Properties"]["Timeout"] < CLOCK_TOLERANCE
