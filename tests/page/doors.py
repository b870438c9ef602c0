"""The three ways into the application that the page uses, each as its callers use it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.local.events import message_id_of
from tests.local.stack import Stack

SOURCE, DETAIL_TYPE = "page", "RCS Message Requested"


@dataclass(frozen=True)
class Sent:
    """What the caller got, and the id that the message has, where it is known."""

    status: int
    message_id: str | None
    body: Any
    says: str


def _api(stack: Stack, payload: Mapping[str, Any]) -> Sent:
    answer = stack.call("POST", "/messages", json.dumps(payload), {"Content-Type": "application/json"}, once=True)
    named = answer.json.get("id") if isinstance(answer.json, dict) else None
    message_id = named or payload.get("idempotency_key")
    body = answer.body.decode(errors="replace") if answer.json is None else answer.json
    says = f"POST /messages is answered with {answer.status}"
    return Sent(answer.status, message_id if isinstance(message_id, str) else None, body, says)


def _queue(stack: Stack, payload: Mapping[str, Any]) -> Sent:
    sqs_id = stack.queue(json.dumps(payload))
    return Sent(
        202, message_id_of(payload, f"sqs:{sqs_id}"), {"MessageId": sqs_id}, "The message is put into the queue"
    )


def _event(stack: Stack, payload: Mapping[str, Any]) -> Sent:
    event_id = stack.publish({"source": SOURCE, "detail-type": DETAIL_TYPE, "detail": payload})
    says = "The message is put on the event bus"
    return Sent(202, message_id_of(payload, f"event:{event_id}"), {"EventId": event_id}, says)


DOORS: Mapping[str, Callable[[Stack, Mapping[str, Any]], Sent]] = {"api": _api, "queue": _queue, "event": _event}
