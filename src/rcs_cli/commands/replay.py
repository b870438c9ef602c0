"""`replay`: publishes dead letters again: changes, or inbound messages.

To publish a change again, its item is written once more, and the stream tells of that. The function names the message
of a change in its dead letter. Lambda names a part of the stream, which the stream forgets after 24 h, but also the
time of that part. A message that was last written at that time is published again; one that was written since has had
a later event, which holds all that the lost one told.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import typer

from messente_rcs.records.record import State, UnreadableRecord, timestamp
from messente_rcs.records.table import ConditionFailed, Table
from messente_rcs.settings import RecordSettings
from messente_rcs.triggers.envelopes import opened
from rcs_cli.command import Command, Rcs
from rcs_cli.letters import Letter, LimitOption, Of, Stays, attempt, queue_of
from rcs_cli.options import Group
from rcs_cli.stack import Stack

replay = typer.Typer(cls=Group, no_args_is_help=True)

_MARGIN = timedelta(seconds=60)  # by which the clocks of a function and of the stream may differ


@replay.command(cls=Command)
def changes(rcs: Rcs, *, limit: LimitOption = 1000) -> None:
    """Publish each message that a dead letter of changes names again, as the message is now.

    Its item is written once more with nothing changed but `updated_at` and `revision`, and the stream tells of that.
    """
    stack = rcs.stack
    days = int(stack.parameter("RecordTtlDays"))
    settings = RecordSettings(table_name=stack.output("TableName"), record_ttl_days=days)
    table = Table(stack.client("dynamodb"), settings, rcs.world.clock)

    def publish(letter: Letter) -> None:
        for message_id in _changed(stack, opened(letter.body)):
            _write_again(table, message_id)

    _replay(rcs, Of.CHANGES, publish, limit)


@replay.command(cls=Command)
def inbound(rcs: Rcs, *, limit: LimitOption = 1000) -> None:
    """Put the dead letters of inbound messages back into their queue, from which they are published."""
    url, client = rcs.stack.resource("InboundQueue"), rcs.stack.client("sqs")
    _replay(rcs, Of.INBOUND, lambda letter: client.send_message(QueueUrl=url, MessageBody=letter.body), limit)


def _replay(rcs: Rcs, of: Of, publish: Callable[[Letter], None], limit: int) -> None:
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        replays = attempt(queue, letters, publish)
        rcs.output.say(f"{len(replays.done)} of {len(letters)} dead letters were replayed and deleted.")
        replays.end(rcs, more=len(letters) == limit, replayed=len(replays.done))


def _changed(stack: Stack, body: object) -> Iterator[str]:
    match body:
        case {"id": str() as message_id, "SequenceNumber": _}:
            yield message_id
        case {"DDBStreamBatchInfo": {
            "approximateArrivalOfFirstRecord": str() as first, "approximateArrivalOfLastRecord": str() as last,
        }}:  # fmt: skip
            begin, end = datetime.fromisoformat(first) - _MARGIN, datetime.fromisoformat(last) + _MARGIN
            times = {":first": timestamp(begin.timestamp()), ":last": timestamp(end.timestamp())}
            pages = stack.client("dynamodb").get_paginator("scan").paginate(
                TableName=stack.output("TableName"),
                FilterExpression="updated_at >= :first AND updated_at <= :last",
                ExpressionAttributeValues={name: {"S": each} for name, each in times.items()},
                ConsistentRead=True,
            )  # fmt: skip
            yield from (item["id"]["S"] for page in pages for item in page["Items"])
        case _:
            raise Stays("it names no change of a message")


def _write_again(table: Table, message_id: str) -> None:
    try:
        record = table.get(message_id)
        # A deleted item has nothing to publish, and the outcome of a claim is published when it is written.
        if record and record.state is not State.CLAIMED:
            table.save(record, record)
    except ConditionFailed:
        return  # it was written at this moment, which is published
    except UnreadableRecord as unreadable:
        raise Stays(f"{unreadable}: rcs show {message_id} says how to correct it") from None
