"""Take a payload out of what it came in; and leave a trace of one that is rejected.

A rejected payload is one line and one metric by trigger, and a dead letter where nobody may be listening. A message
that Messente or its own record rejects has its line already, from the sending protocol.
"""

from collections.abc import Sequence
from typing import Any

from messente_rcs.aws.queues import DeadLetter, Queues, QueueUnavailable
from messente_rcs.errors import Error
from messente_rcs.message_id import is_message_id
from messente_rcs.payload.decode import decode_json
from messente_rcs.payload.errors import DENIED, loggable
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.telemetry import Metric, count, logger

DEEPEST = 4  # wrappings of a payload, as an event in a failed invocation in a notification

INVALID = "invalid"

# Outcomes that a retry cannot change: the message becomes a dead letter, with this reason.
FINAL = (OutcomeKind.REJECTED, OutcomeKind.CONFLICT)


def without_dry_run(event: object) -> tuple[object, bool]:
    """Take a `dry_run` of true or false off an event, and tell which. Any other stays, and is rejected as unknown."""
    match event:
        case {"dry_run": bool() as is_dry_run, **payload}:
            return payload, is_dry_run
    return event, False


def opened(text: str) -> object:
    """Return the JSON object that a text holds, or else the text itself."""
    try:
        found = decode_json(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text


def unwrap(given: object, default_id: str) -> tuple[str, object]:
    """Take a payload out of an event of EventBridge, a notification of SNS or the record of a failed invocation.

    The innermost of them that has an id names the message: one event is one message, whichever way it came.
    """
    message_id = default_id
    for _ in range(DEEPEST):
        inside = _inside(given)
        if inside is None:
            break
        own_id, given = inside
        if isinstance(given, str):
            given = opened(given)
        message_id = own_id or message_id
    return message_id, given


def _inside(given: object) -> tuple[str | None, Any] | None:
    if isinstance(given, dict) and "dry_run" in given:
        return None  # so it is rejected as a payload: nothing that was meant as a dry run may go out
    match given:
        case {"detail-type": str(), "detail": inside, **rest}:
            return _id("event", rest.get("id")), inside
        case {"Type": "Notification", "Message": str() as inside, **rest}:
            return _id("sns", rest.get("MessageId")), inside
        case {"requestContext": {"requestId": request_id, **context}, "requestPayload": inside}:
            if context.get("condition") == "Success":
                return None  # the payload has had its turn
            without, is_dry_run = without_dry_run(inside)
            return _id("invoke", request_id), inside if is_dry_run else without
    return None


def _id(kind: str, own: object) -> str | None:
    message_id = f"{kind}:{own}"
    return message_id if isinstance(own, str) and own and is_message_id(message_id) else None


def log_invalid(trigger: str, message_id: str | None, errors: Sequence[Error]) -> None:
    """Log one line about an invalid payload, and count it."""
    count(Metric.INVALID, trigger=trigger)
    if DENIED in errors:
        count(Metric.PREFIX_DENIED)
    logger.warning(INVALID, extra={"message_id": message_id, "trigger": trigger, **loggable(errors)})


def dead_letter(queues: Queues, letter: DeadLetter) -> None:
    """Put what was rejected into the dead-letter queue; raises QueueUnavailable, and says so in the log."""
    try:
        queues.dead_letter(letter)
    except QueueUnavailable as unavailable:
        logger.warning("not moved to dead letters", extra={"message_id": letter.message_id, "reason": str(unavailable)})
        raise
    count(Metric.DEAD_LETTERED, reason=letter.reason)
