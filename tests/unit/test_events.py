"""The sample events: each has the shape that AWS documents for its trigger, and none reaches a real person."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
    EventBridgeModel,
    LambdaFunctionUrlModel,
    SqsModel,
)
from pydantic import BaseModel

FOLDER = Path(__file__).parents[2] / "events"
EVENTS = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.iterdir())}
# By the beginning of a file's name; a direct invocation has no shape of AWS's.
MODELS: dict[str, type[BaseModel]] = {
    "api-v1": APIGatewayProxyEventModel,
    "api-v2": APIGatewayProxyEventV2Model,
    "delivery-report": APIGatewayProxyEventV2Model,
    "eventbridge": EventBridgeModel,
    "function-url": LambdaFunctionUrlModel,
    "schedule": EventBridgeModel,
    "sqs": SqsModel,
}


def payloads(event: dict[str, Any]) -> list[dict[str, Any]]:
    if "Records" in event:
        return [payload for record in event["Records"] for payload in payloads(json.loads(record["body"]))]
    if "detail" in event:
        return [event["detail"]] if event["detail-type"] == "RCS Message Requested" else []
    if "requestContext" in event:
        return [json.loads(event["body"])] if "body" in event else []
    return [event]


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "direct-text"])
def test_an_event_is_one_of_aws(name: str) -> None:
    """By the model that Powertools has of its trigger, and with the digest of each record's own body."""
    [model] = [model for start, model in MODELS.items() if name.startswith(start)]
    model.model_validate(EVENTS[name])
    for record in EVENTS[name].get("Records", []):
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()


def test_the_delivery_report_is_signed_and_belongs_to_the_message_of_the_api_event() -> None:
    """Sending api-v2-text.json with the password "messente-password" makes the record that this report is about."""
    report, sent = EVENTS["delivery-report-v2"], EVENTS["api-v2-text"]
    signature = hmac.new(b"messente-password", report["body"].encode(), hashlib.sha256).hexdigest()
    assert report["headers"]["x-messente-signature"] == signature
    assert report["pathParameters"]["id"] == sent["headers"]["idempotency-key"]
    assert json.loads(report["body"])["to"] == json.loads(sent["body"])["to"]


@pytest.mark.parametrize("name", EVENTS)
def test_numbers_are_fictional_and_plainly_accepted(name: str) -> None:
    """The stand-in keeps +37255500... for faults: the samples use +3725551xxxx, which it accepts."""
    numbers = [payload["to"] for payload in payloads(EVENTS[name])]
    assert all(re.fullmatch(r"\+?3725551\d{4}", number) for number in numbers)
