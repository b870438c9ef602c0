"""Least privilege, with IAM enforced: what the role of each function lets through, and that IAM refuses the rest."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from messente_rcs.aws.bus import SOURCE
from tests.local.emulator import REGION
from tests.local.stack import Stack
from tests.support.documents import CONFIGURATION

type Clients = Callable[[str], Any]
type Call = Callable[[Clients, Places], object]

ONCE = Config(retries={"total_max_attempts": 1})
KEY = {"id": {"S": "nobody"}}
MARK = {"id": {"S": "#inbound:nobody"}}
NUMBER = {"to": {"S": "nobody"}}


@dataclass(frozen=True)
class Places:
    """Where calls go: what belongs to the stack, and something of the same kind that does not."""

    table: str
    secret: str
    secret_text: str
    queue: str
    dead_letters: str
    sending: str
    reconciliation: str
    dead_changes: str
    opt_outs: str
    inbound: str
    dead_inbound: str
    other_table: str = "another-table"
    other_secret: str = "another-secret"
    other_queue: str = ""


def _get(table: Callable[[Places], str]) -> Call:
    return lambda aws, at: aws("dynamodb").get_item(TableName=table(at), Key=KEY)


def _update(table: Callable[[Places], str]) -> Call:
    # Its condition is never met, so that it leaves nothing behind.
    return lambda aws, at: aws("dynamodb").update_item(
        TableName=table(at), Key=KEY, UpdateExpression="REMOVE nothing", ConditionExpression="attribute_exists(id)"
    )


def _query(index: str, attribute: str) -> Call:
    more = {"IndexName": index} if index else {}
    return lambda aws, at: aws("dynamodb").query(
        TableName=at.table,
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": attribute},
        ExpressionAttributeValues={":value": {"S": "nobody"}},
        **more,
    )


def _receive(queue: Callable[[Places], str]) -> Call:
    return lambda aws, at: aws("sqs").receive_message(QueueUrl=queue(at), VisibilityTimeout=0)


def _send(queue: Callable[[Places], str]) -> Call:
    return lambda aws, at: aws("sqs").send_message(QueueUrl=queue(at), MessageBody="{}")


def _put_event(bus: str, source: str = SOURCE) -> Call:
    entry = {"EventBusName": bus, "Source": source, "DetailType": "nothing", "Detail": "{}"}
    return lambda aws, _: aws("events").put_events(Entries=[entry])


CALLS: dict[str, Call] = {
    "dynamodb:GetItem": _get(lambda at: at.table),
    "dynamodb:UpdateItem": _update(lambda at: at.table),
    "dynamodb:PutItem": lambda aws, at: aws("dynamodb").put_item(
        TableName=at.table, Item=KEY, ConditionExpression="attribute_exists(id)"
    ),
    "dynamodb:DeleteItem": lambda aws, at: aws("dynamodb").delete_item(TableName=at.table, Key=KEY),
    "dynamodb:Scan": lambda aws, at: aws("dynamodb").scan(TableName=at.table, Limit=1),
    "dynamodb:Query": _query("", "id"),
    "dynamodb:Query by_omnimessage_id": _query("by_omnimessage_id", "omnimessage_id"),
    "dynamodb:Query by_unknown": _query("by_unknown", "unknown_shard"),
    "dynamodb:Query by_due": _query("by_due", "due_shard"),
    "dynamodb:Query by_lease": _query("by_lease", "lease_shard"),
    "dynamodb:Query by_recipient": _query("by_recipient", "recipient"),
    "dynamodb:GetItem of a mark": lambda aws, at: aws("dynamodb").get_item(TableName=at.table, Key=MARK),
    "dynamodb:PutItem of a mark": lambda aws, at: aws("dynamodb").put_item(
        TableName=at.table, Item=MARK, ConditionExpression="attribute_exists(id)"
    ),
    "dynamodb:BatchGetItem of opt-outs": lambda aws, at: aws("dynamodb").batch_get_item(
        RequestItems={at.opt_outs: {"Keys": [NUMBER]}}
    ),
    "dynamodb:UpdateItem of opt-outs": lambda aws, at: aws("dynamodb").update_item(
        TableName=at.opt_outs, Key=NUMBER, UpdateExpression="REMOVE nothing", ConditionExpression="attribute_exists(id)"
    ),
    "dynamodb:Scan of opt-outs": lambda aws, at: aws("dynamodb").scan(TableName=at.opt_outs, Limit=1),
    "dynamodb:DeleteItem of opt-outs": lambda aws, at: aws("dynamodb").delete_item(TableName=at.opt_outs, Key=NUMBER),
    "dynamodb:GetItem of another table": _get(lambda at: at.other_table),
    "dynamodb:UpdateItem of another table": _update(lambda at: at.other_table),
    "secretsmanager:GetSecretValue": lambda aws, at: aws("secretsmanager").get_secret_value(SecretId=at.secret),
    "secretsmanager:PutSecretValue": lambda aws, at: aws("secretsmanager").put_secret_value(
        SecretId=at.secret, SecretString=at.secret_text
    ),
    "secretsmanager:GetSecretValue of another secret": lambda aws, at: aws("secretsmanager").get_secret_value(
        SecretId=at.other_secret
    ),
    "sqs:GetQueueAttributes": lambda aws, at: aws("sqs").get_queue_attributes(QueueUrl=at.queue),
    "sqs:ReceiveMessage": _receive(lambda at: at.queue),
    "sqs:SendMessage": _send(lambda at: at.queue),
    "sqs:SendMessage to the dead letters": _send(lambda at: at.dead_letters),
    "sqs:ReceiveMessage from the dead letters": _receive(lambda at: at.dead_letters),
    "sqs:SendMessage to another queue": _send(lambda at: at.other_queue),
    "sqs:ReceiveMessage from another queue": _receive(lambda at: at.other_queue),
    "sqs:SendMessage to the dead letters of changes": _send(lambda at: at.dead_changes),
    "sqs:SendMessage to inbound messages": _send(lambda at: at.inbound),
    "sqs:ReceiveMessage from inbound messages": _receive(lambda at: at.inbound),
    "sqs:ReceiveMessage from the dead letters of inbound messages": _receive(lambda at: at.dead_inbound),
    "events:PutEvents": _put_event("default"),
    "events:PutEvents on another bus": _put_event("another-bus"),
    "events:PutEvents of another source": _put_event("default", "com.example.shop"),
    "lambda:InvokeFunction of the reconciliation": lambda aws, at: aws("lambda").invoke(FunctionName=at.reconciliation),
    "lambda:InvokeFunction of the sending": lambda aws, at: aws("lambda").invoke(FunctionName=at.sending),
}

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
def places(stack: Stack) -> Places:
    """Name what the stack has, and make another of each kind: nothing is to be refused for not existing."""
    secret = stack.outputs["SecretArn"]
    other = Places(
        table=stack.table,
        secret=secret,
        secret_text=stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"],
        queue=stack.queue_url,
        dead_letters=stack.dead_letter_queue_url,
        sending=stack.function,
        reconciliation=stack.outputs["ReconcileFunctionName"],
        dead_changes=stack.resource("ChangeDeadLetterQueue"),
        opt_outs=stack.outputs["OptOutTableName"],
        inbound=stack.resource("InboundQueue"),
        dead_inbound=stack.resource("InboundDeadLetterQueue"),
        other_queue=stack.client("sqs").create_queue(QueueName="another-queue")["QueueUrl"],
    )
    stack.client("events").create_event_bus(Name="another-bus")
    stack.client("secretsmanager").create_secret(Name=other.other_secret, SecretString="{}")
    stack.client("dynamodb").create_table(
        TableName=other.other_table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return other


def clients_of(stack: Stack, function: str) -> Clients:
    """Make clients that act in the role of a function, named by its logical id."""
    role = stack.client("lambda").get_function_configuration(FunctionName=stack.resource(function))["Role"]
    taken = stack.client("sts").assume_role(RoleArn=role, RoleSessionName=function)["Credentials"]
    session = boto3.Session(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], REGION)
    return lambda service: session.client(service, endpoint_url=stack.emulator.url, config=ONCE)  # type: ignore[call-overload]


def refusal(call: Call, clients: Clients, places: Places) -> str | None:
    """Make a call; return the action that IAM says it refused, or None if the call came through to its service."""
    try:
        call(clients, places)
    except ClientError as failure:
        error = failure.response["Error"]
        if error["Code"] == "ConditionalCheckFailedException":
            return None
        assert error["Code"] in {"AccessDenied", "AccessDeniedException"}, error
        named = re.search(r"assumed-role/\S+ is not authorized to perform: (\S+) ", error["Message"])
        assert named, error
        return named[1]
    return None


def test_every_call_comes_through_for_an_administrator(stack: Stack, places: Places) -> None:
    """None of the calls is wrong in itself: whoever may do everything is refused nothing."""
    assert {name: refusal(call, stack.client, places) for name, call in CALLS.items()} == dict.fromkeys(CALLS)


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_may_do_what_it_needs_and_nothing_else(stack: Stack, places: Places, function: str) -> None:
    """The calls that a role lets through are those that its owner needs; of all others, IAM names the action."""
    clients = clients_of(stack, function)
    refused = {label: refusal(call, clients, places) for label, call in CALLS.items()}
    assert {label for label, action in refused.items() if action is None} == ALLOWED[function]
    assert {label: action for label, action in refused.items() if action} == {
        label: label.partition(" ")[0] for label in CALLS if label not in ALLOWED[function]
    }


# --- Callers ----------------------------------------------------------------------------------------------------------

ASSUMED = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
[PATTERN] = re.findall(r"arn:aws:execute-api:REGION:ACCOUNT:API_ID/\S+?(?=`)", CONFIGURATION.text)


def caller_of(stack: Stack, resource: str) -> Credentials:
    """Make a caller who may call this part of the API."""
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
