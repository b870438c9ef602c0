"""The table's stream: each change of a record becomes an event on the bus.

Lambda reads a stream in order, and delivers it again from the first change that is reported as failed. So a change that
the bus does not take for now holds up those behind it; one that can never be an event becomes a dead letter. An event
may come twice or out of order: its revision tells.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from messente_rcs.aws.bus import LARGEST, MOST, Bus, Put, PutKind
from messente_rcs.aws.queues import DeadLetter, Queues, QueueUnavailable
from messente_rcs.errors import reason_of
from messente_rcs.publishing import detail, written
from messente_rcs.records.record import UnreadableRecord
from messente_rcs.telemetry import logger

# Seconds that the events of one call may take: four attempts of botocore with their pauses, and our own two.
CALL_TIME = 20.0


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of the stream: where it stands there, whose it is, and its event, or why it can have none."""

    sequence: str
    message_id: str
    event: str | None
    reason: str = ""


@dataclass(eq=False)
class Changes:
    """Takes batches from the stream; what can never be an event goes to the dead-letter queue of `queues`."""

    bus: Bus
    queues: Queues
    with_recipient: bool

    def handle(self, records: Sequence[Mapping[str, Any]], remaining: Callable[[], float]) -> dict[str, Any]:
        """Answer with `{"batchItemFailures": [{"itemIdentifier": SequenceNumber}]}`, where the stream has to go on."""
        for group in batched(records, MOST, strict=False):
            changes = [self._read(record) for record in group]
            failed = changes[0] if remaining() < CALL_TIME else next(self._not_done(changes), None)
            if failed:
                return {"batchItemFailures": [{"itemIdentifier": failed.sequence}]}
        return {"batchItemFailures": []}

    def _read(self, record: Mapping[str, Any]) -> _Change:
        stream = record.get("dynamodb", {})
        sequence = stream.get("SequenceNumber", "")  # without one, Lambda delivers the whole batch again
        message_id = stream.get("Keys", {}).get("id", {}).get("S", "")
        try:
            told = detail(stream["NewImage"], stream.get("OldImage"), with_recipient=self.with_recipient)
            return _Change(sequence, message_id, written(told, LARGEST))
        except UnreadableRecord:
            return _Change(sequence, message_id, None, "unreadable")
        except Exception as defect:  # noqa: BLE001 - the same would come of it each time, and hold up all others
            return _Change(sequence, message_id, None, reason_of(defect))

    def _not_done(self, changes: Sequence[_Change]) -> Iterator[_Change]:
        """Publish changes, and yield those that have to come again."""
        answers = iter(self.bus.put([change.event for change in changes if change.event is not None]))
        for change in changes:
            put = Put(PutKind.REJECTED, change.reason) if change.event is None else next(answers)
            if put.kind is PutKind.TAKEN or (put.kind is PutKind.REJECTED and self._set_aside(change, put.reason)):
                continue
            logger.warning("not published", extra={"message_id": change.message_id, "reason": put.reason})
            yield change

    def _set_aside(self, change: _Change, reason: str) -> bool:
        """Make a change a dead letter that says whose it is and where in the stream it stands."""
        logger.error("never published", extra={"message_id": change.message_id, "reason": reason})
        body = json.dumps({"id": change.message_id, "SequenceNumber": change.sequence})
        try:
            self.queues.dead_letter(DeadLetter(body, change.message_id, reason, errors=[]))
        except QueueUnavailable:
            return False
        return True
