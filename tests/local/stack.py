"""The real template, built and deployed to the emulator: its outputs, its API, its queues, its records, its log."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import batched
from typing import Any
from urllib.parse import urlsplit

import urllib3
from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.types import TypeDeserializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, WaiterError

from messente_rcs.records.expressions import Update
from tests.local.build import Built
from tests.local.emulator import CREDENTIALS, REGION, Emulator
from tests.local.later import as_told, pause_of
from tests.local.process import ARCHITECTURE, PATIENCE, NotReady
from tests.standin.inbound import SECRET, Inbound
from tests.standin.server import Server

_deserialize = TypeDeserializer().deserialize

type Item = dict[str, Any]

_NOT_EMULATED = {"AWS::Logs::QueryDefinition"}  # a stack with any of these types is refused as a whole
_BUCKET = "artifacts"
_OFTEN = {"Delay": 0.1, "MaxAttempts": 10 * PATIENCE}  # of a waiter
NEVER = "rate(10000 days)"  # as ReconcileSchedule: the reconciliation runs when a test says so, and only then


@dataclass(frozen=True)
class Answer:
    """What the HTTP API answered; `headers` by lower-case name, `json` is None when the body is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def pause(self) -> float | None:
        return pause_of(self.status, self.headers)


@dataclass(frozen=True)
class Letter:
    """A message of the dead-letter queue; `attributes` are the reasons given with it, and `handle` deletes it."""

    message_id: str
    body: str
    attributes: dict[str, str]
    handle: str
    group: str | None  # MessageGroupId
    at: int  # Unix time in milliseconds
    receives: int


