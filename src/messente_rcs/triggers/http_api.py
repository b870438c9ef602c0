"""The HTTP API: send a message, forecast that, look one up, list unknown ones, cancel one, resolve one."""

import base64
import contextlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from messente_rcs.errors import INVALID, MISSING, NOT_FOUND, SERVER_ERROR, Error, Unavailable, error
from messente_rcs.message_id import is_message_id
from messente_rcs.messente.answers import read_id
from messente_rcs.payload.decode import decode_object, has_form
from messente_rcs.payload.errors import InvalidPayload, problem
from messente_rcs.payload.submission import Submission
from messente_rcs.records.indexes import Indexes, Position
from messente_rcs.records.record import Resolution, State, TableUnavailable, UnreadableRecord
from messente_rcs.records.table import Table
from messente_rcs.sending import dry_run
from messente_rcs.sending.cancel import Canceller
from messente_rcs.sending.outcome import NOT_SENT_NOW, Ended, Obstacle, Outcome, OutcomeKind
from messente_rcs.sending.pacing import RECORD_TIME, RETRY_AFTER
from messente_rcs.sending.resolve import REPORT_TIME, Resolver, Verdict
from messente_rcs.sending.send import Attempt, Sender
from messente_rcs.tracking.track import Tracker
from messente_rcs.triggers.envelopes import log_invalid
from messente_rcs.triggers.http import Event, Request, RequestRejected, Response, not_allowed, reject, respond

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

# What is said of a message for which Messente gave no error.
_EXPLANATIONS = {
    OutcomeKind.IN_PROGRESS: error(INVALID, "This message is being sent right now", "payload[idempotency_key]"),
    OutcomeKind.NOT_SENT: NOT_SENT_NOW,
    OutcomeKind.UNKNOWN: error(SERVER_ERROR, "Messente's answer was lost: the message may have been sent"),
    OutcomeKind.REJECTED: error(INVALID, "Messente rejected the message without saying why"),
}

_NOT_CANCELLED = {
    Obstacle.UNAVAILABLE: error(SERVER_ERROR, "Messente did not say whether the message was cancelled; try again"),
    Obstacle.TOO_LATE: error(INVALID, "The message can't be cancelled any more: it went out, or it never will"),
    Obstacle.NOT_YET: error(INVALID, "The message may be on its way, and there is no id yet to cancel it by"),
}

_SEEN, _NAMED = "payload[unknown_since]", "payload[omnimessage_id]"
_SOON = f"A delivery report may still come: say so {REPORT_TIME / 60:.0f} minutes after unknown_since"
_NOT_RESOLVED = {
    Obstacle.NOT_UNKNOWN: error(INVALID, "Only an unknown message can be resolved, and this one is not unknown"),
    Obstacle.OUTDATED: error(INVALID, "The message has another unknown_since: look at its record again", _SEEN),
    Obstacle.NOT_YET: error(INVALID, "The function that sends this message may still be at work; try again later"),
    Obstacle.TOO_SOON: error(INVALID, _SOON),
    Obstacle.OTHERS_ID: error(INVALID, "The omnimessage_id belongs to another message", _NAMED),
    Obstacle.NO_SUCH_ID: error(INVALID, "Messente has no message with this omnimessage_id", _NAMED),
}

# Fields of a resolution, and what they hold.
_FIELDS = ("outcome", "unknown_since", "omnimessage_id", "final")
ID = "^[!-~]{1,255}$"  # Messente's are UUIDs
SINCE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"  # as records have it

_PAGE = 50  # records of a listing

# Seconds from when the front end took the request. A REST API waits for 29 and an HTTP API for 30, then it answers by
# itself. A caller without a key would take that answer for a failure, and send the message again under another id.
ANSWER_WITHIN = 28.0

# Seconds. A request that seems older, or to come from the future, says that clocks differ, and not how old it is.
OLDEST = 180.0

DRY_RUN = "dry_run"
DRY_RUN_VALUES = {"true": True, "false": False}

_SIGNATURE = "x-amz-"  # how the parameters of a URL begin that is signed in its query

# Keys in a header, with commas between them. In quotes a key is a string of RFC 8941, as the header's draft asks for.
_KEYS = r'(?:^|,)\s*(?:"([^"]*)"\s*(?=,|$)|([^,]*))'

_KEY_SOURCE, _DRY_RUN_SOURCE = "headers[Idempotency-Key]", f"query[{DRY_RUN}]"


