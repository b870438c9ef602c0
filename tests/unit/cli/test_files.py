"""Files as people have them: of spreadsheets, of old systems, of the wrong kind. `validate` and `send-many` agree."""

import json
from typing import Any

import pytest

from tests.support.world import TO, message
from tests.unit.cli.conftest import Cli

HI = {"to": TO, "text": "Hi"}

READ: dict[str, tuple[str, str | bytes, dict[int, dict[str, Any]]]] = {
    "sep=;": ("a.csv", f"sep=;\nto;text\n{TO};Hi\n", {3: HI}),
    "sep=; with a byte order mark": ("a.csv", f"\ufeffsep=;\r\nto;text\r\n{TO};Hi\r\n", {3: HI}),
    "sep= in quotes": ("a.csv", f'"sep=;"\nto;text\n{TO};Hi\n', {3: HI}),
    "sep=,": ("a.csv", f"SEP=,\nto,text\n{TO},Hi\n", {3: HI}),
    "sep= and a tab": ("a.csv", f"sep=\t\nto\ttext\n{TO}\tHi\n", {3: HI}),
    "tabs": ("a.csv", f"to\ttext\n{TO}\tHi, you; there\n", {2: HI | {"text": "Hi, you; there"}}),
    "tabs by name": ("a.tsv", f"to\ttext\n{TO}\tHi\n", {2: HI}),
    "CR ends lines": ("a.csv", f"to,text\r{TO},Hi\r{TO},Hi\r", {2: HI, 3: HI}),
    "CR ends lines, LF stands in a cell": ("a.csv", f'to,text\r{TO},"Hi\nyou"\r', {2: HI | {"text": "Hi\nyou"}}),
    "CR ends lines of JSON": ("a.jsonl", f"{json.dumps(HI)}\r{json.dumps(HI)}\r", {1: HI, 2: HI}),
    "CRLF stays in a cell": ("a.csv", f'to,text\r\n{TO},"Hi\r\nyou"\r\n', {2: HI | {"text": "Hi\r\nyou"}}),
    "empty lines before the header": ("a.csv", f"\n\nto,text\n{TO},Hi\n", {4: HI}),
    "empty columns of a spreadsheet": ("a.csv", f"to,text,,\n{TO},Hi,,\n,,,\n", {2: HI}),
    "ignore_opt_out": (
        "a.csv",
        f"to,text,ignore_opt_out\n{TO},Hi,true\n{TO},Hi,FALSE\n{TO},Hi,\n",
        {2: HI | {"ignore_opt_out": True}, 3: HI | {"ignore_opt_out": False}, 4: HI},
    ),
    "CSV under another name": ("a.txt", f"to\ttext\n{TO}\tHi\n", {2: HI}),
    "one message in a file": ("a.json", json.dumps(HI, indent=2), {1: HI}),
    "lines in a file of any name": ("a.txt", f"{json.dumps(HI)}\n{json.dumps(HI)}\n", {1: HI, 2: HI}),
}


def read(cli: Cli) -> dict[int, dict[str, Any]]:
    queued = {int(each.pop("idempotency_key").rpartition(":")[2]): each for each in cli.queued()}
    return dict(sorted(queued.items()))


@pytest.mark.parametrize("name", READ)
def test_what_is_read(cli: Cli, name: str) -> None:
    """`validate` says how many there are without a stack, and `send-many` queues each under its line."""
    file, content, messages = READ[name]
    path = cli.file(file, content)
    said = cli("validate", path, "--json")
    told = said.json
    assert {each["rule"] for each in told.pop("advice")} <= {"no-fallback", "no-expiry"}
    assert told == {"valid": True, "messages": len(messages), "errors": []}, said.err
    assert cli.places == []
    assert cli("send-many", path).code == 0
    assert read(cli) == messages


def test_advice_is_given_once(cli: Cli) -> None:
    """What holds for many lines is said once, with their numbers; it is no error."""
    long = "x" * 161
    said = cli("validate", cli.file("a.csv", f"to,text\n{TO},{long}\n{TO},Hi\n{TO},{long}\n"))
    assert said.code == 0
    [line] = [line for line in said.out.splitlines() if "price-class" in line]
    assert ("2, 4" in line, TO in said.out) == (True, False)


