"""`redrive`: puts a dead letter back only where the same message cannot go out twice.

A letter keeps the id that its first attempt had. Its body names that id, by a key or by what it is wrapped in; or the
function told it in an attribute, and the body gets it as its key; or SQS did, and the table knows a record by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.sending.dry_run import ForecastKind
from messente_rcs.triggers.envelopes import opened, unwrap
from rcs_cli.api import Api
from rcs_cli.commands.dead_letters import LimitOption, ReasonOption, tell_stayed
from rcs_cli.files import read_message
from rcs_cli.letters import DeadLetters, Letter, Of, Reason, Stays, attempt, queue_of
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import USAGE, Problem, details

_NO_ID = ""
_TAKEN = (
    "its id belongs to another message, so it would be a conflict again: "
    "give it another idempotency_key with --with FILE, or insist with --unchanged"
)
_REFUSED = frozenset({Reason.INVALID, Reason.REJECTED, Reason.CONFLICT})  # certainly not sent by this letter


@dataclass(frozen=True)
class _Wishes:
    """The options of the user: a corrected payload, refused letters as they are, letters that may go out twice."""

    corrected: Mapping[str, Any] | None = field(default=None, repr=False)
    unchanged: bool = False
    may_repeat: bool = False


@dataclass(frozen=True)
class _Move:
    """A letter that may go out again: its body, and the id that it has then (None: a new one)."""

    message_id: str | None
    body: str = field(repr=False)


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
        bool, typer.Option("--may-repeat", help="Also send letters whose id is not known: they may go out twice.")
    ] = False,
    limit: LimitOption = 1000,
) -> None:
    """Put dead letters back into the queue: one by its id, or all with a reason.

    A letter keeps its message id, so a message that was sent is not sent again. A corrected message is sent once, in
    the place of all letters with that id.
    """
    if (message_id is None) == (reason is None) or (corrected and message_id is None):
        raise Problem("Name one ID, with or without --with FILE, or one --reason.", USAGE)
    wishes = _Wishes(_corrected(corrected), unchanged=unchanged, may_repeat=may_repeat)
    queue, api = queue_of(rcs.stack, Of.MESSAGES), rcs.stack.api
    with queue.read(limit) as letters:
        meant = [each for each in letters if reason == each.reason or message_id in (each.id, each.sqs_id)]
        if not meant:
            raise Problem("No dead letter matches. rcs dead-letters lists them.")
        moves, stayed = attempt(meant, lambda letter: _decide(letter, wishes, api))
        _move(rcs, queue, moves, once=wishes.corrected is not None)
    told = [{"id": letter.id, "message_id": each.message_id} for letter, each in moves]
    rcs.output.json({"moved": told, "stayed": stayed})
    for each in told:
        rcs.output.say(f"{each['id']}: back in the queue as {each['message_id'] or 'a new message'}.")
    tell_stayed(rcs, stayed)


def _corrected(file: str | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        return read_message(file)
    except InvalidPayload as invalid:
        raise Problem("The corrected message is not valid. " + " ".join(details(invalid.errors))) from None


def _move(rcs: Rcs, queue: DeadLetters, moves: Sequence[tuple[Letter, _Move]], *, once: bool) -> None:
    """Put letters into the queue, and only then take them away: if that fails, they are there twice under one id.

    Of letters that become one message, the first one goes out for all.
    """
    client, url = rcs.stack.client("sqs"), rcs.stack.output("QueueUrl")
    for number, (letter, move) in enumerate(moves):
        if not (once and number):
            group = {"MessageGroupId": letter.group} if letter.group else {}
            client.send_message(QueueUrl=url, MessageBody=move.body, **group)
        queue.remove(letter)


def _decide(letter: Letter, wishes: _Wishes, api: Api) -> _Move:
    """Decide about one letter."""
    message_id = _own_id(letter) or _id_of_sqs(letter, api)
    if wishes.corrected is not None:
        return _correct(letter, message_id, wishes, api)
    if letter.reason == Reason.CONFLICT and not wishes.unchanged:
        raise Stays(_TAKEN)
    if letter.reason in _REFUSED and not wishes.unchanged:
        raise Stays("it would be rejected again: correct it with --with FILE, or insist with --unchanged")
    if message_id is None and not wishes.may_repeat:
        raise Stays("its id is not known, so it could go out twice: --may-repeat allows that")
    return _Move(message_id, _with_key(letter.body, message_id))


def _correct(letter: Letter, message_id: str | None, wishes: _Wishes, api: Api) -> _Move:
    payload = dict(wishes.corrected or {})
    key = payload.get("idempotency_key")
    keeps_its_id = message_id is not None and key in (None, message_id)
    if not keeps_its_id and letter.reason not in _REFUSED and not wishes.may_repeat:
        raise Stays("under another id it could go out twice: --may-repeat allows that")
    if message_id := key or message_id:
        payload["idempotency_key"] = message_id
        if not wishes.unchanged and _would_conflict(api, payload):
            raise Stays(_TAKEN)
    return _Move(message_id, json.dumps(payload))


def _would_conflict(api: Api, payload: Mapping[str, Any]) -> bool:
    """Tell whether the id of a payload belongs to another message."""
    return api.send(payload, dry_run=True).json.get("outcome") == ForecastKind.CONFLICT


def _own_id(letter: Letter) -> str | None:
    """Return the id that the body gives, as the function reads it, or else the one that the function told."""
    message_id, payload = unwrap(opened(letter.body), _NO_ID)
    key = payload.get("idempotency_key") if isinstance(payload, dict) else None
    if is_message_id(key):
        return str(key)
    told = letter.message_id if is_message_id(letter.message_id) else None
    return message_id or told


def _id_of_sqs(letter: Letter, api: Api) -> str | None:
    """SQS keeps the messageId of a message that it gives up. A record proves that the function saw it under that id."""
    message_id = f"sqs:{letter.sqs_id}"
    return message_id if letter.reason == Reason.GIVEN_UP and api.get(message_id) else None


def _with_key(body: str, message_id: str | None) -> str:
    """Name the id in a body that does not name one; what wrapped the payload without a name is left out."""
    named, payload = unwrap(opened(body), _NO_ID)
    if message_id is None or named or not isinstance(payload, dict) or is_message_id(payload.get("idempotency_key")):
        return body
    return json.dumps(payload | {"idempotency_key": message_id})
