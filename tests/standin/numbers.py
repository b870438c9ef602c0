"""Reserved recipients, like the test cards of a payment sandbox: each makes the stand-in answer in its own way.

Every other number is accepted. Credentials and payload are checked first, as for any other recipient.
"Once" means: the first POST of each distinct request body.

Whatever is accepted runs its course: by default the first message of the chain becomes ACK, DELIVRD (err 0) and
SEEN (err 10), Delays.report apart, counted from acceptance or from `time_to_send`. Each step is reported as it
happens, if there is a `dlr_url` or a webhook, and is what GET status tells from then on; before the first, and for
messages of the chain that were not needed, status and err are null. This holds for the second group of numbers too:
their reports tell what the answer did not.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from tests.standin import replies
from tests.standin.replies import Delays, Fault, Reply, as_json, error, front_end, refusal
from tests.standin.reports import ACK, DELIVRD, SEEN, USUAL, Signature, Step
from tests.standin.reports import EXPIRED as EXPIRES
from tests.standin.reports import FAILED as FAILS
from tests.standin.reports import UNDELIV as UNDELIVERABLE

type Answer = Callable[[Reply, Delays], Reply]  # from the ordinary 201

REFUSED: Final[dict[str, Reply]] = {}
REFUSED_ONCE: Final[dict[str, Reply]] = {}
ACCEPTED: Final[dict[str, Answer]] = {}
COURSES: Final[dict[str, tuple[Step, ...]]] = {}
_HUGE = 20 * 1024 * 1024
_WRONG = error("105", "Invalid phone number", "payload[to]")


def _refused(number: str, reply: Reply, by_number: dict[str, Reply] = REFUSED) -> str:
    by_number[number] = reply
    return number


# Not accepted. The answer is:
BAD_REQUEST: Final = _refused("+37255500400", refusal(400, _WRONG))
UNAUTHORIZED: Final = _refused("+37255500401", replies.UNAUTHORIZED)  # whatever the password
FORBIDDEN: Final = _refused("+37255500403", refusal(403, error("102", "Forbidden")))
NOT_FOUND: Final = _refused("+37255500404", replies.NOT_FOUND)
METHOD_NOT_ALLOWED: Final = _refused("+37255500405", replies.METHOD_NOT_ALLOWED)
PROXY_AUTH: Final = _refused("+37255500407", front_end(407))
REQUEST_TIMEOUT: Final = _refused("+37255500408", replies.TIMED_OUT)
CONFLICT: Final = _refused("+37255500409", refusal(409, error("105", "Conflict")))
TOO_LARGE: Final = _refused("+37255500413", front_end(413))
UNSUPPORTED_TYPE: Final = _refused("+37255500415", front_end(415))
MISDIRECTED: Final = _refused("+37255500421", front_end(421, Connection="close"))
UNPROCESSABLE: Final = _refused("+37255500422", refusal(422, error("105", "Unprocessable")))
TOO_EARLY: Final = _refused("+37255500425", front_end(425))
TOO_MANY: Final = _refused("+37255500429", replies.TOO_MANY)
TOO_MANY_ONCE: Final = _refused("+37255500430", replies.TOO_MANY, REFUSED_ONCE)  # then accepted
THROTTLED: Final = _refused("+37255500431", front_end(429))  # without Retry-After
NUMERIC_CODE: Final = _refused("+37255500440", as_json(400, {"errors": [{**_WRONG, "code": 105}]}))
ERRORS_OBJECT: Final = _refused("+37255500441", as_json(400, {"errors": {"to": ["Invalid phone number"]}}))
ERRORS_TEXTS: Final = _refused("+37255500442", as_json(400, {"errors": ["Invalid phone number"]}))
PROBLEM: Final = _refused("+37255500443", as_json(400, replies.PROBLEM, "application/problem+json"))  # RFC 9457
PAGE: Final = _refused("+37255500444", front_end(400))
SERVER_ERROR: Final = _refused("+37255500500", replies.SERVER_ERROR)
BAD_GATEWAY: Final = _refused("+37255500502", front_end(502))
UNAVAILABLE: Final = _refused("+37255500503", replies.UNAVAILABLE)
UNAVAILABLE_ONCE: Final = _refused("+37255500513", replies.UNAVAILABLE, REFUSED_ONCE)  # then accepted
GATEWAY_TIMEOUT: Final = _refused("+37255500504", front_end(504))
FOUND: Final = _refused("+37255500302", front_end(302, Location=replies.MESSAGES_PATH))
REDIRECT: Final = _refused("+37255500307", replies.REDIRECT)
HANG: Final = _refused("+37255500001", Reply(500, {}, b"", Fault.HANG))
CUT: Final = _refused("+37255500003", Reply(500, {}, b"", Fault.CUT))


def _accepted(number: str, answer: Answer) -> str:
    ACCEPTED[number] = answer
    return number


def _with(**changes: Any) -> Answer:
    return lambda plain, _: replace(plain, **changes)


def _interim(interim: bytes) -> Answer:
    return lambda plain, delays: replace(plain, interim=interim, delay=delays.interim)


def _newer_shape(plain: Reply, _: Delays) -> Reply:
    content = json.loads(plain.body)
    messages = [{**message, "sender": None, "region": "EE"} for message in content["messages"]]
    newer = {"message_id": content["omnimessage_id"], "channel": "carrier-pigeon", "sender": None}
    return as_json(201, {**content, "messages": [*messages, newer], "cost": {"amount": "0.1"}})


def _two_answers(plain: Reply, _: Delays) -> Reply:
    content = json.loads(plain.body)
    messages = [{**message, "message_id": str(uuid4())} for message in content["messages"]]
    nobodys = as_json(201, {**content, "messages": messages, "omnimessage_id": str(uuid4())})
    return replace(plain, behind=nobodys.head() + nobodys.body)


def _chunked(plain: Reply) -> Reply:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(plain.body), plain.body)
    return replace(plain, headers={**plain.headers, "Transfer-Encoding": "chunked"}, body=chunks)


def _zipped(plain: Reply, body: bytes) -> Reply:
    return replace(plain, headers={**plain.headers, "Content-Encoding": "gzip"}, body=body)


# Accepted, that is in the accept log, before the answer goes wrong, or comes in an unusual way. The answer is:
HANG_AFTER_ACCEPT: Final = _accepted("+37255500002", _with(fault=Fault.HANG))
CUT_AFTER_ACCEPT: Final = _accepted("+37255500004", _with(fault=Fault.CUT))
TRUNCATED: Final = _accepted("+37255500005", _with(fault=Fault.TRUNCATE))
REQUEST_TIMEOUT_AFTER_ACCEPT: Final = _accepted("+37255500508", lambda *_: replies.TIMED_OUT)
SERVER_ERROR_AFTER_ACCEPT: Final = _accepted("+37255500501", lambda *_: replies.SERVER_ERROR)
REDIRECT_AFTER_ACCEPT: Final = _accepted("+37255500301", lambda *_: replies.REDIRECT)
OK: Final = _accepted("+37255500200", _with(status=200))
NO_CONTENT: Final = _accepted("+37255500204", lambda *_: Reply(204, {}, b""))
NOT_JSON: Final = _accepted("+37255500210", _with(body=b"Accepted."))
HTML: Final = _accepted("+37255500211", lambda *_: front_end(201))
NO_IDS: Final = _accepted("+37255500212", lambda *_: as_json(201, {"messages": []}))
NEWER_SHAPE: Final = _accepted("+37255500213", _newer_shape)
PLAIN_TYPE: Final = _accepted("+37255500214", _with(headers={"Content-Type": "text/plain"}))
SLOW: Final = _accepted("+37255500220", lambda plain, delays: replace(plain, delay=delays.slow))
DRIP: Final = _accepted("+37255500221", lambda plain, delays: replace(plain, fault=Fault.DRIP, delay=delays.drip))
DRIP_HEAD: Final = _accepted(  # the same, from the first byte of the head
    "+37255500223", lambda plain, delays: replace(plain, fault=Fault.DRIP_HEAD, delay=delays.drip)
)
HUGE: Final = _accepted("+37255500222", lambda plain, _: as_json(201, json.loads(plain.body) | {"x": "x" * _HUGE}))
EARLY_HINTS: Final = _accepted("+37255500103", _interim(replies.EARLY_HINTS))
SEVERAL_INTERIM: Final = _accepted("+37255500102", _interim(replies.CONTINUE + replies.EARLY_HINTS * 2))
INTERIM_FLOOD: Final = _accepted("+37255500100", _interim(replies.EARLY_HINTS * 1000))
SWITCHING: Final = _accepted("+37255500101", lambda *_: Reply(101, {"Upgrade": "h2c"}, b"", measured=False))
TWO_ANSWERS: Final = _accepted("+37255500224", _two_answers)  # behind the 201, a second one with nobody's ids
CHUNKED: Final = _accepted("+37255500226", lambda plain, _: replace(_chunked(plain), measured=False))
TWO_LENGTHS: Final = _accepted("+37255500225", lambda plain, _: _chunked(plain))  # with a Content-Length as well
COMPRESSED: Final = _accepted("+37255500227", lambda plain, _: _zipped(plain, gzip.compress(plain.body, 0, mtime=0)))
NOT_COMPRESSED: Final = _accepted("+37255500228", lambda plain, _: _zipped(plain, plain.body))  # says gzip and is not

BY_NAME: Final[dict[str, str]] = {
    name: value for name, value in globals().items() if value in (*REFUSED, *REFUSED_ONCE, *ACCEPTED)
}


def _course(number: str, *steps: Step) -> str:
    COURSES[number] = steps
    return number


def _usual(number: str, **changes: Any) -> str:
    return _course(number, *(replace(each, **changes) for each in USUAL))


def _failing(number: str, end: Step) -> str:
    """Accepted by the operator, then failed, on one channel of the chain after the other."""
    steps = (replace(each, index=index, at=2 * index + each.at) for index in range(4) for each in (ACK, end))
    return _course(number, *steps)


# Accepted and answered with the ordinary 201, but reported otherwise. The course and its reports are:
REVERSED: Final = _course("+37255500601", *(replace(each, reported=(6 - each.at,)) for each in USUAL))
DOUBLED: Final = _course("+37255500602", *(replace(each, reported=(each.at, each.at)) for each in USUAL))
UNREPORTED: Final = _usual("+37255500603", reported=())  # only GET status knows
NEVER_DONE: Final = _course("+37255500604")  # no report, GET status stays null
FAILED_THEN_NEXT: Final = _course(
    "+37255500605", ACK, FAILS, replace(ACK, index=1, at=3), replace(DELIVRD, index=1, at=4)
)
EXPIRED: Final = _failing("+37255500606", EXPIRES)
UNDELIVERED: Final = _failing("+37255500607", UNDELIVERABLE)
BAD_SIGNATURE: Final = _usual("+37255500608", signature=Signature.WRONG)
NO_SIGNATURE: Final = _usual("+37255500609", signature=Signature.MISSING)
BEFORE_ANSWER: Final = _course(  # ACK and DELIVRD are reported before the 201
    "+37255500610", replace(ACK, at=0, early=True), replace(DELIVRD, at=0, early=True), SEEN
)
UNKNOWN_STATUS: Final = _course(  # unheard of; then DELIVRD
    "+37255500611", Step("TELEPORTED", 1, err=4711, error="Not known yet when this was written"), DELIVRD
)
FAILED: Final = _failing("+37255500612", FAILS)
LATE: Final = _course("+37255500613", *(replace(each, reported=(each.at + 20,)) for each in USUAL))

REPORTS_BY_NAME: Final[dict[str, str]] = {name: value for name, value in globals().items() if value in [*COURSES]}
