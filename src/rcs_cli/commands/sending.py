"""`send`, `send-many` and `validate`."""

import json
import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import State
from messente_rcs.sending.dry_run import ForecastKind
from rcs_cli.api import CONFLICT, CREATED, Answer, refused
from rcs_cli.batches import Batches, Line, Queued, is_too_large
from rcs_cli.files import check_file, holds_many, is_pipe, is_there, read_message, run_name
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import BAD_ID, FAILED, INTERRUPTED, USAGE, NoAnswer, Problem, details

_LOOKED_AT = 10  # lines of a file whose records are looked at before the file is queued
_SHOWN = 20  # lines that a summary names
_FREE = frozenset({State.REJECTED, State.RETRYABLE, State.EXPIRED})  # not sent, so the line may be corrected

_FINE = frozenset({ForecastKind.WOULD_SEND, ForecastKind.STORED})

# What the caller does next, by the status of the answer.
_NEXT = {
    CONFLICT: "The message is being sent right now. Look at it with rcs show {id}.",
    422: "The key belongs to another message. Use another --key.",
    503: "The message was not sent. Run the same command again with --key {id}.",
    504: "The outcome is unknown: the message may have been sent. Look at it with rcs watch {id}.",
}

_AGAIN = "The id of the message is {id}: the same command with --key {id} never sends it twice."
_MAY_BE_SENT = "The message may have been sent. Look at it with rcs watch {id}. " + _AGAIN
_TIMEOUT, _SERVERS = 408, 500  # of a gateway: the function may have been at work
_NUMBER = re.compile(r"\+?[\d\s().-]{5,}")


