"""The metrics that the code wrote: what CloudWatch makes of the lines on standard output (embedded metric format)."""

from __future__ import annotations

import json
from typing import NamedTuple


class Metric(NamedTuple):
    """One sum of one invocation; `trigger` is "" where the metric has no such dimension."""

    name: str
    value: float
    trigger: str = ""


def metrics_in(output: str) -> list[Metric]:
    """Read the metrics of all lines that are in the format."""
    found = []
    for line in output.splitlines():
        blob = json.loads(line) if line.startswith('{"_aws"') else {"_aws": {"CloudWatchMetrics": []}}
        for directive in blob["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "MessenteRcs"
            for dimensions in directive["Dimensions"]:
                assert "service" in dimensions
                trigger = blob["trigger"] if "trigger" in dimensions else ""
                found += [Metric(each["Name"], sum(blob[each["Name"]]), trigger) for each in directive["Metrics"]]
    return found
