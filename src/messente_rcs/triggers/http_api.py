"""HTTP: `POST /messages` sends, `GET` tells what became of messages, `DELETE /messages/{id}` cancels one.

`POST /messages?dry_run=true` tells what sending would do, and `POST /messages/{id}/resolution` says what became of a
message whose answer was lost.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, MISSING, NOT_FOUND, SERVER_ERROR, Error, Unavailable, error
from messente_rcs.json_reader import read_json
from messente_rcs.message_id import is_message_id
from messente_rcs.messente.answers import read_id
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import check_key
from messente_rcs.records.record import State
from messente_rcs.records.table import TableUnavailable, UnreadableRecord
from messente_rcs.sending import dry_run
from messente_rcs.sending.outcome import Obstacle, OutcomeKind
from messente_rcs.sending.pacing import retry_after
from messente_rcs.sending.send import Budget
from messente_rcs.triggers.envelopes import log_invalid
from messente_rcs.triggers.http import BadEncoding, Target, fitted, query_of, read, refuse, respond
from messente_rcs.triggers.resolutions import PART, answer, read_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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

# Seconds from when the front end took the request. A REST API waits for 29 and an HTTP API for 30, then it answers by
# itself. A caller without a key would take that answer for a failure, and send the message again under another id.
ANSWER_WITHIN = 28.0

# Seconds. A request that seems older, or to come from the future, says that clocks differ, and not how old it is.
OLDEST = 180.0

DRY_RUN = "dry_run"
DRY_RUN_VALUES = {"true": True, "false": False}

_SIGNATURE = "x-amz-"  # how the parameters of a URL begin that is signed in its query

_KEY_SOURCE, _DRY_RUN_SOURCE = "headers[Idempotency-Key]", f"query[{DRY_RUN}]"


class Sending(NamedTuple):
    """Parts that a POST of a message uses."""

    parse: Callable[[object], Submission]
    sender: Sender
    dry_run: DryRun


class Reading(NamedTuple):
    """Parts that a GET uses."""

    table: Table
    indexes: Indexes


class Changing(NamedTuple):
    """Parts that change what became of a message."""

    canceller: Canceller
    resolver: Resolver


class HttpApi:
    """Answers the requests of callers."""

    def __init__(
        self, sending: Sending, reading: Reading, changing: Changing, clock: Callable[[], float], api_id: str
    ) -> None:
        self._sending = sending
        self._reading = reading
        self._changing = changing
        self._clock = clock
        self._api_id = api_id

    def handle(self, event: Event, remaining: Callable[[], float]) -> Response:
        """Answer one HTTP request, as `{statusCode, headers, body}`."""
        try:
            answer = self._route(read(event, "messages", PART, self._api_id), remaining)
        except BadEncoding:
            wrong = error(INVALID, "The body is not valid base64", "payload")
            answer = _invalid(None, [wrong], is_dry_run=DRY_RUN in query_of(event))
        except UnreadableRecord as unreadable:
            # No "try again": a person has to correct the item first.
            answer = refuse(503, error(SERVER_ERROR, str(unreadable), f"record[{unreadable.attribute}]"))
        except InvalidPayload as invalid:
            answer = refuse(400, *invalid.errors)
        except TableUnavailable:
            answer = _unavailable("The message store is temporarily unavailable.")
        except Unavailable:
            answer = _unavailable("Messente's credentials are temporarily unavailable.")
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
        check_query(request.query)
        in_time = answer_in_time(request.taken_at, self._clock, remaining)
        match request.method, request.target:
            case "POST", Target(part=str()):
                return self._resolve(request, message_id, self._changing.resolver.within(in_time))
            case _, Target(part=str()):
                return _not_allowed("POST")
            case "GET" | "HEAD", _:
                return self._get(message_id)
            case "DELETE", _:
                return self._cancel(message_id, self._changing.canceller.within(in_time))
        return _not_allowed("DELETE, GET, HEAD")

    def _post(self, request: Request, remaining: Callable[[], float]) -> Response:
        is_dry_run = False
        try:
            is_dry_run = read_dry_run(request.query)
            check_query(request.query, DRY_RUN)
            message_id, submission = self._read(request)
        except InvalidPayload as invalid:
            return _invalid(invalid.key, invalid.errors, is_dry_run=is_dry_run)
        if is_dry_run:
            return respond(200, self._sending.dry_run.forecast(message_id, submission))
        in_time = answer_in_time(request.taken_at, self._clock, remaining)
        outcome = self._sending.sender.send(message_id, submission, Budget(in_time, remaining))
        return _answer(outcome, message_id, f"{request.path.rstrip('/')}/{quote(message_id, safe='')}")

    def _read(self, request: Request) -> tuple[str, Submission]:
        """Read the message and its id; raises InvalidPayload with all that is wrong with either."""
        key, wrong = None, list[Error]()
        try:
            key = read_key(request.headers.get("idempotency-key", ()))
        except InvalidPayload as invalid:
            wrong += invalid.errors
        try:
            submission = self._sending.parse(request.body)
        except InvalidPayload as invalid:
            raise InvalidPayload([*wrong, *invalid.errors], key or invalid.key) from None
        if wrong:
            raise InvalidPayload(wrong, submission.key)
        return _message_id(key, submission), submission

    def _get(self, message_id: str) -> Response:
        record = self._reading.table.current(message_id) if is_message_id(message_id) else None
        return respond(200, record.public) if record else _not_found()

    def _list(self, given: Mapping[str, str]) -> Response:
        check_query(given, *(["omnimessage_id"] if "omnimessage_id" in given else ["state", "after"]))
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
        message_id = self._reading.indexes.with_omnimessage_id(named) if named else None
        return self._get(message_id) if message_id else _not_found()

    def _list_unknown(self, token: str | None) -> Response:
        after = None
        if token is not None:
            after = _read_token(token)
            if after is None:
                return refuse(400, error(INVALID, "Not a token that a listing gave", "query[after]"))
        found = self._reading.indexes.unknown(_PAGE, after)
        records = [self._readable(message_id) for _, message_id in found]
        page: dict[str, Any] = {"messages": [each.public for each in records if each and each.state is State.UNKNOWN]}
        return respond(200, page | ({"after": _token(found[-1])} if len(found) == _PAGE else {}))

    def _readable(self, message_id: str) -> Record | None:
        try:
            return self._reading.table.get(message_id)
        except UnreadableRecord:
            return None  # the table has told its id; the others are listed all the same

    def _cancel(self, message_id: str, canceller: Canceller) -> Response:
        if not is_message_id(message_id):
            return _not_found()
        obstacle, record = canceller.cancel(message_id)
        match obstacle:
            case None:
                return respond(200, record.public if record else {"id": message_id})
            case Obstacle.NOT_FOUND:
                return _not_found()
            case Obstacle.TOO_LATE:
                why = error(INVALID, "The message can't be cancelled any more: it went out, or it never will")
            case Obstacle.NOT_YET:
                why = error(INVALID, "The message may be on its way, and there is no id yet to cancel it by")
            case _:
                busy = error(SERVER_ERROR, "Messente did not say whether the message was cancelled; try again")
                return refuse(503, busy, headers={"Retry-After": "5"})
        told = record.public if record else {}
        return respond(409, told | {"errors": [why, *told.get("errors", [])]})

    def _resolve(self, request: Request, message_id: str, resolver: Resolver) -> Response:
        try:
            verdict = read_verdict(request.body, request.caller)
        except InvalidPayload as invalid:
            return refuse(400, *invalid.errors)
        if not is_message_id(message_id):
            return _not_found()
        obstacle, record = resolver.resolve(message_id, verdict)
        return _not_found() if obstacle is Obstacle.NOT_FOUND else answer(obstacle, record)


def answer_in_time(
    taken_at: float | None, clock: Callable[[], float], remaining: Callable[[], float]
) -> Callable[[], float]:
    """Make what tells the seconds that are left to answer a request, which are no more than those of the invocation.

    They are counted from when the front end took it, as a cold start may come in between; or else from now.
    """
    now = clock()
    age = now - taken_at if taken_at is not None else 0.0
    answer_by = now + ANSWER_WITHIN - (age if 0 <= age <= OLDEST else 0.0)
    return lambda: min(remaining(), answer_by - clock())


def check_query(query: Mapping[str, str], *known: str) -> None:
    """Raise InvalidPayload with an error for each parameter that is not known."""
    unknown = [name for name in query if name not in known and not name.lower().startswith(_SIGNATURE)]
    if unknown:
        detail = f"The parameters that are known here: {', '.join(known)}" if known else "No parameter is known here"
        raise InvalidPayload([error(INVALID, detail, f"query[{name}]") for name in unknown])


def read_dry_run(query: Mapping[str, str]) -> bool:
    """Tell whether a message is not to be sent; raises InvalidPayload for any other value, and for nearly this name.

    A message must not go out because its sender wrote dryRun, or gave the parameter twice.
    """
    for name in query:
        if name != DRY_RUN and "".join(filter(str.isalpha, name)).casefold().startswith("dry"):
            raise InvalidPayload([error(INVALID, f"The name of the parameter is {DRY_RUN}", _DRY_RUN_SOURCE)])
    try:
        return DRY_RUN_VALUES[query.get(DRY_RUN, "false")]
    except KeyError:
        raise InvalidPayload([error(INVALID, "Must be true or false, once", _DRY_RUN_SOURCE)]) from None


def read_key(values: Iterable[str]) -> str | None:
    """Read the key out of all values of the header, None without one; raises InvalidPayload.

    Whatever stands between the caller and us may repeat a header, or join its values by commas, as HTTP APIs do. So a
    comma separates keys, which must be the same one. A key that has a comma itself needs quotes, or goes into the body.
    """
    keys = list(dict.fromkeys(key for value in values for key in _keys(value)))
    for key in keys:
        check_key(key, _KEY_SOURCE)
    if len(keys) > 1:
        two = "The header names two keys. A key with a comma must stand in double quotes, or in the body"
        raise InvalidPayload([error(INVALID, two, _KEY_SOURCE)])
    return keys[0] if keys else None


def _keys(value: str) -> Iterator[str]:
    """Take a value apart. In quotes the key is a string of RFC 8941, which the draft of the header asks for."""
    whole = value.strip()
    if whole.count('"') == 2 and whole[0] == whole[-1] == '"':  # noqa: PLR2004 - a quote at each end
        yield whole[1:-1]
        return
    for part in value.split(","):
        key = part.strip()
        yield key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key


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


def _unavailable(detail: str) -> Response:
    return refuse(503, error(SERVER_ERROR, detail), headers={"Retry-After": "1"})


def _not_found() -> Response:
    return refuse(404, error(NOT_FOUND, "No message has this id"))
