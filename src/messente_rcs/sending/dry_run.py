"""Dry runs: forecast the outcome of a submission. The record is read, nothing is written and nothing is sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from messente_rcs.errors import Error
from messente_rcs.inbound.opt_outs import look_up
from messente_rcs.payload.errors import loggable
from messente_rcs.payload.submission import Submission
from messente_rcs.records.record import Record, State, TableUnavailable
from messente_rcs.records.table import FREE
from messente_rcs.sending.outcome import EXPIRED, OPTED_OUT, Outcome, OutcomeKind, may_resend
from messente_rcs.sending.outgoing import Rules, is_over, outgoing
from messente_rcs.sending.send import Sender
from messente_rcs.telemetry import logger

# What has been sent, lost or cancelled before is *stored* to a dry run.
FORECASTS = [kind for kind in OutcomeKind if kind not in (OutcomeKind.SENT, OutcomeKind.UNKNOWN, OutcomeKind.CANCELLED)]


def forecast(sender: Sender, message_id: str, submission: Submission) -> dict[str, Any]:
    """Forecast the outcome of a submission to this sender, log one line, and return the answer of every trigger."""
    from messente_rcs.payload.advice import advise  # noqa: PLC0415 - only a dry run needs it

    try:
        record, now = sender.table.get(message_id), sender.clock()
        outcome = _forecast(sender.rules, submission, record, now)
    except TableUnavailable as unavailable:
        return _told(message_id, Outcome.not_sent(unavailable))
    would_send = outcome.kind is OutcomeKind.WOULD_SEND
    omnimessage = outgoing(message_id, submission, sender.rules.callback_url, now) if would_send else None
    advice = advise(submission)
    return _told(message_id, outcome, omnimessage) | ({"advice": advice} if advice else {})


def _forecast(rules: Rules, submission: Submission, record: Record | None, now: float) -> Outcome:
    """Go the way of Sender, in the same order."""
    stored_before = None  # the outcome if an unknown message is not sent again
    if record and record.state not in FREE:
        if record.payload_hash != submission.payload_hash:
            return Outcome.conflict(record)
        if record.state is State.CLAIMED:
            if (record.lease_until or 0) > now:
                return Outcome.stored(record, submission)
            record = replace(record, state=State.UNKNOWN)
        stored_before = Outcome(OutcomeKind.STORED, record, errors=record.errors or [])
        if record.state is not State.UNKNOWN or not may_resend(record, submission):
            return stored_before
    if is_over(submission, now):
        return stored_before or replace(EXPIRED, record=record)
    if look_up(rules.opt_outs, [submission], now).stops(submission):
        return stored_before or replace(OPTED_OUT, record=record)
    return Outcome(OutcomeKind.WOULD_SEND, record)


def invalid(message_id: str | None, errors: Sequence[Error]) -> dict[str, Any]:
    """Forecast that the payload is invalid."""
    return _told(message_id, Outcome(OutcomeKind.INVALID, None, errors=list(errors)))


def _told(message_id: str | None, outcome: Outcome, omnimessage: dict[str, Any] | None = None) -> dict[str, Any]:
    # No metric counts what was not meant to be sent.
    logger.info("dry run", extra={"message_id": message_id, "outcome": outcome.kind, **loggable(outcome.errors)})
    # In a conflict the record belongs to another message.
    record = outcome.record if outcome.kind is not OutcomeKind.CONFLICT else None
    details = {"omnimessage": omnimessage, "record": record.public if record else None, "errors": outcome.errors}
    told = {"dry_run": True, "id": message_id, "outcome": outcome.kind}
    return told | {name: value for name, value in details.items() if value}
