"""The sending protocol: prepare, claim, POST once, record. At most one POST that Messente could have accepted.

prepare   everything that can fail without harm; nothing is written before it is done
claim     one conditional write; whoever gets it may POST, once
POST      what was certainly not sent may be repeated: a 401 or 403 with a new password, a 429 after a pause
record    what came of it; a crash from the claim on leaves *claimed*, which time turns into *unknown*
"""

from __future__ import annotations

import contextlib
import random
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messente_rcs.credentials import CredentialsUnavailable
from messente_rcs.errors import INVALID, SERVER_ERROR, Error, error
from messente_rcs.messente import Answer, Meaning
from messente_rcs.table import Claim, Item, Occupied, State, TableUnavailable
from messente_rcs.telemetry import count, logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.credentials import CredentialCache, Credentials
    from messente_rcs.messente import Messente
    from messente_rcs.payload.submission import Submission
    from messente_rcs.table import Returns, Table

MAX_RESENDS = 2  # how often `on_unknown: resend` may follow a lost answer: three acceptances at the very worst
CLAIM_TIME = 3.0  # seconds that a claim may take, with the SDK's retries
RECORD_TIME = 2.0  # seconds kept free for the record step
LEASE_MARGIN = 2.0  # seconds by which a lease outlives its invocation
FIRST_PAUSE = 0.25  # seconds after a 429, less up to half of it by chance; each further pause is longer by PAUSE_GROWTH
PAUSE_GROWTH = 1.5


