"""Which trigger an event of the sending function is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from messente_rcs.telemetry import flush, logger
from messente_rcs.triggers.direct import Events
from messente_rcs.triggers.http import is_request
from messente_rcs.triggers.http_api import HttpApi
from messente_rcs.triggers.kinds import WARM, batch_of, is_warm_up
from messente_rcs.triggers.sqs import Sqs

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from messente_rcs.parts.sending import SendingParts


class Dispatch:
    """The triggers of the sending function, each made of the parts that it uses; `threads` work on a batch."""

    def __init__(self, parts: SendingParts, threads: Executor | None = None) -> None:
        threads = threads or ThreadPoolExecutor(parts.settings.concurrency)
        self._sqs = Sqs(parts.parse, parts.sender, parts.queues, threads)
        self._http_api = HttpApi(
            parts.parse,
            parts.sender,
            parts.dry_run,
            parts.canceller,
            parts.resolver,
            parts.table,
            parts.indexes,
            parts.clock,
            parts.settings.api_id,
        )
        self._events = Events(parts.parse, parts.sender, parts.dry_run, parts.queues)

    def handle(self, event: Any, remaining: Callable[[], float], request_id: str = "") -> Any:
        """Hand an event to its trigger; `remaining` tells the seconds left of the invocation `request_id`."""
        with flush():
            if isinstance(event, dict) and "dry_run" in event:
                # Somebody's own event, whatever else it looks like: a batch with this field is not sent.
                return self._events.handle(event, remaining, request_id)
            if batch := batch_of(event):
                return self._sqs.handle(batch, remaining)
            if is_request(event):
                return self._http_api.handle(event, remaining)
            if is_warm_up(event):
                logger.info("warm-up")
                return WARM
            return self._events.handle(event, remaining, request_id)