PRETTY = json.dumps(HI, indent=2)
SAID: dict[str, tuple[str, str | bytes, str]] = {
    "a column that is no field": ("a.csv", f"to,text,Colour of my own {TO}\n{TO},Hi,red\n", "colour"),
    "a column twice": ("a.csv", f"to,text,text\n{TO},Hi,Hi\n", "The column text is there twice"),
    "a column without a name": ("a.csv", f"to,,text\n{TO},x,Hi\n", "Column 2 has no name"),
    "a column for what no cell can hold": ("a.csv", f"to,text,tags\n{TO},Hi,x\n", "tags"),
    "no header": ("a.csv", f"{TO},Hi\n", "The first line must name the columns"),
    "no header, and a cell twice": ("a.csv", f"{TO},{TO},Hi\n", "The first line must name the columns"),
    "a number for two columns": ("a.csv", f"to,text,{TO},{TO}\n{TO},Hi,x\n", "is there twice"),
    "sep= without a character": ("a.csv", f"sep=\r\nto,text\r\n{TO},Hi\r\n", "The first line must name the columns"),
    "sep= with a quote": ("a.csv", f'sep="\nto,text\n{TO},Hi\n', "The first line must name the columns"),
    "a pretty-printed message": ("a.jsonl", PRETTY, "one message over several lines: send it with rcs send"),
    "a pretty-printed list": ("a.jsonl", json.dumps([HI, HI], indent=1), "a list"),
    "a list in one line": ("a.json", json.dumps([HI, HI]), "a list"),
    "a header without rows": ("a.csv", "to,text\n", "holds no message"),
    "nothing": ("a.csv", "", "holds no message"),
    "empty lines": ("a.jsonl", "\n\n", "holds no message"),
    "nothing under any name": ("a.txt", "", "holds no message"),
    "UTF-16": ("a.csv", f"to\ttext\n{TO}\tHi\n".encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ("a.csv", f"to,text\n{TO},Hi\n".encode("utf-16-le"), "UTF-16"),
    "Latin-1": ("a.csv", f"to,text\n{TO},Hi\n{TO},Tere, õhtu\n".encode("latin-1"), "Line 3"),
    "a workbook": ("a.csv", b"PK\x03\x04\x14\x00\x06\x00\xff", "workbook"),
    "compressed": ("a.csv", b"\x1f\x8b\x08\x00\xff", "compressed"),
}


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("command", ["validate", "send-many"])
def test_a_file_that_is_something_else(cli: Cli, command: str, name: str) -> None:
    """Both commands say in one line what it is, without a number or a text of it, and nothing is queued."""
    file, content, told = SAID[name]
    said = cli(command, cli.file(file, content))
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), said.out + said.err
    assert told in said.err
    assert TO[:6] not in said.err
    assert cli.queues.batches == []


