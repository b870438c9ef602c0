"""The answers of Messente: the verdict of each about the message, and its ids, texts and errors.

Two tables carry the judgement, one for statuses and one for exceptions (src/docs/protocol.md "What Messente's answers
mean"). What neither names is *unknown*: a message that might have been accepted is never taken for one that was not.

One rule for texts and ids holds for the answer to a POST, for reports and for status answers, so that an id is the same
wherever it came, and whatever Messente writes, the record can be written.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from itertools import islice

from urllib3 import exceptions as failures

from messente_rcs.errors import TITLES, Error
from messente_rcs.payload.decode import read_object
from messente_rcs.phone import is_same_number

LONGEST_RETRY_AFTER = 43_200.0  # seconds; the queue cannot wait longer

LONGEST_TEXT = 1000  # bytes
LONGEST_ID = 2000  # bytes; DynamoDB takes a key of 2048
MOST_MESSAGES = 20  # of one acceptance; a chain has four, and DynamoDB takes an expression of 4 kB

_MOST_ERRORS = 20
_LONGEST_ERROR_TEXT = 500  # bytes of each text
_PAGE = 4000  # characters of a page that are looked at
_MARKUP = r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>"


class AnswerKind(StrEnum):
    """The verdict of an answer about the message."""

    SENT = "sent"  # accepted, ids known
    REJECTED = "rejected"  # for its content: the same message would be rejected again
    UNAUTHORIZED = "unauthorized"  # not sent: our credentials or our address are rejected
    MISCONFIGURED = "misconfigured"  # not sent: the URL or the request form is wrong, not the message
    THROTTLED = "throttled"  # not sent: too many requests at a time
    NOT_ACCEPTED = "not_accepted"  # certainly not, and may be tried again
    EXPIRED = "expired"  # not sent: there was no POST, as the message's deadline had passed
    UNKNOWN = "unknown"  # may have been accepted


STATUSES = {
    401: AnswerKind.UNAUTHORIZED,
    403: AnswerKind.UNAUTHORIZED,  # also a caller address outside the key's allow-list
    404: AnswerKind.MISCONFIGURED,
    405: AnswerKind.MISCONFIGURED,
    407: AnswerKind.MISCONFIGURED,
    408: AnswerKind.UNKNOWN,  # says "not processed", but gateways send it for an upstream that was slow
    415: AnswerKind.MISCONFIGURED,
    421: AnswerKind.NOT_ACCEPTED,  # this server does not answer for this host
    425: AnswerKind.NOT_ACCEPTED,  # came too early to be taken
    429: AnswerKind.THROTTLED,
    503: AnswerKind.NOT_ACCEPTED,  # the one judgement call: a front end that sheds load
}

CLASSES = {
    3: AnswerKind.UNKNOWN,  # a redirect is never followed: it would be a second POST
    4: AnswerKind.REJECTED,  # 400, 409, 413, 422 and any other
    5: AnswerKind.UNKNOWN,  # 500, 502, 504: it may have been accepted before something broke
}

# Of classes and those below them. After any other exception something may have been written.
EXCEPTIONS: dict[type[BaseException], AnswerKind] = {
    failures.ConnectTimeoutError: AnswerKind.NOT_ACCEPTED,  # no connection or no TLS, as a NewConnectionError too
    failures.LocationValueError: AnswerKind.MISCONFIGURED,  # as a URLSchemeUnknown too
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one POST. `messages` maps message_id to its channel and sender; `reason` is safe to log."""

    kind: AnswerKind
    reason: str
    omnimessage_id: str | None = None
    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: list[Error] = field(default_factory=list)
    retry_after: float | None = None  # seconds


def understand_failure(failure: Exception) -> Answer:
    """Judge an exception of the POST. The texts of exceptions may hold anything: only their classes are told."""
    cause = failure.__cause__
    reason = f"{type(failure).__name__} ({type(cause).__name__})" if cause else type(failure).__name__
    return Answer(_kind_of(failure), reason)


def _kind_of(failure: BaseException) -> AnswerKind:
    if isinstance(failure, failures.ProxyError):
        # It does not say whether the proxy had the request already; what it came from does.
        return _kind_of(failure.original_error)
    return next((EXCEPTIONS[cls] for cls in type(failure).__mro__ if cls in EXCEPTIONS), AnswerKind.UNKNOWN)


