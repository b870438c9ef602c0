"""What the checks look at, what they find, and the troubles that several of them look for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from typing import Any

from botocore.exceptions import ClientError

from messente_rcs.errors import aws_code
from messente_rcs.messente.connections import Connections
from rcs_cli.stack import Stack

_LATELY = 600  # seconds: what a metric counted in them is worth telling
_LATE = 300  # seconds after which every service has told CloudWatch its metrics
_PUBLIC = ("ReportFunction", "InboundFunction")
_CONCURRENT_EXECUTIONS = "L-B99A9384"  # the quota of Lambda


class Verdict(StrEnum):
    """How it is, the worst first."""

    FAIL = "fail"
    WARN = "warn"  # works, but somebody should look
    OK = "ok"


@dataclass(frozen=True)
class Finding:
    """What a check found: `next` is the command that mends it, or in words what no command does."""

    verdict: Verdict
    told: str
    next: str = ""


ok, warn, fail = partial(Finding, Verdict.OK), partial(Finding, Verdict.WARN), partial(Finding, Verdict.FAIL)


def made_again(logical_id: str) -> str:
    """Say how CloudFormation makes a resource again that somebody deleted: it does not look for it otherwise."""
    return f"Deploy the template without {logical_id}, then with it: CloudFormation makes it again."


class Alarms:
    """The alarms of a stack by their logical ids, as CloudWatch describes them, and the metrics that they watch."""

    def __init__(self, stack: Stack, clock: Callable[[], float]) -> None:
        self._stack = stack
        self._client = stack.client("cloudwatch")
        self._clock = clock
        names = {name: logical for logical, name in stack.resources("AWS::CloudWatch::Alarm").items()}
        pages = self._client.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
        self.there: dict[str, Mapping[str, Any]] = {
            names[each["AlarmName"]]: each for page in pages for each in page["MetricAlarms"]
        }
        self.missing = sorted(names.values() - self.there.keys())

    def values(self, name: str, seconds: float | None = None) -> list[float]:
        """Read the newest values of an alarm's metric or formula, of its own periods or of the last seconds."""
        if (alarm := self.there.get(name)) is None:
            return []
        return self._read(_watched(alarm), seconds or _period(alarm) * alarm["EvaluationPeriods"] + _LATE)

    def counted(self, metric: str, resource: str = "", seconds: float = _LATELY) -> float:
        """Sum a metric of the stack in the last seconds, or one that AWS counts for a function or an API."""
        namespace, name, value = "MessenteRcs", "service", self._stack.name
        if resource:
            of_api = resource.endswith("Api")
            namespace, name = ("AWS/ApiGateway", "ApiId") if of_api else ("AWS/Lambda", "FunctionName")
            value = self._stack.resource(resource)
        found = {"Namespace": namespace, "MetricName": metric, "Dimensions": [{"Name": name, "Value": value}]}
        return sum(self._read(_query(found, 60, "Sum"), seconds))

    def _read(self, queries: list[Mapping[str, Any]], seconds: float) -> list[float]:
        now = datetime.fromtimestamp(self._clock(), UTC)
        [result] = self._client.get_metric_data(
            MetricDataQueries=queries,
            StartTime=now - timedelta(seconds=seconds),
            EndTime=now,
        )["MetricDataResults"]
        newest_first = sorted(zip(result["Timestamps"], result["Values"], strict=True), reverse=True)
        return [value for _, value in newest_first]

    def rings(self, name: str) -> str | None:
        """Tell an alarm that rings, or would by its metric, with the value that makes it; None if it is silent."""
        if (alarm := self.there.get(name)) is None:
            return None
        values = self.values(name)
        if alarm["ComparisonOperator"].startswith("LessThan"):
            breaching, enough = [0.0], 0 if max(values, default=0) >= alarm["Threshold"] else 1
        else:
            breaching = [value for value in values if value > alarm["Threshold"]]
            enough = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
        if 0 < enough <= len(breaching):
            return f"{name}: {max(breaching):g} in {_period(alarm)} s"
        return name if alarm["StateValue"] == "ALARM" else None


def _query(metric: Mapping[str, Any], period: int, statistic: str) -> list[Mapping[str, Any]]:
    return [{"Id": "values", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}]


