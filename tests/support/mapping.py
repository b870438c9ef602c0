"""Plays Lambda's event source mapping of the stream, by AWS's documentation and the template's properties.

The emulator's own knows neither partial batch responses of a stream, nor halves of a batch, nor a number of attempts.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.template import properties
from tests.support.world import Crash

type Record = dict[str, Any]

SOURCE: dict[str, Any] = properties("PublishFunction")["Events"]["Changed"]["Properties"]
PATTERN = json.loads(SOURCE["FilterCriteria"]["Filters"][0]["Pattern"])
[LEFT_OUT] = PATTERN["dynamodb"]["NewImage"]["state"]["S"][0]["anything-but"]


def passes(record: Record) -> bool:
    """Tell whether the filter of the template lets a record of the stream through."""
    state = record["dynamodb"].get("NewImage", {}).get("state", {}).get("S")
    return record["eventName"] in PATTERN["eventName"] and state not in (None, LEFT_OUT)


class Mapping:
    """Hands the records of a stream to a function; `dead` has the sequence numbers of those that it gave up."""

    def __init__(
        self,
        invoke: Callable[[dict[str, Any]], Any],
        attempts: int = SOURCE["MaximumRetryAttempts"],
        size: int = SOURCE["BatchSize"],
    ) -> None:
        self._invoke = invoke
        self._most_attempts = attempts
        self._next = 0  # record of the stream
        self._size = self._whole = size
        self._attempts = 0
        self.dead: list[str] = []

    def poll(self, stream: Sequence[Record]) -> bool:
        """Hand one batch over, as far as the stream goes; tell whether anything was there."""
        waiting = [(at, record) for at, record in enumerate(stream[self._next :], self._next) if passes(record)]
        batch = waiting[: self._size]
        if not batch:
            self._next = len(stream)
            return False
        done = self._done([record for _, record in batch])
        if done == len(batch):
            self._go_on(batch[-1][0] + 1)
        elif done:
            self._go_on(batch[done][0])
        elif SOURCE["BisectBatchOnFunctionError"] and len(batch) > 1:
            self._size = len(batch) // 2
        else:
            self._attempts += 1
            if self._attempts > self._most_attempts:
                self.dead.append(batch[0][1]["dynamodb"]["SequenceNumber"])
                self._go_on(batch[0][0] + 1)
        return True

    def _go_on(self, at: int) -> None:
        self._next, self._size, self._attempts = at, self._whole, 0

    def _done(self, batch: list[Record]) -> int:
        """Invoke the function; return how many records are done, the first ones."""
        try:
            failures = self._invoke({"Records": batch})["batchItemFailures"]
        except (Exception, Crash):  # noqa: BLE001 - whatever it is, Lambda tries the whole batch again
            return 0
        names = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = [each["itemIdentifier"] for each in failures]
        if not set(failed) <= set(names):
            return 0
        return min(map(names.index, failed), default=len(batch))
