"""Send an event file's messages the way its trigger would, and follow each to where it ends."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.local.later import as_told, pause_of_invocation
from tests.local.process import NotReady
from tests.local.stack import Answer, Letter, Stack

DONE = frozenset({"sent", "rejected", "retryable", "unknown", "expired", "cancelled"})

_CALLBACK = "/delivery-reports"
_HEADERS = ("content-type", "idempotency-key", "x-messente-signature")  # AWS, or who signs, sets the others


@dataclass(frozen=True)
class Trace:
    """One message on its way. `said` is what its trigger answered; `body` is what a dead letter would hold."""

    said: str
    message_id: str | None = None
    body: str | None = None

    def end(self, stack: Stack) -> dict[str, Any] | Letter | None:
        """Return its dead letter or its finished record; None as long as there is neither."""
        for letter in stack.letters() if self.body else ():
            if letter.body == self.body or letter.attributes.get("message_id") == self.message_id:
                return letter
        item = stack.item(self.message_id) if self.message_id else None
        # A rejected message of a queue becomes a dead letter right after its record says so.
        buried_soon = item and item["state"] == "rejected" and self.body
        return item if item and item["state"] in DONE and not buried_soon else None


def send(stack: Stack, event: Any) -> list[Trace]:
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
            return [_queue(stack, record["body"]) for record in records]
        case {"requestContext": {}}:
            return [_call(stack, event)]
        case {"source": "aws.scheduler"}:
            return [_invoke(stack, event, stack.outputs["ReconcileFunctionName"])]
        case {"detail-type": str(), "detail": detail}:
            event_id = stack.publish(event)
            message_id = message_id_of(detail, f"event:{event_id}")
            return [Trace(f"put on the default event bus, id {event_id}", message_id, json.dumps(event))]
        case _:
            return [_invoke(stack, event)]


def message_id_of(given: Any, otherwise: str) -> str:
    """Foretell the id of a queued message: the caller's, that of an event which the queue carries, or ours."""
    match given:
        case {"detail-type": str(), "detail": detail, "id": str(event_id)}:
            return message_id_of(detail, f"event:{event_id}")
        case {"idempotency_key": str(key)}:
            return key
        case _:
            return otherwise


def _queue(stack: Stack, body: str) -> Trace:
    sqs_id = stack.queue(body)
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    return Trace(f"queued as {sqs_id}", message_id_of(given, f"sqs:{sqs_id}"), body)


def _call(stack: Stack, event: Mapping[str, Any]) -> Trace:
    method = event.get("httpMethod") or event["requestContext"]["http"]["method"]
    path = quote(event.get("rawPath") or event["path"], safe="/:@")  # AWS has decoded it
    path += f"?{event['rawQueryString']}" if event.get("rawQueryString") else ""
    headers = {name: value for name, value in event.get("headers", {}).items() if name.lower() in _HEADERS}
    body = event.get("body") or ""
    content = base64.b64decode(body) if event.get("isBase64Encoded") else body
    if path.startswith(_CALLBACK):
        url = stack.reachable(stack.outputs["CallbackUrl"]) + path.removeprefix(_CALLBACK)
        answer = as_told(lambda: stack.fetch(method, url, content, headers), Answer.pause)
    else:
        answer = stack.call(method, path, content, headers)
    if answer.pause():
        raise NotReady(f"{method} {path} was answered with {answer.status}, again and again")
    said = f"{method} {path} -> {answer.status}\n{json.dumps(answer.json, indent=2)}"
    return Trace(said, answer.json.get("id") if method == "POST" and answer.json else None)


def _invoke(stack: Stack, event: Any, function: str | None = None) -> Trace:
    answer = as_told(lambda: stack.invoke(event, function=function), pause_of_invocation)
    if pause_of_invocation(answer):
        raise NotReady(f"the message was not sent, again and again: {answer}")
    return Trace(f"invoked ->\n{json.dumps(answer, indent=2)}", answer.get("id") if "state" in (answer or ()) else None)
