"""What the checks look at, and the troubles that several of them look for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from rcs_cli.checks.alarms import Alarms
from rcs_cli.checks.findings import fail, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messente_rcs.messente.api import Http
    from rcs_cli.checks.findings import Finding
    from rcs_cli.stack import Stack

_CONCURRENT_EXECUTIONS = "L-B99A9384"  # the quota of Lambda


class Site:
    """A stack; `http` holds the connections to Messente."""

    def __init__(self, stack: Stack, clock: Callable[[], float], http: Http) -> None:
        self.stack = stack
        self.clock = clock
        self.http = http

    @cached_property
    def alarms(self) -> Alarms:
        """The alarms of the stack."""
        return Alarms(self.stack, self.clock)

    def ringing(self, alarm: str, told: str, next_: str) -> Iterator[Finding]:
        """Find an alarm that rings, or would."""
        if reading := self.alarms.rings(alarm):
            yield fail(f"{told} ({reading})", next_)

    def stopped(self, function: str, bound: str = "0") -> Iterator[Finding]:
        """Find a function whose reserved concurrency is 0; `bound` is what the stack reserves for it."""
        name = self.stack.resource(function)
        if self.stack.client("lambda").get_function_concurrency(FunctionName=name).get(_RESERVED) == 0:
            start = self.stack.aws("lambda delete-function-concurrency", function_name=name)
            if bound != "0":
                start = self.stack.aws(
                    "lambda put-function-concurrency", function_name=name, reserved_concurrent_executions=bound
                )
            yield fail(f"{function} is stopped: its reserved concurrency is 0", start)

    def throttled(self, alarm: str, function: str, bound: str = "0") -> Iterator[Finding]:
        """Find a function that Lambda refused to run, for want of what is reserved or of what the account has."""
        more = self.stack.deploy(CallbackConcurrency=0) if bound != "0" else self._more_for_all()
        yield from self.ringing(alarm, f"{function} is throttled", more)

    def _more_for_all(self) -> str:
        limit = self.stack.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        return self.stack.aws(
            "service-quotas request-service-quota-increase",
            service_code="lambda",
            quota_code=_CONCURRENT_EXECUTIONS,
            desired_value=max(1000, 2 * limit),
        )

    def not_taken_from(self, function: str, source: Callable[[], dict[str, Any]]) -> Iterator[Finding]:
        """Find a function that takes nothing from its source; `source` tells what its mapping is made of."""
        client, name = self.stack.client("lambda"), self.stack.resource(function)
        mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        if not mappings:
            make = self.stack.aws("lambda create-event-source-mapping", function_name=name, **source())
            yield fail(f"{function} does not take from it (no event source mapping)", make)
        for each in mappings:
            match each.get("State", "?"):
                case "Enabled":
                    continue
                case "Disabled" | "Disabling" as state:
                    enable = self.stack.aws("lambda update-event-source-mapping", uuid=each["UUID"], enabled=True)
                    yield fail(f"{function} does not take from it ({state})", enable)
                case state:
                    yield warn(f"the event source mapping of {function} is {state}", "Wait a minute, and look again.")

    def log(self, group: str, words: str) -> str:
        """Write the command that shows what a function logged."""
        return self.stack.aws(
            "logs filter-log-events",
            log_group_name=self.stack.resource(group),
            start_time=int(self.clock() - 3600) * 1000,
            filter_pattern=f'"{words}"',
        )


_RESERVED = "ReservedConcurrentExecutions"
