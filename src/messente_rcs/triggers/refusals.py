"""What is refused leaves a trace: one line and one metric by trigger, and a dead letter where nobody may be listening.

A message that Messente or its own record refuses has its line already, from the sending protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.payload.errors import loggable
from messente_rcs.queues import QueueUnavailable
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.telemetry import Metric, count, logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messente_rcs.errors import Error
    from messente_rcs.queues import DeadLetter, Queues

INVALID = "invalid"

# What handing the same message in again cannot help, by the reason that its dead letter names.
REASONS = {OutcomeKind.REJECTED: "rejected", OutcomeKind.CONFLICT: "conflict"}


def log_invalid(trigger: str, message_id: str | None, errors: Sequence[Error]) -> None:
    """Log one line about an invalid payload, and count it."""
    count(Metric.INVALID, trigger=trigger)
    logger.warning(INVALID, extra={"message_id": message_id, "trigger": trigger, **loggable(errors)})


def dead_letter(queues: Queues, letter: DeadLetter) -> None:
    """Put what was refused into the dead-letter queue; raises QueueUnavailable, and says so in the log."""
    try:
        queues.dead_letter(letter)
    except QueueUnavailable as unavailable:
        logger.warning("not moved to dead letters", extra={"message_id": letter.message_id, "reason": str(unavailable)})
        raise
    count(Metric.DEAD_LETTERED, reason=letter.reason)
