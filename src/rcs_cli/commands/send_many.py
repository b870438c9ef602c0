"""`send-many`."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.progress import Progress

from messente_rcs.payload.advice import sms_parts
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import State
from rcs_cli.batches import Line, Queued, fill, records_of
from rcs_cli.command import Rcs
from rcs_cli.files import MessageOption, NameOption, listed, named_run
from rcs_cli.messages import advice_on, check_file, show_advice
from rcs_cli.problems import FAILED, Problem

_SHOWN = 3  # messages of a dry run
_FREE = frozenset({State.REJECTED, State.RETRYABLE, State.EXPIRED})  # not sent, so the line may be corrected
_NEW_FILE = " To send them all the same, put these lines into a file of another name."


def send_many(
    rcs: Rcs,
    file: Annotated[str, typer.Argument(help="JSON lines, or CSV with the columns to and text.")],
    *,
    message: MessageOption = None,
    name: NameOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first messages, and advice; queue nothing.")
    ] = False,
) -> None:
    """The message of line 7 in offer.csv has the key offer.csv:7, unless it names its own.

    A name with other characters than A-Z, a-z, digits, dots, dashes and underscores is written without them, and with
    a hash of it. To send a file with the same name for another purpose, give it another --name. After a run, correct
    lines in their place and add lines at the end: a line that moves gets the key of another message, and is rejected.

    In any text, {{name}} stands for the cell of the column name. With --message card.json, each line of people.csv
    becomes this message; its key is people.csv+card.json:7.
    """
    run = named_run(file, message, name)
    lines = check_file(rcs.output, file, run, message)
    if dry_run:
        _show(rcs, run, lines)
        return
    changed = _changed(rcs, lines)
    left = [line for line in lines if line.number not in changed]
    console = rcs.output.errors
    with Progress(console=console, disable=not console.file.isatty(), transient=True) as progress:
        task = progress.add_task("queueing", total=len(left))
        queued = fill(rcs, run, left, lambda batch: progress.advance(task, len(batch)))
    _summarize(rcs, run, lines, queued, changed)
    if queued.stopped or queued.failed or changed:
        raise typer.Exit(queued.stopped.code if queued.stopped else FAILED)


def _show(rcs: Rcs, run: str, lines: Sequence[Line]) -> None:
    """Show the first messages as they would go out, and what all of them are."""
    messages = [message for line in lines for message in parse(line.payload).omnimessage["messages"]]
    channels = Counter(message["channel"] for message in messages)
    told = {
        "lines": len(lines),
        "channels": dict(channels),
        "sms_parts": sum(sms_parts(message)[0] for message in messages if message["channel"] == "sms"),
        "longest_text": max(len(message.get("text") or "") for message in messages),
    }
    advice, first = advice_on(lines), [line.payload for line in lines[:_SHOWN]]
    rcs.output.json({"dry_run": True, "name": run, "first": first, **told, "advice": advice})
    for payload in first:
        rcs.output.say(json.dumps(rcs.output.shown(payload), ensure_ascii=False, indent=2))
    named = ", ".join(f"{channel} {count}" for channel, count in channels.items())
    rcs.output.table(tuple(told), [tuple((told | {"channels": named}).values())])
    show_advice(rcs.output, advice)
    rcs.output.say("Dry run: nothing was queued.")


def _changed(rcs: Rcs, lines: Sequence[Line]) -> list[int]:
    """Find lines of an earlier run that have changed since; where one goes to another recipient, lines have moved."""
    records = records_of(rcs, [line.key for line in lines], "state", "to", "payload_hash")
    changed = []
    for line in lines:
        record = records.get(line.key, {"state": State.RETRYABLE})
        if record.get("state") in _FREE or record.get("payload_hash") == parse(line.payload).payload_hash:
            continue
        if record.get("to") != line.payload["to"]:
            raise Problem(
                f"The key of line {line.number}, {line.key}, belongs to a message to another recipient. Nothing was "
                "queued. If this is a new run, name it with --name; else put the lines back where they were."
            )
        changed.append(line.number)
    return changed


def _summarize(rcs: Rcs, run: str, lines: Sequence[Line], queued: Queued, changed: Sequence[int]) -> None:
    failed = [{"line": line, "code": code} for line, code in sorted(queued.failed.items())]
    told: dict[str, Any] = {"name": run, "messages": len(lines), "queued": len(queued.done), "failed": failed}
    if changed:
        told["changed"] = changed
    if queued.stopped:
        told |= {"unknown": queued.unknown, "stopped": str(queued.stopped)}
    rcs.output.json(told)
    rcs.output.say(
        f"{len(queued.done)} of {len(lines)} messages queued. Their keys are {lines[0].key} to {lines[-1].key}."
    )
    for words, numbers, what_to_do in (
        ("Changed since they were sent, and not sent again", changed, _NEW_FILE),
        ("Not queued", [f"{each['line']} ({each['code']})" for each in failed], ""),
        ("Not known whether queued", queued.unknown, ""),
    ):
        if numbers:
            rcs.output.warn(f"{words}: {len(numbers)} lines, {listed(numbers)}.{what_to_do}")
    if queued.stopped:
        rcs.output.warn(str(queued.stopped))
    if queued.stopped or queued.failed:
        rcs.output.warn("Run the same command again: what is queued already is not sent twice.")