@dataclass(eq=False)
class HttpApi:
    """Answers the requests of callers."""

    parse: Callable[[object], Submission]
    sender: Sender
    table: Table
    indexes: Indexes
    api_id: str  # of the stack's API, which names who resolves a message

    def handle(self, event: Event, remaining: Callable[[], float]) -> Response:
        """Answer one HTTP request, as `{statusCode, headers, body}`."""
        request = Request(event, "/messages", "/messages/{}", "/messages/{}/resolution")
        try:
            answer = self._route(request, remaining)
        except UnreadableRecord as unreadable:
            answer = reject(503, unreadable.error)
        except InvalidPayload as invalid:
            answer = reject(400, *invalid.errors)
        except RequestRejected as rejected:
            answer = rejected.answer
        except Unavailable as unavailable:
            who = "The message store is" if isinstance(unavailable, TableUnavailable) else "Messente's credentials are"
            answer = reject(503, error(SERVER_ERROR, f"{who} temporarily unavailable."), headers={"Retry-After": "1"})
        return answer | {"body": ""} if request.method == "HEAD" else answer

    def _route(self, request: Request, remaining: Callable[[], float]) -> Response:
        message_id, part = request.target
        # Counted from when the front end took the request, as a cold start may come in between, or else from now.
        now = self.sender.clock()
        age = now - (request.taken_at or now)
        answer_by = now + ANSWER_WITHIN - (age if 0 <= age <= OLDEST else 0)

        def in_time() -> float:
            return min(remaining(), answer_by - self.sender.clock())

        if message_id is None:
            match request.method:
                case "POST":
                    return self._post(request, in_time, remaining)
                case "GET" | "HEAD":
                    return self._list(request.query)
            raise not_allowed("GET, HEAD, POST")
        check_query(request.query)
        if not is_message_id(message_id):
            return _not_found()
        messente = replace(self.sender.messente, remaining=lambda: in_time() - RECORD_TIME)
        match request.method, part:
            case "POST", str():
                verdict = read_verdict(request.body, request.caller(self.api_id))
                resolver = Resolver(self.table, Tracker(self.table, self.indexes), messente)
                return _ended(message_id, resolver.resolve(message_id, verdict), _NOT_RESOLVED)
            case "GET" | "HEAD", None:
                return self._get(message_id)
            case "DELETE", None:
                return _ended(message_id, Canceller(self.table, messente).cancel(message_id), _NOT_CANCELLED)
        raise not_allowed("POST" if part else "DELETE, GET, HEAD")

    def _post(self, request: Request, in_time: Callable[[], float], remaining: Callable[[], float]) -> Response:
        is_dry_run = False
        try:
            is_dry_run = read_dry_run(request.query)
            check_query(request.query, DRY_RUN)
            message_id, submission = self._read(request)
        except InvalidPayload as invalid:
            if is_dry_run:
                dry_run.invalid(invalid.key, invalid.errors)
            else:
                log_invalid("http", invalid.key, invalid.errors)
            raise
        if is_dry_run:
            return respond(200, dry_run.forecast(self.sender, message_id, submission))
        outcome = self.sender.send(Attempt(message_id, submission, in_time, remaining))
        return _answer(outcome, message_id, f"{request.path.rstrip('/')}/{quote(message_id, safe='')}")

    def _read(self, request: Request) -> tuple[str, Submission]:
        """Read the message and its id; raises InvalidPayload with all that is wrong with either."""
        key, wrong = read_key(request.header("idempotency-key"))
        try:
            submission = self.parse(request.body)
        except InvalidPayload as invalid:
            raise InvalidPayload([*wrong, *invalid.errors], key or invalid.key) from None
        if wrong:
            raise InvalidPayload(wrong, submission.key)
        if key and submission.key not in (None, key):
            two_keys = error(INVALID, "The header and the body name different keys", "payload[idempotency_key]")
            raise InvalidPayload([two_keys], key)
        return key or submission.key or str(uuid.uuid4()), submission

    def _get(self, message_id: str) -> Response:
        record = self.table.current(message_id)
        return respond(200, record.public) if record else _not_found()

    def _list(self, given: Mapping[str, str]) -> Response:
        check_query(given, *(["omnimessage_id"] if "omnimessage_id" in given else ["state", "after"]))
        match dict(given):
            case {"omnimessage_id": omnimessage_id}:
                named = read_id(omnimessage_id)
                message_id = self.indexes.with_omnimessage_id(named) if named else None
                return self._get(message_id) if message_id else _not_found()
            case {"state": State.UNKNOWN, **rest}:
                return self._list_unknown(_read_token(rest["after"]) if "after" in rest else None)
            case {"state": _}:
                return reject(400, error(INVALID, "Only unknown messages can be listed", "query[state]"))
        return reject(400, error(MISSING, "Name an omnimessage_id, or state=unknown", "query"))

    def _list_unknown(self, after: Position | None) -> Response:
        found = self.indexes.unknown(_PAGE, after)
        records = self.table.get_all([message_id for _, message_id in found]) if found else []
        page: dict[str, Any] = {"messages": [each.public for each in records if each.state is State.UNKNOWN]}
        if len(found) == _PAGE:
            page["after"] = base64.urlsafe_b64encode(" ".join(found[-1]).encode()).decode()
        return respond(200, page)


def check_query(query: Mapping[str, str], *known: str) -> None:
    """Raise InvalidPayload with an error for each parameter that is not known."""
    unknown = [name for name in query if name not in known and not name.lower().startswith(_SIGNATURE)]
    if unknown:
        detail = f"The parameters that are known here: {', '.join(known)}" if known else "No parameter is known here"
        raise InvalidPayload([error(INVALID, detail, f"query[{name}]") for name in unknown])


