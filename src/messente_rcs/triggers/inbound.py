"""Inbound messages: `POST /inbound-messages`, where Messente hands in what recipients sent, and the queue behind it.

The endpoint is public: of a request whose signature does not match, nothing is logged that its sender chose. Messente
does not say whether it repeats a request that failed. So a message that cannot be handled at once is deferred to a
queue of our own, and the answer is 200 only when it was handled or the queue has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.queues import QueueUnavailable
from messente_rcs.errors import INVALID, SERVER_ERROR, UNAUTHORIZED, Unavailable, error
from messente_rcs.inbound.message import InvalidInbound, read_inbound
from messente_rcs.messente.credentials import CredentialsUnavailable
from messente_rcs.payload.decode import read_json
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.triggers.http import NotTaken, fitted, is_request, read_post, refuse, respond
from messente_rcs.triggers.kinds import WARM, UnknownEvent, batch_of, is_warm_up, sqs_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.aws.queues import Queue
    from messente_rcs.errors import Error
    from messente_rcs.inbound.inbox import Inbox
    from messente_rcs.inbound.message import Inbound
    from messente_rcs.messente.credentials import SharedSecrets
    from messente_rcs.messente.signature import Signatures
    from messente_rcs.triggers.http import Event, Post, Response


class InboundMessages:
    """Takes inbound messages from Messente, and deferred ones from the queue."""

    def __init__(
        self, signatures: Signatures[SharedSecrets], inbox: Inbox, queue: Queue, clock: Callable[[], float]
    ) -> None:
        self._signatures = signatures
        self._inbox = inbox
        self._queue = queue
        self._clock = clock

    def handle(self, event: Any) -> dict[str, Any]:
        """Answer one call of Messente, or one batch of the queue with the partial batch response.

        A warm-up is answered too. Raises UnknownEvent for anything else.
        """
        if is_request(event):
            return fitted(event, self._answer(event))
        if (records := batch_of(event)) is not None:
            failed = [record for record in records if not self._is_done(record)]
            return {"batchItemFailures": [{"itemIdentifier": sqs_id(record) or ""} for record in failed]}
        if not is_warm_up(event):
            raise UnknownEvent("no HTTP request")
        logger.info("warm-up")
        return WARM

    # --- From Messente ------------------------------------------------------------------------------------------------

    def _answer(self, event: Event) -> Response:
        try:
            return self._take(read_post(event, "inbound-messages", has_items=False))
        except NotTaken as not_taken:
            return _refused(not_taken.status, not_taken.reason, not_taken.wrong, not_taken.headers)

    def _take(self, post: Post) -> Response:
        try:
            if not self._signatures.match(post.body, post.signature):
                reason = "signature" if self._signatures.are_possible else "the secret has no inbound_secrets"
                return _refused(401, reason, error(UNAUTHORIZED, "The signature does not match the body"))
            inbound = read_inbound(post.body, self._clock())
        except CredentialsUnavailable as unavailable:
            return _not_kept(str(unavailable))
        except InvalidInbound:
            return _refused(400, "no JSON object", error(INVALID, "The body is not a JSON object", "payload"))
        if not self._was_taken(inbound):
            try:
                self._queue.put(_queued(post.body, inbound))
            except QueueUnavailable as unavailable:
                return _not_kept(str(unavailable))
            count(Metric.INBOUND_PUT_OFF)
        return respond(200, {"id": inbound.id})

    # --- From the queue -----------------------------------------------------------------------------------------------

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
            self._inbox.take(inbound)
        except Unavailable as unavailable:
            reason = str(unavailable)
        except Exception as defect:  # noqa: BLE001 - whatever it is, the message must not be lost
            # The text of an unforeseen exception may carry the message; its type does not.
            reason = type(defect).__name__
        else:
            return True
        logger.warning("inbound deferred to queue", extra={"inbound_id": inbound.id, "reason": reason})
        return False


def _queued(body: bytes, inbound: Inbound) -> str:
    """Write what the queue holds: the body as it came, and when, as a word counts by its time."""
    return json.dumps({"received_at": inbound.received_at, "body": body.decode(errors="replace")})


def _not_kept(reason: str) -> Response:
    count(Metric.INBOUND_NOT_KEPT)
    logger.error("inbound not kept", extra={"reason": reason})
    busy = error(SERVER_ERROR, "The message could not be kept")
    return refuse(503, busy, headers={"Retry-After": "5"})


def _refused(status: int, reason: str, wrong: Error, headers: Mapping[str, str] | None = None) -> Response:
    logger.warning("inbound refused", extra={"reason": reason})
    count(Metric.INBOUND_REFUSED)
    return refuse(status, wrong, headers=headers)
