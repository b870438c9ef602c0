"""Outcomes: the end of a submission, made of the record's `State` or of the `AnswerKind` of Messente's answer."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from messente_rcs.errors import INVALID, SERVER_ERROR, TITLES, Error, Unavailable, error
from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.payload.errors import loggable
from messente_rcs.payload.submission import Submission
from messente_rcs.records.record import Record, State, UnreadableRecord
from messente_rcs.telemetry import Metric, count, logger

MAX_RESENDS = 2  # how often `on_unknown: resend` may follow a lost answer: three acceptances at the very worst


class OutcomeKind(StrEnum):
    """The end of a submission, as its sender must know it, or the end that a dry run expects."""

    SENT = "sent"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"  # come back later
    IN_PROGRESS = "in_progress"  # somebody else is sending it; come back later
    CONFLICT = "conflict"  # the id belongs to another payload
    # Of a dry run only:
    WOULD_SEND = "would_send"  # it would be claimed and POSTed
    STORED = "stored"  # the record would be the answer
    INVALID = "invalid"


class Obstacle(StrEnum):
    """The reason why a message was not cancelled or resolved as a person asked."""

    NOT_FOUND = "not_found"  # no record has this id
    NOT_YET = "not_yet"  # it may still be sent, and there is no id yet to cancel it by
    UNAVAILABLE = "unavailable"  # Messente did not say; try again
    TOO_LATE = "too_late"  # to cancel: it went out, or it was never going to
    NOT_UNKNOWN = "not_unknown"  # to resolve: the record says what became of the message
    OUTDATED = "outdated"  # it is unknown, but not since the time that the person saw
    TOO_SOON = "too_soon"  # its delivery report may still be on its way
    OTHERS_ID = "others_id"  # the omnimessage_id belongs to another message
    NO_SUCH_ID = "no_such_id"  # Messente does not know the omnimessage_id


type Ended = tuple[Obstacle | None, Record | None]  # None where nothing stood in the way, and where there is no record


STATE_AFTER = {
    AnswerKind.SENT: State.SENT,
    AnswerKind.REJECTED: State.REJECTED,
    AnswerKind.UNAUTHORIZED: State.RETRYABLE,
    AnswerKind.MISCONFIGURED: State.RETRYABLE,
    AnswerKind.THROTTLED: State.RETRYABLE,
    AnswerKind.NOT_ACCEPTED: State.RETRYABLE,
    AnswerKind.EXPIRED: State.EXPIRED,
    AnswerKind.UNKNOWN: State.UNKNOWN,
}
# The other states are outcomes of the same name.
_TRY_AGAIN = {State.CLAIMED: OutcomeKind.IN_PROGRESS, State.RETRYABLE: OutcomeKind.NOT_SENT}
_KIND_OF = {state: _TRY_AGAIN.get(state) or OutcomeKind(state) for state in State}

# If Messente rejects our credentials, the caller must not read "103 Unauthorized" and suspect its own.
_OUR_FAULTS = {
    AnswerKind.UNAUTHORIZED: "Messente rejected this service's own credentials, or its address",
    AnswerKind.MISCONFIGURED: "Messente does not know this service's request, so this service's configuration is wrong",
}


def errors_of(answer: Answer) -> list[Error]:
    """Return the errors of an answer in the words for the sender of the message."""
    if ours := _OUR_FAULTS.get(answer.kind):
        return [error(SERVER_ERROR, f"The message was not sent: {ours}. The request to this service was in order")]
    return answer.errors


def may_resend(record: Record, submission: Submission) -> bool:
    """Tell whether an *unknown* message may be POSTed once more."""
    return submission.on_unknown == "resend" and len(record.resends or ()) < MAX_RESENDS


_UNRECORDED = error(
    SERVER_ERROR,
    "It is not certain that this outcome was recorded. If it was not, the record says unknown in some minutes, and its "
    "id is held until a delivery report or a person says more",
)
_EXPIRED = error(INVALID, "The message was not sent: its deadline had passed", "payload[expires_at]")
_OPTED_OUT = error(
    INVALID,
    "The message was not sent: the recipient has opted out. Leave the recipient out of further messages. Only what the "
    "recipient has just asked for, such as a one-time code, may be sent with ignore_opt_out",
    "payload[to]",
)
# Of this request alone: an earlier one may have sent the message, which a record that cannot be read does not tell.
NOT_SENT_NOW = error(SERVER_ERROR, "This request did not send the message; it can be repeated with the same id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a submission. `record` is its record as far as it is known; `reason` is safe to log."""

    kind: OutcomeKind
    record: Record | None
    reason: str = ""
    errors: list[Error] = field(default_factory=list)
    replayed: bool = False  # from the record; this call did not POST
    again: bool = False  # a retry of the same submission may have another outcome
    recorded: bool = True  # the record says so; else its claim still stands, as far as anybody knows
    retry_after: float | None = None  # seconds that Messente asked for, or after which the record should be seen again
    answer_kind: AnswerKind | None = None  # of this call's POST

    @classmethod
    def posted(cls, record: Record, submission: Submission, answer: Answer, *, recorded: bool = True) -> Self:
        """Build the outcome of a POST by this call, as its record says, or would say if it had been `recorded`."""
        kind = _KIND_OF[record.state]
        final = answer.kind in (AnswerKind.REJECTED, AnswerKind.EXPIRED)
        may_be_resent = kind is OutcomeKind.UNKNOWN and not final and may_resend(record, submission)
        # For the log: where the errors of the outcome are ours, it names the codes of Messente's.
        codes = [each["code"] for each in answer.errors if each["code"] in TITLES] if answer.kind in _OUR_FAULTS else []
        return cls(
            kind,
            record,
            ", ".join([answer.reason, *(f"code {code}" for code in codes[:3])]),
            errors_of(answer) + ([] if recorded or kind is OutcomeKind.SENT else [_UNRECORDED]),
            recorded=recorded,
            again=record.state in _TRY_AGAIN or may_be_resent,
            retry_after=answer.retry_after,
            answer_kind=answer.kind,
        )

    @classmethod
    def stored(
        cls, record: Record | None, submission: Submission, *, resend: bool = True, look_again_in: float | None = None
    ) -> Self:
        """Answer from the record; whether `resend` counts, and after how many seconds it may say something else."""
        # A record that is gone, or free again, by the time we look is no obstacle for the next delivery.
        kind = _KIND_OF[record.state] if record else OutcomeKind.NOT_SENT
        again = kind in _TRY_AGAIN.values() or look_again_in is not None
        if record and kind is OutcomeKind.UNKNOWN:
            again |= resend and may_resend(record, submission)
        errors = (record.errors if record else None) or []
        return cls(kind, record, "already there", errors, replayed=True, again=again, retry_after=look_again_in)

    @classmethod
    def conflict(cls, record: Record) -> Self:
        """Say that the record belongs to another payload."""
        other = error(INVALID, "The message id was used before with another payload", "payload[idempotency_key]")
        return cls(OutcomeKind.CONFLICT, record, "id used with another payload", [other], replayed=True)

    @classmethod
    def not_sent(cls, reason: str | Unavailable) -> Self:
        """Say that nothing was claimed."""
        wrong = reason.error if isinstance(reason, UnreadableRecord) else NOT_SENT_NOW
        return cls(OutcomeKind.NOT_SENT, None, str(reason), [wrong], again=True)

    def log(self, message_id: str, seconds: float) -> None:
        """Count an outcome by its kind, or as a duplicate if it is from a record, and log one line with its seconds."""
        count(Metric.DUPLICATE if self.replayed else Metric[self.kind.name])
        if self.answer_kind in _OUR_FAULTS:
            count(Metric[self.answer_kind.name])
        if self.kind is OutcomeKind.SENT and self.answer_kind is AnswerKind.SENT:
            return  # logged before the record step
        details = {
            "message_id": message_id,
            "omnimessage_id": self.record.omnimessage_id if self.record else None,
            "reason": self.reason,
            "seconds": seconds,
            **loggable(self.errors),
        }
        fine = self.replayed or self.kind in (OutcomeKind.SENT, OutcomeKind.EXPIRED, OutcomeKind.CANCELLED)
        (logger.info if fine else logger.warning)(self.kind.value, extra=details)


EXPIRED = Outcome(OutcomeKind.EXPIRED, None, "expired", [_EXPIRED])
OPTED_OUT = Outcome(OutcomeKind.REJECTED, None, "opted out", [_OPTED_OUT])
