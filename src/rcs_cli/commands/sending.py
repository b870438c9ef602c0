"""`send`, `validate` and `send-many`."""

import json
import re
import shlex
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.advice import sms_parts
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import State
from rcs_cli.api import CONFLICT, CREATED, Answer, refused
from rcs_cli.batches import Line, Queued, fill, records_of
from rcs_cli.command import Rcs
from rcs_cli.files import MessageOption, NameOption, listed, named_run, run_name
from rcs_cli.messages import advice_on, check_file, holds_many, read_message, show_advice
from rcs_cli.problems import BAD_ID, FAILED, USAGE, NoAnswer, Problem, details, explain

_FINE = frozenset({"would_send", "stored"})  # outcomes of a dry run

# What the caller does next, by the status of the answer.
_NEXT = {
    CONFLICT: "The message is being sent right now. Look at it with rcs show {id}{options}.",
    422: "The key belongs to another message. Use another --key.",
    503: "This command did not send the message. Run it again with --key {id}.",
    504: "The outcome is unknown: the message may have been sent. Look at it with rcs watch {id}{options}.",
}

_TIMEOUT, _SERVERS = 408, 500  # of a gateway: the function may have been at work
_NUMBER = re.compile(r"\+?[\d\s().-]{5,40}")


def send(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    to_or_file: Annotated[str, typer.Argument(metavar="TO|FILE", help="Recipient with + and country code, or a file.")],
    text: Annotated[str | None, typer.Argument(help="The text, if a recipient is given.")] = None,
    *,
    key: Annotated[str | None, typer.Option("--key", help="Message id; the same key is never sent twice.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", metavar="NAME=VALUE", help="A tag; may repeat.")] = None,
    queue: Annotated[bool, typer.Option("--queue", help="Put the message into the queue; it may wait there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the request and the outcome; send nothing.")] = False,
) -> None:
    if dry_run and queue:
        raise Problem("A dry run asks the API. Leave --queue out.", USAGE)
    payload, stack = _payload(to_or_file, text, tag or [], key), rcs.stack
    if dry_run:
        _show_dry_run(rcs, stack.api.send(payload, dry_run=True))
        return
    message_id = payload["idempotency_key"]
    try:
        if queue:
            _put(rcs, message_id, payload)
        else:
            _show_answer(rcs, message_id, _posted(rcs, message_id, payload))
    except (Problem, OSError, KeyboardInterrupt) as failure:
        problem, key = explain(failure), shlex.quote(message_id)
        again = f"The id of the message is {message_id}: the same command with --key {key} never sends it twice."
        raise Problem(f"{problem} {again}", problem.code) from None


def _payload(to_or_file: str, text: str | None, tags: list[str], key: str | None) -> dict[str, Any]:
    """Read the message, check it, and name it before it leaves, so that its id is known even if the answer is lost."""
    if text is None and _NUMBER.fullmatch(to_or_file) and not Path(to_or_file).exists():
        raise Problem("The text is missing: rcs send TO TEXT. One that begins with a dash: rcs send TO -- TEXT.", USAGE)
    if text is None and holds_many(to_or_file):
        raise Problem("A file with this name holds many messages: rcs send-many FILE.", USAGE)
    if not all("=" in each for each in tags):
        raise Problem("Write a tag as NAME=VALUE.", USAGE)
    payload: dict[str, Any] = {"to": to_or_file, "text": text} if text is not None else read_message(to_or_file)
    if tags:
        payload["tags"] = payload.get("tags", {}) | dict(each.split("=", 1) for each in tags)
    parse(payload)
    own = payload.get("idempotency_key")
    if key is not None and not is_message_id(key):
        raise Problem(BAD_ID, USAGE)
    if key and own and key != own:
        raise Problem("The file has another idempotency_key than --key. Leave one of them out.", USAGE)
    return payload | {"idempotency_key": key or own or str(uuid.uuid4())}


