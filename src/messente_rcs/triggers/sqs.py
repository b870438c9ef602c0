"""SQS: the records of a batch are sent side by side; only those that must come back are reported as failed.

EventBridge delivers through the queue too, so that its events wait out an outage as messages do.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.queues import DeadLetter, QueueUnavailable
from messente_rcs.errors import MISSING, error
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.sending.pacing import queue_delay
from messente_rcs.sending.send import Budget
from messente_rcs.telemetry import logger
from messente_rcs.triggers.envelopes import INVALID, REASONS, dead_letter, log_invalid, opened, unwrap
from messente_rcs.triggers.kinds import is_warm_up
from messente_rcs.triggers.kinds import sqs_id as name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from messente_rcs.aws.queues import Queues
    from messente_rcs.inbound.opt_outs import Listing
    from messente_rcs.payload.submission import Submission
    from messente_rcs.sending.outcome import Outcome
    from messente_rcs.sending.send import Sender

TRIGGER = "sqs"

_COUNT = re.compile(r"[0-9]{1,6}")

# How a record is named to Lambda that has no name: it makes Lambda deliver the whole batch again.
_NAMELESS = ""


@dataclass(frozen=True, slots=True)
class _Queued:
    """A record of the queue."""

    body: str
    sqs_id: str
    receives: int
    receipt_handle: str | None
    group: str | None  # MessageGroupId


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message of the queue that is valid, and may be sent."""

    queued: _Queued
    message_id: str
    submission: Submission


type _Taken = _Ready | bool  # what is to be sent; or whether a record with nothing to send is done


class Sqs:
    """Takes batches from the queue; `threads` work on the messages of one."""

    def __init__(
        self, parse: Callable[[object], Submission], sender: Sender, queues: Queues, threads: Executor
    ) -> None:
        self._parse = parse
        self._sender = sender
        self._queues = queues
        self._threads = threads

    def handle(self, records: Sequence[object], remaining: Callable[[], float]) -> dict[str, Any]:
        """Answer with the partial batch response `{"batchItemFailures": [{"itemIdentifier": messageId}]}`."""
        read = [self._take(record) for record in records]
        listing = self._sender.listing([each.submission for each in read if isinstance(each, _Ready)])
        if len(read) == 1:
            done = [self._is_done(read[0], remaining, listing)]
        else:
            done = list(self._threads.map(lambda each: self._is_done(each, remaining, listing), read))
        failed = [name_of(record) or _NAMELESS for record, is_done in zip(records, done, strict=True) if not is_done]
        return {"batchItemFailures": [{"itemIdentifier": sqs_id} for sqs_id in failed]}

    def _take(self, record: object) -> _Taken:
        queued = _read(record)
        if queued is None:
            return self._put_odd_aside(record)
        message_id = f"sqs:{queued.sqs_id}"
        try:
            given = opened(queued.body)
            if is_warm_up(given):
                logger.info("warm-up")
                return True
            message_id, payload = unwrap(given, message_id)
            submission = self._parse(payload)
            return _Ready(queued, submission.key or message_id, submission)
        except InvalidPayload as invalid:
            log_invalid(TRIGGER, invalid.key or message_id, invalid.errors)
            letter = DeadLetter(queued.body, invalid.key or message_id, INVALID, invalid.errors, queued.group)
            return self._dead_letter(letter)
        except Exception as defect:  # noqa: BLE001 - one record's defect must not touch the rest of the batch
            return _failed(message_id, defect)

    def _is_done(self, read: _Taken, remaining: Callable[[], float], listing: Listing) -> bool:
        if isinstance(read, bool):
            return read
        queued, message_id = read.queued, read.message_id
        try:
            outcome = self._sender.send(
                message_id, read.submission, Budget(remaining, receives=queued.receives), listing
            )
            return self._settle(queued, message_id, outcome)
        except Exception as defect:  # noqa: BLE001 - the same
            return _failed(message_id, defect)

    def _put_odd_aside(self, record: object) -> bool:
        """Let a record without a body come back. One that Lambda cannot be told the name of becomes a dead letter."""
        if sqs_id := name_of(record):
            logger.error("record failed", extra={"message_id": f"sqs:{sqs_id}", "reason": "no body"})
            return False
        message_id, nameless = f"sqs:{uuid.uuid4()}", [error(MISSING, "The record of the queue has no messageId")]
        log_invalid(TRIGGER, message_id, nameless)
        body = record.get("body") if isinstance(record, dict) else None
        body = body if isinstance(body, str) else json.dumps(record)
        return self._dead_letter(DeadLetter(body, message_id, INVALID, nameless))

    def _settle(self, queued: _Queued, message_id: str, outcome: Outcome) -> bool:
        if outcome.again or not outcome.recorded:  # what is not recorded comes back, and finds a dead claim in the end
            self._postpone(queued, message_id, outcome)
            return False
        if reason := REASONS.get(outcome.kind):
            return self._dead_letter(DeadLetter(queued.body, message_id, reason, outcome.errors, queued.group))
        return True

    def _dead_letter(self, letter: DeadLetter) -> bool:
        try:
            dead_letter(self._queues, letter)
        except QueueUnavailable:
            return False
        return True

    def _postpone(self, queued: _Queued, message_id: str, outcome: Outcome) -> None:
        if queued.receipt_handle is None:
            return
        seconds = queue_delay(queued.receives, outcome.answer_kind, outcome.retry_after)
        try:
            self._queues.postpone(queued.receipt_handle, seconds)
        except QueueUnavailable as unavailable:
            # It comes back all the same, when the queue's own visibility timeout ends.
            logger.warning("not postponed", extra={"message_id": message_id, "reason": str(unavailable)})


def _failed(message_id: str, defect: Exception) -> bool:
    # The text of an unforeseen exception may carry the payload; its type does not.
    logger.error("record failed", extra={"message_id": message_id, "reason": type(defect).__name__})
    return False


def _read(record: object) -> _Queued | None:
    """Read a record; None if it lacks what no record of SQS lacks."""
    match record:
        case {"messageId": str() as sqs_id, "body": str() as body, **rest} if sqs_id:
            handle = rest.get("receiptHandle")
            attributes = rest.get("attributes")
            handle = handle if isinstance(handle, str) else None
            return _Queued(body, sqs_id, _receives(attributes), handle, _group(attributes))
    return None


def _group(attributes: object) -> str | None:
    match attributes:
        case {"MessageGroupId": str() as group}:
            return group
    return None


def _receives(attributes: object) -> int:
    match attributes:
        case {"ApproximateReceiveCount": str() as count} if _COUNT.fullmatch(count):
            return int(count)
    return 1
