"""The sending function: its parts, and the trigger of each of its events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from messente_rcs.functions.wiring import MessenteParts, QueueParts, RecordParts
from messente_rcs.inbound.opt_outs import OptOuts
from messente_rcs.payload.submission import parse
from messente_rcs.sending.cancel import Canceller
from messente_rcs.sending.dry_run import DryRun
from messente_rcs.sending.outgoing import Rules
from messente_rcs.sending.resolve import Resolver
from messente_rcs.sending.send import Sender
from messente_rcs.settings import SendSettings, Settings
from messente_rcs.telemetry import flush, logger
from messente_rcs.triggers.direct import Events
from messente_rcs.triggers.http import is_request
from messente_rcs.triggers.http_api import Changing, HttpApi, Reading, Sending
from messente_rcs.triggers.kinds import WARM, batch_of, is_warm_up
from messente_rcs.triggers.sqs import Sqs

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from messente_rcs.payload.submission import Submission


class SendParts(RecordParts, MessenteParts, QueueParts):
    """Parts of the sending function."""

    reads: ClassVar[type[Settings]] = SendSettings
    settings: SendSettings

    @cached_property
    def parse(self) -> Callable[[object], Submission]:
        """The reader of what a caller sent."""
        return partial(parse, default_sender=self.settings.default_sender)

    @cached_property
    def sender(self) -> Sender:
        """The protocol of sending."""
        return Sender(self.table, self.messente, self._rules, self.clock, self.sleep)

    @cached_property
    def _rules(self) -> Rules:
        name = self.settings.opt_out_table_name
        return Rules(self.settings.callback_url, OptOuts(self.dynamodb, name, self.sleep) if name else None)

    @cached_property
    def dry_run(self) -> DryRun:
        """The forecast of what sending would do."""
        return DryRun(self.table, self._rules, self.clock)

    @cached_property
    def canceller(self) -> Canceller:
        """The cancellation of messages."""
        return Canceller(self.table, self.messente)

    @cached_property
    def resolver(self) -> Resolver:
        """The resolution of unknown messages by a person."""
        return Resolver(self.table, self.tracker, self.messente, self.clock)


class Dispatch:
    """The triggers of the sending function, each made of the parts that it uses; `threads` work on a batch."""

    def __init__(self, parts: SendParts, threads: Executor | None = None) -> None:
        threads = threads or ThreadPoolExecutor(parts.settings.concurrency)
        self._sqs = Sqs(parts.parse, parts.sender, parts.queues, threads)
        self._http_api = HttpApi(
            Sending(parts.parse, parts.sender, parts.dry_run),
            Reading(parts.table, parts.indexes),
            Changing(parts.canceller, parts.resolver),
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
