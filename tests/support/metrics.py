"""The metrics that the code wrote: what CloudWatch makes of the lines on standard output (embedded metric format)."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Metric(NamedTuple):
    """One sum of one invocation; `by` is the value of a dimension that is not the service, or ""."""

    name: str
    value: float
    by: str = ""


class Values(NamedTuple):
    """What one line says of one metric."""

    name: str
    unit: str
    values: list[float]
    by: str


def metrics_in(output: str) -> list[Metric]:
    """Read the sums of all lines that are in the format; how long something took or waits is no sum."""
    return [
        Metric(each.name, sum(each.values), each.by) for each in values_in(output) if each.unit in ("Count", "None")
    ]


def values_in(output: str) -> list[Values]:
    """Read all metrics of all lines that are in the format."""
    return [each for line in output.splitlines() if line.startswith('{"_aws"') for each in _values(json.loads(line))]


def _values(blob: dict[str, Any]) -> Iterator[Values]:
    for directive in blob["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "MessenteRcs"
        for dimensions in directive["Dimensions"]:
            assert "service" in dimensions
            others = [blob[name] for name in dimensions if name != "service"]
            for each in directive["Metrics"]:
                yield Values(each["Name"], each["Unit"], blob[each["Name"]], "".join(others))
