"""Dry runs: forecast the outcome of a submission. The record is read, nothing is written and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from messente_rcs.inbound.opt_outs import look_up
from messente_rcs.payload.errors import loggable
from messente_rcs.records.record import Record, State
from messente_rcs.records.table import TableUnavailable
from messente_rcs.sending.outcome import LATE, OPTED_OUT, conflict, may_resend, not_sent
from messente_rcs.sending.outgoing import is_over, outgoing
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messente_rcs.errors import Error
    from messente_rcs.payload.submission import Submission
    from messente_rcs.records.table import Table
    from messente_rcs.sending.outgoing import Rules

_FREE = frozenset({State.RETRYABLE, State.REJECTED, State.EXPIRED})


class ForecastKind(StrEnum):
    """The expected end of a submission."""

    WOULD_SEND = "would_send"  # it would be claimed and POSTed
    STORED = "stored"  # the record would be the answer
    IN_PROGRESS = "in_progress"
    CONFLICT = "conflict"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"  # the record cannot be read now
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected outcome of a submission; `omnimessage` is the body that Messente would get, if any."""

    message_id: str | None
    kind: ForecastKind
    omnimessage: dict[str, Any] | None = field(default=None, repr=False)
    record: Record | None = None  # that stands under the id, if it is the caller's
    errors: Sequence[Error] = ()

    @property
    def told(self) -> dict[str, Any]:
        """The answer of every trigger."""
        details = {
            "omnimessage": self.omnimessage,
            "record": self.record.public if self.record else None,
            "errors": list(self.errors),
        }
        told = {"dry_run": True, "id": self.message_id, "outcome": self.kind}
        return told | {name: value for name, value in details.items() if value}


class DryRun:
    """Forecasts the outcome of submissions. The parts are those of the sender."""

    def __init__(
        self,
        table: Table,
        rules: Rules,
        clock: Callable[[], float],
    ) -> None:
        self._table = table
        self._rules = rules
        self._clock = clock

    def forecast(self, message_id: str, submission: Submission) -> Forecast:
        """Forecast the outcome of a submission, and log one line."""
        try:
            told = self._forecast(message_id, submission, self._table.get(message_id))
        except TableUnavailable as unavailable:
            told = Forecast(message_id, ForecastKind.NOT_SENT, errors=not_sent(str(unavailable)).errors)
        return logged(told)

    def _forecast(self, message_id: str, submission: Submission, record: Record | None) -> Forecast:
        """Go the way of Sender, in the same order."""
        if record is None or record.state in _FREE:
            return self._of_free(message_id, submission, record)
        if record.payload_hash != submission.payload_hash:
            return Forecast(message_id, ForecastKind.CONFLICT, errors=conflict(record).errors)
        if record.state is State.CLAIMED:
            if (record.lease_until or 0) > self._clock():
                return Forecast(message_id, ForecastKind.IN_PROGRESS, record=record)
            record = replace(record, state=State.UNKNOWN)
        if record.state is State.UNKNOWN and may_resend(record, submission):
            again = self._of_free(message_id, submission, record)
            if again.kind is ForecastKind.WOULD_SEND:
                return again
        return Forecast(message_id, ForecastKind.STORED, record=record, errors=record.errors or [])

    def _of_free(self, message_id: str, submission: Submission, record: Record | None) -> Forecast:
        now = self._clock()
        if is_over(submission, now):
            return Forecast(message_id, ForecastKind.EXPIRED, record=record, errors=[LATE])
        if look_up(self._rules.opt_outs, [submission], now).stops(submission):
            return Forecast(message_id, ForecastKind.REJECTED, record=record, errors=[OPTED_OUT])
        omnimessage = outgoing(message_id, submission, self._rules.callback_url, now)
        return Forecast(message_id, ForecastKind.WOULD_SEND, omnimessage, record)


def invalid(message_id: str | None, errors: Sequence[Error]) -> Forecast:
    """Forecast that the payload is invalid."""
    return logged(Forecast(message_id, ForecastKind.INVALID, errors=errors))


def logged(forecast: Forecast) -> Forecast:
    """Log one line. No metric counts what was not meant to be sent."""
    details = {"message_id": forecast.message_id, "outcome": forecast.kind, **loggable(forecast.errors)}
    logger.info("dry run", extra=details)
    return forecast
