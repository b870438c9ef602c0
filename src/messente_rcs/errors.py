"""Errors: the exceptions of this package in one tree, and the shape in which Messente and we answer with errors.

RcsError                        its text is safe to log
  Unavailable                   a partner did not do what was asked, and may later; whether a write took place is open
    TableUnavailable            records/record
      UnreadableRecord          the item of this id is no record, and a person has to mend it
    QueueUnavailable            aws/queues
    BusUnavailable              aws/bus
    CredentialsUnavailable      messente/credentials
      SecretNotRead             Secrets Manager did not answer
  Invalid                       given data is not what it should be, and a retry cannot change that
    InvalidPayload              payload
    InvalidReport               tracking/report
    InvalidInbound              inbound/message
    InvalidSettings             settings
    NoCertificates              messente/connections
    UnknownEvent                triggers/http: an event that no function takes
  Refused                       an answer rather than an error
    ConditionFailed             records/table: the record is not in the state that a write asks for
    NoRecord, Mismatch          tracking/track: a report without its record, or of another message
    RequestRejected             triggers/http: no such path or method, or not what Messente signed
  Failed                        raised out of an invocation, so that its invoker tries again or an alarm rings
    NotSent, NotMoved           triggers/direct
    Defect                      tracking: the code failed at a record
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from botocore.exceptions import BotoCoreError, ClientError


class RcsError(Exception):
    """Base of all exceptions of this package. Its text is safe to log: no number, no text of a message, no secret."""


class Unavailable(RcsError):  # noqa: N818 - a state of the world, not a defect
    """A partner did not do what was asked, and may do it later; whether a write took place is open."""


class Invalid(RcsError):  # noqa: N818 - a verdict about given data, not a fault of the program
    """Given data is not what it should be."""


class Refused(RcsError):  # noqa: N818 - an answer rather than an error
    """A check did not hold, and the caller has to know which."""


class Failed(RcsError):  # noqa: N818 - reads as what it is in a log
    """An invocation failed, so that its invoker tries again or an alarm rings."""


def reason_of(failure: Exception) -> str:
    """Say what went wrong, safe to log: the text of an exception of another kind may hold what a message says."""
    return str(failure) if isinstance(failure, RcsError) else type(failure).__name__


# Messente's codes of the Omnichannel API (OpenAPI 2.1.0, ErrorItemOmnichannel). They are strings there.
TITLES = {
    "101": "Not found",
    "102": "Forbidden",
    "103": "Unauthorized",
    "104": "Internal Server Error",
    "105": "Invalid data",
    "106": "Missing data",
    "107": "Method not allowed",
}

MOST_ERRORS = 100  # that are told of one payload
NOT_FOUND, FORBIDDEN, UNAUTHORIZED, SERVER_ERROR, INVALID, MISSING, METHOD_NOT_ALLOWED = TITLES


class Error(TypedDict):
    """One error; `source` names the field as `payload[rcs][sender]`, None where no field is to blame."""

    code: str
    title: str
    detail: str
    source: str | None


def error(code: str, detail: str, source: str | None = None) -> Error:
    """Build an Error. `detail` must not repeat what the caller sent: it travels into queues and answers."""
    return {"code": code, "title": TITLES[code], "detail": detail, "source": source}


@contextmanager
def aws_errors(unavailable: type[Unavailable], prefix: str = "") -> Iterator[None]:
    """Turn whatever goes wrong with a call of AWS into the Unavailable of its service; the text is prefix and code."""
    try:
        yield
    except (ClientError, BotoCoreError) as failure:
        raise unavailable(f"{prefix}{aws_code(failure)}") from None


def aws_code(failure: ClientError | BotoCoreError) -> str:
    """Name what an AWS call failed with, safe to log: its error code, or the kind of failure on our side."""
    return failure.response["Error"].get("Code", "") if isinstance(failure, ClientError) else type(failure).__name__
