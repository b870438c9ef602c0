"""The sending protocol: prepare, claim, POST once, record (src/docs/protocol.md "The steps")."""

import contextlib
import math
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from messente_rcs.errors import reason_of
from messente_rcs.inbound.opt_outs import Listing, look_up
from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.messente.api import Messente
from messente_rcs.messente.credentials import Credentials, CredentialsUnavailable
from messente_rcs.payload.submission import Submission
from messente_rcs.records.record import Record, State, TableUnavailable
from messente_rcs.records.table import Claim, ConditionFailed, Table
from messente_rcs.sending import pacing
from messente_rcs.sending.outcome import EXPIRED, OPTED_OUT, STATE_AFTER, Outcome, OutcomeKind, errors_of, may_resend
from messente_rcs.sending.outgoing import Rules, is_over, outgoing
from messente_rcs.telemetry import Metric, count, logger


@dataclass(slots=True)
class Attempt:
    """One attempt to send a submission, with the time and the deliveries that it may use."""

    message_id: str
    submission: Submission
    remaining: Callable[[], float]  # seconds until the attempt must be over
    end_of_invocation: Callable[[], float] | None = None  # seconds until Lambda ends this invocation, if that is later
    receives: int | None = None  # how often the queue has delivered the message; None: no queue delivers it again
    listing: Listing | None = None  # the opt-outs as last looked up; None: look them up before the next POST
    began: float = 0  # Unix seconds


