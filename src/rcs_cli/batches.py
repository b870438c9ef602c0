"""Many messages in batches: into the queue, ten a call, and their records out of the table, a hundred a call."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import Any

from messente_rcs.aws.queues import LARGEST, escaped
from messente_rcs.errors import INVALID, error
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.records.record import Record, UnreadableRecord
from rcs_cli.command import Rcs
from rcs_cli.problems import NoAnswer, Problem, may_be_done
from rcs_cli.side_by_side import side_by_side

_MOST, _MOST_READ = 10, 100  # messages that SQS takes in one call, and items that DynamoDB reads in one
_LONGEST_GROUP = 128  # characters
_NOT_READ: dict[str, Any] = {"to": "", "channels": [], "payload_hash": "", "revision": 0, "owner": ""}  # of a record
_PAUSES = (0, 0.5, 1, 2, 4, 8)  # seconds before each call for the same messages


def body(payload: Mapping[str, Any]) -> str:
    """Write a payload for the queue. A character that SQS refuses is escaped, so that the function reads it."""
    written = escaped(json.dumps(payload, ensure_ascii=False))
    if len(written.encode()) > LARGEST:
        why = "The message has more than 1 MiB, which is the most that the queue takes."
        raise InvalidPayload([error(INVALID, why)])
    return written


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


def fill(
    rcs: Rcs, group: str, lines: Iterable[Line], progress: Callable[[Sequence[Line]], None] = lambda _: None
) -> Queued:
    """Queue all lines; `progress` gets those of each call. Ctrl-C ends it with what is known by then.

    All messages of a run share a group, so that SQS lets other messages pass a long run.
    """
    put = partial(rcs.stack.client("sqs").send_message_batch, QueueUrl=rcs.stack.output("QueueUrl"))
    taken, batches = Queued(), list(_batches(lines))
    outcome = side_by_side(lambda batch: _send(rcs, batch, group[:_LONGEST_GROUP], put, taken), batches, progress)
    queued = Queued(set(taken.done), dict(taken.failed), stopped=outcome.problem)
    for place, failure in sorted(outcome.failed.items()):
        if may_be_done(failure):
            told = queued.done | queued.failed.keys()
            queued.unknown += [line.number for line in batches[place] if line.number not in told]
    return queued


def _send(rcs: Rcs, batch: Sequence[Line], group: str, put: Callable[..., Any], taken: Queued) -> None:
    left, codes = {str(line.number): line for line in batch}, dict[str, str]()
    for pause in _PAUSES:
        rcs.world.sleep(pause)
        ten = [{"Id": name, "MessageBody": body(line.payload), "MessageGroupId": group} for name, line in left.items()]
        answer = put(Entries=ten)
        for each in answer.get("Successful", []):
            taken.done.add(left.pop(each["Id"]).number)
        for each in answer.get("Failed", []):
            codes[each["Id"]] = each["Code"]
            if each.get("SenderFault"):
                taken.failed[left.pop(each["Id"]).number] = each["Code"]
        if not left:
            return
    taken.failed.update({line.number: codes[name] for name, line in left.items() if name in codes})
    if left.keys() - codes.keys():
        raise NoAnswer("SQS did not say what became of some messages.")


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Group lines by what one call takes."""
    batch, size = list[Line](), 0
    for line in lines:
        more = len(body(line.payload).encode())
        if len(batch) == _MOST or size + more > LARGEST:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += more
    if batch:
        yield batch


def records_of(rcs: Rcs, keys: Iterable[str], *attributes: str) -> dict[str, dict[str, Any]]:
    """Read these attributes of the records, by their ids; a message that was not taken off the queue yet has none."""
    from messente_rcs.records.expressions import decoded  # noqa: PLC0415 - imports boto3, and takes long
    from messente_rcs.records.table import read_batch  # noqa: PLC0415 - the same

    client, table = rcs.stack.client("dynamodb"), rcs.stack.output("TableName")
    names = {f"#{name}": name for name in ("id", *attributes)}
    options = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}

    def read(batch: tuple[str, ...]) -> list[dict[str, Any]]:
        return read_batch(client, table, [{"id": {"S": key}} for key in batch], rcs.world.sleep, **options)

    outcome = side_by_side(read, batched(keys, _MOST_READ, strict=False))
    if outcome.problem:
        raise outcome.problem
    records = {item["id"]: item for items in outcome.done.values() for item in map(decoded, items)}
    for key, each in records.items():
        try:
            Record.of(_NOT_READ | {name: each[name] for name in names.values() if name in each})
        except UnreadableRecord:
            raise Problem(f"The item of {key} cannot be read: rcs show {key} says how to correct it.") from None
    return records