class Result(StrEnum):
    """How a submission ended, as far as its sender must know."""

    SENT = "sent"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"  # come back later
    IN_PROGRESS = "in_progress"  # somebody else is on it; come back later
    CONFLICT = "conflict"  # the id belongs to another payload


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a submission. `item` is its record as far as it is known; `reason` is safe to log."""

    result: Result
    item: Item
    reason: str = ""
    errors: list[Error] = field(default_factory=list)
    replayed: bool = False  # from the record; this call did not POST
    again: bool = False  # the same submission, handed in again, may have another outcome
    retry_after: float | None = None  # seconds that Messente asked for
    meaning: Meaning | None = None  # of this call's POST


_STATE_AFTER = {
    Meaning.REJECTED: State.REJECTED,
    Meaning.UNAUTHORIZED: State.RETRYABLE,
    Meaning.MISCONFIGURED: State.RETRYABLE,
    Meaning.THROTTLED: State.RETRYABLE,
    Meaning.NOT_SENT: State.RETRYABLE,
    Meaning.UNKNOWN: State.UNKNOWN,
}

_RESULT_OF = {
    State.CLAIMED: Result.IN_PROGRESS,
    State.SENT: Result.SENT,
    State.REJECTED: Result.REJECTED,
    State.RETRYABLE: Result.NOT_SENT,
    State.UNKNOWN: Result.UNKNOWN,
    State.EXPIRED: Result.EXPIRED,
    State.CANCELLED: Result.CANCELLED,
}


class Sender:
    """Sends submissions. Reports come to `callback_url`/{id}; empty leaves them to the account's default webhook."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        credentials: CredentialCache,
        table: Table,
        messente: Messente,
        callback_url: str = "",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = credentials
        self._table = table
        self._messente = messente
        self._callback_url = callback_url
        self._clock = clock
        self._sleep = sleep

    def send(
        self,
        message_id: str,
        submission: Submission,
        remaining: Callable[[], float],
        *,
        whole: bool = True,
        patient: bool = True,
    ) -> Outcome:
        """Take one submission through the protocol; `remaining` tells the seconds that this invocation still has.

        Unless the outcome's item must be the `whole` record, one that is sent has only what this attempt knows. Unless
        it is `patient`, what Messente wants to have later is left to the caller's Retry-After.
        """
        try:
            credentials = self._credentials.get()
            if submission.expires_at and submission.expires_at.timestamp() <= self._clock():
                return self._expire(message_id, submission)
            if remaining() < CLAIM_TIME + self._messente.longest + RECORD_TIME:
                return _not_sent(message_id, "no time left to send")
            claim = self._claim(message_id, submission, self._clock() + remaining() + LEASE_MARGIN)
        except (CredentialsUnavailable, TableUnavailable) as unavailable:
            return _not_sent(message_id, str(unavailable))
        if isinstance(claim, Outcome):
            return claim
        answer = self._post(claim, submission, credentials, remaining, patient=patient)
        return self._record(claim, submission, answer, whole=whole)

    def _expire(self, message_id: str, submission: Submission) -> Outcome:
        try:
            item = self._table.expire(message_id, submission)
        except Occupied as occupied:
            found = self._found(occupied.item, submission)
            # Not again because it might be resent: it will not be.
            return found if isinstance(found, Outcome) else _stored(found, submission, resend=False)
        late = error(INVALID, "The message was not sent: its deadline had passed", "payload[expires_at]")
        return Outcome(Result.EXPIRED, item, "expired", [late])

    def _claim(self, message_id: str, submission: Submission, lease_until: float) -> Claim | Outcome:
        claim = Claim(message_id, uuid.uuid4().hex)
        item = self._occupant(claim, lambda: self._table.claim(claim, submission, lease_until))
        if item is None:
            return claim
        found = self._found(item, submission)
        if isinstance(found, Outcome):
            return found
        if found.get("state") != State.UNKNOWN or not _may_resend(found, submission):
            return _stored(found, submission)
        lost, again = found, Claim(message_id, claim.owner, ambiguous=True)
        item = self._occupant(again, lambda: self._table.reclaim(again, submission, lease_until, lost))
        return again if item is None else _stored(item, submission)

    def _found(self, item: Item, submission: Submission) -> Item | Outcome:
        """Look at the record that stands in the way: another payload's is a conflict, an abandoned claim is lost."""
        if item.get("payload_hash") != submission.payload_hash:
            return _conflict(item)
        if item.get("state") == State.CLAIMED and item["lease_until"] <= self._clock():
            return self._lose(item)
        return item

    def _occupant(self, claim: Claim, take: Callable[[], None]) -> Item | None:
        """Take the record; return what stands in the way, or None when it is ours."""
        try:
            take()
        except Occupied as occupied:
            # The SDK repeats a write whose answer was lost: then the one that is in our way is our own.
            return None if occupied.item.get("owner") == claim.owner else occupied.item
        except TableUnavailable:
            self._release(claim)
            raise
        return None

    def _lose(self, item: Item) -> Item:
        try:
            lost = self._table.lose(item)
        except Occupied as occupied:
            return occupied.item
        count("Unknown")
        return lost

    def _release(self, claim: Claim) -> None:
        """Undo a claim that may have been written although we were told that it failed; nothing was sent."""
        with contextlib.suppress(Occupied, TableUnavailable):
            self._table.record_not_sent(claim, State.RETRYABLE, [])

    def _post(
        self,
        claim: Claim,
        submission: Submission,
        credentials: Credentials,
        remaining: Callable[[], float],
        *,
        patient: bool,
    ) -> Answer:
        omnimessage = submission.omnimessage
        if self._callback_url:
            # The one handle on a lost answer: the report names what the answer would have named.
            omnimessage = omnimessage | {"dlr_url": f"{self._callback_url}/{quote(claim.id, safe='')}"}
        answer = self._post_patiently(omnimessage, credentials, remaining, patient=patient)
        if answer.meaning is Meaning.UNAUTHORIZED and (other := self._credentials.replace(credentials)):
            return self._post_patiently(omnimessage, other, remaining, patient=patient)
        return answer

    def _post_patiently(
        self,
        omnimessage: dict[str, Any],
        credentials: Credentials,
        remaining: Callable[[], float],
        *,
        patient: bool,
    ) -> Answer:
        """POST, and again after a pause while Messente answers 429, as long as there is time for it.

        This slows a fleet that is faster than Messente's limit down to it. Put back into the queue instead, messages
        would wait there ever longer while the limit is left unused.
        """
        answer, longest = self._post_once(omnimessage, credentials, remaining), FIRST_PAUSE
        while answer.meaning is Meaning.THROTTLED and (patient or not answer.retry_after):
            pause = max(longest * random.uniform(0.5, 1), answer.retry_after or 0)  # noqa: S311 - no secret
            if remaining() - pause < self._messente.longest + RECORD_TIME:
                break
            self._sleep(pause)
            answer, longest = self._post_once(omnimessage, credentials, remaining), longest * PAUSE_GROWTH
        return answer

    def _post_once(
        self, omnimessage: dict[str, Any], credentials: Credentials, remaining: Callable[[], float]
    ) -> Answer:
        if remaining() < self._messente.longest + RECORD_TIME:
            return Answer(Meaning.NOT_SENT, "no time left after the claim")
        return self._messente.send(omnimessage, credentials)

    def _record(self, claim: Claim, submission: Submission, answer: Answer, *, whole: bool) -> Outcome:
        try:
            match answer.meaning:
                case Meaning.SENT:
                    returns: Returns = "ALL_NEW" if whole else "NONE"
                    item = self._table.record_sent(claim, answer, submission.goes_out_at, returns=returns)
                    item = item or _as_told(claim, submission, answer)
                case Meaning.UNKNOWN:
                    item = self._table.record_unknown(claim, answer)
                case _:
                    item = self._table.record_not_sent(claim, _STATE_AFTER[answer.meaning], answer.errors)
        except Occupied as occupied:
            item = occupied.item or _as_told(claim, submission, answer)
        except TableUnavailable as unavailable:
            item = _as_told(claim, submission, answer)
            _leave_a_trace(item, str(unavailable))
        except Exception as defect:  # noqa: BLE001 - whatever goes wrong after the POST must not cost the ids
            item = _as_told(claim, submission, answer)
            _leave_a_trace(item, type(defect).__name__)
        return _outcome(item, submission, answer)


