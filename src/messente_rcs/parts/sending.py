"""What the sending function is made of."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from messente_rcs.inbound.opt_outs import OptOuts
from messente_rcs.parts.shared import Parts
from messente_rcs.payload.submission import parse
from messente_rcs.sending.cancel import Canceller
from messente_rcs.sending.dry_run import DryRun
from messente_rcs.sending.outgoing import Rules
from messente_rcs.sending.resolve import Resolver
from messente_rcs.sending.send import Sender

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.payload.submission import Submission


class SendingParts(Parts):
    """The parts of the sending function."""

    @cached_property
    def parse(self) -> Callable[[object], Submission]:
        """Makes a Submission of what a caller sent."""
        return partial(parse, default_sender=self.settings.default_sender)

    @cached_property
    def sender(self) -> Sender:
        """Sends."""
        return Sender(self.table, self.messente, self._rules, self.clock, self.sleep)

    @cached_property
    def _rules(self) -> Rules:
        name = self.settings.opt_out_table_name
        return Rules(self.settings.callback_url, OptOuts(self.dynamodb, name, self.sleep) if name else None)

    @cached_property
    def dry_run(self) -> DryRun:
        """Tells what sending would do."""
        return DryRun(self.table, self._rules, self.clock)

    @cached_property
    def canceller(self) -> Canceller:
        """Cancels."""
        return Canceller(self.table, self.messente)

    @cached_property
    def resolver(self) -> Resolver:
        """Writes what a person says of a message."""
        return Resolver(self.table, self.tracker, self.messente, self.clock)
