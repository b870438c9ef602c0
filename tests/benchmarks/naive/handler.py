"""What `make bench` compares with: the function as most people would write it, with what its libraries' guides show.

A batch of SQS records, each sent through Messente's own client and written down with its ids. Everything that can be
shared between messages and invocations is: one ApiClient, one table resource, a cached secret.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from messente_api.api.omnimessage_api import OmnimessageApi
from messente_api.api_client import ApiClient
from messente_api.configuration import Configuration
from messente_api.models.omnimessage import Omnimessage
from messente_api.models.omnimessage_messages_inner import OmnimessageMessagesInner
from messente_api.models.rcs import Rcs

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="naive")
tracer = Tracer(service="naive")
metrics = Metrics(namespace="Naive", service="naive")
processor = BatchProcessor(event_type=EventType.SQS)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath="idempotency_key")


@cache
def omnichannel() -> OmnimessageApi:
    secret: Any = parameters.get_secret(os.environ["SECRET_ARN"], transform="json", max_age=300)
    configuration = Configuration(
        host=os.environ["MESSENTE_URL"], username=secret["username"], password=secret["password"]
    )
    return OmnimessageApi(ApiClient(configuration))


@tracer.capture_method(capture_response=False)
@idempotent_function(data_keyword_argument="message", config=config, persistence_store=persistence)  # type: ignore[untyped-decorator]
def send(message: dict[str, Any]) -> dict[str, Any]:
    rcs = Rcs(sender=os.environ["SENDER"], text=message["text"])
    omnimessage = Omnimessage(to=message["to"], messages=[OmnimessageMessagesInner(rcs)])
    answer = omnichannel().send_omnimessage(omnimessage)
    ids = {"omnimessage_id": answer.omnimessage_id, "message_ids": [each.message_id for each in answer.messages]}
    table.put_item(Item={"id": message["idempotency_key"], "state": "sent", **ids})
    metrics.add_metric(name="Sent", unit=MetricUnit.Count, value=1)
    logger.info("sent", extra=ids)
    return ids


@tracer.capture_method(capture_response=False)
def record_handler(record: SQSRecord) -> dict[str, Any]:
    return cast("dict[str, Any]", send(message=record.json_body))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
