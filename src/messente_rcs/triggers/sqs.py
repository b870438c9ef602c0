"""SQS: the records of a batch are sent side by side; only those that must come back are reported as failed.

EventBridge delivers through the queue too, so that its events wait out an outage as messages do.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from messente_rcs.message_id import is_message_id
from messente_rcs.messente import Meaning
from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.queues import SOON, QueueUnavailable, delay
from messente_rcs.send import Outcome, Result
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messente_rcs.app import App
    from messente_rcs.errors import Error

type Record = dict[str, Any]

# What a redelivery cannot help.
_DEAD = {Result.REJECTED: "rejected", Result.CONFLICT: "conflict"}


def handle(records: Sequence[Record], app: App, remaining: Callable[[], float]) -> dict[str, Any]:
    """Answer with the partial batch response `{"batchItemFailures": [{"itemIdentifier": messageId}]}`."""
    done = app.side_by_side(lambda record: _is_done(record, app, remaining), records)
    failed = [record["messageId"] for record, is_done in zip(records, done, strict=True) if not is_done]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: Record, app: App, remaining: Callable[[], float]) -> bool:
    message_id, payload = _unwrap(record)
    try:
        submission = app.parse(payload)
        message_id = submission.key or message_id
        outcome = app.send(message_id, submission, remaining, whole=False, patient=_receives(record) > SOON)
        return _settle(record, message_id, outcome, app)
    except InvalidPayload as invalid:
        return _bury(record, invalid.key or message_id, "invalid", invalid.errors, app)
    except Exception as defect:  # noqa: BLE001 - one record's defect must not touch the rest of the batch
        # The text of an unforeseen exception may carry the payload; its type does not.
        logger.error("record failed", extra={"message_id": message_id, "reason": type(defect).__name__})
        return False


def _unwrap(record: Record) -> tuple[str, object]:
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


def _settle(record: Record, message_id: str, outcome: Outcome, app: App) -> bool:
    if reason := _DEAD.get(outcome.result):
        return _bury(record, message_id, reason, outcome.errors, app)
    if outcome.again:
        _postpone(record, message_id, outcome, app)
    return not outcome.again


def _bury(record: Record, message_id: str, reason: str, errors: Sequence[Error], app: App) -> bool:
    try:
        app.queues.bury(record["body"], message_id, reason, errors)
    except QueueUnavailable as unavailable:
        logger.warning("not buried", extra={"message_id": message_id, "reason": str(unavailable)})
        return False
    return True


def _postpone(record: Record, message_id: str, outcome: Outcome, app: App) -> None:
    seconds = delay(_receives(record), outcome.retry_after, soon=outcome.meaning is Meaning.THROTTLED)
    try:
        app.queues.postpone(record["receiptHandle"], seconds)
    except QueueUnavailable as unavailable:
        # It comes back all the same, when the queue's own visibility timeout ends.
        logger.warning("not postponed", extra={"message_id": message_id, "reason": str(unavailable)})


def _receives(record: Record) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])
