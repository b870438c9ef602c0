"""SQS: the records of a batch are sent side by side; only those that must come back are reported as failed.

EventBridge delivers through the queue too, so that its events wait out an outage as messages do.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from messente_rcs.aws.queues import DeadLetter, Queues, QueueUnavailable, failures
from messente_rcs.errors import reason_of
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import Submission
from messente_rcs.sending.pacing import queue_delay
from messente_rcs.sending.send import Attempt, Sender
from messente_rcs.telemetry import Metric, logger, observe
from messente_rcs.triggers.envelopes import FINAL, INVALID, dead_letter, log_invalid, opened, unwrap
from messente_rcs.triggers.http import warm_up

type _Read = Attempt | DeadLetter | bool  # or whether a record with nothing to do is done


@dataclass(eq=False)
class Sqs:
    """Takes batches from the queue; `threads` work on the messages of one."""

    parse: Callable[[object], Submission]
    sender: Sender
    queues: Queues
    threads: Executor

    def handle(self, records: Sequence[Any], remaining: Callable[[], float]) -> dict[str, Any]:
        """Answer with the partial batch response `{"batchItemFailures": [{"itemIdentifier": messageId}]}`."""
        read = [self._read(record, remaining) for record in records]
        attempts = [each for each in read if isinstance(each, Attempt)]
        listing = self.sender.listing([each.submission for each in attempts])
        for attempt in attempts:
            attempt.listing = listing
        side_by_side: Callable[..., Iterable[bool]] = self.threads.map if len(read) > 1 else map
        done = side_by_side(self._is_done, records, read)
        return failures([record for record, is_done in zip(records, done, strict=True) if not is_done])

    def _read(self, record: dict[str, Any], remaining: Callable[[], float]) -> _Read:
        body, message_id = record["body"], f"sqs:{record['messageId']}"
        try:
            given = opened(body)
            if warm_up(given):
                return True
            message_id, payload = unwrap(given, message_id)
            submission = self.parse(payload)
            receives = int(record["attributes"]["ApproximateReceiveCount"])
            return Attempt(submission.key or message_id, submission, remaining, receives=receives)
        except InvalidPayload as invalid:
            message_id = invalid.key or message_id
            log_invalid("sqs", message_id, invalid.errors)
            return DeadLetter(body, message_id, INVALID, invalid.errors, record["attributes"].get("MessageGroupId"))
        except Exception as defect:  # noqa: BLE001 - one record's defect must not touch the rest of the batch
            return _failed(message_id, defect)

    def _is_done(self, record: dict[str, Any], read: _Read) -> bool:
        if isinstance(read, bool):
            return read
        try:
            if isinstance(read, DeadLetter):
                dead_letter(self.queues, read)
                return True
            outcome = self.sender.send(read)
            if outcome.again or not outcome.recorded:  # not recorded: it comes back, and finds a dead claim in the end
                delay = queue_delay(read.receives or 1, outcome.answer_kind, outcome.retry_after)
                self._defer(read.message_id, record["receiptHandle"], delay)
                observe(Metric.OLDEST_DEFERRED, self.sender.clock() - int(record["attributes"]["SentTimestamp"]) / 1000)
                return False
            if outcome.kind in FINAL:
                reason, group = outcome.kind.value, record["attributes"].get("MessageGroupId")
                dead_letter(self.queues, DeadLetter(record["body"], read.message_id, reason, outcome.errors, group))
        except QueueUnavailable:
            return False
        except Exception as defect:  # noqa: BLE001 - the same
            return _failed(read.message_id, defect)
        return True

    def _defer(self, message_id: str, receipt_handle: str, seconds: int) -> None:
        try:
            self.queues.defer(receipt_handle, seconds)
        except QueueUnavailable as unavailable:
            # It comes back all the same, when the queue's own visibility timeout ends.
            logger.warning("not deferred", extra={"message_id": message_id, "reason": str(unavailable)})


def _failed(message_id: str, defect: Exception) -> bool:
    logger.error("record failed", extra={"message_id": message_id, "reason": reason_of(defect)})
    return False
