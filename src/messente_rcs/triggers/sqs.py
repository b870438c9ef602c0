"""SQS: the records of a batch are sent side by side; only those that must come back are reported as failed.

EventBridge delivers through the queue too, so that its events wait out an outage as messages do.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from messente_rcs.aws.queues import DeadLetter, Queues, QueueUnavailable, failures, sqs_id
from messente_rcs.errors import MISSING, error, reason_of
from messente_rcs.inbound.opt_outs import Listing
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import Submission
from messente_rcs.sending.pacing import queue_delay
from messente_rcs.sending.send import Attempt, Sender
from messente_rcs.telemetry import logger
from messente_rcs.triggers.envelopes import FINAL, INVALID, dead_letter, log_invalid, opened, unwrap
from messente_rcs.triggers.http import warm_up


@dataclass(frozen=True, slots=True)
class _Ready:
    """A valid message, and the record that it came in."""

    message_id: str
    submission: Submission
    record: dict[str, Any]


type _Taken = _Ready | DeadLetter | bool  # or whether a record with nothing to do is done


@dataclass(eq=False)
class Sqs:
    """Takes batches from the queue; `threads` work on the messages of one."""

    parse: Callable[[object], Submission]
    sender: Sender
    queues: Queues
    threads: Executor

    def handle(self, records: Sequence[object], remaining: Callable[[], float]) -> dict[str, Any]:
        """Answer with the partial batch response `{"batchItemFailures": [{"itemIdentifier": messageId}]}`."""
        read = [self._take(record) for record in records]
        listing = self.sender.listing([each.submission for each in read if isinstance(each, _Ready)])
        if len(read) == 1:
            done = [self._is_done(read[0], remaining, listing)]
        else:
            done = list(self.threads.map(lambda each: self._is_done(each, remaining, listing), read))
        return failures([record for record, is_done in zip(records, done, strict=True) if not is_done])

    def _take(self, record: Any) -> _Taken:
        match record:
            case {"messageId": str() as name, "body": str() as body} if name:
                message_id = f"sqs:{name}"
            case _:
                return _odd(record)
        try:
            given = opened(body)
            if warm_up(given):
                return True
            message_id, payload = unwrap(given, message_id)
            submission = self.parse(payload)
            return _Ready(submission.key or message_id, submission, record)
        except InvalidPayload as invalid:
            message_id = invalid.key or message_id
            log_invalid("sqs", message_id, invalid.errors)
            return DeadLetter(body, message_id, INVALID, invalid.errors, _attribute(record, "MessageGroupId"))
        except Exception as defect:  # noqa: BLE001 - one record's defect must not touch the rest of the batch
            return _failed(message_id, reason_of(defect))

    def _is_done(self, read: _Taken, remaining: Callable[[], float], listing: Listing) -> bool:
        if isinstance(read, bool):
            return read
        try:
            if isinstance(read, DeadLetter):
                dead_letter(self.queues, read)
                return True
            receives = int(_attribute(read.record, "ApproximateReceiveCount") or 1)
            attempt = Attempt(read.message_id, read.submission, remaining, receives=receives, listing=listing)
            outcome = self.sender.send(attempt)
            if outcome.again or not outcome.recorded:  # not recorded: it comes back, and finds a dead claim in the end
                self._defer(read, queue_delay(receives, outcome.answer_kind, outcome.retry_after))
                return False
            if outcome.kind in FINAL:
                body, group = read.record["body"], _attribute(read.record, "MessageGroupId")
                dead_letter(self.queues, DeadLetter(body, read.message_id, outcome.kind.value, outcome.errors, group))
        except QueueUnavailable:
            return False
        except Exception as defect:  # noqa: BLE001 - the same
            return _failed(read.message_id, reason_of(defect))
        return True

    def _defer(self, read: _Ready, seconds: int) -> None:
        if not (handle := read.record.get("receiptHandle")):
            return
        try:
            self.queues.defer(handle, seconds)
        except QueueUnavailable as unavailable:
            # It comes back all the same, when the queue's own visibility timeout ends.
            logger.warning("not deferred", extra={"message_id": read.message_id, "reason": str(unavailable)})


def _odd(record: object) -> _Taken:
    """Let a record without a body come back. One that Lambda cannot be told the name of becomes a dead letter."""
    if name := sqs_id(record):
        return _failed(f"sqs:{name}", "no body")
    message_id, nameless = f"sqs:{uuid.uuid4()}", [error(MISSING, "The record of the queue has no messageId")]
    log_invalid("sqs", message_id, nameless)
    body = record.get("body") if isinstance(record, dict) else None
    return DeadLetter(body if isinstance(body, str) else json.dumps(record), message_id, INVALID, nameless)


def _attribute(record: dict[str, Any], name: str) -> str | None:
    attributes = record.get("attributes")
    return attributes.get(name) if isinstance(attributes, dict) else None


def _failed(message_id: str, reason: str) -> bool:
    logger.error("record failed", extra={"message_id": message_id, "reason": reason})
    return False
