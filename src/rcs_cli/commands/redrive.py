"""`redrive`: puts a dead letter back only where the same message cannot go out twice.

A letter keeps the id that its first attempt had. Its body names that id, by a key or by what it is wrapped in; or the
function told it in an attribute, and the body gets it as its key; or SQS did, and the table knows a record by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.triggers.envelopes import opened, unwrap
from rcs_cli.api import Api
from rcs_cli.batches import body as written
from rcs_cli.command import Rcs
from rcs_cli.letters import Letter, LimitOption, Of, Reason, ReasonOption, Stays, attempt, queue_of
from rcs_cli.messages import read_message
from rcs_cli.problems import USAGE, Problem

_TAKEN = (
    "its id belongs to another message, so it would be a conflict again: "
    "give it another idempotency_key with --with FILE, or insist with --unchanged"
)
_REFUSED = frozenset({Reason.INVALID, Reason.REJECTED, Reason.CONFLICT})  # certainly not sent by this letter


def redrive(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    message_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Its id, as listed; else --reason.")] = None,
    *,
    reason: ReasonOption = None,
    corrected: Annotated[str | None, typer.Option("--with", metavar="FILE", help="Send it under the same id.")] = None,
    unchanged: Annotated[bool, typer.Option("--unchanged", help="Send even what was rejected or conflicts.")] = False,
    may_repeat: Annotated[bool, typer.Option("--may-repeat", help="Also those of unknown id: perhaps twice.")] = False,
    limit: LimitOption = 1000,
) -> None:
    """A letter keeps its message id, so a message that was sent is not sent again.

    A corrected message is sent once, in the place of all letters with that id.
    """
    if (message_id is None) == (reason is None) or (corrected and message_id is None):
        raise Problem("Name one ID, with or without --with FILE, or one --reason.", USAGE)
    payload = read_message(corrected) if corrected is not None else None
    rules = _Rules(rcs.stack.api, payload, unchanged=unchanged, may_repeat=may_repeat)
    queue, client, url = queue_of(rcs.stack, Of.MESSAGES), rcs.stack.client("sqs"), rcs.stack.output("QueueUrl")
    corrections = set[str]()

    def put_back(letter: Letter) -> str | None:
        try:
            name, body = rules.move(letter)
        except InvalidPayload:
            raise Stays("with its key it is larger than the queue takes: send less with --with FILE") from None
        # Of letters that become one corrected message, the first one goes out for all.
        if corrected is None or body not in corrections:
            group = {"MessageGroupId": letter.group} if letter.group else {}
            client.send_message(QueueUrl=url, MessageBody=body, **group)
            corrections.add(body)
        return name

    with queue.read(limit) as letters:
        meant = [each for each in letters if reason == each.reason or message_id in (each.id, each.sqs_id)]
        if not meant:
            raise Problem("No letter that was read matches. See rcs dead-letters, and --limit.")
        moved = attempt(queue, meant, put_back)
        for letter, name in moved.done:
            rcs.output.say(f"{letter.id}: back in the queue as {name or 'a new message'}.")
        told = [{"id": letter.id, "message_id": name} for letter, name in moved.done]
        moved.end(rcs, more=bool(reason) and len(letters) == limit, moved=told)


@dataclass(frozen=True)
class _Rules:
    """What may go out: a corrected payload, rejected letters as they are, letters that may go out twice."""

    api: Api
    corrected: Mapping[str, Any] | None = field(repr=False)
    unchanged: bool
    may_repeat: bool

    def move(self, letter: Letter) -> tuple[str | None, str]:
        """Return the id that a letter goes out with (None: a new one), and its body; raises Stays."""
        message_id, body = _named(self.api, letter)
        if self.corrected is not None:
            return self._correct(letter, message_id, self.corrected)
        if letter.reason == Reason.CONFLICT and not self.unchanged:
            raise Stays(_TAKEN)
        if letter.reason in _REFUSED and not self.unchanged:
            raise Stays("it would be rejected again: correct it with --with FILE, or insist with --unchanged")
        if message_id is None and not self.may_repeat:
            raise Stays("its id is not known, so it could go out twice: --may-repeat allows that")
        return message_id, body

    def _correct(self, letter: Letter, message_id: str | None, payload: Mapping[str, Any]) -> tuple[str | None, str]:
        key = payload.get("idempotency_key")
        keeps_its_id = message_id is not None and key in (None, message_id)
        if not keeps_its_id and letter.reason not in _REFUSED and not self.may_repeat:
            raise Stays("under another id it could go out twice: --may-repeat allows that")
        if message_id := key or message_id:
            payload = {**payload, "idempotency_key": message_id}
            if not self.unchanged and self.api.send(payload, dry_run=True).json.get("outcome") == "conflict":
                raise Stays(_TAKEN)
        return message_id, written(payload)


def _named(api: Api, letter: Letter) -> tuple[str | None, str]:
    """Return the id that a letter had, None if nobody knows it, and its body, which names this id from now on."""
    told = letter.message_id if is_message_id(letter.message_id) else None
    message_id, payload = unwrap(opened(letter.body), told or "")
    key = payload.get("idempotency_key") if isinstance(payload, dict) else None
    if is_message_id(key):
        return str(key), letter.body
    if not message_id and letter.reason == Reason.GIVEN_UP and api.get(f"sqs:{letter.sqs_id}"):
        message_id = f"sqs:{letter.sqs_id}"
    if message_id and isinstance(payload, dict):
        return message_id, written(payload | {"idempotency_key": message_id})
    return message_id or None, letter.body