def understand(recipient: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Judge an HTTP answer to the POST of a message to this recipient."""
    if status // 100 == 2:  # noqa: PLR2004 - the class of a status
        return _accepted(recipient, status, body)
    kind = STATUSES.get(status) or CLASSES.get(status // 100, AnswerKind.UNKNOWN)
    errors = read_errors(body)
    if kind is AnswerKind.REJECTED:
        errors = errors or read_note(body)
    return Answer(kind, f"HTTP {status}", errors=errors, retry_after=_retry_after(headers.get("Retry-After")))


def _accepted(recipient: str, status: int, body: bytes) -> Answer:
    reply = read_object(body) or {}
    if not read_id(reply.get("omnimessage_id")):
        reply |= _scanned(body)
    to, omnimessage_id = read_text(reply.get("to")), read_id(reply.get("omnimessage_id"))
    if to and not is_same_number(to, recipient):
        return Answer(AnswerKind.UNKNOWN, f"HTTP {status} for another recipient")
    messages = _messages(reply.get("messages"))
    if status in (200, 201) and omnimessage_id:
        return Answer(AnswerKind.SENT, f"HTTP {status}", omnimessage_id, messages)
    # Accepted, as far as the status tells. The parts that could be read are kept.
    return Answer(AnswerKind.UNKNOWN, f"HTTP {status} without ids", omnimessage_id, messages)


def _scanned(body: bytes) -> dict[str, str]:
    """Find the id and the recipient in a body that is no JSON, because it was cut off for instance."""
    found = re.findall(rb'"(omnimessage_id|to)"\s*:\s*"([\w.:+-]{1,64})"', body)
    return {name.decode(): value.decode() for name, value in found}


def _messages(items: object) -> dict[str, dict[str, str]]:
    """Read `[{message_id, channel, sender}]` leniently: a new channel or a null sender must not cost the ids."""
    messages: dict[str, dict[str, str]] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and (message_id := read_id(item.get("message_id"))):
            parts = ((name, read_text(item.get(name))) for name in ("channel", "sender"))
            messages[message_id] = {name: text for name, text in parts if text}
    return dict(islice(messages.items(), MOST_MESSAGES))


def _retry_after(value: str | None) -> float | None:
    """Read Retry-After in seconds; a date there is not worth a parser, the backoff serves instead."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*", value or "", re.ASCII)
    return min(float(found[1]), LONGEST_RETRY_AFTER) if found else None


def read_text(value: object, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text or a whole number as a text that the table can hold, cut to a length in bytes; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value).encode(errors="replace")[:longest].decode(errors="ignore")  # half a surrogate pair becomes a "?"


def read_id(value: object) -> str | None:
    """Return an id as it can be a key; None for anything else. A long one is cut, and a digest tells it from others."""
    if not isinstance(value, str) or not value:
        return None
    utf8 = value.encode(errors="replace")  # half a surrogate pair becomes a question mark
    if len(utf8) <= LONGEST_ID:
        return utf8.decode()
    return f"{value[:100].encode(errors='replace').decode()}~{sha256(utf8).hexdigest()}"


def read_errors(body: bytes) -> list[Error]:
    """List the errors that a JSON object names as Messente does; it may be one itself, and each may be a text."""
    document = read_object(body) or {}
    given = document.get("errors")
    items = [document, *given] if isinstance(given, list) else [document, given]
    return [found for each in items[:_MOST_ERRORS] if (found := _error(each))]


def read_note(body: bytes) -> list[Error]:
    """Take a body that names no errors, as the page of a front end, for one: the begin of its text, without markup."""
    found = read_object(body)
    if found is not None and not any(found.values()):
        return []  # it has the right shape, and says nothing
    text = re.sub(_MARKUP, " ", body.decode(errors="replace")[:_PAGE])
    error = _error(" ".join(html.unescape(text).split()))
    return [error] if error else []


def _error(given: object) -> Error | None:
    named = given if isinstance(given, dict) else {"detail": given}
    code, title, detail, source = (
        read_text(named.get(name), _LONGEST_ERROR_TEXT) for name in ("code", "title", "detail", "source")
    )
    if not (code or title or detail):
        return None
    return {
        "code": code or "",
        "title": title or TITLES.get(code or "", ""),
        "detail": detail or "",
        "source": source,
    }
