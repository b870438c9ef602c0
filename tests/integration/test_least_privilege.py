"""Least privilege, with IAM enforced: what the role of each function and the policy of each person let through."""

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from messente_rcs.aws.bus import SOURCE
from rcs_cli.command import World
from rcs_cli.main import app
from rcs_cli.stack import Account, look_up
from tests.local.emulator import REGION
from tests.local.stack import Stack
from tests.support.template import ROOT

type Clients = Callable[[str], Any]

ONCE = Config(retries={"total_max_attempts": 1})
KEY, MARK, NUMBER = {"id": {"S": "nobody"}}, {"id": {"S": "#inbound:nobody"}}, {"to": {"S": "nobody"}}
UNMET = {"ConditionExpression": "attribute_exists(id)"}  # so that a write leaves nothing behind
UPDATE = {"UpdateExpression": "REMOVE nothing", **UNMET}
EVENT = {"EventBusName": "default", "Source": SOURCE, "DetailType": "nothing", "Detail": "{}"}


QUEUES = ("queue", "dead_letters", "dead_changes", "inbound", "dead_inbound", "another_queue")
INDEXES = {
    "by_omnimessage_id": "omnimessage_id",
    "by_unknown": "unknown_shard",
    "by_due": "due_shard",
    "by_lease": "lease_shard",
    "by_recipient": "recipient",
}


def query(attribute: str, **more: str) -> dict[str, Any]:
    values = {"ExpressionAttributeValues": {":value": {"S": "nobody"}}}
    return {"TableName": "$table", "KeyConditionExpression": f"{attribute} = :value", **values, **more}


# Action -> arguments, in which $name stands for a place; what the action is about may follow it.
CALLS: dict[str, dict[str, Any]] = {
    "dynamodb:GetItem": {"TableName": "$table", "Key": KEY},
    "dynamodb:UpdateItem": {"TableName": "$table", "Key": KEY, **UPDATE},
    "dynamodb:PutItem": {"TableName": "$table", "Item": KEY, **UNMET},
    "dynamodb:DeleteItem": {"TableName": "$table", "Key": KEY},
    "dynamodb:Scan": {"TableName": "$table", "Limit": 1},
    "dynamodb:Query": query("id"),
    **{f"dynamodb:Query {name}": query(key, IndexName=name) for name, key in INDEXES.items()},
    "dynamodb:BatchGetItem": {"RequestItems": {"$table": {"Keys": [KEY]}}},
    "dynamodb:GetItem mark": {"TableName": "$table", "Key": MARK},
    "dynamodb:PutItem mark": {"TableName": "$table", "Item": MARK, **UNMET},
    "dynamodb:BatchGetItem opt_outs": {"RequestItems": {"$opt_outs": {"Keys": [NUMBER]}}},
    "dynamodb:UpdateItem opt_outs": {"TableName": "$opt_outs", "Key": NUMBER, **UPDATE},
    "dynamodb:Scan opt_outs": {"TableName": "$opt_outs", "Limit": 1},
    "dynamodb:DeleteItem opt_outs": {"TableName": "$opt_outs", "Key": NUMBER},
    "dynamodb:GetItem another_table": {"TableName": "another-table", "Key": KEY},
    "dynamodb:UpdateItem another_table": {"TableName": "another-table", "Key": KEY, **UPDATE},
    "secretsmanager:GetSecretValue": {"SecretId": "$secret"},
    "secretsmanager:PutSecretValue": {"SecretId": "$secret", "SecretString": "$secret_text"},
    "secretsmanager:GetSecretValue another_secret": {"SecretId": "another-secret"},
    "sqs:GetQueueAttributes queue": {"QueueUrl": "$queue"},
    **{f"sqs:SendMessage {name}": {"QueueUrl": f"${name}", "MessageBody": "{}"} for name in QUEUES},
    **{
        f"sqs:ReceiveMessage {name}": {"QueueUrl": f"${name}", "VisibilityTimeout": 0} for name in QUEUES
    },  # stays there
    "events:PutEvents": {"Entries": [EVENT]},
    "events:PutEvents another_bus": {"Entries": [EVENT | {"EventBusName": "another-bus"}]},
    "events:PutEvents another_source": {"Entries": [EVENT | {"Source": "com.example.shop"}]},
    "events:PutEvents request": {
        "Entries": [EVENT | {"Source": "com.example.shop", "DetailType": "RCS Message Requested"}]
    },
    "lambda:Invoke reconciliation": {"FunctionName": "$reconciliation"},
    "lambda:Invoke sending": {"FunctionName": "$sending"},
}


def action(label: str) -> str:
    """Return what IAM calls the action of a call."""
    return label.partition(" ")[0].replace("lambda:Invoke", "lambda:InvokeFunction")