def _may_resend(item: Item, submission: Submission) -> bool:
    return submission.on_unknown == "resend" and int(item.get("resends", 0)) < MAX_RESENDS


def _outcome(item: Item, submission: Submission, answer: Answer) -> Outcome:
    result = _RESULT_OF[item["state"]]
    again = result is Result.NOT_SENT or (
        result is Result.UNKNOWN and answer.meaning is not Meaning.REJECTED and _may_resend(item, submission)
    )
    return Outcome(
        result, item, answer.reason, answer.errors, again=again, retry_after=answer.retry_after, meaning=answer.meaning
    )


def _stored(item: Item, submission: Submission, *, resend: bool = True) -> Outcome:
    # A record that is gone, or free again, by the time we look is no obstacle for the next delivery.
    result = _RESULT_OF.get(item.get("state", ""), Result.NOT_SENT)
    again = result in (Result.NOT_SENT, Result.IN_PROGRESS)
    again = again or (result is Result.UNKNOWN and resend and _may_resend(item, submission))
    return Outcome(result, item, "already there", item.get("errors", []), replayed=True, again=again)


def _conflict(item: Item) -> Outcome:
    other = error(INVALID, "The message id was used before with another payload", "payload[idempotency_key]")
    return Outcome(Result.CONFLICT, item, "id used with another payload", [other], replayed=True)


def _not_sent(message_id: str, reason: str) -> Outcome:
    busy = error(SERVER_ERROR, "The message was not sent; it can be handed in again")
    return Outcome(Result.NOT_SENT, {"id": message_id}, reason, [busy], again=True)


def _as_told(claim: Claim, submission: Submission, answer: Answer) -> Item:
    """Say what the record says, or would say had it been written, as far as this attempt knows."""
    state = State.SENT if answer.meaning is Meaning.SENT else _STATE_AFTER[answer.meaning]
    return {
        "id": claim.id,
        "state": State.UNKNOWN if claim.ambiguous and state is not State.SENT else state,
        "to": submission.to,
        "messages": answer.messages,
    } | ({"omnimessage_id": answer.omnimessage_id} if answer.omnimessage_id else {})


def _leave_a_trace(item: Item, reason: str) -> None:
    # An accepted message whose ids could not be written must be found again. Ids are not private.
    count("Unrecorded")
    logger.error(
        "outcome not recorded",
        extra={
            "message_id": item["id"],
            "state": item["state"],
            "omnimessage_id": item.get("omnimessage_id"),
            "message_ids": sorted(item["messages"]),
            "reason": reason,
        },
    )
