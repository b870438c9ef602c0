"""`replay`: publishes changes and inbound messages again that were given up.

To publish a change again, its item is written once more, and the stream tells of that. The function names the message
of a change in its dead letter. Lambda names a part of the stream, which the stream forgets after 24 h, but also the
time of that part. A message that was last written at that time is published again; one that was written since has had
a later event, which holds all that the lost one told.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import typer

from messente_rcs.records.record import State, timestamp
from messente_rcs.records.table import ConditionFailed, Keeping, Table, UnreadableRecord
from messente_rcs.triggers.envelopes import opened
from rcs_cli.commands.dead_letters import LimitOption, tell_stayed
from rcs_cli.letters import Letter, Of, Stays, attempt, queue_of
from rcs_cli.options import Rcs, with_options

app = typer.Typer(no_args_is_help=True, help="Publish changes or inbound messages again that were given up.")

_MARGIN = 60  # seconds by which the clocks of a function and of the stream may differ


@app.command()
@with_options
def changes(rcs: Rcs, *, limit: LimitOption = 1000) -> None:
    """Publish each message that a dead letter of changes names again, as the message is now.

    Its item is written once more with nothing changed but `updated_at` and `revision`, and the stream tells of that.
    """
    stack = rcs.stack
    client, name = stack.client("dynamodb"), stack.output("TableName")
    table = Table(client, name, Keeping(int(stack.parameter("RecordTtlDays"))), rcs.world.clock)
    _replay(rcs, Of.CHANGES, _Changes(client, name, table).replay, limit)


@app.command()
@with_options
def inbound(rcs: Rcs, *, limit: LimitOption = 1000) -> None:
    """Put the dead letters of inbound messages back into their queue, from which they are published."""
    url, client = rcs.stack.resources("AWS::SQS::Queue")["InboundQueue"], rcs.stack.client("sqs")

    def put_back(letter: Letter) -> None:
        client.send_message(QueueUrl=url, MessageBody=letter.body)

    _replay(rcs, Of.INBOUND, put_back, limit)


def _replay(rcs: Rcs, of: Of, again: Callable[[Letter], None], limit: int) -> None:
    """Hand each letter in again, and only then take it away."""
    queue = queue_of(rcs.stack, of)

    def replay(letter: Letter) -> None:
        again(letter)
        queue.remove(letter)

    with queue.read(limit) as letters:
        done, stayed = attempt(letters, replay)
    rcs.output.json({"replayed": len(done), "stayed": stayed})
    rcs.output.say(f"{len(done)} of {len(letters)} dead letters were handed in again.")
    tell_stayed(rcs, stayed)


class _Changes:
    """The table, whose items are written again."""

    def __init__(self, client: Any, name: str, table: Table) -> None:
        self._client = client
        self._name = name
        self._table = table

    def replay(self, letter: Letter) -> None:
        """Publish the messages of a letter again; raises Stays."""
        for message_id in self._ids(opened(letter.body)):
            self._touch(message_id)

    def _ids(self, body: object) -> Iterator[str]:
        match body:
            case {"id": str() as message_id, "SequenceNumber": _}:
                yield message_id
            case {"DDBStreamBatchInfo": {
                "approximateArrivalOfFirstRecord": str() as first, "approximateArrivalOfLastRecord": str() as last,
            }}:  # fmt: skip
                yield from self._written_between(_seconds(first) - _MARGIN, _seconds(last) + _MARGIN)
            case _:
                raise Stays("it names no change of a message")

    def _written_between(self, first: float, last: float) -> Iterator[str]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name,
            FilterExpression="updated_at >= :first AND updated_at <= :last",
            ExpressionAttributeValues={":first": {"S": timestamp(first)}, ":last": {"S": timestamp(last)}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from (item["id"]["S"] for item in page["Items"])

    def _touch(self, message_id: str) -> None:
        try:
            record = self._table.get(message_id)
            # What is gone has nothing to tell, and the outcome of a claim is published when it is written.
            if record and record.state is not State.CLAIMED:
                self._table.save(record, record)
        except ConditionFailed:
            return  # it was written at this moment, which is published
        except UnreadableRecord as unreadable:
            raise Stays(f"{unreadable}: rcs show {message_id} says how to correct it") from None


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        raise Stays("the time in it cannot be read") from None
