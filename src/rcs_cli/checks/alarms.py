"""The alarms of a stack, and the metrics that they watch, read over the alarms' own periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rcs_cli.stack import Stack

_LATE = 300  # seconds after which every service has told CloudWatch its metrics

type Alarm = Mapping[str, Any]  # as CloudWatch describes it


class Alarms:
    """The alarms by their logical ids, as far as they are there."""

    def __init__(self, stack: Stack, clock: Callable[[], float]) -> None:
        self._client = stack.client("cloudwatch")
        self._clock = clock
        names = {name: logical for logical, name in stack.resources("AWS::CloudWatch::Alarm").items()}
        pages = self._client.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
        found = {names[each["AlarmName"]]: each for page in pages for each in page["MetricAlarms"]}
        self.there: dict[str, Alarm] = found
        self.missing = sorted(names.values() - found.keys())

    def values(self, name: str, seconds: float | None = None) -> list[float]:
        """Read the newest values of an alarm's metric, of its own periods or of the last seconds."""
        if (alarm := self.there.get(name)) is None:
            return []
        seconds = seconds or alarm["Period"] * alarm["EvaluationPeriods"] + _LATE
        now = datetime.fromtimestamp(self._clock(), UTC)
        metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
        stat = {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}
        [result] = self._client.get_metric_data(
            MetricDataQueries=[{"Id": "values", "MetricStat": stat}],
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
            return f"{name}: {max(breaching):g} in {alarm['Period']} s"
        return name if alarm["StateValue"] == "ALARM" else None
