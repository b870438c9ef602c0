"""The sending function: one place where messages come in, whoever brings them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from messente_rcs.payload.submission import parse
from messente_rcs.telemetry import flush, observe
from messente_rcs.triggers import api, events, sqs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from messente_rcs.payload.submission import Submission
    from messente_rcs.send import Outcome
    from messente_rcs.wiring import Wiring


class App:
    """Hands events to their triggers, which use its `table`, `queues` and `canceller`; sending goes through `send`.

    `threads` work on the messages of a batch.
    """

    def __init__(self, wiring: Wiring, threads: Executor | None = None) -> None:
        self.table = wiring.table
        self.queues = wiring.queues
        self.canceller = wiring.canceller
        self._sender = wiring.sender
        self._default_sender = wiring.settings.default_sender
        self._threads = threads or ThreadPoolExecutor(wiring.settings.concurrency)

    def handle(self, event: Any, remaining: Callable[[], float], request_id: str = "") -> Any:
        """Hand an event to its trigger; `remaining` tells the seconds left of the invocation `request_id`."""
        with flush():
            match event:
                case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
                    return sqs.handle(records, self, remaining)
                case {"requestContext": {}}:
                    return api.handle(event, self, remaining)
                case {"detail-type": str(), "detail": _, "id": str()}:
                    return events.handle_event(event, self, remaining)
                case _:
                    return events.handle_invocation(event, self, remaining, request_id)

    def parse(self, given: object) -> Submission:
        """Validate a payload; raises InvalidPayload."""
        return parse(given, self._default_sender)

    def send(
        self,
        message_id: str,
        submission: Submission,
        remaining: Callable[[], float],
        *,
        whole: bool = True,
        patient: bool = True,
    ) -> Outcome:
        """Send one submission, as Sender.send does, and say so in the log and the metrics."""
        outcome = self._sender.send(message_id, submission, remaining, whole=whole, patient=patient)
        observe(message_id, outcome)
        return outcome

    def side_by_side[T, R](self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Work on the items concurrently; the results come in their order."""
        if len(items) == 1:
            return [work(items[0])]
        return list(self._threads.map(work, items))