@with_options
def send(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    to_or_file: Annotated[str, typer.Argument(metavar="TO|FILE", help="Recipient with + and country code, or a file.")],
    text: Annotated[str | None, typer.Argument(help="The text, if a recipient is given.")] = None,
    *,
    key: Annotated[str | None, typer.Option("--key", help="Message id; the same key is never sent twice.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="NAME=VALUE", help="A tag; repeat for more.")
    ] = None,
    queue: Annotated[bool, typer.Option("--queue", help="Put the message into the queue; it may wait there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the request to Messente and the outcome; send nothing.")
    ] = False,
) -> None:
    """Send one message: a text, or the payload in a JSON file (- reads it from a pipe)."""
    if dry_run and queue:
        raise Problem("A dry run asks the API. Leave --queue out.", USAGE)
    payload = _with_key(_payload(to_or_file, text, _tags(tag or [])), key)
    message_id = payload["idempotency_key"]
    if dry_run:
        _show_dry_run(rcs, rcs.stack.api.send(payload, dry_run=True))
        return
    answer = None
    if queue:
        _put(rcs, payload)
    else:
        answer = _posted(rcs, payload)
    try:
        _show_answer(rcs, message_id, answer)
    except OSError as failure:
        raise Problem(f"The output could not be written ({failure.strerror}). {_AGAIN.format(id=message_id)}") from None


def _put(rcs: Rcs, payload: dict[str, Any]) -> None:
    """Put the message into the queue."""
    message_id = payload["idempotency_key"]
    if is_too_large(payload):
        raise Problem("The message has more than 1 MiB, which is the most that the queue takes.")
    batches = Batches(rcs.stack.client("sqs"), rcs.stack.output("QueueUrl"), "rcs-send", rcs.world.sleep)
    queued = batches.fill([Line(1, message_id, payload)], lambda _: None)
    if not queued.done:
        why = queued.stopped or Problem(f"The queue refused it ({queued.failed.get(1)}).")
        told = "may have been queued" if queued.is_open else "was not queued"
        raise Problem(f"The message {told}. {why} {_AGAIN.format(id=message_id)}", why.code)


def _tags(given: Sequence[str]) -> dict[str, str]:
    if not all("=" in each for each in given):
        raise Problem("Write a tag as NAME=VALUE.", USAGE)
    return dict(each.split("=", 1) for each in given)


def _payload(to_or_file: str, text: str | None, tags: dict[str, str]) -> dict[str, Any]:
    """Read the message, and check it with the tags of the command line, which count more than those of a file."""
    if text is None and not is_there(to_or_file) and _NUMBER.fullmatch(to_or_file):
        raise Problem("The text is missing: rcs send TO TEXT. One that begins with a dash: rcs send TO -- TEXT.", USAGE)
    if text is None and holds_many(to_or_file):
        raise Problem("A file with this name holds many messages: rcs send-many FILE.", USAGE)
    try:
        payload: dict[str, Any] = {"to": to_or_file, "text": text} if text is not None else read_message(to_or_file)
        if tags:
            payload = payload | {"tags": payload.get("tags", {}) | tags}
        parse(payload)
    except InvalidPayload as invalid:
        raise Problem("The message is not valid. " + " ".join(details(invalid.errors))) from None
    return payload


def _with_key(payload: dict[str, Any], key: str | None) -> dict[str, Any]:
    """Name the message before it leaves, so that its id is known even if the answer is lost."""
    own = payload.get("idempotency_key")
    if key is not None and not is_message_id(key):
        raise Problem(BAD_ID, USAGE)
    if key and own and key != own:
        raise Problem("The file has another idempotency_key than --key. Leave one of them out.", USAGE)
    return payload | {"idempotency_key": key or own or str(uuid.uuid4())}


def _show_dry_run(rcs: Rcs, answer: Answer) -> None:
    if answer.json.get("dry_run") is not True:
        # A stack of before the parameter was known sends the message.
        is_sent = answer.status == CREATED
        raise Problem("The stack knows no dry run: the message was sent.") if is_sent else refused(answer)
    rcs.output.json(answer.json)
    told = answer.json["outcome"]
    rcs.output.say(f"Dry run: {told}. Nothing was sent.")
    for name in ("omnimessage", "record"):
        if name in answer.json:
            shown = json.dumps(rcs.output.shown(answer.json[name]), ensure_ascii=False, indent=2)
            rcs.output.say(f"{name}:\n{shown}")
    if told not in _FINE:
        rcs.output.warn(" ".join(details(answer.errors)))
        raise typer.Exit(FAILED)


def _posted(rcs: Rcs, payload: dict[str, Any]) -> Answer:
    """Let the API send the message. Where no answer of the application comes, the message may have been sent."""
    message_id = payload["idempotency_key"]
    api = rcs.stack.api
    again, may_be_sent = _AGAIN.format(id=message_id), _MAY_BE_SENT.format(id=message_id)
    try:
        answer = api.send(payload)
    except KeyboardInterrupt:
        raise Problem(f"Stopped. {may_be_sent}", INTERRUPTED) from None
    except NoAnswer as lost:
        raise Problem(f"{lost} {may_be_sent}") from None
    except Problem as problem:
        raise Problem(f"{problem} {again}") from None
    if answer.errors or "state" in answer.json:
        return answer
    if answer.status == _TIMEOUT or answer.status >= _SERVERS:
        raise Problem(f"The API answered {answer.status}. {may_be_sent}")
    raise Problem(f"{refused(answer)} {again}")


def _show_answer(rcs: Rcs, message_id: str, answer: Answer | None) -> None:
    """Say what came of a message; without an answer it is in the queue."""
    if answer is None:
        rcs.output.json({"id": message_id, "queued": True})
        rcs.output.say(f"Queued as {message_id}. Follow it with rcs watch {message_id}.")
        return
    rcs.output.record(answer.json | {"id": message_id})
    if answer.status != CREATED:
        if told := _NEXT.get(answer.status):
            rcs.output.warn(told.format(id=message_id))
        raise typer.Exit(FAILED)


@with_options
def validate(rcs: Rcs, file: Annotated[str, typer.Argument(help="JSON, JSON lines (.jsonl) or CSV.")]) -> None:
    """Check a file as the application does. Needs neither a network nor an account."""
    number = len(_checked(rcs, file, run_name(Path(file).name)))
    rcs.output.json({"valid": True, "messages": number, "errors": []})
    rcs.output.say(f"{number} valid.")


def _checked(rcs: Rcs, file: str, run: str) -> list[Line]:
    """Read the messages of a file; where one is not valid, list all errors and end."""
    lines, wrong = check_file(file, run)
    if wrong:
        raise rcs.output.invalid(wrong, "Nothing was sent.")
    return lines


@with_options
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
    lines = _checked(rcs, file, run)
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
        return batches.fill(lines, lambda number: progress.advance(task, number))


def _summarize(rcs: Rcs, run: str, lines: Sequence[Line], queued: Queued) -> None:
    failed = [{"line": line, "code": code} for line, code in sorted(queued.failed.items())]
    told = {"name": run, "messages": len(lines), "queued": queued.done, "failed": failed}
    rcs.output.json(told | ({"stopped": str(queued.stopped)} if queued.stopped else {}))
    rcs.output.say(f"{queued.done} of {len(lines)} messages queued. Their keys are {lines[0].key} to {lines[-1].key}.")
    if queued.failed:
        shown = ", ".join(f"{each['line']} ({each['code']})" for each in failed[:_SHOWN])
        rcs.output.warn(f"Not queued: {len(queued.failed)} lines, {shown}.")
    if queued.stopped:
        rcs.output.warn(f"{queued.stopped}{' Some more may be queued.' if queued.is_open else ''}")
    if queued.stopped or queued.failed:
        rcs.output.warn("Run the same command again: what is queued already is not sent twice.")