RECORDS = {
    "dynamodb:GetItem",
    "dynamodb:GetItem mark",  # IAM cannot tell it from a record for who may read all
    "dynamodb:UpdateItem",
    "secretsmanager:GetSecretValue",
}
ALLOWED = {
    "SendFunction": RECORDS
    | {"dynamodb:Query by_omnimessage_id", "dynamodb:Query by_unknown"}
    | {"dynamodb:BatchGetItem", "dynamodb:BatchGetItem opt_outs"}
    | {"sqs:GetQueueAttributes queue", "sqs:ReceiveMessage queue", "sqs:SendMessage dead_letters"},
    "ReportFunction": RECORDS | {"dynamodb:Query by_omnimessage_id"},
    # This stack has no OptOutConfirmation and does not track conversations. condition_keys.py teaches the emulator
    # dynamodb:LeadingKeys, by which AWS tells marks from records.
    "InboundFunction": {"dynamodb:GetItem mark", "dynamodb:PutItem mark", "dynamodb:UpdateItem opt_outs"}
    | {"sqs:SendMessage inbound", "sqs:ReceiveMessage inbound", "secretsmanager:GetSecretValue", "events:PutEvents"},
    "ReconcileFunction": RECORDS | {"dynamodb:Query by_due", "dynamodb:Query by_lease", "dynamodb:Query by_unknown"},
    # Lambda reads the stream in this role. The emulator knows no resource for these calls: test_template.py holds them.
    "PublishFunction": {"events:PutEvents", "sqs:SendMessage dead_changes"},
    # The policies beside the deployer's.
    "caller": {"sqs:SendMessage queue", "events:PutEvents request", "lambda:Invoke sending"},
    "reader": {"sqs:GetQueueAttributes queue"},
    "operator": RECORDS
    | {"dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:Query by_recipient"}
    | {"dynamodb:BatchGetItem opt_outs", "dynamodb:Scan opt_outs", "dynamodb:UpdateItem opt_outs"}
    | {"secretsmanager:PutSecretValue", "lambda:Invoke reconciliation"}
    | {label for label in CALLS if label.startswith("sqs:") and "another" not in label},
}


@pytest.fixture(scope="module")
def places(stack: Stack) -> dict[str, str]:
    """Name what the stack has, and make another of each kind: nothing is to be refused for not existing."""
    secret = stack.outputs["SecretArn"]
    stack.client("events").create_event_bus(Name="another-bus")
    stack.client("secretsmanager").create_secret(Name="another-secret", SecretString="{}")
    stack.client("dynamodb").create_table(
        TableName="another-table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {
        "table": stack.table,
        "secret": secret,
        "secret_text": stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"],
        "queue": stack.queue_url,
        "dead_letters": stack.dead_letter_queue_url,
        "sending": stack.function,
        "reconciliation": stack.outputs["ReconcileFunctionName"],
        "dead_changes": stack.resource("ChangeDeadLetterQueue"),
        "opt_outs": stack.outputs["OptOutTableName"],
        "inbound": stack.resource("InboundQueue"),
        "dead_inbound": stack.resource("InboundDeadLetterQueue"),
        "another_queue": stack.client("sqs").create_queue(QueueName="another-queue")["QueueUrl"],
    }


def policy(stack: Stack, who: str) -> str:
    """Read the policy of a kind of person, as filled in for a stack."""
    text = (ROOT / "src" / "bundle" / f"{who}-policy.json").read_text()
    api = stack.outputs["ApiArn"].split(":")[5].removesuffix("/*")
    places = {"messente-rcs*": f"{stack.name}*", "ACCOUNT": "000000000000", "API_ID": api}
    places["arn:aws:events:*:ACCOUNT:event-bus/default"] = "arn:aws:events:*"  # the emulator names a bus otherwise
    places["MessenteSecret-"] = f"{stack.name}-MessenteSecret-"  # AWS puts no stack's name there
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)


def person(stack: Stack, document: str) -> str:
    """Make the role of somebody with a policy."""
    iam, name = stack.client("iam"), f"person-{uuid.uuid4()}"
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
    return str(role)


def credentials_of(stack: Stack, role: str) -> Credentials:
    taken = stack.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return Credentials(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])


def clients_of(stack: Stack, who: str) -> Clients:
    """Make clients that act in the role of a function, named by its logical id, or of a person."""
    if who.endswith("Function"):
        role = stack.client("lambda").get_function_configuration(FunctionName=stack.resource(who))["Role"]
    else:
        role = person(stack, policy(stack, who))
    keys = credentials_of(stack, role)
    session = boto3.Session(keys.access_key, keys.secret_key, keys.token, REGION)
    return lambda service: session.client(service, endpoint_url=stack.emulator.url, config=ONCE)  # type: ignore[call-overload]


def refusal(label: str, clients: Clients, places: dict[str, str]) -> str | None:
    """Make a call; return the action that IAM says it refused, or None if the call came through to its service."""
    service, _, operation = label.partition(" ")[0].partition(":")
    named = {name: json.dumps(place)[1:-1] for name, place in places.items()}
    arguments = json.loads(Template(json.dumps(CALLS[label])).substitute(named))
    client = clients(service)
    try:
        getattr(client, xform_name(operation))(**arguments)
    except ClientError as failure:
        if failure.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        [refused] = re.findall(r"assumed-role/\S+ is not authorized to perform: (\S+) ", str(failure))
        return str(refused)
    return None


