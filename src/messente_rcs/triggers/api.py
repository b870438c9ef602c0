"""API Gateway: `POST /messages` sends, `GET` tells what became of messages, `DELETE /messages/{id}` cancels one."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from messente_rcs.cancel import Cancellation
from messente_rcs.credentials import CredentialsUnavailable
from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, MISSING, NOT_FOUND, SERVER_ERROR, Error, error
from messente_rcs.message_id import is_message_id
from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.payload.submission import check_key
from messente_rcs.send import Outcome, Result
from messente_rcs.table import State, TableUnavailable, public, unknown_key
from messente_rcs.triggers.http import BadEncoding, read, refuse, respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.app import App
    from messente_rcs.payload.submission import Submission
    from messente_rcs.triggers.http import Event, Request, Response

STATUS = {
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

_PAGE = 50  # records of a listing
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,12}Z", re.ASCII)  # as records have it

_LONGEST_ID = 2000  # bytes; DynamoDB takes a key of 2048


def handle(event: Event, app: App, remaining: Callable[[], float]) -> Response:
    """Answer one HTTP request, as `{statusCode, headers, body}`."""
    try:
        request = read(event)
    except BadEncoding:
        return refuse(400, error(INVALID, "The body is not valid base64", "payload"))
    match = re.search(r"/messages(?:/([^/]+))?/?$", request.path)
    if not match:
        return refuse(404, error(NOT_FOUND, "There is nothing at this path"))
    try:
        return _route(request, match[1] and unquote(match[1]), app, remaining)
    except (TableUnavailable, CredentialsUnavailable):
        busy = error(SERVER_ERROR, "This can't be done right now; try again")
        return refuse(503, busy, headers={"Retry-After": "1"})


def _route(request: Request, message_id: str | None, app: App, remaining: Callable[[], float]) -> Response:
    match request.method, message_id:
        case "POST", None:
            return _post(request, app, remaining)
        case "GET", None:
            return _list(request, app)
        case "GET", str() as message_id:
            return _get(message_id, app)
        case "DELETE", str() as message_id:
            return _cancel(message_id, app)
    return refuse(405, error(METHOD_NOT_ALLOWED, "This path does not know this method"))


def _post(request: Request, app: App, remaining: Callable[[], float]) -> Response:
    try:
        submission = app.parse(request.body)
        message_id = _message_id(request, submission)
    except InvalidPayload as invalid:
        return refuse(400, *invalid.errors)
    outcome = app.send(message_id, submission, remaining)
    return _answer(outcome, message_id, f"{request.path.rstrip('/')}/{quote(message_id, safe='')}")


def _message_id(request: Request, submission: Submission) -> str:
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
    return respond(STATUS[outcome.result], body, headers)


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
    item = app.table.get(message_id) if is_message_id(message_id) else None
    return respond(200, public(item)) if item else _not_found()


def _list(request: Request, app: App) -> Response:
    match dict(request.query):
        case {"omnimessage_id": omnimessage_id}:
            return _find(omnimessage_id, app)
        case {"state": State.UNKNOWN, **rest}:
            return _list_unknown(rest.get("after"), app)
        case {"state": _}:
            return refuse(400, error(INVALID, "Only unknown messages can be listed", "query[state]"))
    return refuse(400, error(MISSING, "Name an omnimessage_id, or state=unknown", "query"))


def _find(omnimessage_id: str, app: App) -> Response:
    possible = 0 < len(omnimessage_id.encode(errors="replace")) <= _LONGEST_ID
    message_id = app.table.with_omnimessage_id(omnimessage_id) if possible else None
    return _get(message_id, app) if message_id else _not_found()


def _list_unknown(token: str | None, app: App) -> Response:
    after = None
    if token is not None:
        after = _read_token(token)
        if after is None:
            return refuse(400, error(INVALID, "Not a token that a listing gave", "query[after]"))
    items, more = app.table.unknown(_PAGE, after)
    page: dict[str, Any] = {"messages": [public(item) for item in items]}
    return respond(200, page | ({"after": _token(more)} if more else {}))


def _token(key: dict[str, Any]) -> str:
    position = [key["id"]["S"], key["unknown_since"]["S"]]
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_token(token: str) -> dict[str, Any] | None:
    try:
        position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, RecursionError):
        return None
    match position:
        case [str() as message_id, str() as since] if is_message_id(message_id) and _TIME.fullmatch(since):
            return unknown_key(message_id, since)
    return None


def _cancel(message_id: str, app: App) -> Response:
    cancellation, item = app.canceller.cancel(message_id) if is_message_id(message_id) else (Cancellation.NOT_FOUND, {})
    match cancellation:
        case Cancellation.CANCELLED:
            return respond(200, public(item))
        case Cancellation.NOT_FOUND:
            return _not_found()
        case Cancellation.TOO_LATE:
            why = error(INVALID, "The message can't be cancelled any more: it went out, or it never will")
        case Cancellation.NOT_YET:
            why = error(INVALID, "The message may be on its way, and there is no id yet to cancel it by")
        case Cancellation.UNAVAILABLE:
            busy = error(SERVER_ERROR, "Messente did not say whether the message was cancelled; try again")
            return refuse(503, busy, headers={"Retry-After": "5"})
    return respond(409, public(item) | {"errors": [why, *item.get("errors", [])]})


def _not_found() -> Response:
    return refuse(404, error(NOT_FOUND, "No message has this id"))
