"""What a payload may be wrapped in, what is no payload at all, and what only keeps the function warm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.reading import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

DEEPEST = 4  # wrappings of a payload, as an event in a failed invocation in a notification

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


class UnknownEvent(Exception):  # noqa: N818 - says what it is
    """What the function was invoked with is of no kind that it takes. The text names the kind and nothing else.

    It is raised, so that the invoker does not take the event for done: its retries and its dead-letter queue go on.
    """


def opened(text: str) -> object:
    """Return the JSON object that a text holds, or else the text itself."""
    try:
        found = decode(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) else text


def unwrap(given: object, default_id: str) -> tuple[str, object]:
    """Take a payload out of what it came in; return it with the message id that it has there, or else the default.

    An event of EventBridge, a notification of SNS and the record of a failed asynchronous invocation are known. The
    innermost of them that has an id names the message: one event is one message, whichever way it came.
    """
    message_id = default_id
    for _ in range(DEEPEST):
        inside = _inside(given)
        if inside is None:
            break
        own_id, given = inside
        if isinstance(given, str):
            given = opened(given)
        message_id = own_id or message_id
    return message_id, given


def is_eventbridge(given: object) -> bool:
    """Tell an event of EventBridge."""
    return isinstance(given, dict) and isinstance(given.get("detail-type"), str) and "detail" in given


def is_warm_up(event: object) -> bool:
    """Tell what only keeps the function warm: a schedule without an input, and what the known plugins send."""
    match event:
        case {"source": "aws.events" | "aws.scheduler", "detail-type": "Scheduled Event"}:
            return True
        case {"to": _} | {"text": _} | {"messages": _}:
            return False
        case {"source": "serverless-plugin-warmup"} | {"warmup": True} | {"warmer": True}:
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


def _inside(given: object) -> tuple[str | None, Any] | None:
    match given:
        case {"detail-type": str(), "detail": inside, **rest}:
            return _id("event", rest.get("id")), inside
        case {"Type": "Notification", "Message": str() as inside, **rest}:
            return _id("sns", rest.get("MessageId")), inside
        case {"requestContext": {"requestId": request_id, **context}, "requestPayload": inside}:
            # Of an invocation that was a success, the payload has had its turn.
            return None if context.get("condition") == "Success" else (_id("invoke", request_id), inside)
    return None


def _id(kind: str, own: object) -> str | None:
    message_id = f"{kind}:{own}"
    return message_id if isinstance(own, str) and own and is_message_id(message_id) else None


def _service(event: Mapping[str, Any]) -> str:
    """Name the service whose records or requests these are, if they say so in its usual form."""
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else event
    if not isinstance(first, dict):
        return "an event of another service"
    source = first.get("eventSource") or first.get("EventSource")
    named = isinstance(source, str) and _SERVICE.fullmatch(source)
    return f"an event of {source}" if named else "an event of another service"