@dataclass(eq=False)
class Sender:
    """Sends submissions."""

    table: Table
    messente: Messente
    rules: Rules
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def listing(self, submissions: Iterable[Submission]) -> Listing:
        """Look up, in one read, which recipients of several submissions opted out; each attempt is then given this."""
        return look_up(self.rules.opt_outs, submissions, self.clock())

    def send(self, attempt: Attempt) -> Outcome:
        """Take one submission through the protocol; log and count how it ended."""
        attempt.began = self.clock()
        outcome = self._take_through(attempt)
        outcome.log(attempt.message_id, self._seconds(attempt))
        return outcome

    def _seconds(self, attempt: Attempt) -> float:
        return round(self.clock() - attempt.began, 3)

    def _take_through(self, attempt: Attempt) -> Outcome:
        submission = attempt.submission
        try:
            credentials = self.messente.credentials.get()
            if is_over(submission, self.clock()):
                return self._end_unsent(attempt, EXPIRED)
            if self._is_opted_out(attempt):
                return self._end_unsent(attempt, OPTED_OUT)
            if attempt.remaining() < pacing.CLAIM_TIME + self.messente.longest + pacing.RECORD_TIME:
                return Outcome.not_sent("no time left to send")
            claim = self._claim(attempt)
        except (CredentialsUnavailable, TableUnavailable) as unavailable:
            return Outcome.not_sent(unavailable)
        if isinstance(claim, Outcome):
            return claim
        answer = self._post(attempt, claim, credentials)
        record, recorded = self._record(attempt, claim, answer)
        return Outcome.posted(record, submission, answer, recorded=recorded)

    def _end_unsent(self, attempt: Attempt, outcome: Outcome) -> Outcome:
        """Record a deadline or an opt-out, unless the id is taken: what was sent or is unknown stays so."""
        try:
            state = State(outcome.kind)
            record = self.table.end_unsent(attempt.message_id, attempt.submission, state, outcome.errors)
        except ConditionFailed as failed:
            return self._answer_from(failed.record, attempt, resend=False)
        if outcome is OPTED_OUT:
            count(Metric.OPT_OUT_BLOCKED)
        return replace(outcome, record=record)

    def _is_opted_out(self, attempt: Attempt) -> bool:
        """Look at the list, unless the last look was just now; raises TableUnavailable if it cannot be read."""
        now = self.clock()
        if attempt.listing is None or now - attempt.listing.read_at > pacing.LOOK_HOLDS:
            attempt.listing = look_up(self.rules.opt_outs, [attempt.submission], now)
        return attempt.listing.stops(attempt.submission)

    def _claim(self, attempt: Attempt) -> Claim | Outcome:
        submission = attempt.submission
        alive = (attempt.end_of_invocation or attempt.remaining)()
        lease_until = math.ceil(self.clock() + alive + pacing.LEASE_MARGIN)
        claim = Claim(attempt.message_id, uuid.uuid4().hex, lease_until, delivered_again=attempt.receives is not None)
        try:
            return self._take(claim, submission)
        except ConditionFailed as failed:
            answer = self._answer_from(failed.record, attempt)
        found = answer.record
        if found is None or answer.kind is not OutcomeKind.UNKNOWN or not may_resend(found, submission):
            return answer
        try:
            return self._take(replace(claim, ambiguous=True), submission, found)
        except ConditionFailed as failed:
            return Outcome.stored(failed.record, submission)

    def _take(self, claim: Claim, submission: Submission, unknown: Record | None = None) -> Claim:
        """Take the record; raises ConditionFailed unless it is ours then."""
        try:
            self.table.claim(claim, submission, unknown)
        except ConditionFailed as failed:
            # The SDK repeats a write whose answer was lost: then the claim that is in our way is our own.
            if failed.record is None or failed.record.owner != claim.owner:
                raise
        except TableUnavailable:
            # The claim may have been written although we were told that it failed. Nothing was sent.
            with contextlib.suppress(ConditionFailed, TableUnavailable):
                self.table.record_not_sent(claim, State.RETRYABLE, [])
            raise
        return claim

    def _answer_from(self, before: Record | None, attempt: Attempt, *, resend: bool = True) -> Outcome:
        """Answer from the record that a write has met, only for now if the owner of its claim may still be at work."""
        if before and before.payload_hash != attempt.submission.payload_hash:
            return Outcome.conflict(before)
        found = self.table.end_claim(before) if before else None
        look_again_in = None
        if before and found and found.state is State.UNKNOWN and found.lease_until is not None:
            called_so_by_us = before.state is State.CLAIMED
            owner_may_speak = called_so_by_us or self.clock() <= found.lease_until + pacing.CLOCK_TOLERANCE
            if owner_may_speak and attempt.receives is not None:
                look_again_in = pacing.CLOCK_TOLERANCE + pacing.LEASE_MARGIN
        return Outcome.stored(found, attempt.submission, resend=resend, look_again_in=look_again_in)

    def _post(self, attempt: Attempt, claim: Claim, credentials: Credentials) -> Answer:
        answer = self._post_at_its_pace(attempt, claim, credentials)
        if answer.kind is AnswerKind.UNAUTHORIZED and (newer := self.messente.credentials.replace(credentials)):
            return self._post_at_its_pace(attempt, claim, newer)
        return answer

    def _post_at_its_pace(self, attempt: Attempt, claim: Claim, credentials: Credentials) -> Answer:
        answer, repeats = self._post_once(attempt, claim, credentials), 0
        while (pause := pacing.pause(answer, repeats, attempt.receives)) is not None:
            if not self._has_time(attempt, pause):
                break
            self.sleep(pause)
            attempt.listing = None  # a stop word may have come meanwhile
            answer, repeats = self._post_once(attempt, claim, credentials), repeats + 1
        return answer

    def _post_once(self, attempt: Attempt, claim: Claim, credentials: Credentials) -> Answer:
        try:
            if self._is_opted_out(attempt):
                count(Metric.OPT_OUT_BLOCKED)
                return Answer(AnswerKind.REJECTED, "opted out after the claim", errors=OPTED_OUT.errors)
        except TableUnavailable as unavailable:
            return Answer(AnswerKind.NOT_ACCEPTED, str(unavailable))
        now = self.clock()
        if is_over(attempt.submission, now):
            return Answer(AnswerKind.EXPIRED, "expired after the claim", errors=EXPIRED.errors)
        if not self._has_time(attempt):
            return Answer(AnswerKind.NOT_ACCEPTED, "no time left after the claim")
        return self.messente.send(outgoing(claim.id, attempt.submission, self.rules.callback_url, now), credentials)

    def _has_time(self, attempt: Attempt, pause: float = 0) -> bool:
        return attempt.remaining() - pause >= self.messente.longest + pacing.RECORD_TIME

    def _record(self, attempt: Attempt, claim: Claim, answer: Answer) -> tuple[Record, bool]:
        """Write what came of the POST; return the record, and whether that could be done."""
        if answer.kind is AnswerKind.SENT:
            # Before the record step, which may hang or be killed: an acceptance is never without a trace.
            details = {"reason": answer.reason, "seconds": self._seconds(attempt)}
            logger.info(OutcomeKind.SENT.value, extra=_ids(claim.id, answer) | details)
        record = _as_told(attempt, claim, answer)
        try:
            return self._write(attempt, claim, answer) or record, True
        except ConditionFailed as failed:
            return failed.record or record, True
        except Exception as failure:  # noqa: BLE001 - whatever goes wrong after the POST must not cost the ids
            reason = reason_of(failure)
        # An accepted message whose ids could not be written must be found again. Ids are not private.
        count(Metric.UNRECORDED)
        details = {"state": record.state, "reason": reason}
        logger.error("outcome not recorded", extra=_ids(claim.id, answer) | details)
        return record, False

    def _write(self, attempt: Attempt, claim: Claim, answer: Answer) -> Record | None:
        match answer.kind:
            case AnswerKind.SENT:
                return self.table.record_sent(claim, answer, read_back=attempt.receives is None)  # shown to a caller
            case AnswerKind.UNKNOWN:
                return self.table.record_unknown(claim, answer)
        return self.table.record_not_sent(claim, STATE_AFTER[answer.kind], errors_of(answer))


def _as_told(attempt: Attempt, claim: Claim, answer: Answer) -> Record:
    """Make the record as it would be had it been written, as far as this attempt knows."""
    state, submission = STATE_AFTER[answer.kind], attempt.submission
    return Record(
        id=claim.id,
        state=State.UNKNOWN if claim.ambiguous and state is not State.SENT else state,
        to=submission.to,
        channels=submission.channels,
        tags=submission.tags or None,
        payload_hash=submission.payload_hash,
        messages=answer.messages,
        omnimessage_id=answer.omnimessage_id,
    )


def _ids(message_id: str, answer: Answer) -> dict[str, Any]:
    return {"message_id": message_id, "omnimessage_id": answer.omnimessage_id, "message_ids": sorted(answer.messages)}
