"""API Gateway: `POST /messages` sends, `GET /messages/{id}` tells what became of it.

HTTP API payload 2.0, REST API payload 1.0 and Function URLs are all understood.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, SERVER_ERROR, Error, error
from messente_rcs.payload import InvalidPayload, check_key
from messente_rcs.send import Outcome, Result
from messente_rcs.table import TableUnavailable, public

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.app import App
    from messente_rcs.payload import Submission

type Event = dict[str, Any]
type Response = dict[str, Any]

_STATUS = {
    Result.SENT: 201,
    Result.CANCELLED: 200,
    Result.REJECTED: 400,
    Result.EXPIRED: 400,
    Result.IN_PROGRESS: 409,
    Result.CONFLICT: 422,
    Result.NOT_SENT: 503,
    Result.UNKNOWN: 504,
}

_RETRY_AFTER = 5  # seconds, where Messente names none

_KEY_SOURCE = "headers[Idempotency-Key]"


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str | bytes


def handle(event: Event, app: App, remaining: Callable[[], float]) -> Response:
    """Answer one HTTP request, as `{statusCode, headers, body}`."""
    try:
        request = _read(event)
    except InvalidPayload as invalid:
        return _refuse(400, *invalid.errors)
    match = re.search(r"/messages(?:/([^/]+))?/?$", request.path)
    if not match:
        return _refuse(404, error(NOT_FOUND, "There is nothing at this path"))
    match request.method, match[1]:
        case "POST", None:
            return _post(request, app, remaining)
        case "GET", str() as message_id:
            return _get(unquote(message_id), app)
    return _refuse(405, error(METHOD_NOT_ALLOWED, "This path does not know this method"))


def _read(event: Event) -> _Request:
    http = event["requestContext"].get("http", event["requestContext"])
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidPayload([error(INVALID, "The body is not valid base64", "payload")]) from None
    return _Request(
        method=http.get("method") or event["httpMethod"],
        path=event.get("rawPath") or event["path"],
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=body,
    )


def _post(request: _Request, app: App, remaining: Callable[[], float]) -> Response:
    try:
        submission = app.parse(request.body)
        message_id = _message_id(request, submission)
    except InvalidPayload as invalid:
        return _refuse(400, *invalid.errors)
    outcome = app.send(message_id, submission, remaining)
    return _answer(outcome, message_id, f"{request.path.rstrip('/')}/{quote(message_id, safe='')}")


def _message_id(request: _Request, submission: Submission) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        return submission.key or str(uuid.uuid4())
    check_key(key, _KEY_SOURCE)
    if submission.key not in (None, key):
        two_keys = error(INVALID, "The header and the body name different keys", "payload[idempotency_key]")
        raise InvalidPayload([two_keys])
    return key


def _answer(outcome: Outcome, message_id: str, location: str) -> Response:
    headers = {"Location": location}
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    if outcome.result in (Result.NOT_SENT, Result.IN_PROGRESS):
        headers["Retry-After"] = str(int(outcome.retry_after or _RETRY_AFTER))
    body = public(outcome.item) | {"id": message_id}
    if outcome.result is Result.CONFLICT:
        body = {"id": message_id}  # the record belongs to another request
    if errors := outcome.errors or _explain(outcome):
        body["errors"] = errors
    return _respond(_STATUS[outcome.result], body, headers)


def _explain(outcome: Outcome) -> list[Error]:
    """Say in words what Messente gave no error for."""
    match outcome.result:
        case Result.IN_PROGRESS:
            return [error(INVALID, "This message is being sent right now", "payload[idempotency_key]")]
        case Result.NOT_SENT:
            return [error(SERVER_ERROR, "The message was not sent; it can be handed in again")]
        case Result.UNKNOWN:
            return [error(SERVER_ERROR, "Messente's answer was lost: the message may have been sent")]
        case Result.REJECTED:
            return [error(INVALID, "Messente refused the message without saying why")]
    return []


def _get(message_id: str, app: App) -> Response:
    try:
        item = app.table.get(message_id)
    except TableUnavailable:
        return _respond(
            503, {"errors": [error(SERVER_ERROR, "The record can't be read right now")]}, {"Retry-After": "1"}
        )
    if item is None:
        return _refuse(404, error(NOT_FOUND, "No message has this id"))
    return _respond(200, public(item))


def _refuse(status: int, *errors: Error) -> Response:
    return _respond(status, {"errors": list(errors)})


def _respond(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
