"""`replay`."""

from collections.abc import Callable

import typer

from messente_rcs.records.table import Keeping, Table
from rcs_cli.commands.dead_letters import LimitOption
from rcs_cli.letters import Letter, Of, queue_of
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import FAILED
from rcs_cli.replaying import Changes, Stays

app = typer.Typer(no_args_is_help=True, help="Publish again what was given up.")


@app.command()
@with_options
def changes(rcs: Rcs, *, limit: LimitOption = 1000) -> None:
    """Publish each message that a dead letter of changes names again, as the message is now.

    Its item is written once more with nothing changed but `updated_at` and `revision`, and the stream tells of that.
    """
    stack = rcs.stack
    client, name = stack.client("dynamodb"), stack.output("TableName")
    table = Table(client, name, Keeping(int(stack.parameter("RecordTtlDays"))), rcs.world.clock)
    _replay(rcs, Of.CHANGES, Changes(client, name, table).replay, limit)


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
    stayed: dict[str, str] = {}
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        for letter in letters:
            try:
                again(letter)
            except Stays as why:
                stayed[letter.id] = str(why)
            else:
                queue.remove(letter)
    done = len(letters) - len(stayed)
    if rcs.output.as_json:
        rcs.output.json({"replayed": done, "stayed": [{"id": name, "why": reason} for name, reason in stayed.items()]})
    rcs.output.say(f"{done} of {len(letters)} dead letters were handed in again.")
    for name, reason in stayed.items():
        rcs.output.warn(f"{name}: stays, {reason}.")
    if stayed:
        raise typer.Exit(FAILED)
