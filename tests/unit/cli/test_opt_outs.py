"""`rcs opt-outs`: what it writes keeps messages back, and what it shows hides numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.gateway import OPERATOR
from support.inbound import say
from support.world import TO, message

if TYPE_CHECKING:
    from support.world import World
    from unit.cli.conftest import Cli

HIDDEN = "+372…45"  # how TO is shown
OTHER = "+37255598765"


def is_sent(world: World, key: str, to: str = TO) -> bool:
    """Hand a message in, and tell by the stand-in's log whether it went out."""
    before = len(world.messente.accepted)
    world.deliver(message(key, to=to))
    return len(world.messente.accepted) > before


def test_a_number_is_put_on_the_list_and_taken_off(cli: Cli, world: World) -> None:
    """What an operator says holds at once, and is told to have changed something or not."""
    assert cli("opt-outs", "add", TO, "--json").json == {"to": HIDDEN, "changed": True}
    assert cli("opt-outs", "add", TO, "--json").json["changed"] is False
    assert not is_sent(world, "one")
    world.clock.advance(1)
    assert cli("opt-outs", "remove", TO, "--json").json["changed"] is True
    assert is_sent(world, "two")
    assert "had not opted out" in cli("opt-outs", "remove", OTHER).out


def test_the_list_says_who_opted_out_since_when_and_by_whom(cli: Cli, world: World) -> None:
    """Masked unless numbers are asked for; who opted in again only with --all."""
    assert "Nobody opted out" in cli("opt-outs", "list").out
    say(world, "STOP", channel="rcs")
    for number in ("+37255511111", "+37255522222"):
        cli("opt-outs", "add", number)
    world.clock.advance(60)
    cli("opt-outs", "remove", "+37255522222", "--yes")
    found = cli("opt-outs", "list", "--json", "--numbers").json["opt_outs"]
    assert {each["to"]: (each["by"], each.get("channel")) for each in found} == {
        TO: ("stop word", "rcs"),
        "+37255511111": (OPERATOR, None),
    }
    assert {each["since"] for each in found} == {"2026-11-23T12:00:00.000Z"}
    assert len(cli("opt-outs", "list", "--all", "--json").json["opt_outs"]) == 3
    table = cli("opt-outs", "list").out
    assert HIDDEN in table
    assert TO not in table


@pytest.mark.parametrize(("answer", "sent"), [("y\n", True), ("n\n", False)])
def test_a_person_is_asked_before_an_opt_out_is_taken_back(cli: Cli, world: World, answer: str, *, sent: bool) -> None:
    """At a terminal. Only the recipient may want that."""
    cli("opt-outs", "add", TO)
    world.clock.advance(1)
    cli.answers = answer
    assert "Did the recipient ask for it?" in cli("opt-outs", "remove", TO).err
    assert is_sent(world, "one") is sent


def test_a_later_word_of_the_recipient_wins(cli: Cli, world: World) -> None:
    """An operator does not speak for ever."""
    cli("opt-outs", "add", TO)
    world.clock.advance(60)
    say(world, "START")
    assert is_sent(world, "one")


def test_a_file_is_imported_once(cli: Cli, world: World) -> None:
    """Again it changes nothing; empty lines and comments are left out."""
    file = cli.file("list.txt", f"\ufeff# from the old system\r\n{TO}\r\n\n 0037255598765 \n{TO}\n")
    assert cli("opt-outs", "import", file, "--json").json == {"numbers": 3, "changed": 2}
    world.clock.advance(60)
    assert cli("opt-outs", "import", file, "--json").json == {"numbers": 3, "changed": 0}
    assert not is_sent(world, "one")
    assert not is_sent(world, "two", OTHER)


def test_an_old_list_does_not_undo_a_newer_word(cli: Cli, world: World) -> None:
    """With the time at which it was made."""
    say(world, "START")
    file = cli.file("list.txt", TO)
    assert cli("opt-outs", "import", file, "--since", "2026-11-01T00:00:00Z", "--json").json["changed"] == 0
    assert is_sent(world, "one")


def test_a_file_with_wrong_lines_changes_nothing(cli: Cli, world: World) -> None:
    """All of them are named, and none is repeated."""
    file = cli.file("list.txt", f"{TO}\n55512345\n+372\nhunter2\n")
    said = cli("opt-outs", "import", file, "--json")
    assert (said.code, [each["line"] for each in said.json["errors"]]) == (1, [2, 3, 4])
    table = cli("opt-outs", "import", file)
    assert (table.code, "hunter2" in table.out + table.err) == (1, False)
    assert len(world.opt_outs) == 0


@pytest.mark.parametrize(
    "arguments",
    [("add", "55512345"), ("remove", "nobody"), ("import", "none.txt"), ("import", "FILE", "--since", "2026-11-01")],
)
def test_what_is_wrong_is_said_in_a_line(cli: Cli, world: World, arguments: tuple[str, ...]) -> None:
    """And nothing is changed."""
    file = cli.file("list.txt", TO)
    said = cli("opt-outs", *(file if each == "FILE" else each for each in arguments))
    assert (said.code, said.out, said.err.count("\n"), len(world.opt_outs)) == (2, "", 1, 0)
