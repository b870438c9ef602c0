"""Is the stack whole? Each check looks at one thing, sends no message and changes nothing, and says what mends it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.messente.connections import Connections
from rcs_cli.checks import sending, tracking
from rcs_cli.checks.findings import Finding, Verdict, fail
from rcs_cli.checks.site import Site
from rcs_cli.problems import Problem, of_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messente_rcs.messente.api import Http
    from rcs_cli.stack import Stack

__all__ = ["Doctor", "Finding", "Verdict"]

# What each check finds, and at its end that all is well.
CHECKS: dict[str, Callable[[Site], Iterator[Finding]]] = {
    "stack": tracking.status,
    "secret": sending.secret,
    "messente": sending.messente,
    "sending": sending.function,
    "queue": sending.queue,
    "table": sending.table,
    "opt-outs": sending.opt_outs,
    "dead letters": sending.dead_letters,
    "unknown": tracking.unknown,
    "callback": tracking.callback,
    "reconciliation": tracking.reconciliation,
    "changes": tracking.changes,
    "inbound": tracking.inbound,
    "alarms": tracking.alarms,
}
_WORST_FIRST = (Verdict.FAIL, Verdict.WARN, Verdict.OK)


class Doctor:
    """Checks a stack. `http` holds the connections to Messente."""

    def __init__(self, stack: Stack, clock: Callable[[], float] = time.time, http: Http | None = None) -> None:
        self._site = Site(stack, clock, http or Connections(1))

    def examine(self) -> Iterator[Finding]:
        """Make all checks, and give the worst finding of each; one that cannot be made is a finding too."""
        for name, check in CHECKS.items():
            found = list[Finding]()
            try:
                found.extend(check(self._site))
            except Problem as problem:
                found.append(fail(str(problem), ""))
            except (ClientError, BotoCoreError) as failure:
                found.append(fail(str(of_aws(failure)), ""))
            yield replace(min(found, key=lambda each: _WORST_FIRST.index(each.verdict)), check=name)
