"""HTTP: `POST /messages` sends, `GET` tells what became of messages, `DELETE /messages/{id}` cancels one.

`POST /messages?dry_run=true` tells what sending would do, and `POST /messages/{id}/resolution` says what became of a
message whose answer was lost.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, MISSING, NOT_FOUND, SERVER_ERROR, Error, error
from messente_rcs.json_reader import read_json
from messente_rcs.message_id import is_message_id
from messente_rcs.messente.answers import read_id
from messente_rcs.messente.credentials import CredentialsUnavailable
from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.records.record import State
from messente_rcs.records.table import TableUnavailable, UnreadableRecord
from messente_rcs.sending import dry_run
from messente_rcs.sending.cancel import Cancellation
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.sending.pacing import retry_after
from messente_rcs.sending.resolve import Resolved
from messente_rcs.sending.send import Budget
from messente_rcs.triggers import query
from messente_rcs.triggers.http import BadEncoding, fitted, query_of, read, refuse, respond
from messente_rcs.triggers.http_limits import answer_in_time
from messente_rcs.triggers.idempotency_key import read_key
from messente_rcs.triggers.refusals import log_invalid
from messente_rcs.triggers.resolutions import PART, answer, read_verdict
from messente_rcs.triggers.routes import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messente_rcs.payload.submission import Submission
    from messente_rcs.records.indexes import Indexes, Position
    from messente_rcs.records.record import Record
    from messente_rcs.records.table import Table
    from messente_rcs.sending.cancel import Canceller
    from messente_rcs.sending.dry_run import DryRun
    from messente_rcs.sending.outcome import Outcome
    from messente_rcs.sending.resolve import Resolver
    from messente_rcs.sending.send import Sender
    from messente_rcs.triggers.http import Event, Request, Response

STATUS = {
    OutcomeKind.SENT: 201,
    OutcomeKind.CANCELLED: 200,
    OutcomeKind.REJECTED: 400,
    OutcomeKind.EXPIRED: 400,
    OutcomeKind.IN_PROGRESS: 409,
    OutcomeKind.CONFLICT: 422,
    OutcomeKind.NOT_SENT: 503,
    OutcomeKind.UNKNOWN: 504,
}

_PAGE = 50  # records of a listing
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,12}Z", re.ASCII)  # as records have it


class HttpApi:
    """Answers the requests of callers."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        parse: Callable[[object], Submission],
        sender: Sender,
        dry_run: DryRun,
        canceller: Canceller,
        resolver: Resolver,
        table: Table,
        indexes: Indexes,
        clock: Callable[[], float],
        api_id: str,
    ) -> None:
        self._parse = parse
        self._sender = sender
        self._dry_run = dry_run
        self._canceller = canceller
        self._resolver = resolver
        self._table = table
        self._indexes = indexes
        self._clock = clock
        self._api_id = api_id

    def handle(self, event: Event, remaining: Callable[[], float]) -> Response:
        """Answer one HTTP request, as `{statusCode, headers, body}`."""
        try:
            answer = self._route(read(event, "messages", PART, self._api_id), remaining)
        except BadEncoding:
            wrong = error(INVALID, "The body is not valid base64", "payload")
            answer = _invalid(None, [wrong], is_dry_run=query.DRY_RUN in query_of(event))
        except UnreadableRecord as unreadable:
            # No "try again": a person has to correct the item first.
            answer = refuse(503, error(SERVER_ERROR, str(unreadable), f"record[{unreadable.attribute}]"))
        except InvalidPayload as invalid:
            answer = refuse(400, *invalid.errors)
        except (TableUnavailable, CredentialsUnavailable):
            busy = error(SERVER_ERROR, "This can't be done right now; try again")
            answer = refuse(503, busy, headers={"Retry-After": "1"})
        return fitted(event, answer)

    def _route(self, request: Request, remaining: Callable[[], float]) -> Response:
        if request.target is None:
            return refuse(404, error(NOT_FOUND, "There is nothing at this path"))
        if request.target.item is None:
            return self._on_all(request, remaining)
        return self._on_one(request, request.target.item, remaining)

    def _on_all(self, request: Request, remaining: Callable[[], float]) -> Response:
        match request.method:
            case "POST":
                return self._post(request, remaining)
            case "GET" | "HEAD":
                return self._list(request.query)
        return _not_allowed("GET, HEAD, POST")

    def _on_one(self, request: Request, message_id: str, remaining: Callable[[], float]) -> Response:
        query.check(request.query)
        in_time = answer_in_time(request.taken_at, self._clock, remaining)
        match request.method, request.target:
            case "POST", Target(part=str()):
                return self._resolve(request, message_id, self._resolver.within(in_time))
            case _, Target(part=str()):
                return _not_allowed("POST")
            case "GET" | "HEAD", _:
                return self._get(message_id)
            case "DELETE", _:
                return self._cancel(message_id, self._canceller.within(in_time))
        return _not_allowed("DELETE, GET, HEAD")

    def _post(self, request: Request, remaining: Callable[[], float]) -> Response:
        is_dry_run = False
        try:
            is_dry_run = query.read_dry_run(request.query)
            query.check(request.query, query.DRY_RUN)
            message_id, submission = self._read(request)
        except InvalidPayload as invalid:
            return _invalid(invalid.key, invalid.errors, is_dry_run=is_dry_run)
        if is_dry_run:
            return respond(200, self._dry_run.forecast(message_id, submission).told)
        in_time = answer_in_time(request.taken_at, self._clock, remaining)
        outcome = self._sender.send(message_id, submission, Budget(in_time, remaining))
        return _answer(outcome, message_id, f"{request.path.rstrip('/')}/{quote(message_id, safe='')}")

    def _read(self, request: Request) -> tuple[str, Submission]:
        """Read the message and its id; raises InvalidPayload with all that is wrong with either."""
        key, wrong = None, list[Error]()
        try:
            key = read_key(request.headers.get("idempotency-key", ()))
        except InvalidPayload as invalid:
            wrong += invalid.errors
        try:
            submission = self._parse(request.body)
        except InvalidPayload as invalid:
            raise InvalidPayload([*wrong, *invalid.errors], key or invalid.key) from None
        if wrong:
            raise InvalidPayload(wrong, submission.key)
        return _message_id(key, submission), submission

    def _get(self, message_id: str) -> Response:
        record = self._table.current(message_id) if is_message_id(message_id) else None
        return respond(200, record.public) if record else _not_found()

    def _list(self, given: Mapping[str, str]) -> Response:
        query.check(given, *(["omnimessage_id"] if "omnimessage_id" in given else ["state", "after"]))
        match dict(given):
            case {"omnimessage_id": omnimessage_id}:
                return self._find(omnimessage_id)
            case {"state": State.UNKNOWN, **rest}:
                return self._list_unknown(rest.get("after"))
            case {"state": _}:
                return refuse(400, error(INVALID, "Only unknown messages can be listed", "query[state]"))
        return refuse(400, error(MISSING, "Name an omnimessage_id, or state=unknown", "query"))

    def _find(self, omnimessage_id: str) -> Response:
        named = read_id(omnimessage_id)
        message_id = self._indexes.with_omnimessage_id(named) if named else None
        return self._get(message_id) if message_id else _not_found()

    def _list_unknown(self, token: str | None) -> Response:
        after = None
        if token is not None:
            after = _read_token(token)
            if after is None:
                return refuse(400, error(INVALID, "Not a token that a listing gave", "query[after]"))
        found = self._indexes.unknown(_PAGE, after)
        records = [self._readable(message_id) for _, message_id in found]
        page: dict[str, Any] = {"messages": [each.public for each in records if each and each.state is State.UNKNOWN]}
        return respond(200, page | ({"after": _token(found[-1])} if len(found) == _PAGE else {}))

    def _readable(self, message_id: str) -> Record | None:
        try:
            return self._table.get(message_id)
        except UnreadableRecord:
            return None  # the table has told its id; the others are listed all the same

    def _cancel(self, message_id: str, canceller: Canceller) -> Response:
        if not is_message_id(message_id):
            return _not_found()
        cancellation, record = canceller.cancel(message_id)
        match cancellation:
            case Cancellation.CANCELLED:
                return respond(200, record.public if record else {"id": message_id})
            case Cancellation.NOT_FOUND:
                return _not_found()
            case Cancellation.TOO_LATE:
                why = error(INVALID, "The message can't be cancelled any more: it went out, or it never will")
            case Cancellation.NOT_YET:
                why = error(INVALID, "The message may be on its way, and there is no id yet to cancel it by")
            case Cancellation.UNAVAILABLE:
                busy = error(SERVER_ERROR, "Messente did not say whether the message was cancelled; try again")
                return refuse(503, busy, headers={"Retry-After": "5"})
        told = record.public if record else {}
        return respond(409, told | {"errors": [why, *told.get("errors", [])]})

    def _resolve(self, request: Request, message_id: str, resolver: Resolver) -> Response:
        try:
            verdict = read_verdict(request.body, request.caller)
        except InvalidPayload as invalid:
            return refuse(400, *invalid.errors)
        resolved, record = Resolved.NOT_FOUND, None
        if is_message_id(message_id):
            resolved, record = resolver.resolve(message_id, verdict)
        return _not_found() if resolved is Resolved.NOT_FOUND else answer(resolved, record)


