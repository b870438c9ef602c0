"""Who must not be written to: a look at the list of opt-outs, for one message or for a whole batch at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from messente_rcs.phone import key_of
from messente_rcs.records.table import TableUnavailable
from messente_rcs.sending.outcome import OPTED_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messente_rcs.errors import Error
    from messente_rcs.inbound.opt_outs import OptOuts
    from messente_rcs.payload.submission import Submission


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list says of some recipients, or why it could not be read."""

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    failure: str = ""
    read_at: float = math.inf  # Unix seconds; where there is nothing to look up, a look never gets old

    def stops(self, submission: Submission) -> bool:
        """Tell whether the recipient opted out of such a message; raises TableUnavailable if nobody knows."""
        if submission.ignore_opt_out:
            return False
        if self.failure:
            raise TableUnavailable(self.failure)
        return key_of(submission.to) in self.keys


def look_up(opt_outs: OptOuts | None, submissions: Iterable[Submission], now: float) -> Listing:
    """Look up the recipients of messages in one read that begins now; None is no list at all."""
    numbers = [each.to for each in submissions if not each.ignore_opt_out]
    if opt_outs is None or not numbers:
        return Listing()
    try:
        return Listing(opt_outs.of(numbers), read_at=now)
    except TableUnavailable as unavailable:
        return Listing(failure=str(unavailable), read_at=now)


def refusals(opt_outs: OptOuts | None, submission: Submission) -> list[Error]:
    """Say why the recipient may get no such message; raises TableUnavailable if nobody knows."""
    return [OPTED_OUT] if look_up(opt_outs, [submission], 0).stops(submission) else []
