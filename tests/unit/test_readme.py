"""The README says what the code, the template and the Makefile say.

A JSON block's second word names what it is: ```json payload is checked as a payload, and so on.
"""

from __future__ import annotations

import ast
import base64
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from messente_rcs.errors import TITLES
from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.payload.submission import parse
from messente_rcs.record import Record, State
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.tracking.delivery import ERRORS, NEW_STATUS, STATUSES, overall
from messente_rcs.tracking.report import read_report
from standin import numbers
from support.gateway import URL, both_apis, populate
from support.template import SOURCE, TEMPLATE
from support.world import Crash, message

if TYPE_CHECKING:
    from support.world import World

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)


def blocks(language: str, kind: str = "") -> list[str]:
    """Return the code blocks of a language and kind; there must be one."""
    found = [text for lang, word, text in BLOCKS if (lang, word) == (language, kind)]
    assert found, (language, kind)
    return found


def table(head_of_first_column: str, within: str = PROSE) -> list[list[str]]:
    """Return the rows of each table whose first column is headed so, code marks removed."""
    rows = []
    for found in re.findall(r"(?:^\|.*\|\n)+", within, re.MULTILINE):
        head, _, *body = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in found.splitlines()]
        rows += body if head[0] == head_of_first_column else []
    assert rows, head_of_first_column
    return rows


def column(head: str) -> list[str]:
    """Return the first column of these tables."""
    return [row[0] for row in table(head)]


def resources(kind: str) -> list[str]:
    """Name the template's resources of a type."""
    return [name for name, each in TEMPLATE["Resources"].items() if each["Type"] == kind]


def section(heading: str) -> str:
    """Return a section, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", PROSE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def attributes(text: str) -> list[str]:
    """Name the attributes that the rows of tables in a text begin with."""
    return re.findall(r"^\| `(\w+)`", text, re.MULTILINE)


def written_now(world: World) -> set[str]:
    """Name the attributes of all records."""
    return set().union(*(world.item(key) or {} for key in ("sent", "open", "rejected", "unknown", "claimed")))


def report(world: World, key: str) -> None:
    """Let Messente report that a message was delivered."""
    item = world.item(key) or {}
    names = {"omnimessage_id": item["omnimessage_id"], "message_id": next(iter(item["messages"])), "to": item["to"]}
    world.parts().tracker.track(key, [read_report({**names, "status": "DELIVRD"})])


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_something_can_be_run_by_line_31() -> None:
    """The first commands come early, and are the two that the project is known by."""
    first = README.index("```sh")
    assert README[:first].count("\n") < 31
    assert re.findall(r"^make (\w+)", blocks("sh")[0], re.MULTILINE) == ["run", "test"]


def test_each_json_block_says_what_it_is() -> None:
    """A block of an unknown kind would go unchecked."""
    kinds = {kind for language, kind, _ in BLOCKS if language == "json"}
    assert kinds == {"payload", "invalid", "errors", "answer", "page", "event", "secret", "env"}


@pytest.mark.parametrize("text", blocks("json", "payload"))
def test_payloads_are_valid(text: str) -> None:
    """What is shown as a payload can be sent."""
    assert parse(text).to


def test_payloads_in_shell_examples_are_valid() -> None:
    """Each quoted JSON object with a recipient is a payload, or an event that holds one."""
    quoted = re.findall(r"'([\[{][^']*\"to[^']*)'", "\n".join(blocks("sh")))
    payloads = [json.loads(text) for text in quoted]
    details = [each[0]["Detail"] if isinstance(each, list) else each for each in payloads]
    assert len([parse(each) for each in details]) == 4


def test_python_examples_compile_and_their_payloads_are_valid() -> None:
    """Each dict with a recipient is a payload."""
    nodes = [node for text in blocks("python") for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Dict)]
    keys = [[key.value for key in node.keys if isinstance(key, ast.Constant)] for node in nodes]
    payloads = [ast.literal_eval(node) for node, names in zip(nodes, keys, strict=True) if "to" in names]
    assert len([parse(each) for each in payloads]) == len(blocks("python")) == 4


def test_the_invalid_payload_has_these_errors() -> None:
    """Word for word, and no others."""
    with pytest.raises(InvalidPayload) as refused:
        parse(blocks("json", "invalid")[0])
    assert json.loads(blocks("json", "errors")[0]) == list(refused.value.errors)


def test_the_answer_has_the_shape_of_a_real_one(world: World) -> None:
    """The names of the item that the API shows, in the example and in reality."""
    example = json.loads(blocks("json", "answer")[0])
    assert world.deliver(json.loads(blocks("json", "payload")[0]) | {"idempotency_key": example["id"]})
    real = Record.of(world.item(example["id"]) or {}).public
    assert real.keys() == example.keys()
    assert (real["to"], real["state"]) == (example["to"], example["state"])
    assert [set(each) for each in example["messages"].values()] == [{"channel", "sender"}]


def test_the_page_of_a_listing_is_a_real_one(world: World) -> None:
    """The names of what is listed, and an `after` that the API goes on from."""
    page = json.loads(blocks("json", "page")[0])
    example = page["messages"][-1]
    world.deliver(message("unknown", to=numbers.CUT_AFTER_ACCEPT))
    gateway = both_apis(world)
    [real] = gateway.get(f"{URL}/messages?state=unknown").json()["messages"]
    assert (real.keys(), real["state"]) == (example.keys(), example["state"])
    assert json.loads(base64.urlsafe_b64decode(page["after"])) == [example["id"], example["unknown_since"]]
    assert gateway.get(f"{URL}/messages", params={"state": "unknown", "after": page["after"]}).ok


def test_the_event_is_the_templates() -> None:
    """What the pipe is told to write; the recipient comes with the other template."""
    event = json.loads(blocks("json", "event")[0])
    pipe = next(each for each in TEMPLATE["Resources"].values() if each["Type"] == "AWS::Pipes::Pipe")["Properties"]
    bus = pipe["TargetParameters"]["EventBridgeEventBusParameters"]
    assert (event["source"], event["detail-type"]) == (bus["Source"], bus["DetailType"])
    templates = re.findall(r'^ +\{"id":<.*?\}$', SOURCE, re.MULTILINE | re.DOTALL)
    named, unnamed = (re.findall(r'"(\w+)":', each) for each in templates)
    assert list(event["detail"]) == unnamed
    assert [name for name in named if name not in unnamed] == ["to"]
    assert {type(value) for value in event["detail"].values()} == {str}


def test_a_payload_names_no_dlr_url() -> None:
    """It is the one way in of a report that heals a lost answer."""
    with pytest.raises(InvalidPayload) as refused:
        parse(message(dlr_url="https://example.com/mine"))
    assert [each["source"] for each in refused.value.errors] == ["payload[dlr_url]"]


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_every_parameter_is_listed_with_its_default() -> None:
    """The configuration table is the template's parameters."""
    listed = {name: default for name, default, *_ in table("parameter")}
    assert listed == {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()}


