"""SQS: the records of a batch are sent side by side; only those that must come back are reported as failed.

EventBridge delivers through the queue too, so that its events wait out an outage as messages do.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.queues import QueueUnavailable
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.sending.pacing import queue_delay
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from messente_rcs.errors import Error
    from messente_rcs.payload.submission import Submission
    from messente_rcs.queues import Queues
    from messente_rcs.sending.outcome import Outcome
    from messente_rcs.sending.send import Sender

type SqsRecord = dict[str, Any]

# What a redelivery cannot help.
_DEAD = {OutcomeKind.REJECTED: "rejected", OutcomeKind.CONFLICT: "conflict"}


class Sqs:
    """Takes batches from the queue; `threads` work on the messages of one."""

    def __init__(
        self, parse: Callable[[object], Submission], sender: Sender, queues: Queues, threads: Executor
    ) -> None:
        self._parse = parse
        self._sender = sender
        self._queues = queues
        self._threads = threads

    def handle(self, records: Sequence[SqsRecord], remaining: Callable[[], float]) -> dict[str, Any]:
        """Answer with the partial batch response `{"batchItemFailures": [{"itemIdentifier": messageId}]}`."""
        if len(records) == 1:
            done = [self._is_done(records[0], remaining)]
        else:
            done = list(self._threads.map(lambda record: self._is_done(record, remaining), records))
        failed = [record["messageId"] for record, is_done in zip(records, done, strict=True) if not is_done]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_done(self, record: SqsRecord, remaining: Callable[[], float]) -> bool:
        message_id, payload = _unwrap(record)
        try:
            submission = self._parse(payload)
            message_id = submission.key or message_id
            outcome = self._sender.send(message_id, submission, remaining, receives=_receives(record))
            return self._settle(record, message_id, outcome)
        except InvalidPayload as invalid:
            return self._dead_letter(record, invalid.key or message_id, "invalid", invalid.errors)
        except Exception as defect:  # noqa: BLE001 - one record's defect must not touch the rest of the batch
            # The text of an unforeseen exception may carry the payload; its type does not.
            logger.error("record failed", extra={"message_id": message_id, "reason": type(defect).__name__})
            return False

    def _settle(self, record: SqsRecord, message_id: str, outcome: Outcome) -> bool:
        if reason := _DEAD.get(outcome.kind):
            return self._dead_letter(record, message_id, reason, outcome.errors)
        if outcome.again:
            self._postpone(record, message_id, outcome)
        return not outcome.again

    def _dead_letter(self, record: SqsRecord, message_id: str, reason: str, errors: Sequence[Error]) -> bool:
        try:
            self._queues.dead_letter(record["body"], message_id, reason, errors)
        except QueueUnavailable as unavailable:
            logger.warning("not moved to dead letters", extra={"message_id": message_id, "reason": str(unavailable)})
            return False
        return True

    def _postpone(self, record: SqsRecord, message_id: str, outcome: Outcome) -> None:
        seconds = queue_delay(_receives(record), outcome.answer_kind, outcome.retry_after)
        try:
            self._queues.postpone(record["receiptHandle"], seconds)
        except QueueUnavailable as unavailable:
            # It comes back all the same, when the queue's own visibility timeout ends.
            logger.warning("not postponed", extra={"message_id": message_id, "reason": str(unavailable)})


def _unwrap(record: SqsRecord) -> tuple[str, object]:
    """Find the default id and the payload: the body, or the `detail` of an EventBridge event that it holds."""
    body = record["body"]
    if '"detail-type"' in body:
        with contextlib.suppress(ValueError, RecursionError):
            match json.loads(body):
                case {"detail-type": str(), "id": str() as event_id, "detail": detail} if is_message_id(
                    f"event:{event_id}"
                ):
                    return f"event:{event_id}", detail
    return "sqs:" + record["messageId"], body


def _receives(record: SqsRecord) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])
