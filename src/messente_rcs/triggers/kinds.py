"""The kinds of events that Lambda hands over: batches of SQS, schedules that keep a function warm, and foreign ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

WARM: dict[str, bool] = {"warm": True}  # the answer to a warm-up

# Fields of events that AWS invokes functions with. No payload has them, so that whoever sends them means no payload.
_FOREIGN = frozenset(
    (
        *("Records", "records", "eventSource", "EventSource", "eventSourceArn", "eventSourceARN", "invocationId"),
        *("requestContext", "httpMethod", "rawPath", "routeKey", "resource", "headers", "multiValueHeaders"),
        *("awslogs", "triggerSource", "RequestType", "ResponseURL"),
    )
)
_SERVICE = re.compile(r"aws:[a-z0-9-]{1,30}")


class UnknownEvent(Invalid):
    """The event is of no kind that the function takes. The text names the kind and nothing else.

    It is raised, so that the invoker does not take the event for done: its retries and its dead-letter queue go on.
    """


def batch_of(event: object) -> list[object] | None:
    """Return the records of an event of SQS, and of none but SQS."""
    match event:
        case {"Records": [*records]} if any(_is_of_sqs(each) for each in records):
            return records
    return None


def sqs_id(record: object) -> str | None:
    """Return the name of a record, by which it is reported as failed."""
    match record:
        case {"messageId": str() as name}:
            return name
    return None


def is_warm_up(event: object) -> bool:
    """Tell a schedule without an input, which only keeps the function warm."""
    match event:
        case {"source": "aws.events" | "aws.scheduler", "detail-type": "Scheduled Event"}:
            return True
    return False


def check_is_payload(event: object) -> None:
    """Raise UnknownEvent for what cannot be meant as a payload; what is meant as one may still be invalid."""
    match event:
        case dict():
            if foreign := _FOREIGN & event.keys():
                raise UnknownEvent(f"no payload: {_service(event)}, with the field {min(foreign)}")
        case str():
            raise UnknownEvent("no payload: a string that holds no JSON object")
        case _:
            raise UnknownEvent(f"no payload: {_KINDS.get(type(event), 'something else')}")


_KINDS = {list: "a list", bool: "true or false", int: "a number", float: "a number", type(None): "null"}


def _service(event: Mapping[str, Any]) -> str:
    """Name the service whose records or requests these are, if they say so in its usual form."""
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else event
    if not isinstance(first, dict):
        return "an event of another service"
    source = first.get("eventSource") or first.get("EventSource")
    named = isinstance(source, str) and _SERVICE.fullmatch(source)
    return f"an event of {source}" if named else "an event of another service"


def _is_of_sqs(record: object) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:sqs"