class Stack:
    """A deployed stack. Every method talks to the emulator as its root user."""

    def __init__(self, emulator: Emulator, name: str, outputs: Mapping[str, str]) -> None:
        self.emulator = emulator
        self.name = name
        self.outputs = dict(outputs)
        self.queue_url = outputs["QueueUrl"]
        self.dead_letter_queue_url = outputs["DeadLetterQueueUrl"]
        self.table = outputs["TableName"]
        self.function = outputs["FunctionName"]
        self.api_url = self.reachable(outputs["ApiUrl"])
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        self._letters: dict[str, Letter] = {}

    def client(self, service: str) -> Any:
        return self.emulator.client(service)

    def reachable(self, url: str) -> str:
        """Translate the URL of an API (a host of AWS) to where the emulator serves it (a path of its own)."""
        parts = urlsplit(url)
        return f"{self.emulator.url}/_aws/execute-api/{str(parts.hostname).split('.')[0]}/$default{parts.path}"

    def resource(self, logical_id: str) -> str:
        return self.resources()[logical_id]

    def resources(self) -> dict[str, str]:
        """Return what each resource is called in the account, by its logical id."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = pages.search("StackResourceSummaries[]")
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def take_from(self, *sources: str, enabled: bool) -> None:
        """Let functions take from these event source mappings (logical ids), or not."""
        for name in sources:
            self.client("lambda").update_event_source_mapping(UUID=self.resource(name), Enabled=enabled)

    def hide_for(self, seconds: int, *queue_urls: str, **attributes: str) -> None:
        """Set for how long queues hide what they have delivered, and other attributes of theirs."""
        given = {"VisibilityTimeout": str(seconds), **attributes}
        for url in queue_urls:
            self.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=given)

    def reconcile(self) -> Any:
        """Run the reconciliation once; return what it did, or Lambda's word that it died."""
        return self.invoke({}, function=self.outputs["ReconcileFunctionName"])

    def put_secret(self, username: str, password: str) -> None:
        secret = json.dumps({"username": username, "password": password, "inbound_secrets": [SECRET]})
        self.client("secretsmanager").put_secret_value(SecretId=self.outputs["SecretArn"], SecretString=secret)

    def queue(self, body: str) -> str:
        """Put a message into the queue and return its SQS id."""
        return str(self.client("sqs").send_message(QueueUrl=self.queue_url, MessageBody=body)["MessageId"])

    def queue_all(self, bodies: Iterable[str]) -> list[str]:
        """Put messages into the queue, ten in a call; return those that were taken in."""
        taken = list[str]()
        for batch in batched(bodies, 10, strict=False):
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
            answer = self.client("sqs").send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            taken += [batch[int(each["Id"])] for each in answer.get("Successful", [])]
        return taken

    def waiting(self, queue_url: str | None = None, *, hidden: bool = True) -> int:
        """Count what is left in a queue (the one of messages), with what is hidden for now or without."""
        names = ["ApproximateNumberOfMessages"] + ["ApproximateNumberOfMessagesNotVisible"] * hidden
        asked = {"QueueUrl": queue_url or self.queue_url, "AttributeNames": names}
        found = self.client("sqs").get_queue_attributes(**asked)["Attributes"]
        return sum(int(found[name]) for name in names)

    def call(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        *,
        signer: Credentials | None = None,
        once: bool = False,
    ) -> Answer:
        """Make an IAM-signed call of the HTTP API (by the root user or `signer`), again as often as its answer says."""

        def ask() -> Answer:
            request = AWSRequest(method, self.api_url + path, headers=dict(headers or {}), data=body)
            SigV4Auth(signer or Credentials(*CREDENTIALS.values()), "execute-api", REGION).add_auth(request)
            return self.fetch(method, str(request.url), body, dict(request.headers.items()))

        return ask() if once else as_told(ask, Answer.pause)

    def fetch(self, method: str, url: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Make an HTTP request as it is, unsigned."""
        answer = self._http.request(method, url, body=body or None, headers=headers)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def invoke(self, event: Any, kind: str = "RequestResponse", function: str | None = None) -> Any:
        answer = self.client("lambda").invoke(
            FunctionName=function or self.function, InvocationType=kind, Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read() or b"null")

    def hand_in(self, inbound: Inbound) -> Answer:
        """Make Messente's POST of an inbound message, which names the public API by its own URL."""
        url = self.reachable(inbound.url)
        return as_told(lambda: self.fetch("POST", url, inbound.body, inbound.headers), Answer.pause)

    def publish(self, event: Mapping[str, Any]) -> str:
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        return str(self.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])

    def item(self, message_id: str) -> Item | None:
        found = self.client("dynamodb").get_item(
            TableName=self.table, Key={"id": {"S": message_id}}, ConsistentRead=True
        )
        return decoded(found["Item"]) if "Item" in found else None

    def records(self) -> dict[str, Item]:
        """Read all records by their ids. What begins with a # is none: marks of inbound messages, for one."""
        return {item["id"]: item for item in self._scan(self.table) if not item["id"].startswith("#")}

    def opt_outs(self) -> dict[str, Item]:
        return {item["to"]: item for item in self._scan(self.outputs["OptOutTableName"])}

    def _scan(self, table: str) -> list[Item]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [decoded(item) for item in pages.search("Items[]")]

    def edit(self, message_id: str, condition: ConditionBase | None = None, **values: Any) -> None:
        """Write attributes of a record by hand, if the condition holds."""
        written = Update().set(**values).arguments(condition or Attr("id").exists())
        self.client("dynamodb").update_item(TableName=self.table, Key={"id": {"S": message_id}}, **written)

    def receive(self, queue_url: str, hidden: int) -> Iterator[Letter]:
        """Receive all messages of a queue; what is read stays there, hidden for so many seconds."""
        read = {
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": hidden,
            "MessageAttributeNames": ["All"],
            "MessageSystemAttributeNames": ["MessageGroupId", "SentTimestamp", "ApproximateReceiveCount"],
        }
        while messages := self.client("sqs").receive_message(**read).get("Messages"):
            for each in messages:
                given = {name: value["StringValue"] for name, value in each.get("MessageAttributes", {}).items()}
                system, named = each["Attributes"], (each["MessageId"], each["Body"], given, each["ReceiptHandle"])
                counts = int(system["SentTimestamp"]), int(system["ApproximateReceiveCount"])
                yield Letter(*named, system.get("MessageGroupId"), *counts)

    def letters(self) -> list[Letter]:
        """Return all messages that ever reached the dead-letter queue."""
        self._letters |= {each.message_id: each for each in self.receive(self.dead_letter_queue_url, hidden=3600)}
        return list(self._letters.values())

    def update_code(self, built: Built) -> None:
        """Give all functions the code of a build."""
        client, key = self.client("lambda"), _put_bundle(self.emulator, built)
        names = [self.resource(each) for each in built.functions()]
        for name in names:
            client.update_function_code(FunctionName=name, S3Bucket=_BUCKET, S3Key=key)
        for name in names:
            client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=_OFTEN)

    def logs(self) -> list[str]:
        """Return every line in every log group of the emulator."""
        client = self.client("logs")
        groups, lines = (client.get_paginator(each) for each in ("describe_log_groups", "filter_log_events"))
        return [
            line
            for group in groups.paginate().search("logGroups[].logGroupName")
            for line in lines.paginate(logGroupName=group).search("events[].message")
        ]


class Stream:
    """The changes of the records of a stack from its begin."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("dynamodbstreams")
        arn = stack.client("dynamodb").describe_table(TableName=stack.table)["Table"]["LatestStreamArn"]
        [shard] = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._iterator = self._client.get_shard_iterator(**where)["ShardIterator"]

    def new(self) -> list[dict[str, Any]]:
        """Return the records of the stream that are new."""
        answer = self._client.get_records(ShardIterator=self._iterator)
        self._iterator = answer["NextShardIterator"]
        found: list[dict[str, Any]] = answer["Records"]
        return found


def decoded(image: Mapping[str, Any]) -> Item:
    """Read an item in DynamoDB's JSON."""
    return {name: _deserialize(value) for name, value in image.items()}


