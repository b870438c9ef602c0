"""Plays Lambda's event source mapping of the stream, by AWS's documentation and the template's properties.

The emulator's own knows no partial batch responses of a stream. Here a batch that failed comes again as a whole.
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
    """Hands the records of a stream to a function."""

    def __init__(self, invoke: Callable[[dict[str, Any]], Any], size: int = SOURCE["BatchSize"]) -> None:
        self._invoke, self._size = invoke, size
        self._next = 0  # record of the stream

    def poll(self, stream: Sequence[Record]) -> bool:
        """Hand one batch over, as far as the stream goes; tell whether anything was there."""
        waiting = [(at, record) for at, record in enumerate(stream[self._next :], self._next) if passes(record)]
        batch = waiting[: self._size]
        if not batch:
            self._next = len(stream)
            return False
        done = self._done([record for _, record in batch])
        self._next = batch[done][0] if done < len(batch) else batch[-1][0] + 1
        return True

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
