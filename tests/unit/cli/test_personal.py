"""`send-many` with placeholders: each line gets its own message, and a mistake in one line stops all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messente_rcs.payload.errors import InvalidPayload
from rcs_cli.placeholders import columns_in, filled

if TYPE_CHECKING:
    from tests.support.forks import Ended
    from tests.support.world import World
    from tests.unit.cli.conftest import Cli

URL = "https://shop.example/{{city}}?id={{id}}"
CARD: dict[str, Any] = {
    "idempotency_key": "spring-{{id}}",
    "tags": {"campaign": "spring", "city": "{{city}}"},
    "expires_at": "2030-01-01T00:00:00Z",
    "messages": [
        {
            "channel": "rcs",
            "text": "Hello, {{ Name }}! Your code: {{code}}, or https://shop.example/{{ id }}?c={{code}} till Sunday",
            "suggestions": [
                {
                    "action": {
                        "text": "Shop in {{city}}",
                        "postback_data": "shop {{id}}",
                        "open_url_action": {"url": URL, "application": "BROWSER"},
                    }
                }
            ],
        },
        {"channel": "sms", "text": "Hello, {{name}}! Shop with {{code}}."},
    ],
}
WHATSAPP = {"channel": "whatsapp", "text": {"body": "x" * 140}}
HEAD = "to,name,city,code,id\n"
ANN, BEN = "+37255510001,Ann,Tartu,A&B,7\n", '+37255510002,"Ben ""x"", {{name}}",Põlva,50 %,8\n'


def send(cli: Cli, people: str, *options: str, card: Any = CARD, name: str = "card.json") -> Ended:
    """Send a card to people."""
    return cli("send-many", cli.file("people.csv", people), "--message", cli.file(name, json.dumps(card)), *options)


def test_each_line_gets_its_own_card(cli: Cli, world: World) -> None:
    """In any text, the key and tags too; in URLs percent-encoded. The same command again sends nothing twice."""
    for _ in range(2):
        assert send(cli, HEAD + ANN + BEN).code == 0
        first, second = cli.queued()
        assert (first["to"], first["idempotency_key"], first["tags"]["city"]) == ("+37255510001", "spring-7", "Tartu")
        rcs, sms = second["messages"]
        told = "Hello, Ann! Your code: A&B, or https://shop.example/7?c=A%26B till Sunday"
        assert (first["messages"][0]["text"], rcs["text"][:26]) == (told, 'Hello, Ben "x", {{name}}! ')
        action = rcs["suggestions"][0]["action"]
        assert (action["text"], action["postback_data"]) == ("Shop in Põlva", "shop 8")
        assert action["open_url_action"]["url"] == "https://shop.example/P%C3%B5lva?id=8"
        assert sms["text"] == 'Hello, Ben "x", {{name}}! Shop with 50 %.'
        cli.account.deliver()
    assert len(world.messente.accepted) == 2


def keyless(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in CARD.items() if name != "idempotency_key"} | more


def text(words: str) -> dict[str, Any]:
    return {"text": words}


WRONG = [
    ("a column that is not there", text("Hi {{nmae}}"), HEAD + ANN, 1, "payload[text]", "no column nmae"),
    ("no column for the recipient", text("Hi"), "name\nAnn\n", 1, "payload[to]", "no column to"),
    ("braces that open nothing", text("Hi {{name"), HEAD + ANN, 1, "payload[text]", "{{column}}"),
    ("braces around nothing", text("Hi {{}}"), HEAD + ANN, 1, "payload[text]", "no column"),
    ("an empty cell", CARD, HEAD + ANN + "+37255510002, ,Tartu,x,9\n", 3, "payload[rcs][text]", "name is empty"),
    ("a short line", CARD, HEAD + "+37255510002,Ben\n", 2, "payload[idempotency_key]", "id is empty"),
    ("a limit", CARD, HEAD + ANN.replace("Tartu", "T" * 20), 2, "[action][text]", "at most 25 characters"),
    ("a key that is none", CARD, HEAD + ANN.replace(",7", ",a b"), 2, "payload[idempotency_key]", "1 to 255"),
    ("a number that is none", CARD, HEAD + ANN.replace("+", "00"), 2, "payload[to]", "E.164"),
    ("two lines with one key", CARD, HEAD + ANN + ANN, 3, "payload[idempotency_key]", "Line 2 has the same key"),
]


@pytest.mark.parametrize(
    ("card", "people", "line", "where", "told"), [each[1:] for each in WRONG], ids=[e[0] for e in WRONG]
)
@pytest.mark.parametrize("option", ["--json", "--dry-run"])
def test_a_mistake_stops_all(cli: Cli, card: Any, people: str, line: int, where: str, told: str, option: str) -> None:
    """It is told by its line and field, before anything is queued."""
    said = send(cli, people, option, "--json", card=card)
    assert (said.code, cli.queued(), cli.places) == (1, [], [])
    assert any(
        each["line"] == line and where in each["source"] and told in each["detail"] for each in said.json["errors"]
    ), said.json


@pytest.mark.parametrize(
    ("cell", "told"), [("Hi {{nmae}}", "no column nmae"), ("Hi {{name", "{{column}}"), ("Hi {{name}}{{", "{{column}}")]
)
def test_a_placeholder_of_the_text_form_that_is_none(cli: Cli, cell: str, told: str) -> None:
    """It does not go out as it is."""
    said = cli("send-many", cli.file("a.csv", f"to,text,name\n+37255510001,{cell},Ann\n+37255510002,{{{{name}}}},B\n"))
    assert (said.code, told in said.out, cli.queued()) == (1, True, [])


def test_the_text_form_takes_placeholders(cli: Cli) -> None:
    """Of columns beside its own, and of its own."""
    assert cli("send-many", cli.file("a.csv", "to,text,name\n+37255510001,Hi {{name}},Ann\n")).code == 0
    assert [each["text"] for each in cli.queued()] == ["Hi Ann"]


def test_columns_without_a_placeholder_are_named_once(cli: Cli) -> None:
    """And ignored."""
    said = send(cli, HEAD + ANN + BEN, card=text("Hi {{name}}"))
    assert said.code == 0
    assert said.err.count("Columns without a placeholder, which are ignored: city, code, id.") == 1


def test_a_dry_run_shows_the_first_messages(cli: Cli) -> None:
    """With what all of them are, and advice; it needs no stack, and queues nothing."""
    people = HEAD + "".join(ANN.replace("0001", f"000{each}").replace(",7", f",{each}") for each in range(5))
    card = CARD | {"messages": [*CARD["messages"][:1], {"channel": "sms", "text": "õ" * 130}, WHATSAPP]}
    said = send(cli, people, "--dry-run", card=card)
    assert (said.code, cli.queued(), cli.places) == (0, [], [])
    assert said.out.count('"text": "Hello, Ann!') == 3
    row = next(line for line in said.out.splitlines() if "rcs 5, sms 5, whatsapp 5" in line)
    assert row.split() == ["5", "rcs", "5,", "sms", "5,", "whatsapp", "5", "10", "140"]
    assert ("sms-parts" in said.out, "55510001" in said.out) == (True, False)
    told = send(cli, people, "--dry-run", "--json").json
    assert (len(told["first"]), told["lines"], told["channels"]) == (3, 5, {"rcs": 5, "sms": 5})


def test_a_line_that_changed_is_told(cli: Cli, world: World) -> None:
    """Its message is not sent again, and what to do is said; a new line is sent, and a rejected one may change."""
    send(cli, HEAD + ANN, card=keyless())
    cli.account.deliver()
    said = send(cli, HEAD + ANN.replace("A&B", "C") + BEN, "--json", card=keyless())
    assert (said.code, said.json["changed"], said.json["queued"]) == (1, [2], 1)
    assert "another name" in said.err
    cli.account.deliver()
    assert [each.body["messages"][0]["text"][:11] for each in world.messente.accepted] == ["Hello, Ann!", "Hello, Ben "]
    assert cli.dead() == []


@given(st.text())
def test_a_value_never_changes_the_shape(value: str) -> None:
    """Whatever stands in a cell, it is a text where the placeholder was."""
    cells = dict.fromkeys(["to", "name", "city", "code", "id"], value)
    assert columns_in(CARD) < set(cells)
    try:
        payload = filled(CARD, cells)
    except InvalidPayload:
        assert not value.strip()
        return
    shaped = json.loads(json.dumps(payload))
    assert shaped["messages"][1] == {"channel": "sms", "text": f"Hello, {value}! Shop with {value}."}
    assert shaped.keys() == CARD.keys()
    assert shaped["messages"][0].keys() == CARD["messages"][0].keys()
