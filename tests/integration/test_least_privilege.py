"""Least privilege, with IAM enforced: what the role of each function lets through, and that IAM refuses the rest."""

import json
import re
import uuid
from collections.abc import Callable
from string import Template
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from messente_rcs.aws.bus import SOURCE
from tests.local.emulator import REGION
from tests.local.stack import Stack
from tests.support.documents import CONFIGURATION

type Clients = Callable[[str], Any]

ONCE = Config(retries={"total_max_attempts": 1})
KEY, MARK, NUMBER = {"id": {"S": "nobody"}}, {"id": {"S": "#inbound:nobody"}}, {"to": {"S": "nobody"}}
UNMET = {"ConditionExpression": "attribute_exists(id)"}  # so that a write leaves nothing behind
UPDATE = {"UpdateExpression": "REMOVE nothing", **UNMET}
EVENT = {"EventBusName": "default", "Source": SOURCE, "DetailType": "nothing", "Detail": "{}"}


def query(attribute: str, **more: str) -> dict[str, Any]:
    names = {"ExpressionAttributeNames": {"#key": attribute}}
    values = {"ExpressionAttributeValues": {":value": {"S": "nobody"}}}
    return {"TableName": "$table", "KeyConditionExpression": "#key = :value", **names, **values, **more}


def receive(queue: str) -> dict[str, Any]:
    """Make the arguments of a receive that leaves the messages where they are."""
    return {"QueueUrl": queue, "VisibilityTimeout": 0}


def send(queue: str) -> dict[str, Any]:
    return {"QueueUrl": queue, "MessageBody": "{}"}


# Action -> arguments, in which $name stands for a place; a name of it may follow the action.
CALLS: dict[str, dict[str, Any]] = {
    "dynamodb:GetItem": {"TableName": "$table", "Key": KEY},
    "dynamodb:UpdateItem": {"TableName": "$table", "Key": KEY, **UPDATE},
    "dynamodb:PutItem": {"TableName": "$table", "Item": KEY, **UNMET},
    "dynamodb:DeleteItem": {"TableName": "$table", "Key": KEY},
    "dynamodb:Scan": {"TableName": "$table", "Limit": 1},
    "dynamodb:Query": query("id"),
    "dynamodb:Query by_omnimessage_id": query("omnimessage_id", IndexName="by_omnimessage_id"),
    "dynamodb:Query by_unknown": query("unknown_shard", IndexName="by_unknown"),
    "dynamodb:Query by_due": query("due_shard", IndexName="by_due"),
    "dynamodb:Query by_lease": query("lease_shard", IndexName="by_lease"),
    "dynamodb:Query by_recipient": query("recipient", IndexName="by_recipient"),
    "dynamodb:GetItem of a mark": {"TableName": "$table", "Key": MARK},
    "dynamodb:PutItem of a mark": {"TableName": "$table", "Item": MARK, **UNMET},
    "dynamodb:BatchGetItem of opt-outs": {"RequestItems": {"$opt_outs": {"Keys": [NUMBER]}}},
    "dynamodb:UpdateItem of opt-outs": {"TableName": "$opt_outs", "Key": NUMBER, **UPDATE},
    "dynamodb:Scan of opt-outs": {"TableName": "$opt_outs", "Limit": 1},
    "dynamodb:DeleteItem of opt-outs": {"TableName": "$opt_outs", "Key": NUMBER},
    "dynamodb:GetItem of another table": {"TableName": "another-table", "Key": KEY},
    "dynamodb:UpdateItem of another table": {"TableName": "another-table", "Key": KEY, **UPDATE},
    "secretsmanager:GetSecretValue": {"SecretId": "$secret"},
    "secretsmanager:PutSecretValue": {"SecretId": "$secret", "SecretString": "$secret_text"},
    "secretsmanager:GetSecretValue of another secret": {"SecretId": "another-secret"},
    "sqs:GetQueueAttributes": {"QueueUrl": "$queue"},
    "sqs:ReceiveMessage": receive("$queue"),
    "sqs:SendMessage": send("$queue"),
    "sqs:SendMessage to the dead letters": send("$dead_letters"),
    "sqs:ReceiveMessage from the dead letters": receive("$dead_letters"),
    "sqs:SendMessage to another queue": send("$other_queue"),
    "sqs:ReceiveMessage from another queue": receive("$other_queue"),
    "sqs:SendMessage to the dead letters of changes": send("$dead_changes"),
    "sqs:SendMessage to inbound messages": send("$inbound"),
    "sqs:ReceiveMessage from inbound messages": receive("$inbound"),
    "sqs:ReceiveMessage from the dead letters of inbound messages": receive("$dead_inbound"),
    "events:PutEvents": {"Entries": [EVENT]},
    "events:PutEvents on another bus": {"Entries": [EVENT | {"EventBusName": "another-bus"}]},
    "events:PutEvents of another source": {"Entries": [EVENT | {"Source": "com.example.shop"}]},
    "lambda:Invoke of the reconciliation": {"FunctionName": "$reconciliation"},
    "lambda:Invoke of the sending": {"FunctionName": "$sending"},
}
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}  # what IAM calls it

