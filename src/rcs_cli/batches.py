"""Many messages into the queue, ten a call. What the queue refuses for a moment is tried again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.aws.queues import LARGEST, escaped
from rcs_cli.problems import INTERRUPTED, Problem, of_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


_MOST = 10  # messages that SQS takes in one call
_SERVERS = 500  # and above: the error is the server's, and it may have done what it was asked for
_ROUNDS = 6
_FIRST_PAUSE = 0.5  # seconds; each further one is twice as long


def body(payload: Mapping[str, Any]) -> str:
    """Write a payload for the queue. A character that SQS refuses is escaped, so that the function reads it."""
    return escaped(json.dumps(payload, ensure_ascii=False))


def is_too_large(payload: Mapping[str, Any]) -> bool:
    """Tell whether SQS would not take a payload."""
    return _size(payload) > LARGEST


def _size(payload: Mapping[str, Any]) -> int:
    return len(body(payload).encode())


@dataclass(frozen=True)
class Line:
    """A message of a file, and the number of the line at which it begins."""

    number: int
    key: str
    payload: dict[str, Any] = field(repr=False)


@dataclass
class Queued:
    """What came of it: how many are surely in the queue, which lines are not and why, and what ended it early.

    `is_open` says that more may be in the queue: the answer to the last call did not come.
    """

    done: int = 0
    failed: dict[int, str] = field(default_factory=dict)  # line -> code of SQS
    stopped: Problem | None = None
    is_open: bool = False


class Batches:
    """Fills a queue. All messages of a run share a group, so that SQS lets other messages pass a long run."""

    def __init__(self, client: Any, queue_url: str, group: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._group = group
        self._sleep = sleep

    def fill(self, lines: Sequence[Line], progress: Callable[[int], None]) -> Queued:
        """Queue all lines; `progress` is told how many a call was about. Ctrl-C ends it with what is known by then."""
        queued = Queued()
        try:
            for batch in _batches(lines):
                self._send(batch, queued)
                progress(len(batch))
        except ClientError as refusal:
            queued.stopped = of_aws(refusal)
            queued.is_open = refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVERS
        except BotoCoreError as failure:
            queued.stopped, queued.is_open = of_aws(failure), True
        except KeyboardInterrupt:
            queued.stopped, queued.is_open = Problem("Stopped.", INTERRUPTED), True
        return queued

    def _send(self, batch: Sequence[Line], queued: Queued) -> None:
        left = {str(line.number): line for line in batch}
        codes: dict[str, str] = {}
        for number in range(_ROUNDS):
            if number:
                self._sleep(_FIRST_PAUSE * 2 ** (number - 1))
            entries = [_entry(name, line, self._group) for name, line in left.items()]
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            for each in answer.get("Successful", []):
                del left[each["Id"]]
                queued.done += 1
            for each in answer.get("Failed", []):
                codes[each["Id"]] = each["Code"]
                if each.get("SenderFault"):
                    queued.failed[left.pop(each["Id"]).number] = each["Code"]
            if not left:
                return
        queued.failed |= {line.number: codes.get(name, "NoAnswer") for name, line in left.items()}


def _entry(name: str, line: Line, group: str) -> dict[str, Any]:
    return {"Id": name, "MessageBody": body(line.payload), "MessageGroupId": group}


def _batches(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Group lines by what one call takes."""
    for ten in batched(lines, _MOST, strict=False):
        batch: list[Line] = []
        size = 0
        for line in ten:
            more = _size(line.payload)
            if batch and size + more > LARGEST:
                yield batch
                batch, size = [], 0
            batch.append(line)
            size += more
        yield batch