def test_every_call_comes_through_for_an_administrator(stack: Stack, places: dict[str, str]) -> None:
    """None of the calls is wrong in itself: whoever may do everything is refused nothing."""
    assert {label: refusal(label, stack.client, places) for label in CALLS} == dict.fromkeys(CALLS)


@pytest.mark.parametrize("who", ALLOWED)
def test_everybody_may_do_what_they_need_and_nothing_else(stack: Stack, places: dict[str, str], who: str) -> None:
    """The calls that a role lets through are those that its owner needs; of all others, IAM names the action."""
    clients = clients_of(stack, who)
    refused = {label: refusal(label, clients, places) for label in CALLS}
    assert refused == {label: None if label in ALLOWED[who] else action(label) for label in CALLS}


# --- People -----------------------------------------------------------------------------------------------------------

PATTERN = "$default/POST/messages"
# What the HTTP API answers on a message that is there: to send, show, list, resolve and cancel.
ANSWERS = {
    "caller": [201, 403, 403, 403, 403],
    "reader": [403, 200, 200, 403, 403],
    "operator": [201, 200, 200, 409, 409],
}


@pytest.mark.parametrize("who", ANSWERS)
def test_a_person_may_call_the_routes_of_their_policy(stack: Stack, who: str) -> None:
    """A caller may send, but neither see, resolve nor cancel; a reader may only see."""
    message_id = f"{who}-{uuid.uuid4()}"
    payload = json.dumps({"to": "+37255512345", "text": "hello", "idempotency_key": message_id})
    assert stack.call("POST", "/messages", payload).status == 201
    signer = credentials_of(stack, person(stack, policy(stack, who)))
    calls = [
        ("POST", "/messages", payload),
        ("GET", f"/messages/{message_id}", ""),
        ("GET", "/messages?state=unknown", ""),
        ("POST", f"/messages/{message_id}/resolution", '{"outcome": "sent"}'),
        ("DELETE", f"/messages/{message_id}", ""),
    ]
    assert [stack.call(*each, signer=signer).status for each in calls] == ANSWERS[who]


def test_a_wildcard_behind_the_route_would_let_a_caller_resolve(stack: Stack) -> None:
    """Of which the documents warn."""
    document = policy(stack, "caller")
    assert PATTERN in document
    signer = credentials_of(stack, person(stack, document.replace(PATTERN, f"{PATTERN}*")))
    resolution = stack.call("POST", "/messages/nobody/resolution", '{"outcome": "sent"}', signer=signer)
    assert resolution.status == 404


def as_person(stack: Stack, who: str) -> Callable[..., Any]:
    """Run rcs with the credentials of a person."""
    keys = credentials_of(stack, person(stack, policy(stack, who)))
    session = botocore.session.Session()
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    session.set_config_variable("region", REGION)
    around = World(find=lambda place: look_up(Account(session, stack.emulator.url), place), is_terminal=lambda: False)
    return lambda *arguments: CliRunner().invoke(app, arguments, obj=around)


COMMANDS = {
    "send": "send +37255512345 hello --key {id}",
    "queue": "send +37255512345 hello --queue --key {id}-queued",
    "send-many": "send-many {file}",
    "watch": "watch {id}",
    "watch a file": "watch --file {file}",
    "opt-outs add": "opt-outs add +37255599999",
    "opt-outs list": "opt-outs list",
    "opt-outs remove": "opt-outs remove +37255599999",
    "dead-letters": "dead-letters",
    "replay inbound": "replay inbound",
    "pause": "pause --all",
    "resume": "resume",
}


def test_an_operator_may_do_all_that_rcs_does(operated: Stack, message_id: str, tmp_path: Path) -> None:
    """Each command comes through, and each check of the doctor finds what it finds for an administrator."""
    file = tmp_path / f"{message_id}.csv"
    file.write_text("to,text\n+37255512345,hello\n")
    operator = as_person(operated, "operator")
    for name, command in COMMANDS.items():
        said = operator(*command.format(id=message_id, file=file).split())
        assert said.exit_code == 0, (name, said.stderr)
    found = {each["check"]: each["found"] for each in json.loads(operator("doctor", "--json").stdout)["checks"]}
    assert {name: told for name, told in found.items() if "AccessDenied" in told or "authorized" in told} == {}


@pytest.mark.parametrize(("command", "code"), [("show {id}", 0), ("unknown", 0), ("send +37255512345 no", 1)])
def test_a_reader_sees_and_does_not_send(operated: Stack, message_id: str, command: str, code: int) -> None:
    """By the same rcs."""
    payload = json.dumps({"to": "+37255512345", "text": "hello", "idempotency_key": message_id})
    assert operated.call("POST", "/messages", payload).status == 201
    assert as_person(operated, "reader")(*command.format(id=message_id).split()).exit_code == code
