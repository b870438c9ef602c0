"""The template's policy: what every queue, function, alarm and permission of this stack must have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import trim_botocore
from messente_rcs.queues import delay
from messente_rcs.settings import InvalidSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

Resource = dict[str, Any]
DAY = 86_400
HOUR = 3_600


class CloudFormation(yaml.SafeLoader):
    """YAML whose short tags become the long form: `!Ref X` is {"Ref": "X"}, `!Sub X` is {"Fn::Sub": "X"}."""


def function(loader: CloudFormation, suffix: str, node: yaml.Node) -> Resource:
    """Build the long form of one short tag."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} of a mapping is not used here")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


CloudFormation.add_multi_constructor("!", function)
SOURCE = (Path(__file__).parents[2] / "template.yaml").read_text()
TEMPLATE: dict[str, Any] = yaml.load(SOURCE, Loader=CloudFormation)  # noqa: S506 - CloudFormation is a SafeLoader


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
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
    ]


def default(parameter: str) -> int:
    """Return the default of a parameter that is a number."""
    return int(TEMPLATE["Parameters"][parameter]["Default"])


def queue(name: str) -> Resource:
    """Return the properties of a queue."""
    return of_type("AWS::SQS::Queue")[name]


# --- Queue arithmetic -------------------------------------------------------------------------------------------------


def test_every_queue_but_the_dead_letter_queue_has_one() -> None:
    """A message that fails for good is kept, and in a queue of this stack."""
    targets = {
        name: q.get("RedrivePolicy", {}).get("deadLetterTargetArn") for name, q in of_type("AWS::SQS::Queue").items()
    }
    assert targets.pop("DeadLetterQueue") is None
    assert set(map(str, targets.values())) == {str({"Fn::GetAtt": "DeadLetterQueue.Arn"})}


def test_visibility_outlasts_six_runs_of_the_function() -> None:
    """AWS asks for six times the function's timeout; less would hand a message out while it is being sent."""
    assert (
        queue("MessageQueue")["VisibilityTimeout"]
        >= 6 * of_type("AWS::Serverless::Function")["SendFunction"]["Timeout"]
    )


