"""EventBridge (`detail` is the payload) and direct invocation (the event is the payload)."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.sending.outcome import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messente_rcs.errors import Error
    from messente_rcs.payload.submission import Submission
    from messente_rcs.queues import Queues
    from messente_rcs.sending.send import Sender

type Event = dict[str, Any]

# What no retry can help.
_DEAD = ("invalid", "rejected", "conflict")


class NotSent(Exception):  # noqa: N818 - what the invoker's retry policy reads
    """The message was not sent, or not yet: raised so that the invoker tries again. Names only the message id."""


class Events:
    """Takes events and payloads from whoever invokes the function."""

    def __init__(self, parse: Callable[[object], Submission], sender: Sender, queues: Queues) -> None:
        self._parse = parse
        self._sender = sender
        self._queues = queues

    def handle_event(self, event: Event, remaining: Callable[[], float]) -> dict[str, Any]:
        """Send the `detail` of an EventBridge event. Nobody reads the answer: what is refused is a dead letter."""
        result = self._send(event["detail"], "event:" + event["id"], remaining)
        if result["state"] in _DEAD:
            self._queues.dead_letter(json.dumps(event["detail"]), result["id"], result["state"], result["errors"])
        return result

    def handle_invocation(self, payload: object, remaining: Callable[[], float], request_id: str) -> dict[str, Any]:
        """Send a payload handed in directly; the invoker reads the record, with `errors` where it was refused.

        Lambda repeats a failed asynchronous invocation under the same request id, which therefore is the default id.
        """
        return self._send(payload, f"invoke:{request_id or uuid.uuid4()}", remaining)

    def _send(self, payload: object, default_id: str, remaining: Callable[[], float]) -> dict[str, Any]:
        try:
            submission = self._parse(payload)
        except InvalidPayload as invalid:
            return _refused(invalid.key or default_id, "invalid", invalid.errors)
        message_id = submission.key or default_id
        outcome = self._sender.send(message_id, submission, remaining)
        if outcome.again or outcome.record is None:
            raise NotSent(f"{message_id}: {outcome.reason}")
        if outcome.kind is OutcomeKind.CONFLICT:
            return _refused(message_id, "conflict", outcome.errors)
        return outcome.record.public | ({"errors": outcome.errors} if outcome.errors else {})


def _refused(message_id: str, state: str, errors: Sequence[Error]) -> dict[str, Any]:
    return {"id": message_id, "state": state, "errors": list(errors)}
