"""Which trigger an event of the sending function is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from messente_rcs.telemetry import flush
from messente_rcs.triggers.events import Events
from messente_rcs.triggers.http_api import HttpApi
from messente_rcs.triggers.sqs import Sqs

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from messente_rcs.functions.parts import Parts


class Dispatch:
    """The triggers of the sending function, each made of the parts that it uses; `threads` work on a batch."""

    def __init__(self, parts: Parts, threads: Executor | None = None) -> None:
        threads = threads or ThreadPoolExecutor(parts.settings.concurrency)
        self._sqs = Sqs(parts.parse, parts.sender, parts.queues, threads)
        self._http_api = HttpApi(parts.parse, parts.sender, parts.canceller, parts.table, parts.indexes)
        self._events = Events(parts.parse, parts.sender, parts.queues)

    def handle(self, event: Any, remaining: Callable[[], float], request_id: str = "") -> Any:
        """Hand an event to its trigger; `remaining` tells the seconds left of the invocation `request_id`."""
        with flush():
            match event:
                case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
                    return self._sqs.handle(records, remaining)
                case {"requestContext": {}}:
                    return self._http_api.handle(event, remaining)
                case {"detail-type": str(), "detail": _, "id": str()}:
                    return self._events.handle_event(event, remaining)
                case _:
                    return self._events.handle_invocation(event, remaining, request_id)
