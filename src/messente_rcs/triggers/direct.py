"""Direct invocation, with a payload or with what wraps one: an event of EventBridge, for one.

An asynchronous invocation looks like any other, and nobody reads its answer. So an event that must be tried again
raises, and a refused one becomes a dead letter as well.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.queues import DeadLetter, QueueUnavailable
from messente_rcs.errors import Failed
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.sending import dry_run
from messente_rcs.sending.send import Budget
from messente_rcs.triggers.envelopes import (
    INVALID,
    REASONS,
    dead_letter,
    is_eventbridge,
    log_invalid,
    opened,
    unwrap,
    without_dry_run,
)
from messente_rcs.triggers.kinds import check_is_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from messente_rcs.aws.queues import Queues
    from messente_rcs.errors import Error
    from messente_rcs.payload.submission import Submission
    from messente_rcs.sending.dry_run import DryRun
    from messente_rcs.sending.outcome import Outcome
    from messente_rcs.sending.send import Sender


class NotSent(Failed):
    """The message was not sent, or not yet: raised so that the invoker tries again. Names only the message id."""


class NotMoved(Failed):
    """A refused event could not be moved to the dead-letter queue: raised so that it is not lost. Names the id."""


class Events:
    """Takes events and payloads from whoever invokes the function."""

    def __init__(self, parse: Callable[[object], Submission], sender: Sender, dry_run: DryRun, queues: Queues) -> None:
        self._parse = parse
        self._sender = sender
        self._dry_run = dry_run
        self._queues = queues

    def handle(self, event: object, remaining: Callable[[], float], request_id: str) -> dict[str, Any]:
        """Send a payload and return its record, with `errors` where it was refused; or tell what sending would do.

        Lambda repeats a failed asynchronous invocation under the same request id, which therefore is the default id.
        Raises UnknownEvent, NotSent and NotMoved.
        """
        whole = opened(event) if isinstance(event, str) else event
        given, is_dry_run = without_dry_run(whole)
        if given is not whole:
            event = given  # as a dead letter, the field would be refused in the queue
        message_id, payload = unwrap(given, f"invoke:{request_id or uuid.uuid4()}")
        if payload is given:
            check_is_payload(given)
        try:
            submission = self._parse(payload)
        except InvalidPayload as invalid:
            message_id = invalid.key or message_id
            if is_dry_run:
                return dry_run.invalid(message_id, invalid.errors)
            log_invalid("eventbridge" if is_eventbridge(given) else "invoke", message_id, invalid.errors)
            return self._refuse(event, message_id, INVALID, invalid.errors)
        message_id = submission.key or message_id
        if is_dry_run:
            return self._dry_run.forecast(message_id, submission)
        return self._settle(event, message_id, self._sender.send(message_id, submission, Budget(remaining)))

    def _settle(self, event: object, message_id: str, outcome: Outcome) -> dict[str, Any]:
        if outcome.again or outcome.record is None:
            raise NotSent(f"{message_id}: {outcome.reason}")
        told = outcome.record.public | ({"errors": outcome.errors} if outcome.errors else {})
        if reason := REASONS.get(outcome.kind):
            refused = self._refuse(event, message_id, reason, outcome.errors)
            # In a conflict the record belongs to another message.
            return refused if reason == "conflict" else told
        return told

    def _refuse(self, event: object, message_id: str, reason: str, errors: Sequence[Error]) -> dict[str, Any]:
        """Make it a dead letter: the event as it came, so that a redrive sends it under the id that it had here."""
        body = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        try:
            dead_letter(self._queues, DeadLetter(body, message_id, reason, errors))
        except QueueUnavailable as unavailable:
            raise NotMoved(f"{message_id}: {reason}, and not moved to the dead letters: {unavailable}") from None
        return {"id": message_id, "state": reason, "errors": list(errors)}
