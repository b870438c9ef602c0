"""Inbound messages: `POST /inbound-messages`, where Messente delivers what recipients sent, and the queue behind it.

Messente does not say whether it repeats a request that failed. So a message that cannot be handled at once is deferred
to a queue of our own, and the answer is 200 only when it was handled or the queue has it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from messente_rcs.aws.queues import batch_of, failures
from messente_rcs.errors import INVALID, error, reason_of
from messente_rcs.inbound.inbox import Inbox
from messente_rcs.inbound.message import Inbound, InvalidInbound, read_inbound
from messente_rcs.payload.decode import read_json
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.triggers.http import Callback, Request, RequestRejected


@dataclass(eq=False)
class InboundMessages(Callback):
    """Takes inbound messages from Messente, and deferred ones from the queue."""

    paths, name = ("/inbound-messages",), "inbound"
    rejections, not_kept = Metric.INBOUND_REFUSED, Metric.INBOUND_NOT_KEPT

    inbox: Inbox
    put: Callable[[str], None]  # into the queue
    clock: Callable[[], float]

    def handle(self, event: Any) -> dict[str, Any]:
        """Answer one batch of the queue with the partial batch response, or one call of Messente."""
        if (records := batch_of(event)) is not None:
            return failures([record for record in records if not self._is_done(record)])
        return super().handle(event)

    def take(self, request: Request) -> str:
        """Handle a message, or defer it to the queue."""
        body, now = request.body, self.clock()
        try:
            inbound = read_inbound(body, now)
        except InvalidInbound:
            wrong = error(INVALID, "The body is not a JSON object", "payload")
            raise RequestRejected(400, "no JSON object", wrong) from None
        if not self._was_taken(inbound):
            # The body as it came, and when: a stop word counts by its time.
            self.put(json.dumps({"received_at": now, "body": body.decode(errors="replace")}))
            count(Metric.INBOUND_PUT_OFF)
        return inbound.id

    def _is_done(self, record: Any) -> bool:
        try:
            queued = read_json(record["body"])
            inbound = read_inbound(queued["body"].encode(), float(queued["received_at"]))
        except (InvalidInbound, KeyError, TypeError, ValueError, AttributeError):
            # It is not ours, and comes back until the queue moves it to the dead letters.
            logger.error("inbound unreadable", extra={"reason": "the queue holds what is no inbound message"})
            return False
        return self._was_taken(inbound)

    def _was_taken(self, inbound: Inbound) -> bool:
        try:
            self.inbox.take(inbound)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the message must not be lost
            logger.warning("inbound deferred to queue", extra={"inbound_id": inbound.id, "reason": reason_of(failure)})
            return False
        return True
