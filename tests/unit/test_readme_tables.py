"""The tables and names of the README files are those of the code, the template and the Makefile."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

import messente_rcs
from messente_rcs.errors import TITLES
from messente_rcs.inbound.inbox import MARKED
from messente_rcs.messente.answers import STATUSES as ANSWERS
from messente_rcs.records.record import Delivery, Record, Resolution, State
from messente_rcs.sending.resolve import Verdict
from messente_rcs.telemetry import Metric
from messente_rcs.tracking.report import NEW_STATUS, STATUSES, read_report
from messente_rcs.triggers.http_api import STATUS
from tests.benchmarks.scale import Settings, lasting, limits, needed, until_sent
from tests.standin import numbers
from tests.support.documents import (
    BENCHMARKS,
    CONFIGURATION,
    DATA,
    DELIVERY,
    DOCUMENTS,
    OPERATING,
    PAYLOAD,
    PROTOCOL,
    README,
    Document,
    documented_alarms,
    documented_parameters,
)
from tests.support.gateway import OPERATOR, URL, both_apis, populate, report_on
from tests.support.steps import DIE
from tests.support.template import COUNTED_FROM_LOGS, ROOT, TEMPLATE, properties
from tests.support.world import Crash, World, message

CODE = ROOT / "src" / "messente_rcs"


def written_now(world: World) -> set[str]:
    keys = ("sent", "open", "rejected", "unknown", "named", "later", "claimed", "invoked")
    return set().union(*(world.item(key) or {} for key in keys))


def attributes() -> list[list[str]]:
    """Name the attributes of a record that callers see, and the hidden ones."""
    return [[name for cell, *_ in rows for name in re.findall(r"\w+", cell)] for rows in PROTOCOL.tables("attribute")]


def test_no_other_parameter_or_alarm_is_listed() -> None:
    """What was deleted from the template is gone from the documents."""
    alarms = {name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert documented_parameters().keys() <= TEMPLATE["Parameters"].keys()
    assert documented_alarms().keys() <= alarms


NAMES = [
    (CONFIGURATION, "output", TEMPLATE["Outputs"]),
    (README, "state", State),
    (OPERATING, "metric", {*Metric, *COUNTED_FROM_LOGS}),
]


@pytest.mark.parametrize(("document", "column", "names"), NAMES, ids=[column for _, column, _ in NAMES])
def test_every_name_is_listed(document: Document, column: str, names: Iterable[str]) -> None:
    """All that there are, each once, and no other."""
    assert sorted(document.names(column)) == sorted(names)


def test_every_index_is_listed() -> None:
    """With its keys."""
    indexes = properties("MessageTable")["GlobalSecondaryIndexes"]
    keys = {each["IndexName"]: [key["AttributeName"] for key in each["KeySchema"]] for each in indexes}
    assert {name: re.findall(r"\w+", listed) for name, listed, _ in PROTOCOL.table("index")} == keys


def test_data_is_kept_as_long_as_is_said() -> None:
    """Queues and tables are the template's; no other one holds what came of recipients."""
    rows = [(re.findall(r"\w+", where), kept) for where, _, kept in DATA.table("where")]
    days = {name: int(found[1]) for names, kept in rows for name in names if (found := re.search(r"(\d+) days", kept))}
    queues = [name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::SQS::Queue"]
    assert {name: days[name] * 86_400 for name in queues} == {
        name: properties(name)["MessageRetentionPeriod"] for name in queues
    }
    tables = {name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::DynamoDB::Table"}
    assert tables <= {name for names, _ in rows for name in names}
    assert days["items"] * 86_400 == MARKED


def test_every_attribute_is_listed(world: World) -> None:
    """The record's tables name what the code writes on every path, no more and no less."""
    world.deliver(message("sent", tags={"team": "logistics"}), world.env(track_conversations=True))
    world.deliver(message("open", to=numbers.NEVER_DONE))
    world.deliver(message("rejected", to=numbers.BAD_REQUEST))
    for _ in range(2):
        world.deliver(message("unknown", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend"))
    world.deliver(message("named", to=numbers.CUT_AFTER_ACCEPT))
    world.deliver(message("later", time_to_send="2026-12-01T12:00:00Z"))
    world.parts().canceller.cancel("later")
    said = Verdict(Resolution.SENT, world.messente.accepted[-2].omnimessage_id)
    assert world.parts().resolver.resolve("named", said)[0] is None
    with pytest.raises(Crash):
        world.deliver(message("claimed"), world.env(DIE))
    with pytest.raises(Crash):
        world.env(DIE).handle(message("invoked"), world.remaining(), "request-1")
    written = written_now(world)
    world.clock.advance(7200)
    world.parts().reconciler.run(world.remaining())
    written |= written_now(world)
    world.parts().tracker.track("open", [read_report(report_on(world, "open"))])
    written |= written_now(world)
    world.parts().resolver.resolve("unknown", Verdict(Resolution.NOT_SENT, by=OPERATOR))
    written |= written_now(world)
    shown, hidden = attributes()
    assert {*shown, *hidden} == written


def test_the_hidden_attributes_are_told_apart() -> None:
    """The second table of the record is what callers do not see."""
    shown, hidden = attributes()
    values: dict[str, Any] = dict.fromkeys([*shown, *hidden], "") | {"state": State.SENT, "delivery": Delivery.SEEN}
    values["resolution"] = Resolution.SENT
    assert set(Record(**values).public) == set(shown)


def test_every_attribute_of_a_dead_letter_is_listed(world: World) -> None:
    """Those that the function adds."""
    world.deliver({"to": "nobody"})
    [dead] = world.dead()
    assert dead.keys() - {"body"} == set(OPERATING.names("attribute"))


def test_every_code_is_listed() -> None:
    """Codes and titles are Messente's."""
    assert {code: title for code, title, *_ in PAYLOAD.table("code")} == TITLES


def test_every_outcome_is_listed_with_its_status() -> None:
    """What each caller gets: the column of the HTTP API."""
    listed = {outcome.split(",")[0].replace(" ", "_"): int(http) for outcome, _, http, _ in PAYLOAD.table("outcome")}
    assert listed.pop("invalid") == 400
    assert listed == STATUS


def test_every_answer_of_messente_with_a_meaning_of_its_own_is_listed() -> None:
    """All others go by their class."""
    named = {int(number) for answer, *_ in PROTOCOL.table("answer") for number in re.findall(r"\b\d{3}\b", answer)}
    assert named - {200, 201} == set(ANSWERS)


def test_every_status_of_a_report_is_listed() -> None:
    """With its rank, its class and its meaning; so is what is new."""
    known = {name: [str(each.rank), each.delivery, each.meaning] for name, each in STATUSES.items()}
    new = {"anything new": [str(NEW_STATUS.rank), NEW_STATUS.delivery, NEW_STATUS.meaning]}
    listed = DELIVERY.table("reported")
    assert {name: rest for name, *rest in listed} == known | new
    assert [int(row[1]) for row in listed] == sorted(int(row[1]) for row in listed)


def test_cancelling_answers_what_is_said(world: World) -> None:
    """Each state has a row, and the row has the status."""
    rows = {name: answer for names, answer in PAYLOAD.table("the record is") for name in re.findall(r"\w+", names)}
    states = populate(world)
    gateway = both_apis(world)
    assert sorted(rows) == sorted(State)
    for state in states:
        status = str(gateway.delete(f"{URL}/messages/{state}").status_code)
        assert status in rows["sent" if state in {"delivered", "resolved"} else state], state


def test_the_reconciler_asks_when_it_is_said_to(world: World) -> None:
    """The hours of an open message, counted from when it was sent."""
    hours = re.search(r"With the default, it asks (.*?) hours after", PROTOCOL.section("Reconciliation"), re.DOTALL)
    assert hours
    world.deliver(message("open", to=numbers.NEVER_DONE))
    asked = []
    for hour in range(1, 200):
        world.clock.advance(3600)
        asked += [hour] * world.parts().reconciler.run(world.remaining())["asked"]
    assert asked == [int(number) for number in re.findall(r"\d+", hours[1])]


def test_every_event_exists() -> None:
    """The files that the documents name can be sent."""
    named = {name for each in DOCUMENTS for name in re.findall(r"events/[\w-]+\.json", each.text)}
    assert named
    assert named <= {f"events/{file.name}" for file in (ROOT / "events").glob("*.json")}


def test_what_a_million_messages_cost_adds_up() -> None:
    """The last row is the sum of the others."""
    *parts, total = (Decimal(dollars) for _, dollars, *_ in BENCHMARKS.table("item"))
    assert sum(parts) == total


def test_the_table_of_rates_is_the_models() -> None:
    """For each rate, what `make scale SCALE="--rate 50"` says, at two latencies."""
    for rate, *cells in BENCHMARKS.table("messages/s"):
        quick, slow = (needed(Settings(latency=latency), float(rate.replace(",", ""))) for latency in (0.2, 1.0))
        assert cells == [
            f"{quick.maximum_concurrency}",
            f"{slow.maximum_concurrency}",
            f"ask for {quick.rate_limit:,}" if quick.rate_limit else "as documented",
            f"{quick.writes:,}{', warmed' if quick.warms else ''}",
            f"{quick.callbacks:,}",
        ]


def test_the_limits_are_the_models() -> None:
    """The first one, the last one that can be raised, and the first that cannot: of `make scale SCALE=--limits`."""
    found = limits(Settings())
    fixed = next(number for number, each in enumerate(found) if each.remedy.startswith("none"))
    for each in (found[0], found[fixed - 1], found[fixed]):
        assert f"{each.rate:,.0f}" in BENCHMARKS.section("How fast, and what to set")


def test_how_long_a_million_messages_take_is_the_models() -> None:
    """With the defaults, and what to set instead."""
    for latency, takes, least in BENCHMARKS.table("Messente answers in"):
        settings = Settings(latency=float(latency.removesuffix(" s")))
        assert takes == lasting(until_sent(settings, 1_000_000))
        assert int(least) == needed(settings, settings.usable).maximum_concurrency


def test_every_folder_has_its_place() -> None:
    """The docstring of the package, to which the protocol leads, names all its folders."""
    folders = {file.parent.relative_to(CODE).as_posix() for file in CODE.rglob("*.py")} - {"."}
    assert folders == set(re.findall(r"(\w+)/", messente_rcs.__doc__ or ""))


def test_every_make_target_exists() -> None:
    """In blocks and between code marks."""
    named = {name for each in DOCUMENTS for name in re.findall(r"(?:^|`)make ([a-z]+)", each.text, re.MULTILINE)}
    targets = re.findall(r"^([a-z. -]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named >= {"run", "test"}
    assert named <= set(" ".join(targets).split())


def test_every_link_leads_somewhere() -> None:
    """To files, and to sections of these documents; addresses of others are not looked up."""
    anchors = {each.path: each.anchors for each in DOCUMENTS}
    astray = []
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)]+)\)", document.prose):
            name, _, anchor = link.partition("#")
            target = (document.path.parent / name).resolve() if name else document.path
            if not link.startswith("https://") and not (
                target.is_file() and (not anchor or anchor in anchors.get(target, ()))
            ):
                astray.append((document.path.relative_to(ROOT), link))
    assert astray == []
