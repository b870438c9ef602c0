"""Inbound messages: `POST /inbound-messages`, where Messente hands in what recipients sent, and the queue behind it.

The endpoint is public: of a request whose signature does not hold, nothing is logged that its sender chose. Messente
does not say whether it repeats a request that failed. So whatever cannot be done at once goes into a queue of our own,
from which the same function takes it again, and the answer is 200 only when it was done or the queue has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messente_rcs.credentials import CredentialsUnavailable
from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, SERVER_ERROR, UNAUTHORIZED, error
from messente_rcs.inbound.inbox import NotTold
from messente_rcs.inbound.message import InvalidInbound, read_inbound
from messente_rcs.queues import QueueUnavailable
from messente_rcs.table import TableUnavailable
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.triggers.batches import batch_of, sqs_id
from messente_rcs.triggers.http import BadEncoding, fitted, is_request, read, refuse, respond
from messente_rcs.triggers.no_payload import WARM, UnknownEvent, is_warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.credentials import SharedSecrets
    from messente_rcs.errors import Error
    from messente_rcs.inbound.inbox import Inbox
    from messente_rcs.inbound.message import Inbound
    from messente_rcs.queues import Queue
    from messente_rcs.signature import Signatures
    from messente_rcs.triggers.http import Event, Request, Response

# Bytes. The event has all that Messente said once more, and numbers such as 1E15 in four times the length: 250 KB.
LARGEST = 64 * 1024


class InboundMessages:
    """Takes inbound messages from Messente, and those that were put off from the queue."""

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
            request = read(event, "inbound-messages")
        except BadEncoding:
            return _refused(400, "encoding", error(INVALID, "The body is not valid base64", "payload"))
        if request.target is None or request.target.item is not None:
            return _refused(404, "path", error(NOT_FOUND, "There is nothing at this path"))
        if request.method != "POST":
            other = error(METHOD_NOT_ALLOWED, "Inbound messages are POSTed")
            return _refused(405, "method", other, headers={"Allow": "POST"})
        if len(request.body) > LARGEST:
            return _refused(413, "size", error(INVALID, "The body is too large for an inbound message", "payload"))
        return self._take(request)

    def _take(self, request: Request) -> Response:
        try:
            if not self._signatures.match(request.body, request.header("x-messente-signature")):
                reason = "signature" if self._signatures.are_possible else "the secret has no inbound_secrets"
                return _refused(401, reason, error(UNAUTHORIZED, "The signature does not match the body"))
            inbound = read_inbound(request.body, self._clock())
        except CredentialsUnavailable as unavailable:
            return _not_kept(str(unavailable))
        except InvalidInbound:
            return _refused(400, "no JSON object", error(INVALID, "The body is not a JSON object", "payload"))
        if not self._was_taken(inbound):
            try:
                self._queue.put(_queued(request.body, inbound))
            except QueueUnavailable as unavailable:
                return _not_kept(str(unavailable))
            count(Metric.INBOUND_PUT_OFF)
        return respond(200, {"id": inbound.id})

    # --- From the queue -----------------------------------------------------------------------------------------------

    def _is_done(self, record: Any) -> bool:
        try:
            queued = json.loads(record["body"])
            inbound = read_inbound(queued["body"].encode(), float(queued["received_at"]))
        except (InvalidInbound, KeyError, TypeError, ValueError, AttributeError, RecursionError):
            # Nothing of ours. It comes back until the queue puts it aside.
            logger.error("inbound unreadable", extra={"reason": "the queue holds what is no inbound message"})
            return False
        return self._was_taken(inbound)

    def _was_taken(self, inbound: Inbound) -> bool:
        try:
            self._inbox.take(inbound)
        except (NotTold, TableUnavailable, QueueUnavailable) as failed:
            reason = str(failed)
        except Exception as defect:  # noqa: BLE001 - whatever it is, the message must not be lost
            # The text of an unforeseen exception may carry the message; its type does not.
            reason = type(defect).__name__
        else:
            return True
        logger.warning("inbound put off", extra={"inbound_id": inbound.id, "reason": reason})
        return False


def _queued(body: bytes, inbound: Inbound) -> str:
    """Write what the queue holds: the body as it came, and when, as a word counts by its time."""
    return json.dumps({"received_at": inbound.received_at, "body": body.decode()})


def _not_kept(reason: str) -> Response:
    count(Metric.INBOUND_NOT_KEPT)
    logger.error("inbound not kept", extra={"reason": reason})
    busy = error(SERVER_ERROR, "The message could not be kept")
    return refuse(503, busy, headers={"Retry-After": "5"})


def _refused(status: int, reason: str, wrong: Error, headers: Mapping[str, str] | None = None) -> Response:
    logger.warning("inbound refused", extra={"reason": reason})
    count(Metric.INBOUND_REFUSED)
    return refuse(status, wrong, headers=headers)