def test_every_output_is_listed() -> None:
    """A user who deployed looks for them."""
    assert set(column("output")) == set(TEMPLATE["Outputs"])


def test_every_alarm_is_listed() -> None:
    """Whoever is woken up finds what to do."""
    assert set(column("alarm")) == set(resources("AWS::CloudWatch::Alarm"))


def test_every_attribute_is_listed(world: World) -> None:
    """The item's tables name what the code writes on every path, no more and no less."""

    def crash(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    world.deliver(message("sent"))
    world.deliver(message("open", to=numbers.NEVER_DONE))
    world.deliver(message("rejected", to=numbers.BAD_REQUEST))
    for _ in range(2):
        world.deliver(message("unknown", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend"))
    with pytest.raises(Crash):
        world.deliver(message("claimed"), world.env(crash))
    written = written_now(world)
    world.clock.advance(7200)
    world.parts().reconciler.run(world.remaining())
    written |= written_now(world)
    report(world, "open")
    written |= written_now(world)
    assert set(attributes(section("The item"))) == written


def test_the_hidden_attributes_are_told_apart() -> None:
    """The second table of the item's section is what callers do not see."""
    shown, hidden = (attributes(part) for part in section("The item").split("These are the protocol's own"))
    assert hidden
    everything = Record(**dict.fromkeys([*shown, *hidden], ""))
    assert set(everything.public) == set(shown)


def test_every_attribute_of_a_dead_letter_is_listed(world: World) -> None:
    """Those that the function adds."""
    world.deliver({"to": "nobody"})
    [dead] = world.dead()
    assert dead.keys() - {"body"} == set(attributes(section("The dead-letter queue")))


def test_every_state_is_listed() -> None:
    """The states are those of the table."""
    assert sorted(column("state")) == sorted(State)


def test_every_code_is_listed() -> None:
    """Codes and titles are Messente's."""
    assert {code: title for code, title, *_ in table("code")} == TITLES


def test_every_status_is_listed() -> None:
    """The API's statuses, as its source has them."""
    literals = {
        file.stem: {int(number) for number in re.findall(r"\b[2-5]\d\d\b", file.read_text())} & set(HTTPStatus)
        for file in (ROOT / "src" / "messente_rcs" / "triggers").glob("*.py")
    }
    listed = {int(status) for status, *_ in table("status", section("Statuses of the HTTP API"))}
    assert literals["api"] <= listed <= set().union(*literals.values())
    reports = {int(status) for status, *_ in table("status", section("Statuses of the callback API"))}
    assert reports == literals["reports"]


def test_every_status_of_a_report_is_listed() -> None:
    """With its rank, its class and its meaning; so is what is new."""
    known = {name: [str(each.rank), each.delivery, each.meaning] for name, each in STATUSES.items()}
    new = {"anything new": [str(NEW_STATUS.rank), NEW_STATUS.delivery, NEW_STATUS.meaning]}
    listed = table("reported")
    assert {name: rest for name, *rest in listed} == known | new
    assert [int(row[1]) for row in listed] == sorted(int(row[1]) for row in listed)


def test_every_err_is_listed() -> None:
    """With the meaning that the code gives it."""
    assert {int(err): meaning for err, meaning in table("err")} == ERRORS


def test_the_chains_come_to_what_is_said() -> None:
    """The rows are examples of the rule; every delivery there is appears in one."""
    rows = table("RCS", section("One word for the whole message"))
    for *reported, delivery, channel in rows:
        messages = [{"channel": each, "status": status} for each, status in zip(("rcs", "sms"), reported, strict=True)]
        told = [each for each in messages if each["status"]]
        assert overall(told, ["rcs", "sms"]) == (delivery, channel or None), reported
    assert {row[2] for row in rows} == {each.delivery for each in STATUSES.values()}


def test_cancelling_answers_what_is_said(world: World) -> None:
    """Each state has a row, and the row has the status."""
    rows = {name: answer for names, answer in table("the item is") for name in re.findall(r"\w+", names)}
    states = populate(world)
    gateway = both_apis(world)
    assert sorted(rows) == sorted(State)
    for state in states:
        status = str(gateway.delete(f"{URL}/messages/{state}").status_code)
        assert status in rows["sent" if state == "delivered" else state], state


def test_the_reconciler_asks_when_it_is_said_to(world: World) -> None:
    """The hours of an open message, counted from when it was sent."""
    told = re.search(r"With the default, (.*) hours after", section("Reconciliation"))
    assert told
    world.deliver(message("open", to=numbers.NEVER_DONE))
    asked = []
    for hour in range(1, 200):
        world.clock.advance(3600)
        asked += [hour] * world.parts().reconciler.run(world.remaining())["asked"]
    assert asked == [int(number) for number in re.findall(r"\d+", told[1])]


def test_every_metric_is_listed() -> None:
    """All that are counted by name, and the outcomes; a conflict is always answered from the item."""
    code = [file.read_text() for file in (ROOT / "src" / "messente_rcs").rglob("*.py")]
    named = {
        name
        for text in code
        for call in re.findall(r"\bcount\((.*)\)$", text, re.MULTILINE)
        for name in re.findall(r'"(\w+)"', call)
    }
    outcomes = {each.title().replace("_", "") for each in OutcomeKind if each is not OutcomeKind.CONFLICT}
    meanings = {"Unauthorized", "Misconfigured"}
    listed = [name for names in column("metric") for name in re.findall(r"\w+", names)]
    assert sorted(listed) == sorted(named | outcomes | meanings)
    watched = {
        each["Properties"]["MetricName"]
        for each in TEMPLATE["Resources"].values()
        if each.get("Properties", {}).get("Namespace") == "MessenteRcs"
    }
    assert watched
    assert watched <= set(listed)


def test_the_reserved_numbers_are_the_stand_ins() -> None:
    """A number that is not reserved would simply be accepted."""
    answers, courses = set(numbers.BY_NAME.values()), set(numbers.REPORTS_BY_NAME.values())
    listed = set(column("number"))
    assert listed <= answers | courses
    assert listed >= courses


def test_the_variables_for_sam_local_are_the_templates() -> None:
    """Only declared ones are replaced, and those that name a resource have to be."""
    functions = [TEMPLATE["Resources"][name]["Properties"] for name in resources("AWS::Serverless::Function")]
    everywhere = TEMPLATE.get("Globals", {}).get("Function", {})
    parts = [each.get("Environment", {}).get("Variables", {}) for each in (everywhere, *functions)]
    declared = {name: re.findall(r"\w+", str(value)) for part in parts for name, value in part.items()}
    needed = {name for name, words in declared.items() if TEMPLATE["Resources"].keys() & words}
    given = json.loads(blocks("json", "env")[0])["Parameters"].keys()
    assert needed
    assert needed <= given <= declared.keys()


# --- Names ------------------------------------------------------------------------------------------------------------


def test_every_make_target_exists() -> None:
    """In blocks and between code marks."""
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    targets = re.findall(r"^([a-z. -]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named >= {"run", "test"}
    assert named <= set(" ".join(targets).split())


def test_every_event_exists() -> None:
    """The files that can be sent, all of them in the table."""
    named = set(re.findall(r"events/[\w-]+\.json", README))
    files = {f"events/{file.name}" for file in (ROOT / "events").glob("*.json")}
    assert named == set(column("event")) == files


def test_every_link_leads_somewhere() -> None:
    """Sections and files; addresses of others are not looked up."""
    headings = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PROSE) if not link.startswith("https://")]
    assert links
    assert [link for link in links if link not in anchors and not (ROOT / link).is_file()] == []


def test_each_decision_has_a_date() -> None:
    """A reason is worth more with the day it was one."""
    decisions = section("Decisions").strip().split("\n\n")
    assert len(decisions) > 1
    assert [each for each in decisions if not re.match(r"\*\*\d{4}-\d\d-\d\d\. ", each)] == []
