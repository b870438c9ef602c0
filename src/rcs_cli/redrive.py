"""Which dead letter may go out again, and under which id: only where the same message cannot go out twice.

A letter keeps the id that its first attempt had. Its body names that id, by a key or by what it is wrapped in; or the
function told it in an attribute, and the body gets it as its key; or SQS did, and the table knows a record by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from messente_rcs.message_id import is_message_id
from messente_rcs.triggers.envelopes import opened, unwrap
from rcs_cli.letters import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rcs_cli.letters import DeadLetters, Letter

_NO_ID = ""
_TAKEN = (
    "its id belongs to another message, so it would be a conflict again: "
    "give it another idempotency_key with --with FILE, or insist with --unchanged"
)
_REFUSED = frozenset({Reason.INVALID, Reason.REJECTED, Reason.CONFLICT})  # certainly not sent by this letter


@dataclass(frozen=True)
class Move:
    """A letter that may go out again: its body, and the id that it has then (None: a new one)."""

    message_id: str | None
    body: str = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """Why a letter stays where it is."""

    why: str


@dataclass(frozen=True)
class Wishes:
    """What the user asked for: a corrected payload, refused letters as they are, letters that may go out twice."""

    corrected: Mapping[str, Any] | None = field(default=None, repr=False)
    unchanged: bool = False
    may_repeat: bool = False


class Messages(Protocol):
    """What the stack knows of messages."""

    def is_known(self, message_id: str) -> bool:
        """Tell whether the table has a record of an id."""

    def would_conflict(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether the id of a payload belongs to another message."""


def decide(letter: Letter, wishes: Wishes, messages: Messages) -> Move | Refusal:
    """Decide about one letter."""
    message_id = _own_id(letter) or _id_of_sqs(letter, messages)
    if wishes.corrected is not None:
        return _correct(letter, message_id, wishes, messages)
    if letter.reason == Reason.CONFLICT and not wishes.unchanged:
        return Refusal(_TAKEN)
    if letter.reason in _REFUSED and not wishes.unchanged:
        return Refusal("it would be refused again: correct it with --with FILE, or insist with --unchanged")
    if message_id is None and not wishes.may_repeat:
        return Refusal("its id is not known, so it could go out twice: --may-repeat allows that")
    return Move(message_id, _with_key(letter.body, message_id))


def _correct(letter: Letter, message_id: str | None, wishes: Wishes, messages: Messages) -> Move | Refusal:
    payload = dict(wishes.corrected or {})
    key = payload.get("idempotency_key")
    keeps_its_id = message_id is not None and key in (None, message_id)
    if not keeps_its_id and letter.reason not in _REFUSED and not wishes.may_repeat:
        return Refusal("under another id it could go out twice: --may-repeat allows that")
    if message_id := key or message_id:
        payload["idempotency_key"] = message_id
        if not wishes.unchanged and messages.would_conflict(payload):
            return Refusal(_TAKEN)
    return Move(message_id, json.dumps(payload))


def _own_id(letter: Letter) -> str | None:
    """Return the id that the body gives, as the function reads it, or else the one that the function told."""
    message_id, payload = unwrap(opened(letter.body), _NO_ID)
    key = payload.get("idempotency_key") if isinstance(payload, dict) else None
    if is_message_id(key):
        return str(key)
    told = letter.message_id if is_message_id(letter.message_id) else None
    return message_id or told


def _id_of_sqs(letter: Letter, messages: Messages) -> str | None:
    """SQS keeps the messageId of a message that it gives up. A record proves that the function saw it under that id."""
    message_id = f"sqs:{letter.sqs_id}"
    return message_id if letter.reason == Reason.GIVEN_UP and messages.is_known(message_id) else None


def _with_key(body: str, message_id: str | None) -> str:
    """Name the id in a body that does not name one; what wrapped the payload without a name is left out."""
    named, payload = unwrap(opened(body), _NO_ID)
    if message_id is None or named or not isinstance(payload, dict) or is_message_id(payload.get("idempotency_key")):
        return body
    return json.dumps(payload | {"idempotency_key": message_id})


def move(client: Any, queue_url: str, letters: DeadLetters, letter: Letter, to: Move) -> None:
    """Put a letter into the queue, and only then take it away: if that fails, it is there twice under one id."""
    group = {"MessageGroupId": letter.group} if letter.group else {}
    client.send_message(QueueUrl=queue_url, MessageBody=to.body, **group)
    letters.remove(letter)