RECORDS = {
    "dynamodb:GetItem",
    "dynamodb:GetItem of a mark",  # IAM cannot tell it from a record for who may read all
    "dynamodb:UpdateItem",
    "secretsmanager:GetSecretValue",
}
ALLOWED = {
    "SendFunction": RECORDS
    | {
        "dynamodb:Query by_omnimessage_id",
        "dynamodb:Query by_unknown",
        "dynamodb:BatchGetItem of opt-outs",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage to the dead letters",
    },
    "ReportFunction": RECORDS | {"dynamodb:Query by_omnimessage_id"},
    # This stack has no OptOutConfirmation and does not track conversations. condition_keys.py teaches the emulator
    # dynamodb:LeadingKeys, by which AWS tells marks from records.
    "InboundFunction": {
        "dynamodb:GetItem of a mark",
        "dynamodb:PutItem of a mark",
        "dynamodb:UpdateItem of opt-outs",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage to inbound messages",
        "sqs:ReceiveMessage from inbound messages",
        "events:PutEvents",
    },
    "ReconcileFunction": RECORDS | {"dynamodb:Query by_due", "dynamodb:Query by_lease", "dynamodb:Query by_unknown"},
    # Lambda reads the stream in this role. The emulator knows no resource for these calls: test_template.py holds them.
    "PublishFunction": {
        "events:PutEvents",
        "sqs:SendMessage to the dead letters of changes",
    },
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
        "other_queue": stack.client("sqs").create_queue(QueueName="another-queue")["QueueUrl"],
    }


def clients_of(stack: Stack, function: str) -> Clients:
    role = stack.client("lambda").get_function_configuration(FunctionName=stack.resource(function))["Role"]
    taken = stack.client("sts").assume_role(RoleArn=role, RoleSessionName=function)["Credentials"]
    session = boto3.Session(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], REGION)
    return lambda service: session.client(service, endpoint_url=stack.emulator.url, config=ONCE)  # type: ignore[call-overload]


def refusal(label: str, clients: Clients, places: dict[str, str]) -> str | None:
    """Make a call; return the action that IAM says it refused, or None if the call came through to its service."""
    service, _, operation = label.partition(" ")[0].partition(":")
    named = {name: json.dumps(place)[1:-1] for name, place in places.items()}
    arguments = json.loads(Template(json.dumps(CALLS[label])).substitute(named))
    try:
        getattr(clients(service), xform_name(operation))(**arguments)
    except ClientError as failure:
        error = failure.response["Error"]
        if error["Code"] == "ConditionalCheckFailedException":
            return None
        assert error["Code"] in {"AccessDenied", "AccessDeniedException"}, error
        found = re.search(r"assumed-role/\S+ is not authorized to perform: (\S+) ", error["Message"])
        assert found, error
        return found[1]
    return None


def test_every_call_comes_through_for_an_administrator(stack: Stack, places: dict[str, str]) -> None:
    """None of the calls is wrong in itself: whoever may do everything is refused nothing."""
    assert {label: refusal(label, stack.client, places) for label in CALLS} == dict.fromkeys(CALLS)


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_may_do_what_it_needs_and_nothing_else(stack: Stack, places: dict[str, str], function: str) -> None:
    """The calls that a role lets through are those that its owner needs; of all others, IAM names the action."""
    clients = clients_of(stack, function)
    refused = {label: refusal(label, clients, places) for label in CALLS}
    assert {label for label, action in refused.items() if action is None} == ALLOWED[function]
    actions = {label: label.partition(" ")[0] for label in CALLS.keys() - ALLOWED[function]}
    assert {label: action for label, action in refused.items() if action} == {
        label: ACTIONS.get(action, action) for label, action in actions.items()
    }


# --- Callers ----------------------------------------------------------------------------------------------------------

ASSUMED = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
[PATTERN] = re.findall(r"arn:aws:execute-api:REGION:ACCOUNT:API_ID/\S+?(?=`)", CONFIGURATION.text)


def caller_of(stack: Stack, resource: str) -> Credentials:
    iam, name = stack.client("iam"), f"caller-{uuid.uuid4()}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": [ASSUMED]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    rights = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
    iam.put_role_policy(RoleName=name, PolicyName="call", PolicyDocument=document)
    taken = stack.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return Credentials(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])


@pytest.mark.parametrize(("behind", "resolves"), [("", False), ("*", True)])
def test_a_caller_may_send_without_resolving_or_cancelling(stack: Stack, behind: str, *, resolves: bool) -> None:
    """With the ARN that the README shows. A wildcard behind it, of which the README warns, lets resolve as well."""
    api_arn = stack.outputs["ApiArn"].removesuffix("/*")
    resource = PATTERN.replace("arn:aws:execute-api:REGION:ACCOUNT:API_ID", api_arn) + behind
    caller = caller_of(stack, resource)
    message_id = f"caller-{uuid.uuid4()}"
    payload = json.dumps({"to": "+37255512345", "text": "hello", "idempotency_key": message_id})
    assert stack.call("POST", "/messages", payload, signer=caller).status == 201
    resolution = stack.call("POST", f"/messages/{message_id}/resolution", '{"outcome": "sent"}', signer=caller)
    assert resolution.status == (409 if resolves else 403)
    others = [
        ("DELETE", f"/messages/{message_id}"),
        ("GET", f"/messages/{message_id}"),
        ("GET", "/messages?state=unknown"),
    ]
    assert [stack.call(*each, signer=caller).status for each in others] == [403] * 3
