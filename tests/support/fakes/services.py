"""The services that a doctor looks at, in memory: what the template makes in them, and the calls that look and mend."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.fakes.aws import error
from tests.support.template import RESOURCES, watched_by
from tests.support.world import OPT_OUTS, TABLE

STACK = "rcs"
# The namespaces and dimensions of the metrics that the alarms watch.
WATCHED = {
    (metric["Namespace"], dimension["Name"])
    for each in RESOURCES.values()
    if each["Type"] == "AWS::CloudWatch::Alarm"
    for metric in watched_by(each["Properties"])
    for dimension in metric["Dimensions"]
}
TOPIC = "arn:aws:sns:eu-west-1:000000000000:alarms"


def physical(logical_id: str) -> str:
    """Return what a resource of the stack is called in the account."""
    kind = RESOURCES.get(logical_id, {}).get("Type", "")
    tables = {"MessageTable": TABLE, "OptOutTable": OPT_OUTS}
    if kind == "AWS::SQS::Queue":
        return f"https://sqs/{logical_id}"
    return tables.get(logical_id, f"{STACK}-{logical_id}")


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
        self.resources: list[str] = []  # logical ids
        self.alarms: list[dict[str, Any]] = []
        self.meet(None, "CreatesDashboard")  # all else the template makes only under a condition
        self.metrics: list[tuple[str, str, float, float]] = []  # its name, about what, when, and its value
        self.metrics_are = "Complete"
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

    def publish_changes(self) -> None:
        """Have what the template makes with PublishEvents."""
        self.meet("PublishesEvents")
        mapping = {"UUID": "uuid-PublishFunction", "State": "Enabled", "FunctionArn": physical("PublishFunction")}
        self.mappings.append(mapping)

    def meet(self, *conditions: str | None) -> None:
        """Have what the template makes under these conditions."""
        for name, each in RESOURCES.items():
            if each.get("Condition") in conditions:
                self.resources.append(name)
                if each["Type"].endswith("::Alarm"):
                    self.alarms.append(self._alarm(name))

    def _alarm(self, name: str) -> dict[str, Any]:
        described = {"AlarmName": physical(name), "AlarmDescription": RESOURCES[name]["Properties"]["AlarmDescription"]}
        return described | {"StateValue": "OK", "StateReason": "", "AlarmActions": [TOPIC], "ActionsEnabled": True}

    def alarm(self, name: str) -> dict[str, Any]:
        return next(each for each in self.alarms if each["AlarmName"] == physical(name))

    def count(self, metric: str, resource: str = "", value: float = 1, ago: float = 30) -> None:
        """Let a metric of the stack, or of a function or an API of it, have counted something."""
        self.metrics.append((metric, physical(resource) if resource else STACK, self._clock() - ago, value))

    # --- What looks ---------------------------------------------------------------------------------------------------

    def get_paginator(self, operation: str) -> Pages:
        if operation == "describe_alarms":
            return Pages({"MetricAlarms": self.alarms})
        found = [{"LogicalResourceId": name, "PhysicalResourceId": physical(name)} for name in self.resources]
        return Pages({"StackResourceSummaries": found})

    def get_metric_data(
        self, *, MetricDataQueries: Sequence[Mapping[str, Any]], StartTime: datetime, EndTime: datetime
    ) -> dict[str, Any]:
        """Answer for one metric, value by value. Its namespace has such a dimension."""
        metric = MetricDataQueries[0]["MetricStat"]["Metric"]
        [dimension] = metric["Dimensions"]
        assert (metric["Namespace"], dimension["Name"]) in WATCHED
        asked = (metric["MetricName"], dimension["Value"])
        since, until = StartTime.timestamp(), EndTime.timestamp()
        values = [value for *which, at, value in self.metrics if (*which,) == asked and since <= at <= until]
        return {"MetricDataResults": [{"Values": values, "StatusCode": self.metrics_are}]}

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
        return {"Attributes": self.topic | {"TopicArn": TopicArn}}

    def set_topic_attributes(self, *, TopicArn: str, AttributeName: str, AttributeValue: str) -> None:
        assert TopicArn == TOPIC
        self.topic[AttributeName] = AttributeValue

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

    def enable_key(self, **_: Any) -> None:
        """Take a call that changes nothing which a check sees."""

    describe_stack_events = detect_stack_drift = filter_log_events = invoke = enable_key
    request_service_quota_increase = enable_key

    def enable_alarm_actions(self, **_: Any) -> None:
        for each in self.alarms:
            each["ActionsEnabled"] = True
