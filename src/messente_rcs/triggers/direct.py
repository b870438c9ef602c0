"""The events that the sending function is invoked with, and direct invocation: with a payload, or what wraps one.

An asynchronous invocation looks like any other, and nobody reads its answer. So an event that must be tried again
raises, and a rejected one becomes a dead letter as well.
"""

import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from messente_rcs.aws.queues import DeadLetter, Queues, QueueUnavailable, batch_of
from messente_rcs.errors import Error, Failed
from messente_rcs.payload.decode import kind_of
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import Submission
from messente_rcs.sending import dry_run
from messente_rcs.sending.outcome import Outcome, OutcomeKind
from messente_rcs.sending.send import Attempt, Sender
from messente_rcs.triggers.envelopes import FINAL, INVALID, dead_letter, log_invalid, opened, unwrap, without_dry_run
from messente_rcs.triggers.http import UnknownEvent, method_of, warm_up
from messente_rcs.triggers.http_api import HttpApi
from messente_rcs.triggers.sqs import Sqs

# Fields of events that AWS invokes functions with. No payload has them, so that whoever sends them means no payload.
_FOREIGN = frozenset(
    (
        *("Records", "records", "eventSource", "EventSource", "eventSourceArn", "eventSourceARN", "invocationId"),
        *("requestContext", "httpMethod", "rawPath", "routeKey", "resource", "headers", "multiValueHeaders"),
        *("awslogs", "triggerSource", "RequestType", "ResponseURL"),
    )
)
_SERVICE = re.compile(r'"[Ee]ventSource": "(aws:[a-z0-9-]{1,30})"')


class NotSent(Failed):
    """The message was not sent, or not yet: raised so that the invoker tries again. Names only the message id."""


class NotMoved(Failed):
    """A rejected event could not be moved to the dead-letter queue: raised so that it is not lost. Names the id."""


@dataclass(eq=False)
class Invocations:
    """Takes every event that the sending function is invoked with."""

    sqs: Sqs
    http_api: HttpApi
    parse: Callable[[object], Submission]
    sender: Sender
    queues: Queues

    def handle(self, event: Any, remaining: Callable[[], float], request_id: str = "") -> dict[str, Any]:
        """Hand an event to its trigger; `remaining` tells the seconds left. Raises UnknownEvent, NotSent, NotMoved."""
        if isinstance(event, dict) and "dry_run" in event:
            # Somebody's own event, whatever else it looks like: a batch with this field is not sent.
            return self._send(event, remaining, request_id)
        if batch := batch_of(event):
            return self.sqs.handle(batch, remaining)
        if method_of(event) is not None:
            return self.http_api.handle(event, remaining)
        return warm_up(event) or self._send(event, remaining, request_id)

    def _send(self, event: object, remaining: Callable[[], float], request_id: str) -> dict[str, Any]:
        """Send a payload, or forecast that. Lambda repeats an invocation under one request id: the default id."""
        event, is_dry_run = without_dry_run(opened(event) if isinstance(event, str) else event)
        message_id, payload = unwrap(event, f"invoke:{request_id or uuid.uuid4()}")
        if payload is event:
            _check_is_payload(event)
        try:
            submission = self.parse(payload)
        except InvalidPayload as invalid:
            message_id = invalid.key or message_id
            if is_dry_run:
                return dry_run.invalid(message_id, invalid.errors)
            is_event = isinstance(event, dict) and "detail-type" in event and "detail" in event
            log_invalid("eventbridge" if is_event else "invoke", message_id, invalid.errors)
            return self._reject(event, message_id, INVALID, invalid.errors)
        message_id = submission.key or message_id
        if is_dry_run:
            return dry_run.forecast(self.sender, message_id, submission)
        return self._settle(event, message_id, self.sender.send(Attempt(message_id, submission, remaining)))

    def _settle(self, event: object, message_id: str, outcome: Outcome) -> dict[str, Any]:
        if outcome.again or outcome.record is None:
            raise NotSent(f"{message_id}: {outcome.reason}")
        if outcome.kind in FINAL:
            rejected = self._reject(event, message_id, outcome.kind.value, outcome.errors)
            if outcome.kind is OutcomeKind.CONFLICT:
                return rejected  # the record belongs to another message
        return outcome.record.public | ({"errors": outcome.errors} if outcome.errors else {})

    def _reject(self, event: object, message_id: str, reason: str, errors: Sequence[Error]) -> dict[str, Any]:
        """Make it a dead letter: the event as it came, so that a redrive sends it under the id that it had here."""
        body = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        try:
            dead_letter(self.queues, DeadLetter(body, message_id, reason, errors))
        except QueueUnavailable as unavailable:
            raise NotMoved(f"{message_id}: {reason}, and not moved to the dead letters: {unavailable}") from None
        return {"id": message_id, "state": reason, "errors": list(errors)}


def _check_is_payload(event: object) -> None:
    """Raise UnknownEvent for what cannot be meant as a payload; what is meant as one may still be invalid."""
    if not isinstance(event, dict):
        raise UnknownEvent(f"no payload: {kind_of(event)}")
    if foreign := _FOREIGN & event.keys():
        named = _SERVICE.search(json.dumps(event))
        service = named[1] if named else "another service"
        raise UnknownEvent(f"no payload: an event of {service}, with the field {min(foreign)}")
