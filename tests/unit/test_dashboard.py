"""The dashboard and the saved queries: whatever they name is emitted, logged or a part of the stack."""

import io
import json
import re
from typing import Any

import pytest

from messente_rcs.telemetry import Metric, metrics
from tests.standin import numbers
from tests.support.callback import Callback, reports_of, sending
from tests.support.steps import at
from tests.support.template import COUNTED_FROM_LOGS, RESOURCES, properties, watched_by
from tests.support.world import TO, World, message

BODY = json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
ALARMS = {name: each for name, each in RESOURCES.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
QUERIES = {
    each["Properties"]["Name"]["Fn::Sub"]: each["Properties"]["QueryString"]
    for each in RESOURCES.values()
    if each["Type"] == "AWS::Logs::QueryDefinition"
} | {each["properties"]["title"]: each["properties"]["query"] for each in BODY["widgets"] if each["type"] == "log"}

# What SAM makes of the event `Queued` of the function.
QUEUE_SOURCE = "SendFunctionQueued"


def shown() -> list[tuple[str, str, dict[str, str]]]:
    found = []
    for widget in BODY["widgets"]:
        above: list[str] = []
        for metric in widget["properties"].get("metrics", []):
            words = [each for each in metric if isinstance(each, str)]
            if words[0] == "...":  # all of those above but as many as follow
                words = above[: len(above) - len(words) + 1] + words[1:]
            words = [above[place] if each == "." else each for place, each in enumerate(words)]
            namespace, name, *rest = above = words
            found.append((namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))))
    return found


def test_every_metric_is_watched_or_shown_and_no_other() -> None:
    """What nobody would ever look at need not be counted; what is not counted would be an empty line."""
    on_dashboard = {name for namespace, name, _ in shown() if namespace == metrics.namespace}
    watched = {
        metric["MetricName"]
        for each in ALARMS.values()
        for metric in watched_by(each["Properties"])
        if metric["Namespace"] == metrics.namespace
    }
    assert watched
    assert watched <= {*Metric, *COUNTED_FROM_LOGS}
    assert on_dashboard | watched == {*Metric, *COUNTED_FROM_LOGS}


def test_the_dashboard_shows_its_own_stack() -> None:
    """Our metrics carry the name of the stack; AWS's belong to a resource of it; and the region is its own."""
    for namespace, name, dimensions in shown():
        if namespace == metrics.namespace:
            assert dimensions.pop("service") == "${AWS::StackName}", name
            assert dimensions.keys() <= {"reason"}
        else:
            [own] = dimensions.values()
            resource = own.strip("${}").partition(".")[0]
            assert resource in RESOURCES or resource == QUEUE_SOURCE, own
    regions = {each["properties"]["region"] for each in BODY["widgets"] if each["type"] == "metric"}
    assert regions == {"${AWS::Region}"}
    assert "Queued" in properties("SendFunction")["Events"]


def test_the_dashboard_names_no_alarm_that_a_condition_may_leave_out() -> None:
    """The deployment would fail; that it names all others is in test_template.py."""
    [alarms] = (each["properties"]["alarms"] for each in BODY["widgets"] if each["type"] == "alarm")
    assert len(alarms) == len(set(alarms))
    assert set(alarms) <= {f"${{{name}.Arn}}" for name, each in ALARMS.items() if "Condition" not in each}


WORDS = {"fields", "filter", "sort", "limit", "stats", "count", "by", "as", "in", "desc", "ispresent"}
WORDS |= {"like", "count_distinct", "sum", "SOURCE"}
OF_CLOUDWATCH = {"@timestamp"}


def fields(query: str) -> set[str]:
    """Return the fields of the log that a query reads; `codes.0` is the first of the list `codes`."""
    code = re.sub(r""""[^"]*"|'[^']*'""", "", query)
    aliases = set(re.findall(r"\bas (\w+)", code))
    names = set(re.findall(r"@?[A-Za-z][\w.]*", code))
    return {name.removesuffix(".0") for name in names - WORDS - aliases - OF_CLOUDWATCH}


def lines_of_everything(world: World, log: io.StringIO) -> list[dict[str, Any]]:
    env = sending(world)
    world.deliver(message("sent"), env)
    world.deliver(message("failed", to=numbers.FAILED), env)
    world.deliver(message("rejected", to=numbers.BAD_REQUEST), env)
    world.deliver({"to": "12"}, env)
    world.deliver(message("sent", text="another text"), env)
    Callback(world).take(*reports_of(world))
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_saved_queries_read_what_is_logged(world: World, log: io.StringIO, query: str) -> None:
    """Each field is in a line, and each message that a query picks out is one."""
    lines = lines_of_everything(world, log)
    assert fields(query) <= set().union(*lines), fields(query)
    for name in re.findall(r"(\w+)\.0", query):
        assert any(isinstance(line.get(name), list) and line[name] for line in lines), name
    [picked] = re.findall(r"message in (\[.*\])", query) or ["[]"]
    assert set(json.loads(picked)) <= {line["message"] for line in lines}


def test_every_send_tells_how_long_it_took(world: World, log: io.StringIO) -> None:
    """Whatever came of it, so that the slowest are found."""
    for key, to in {"sent": TO, "rejected": numbers.BAD_REQUEST, "unknown": numbers.CUT_AFTER_ACCEPT}.items():
        world.deliver(message(key, to=to), world.env(at("urlopen", "before", lambda: world.clock.advance(1.25))))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["message"], line["seconds"]) for line in lines] == [
        ("sent", 1.25),
        ("rejected", 1.25),
        ("unknown", 1.25),
    ]