def _message_id(key: str | None, submission: Submission) -> str:
    if key is None:
        return submission.key or str(uuid.uuid4())
    if submission.key not in (None, key):
        two_keys = error(INVALID, "The header and the body name different keys", "payload[idempotency_key]")
        raise InvalidPayload([two_keys], key)
    return key


def _invalid(message_id: str | None, errors: Sequence[Error], *, is_dry_run: bool = False) -> Response:
    if is_dry_run:
        dry_run.invalid(message_id, errors)
    else:
        log_invalid("http", message_id, errors)
    return refuse(400, *errors)


def _answer(outcome: Outcome, message_id: str, location: str) -> Response:
    headers = {"Location": location}
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    if outcome.kind in (OutcomeKind.NOT_SENT, OutcomeKind.IN_PROGRESS):
        headers["Retry-After"] = str(retry_after(outcome.retry_after))
    body = (outcome.record.public if outcome.record else {}) | {"id": message_id}
    if outcome.kind is OutcomeKind.CONFLICT:
        body = {"id": message_id}  # the record belongs to another request
    if errors := outcome.errors or _explain(outcome):
        body["errors"] = errors
    return respond(STATUS[outcome.kind], body, headers)


def _explain(outcome: Outcome) -> list[Error]:
    """Say in words what Messente gave no error for."""
    match outcome.kind:
        case OutcomeKind.IN_PROGRESS:
            return [error(INVALID, "This message is being sent right now", "payload[idempotency_key]")]
        case OutcomeKind.NOT_SENT:
            return [error(SERVER_ERROR, "The message was not sent; it can be handed in again")]
        case OutcomeKind.UNKNOWN:
            return [error(SERVER_ERROR, "Messente's answer was lost: the message may have been sent")]
        case OutcomeKind.REJECTED:
            return [error(INVALID, "Messente refused the message without saying why")]
    return []


def _token(position: Position) -> str:
    since, message_id = position
    return base64.urlsafe_b64encode(json.dumps([message_id, since]).encode()).decode()


def _read_token(token: str) -> Position | None:
    try:
        position = read_json(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        return None
    match position:
        case [str() as message_id, str() as since] if is_message_id(message_id) and _TIME.fullmatch(since):
            return since, message_id
    return None


def _not_allowed(allowed: str) -> Response:
    unknown = error(METHOD_NOT_ALLOWED, "This path does not know this method")
    return refuse(405, unknown, headers={"Allow": allowed})


def _not_found() -> Response:
    return refuse(404, error(NOT_FOUND, "No message has this id"))
