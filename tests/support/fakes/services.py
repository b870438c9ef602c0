"""The services that a doctor looks at, in memory: what the template makes in them, and the calls that look and mend."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.fakes.aws import error
from tests.support.template import RESOURCES, TEMPLATE
from tests.support.world import OPT_OUTS, TABLE

STACK = "rcs"
TOPIC = "arn:aws:sns:eu-west-1:000000000000:alarms"
_STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max}


def physical(logical_id: str) -> str:
    """Return what a resource of the stack is called in the account."""
    kind = RESOURCES.get(logical_id, {}).get("Type", "")
    tables = {"MessageTable": TABLE, "OptOutTable": OPT_OUTS}
    if kind == "AWS::SQS::Queue":
        return f"https://sqs/{logical_id}"
    return tables.get(logical_id, f"{STACK}-{logical_id}")


def resolved(value: Any) -> Any:
    """Resolve what a property of an alarm refers to; a condition holds."""
    if isinstance(value, list):
        return [resolved(each) for each in value]
    match value:
        case {"Ref": "AWS::StackName"}:
            return STACK
        case {"Ref": name} if name in TEMPLATE["Parameters"]:
            return TEMPLATE["Parameters"][name]["Default"]
        case {"Ref": name} | {"Fn::GetAtt": name}:
            return physical(name.partition(".")[0]).rpartition("/")[2]
        case {"Fn::If": [_, then, _]}:
            return resolved(then)
    return {key: resolved(each) for key, each in value.items()} if isinstance(value, dict) else value


def worked_out(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Work out a formula of CloudWatch, which reads as Python's for one period; None if a part of it has no data."""
    functions = {
        "FILL": lambda value, instead: instead if value is None else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    try:
        return float(eval(expression, functions, dict(values)))  # noqa: S307 - the template's
    except TypeError:
        return None


class Pages:
    """A paginator: one page, whatever is asked."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield self._page


class Services:
    """CloudFormation, CloudWatch, Lambda, the scheduler and others, as a stack leaves them that is whole."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.resources: dict[str, tuple[str, str]] = {}
        self.alarms: list[dict[str, Any]] = []
        self.meet(None, "CreatesDashboard")  # all else the template makes only under a condition
        self.metrics: list[tuple[dict[str, Any], float, float]] = []  # which, when, and its value
        self.mappings = [
            {"UUID": f"uuid-{name}", "State": "Enabled", "FunctionArn": physical(name)}
            for name in ("SendFunction", "InboundFunction")
        ]
        self.reserved: dict[str, int] = {}  # concurrent executions by function
        self.tags: dict[str, str] = {}  # of the sending function
        self.slow_mappings = False  # whether a change of a mapping is done only when it is looked at
        self.schedule: dict[str, Any] | None = {
            "State": "ENABLED",
            "ScheduleExpression": "rate(1 minute)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": physical("ReconcileFunction"), "RoleArn": physical("ReconcileSchedulerRole")},
        }
        self.buses = {"default"}
        self.topic: dict[str, str] = {}
        self.granted: list[str] = []  # roles that somebody gave more rights
        self.asked: list[str] = []  # the other calls that were made
        self.runs: Callable[[], None] = lambda: self.put_metric("ReconcileStoppedAlarm", 1)  # what an invocation does
        self.runs()

    def publish_changes(self) -> None:
        """Have what the template makes with PublishEvents."""
        self.meet("PublishesEvents")
        mapping = {"UUID": "uuid-PublishFunction", "State": "Enabled", "FunctionArn": physical("PublishFunction")}
        self.mappings.append(mapping)

    def meet(self, *conditions: str | None) -> None:
        """Have what the template makes under these conditions."""
        for name, each in RESOURCES.items():
            if each.get("Condition") in conditions:
                self.resources[name] = (each["Type"].replace("Serverless", "Lambda"), physical(name))
                if each["Type"].endswith("::Alarm"):
                    self.alarms.append(self._alarm(name))

    def _alarm(self, name: str) -> dict[str, Any]:
        properties: dict[str, Any] = resolved(RESOURCES[name]["Properties"])
        actions = {"AlarmActions": [TOPIC], "OKActions": [TOPIC], "ActionsEnabled": True}
        return properties | {"AlarmName": physical(name), "StateValue": "OK"} | actions

    def alarm(self, name: str) -> dict[str, Any]:
        return next(each for each in self.alarms if each["AlarmName"] == physical(name))

    def put_metric(self, alarm: str, value: float | Mapping[str, float], ago: float = 30) -> None:
        """Let the metric of an alarm have a value, or those of its formula."""
        described = self.alarm(alarm)
        if isinstance(value, Mapping):
            metrics = {
                each["Id"]: each["MetricStat"]["Metric"] for each in described["Metrics"] if "MetricStat" in each
            }
            found = [(metrics[name], each) for name, each in value.items()]
        else:
            found = [({key: described[key] for key in ("Namespace", "MetricName", "Dimensions")}, value)]
        self.metrics += [(metric, self._clock() - ago, each) for metric, each in found]

    def count(self, namespace: str, metric: str, dimension: str, name: str) -> None:
        found = {"Namespace": namespace, "MetricName": metric, "Dimensions": [{"Name": dimension, "Value": name}]}
        self.metrics.append((found, self._clock() - 30, 1))

    # --- What looks ---------------------------------------------------------------------------------------------------

    def get_paginator(self, operation: str) -> Pages:
        if operation == "describe_alarms":
            return Pages({"MetricAlarms": self.alarms})
        found = [
            {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": its_name}
            for name, (kind, its_name) in self.resources.items()
        ]
        return Pages({"StackResourceSummaries": found})

    def get_metric_data(
        self, *, MetricDataQueries: Sequence[Mapping[str, Any]], StartTime: datetime, EndTime: datetime
    ) -> dict[str, Any]:
        """Answer for each metric, or for a formula over them, with the values of its periods, the newest first."""
        since, until = StartTime.timestamp(), EndTime.timestamp()
        stats = {each["Id"]: each["MetricStat"] for each in MetricDataQueries if "MetricStat" in each}
        times: dict[str, dict[int, list[float]]] = {name: {} for name in stats}
        for name, stat in stats.items():
            for metric, at, value in self.metrics:
                if metric == stat["Metric"] and since <= at <= until:
                    times[name].setdefault(int(at // stat["Period"] * stat["Period"]), []).append(value)
        results = []
        for query in MetricDataQueries:
            found: list[tuple[int, float]] = []
            for time in sorted(set().union(*times.values()), reverse=True):
                values = {
                    name: _STATISTICS[stat["Stat"]](times[name][time]) if time in times[name] else None
                    for name, stat in stats.items()
                }
                known = worked_out(query["Expression"], values) if "Expression" in query else values[query["Id"]]
                found += [] if known is None else [(time, known)]
            if query.get("ReturnData", True):
                at_times = [datetime.fromtimestamp(time, UTC) for time, _ in found]
                results.append({"Id": query["Id"], "Timestamps": at_times, "Values": [value for _, value in found]})
        return {"MetricDataResults": results}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        raise error("ValidationError", "DescribeStacks")

    def list_event_source_mappings(self, *, FunctionName: str) -> dict[str, Any]:
        found = [each for each in self.mappings if each["FunctionArn"] == FunctionName]
        told = [dict(each) for each in found]
        for each in found:
            each["State"] = {"Enabling": "Enabled", "Disabling": "Disabled"}.get(each["State"], each["State"])
        return {"EventSourceMappings": told}

    def list_tags(self, **_: Any) -> dict[str, Any]:
        return {"Tags": self.tags}

    def get_function_concurrency(self, *, FunctionName: str) -> dict[str, Any]:
        reserved = self.reserved.get(FunctionName)
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": 10}}

    def get_schedule(self, **_: Any) -> dict[str, Any]:
        if self.schedule is None:
            raise error("ResourceNotFoundException", "GetSchedule")
        return self.schedule

    def describe_event_bus(self, *, Name: str) -> dict[str, Any]:
        if Name not in self.buses:
            raise error("ResourceNotFoundException", "DescribeEventBus")
        return {"Name": Name}

    def get_topic_attributes(self, *, TopicArn: str) -> dict[str, Any]:
        """Tell of the topic of the alarms."""
        return {"Attributes": self.topic | {"TopicArn": TopicArn}}

    def set_topic_attributes(self, *, TopicArn: str, AttributeName: str, AttributeValue: str) -> None:
        """Change the topic."""
        assert TopicArn == TOPIC
        self.topic[AttributeName] = AttributeValue

    def filter_log_events(self, **_: Any) -> dict[str, Any]:
        self.asked.append("filter_log_events")
        return {"events": []}

    # --- What mends ---------------------------------------------------------------------------------------------------

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:
        [mapping] = [each for each in self.mappings if each["UUID"] == UUID]
        if mapping["State"] not in ("Enabled", "Disabled"):
            raise error("ResourceInUseException", "UpdateEventSourceMapping")
        stem = "Enabl" if Enabled else "Disabl"
        mapping["State"] = stem + ("ing" if self.slow_mappings else "ed")

    def tag_resource(self, *, Tags: Mapping[str, str], **_: Any) -> None:
        assert all(re.fullmatch(r"[\w .:/=+@-]{1,256}", each) for each in Tags.values())
        self.tags |= Tags

    def untag_resource(self, *, TagKeys: Sequence[str], **_: Any) -> None:
        for each in TagKeys:
            self.tags.pop(each, None)

    def delete_function_concurrency(self, *, FunctionName: str) -> None:
        del self.reserved[FunctionName]

    def put_function_concurrency(self, *, FunctionName: str, ReservedConcurrentExecutions: int) -> None:
        self.reserved[FunctionName] = ReservedConcurrentExecutions

    def update_schedule(self, **given: Any) -> None:
        self.schedule = given

    def create_event_bus(self, *, Name: str) -> None:
        self.buses.add(Name)

    def put_role_policy(self, *, RoleName: str, **_: Any) -> None:
        self.granted.append(RoleName)

    def invoke(self, **_: Any) -> None:
        self.runs()

    def enable_key(self, **_: Any) -> None:
        """Let a key of KMS be used again, or tell what a deployment did."""

    describe_stack_events = enable_key

    def request_service_quota_increase(self, **_: Any) -> None:
        self.asked.append("request_service_quota_increase")

    def enable_alarm_actions(self, **_: Any) -> None:
        for each in self.alarms:
            each["ActionsEnabled"] = True
