"""`send` and `validate`."""

import json
import re
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.submission import parse
from rcs_cli.api import CONFLICT, CREATED, Answer, Api, refused
from rcs_cli.batches import Line, fill
from rcs_cli.command import Rcs
from rcs_cli.files import run_name
from rcs_cli.messages import advice_on, check_file, holds_many, read_message, show_advice
from rcs_cli.problems import BAD_ID, FAILED, INTERRUPTED, USAGE, NoAnswer, Problem, details, explain

_FINE = frozenset({"would_send", "stored"})  # outcomes of a dry run

# What the caller does next, by the status of the answer.
_NEXT = {
    CONFLICT: "The message is being sent right now. Look at it with rcs show {id}.",
    422: "The key belongs to another message. Use another --key.",
    503: "The message was not sent. Run the same command again with --key {id}.",
    504: "The outcome is unknown: the message may have been sent. Look at it with rcs watch {id}.",
}

_AGAIN = "The id of the message is {id}: the same command with --key {id} never sends it twice."
_MAY_BE_SENT = "The message may have been sent. Look at it with rcs watch {id}."
_TIMEOUT, _SERVERS = 408, 500  # of a gateway: the function may have been at work
_NUMBER = re.compile(r"\+?[\d\s().-]{5,40}")


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
            _show_answer(rcs, message_id, _posted(stack.api, message_id, payload))
    except (Problem, OSError) as failure:
        problem = explain(failure)
        raise Problem(f"{problem} {_AGAIN.format(id=message_id)}", problem.code) from None


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
    rcs.output.say(f"Queued as {message_id}. Follow it with rcs watch {message_id}.")


def _posted(api: Api, message_id: str, payload: dict[str, Any]) -> Answer:
    """Let the API send the message. Where no answer of the application comes, the message may have been sent."""
    may_be_sent = _MAY_BE_SENT.format(id=message_id)
    try:
        answer = api.send(payload)
    except KeyboardInterrupt:
        raise Problem(f"Stopped. {may_be_sent}", INTERRUPTED) from None
    except NoAnswer as lost:
        raise Problem(f"{lost} {may_be_sent}") from None
    if answer.errors or "state" in answer.json:
        return answer
    if answer.status == _TIMEOUT or answer.status >= _SERVERS:
        raise Problem(f"The API answered {answer.status}. {may_be_sent}")
    raise refused(answer)


def _show_answer(rcs: Rcs, message_id: str, answer: Answer) -> None:
    rcs.output.record(answer.json | {"id": message_id})
    if answer.status != CREATED:
        if told := _NEXT.get(answer.status):
            rcs.output.warn(told.format(id=message_id))
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
        rcs.output.warn(" ".join(details(answer.errors)))
        raise typer.Exit(FAILED)
    show_advice(rcs.output, answer.json.get("advice", []))


def validate(rcs: Rcs, file: Annotated[str, typer.Argument(help="JSON, JSON lines (.jsonl) or CSV.")]) -> None:
    lines = check_file(rcs.output, file, run_name(Path(file).name))
    advice = advice_on(lines)
    rcs.output.json({"valid": True, "messages": len(lines), "errors": [], "advice": advice})
    rcs.output.say(f"{len(lines)} valid.")
    show_advice(rcs.output, advice)
