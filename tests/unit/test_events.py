"""The sample events: each parses, and has the shape that AWS documents for its trigger."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

EVENTS = Path(__file__).parents[2] / "events"
API_V2 = {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}
API_V1 = {
    "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
    "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body", "isBase64Encoded",
}  # fmt: skip
EVENTBRIDGE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
SQS_RECORD = {
    "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource",
    "eventSourceARN", "awsRegion",
}  # fmt: skip
SQS_ATTRIBUTES = {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def names(prefix: str) -> list[str]:
    return sorted(file.name for file in EVENTS.glob(f"{prefix}-*.json"))


def payloads(event: dict[str, Any]) -> list[dict[str, Any]]:
    if "Records" in event:
        return [payload for record in event["Records"] for payload in payloads(json.loads(record["body"]))]
    if "detail" in event:
        return [event["detail"]] if event["detail-type"] == "RCS Message Requested" else []
    if "requestContext" in event:
        return [json.loads(event["body"])] if "body" in event else []
    return [event]


def test_there_is_an_event_for_every_trigger_and_case() -> None:
    """Every case that the README names has its file, and no file is left over."""
    cases = """api-v1-text api-v2-delete api-v2-get api-v2-list-unknown api-v2-text delivery-report-v2 direct-text
        eventbridge-text function-url-text schedule
        sqs-eventbridge sqs-mixed-batch sqs-rich-card-with-fallback sqs-text"""
    assert {file.stem for file in EVENTS.iterdir()} == set(cases.split())


@pytest.mark.parametrize("name", names("sqs"))
def test_sqs_records_are_complete(name: str) -> None:
    """Each record has every key and system attribute of an SQS delivery, and the digest of its own body."""
    for record in load(name)["Records"]:
        assert record.keys() == SQS_RECORD
        assert record["attributes"].keys() >= SQS_ATTRIBUTES
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("name", names("api-v2") + names("function-url") + names("delivery-report"))
def test_http_api_events_are_payload_2_0(name: str) -> None:
    """HTTP APIs and function URLs send format 2.0: lower-case headers, the method under requestContext.http."""
    event = load(name)
    assert event.keys() >= API_V2
    assert event["version"] == "2.0"
    assert all(header == header.lower() for header in event["headers"])
    assert event["requestContext"]["http"]["path"] == event["rawPath"]
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    assert event["rawQueryString"] == urlencode(event.get("queryStringParameters", {}))


def test_rest_api_events_are_payload_1_0() -> None:
    """REST APIs send every header twice, plain and as lists, and nulls where there is nothing."""
    event = load("api-v1-text.json")
    assert event.keys() == API_V1
    assert {name: values[-1] for name, values in event["multiValueHeaders"].items()} == event["headers"]


def test_eventbridge_events_have_every_field_and_the_detail_type_that_is_waited_for() -> None:
    """EventBridge sends these nine fields; a schedule without an input has its own ARN among the resources."""
    (record,) = load("sqs-eventbridge.json")["Records"]
    schedule = load("schedule.json")
    for event in (load("eventbridge-text.json"), json.loads(record["body"]), schedule):
        assert event.keys() == EVENTBRIDGE
        assert event["detail-type"] == ("Scheduled Event" if event is schedule else "RCS Message Requested")
    assert (schedule["source"], schedule["resources"][0].split(":")[2]) == ("aws.scheduler", "scheduler")


def test_the_delivery_report_is_signed_and_belongs_to_the_message_of_the_api_event() -> None:
    """Sending api-v2-text.json with the password "messente-password" makes the record that this report is about."""
    report, sent = load("delivery-report-v2.json"), load("api-v2-text.json")
    signature = hmac.new(b"messente-password", report["body"].encode(), hashlib.sha256).hexdigest()
    assert report["headers"]["x-messente-signature"] == signature
    assert report["pathParameters"]["id"] == sent["headers"]["idempotency-key"]
    assert json.loads(report["body"])["to"] == json.loads(sent["body"])["to"]
    assert "authorizer" not in report["requestContext"]


@pytest.mark.parametrize("file", sorted(EVENTS.iterdir()), ids=lambda file: file.name)
def test_numbers_are_fictional_and_plainly_accepted(file: Path) -> None:
    """The stand-in keeps +37255500... for faults: the samples use +3725551xxxx, which it accepts."""
    numbers = [payload["to"] for payload in payloads(json.loads(file.read_text()))]
    assert all(re.fullmatch(r"\+?3725551\d{4}", number) for number in numbers)


def test_the_mixed_batch_has_exactly_one_bad_record() -> None:
    """A partial failure names messageIds, so two records never share one."""
    batch = load("sqs-mixed-batch.json")
    assert [payload["to"].startswith("+") for payload in payloads(batch)] == [True, False, True]
    assert len({record["messageId"] for record in batch["Records"]}) == 3
