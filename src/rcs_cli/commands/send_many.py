"""`send-many`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from messente_rcs.records.record import State
from rcs_cli.batches import Batches, Line, Queued
from rcs_cli.command import Rcs, command
from rcs_cli.files import is_pipe, listed, run_name
from rcs_cli.messages import check_file
from rcs_cli.problems import FAILED, USAGE, Problem

_LOOKED_AT = 10  # lines of a file whose records are looked at before the file is queued
_FREE = frozenset({State.REJECTED, State.RETRYABLE, State.EXPIRED})  # not sent, so the line may be corrected


@command
def send_many(
    rcs: Rcs,
    file: Annotated[str, typer.Argument(help="JSON lines, or CSV with the columns to and text.")],
    *,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of this run, with which its keys begin; else the name of the file."),
    ] = None,
) -> None:
    """Queue every message of a file; the same command again sends nothing twice.

    The message of line 7 in offer.csv has the key offer.csv:7, unless it names its own. A name with other characters
    than A-Z, a-z, digits, dots, dashes and underscores is written without them, and with a hash of it. To send a file
    with the same name for another purpose, give it another --name. After a run, correct lines in their place and add
    lines at the end: a line that moves gets the key of another message, and is refused.
    """
    if name is not None and not name.strip():
        raise Problem("--name is empty.", USAGE)
    if name is None and is_pipe(file):
        raise Problem("A pipe has no name for the keys of its messages. Name the run with --name.", USAGE)
    run = run_name(name or Path(file).name)
    lines = check_file(rcs.output, file, run)
    _check_not_moved(rcs, lines)
    queued = _queue(rcs, run, lines)
    _summarize(rcs, run, lines, queued)
    if queued.stopped or queued.failed:
        raise typer.Exit(queued.stopped.code if queued.stopped else FAILED)


def _check_not_moved(rcs: Rcs, lines: Sequence[Line]) -> None:
    """Look at some records of an earlier run: where one is for another recipient, the lines have moved since."""
    api = rcs.stack.api
    step = max(1, (len(lines) - 1) // (_LOOKED_AT - 1))
    for line in [*lines[::step][: _LOOKED_AT - 1], lines[-1]]:
        record = api.get(line.key)
        if record and record["state"] not in _FREE and record["to"] != line.payload["to"]:
            raise Problem(
                f"The key of line {line.number}, {line.key}, belongs to a message to another recipient. Nothing was "
                "queued. If this is a new run, name it with --name; else put the lines back where they were."
            )


def _queue(rcs: Rcs, run: str, lines: Sequence[Line]) -> Queued:
    batches = Batches(rcs.stack.client("sqs"), rcs.stack.output("QueueUrl"), run, rcs.world.sleep)
    console = rcs.output.errors
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.file.isatty(), transient=True) as progress:
        task = progress.add_task("queueing", total=len(lines))
        return batches.fill(lines, lambda batch: progress.advance(task, len(batch)))


def _summarize(rcs: Rcs, run: str, lines: Sequence[Line], queued: Queued) -> None:
    failed = [{"line": line, "code": code} for line, code in sorted(queued.failed.items())]
    told: dict[str, Any] = {"name": run, "messages": len(lines), "queued": len(queued.done), "failed": failed}
    if queued.stopped:
        told |= {"unknown": queued.unknown, "stopped": str(queued.stopped)}
    rcs.output.json(told)
    rcs.output.say(
        f"{len(queued.done)} of {len(lines)} messages queued. Their keys are {lines[0].key} to {lines[-1].key}."
    )
    if failed:
        rcs.output.warn(
            f"Not queued: {len(failed)} lines, {listed([f'{each["line"]} ({each["code"]})' for each in failed])}."
        )
    if queued.unknown:
        rcs.output.warn(f"Not known whether queued: {len(queued.unknown)} lines, {listed(queued.unknown)}.")
    if queued.stopped:
        rcs.output.warn(str(queued.stopped))
    if queued.stopped or queued.failed:
        rcs.output.warn("Run the same command again: what is queued already is not sent twice.")
