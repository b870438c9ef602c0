"""Send an event file's messages the way its trigger would, and follow each to where it ends."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.local.later import as_told, pause_of_invocation
from tests.local.stack import Answer, Letter, Stack

DONE = frozenset({"sent", "rejected", "retryable", "unknown", "expired", "cancelled"})

_CALLBACK = "/delivery-reports"

# What the front end of AWS sets by itself, or what signing sets anew.
_NOT_OURS = ("host", "content-length", "connection", "authorization", "accept-encoding", "x-forwarded-", "x-amz")


@dataclass(frozen=True)
class Trace:
    """One message on its way. `said` is what its trigger answered; `body` is what a dead letter would hold.

    What was not `taken` in was never sent and has left nothing behind, so that nobody need wait for it.
    """

    said: str
    message_id: str | None = None
    body: str | None = None
    taken: bool = True

    def letter(self, letters: list[Letter]) -> Letter | None:
        """Find it in the dead-letter queue: by the id given as a reason, or by what SQS moved unchanged."""
        if self.body is None:
            return None
        named = [each for each in letters if each.attributes.get("message_id") == self.message_id]
        same = [each for each in letters if each.body == self.body]
        return next(iter([*named, *same]), None)

    def end(self, stack: Stack) -> dict[str, Any] | Letter | None:
        """Return its dead letter or its finished record; None as long as there is neither."""
        if letter := self.letter(stack.letters()):
            return letter
        item = stack.item(self.message_id) if self.message_id else None
        # A refused message is buried right after its record says so.
        buried_soon = item and item["state"] == "rejected" and self.body is not None
        return item if item and item["state"] in DONE and not buried_soon else None


def send(stack: Stack, event: Any) -> list[Trace]:
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
            return [_queue(stack, record["body"]) for record in records]
        case {"requestContext": {}}:
            return [_call(stack, event)]
        case {"detail-type": str(), "detail": _}:
            return [_publish(stack, event)]
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
    context = event["requestContext"]
    method, path = _target(event, context)
    given = {str(name): str(value) for name, value in (event.get("headers") or {}).items()}
    headers = {name: value for name, value in given.items() if not name.lower().startswith(_NOT_OURS)}
    body = event.get("body") or ""
    content = base64.b64decode(body) if event.get("isBase64Encoded") else body
    if path.startswith(_CALLBACK) and "CallbackUrl" in stack.outputs:
        url = stack.reachable(stack.outputs["CallbackUrl"]) + path.removeprefix(_CALLBACK)
        answer = as_told(lambda: stack.fetch(method, url, content, headers), Answer.pause)
        return Trace(_told(f"{method} {path}", answer), taken=answer.pause() is None)
    answer = stack.call(method, path, content, headers)
    message_id = _id_of(answer) if method == "POST" else None
    taken = answer.pause() is None or bool(message_id and stack.item(message_id))
    return Trace(_told(f"{method} {path}", answer), message_id if taken else None, taken=taken)


def _target(event: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[str, str]:
    method = event.get("httpMethod") or context["http"]["method"]
    path, stage = str(event.get("rawPath") or event["path"]), context.get("stage", "$default")
    # A path of payload 2.0 carries its stage; ours has none. What the payload decoded is encoded again.
    path = quote(path.removeprefix(f"/{stage}"), safe="/:@")
    return str(method), path + (f"?{event['rawQueryString']}" if event.get("rawQueryString") else "")


def _told(request: str, answer: Answer) -> str:
    lines = [f"{request} -> {answer.status}"]
    lines += [
        f"{name.title()}: {answer.headers[name]}" for name in ("location", "retry-after") if name in answer.headers
    ]
    return "\n".join([*lines, json.dumps(answer.json, indent=2)])


def _id_of(answer: Answer) -> str | None:
    return answer.json.get("id") if isinstance(answer.json, dict) else None


def _publish(stack: Stack, event: Mapping[str, Any]) -> Trace:
    if event["source"] == "aws.scheduler":
        return _invoke(stack, event, stack.outputs.get("ReconcileFunctionName"))
    if stack.listens_to(event):
        event_id, said = stack.publish(event), "put on the default event bus"
    else:
        event_id, said = event["id"], "no rule matches it, so the function was invoked with it asynchronously"
        stack.invoke(event, "Event")
    return Trace(f"{said}, id {event_id}", message_id_of(event["detail"], f"event:{event_id}"), json.dumps(event))


def _invoke(stack: Stack, event: Any, function: str | None = None) -> Trace:
    answer = as_told(lambda: stack.invoke(event, function=function), pause_of_invocation)
    recorded = isinstance(answer, dict) and answer.get("state") in DONE
    return Trace(
        f"invoked ->\n{json.dumps(answer, indent=2)}",
        answer["id"] if recorded else None,
        taken=pause_of_invocation(answer) is None,
    )