def read_dry_run(query: Mapping[str, str]) -> bool:
    """Read `dry_run`; raises InvalidPayload, so that no message goes out because of dryRun or a second value."""
    for name in query:
        if name != DRY_RUN and "".join(filter(str.isalpha, name)).casefold().startswith("dry"):
            raise InvalidPayload([error(INVALID, f"The name of the parameter is {DRY_RUN}", _DRY_RUN_SOURCE)])
    try:
        return DRY_RUN_VALUES[query.get(DRY_RUN, "false")]
    except KeyError:
        raise InvalidPayload([error(INVALID, "Must be true or false, once", _DRY_RUN_SOURCE)]) from None


def read_key(values: Sequence[str]) -> tuple[str | None, list[Error]]:
    """Read the key out of all values of the header, None without one, and what is wrong with it.

    Whatever stands between the caller and us may repeat a header, or join its values by commas, as HTTP APIs do. So a
    comma separates keys, which must be the same one. A key that has a comma itself needs quotes, or goes into the body.
    """
    found = [each for value in values for each in re.findall(_KEYS, value)]
    keys = list(dict.fromkeys(quoted or plain.strip() for quoted, plain in found))
    if not all(map(is_message_id, keys)):
        return None, [problem("key", _KEY_SOURCE)]
    if len(keys) > 1:
        two = "The header names two keys. A key with a comma must stand in double quotes, or in the body"
        return None, [error(INVALID, two, _KEY_SOURCE)]
    return (keys[0] if keys else None), []


def read_verdict(body: bytes, caller: str | None) -> Verdict:
    """Read a resolution: `sent` may name an omnimessage_id, `not_sent` may be final. Raises InvalidPayload."""
    given = decode_object(body)
    if wrong := list(_problems(given)):
        raise InvalidPayload(wrong)
    named, since = given.get("omnimessage_id"), given.get("unknown_since")
    return Verdict(Resolution(given["outcome"]), named, final=given.get("final", False), by=caller, unknown_since=since)


def _problems(given: dict[str, Any]) -> Iterator[Error]:
    outcome = given.get("outcome")
    if outcome not in tuple(Resolution):
        yield error(INVALID if "outcome" in given else MISSING, "Must be sent or not_sent.", "payload[outcome]")
    is_asked_for = "unknown_since" in given or outcome == Resolution.NOT_SENT
    if is_asked_for and not has_form(given.get("unknown_since"), SINCE):
        code = INVALID if "unknown_since" in given else MISSING
        yield error(code, "Must be the unknown_since of the message, as its record showed it.", _SEEN)
    if "omnimessage_id" in given and not has_form(given["omnimessage_id"], ID):
        yield error(INVALID, "Must be the id that Messente gave the message.", _NAMED)
    elif "omnimessage_id" in given and outcome == Resolution.NOT_SENT:
        yield error(INVALID, "Only a message that was sent has one.", _NAMED)
    if not isinstance(given.get("final", False), bool):
        yield error(INVALID, "Must be true or false.", "payload[final]")
    elif "final" in given and outcome == Resolution.SENT:
        yield error(INVALID, "Only a message that was not sent can be kept from being sent.", "payload[final]")
    if not given.keys() <= set(_FIELDS):
        yield error(INVALID, f"Only these fields are known here: {', '.join(_FIELDS)}.", "payload")


def _read_token(token: str) -> Position:
    with contextlib.suppress(ValueError):
        since, message_id = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        if has_form(since, SINCE) and is_message_id(message_id):
            return since, message_id
    raise InvalidPayload([error(INVALID, "Must be the value of after from the page before", "query[after]")])


def _answer(outcome: Outcome, message_id: str, location: str) -> Response:
    headers = {"Location": location}
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    if outcome.kind in (OutcomeKind.NOT_SENT, OutcomeKind.IN_PROGRESS):
        headers["Retry-After"] = str(int(outcome.retry_after or RETRY_AFTER))
    body: dict[str, Any] = {"id": message_id}
    if outcome.record and outcome.kind is not OutcomeKind.CONFLICT:  # then the record belongs to another request
        body = outcome.record.public | body
    if outcome.errors or outcome.kind in _EXPLANATIONS:
        body["errors"] = outcome.errors or [_EXPLANATIONS[outcome.kind]]
    return respond(STATUS[outcome.kind], body, headers)


def _ended(message_id: str, ended: Ended, reasons: Mapping[Obstacle, Error]) -> Response:
    """Answer a person who had a message cancelled or resolved, or who could not."""
    obstacle, record = ended
    told = record.public if record else {"id": message_id}
    match obstacle:
        case None:
            return respond(200, told)
        case Obstacle.NOT_FOUND:
            return _not_found()
        case Obstacle.UNAVAILABLE:
            return reject(503, reasons[obstacle], headers={"Retry-After": "5"})
    return respond(409, told | {"errors": [reasons[obstacle], *told.get("errors", [])]})


def _not_found() -> Response:
    return reject(404, error(NOT_FOUND, "No message has this id"))