def _put(rcs: Rcs, message_id: str, payload: dict[str, Any]) -> None:
    queued = fill(rcs, "rcs-send", [Line(1, message_id, payload)])
    if not queued.done:
        why = queued.stopped or Problem(f"The queue rejected it ({queued.failed.get(1)}).")
        told = "may have been queued" if queued.unknown else "was not queued"
        raise Problem(f"The message {told}. {why}", why.code)
    rcs.output.json({"id": message_id, "queued": True})
    rcs.output.say(f"Queued as {message_id}. Follow it with rcs watch {shlex.quote(message_id)}{rcs.options}.")


def _posted(rcs: Rcs, message_id: str, payload: dict[str, Any]) -> Answer:
    """Let the API send the message. Where no answer of the application comes, the message may have been sent."""
    may_be_sent = f"The message may have been sent. Look at it with rcs watch {shlex.quote(message_id)}{rcs.options}."
    try:
        answer = rcs.stack.api.send(payload)
    except (KeyboardInterrupt, NoAnswer) as lost:
        problem = explain(lost)
        raise Problem(f"{problem} {may_be_sent}", problem.code) from None
    if answer.errors or "state" in answer.json:
        return answer
    if answer.status == _TIMEOUT or answer.status >= _SERVERS:
        raise Problem(f"The API answered {answer.status}. {may_be_sent}")
    raise refused(answer)


def _show_answer(rcs: Rcs, message_id: str, answer: Answer) -> None:
    rcs.output.record(answer.json | {"id": message_id})
    if answer.status != CREATED:
        if told := _NEXT.get(answer.status):
            rcs.output.warn(told.format(id=shlex.quote(message_id), options=rcs.options))
        raise typer.Exit(FAILED)


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
        rcs.output.warn(" ".join(details(rcs.output.shown(answer.errors))))
        raise typer.Exit(FAILED)
    show_advice(rcs.output, answer.json.get("advice", []))


def validate(rcs: Rcs, file: Annotated[str, typer.Argument(help="JSON, JSON lines (.jsonl) or CSV.")]) -> None:
    lines = check_file(rcs.output, file, run_name(Path(file).name))
    advice = advice_on(lines)
    rcs.output.json({"valid": True, "messages": len(lines), "errors": [], "advice": advice})
    rcs.output.say(f"{len(lines)} valid.")
    show_advice(rcs.output, advice)


# --- Many messages ---------------------------------------------------------------------------------------------------

_SHOWN = 3  # messages of a dry run
_FREE = frozenset({State.REJECTED, State.RETRYABLE, State.EXPIRED})  # not sent, so the line may be corrected
_NEW_FILE = " To send them all the same, put these lines into a file of another name."


def send_many(
    rcs: Rcs,
    file: Annotated[str, typer.Argument(help="JSON lines, or CSV with the columns to and text.")],
    *,
    message: MessageOption = None,
    name: NameOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the first messages and advice; queue none.")] = False,
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
        _show_first(rcs, run, lines)
        return
    from rich.progress import Progress  # noqa: PLC0415 - takes long, and no other command needs it

    changed = _changed(rcs, lines)
    known = frozenset(changed)
    left = [line for line in lines if line.number not in known]
    console = rcs.output.errors
    with Progress(console=console, disable=not console.file.isatty(), transient=True) as progress:
        task = progress.add_task("queueing", total=len(left))
        queued = fill(rcs, run, left, lambda batch: progress.advance(task, len(batch)))
    _summarize(rcs, run, lines, queued, changed)
    if queued.stopped or queued.failed or changed:
        raise typer.Exit(queued.stopped.code if queued.stopped else FAILED)


def _show_first(rcs: Rcs, run: str, lines: Sequence[Line]) -> None:
    """Show the first messages as they would go out, and what all of them are."""
    messages = [message for line in lines for message in parse(line.payload).omnimessage["messages"]]
    channels, texts = Counter(message["channel"] for message in messages), [each.get("text") for each in messages]
    told = {
        "lines": len(lines),
        "channels": dict(channels),
        "sms_parts": sum(sms_parts(message)[0] for message in messages if message["channel"] == "sms"),
        "longest_text": max(len(text["body"] if isinstance(text, dict) else text or "") for text in texts),
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
    rcs.output.say(f"{len(queued.done)} of {len(lines)} messages queued. Keys: {lines[0].key} to {lines[-1].key}.")
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
