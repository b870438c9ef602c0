"""`dead-letters` and `redrive`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.sending.dry_run import ForecastKind
from rcs_cli.api import Api
from rcs_cli.files import read_message
from rcs_cli.letters import DeadLetters, Letter, Of, Reason, queue_of
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import FAILED, USAGE, Problem, details
from rcs_cli.redrive import Move, Refusal, Wishes, decide, move

ReasonOption = Annotated[Reason | None, typer.Option("--reason", help="Only letters with this reason.")]
OfOption = Annotated[Of, typer.Option("--of", help="What the letters are about.")]
LimitOption = Annotated[int, typer.Option(min=1, help="Most letters to read.")]

_NEXT = {
    Reason.INVALID: "correct each: rcs redrive ID --with FILE",
    Reason.REJECTED: "correct each: rcs redrive ID --with FILE",
    Reason.CONFLICT: "its id belongs to another message: rcs redrive ID --with FILE, which has another key",
    Reason.GIVEN_UP: "once the cause is mended: rcs redrive --reason given_up",
    Reason.UNDELIVERED: "once the cause is mended: rcs redrive --reason undelivered",
    Reason.FAILED: "once the cause is mended: rcs redrive --reason failed",
}


@with_options
def dead_letters(
    rcs: Rcs,
    *,
    of: OfOption = Of.MESSAGES,
    reason: ReasonOption = None,
    bodies: Annotated[bool, typer.Option("--bodies", help="Show what the letters hold: texts of messages.")] = False,
    limit: LimitOption = 1000,
) -> None:
    """Say what could not be sent, and why. The letters stay where they are."""
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        listed = [each for each in letters if reason in (None, each.reason)]
        more = max(0, queue.count() - len(letters))
    if rcs.output.as_json:
        rcs.output.json({"letters": [as_json(each, bodies=bodies) for each in listed], "more": more})
        return
    if not listed:
        rcs.output.say("There are no dead letters." if reason is None else "No dead letter has this reason.")
    for name, number in Counter(each.reason for each in listed).most_common():
        rcs.output.say(f"{name}: {number}; {_next(of, name)}")
        _show(rcs, [each for each in listed if each.reason == name], bodies=bodies)
    if more:
        rcs.output.say(f"About {more} more were not read: raise --limit.")


def _next(of: Of, reason: str) -> str:
    """Say what to do about the letters with a reason."""
    if of is not Of.MESSAGES:
        return f"once the cause is mended: rcs replay {of}"
    return _NEXT[Reason(reason)] if reason in Reason else "unknown here"


def _show(rcs: Rcs, letters: Sequence[Letter], *, bodies: bool) -> None:
    shown = [rcs.output.shown(as_json(each, bodies=bodies)) for each in letters]
    rows = [(each["id"], each["sent_at"], "\n".join(details(each["errors"]))) for each in shown]
    rcs.output.table(("id", "since", "errors"), rows)
    for each in shown if bodies else ():
        rcs.output.say(f"{each['id']}: {each['body']}")


def as_json(letter: Letter, *, bodies: bool) -> dict[str, Any]:
    """Write a letter as JSON has it."""
    told: dict[str, Any] = {"id": letter.id, "sqs_id": letter.sqs_id, "reason": letter.reason}
    told |= {"errors": letter.errors, "sent_at": letter.sent_at, "group": letter.group}
    return told | ({"body": letter.body} if bodies else {})


@with_options
def redrive(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    message_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The id that dead-letters shows; else --reason.")
    ] = None,
    *,
    reason: ReasonOption = None,
    corrected: Annotated[
        str | None, typer.Option("--with", metavar="FILE", help="Send this payload instead, under the same id.")
    ] = None,
    unchanged: Annotated[
        bool, typer.Option("--unchanged", help="Send refused letters as they are, or under an id that is taken.")
    ] = False,
    may_repeat: Annotated[
        bool, typer.Option("--may-repeat", help="Send letters that may go out twice, too: their id is not known.")
    ] = False,
    limit: LimitOption = 1000,
) -> None:
    """Put dead letters back into the queue: one by its id, or all with a reason.

    A letter keeps the message id that it had. So what was sent already is not sent again. A corrected message is sent
    once, in the place of all letters with that id.
    """
    if (message_id is None) == (reason is None) or (corrected and message_id is None):
        raise Problem("Name one ID, with or without --with FILE, or one --reason.", USAGE)
    wishes = Wishes(_corrected(corrected), unchanged=unchanged, may_repeat=may_repeat)
    queue, messages = queue_of(rcs.stack, Of.MESSAGES), _Messages(rcs.stack.api)
    with queue.read(limit) as letters:
        meant = [each for each in letters if reason == each.reason or message_id in (each.id, each.sqs_id)]
        if not meant:
            raise Problem("No dead letter is meant by that. List them with rcs dead-letters.")
        outcomes = [(each, decide(each, wishes, messages)) for each in meant]
        _move(rcs, queue, outcomes, once=wishes.corrected is not None)
    _tell(rcs, outcomes)


def _corrected(file: str | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        return read_message(file)
    except InvalidPayload as invalid:
        raise Problem("The corrected message is not valid. " + " ".join(details(invalid.errors))) from None


class _Messages:
    """What the API of the stack knows of messages."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def is_known(self, message_id: str) -> bool:
        """Tell whether the table has a record of an id."""
        return self._api.get(message_id) is not None

    def would_conflict(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether the id of a payload belongs to another message."""
        return self._api.send(payload, dry_run=True).json.get("outcome") == ForecastKind.CONFLICT


def _move(rcs: Rcs, queue: DeadLetters, outcomes: Sequence[tuple[Letter, Move | Refusal]], *, once: bool) -> None:
    """Move the letters that may go out. Of letters that become one message, the first one goes out for all."""
    moves = [(letter, each) for letter, each in outcomes if isinstance(each, Move)]
    for number, (letter, each) in enumerate(moves):
        if once and number:
            queue.remove(letter)
        else:
            move(rcs.stack.client("sqs"), rcs.stack.output("QueueUrl"), queue, letter, each)


def _tell(rcs: Rcs, outcomes: Sequence[tuple[Letter, Move | Refusal]]) -> None:
    moved = [(letter, each) for letter, each in outcomes if isinstance(each, Move)]
    stayed = [(letter, each) for letter, each in outcomes if isinstance(each, Refusal)]
    if rcs.output.as_json:
        told = [{"id": letter.id, "message_id": each.message_id} for letter, each in moved]
        rcs.output.json({"moved": told, "stayed": [{"id": letter.id, "why": each.why} for letter, each in stayed]})
    for letter, each in moved:
        rcs.output.say(f"{letter.id}: back in the queue as {each.message_id or 'a new message'}.")
    for letter, refusal in stayed:
        rcs.output.warn(f"{letter.id}: stays, {refusal.why}.")
    if stayed:
        raise typer.Exit(FAILED)
