"""The template as CloudFormation sees it: the one place where the tests read it."""

from pathlib import Path
from typing import Any

from tests.local.build import read_template

ROOT = Path(__file__).parents[2]


SOURCE = (ROOT / "template.yaml").read_text()
TEMPLATE: dict[str, Any] = read_template(SOURCE)
# What CloudWatch counts from the access logs.
COUNTED_FROM_LOGS = {"TooManyRequests"}
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def watched_by(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of an alarm: its own, or those of its formula."""
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