def _watched(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what GetMetricData is asked for the values of an alarm."""
    if formula := alarm.get("Metrics"):
        return list(formula)
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
    return _query(metric, alarm["Period"], alarm["Statistic"])


def _period(alarm: Mapping[str, Any]) -> int:
    return next(int(each["MetricStat"]["Period"]) for each in _watched(alarm) if "MetricStat" in each)


@dataclass(frozen=True)
class Site:
    """A stack; `http` holds the connections to Messente."""

    stack: Stack
    clock: Callable[[], float]
    http: Connections

    @cached_property
    def alarms(self) -> Alarms:
        """The alarms of the stack."""
        return Alarms(self.stack, self.clock)

    def described(self, service: str, operation: str, **arguments: str) -> dict[str, Any] | None:
        """Let AWS describe something; None if it does not exist."""
        try:
            return dict(getattr(self.stack.client(service), operation)(**arguments))
        except ClientError as failure:
            if aws_code(failure) != "ResourceNotFoundException":
                raise
            return None

    def ringing(self, alarm: str, told: str, next_: str) -> Iterator[Finding]:
        """Find an alarm that rings, or would."""
        if reading := self.alarms.rings(alarm):
            yield fail(f"{told} ({reading})", next_)

    def counted(self, metric: str, told: str, next_: str, function: str = "") -> Iterator[Finding]:
        """Find that a metric of the stack, or of Lambda about a function, counted something lately."""
        if number := self.alarms.counted(metric, function):
            yield fail(f"{told} ({metric}: {number:g} in {_LATELY} s)", next_)

    def runs(self, function: str) -> Iterator[Finding]:
        """Find a function that is stopped, that Lambda throttled, or that failed."""
        client, name = self.stack.client("lambda"), self.stack.resource(function)
        bound = self.stack.parameter("CallbackConcurrency") if function in _PUBLIC else "0"
        if client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == 0:
            start = self.stack.aws("lambda delete-function-concurrency", function_name=name)
            if bound != "0":
                start = self.stack.aws(
                    "lambda put-function-concurrency", function_name=name, reserved_concurrent_executions=bound
                )
            yield self._stopped(function, f"{function} is stopped: its reserved concurrency is 0", start)
        if self.alarms.counted("Throttles", function):
            more = self.stack.deploy(CallbackConcurrency=0) if bound != "0" else self._more_executions()
            yield from self.counted("Throttles", f"{function} is throttled", more, function)
        log = self.log(function.replace("Function", "LogGroup"), "ERROR")
        yield from self.counted("Errors", f"{function} failed", log, function)

    def _more_executions(self) -> str:
        limit = self.stack.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        return self.stack.aws(
            "service-quotas request-service-quota-increase",
            service_code="lambda",
            quota_code=_CONCURRENT_EXECUTIONS,
            desired_value=max(1000, 2 * limit),
        )

    def takes(self, function: str, mapping: str) -> Iterator[Finding]:
        """Find a function that takes nothing from its source."""
        name = self.stack.resource(function)
        mappings = self.stack.client("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        if not mappings:
            yield fail(f"{function} does not take from it (no event source mapping)", made_again(mapping))
        for each in mappings:
            match each.get("State", "?"):
                case "Enabled":
                    continue
                case "Disabled" | "Disabling" as state:
                    enable = self.stack.aws("lambda update-event-source-mapping", uuid=each["UUID"], enabled=True)
                    yield self._stopped(function, f"{function} does not take from it ({state})", enable)
                case state:
                    yield warn(f"the event source mapping of {function} is {state}", "Wait a minute, and look again.")

    def _stopped(self, function: str, told: str, start: str) -> Finding:
        return fail(*(self.stack.stopped(told, start) if function == "SendFunction" else (told, start)))

    def log(self, group: str, words: str = "", pattern: str = "") -> str:
        """Write the command that shows what was logged in the last hour, by words or by a pattern of CloudWatch."""
        return self.stack.aws(
            "logs filter-log-events",
            log_group_name=self.stack.resource(group),
            start_time=int(self.clock() - 3600) * 1000,
            filter_pattern=pattern or f'"{words}"',
        )
