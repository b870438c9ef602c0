"""EventBridge (`detail` is the payload) and direct invocation (the event is the payload)."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.send import Result
from messente_rcs.table import public

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messente_rcs.app import App
    from messente_rcs.errors import Error

type Event = dict[str, Any]

# What no retry can help.
_DEAD = ("invalid", "rejected", "conflict")


class NotSent(Exception):  # noqa: N818 - what the invoker's retry policy reads
    """The message was not sent, or not yet: raised so that the invoker tries again. Names only the message id."""


def handle_event(event: Event, app: App, remaining: Callable[[], float]) -> dict[str, Any]:
    """Send the `detail` of an EventBridge event. Nobody reads the answer, so a refused one goes to the DLQ."""
    result = _handle(event["detail"], "event:" + event["id"], app, remaining)
    if result["state"] in _DEAD:
        app.queues.bury(json.dumps(event["detail"]), result["id"], result["state"], result["errors"])
    return result


def handle_invocation(payload: object, app: App, remaining: Callable[[], float], request_id: str) -> dict[str, Any]:
    """Send a payload handed in directly; the invoker reads the record, with `errors` where it was refused.

    Lambda repeats a failed asynchronous invocation under the same request id, which therefore is the default id.
    """
    return _handle(payload, f"invoke:{request_id or uuid.uuid4()}", app, remaining)


def _handle(payload: object, default_id: str, app: App, remaining: Callable[[], float]) -> dict[str, Any]:
    try:
        submission = app.parse(payload)
    except InvalidPayload as invalid:
        return _refused(invalid.key or default_id, "invalid", invalid.errors)
    message_id = submission.key or default_id
    outcome = app.send(message_id, submission, remaining)
    if outcome.again:
        raise NotSent(f"{message_id}: {outcome.reason}")
    if outcome.result is Result.CONFLICT:
        return _refused(message_id, "conflict", outcome.errors)
    return public(outcome.item) | ({"errors": outcome.errors} if outcome.errors else {})


def _refused(message_id: str, state: str, errors: Sequence[Error]) -> dict[str, Any]:
    return {"id": message_id, "state": state, "errors": list(errors)}