FALLBACK = {"channel": "whatsapp", "text": {"body": "õ" * 600_000}}
LARGE = {"to": TO, "messages": [{"channel": "rcs", "text": "Hi"}, FALLBACK]}
WRONG: dict[str, tuple[str, str, dict[int, str]]] = {
    "JSON lines": (
        "offer.jsonl",
        json.dumps(message()) + "\n\n" + '{"to": "1"}' + "\n" + "no json\n" + '["list"]\n',
        {3: "payload[to]", 4: "payload", 5: "payload"},
    ),
    "CSV": ("offer.csv", f"to,text\n{TO},Hi\n12,Hi\n{TO},\n", {3: "payload[to]", 4: "payload"}),
    "semicolons": ("offer.csv", f"\ufeffto;text\n{TO};Hi, you\n12;Hi\n", {3: "payload[to]"}),
    "more cells than columns": ("offer.csv", f"to,text\n{TO},Hi, you\n", {2: "more cells than the header"}),
    "a text over two lines": ("offer.csv", f'to,text\n{TO},"Hi\nyou"\n12,Hi\n', {4: "payload[to]"}),
    "a quote that stays open": ("offer.csv", f'to,text\n{TO},Hi\n{TO},"Hi\n', {3: "a quote is open"}),
    "a cell beyond all limits": ("a.csv", f"to,text\n{TO},{'x' * 200_000}\n", {2: "131,072 characters"}),
    "too large for the queue": ("a.jsonl", f"{json.dumps(HI)}\n{json.dumps(LARGE)}\n{json.dumps(HI)}\n", {2: "1 MiB"}),
    "a key twice": (
        "offer.jsonl",
        f"{json.dumps(message('k'))}\n{json.dumps(message('k'))}\n",
        {2: "payload[idempotency_key]"},
    ),
    "a flag that is none": ("a.csv", f"to,text,ignore_opt_out\n{TO},Hi,perhaps\n", {2: "payload[ignore_opt_out]"}),
    "a quote in a cell": ("a.csv", f'to,text\n{TO},"Hi" you\n12,Hi\n', {2: "a quote is open", 3: "payload[to]"}),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", ["validate", "send-many"])
def test_lines_that_are_wrong(cli: Cli, command: str, name: str) -> None:
    """Both commands name every line that is wrong and no other; neither asks for a stack."""
    file, content, wrong = WRONG[name]
    said = cli(command, cli.file(file, content), "--json")
    found = {each["line"]: f"{each['source']} {each['detail']}" for each in reversed(said.json["errors"])}
    assert (said.code, found.keys(), cli.places, cli.queues.batches) == (1, wrong.keys(), [], [])
    assert [line for line, told in wrong.items() if told not in found[line]] == []


def test_what_send_does_not_take(cli: Cli) -> None:
    """It names the command for a file of many messages, but no number; what is too large for the queue stays here."""
    said = cli("send", cli.file("a.csv", "to,text\n"))
    assert (said.code, "rcs send-many" in said.err) == (2, True)
    for command in ("send", "validate"):
        said = cli(command, cli.file("a.json", json.dumps(HI | {"+372 5551 2345": "for a field"})))
        assert ("5551" in said.out + said.err, "payload[+372…45]" in said.out + said.err) == (False, True)
    said = cli("send", cli.file("a.json", json.dumps(LARGE)), "--queue")
    assert (said.code, "1 MiB" in said.err, cli.queues.batches) == (1, True, [])


def test_five_thousand_lines_that_are_wrong(cli: Cli) -> None:
    """A person reads 50, without a number, and how many there are; a program gets them all."""
    file = cli.file("a.csv", "to,text\n" + "37255512345,Hi\n" * 5000)
    said = cli("validate", file)
    assert "5512345" not in said.out + said.err
    assert said.out.count("payload[to]") == 50
    assert "5000 of the lines are not valid" in said.err
    assert "4950 more" in said.err
    assert len(cli("validate", file, "--json").json["errors"]) == 5000


@pytest.mark.parametrize("command", ["validate", "send-many", "send"])
def test_a_file_that_cannot_be_read(cli: Cli, command: str) -> None:
    """A directory, a name that is not there or too long: one line."""
    for name in (cli.file("x", "")[:-1], "missing.csv", "a" * 5000 + ".csv", ""):
        said = cli(command, name)
        assert (said.code, said.err.count("\n")) == (2, 1), said.err


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x7f", "\U0001fffe", "\u2028"])
@pytest.mark.parametrize("many", [True, False])
def test_characters_that_sqs_refuses(cli: Cli, character: str, *, many: bool) -> None:
    """They are escaped on the way, and the function reads the text as it was."""
    text = f"Hi{character}"
    file = cli.file("a.jsonl" if many else "a.json", json.dumps(HI | {"text": text}))
    assert cli(*(("send-many", file) if many else ("send", file, "--queue"))).code == 0
    [queued] = cli.queues.messages[cli.world.queue_url]
    assert all(
        each in "\t\n\r" or " " <= each <= "\ud7ff" or "\ue000" <= each <= "\ufffd" or each > "\uffff"
        for each in queued.body
    )
    assert json.loads(queued.body)["text"] == text
