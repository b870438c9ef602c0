"""Many messages into the queue, ten a call. What the queue refuses for a moment is tried again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from messente_rcs.aws.queues import LARGEST, escaped
from rcs_cli.problems import Problem
from rcs_cli.side_by_side import side_by_side

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
    """What came of the lines, by their numbers: in the queue, refused with a code of SQS, or not known.

    A line is not known if the answer to its call did not come. `stopped` is why some lines were not sent to SQS.
    """

    done: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)
    stopped: Problem | None = None


@dataclass(frozen=True)
class Batches:
    """Fills a queue. All messages of a run share a group, so that SQS lets other messages pass a long run."""

    client: Any
    queue_url: str
    group: str
    sleep: Callable[[float], None]

    def fill(self, lines: Sequence[Line], progress: Callable[[Sequence[Line]], None] = lambda _: None) -> Queued:
        """Queue all lines; `progress` gets those of each call. Ctrl-C ends it with what is known by then."""
        taken, batches = Queued(), list(_batches(lines))
        outcome = side_by_side(lambda batch: self._send(batch, taken), batches, progress)
        queued = Queued(set(taken.done), dict(taken.failed), stopped=outcome.problem)
        told = queued.done | queued.failed.keys()
        for place, failure in sorted(outcome.failed.items()):
            if not _is_refusal(failure):
                queued.unknown += [line.number for line in batches[place] if line.number not in told]
        return queued

    def _send(self, batch: Sequence[Line], taken: Queued) -> None:
        left = {str(line.number): line for line in batch}
        codes: dict[str, str] = {}
        for number in range(_ROUNDS):
            if number:
                self.sleep(_FIRST_PAUSE * 2 ** (number - 1))
            entries = [
                {"Id": name, "MessageBody": body(line.payload), "MessageGroupId": self.group}
                for name, line in left.items()
            ]
            answer = self.client.send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            for each in answer.get("Successful", []):
                taken.done.add(left.pop(each["Id"]).number)
            for each in answer.get("Failed", []):
                codes[each["Id"]] = each["Code"]
                if each.get("SenderFault"):
                    taken.failed[left.pop(each["Id"]).number] = each["Code"]
            if not left:
                return
        taken.failed.update({line.number: codes.get(name, "NoAnswer") for name, line in left.items()})


def _is_refusal(failure: BaseException) -> bool:
    """Tell whether SQS answered that it took nothing of a call."""
    return isinstance(failure, ClientError) and (
        failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < _SERVERS
    )


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