def test_retries_outlast_an_outage_of_an_hour() -> None:
    """With the shortest waits that chance can pick, the last receive comes more than an hour after the first."""
    receives = queue("MessageQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert sum(delay(n, None, lambda: 0.0) for n in range(1, receives)) > HOUR


def test_retries_end_before_the_queue_forgets() -> None:
    """With the longest waits, a message reaches the dead letter queue and is not dropped by the retention before it."""
    receives = queue("MessageQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert (
        sum(delay(n, None, lambda: 1.0) for n in range(1, receives + 1))
        < queue("MessageQueue")["MessageRetentionPeriod"]
    )


def test_dead_letters_live_longer_than_the_queue() -> None:
    """SQS counts a dead letter's age from its first enqueueing: a retention as short as the source's keeps nothing."""
    assert queue("DeadLetterQueue")["MessageRetentionPeriod"] == 14 * DAY
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
    statements = [
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
    } in statements


def test_the_event_source_reports_partial_failures_and_caps_its_concurrency() -> None:
    """One failed message is not ten; and throttling would burn receives."""
    source = of_type("AWS::Serverless::Function")["SendFunction"]["Events"]["Queued"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert "ReservedConcurrentExecutions" not in of_type("AWS::Serverless::Function")["SendFunction"]


def test_events_that_fail_for_good_become_dead_letters() -> None:
    """Neither EventBridge nor Lambda's own queue may drop one: both name the dead letter queue."""
    dead = {"Fn::GetAtt": "DeadLetterQueue.Arn"}
    invoke = of_type("AWS::Serverless::Function")["SendFunction"]["EventInvokeConfig"]
    assert invoke["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": dead}
    targets = [target for rule in of_type("AWS::Events::Rule").values() for target in rule["Targets"]]
    assert [target["DeadLetterConfig"] for target in targets] == [{"Arn": dead}]


# --- Logs, table, secret ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("properties", every("AWS::Serverless::Function"))
def test_functions_log_to_a_group_of_the_stack(properties: Resource) -> None:
    """A log group that Lambda makes itself is kept for ever and outlives the stack."""
    assert properties["LoggingConfig"]["LogGroup"]["Ref"] in of_type("AWS::Logs::LogGroup")


@pytest.mark.parametrize("properties", every("AWS::Logs::LogGroup"))
def test_logs_are_deleted_in_time(properties: Resource) -> None:
    """Every log group has a retention."""
    assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_access_log_names_no_path_and_no_caller() -> None:
    """Message ids are the callers' words: the log has the route, not the path, the query, an address or a header."""
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    fields = set(re.findall(r"\$context\.([\w.]+)", stage["AccessLogSettings"]["Format"]))
    assert json.loads(stage["AccessLogSettings"]["Format"])
    assert fields == {
        "requestId", "requestTime", "routeKey", "status", "responseLatency", "integrationLatency", "integrationStatus",
        "integrationErrorMessage", "error.responseType",
    }  # fmt: skip


def test_the_table_is_kept_protected_and_cleaned() -> None:
    """Records outlive the stack, can be restored to any second, are encrypted, and expire by `ttl`."""
    resource = TEMPLATE["Resources"]["MessageTable"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    table = resource["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_the_template_holds_no_secret() -> None:
    """The secret is an empty placeholder, and no parameter asks for one."""
    (secret,) = of_type("AWS::SecretsManager::Secret").values()
    assert json.loads(secret["SecretString"]) == {"username": "", "password": ""}
    assert "GenerateSecretString" not in secret
    assert not [name for name in TEMPLATE["Parameters"] if re.search(r"(?i)password|secret|username|token", name)]


# --- Permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", allowed())
def test_permissions_name_their_actions_and_resources(statement: Resource) -> None:
    """No wildcard: each statement allows listed actions on one resource of this stack."""
    assert not [action for action in listed(statement["Action"]) if "*" in action]
    assert not [text for text in strings(statement["Resource"]) if "*" in text]
    assert statement["Resource"].keys() <= {"Fn::GetAtt", "Fn::Sub"}


def test_roles_use_no_managed_policy() -> None:
    """AWS's managed policies for Lambda allow every queue and every log group of the account."""
    assert not [name for name, role in of_type("AWS::IAM::Role").items() if "ManagedPolicyArns" in role]
    functions = of_type("AWS::Serverless::Function").values()
    assert [f["Role"] for f in functions] == [{"Fn::GetAtt": "SendRole.Arn"}]
    assert not [f for f in functions if "Policies" in f]


def test_the_role_allows_what_the_bundle_can_call_and_what_lambda_calls_for_it() -> None:
    """Trimmed botocore and role agree; the rest is the event source's, the logger's and the failure destination's."""
    (role,) = of_type("AWS::IAM::Role").values()
    actions = {a for s in role["Policies"][0]["PolicyDocument"]["Statement"] for a in listed(s["Action"])}
    ours = {f"{service}:{name}" for service, names in trim_botocore.OPERATIONS.items() for name in names}
    by_lambda = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    assert actions == ours | by_lambda | {"logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.mark.parametrize("properties", every("AWS::Lambda::Permission"))
def test_only_this_stack_s_sources_may_invoke(properties: Resource) -> None:
    """A service principal without a source would let in every account's."""
    assert {"Api", "RequestedRule"} & set(re.findall(r"\w+", " ".join(strings(properties["SourceArn"]))))


@pytest.mark.parametrize("properties", every("AWS::ApiGatewayV2::Route"))
def test_every_route_is_authorized_by_iam(properties: Resource) -> None:
    """Sending costs money: nothing is open."""
    assert properties["AuthorizationType"] == "AWS_IAM"


def test_the_api_is_throttled() -> None:
    """The default of API Gateway is the whole account's limit."""
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"].keys() == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}


# --- Alarms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("properties", every("AWS::CloudWatch::Alarm"))
def test_alarms_tell_someone_and_are_quiet_without_data(properties: Resource) -> None:
    """The topic is optional; no traffic is no alarm; and the description says what to think."""
    assert properties["AlarmActions"] == {
        "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
    }
    assert properties["TreatMissingData"] == "notBreaching"
    assert properties["AlarmDescription"]


@pytest.mark.parametrize("properties", every("AWS::CloudWatch::Alarm"))
def test_no_alarm_counts_sent_messages(properties: Resource) -> None:
    """A redrive into the dead letter queue does not count as sent: only visible messages show it."""
    assert properties["MetricName"] != "NumberOfMessagesSent"


def test_what_needs_a_person_raises_an_alarm() -> None:
    """Dead letters, errors, age, and the three outcomes that no retry ends."""
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    assert {(a["Namespace"], a["MetricName"], str(a["Dimensions"][0]["Value"])) for a in alarms} == {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "{'Fn::GetAtt': 'DeadLetterQueue.QueueName'}"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "{'Fn::GetAtt': 'MessageQueue.QueueName'}"),
        ("AWS/Lambda", "Errors", "{'Ref': 'SendFunction'}"),
        ("MessenteRcs", "Unknown", "messente-rcs"),
        ("MessenteRcs", "Unauthorized", "messente-rcs"),
        ("MessenteRcs", "Misconfigured", "messente-rcs"),
    }


def test_metrics_are_published_under_the_names_that_the_alarms_watch() -> None:
    """Namespace and service of the alarms come from the function's own variables."""
    variables = of_type("AWS::Serverless::Function")["SendFunction"]["Environment"]["Variables"]
    own = [a for a in of_type("AWS::CloudWatch::Alarm").values() if not a["Namespace"].startswith("AWS/")]
    assert {a["Namespace"] for a in own} == {variables["POWERTOOLS_METRICS_NAMESPACE"]}
    assert [d for a in own for d in a["Dimensions"]] == [
        {"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]} for _ in own
    ]


# --- Names and descriptions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_everything_a_user_meets_is_described(section: str) -> None:
    """Parameters and outputs say what they are, and which unit they have."""
    assert not [name for name, entry in TEMPLATE[section].items() if not entry.get("Description")]


def test_every_parameter_is_constrained() -> None:
    """A wrong value fails the deployment, not the first message."""
    constraints = {"AllowedPattern", "AllowedValues", "MinValue", "MaxLength"}
    assert not [name for name, entry in TEMPLATE["Parameters"].items() if not constraints & entry.keys()]


def test_every_parameter_has_its_place_in_the_console() -> None:
    """The console shows ungrouped parameters last and under `Other`."""
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(TEMPLATE["Parameters"])


def test_names_that_others_script_against_exist() -> None:
    """Stack parameters and outputs are an interface: none is renamed."""
    assert TEMPLATE["Parameters"].keys() >= {"MessenteUrl", "DefaultSender", "Architecture"}
    assert TEMPLATE["Outputs"].keys() >= {"ApiUrl", "QueueUrl", "DeadLetterQueueUrl", "TableName", "SecretArn"}


def test_the_function_gets_exactly_the_settings_that_it_reads() -> None:
    """No variable is misspelt: each is a setting, or belongs to a library; and none that is required is missing."""
    variables = of_type("AWS::Serverless::Function")["SendFunction"]["Environment"]["Variables"]
    ours = {name for name in variables if not name.startswith(("POWERTOOLS_", "PYDANTIC_"))}
    settings = {name.upper(): field.is_required() for name, field in Settings.model_fields.items()}
    assert ours <= settings.keys()
    assert {name for name, required in settings.items() if required} <= ours


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
        assert Settings.from_environment({**needed, "MESSENTE_URL": url}).messente_url == url
    else:
        with pytest.raises(InvalidSettings):
            Settings.from_environment({**needed, "MESSENTE_URL": url})
