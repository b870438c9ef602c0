"""The records of a run of send-many: what became of its messages, read from the table a hundred at a time."""

from collections.abc import Iterable
from itertools import batched
from pathlib import Path
from typing import Annotated, Any

import typer

from messente_rcs.records.expressions import decoded
from messente_rcs.records.table import read_batch
from rcs_cli.command import Rcs
from rcs_cli.files import is_pipe, run_name
from rcs_cli.problems import USAGE, Problem
from rcs_cli.side_by_side import side_by_side

MessageOption = Annotated[
    str | None, typer.Option("--message", help="JSON file with a message; the file is then a CSV of its placeholders.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="Name of this run, with which its keys begin; else the names of the files.")
]

_MOST = 100  # items that DynamoDB reads in one call


def named_run(file: str, message: str | None, name: str | None) -> str:
    """Name a run by its files; a file of people that gets two messages has two runs."""
    if name is not None and not name.strip():
        raise Problem("--name is empty.", USAGE)
    if name is None and is_pipe(file):
        raise Problem("A pipe has no name for the keys of its messages. Name the run with --name.", USAGE)
    names = [name] if name else [Path(each).name for each in (file, message) if each]
    return "+".join(map(run_name, names))  # no name has a plus then


def records_of(rcs: Rcs, keys: Iterable[str], *attributes: str) -> dict[str, dict[str, Any]]:
    """Read these attributes of the records, by their ids; a message that was not taken off the queue yet has none."""
    client, table = rcs.stack.client("dynamodb"), rcs.stack.output("TableName")
    names = {f"#{name}": name for name in ("id", *attributes)}
    options = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}

    def read(batch: tuple[str, ...]) -> list[dict[str, Any]]:
        return read_batch(client, table, [{"id": {"S": key}} for key in batch], rcs.world.sleep, **options)

    outcome = side_by_side(read, batched(keys, _MOST, strict=False))
    if outcome.problem:
        raise outcome.problem
    return {item["id"]: item for items in outcome.done.values() for item in map(decoded, items)}