def deploy(emulator: Emulator, built: Built, messente: Server, name: str = "rcs", **parameters: str) -> Stack:
    """Create the stack with its secret for this Messente; raises NotReady with CloudFormation's reasons."""
    given = {"MessenteUrl": messente.url, "Architecture": ARCHITECTURE, **parameters}
    listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    emulator.client("cloudformation").create_stack(**_request(emulator, built, name), Parameters=listed)
    stack = deployed(emulator, name)
    stack.put_secret(*messente.messente.account)
    return stack


def update(stack: Stack, built: Built) -> Stack:
    """Deploy another template and other code over a stack; raises NotReady with CloudFormation's reasons."""
    client = stack.client("cloudformation")
    try:
        client.update_stack(**_request(stack.emulator, built, stack.name), **_kept(stack, built))
    except ClientError as refused:
        raise NotReady(f"the deployment was refused: {refused.response['Error']['Message']}") from None
    return deployed(stack.emulator, stack.name, "stack_update_complete")


def changes(stack: Stack, built: Built) -> list[dict[str, Any]]:
    """List what CloudFormation would do to each resource if this was deployed over a stack, and do nothing."""
    client, named = stack.client("cloudformation"), {"StackName": stack.name, "ChangeSetName": "preview"}
    client.create_change_set(**_request(stack.emulator, built, stack.name) | named, **_kept(stack, built))
    client.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=_OFTEN)
    planned = client.describe_change_set(**named)["Changes"]
    client.delete_change_set(**named)
    return [each["ResourceChange"] for each in planned]


def _kept(stack: Stack, built: Built) -> dict[str, Any]:
    """Keep the value of each parameter that the new template has too, as `sam deploy` does."""
    known = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]["Parameters"]
    names = [each["ParameterKey"] for each in known if each["ParameterKey"] in built.template["Parameters"]]
    return {"Parameters": [{"ParameterKey": name, "UsePreviousValue": True} for name in names]}


def _request(emulator: Emulator, built: Built, name: str) -> dict[str, Any]:
    """Upload the bundle and the template, which is too long for a call; return what names them in a call."""
    resources = emulated(built.template["Resources"])
    bundled = built.template["Globals"]["Function"] | {"CodeUri": f"s3://{_BUCKET}/{_put_bundle(emulator, built)}"}
    template = built.template | {"Globals": {"Function": bundled}, "Resources": resources}
    emulator.client("s3").put_object(Bucket=_BUCKET, Key=f"{name}.json", Body=json.dumps(template).encode())
    return {
        "StackName": name,
        "TemplateURL": f"https://s3.{REGION}.amazonaws.com/{_BUCKET}/{name}.json",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }


def deployed(emulator: Emulator, name: str, until: str = "stack_create_complete") -> Stack:
    """Wait until a stack is deployed; raises NotReady with CloudFormation's reasons."""
    client = emulator.client("cloudformation")
    try:
        client.get_waiter(until).wait(StackName=name, WaiterConfig=_OFTEN)
    except WaiterError:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [each for each in events if "FAILED" in each["ResourceStatus"]]
        reasons = (f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '?')}" for each in failed)
        raise NotReady("\n".join(["the deployment failed:", *reasons])) from None
    _mend_concurrency(emulator)
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    return Stack(emulator, name, {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]})


def emulated(resources: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the resources of a template as far as the emulator knows them."""
    return {name: _as_emulated(each) for name, each in resources.items() if each["Type"] not in _NOT_EMULATED}


def _as_emulated(resource: dict[str, Any]) -> dict[str, Any]:
    """Let an alarm watch the first metric of its formula: the emulator's alarms know no formulas."""
    if resource["Type"] != "AWS::CloudWatch::Alarm" or "Metrics" not in resource["Properties"]:
        return resource
    properties = dict(resource["Properties"])
    stat = next(each["MetricStat"] for each in properties.pop("Metrics") if "MetricStat" in each)
    first = {**stat["Metric"], "Statistic": stat["Stat"], "Period": stat["Period"]}
    return {**resource, "Properties": properties | first}


def _put_bundle(emulator: Emulator, built: Built) -> str:
    """Upload a bundle and return its key: another one for other code, without which CloudFormation sees no change."""
    buffer, client = io.BytesIO(), emulator.client("s3")
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(each for each in built.bundle.rglob("*") if each.is_file()):
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(built.bundle))), path.read_bytes())
    key = f"{hashlib.sha256(buffer.getvalue()).hexdigest()}.zip"
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket=_BUCKET, Key=key, Body=buffer.getvalue())
    return key


def _mend_concurrency(emulator: Emulator) -> None:
    # A Number parameter arrives as text at a resource; AWS converts it, the emulator's queue poller stumbles over it.
    client = emulator.client("lambda")
    for each in client.get_paginator("list_event_source_mappings").paginate().search("EventSourceMappings[]"):
        if most := each.get("ScalingConfig", {}).get("MaximumConcurrency"):
            client.update_event_source_mapping(UUID=each["UUID"], ScalingConfig={"MaximumConcurrency": int(most)})
