"""The template as CloudFormation sees it: the one place where the tests read it."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class CloudFormation(yaml.SafeLoader):
    """YAML whose short tags become the long form: `!Ref X` is {"Ref": "X"}, `!Sub X` is {"Fn::Sub": "X"}."""


def _function(loader: CloudFormation, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} of a mapping is not used here")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


CloudFormation.add_multi_constructor("!", _function)

SOURCE = (ROOT / "template.yaml").read_text()
TEMPLATE: dict[str, Any] = yaml.load(SOURCE, Loader=CloudFormation)  # noqa: S506 - CloudFormation is a SafeLoader
# What CloudWatch counts from the access logs.
COUNTED_FROM_LOGS = {"TooManyRequests"}
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def watched_by(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of an alarm: its own, or those of its formula."""
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
