"""What the checks look at, what they find, and the troubles that several of them look for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from messente_rcs.errors import aws_code
from messente_rcs.messente.connections import Connections
from rcs_cli.problems import Problem
from rcs_cli.stack import Stack

_LATELY = 600  # seconds: what a metric counted in them is worth telling
_PUBLIC = ("ReportFunction", "InboundFunction")
_CONCURRENT_EXECUTIONS = "L-B99A9384"  # the quota of Lambda


type About = tuple[str, str, str]  # a namespace of CloudWatch, a dimension, and its value


class Finding(NamedTuple):
    """What a check found: `next` is the command that mends it, or in words what no command does."""

    verdict: str
    found: str
    next: str = ""


VERDICTS = FAIL, WARN, OK = ("fail", "warn", "ok")  # the worst first; what is warned of works
fail, warn, ok = (partial(Finding, each) for each in VERDICTS)

# CloudFormation does not look for a resource that somebody deleted.
MADE_AGAIN = "Deploy the template without {}, then with it: CloudFormation makes it again."


@dataclass(frozen=True)
class Site:
    """A stack; `http` holds the connections to Messente."""

    stack: Stack
    clock: Callable[[], float]
    http: Connections

    @cached_property
    def alarms(self) -> dict[str, Mapping[str, Any]]:
        """The alarms of the stack that are there, by their logical ids, as CloudWatch describes them."""
        names = {name: logical for logical, name in self.stack.resources.items() if logical.endswith("Alarm")}
        pages = self.stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=list(names))
        return {names[each["AlarmName"]]: each for page in pages for each in page["MetricAlarms"]}

    @property
    def ringing(self) -> list[str]:
        """The logical ids of those that ring."""
        return sorted(name for name, each in self.alarms.items() if each["StateValue"] == "ALARM")

    def measured(
        self, metric: str, about: About | None = None, seconds: int = _LATELY, statistic: str = "Sum"
    ) -> list[float]:
        """Read a metric of the stack minute by minute, the newest first, or one of AWS about something of it."""
        namespace, dimension, value = about or ("MessenteRcs", "service", self.stack.name)
        dimensions = [{"Name": dimension, "Value": value}]
        found = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
        now = datetime.fromtimestamp(self.clock(), UTC)
        [result] = self.stack.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "values", "MetricStat": {"Metric": found, "Period": 60, "Stat": statistic}}],
            StartTime=now - timedelta(seconds=seconds),
            EndTime=now,
        )["MetricDataResults"]
        if result["StatusCode"] != "Complete":  # no value then proves nothing
            raise Problem(f"CloudWatch could not read {metric} ({result['StatusCode']}). Run rcs doctor again.")
        return list(result["Values"])

    def counted(self, metric: str, about: About | None = None) -> str:
        """Tell what a metric counted lately; empty if nothing."""
        number = sum(self.measured(metric, about))
        return f"({metric}: {number:g} in {_LATELY} s)" if number else ""

    def kept(self, what: str) -> Iterator[Finding]:
        """Find that something which Messente sent was lost."""
        if lost := self.counted(f"{what}NotKept"):
            log = self.log(f"{what}LogGroup", f'"{what.lower()} not kept"')
            yield fail(f"what Messente sent was not kept {lost}", log)

    def described(self, service: str, operation: str, **arguments: str) -> dict[str, Any] | None:
        """Let AWS describe something; None if it does not exist."""
        try:
            return dict(getattr(self.stack.client(service), operation)(**arguments))
        except ClientError as failure:
            if aws_code(failure) != "ResourceNotFoundException":
                raise
            return None

    def runs(self, function: str) -> Iterator[Finding]:
        """Find a function that is stopped, that Lambda throttled, or that failed."""
        stack, name = self.stack, self.stack.resource(function)
        bound = stack.parameter("CallbackConcurrency") if function in _PUBLIC else "0"
        is_bounded, about = bound != "0", ("AWS/Lambda", "FunctionName", name)
        if stack.is_stopped(name):
            put = f"put-function-concurrency --reserved-concurrent-executions {bound}"
            start = stack.aws(f"lambda {put if is_bounded else 'delete-function-concurrency'}", function_name=name)
            yield fail(*stack.stopped(function, "is stopped: its reserved concurrency is 0", start))
        if throttled := self.counted("Throttles", about):
            more = stack.deploy(CallbackConcurrency=0) if is_bounded else self._more_executions()
            yield fail(f"{function} is throttled {throttled}", more)
        if failed := self.counted("Errors", about):
            yield fail(f"{function} failed {failed}", self.log(function.replace("Function", "LogGroup"), '"ERROR"'))

    def _more_executions(self) -> str:
        limit = self.stack.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        increase = "service-quotas request-service-quota-increase --service-code lambda"
        return self.stack.aws(increase, quota_code=_CONCURRENT_EXECUTIONS, desired_value=max(1000, 2 * limit))

    def takes(self, function: str, mapping: str) -> Iterator[Finding]:
        """Find a function that takes nothing from its source."""
        client, name = self.stack.client("lambda"), self.stack.resource(function)
        mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        if not mappings:
            yield fail(f"{function} does not take from it (no event source mapping)", MADE_AGAIN.format(mapping))
        for each in mappings:
            state = each["State"]
            if state in ("Disabled", "Disabling"):
                enable = self.stack.aws("lambda update-event-source-mapping --enabled", uuid=each["UUID"])
                yield fail(*self.stack.stopped(function, f"does not take from it ({state})", enable))
            elif state != "Enabled":
                yield warn(f"the event source mapping of {function} is {state}", "Wait a minute, and look again.")

    def log(self, group: str, pattern: str) -> str:
        """Write the command that shows what of the last hour matches a pattern of CloudWatch."""
        name, since = self.stack.resource(group), int(self.clock() - 3600) * 1000
        return self.stack.aws("logs filter-log-events", log_group_name=name, start_time=since, filter_pattern=pattern)

    def doubled(self, parameter: str, most: int) -> str:
        """Write the command that deploys the stack with twice the value of a parameter, or the most that it takes."""
        return self.stack.deploy(**{parameter: min(most, 2 * int(self.stack.parameter(parameter)))})
