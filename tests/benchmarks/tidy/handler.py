"""What `make bench` compares with: the function as a careful engineer would write it, without any trick.

It claims each message before the POST and records its ids after it, with two clients of boto3, one pool of urllib3 and
one pydantic model. It has nothing else: no unknown outcomes, retries, delivery reports, opt-outs or other channels.
"""

import json
import os
from functools import cache
from typing import Any

import boto3
import urllib3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

logger = Logger(service="tidy")
metrics = Metrics(namespace="Tidy", service="tidy")
processor = BatchProcessor(event_type=EventType.SQS)
dynamodb = boto3.client("dynamodb")
secrets = boto3.client("secretsmanager")
http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=3, read=10))


class Message(BaseModel):
    """A message that may be sent."""

    to: str = Field(pattern=r"^\+[1-9]\d{6,14}$")
    text: str = Field(min_length=1, max_length=3072)
    idempotency_key: str = Field(min_length=1, max_length=256)


@cache
def headers() -> dict[str, str]:
    secret = json.loads(secrets.get_secret_value(SecretId=os.environ["SECRET_ARN"])["SecretString"])
    return {
        "Content-Type": "application/json",
        **urllib3.make_headers(basic_auth=f"{secret['username']}:{secret['password']}"),
    }


def write(message: Message, state: str, condition: str, ids: list[str]) -> None:
    dynamodb.update_item(
        TableName=os.environ["TABLE_NAME"],
        Key={"id": {"S": message.idempotency_key}},
        UpdateExpression="SET #state = :state, #to = :to, message_ids = :ids",
        ConditionExpression=condition,
        ExpressionAttributeNames={"#state": "state", "#to": "to"},
        ExpressionAttributeValues={
            ":state": {"S": state},
            ":to": {"S": message.to},
            ":ids": {"L": [{"S": each} for each in ids]},
        },
    )


def send(record: SQSRecord) -> None:
    message = Message.model_validate_json(record.body)
    write(message, "claimed", "attribute_not_exists(#state) AND attribute_not_exists(#to)", [])
    rcs = {"channel": "rcs", "sender": os.environ["SENDER"], "text": message.text}
    body = json.dumps({"to": message.to, "messages": [rcs]})
    answer = http.request("POST", f"{os.environ['MESSENTE_URL']}/omnimessage", body=body, headers=headers())
    if answer.status != 201:
        raise ValueError(f"Messente answered {answer.status}")
    ids = [each["message_id"] for each in answer.json()["messages"]]
    write(message, "sent", "attribute_exists(#state) AND attribute_exists(#to)", ids)
    metrics.add_metric(name="Sent", unit=MetricUnit.Count, value=1)
    logger.info("sent", extra={"message_ids": ids})


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event=event, record_handler=send, processor=processor, context=context)
