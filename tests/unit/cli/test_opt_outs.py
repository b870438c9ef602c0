"""`rcs opt-outs`: what it writes keeps messages back, and what it shows hides numbers."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.standin.inbound import post
from tests.support.fakes.aws import error
from tests.support.gateway import OPERATOR
from tests.support.inbound import URL, hand_in, said, say
from tests.support.world import TO, World, message
from tests.unit.cli.conftest import Cli

HIDDEN = "+372…45"  # how TO is shown
OTHER = "+37255598765"


def is_sent(world: World, key: str, to: str = TO) -> bool:
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


AHEAD, BEHIND = 120, -120


@pytest.mark.parametrize("off", [AHEAD, BEHIND])
@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("command", ["add", "import"])
def test_an_operators_opt_out_holds_whatever_the_clocks(
    cli: Cli, world: World, off: float, command: str, *, timed: bool
) -> None:
    """The clock is off by two minutes, and Messente repeats an old start word; a later one of the recipient wins."""
    start = said(world, "START", at=world.clock()) if timed else post(URL, {"sender": TO, "text": "START"})
    for text in ("STOP", None):
        hand_in(world, said(world, text, at=world.clock() - 60) if text else start)
    assert is_sent(world, "one")
    world.clock.advance(off)
    argument = TO if command == "add" else cli.file("list.txt", TO)
    assert cli("opt-outs", command, argument, "--json").json["changed"] is (True if command == "add" else 1)
    assert "before" in cli("opt-outs", "add", TO).out
    world.clock.advance(60 - off)
    world.dynamodb = World().dynamodb  # no mark is left
    hand_in(world, start)
    assert not is_sent(world, "two")
    world.clock.advance(2 * AHEAD)
    say(world, "START")
    assert is_sent(world, "three")


@pytest.mark.parametrize("off", [AHEAD, BEHIND])
def test_an_operators_opt_in_holds_whatever_the_clocks(cli: Cli, world: World, off: float) -> None:
    """It undoes the stop word that was there, also when that is repeated, and none that the recipient says later."""
    stop = said(world, "STOP")
    hand_in(world, stop)
    world.clock.advance(off)
    assert cli("opt-outs", "remove", TO, "--json").json["changed"] is True
    assert "had not opted out" in cli("opt-outs", "remove", TO).out
    world.clock.advance(60 - off)
    hand_in(world, stop)
    assert is_sent(world, "one")
    say(world, "STOP")
    assert not is_sent(world, "two")


def hook(world: World, before: Callable[[str], object], after: Callable[[], object] = lambda: None) -> None:
    """Let something happen before and after each write of a number."""
    real = world.opt_outs.update_item

    def update(**given: Any) -> Any:
        before(given["Key"]["to"]["S"])
        answer = real(**given)
        after()
        return answer

    world.opt_outs.update_item = update  # type: ignore[method-assign]


def put(world: World, state: str, since: str) -> None:
    world.opt_outs.put_item(Item={"to": {"S": TO}, "state": {"S": state}, "since": {"S": since}})


FAILURE = error("InternalServerError", "UpdateItem")


def fail(_: str) -> None:
    raise FAILURE


def change_again_and_again(world: World) -> None:
    turns = iter(range(100))
    hook(world, lambda _: put(world, ("opted_in", "opted_out")[(turn := next(turns)) % 2], f"2027-01-01T00:00:{turn}"))


TROUBLES: dict[str, Callable[[World], None]] = {
    "changed by somebody else just before each write": change_again_and_again,
    "undone at once": lambda world: hook(world, lambda _: None, lambda: put(world, "opted_in", "2027")),
    "a list that cannot be written": lambda world: hook(world, fail),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_said_is_so(cli: Cli, world: World, name: str) -> None:
    """Nothing is claimed that does not hold after the write; one line says to run the same command again."""
    TROUBLES[name](world)
    refused = cli("opt-outs", "add", TO)
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert "Run the same command again" in refused.err


def test_a_number_may_be_written_as_people_write_it(cli: Cli, world: World) -> None:
    """With what is between the digits, the 0 of calls at home, and the marks that a contact is copied with."""
    written = ["+1 (212) 555-0123", "\u202a+372 5551 2345\u202c", "+44 07700 900123", "\uff0b49.30.1234567"]
    for each in written:
        assert cli("opt-outs", "add", each).code == 0
    kept = {each["to"] for each in cli("opt-outs", "list", "--json", "--numbers").json["opt_outs"]}
    assert kept == {"+12125550123", TO, "+447700900123", "+49301234567"}
    assert not is_sent(world, "one", "+447700900123")
    assert not is_sent(world, "two", "+4407700900123")


def test_a_file_is_imported_once(cli: Cli, world: World) -> None:
    """Again it changes nothing; empty lines and comments are left out."""
    file = cli.file("list.txt", f"\ufeff# from the old system\r\n{TO}\r\n\n 0037255598765 \n{TO}\n")
    assert cli("opt-outs", "import", file, "--json").json == {"numbers": 3, "changed": 2, "opted_out": 3}
    world.clock.advance(60)
    assert cli("opt-outs", "import", file, "--json").json == {"numbers": 3, "changed": 0, "opted_out": 3}
    assert "3 of 3 numbers are opted out now, 0 of them by this." in cli("opt-outs", "import", file).out
    assert not is_sent(world, "one")
    assert not is_sent(world, "two", OTHER)


@pytest.mark.parametrize(("failure", "code"), [(KeyboardInterrupt(), 130), (FAILURE, 1)], ids=["Ctrl-C", "a failure"])
def test_an_import_that_is_cut_off(cli: Cli, world: World, failure: BaseException, code: int) -> None:
    """What was written is told, and the line of which nothing is known; the same command again writes the rest."""
    numbers = [f"+3725551{each:04d}" for each in range(40)]

    def cut(number: str) -> None:
        if number == numbers[2]:
            raise failure

    hook(world, cut)
    file = cli.file("list.txt", "\n".join(numbers))
    said = cli("opt-outs", "import", file, "--json")
    assert (said.code, said.json["written"], said.json["unknown"]) == (code, len(world.opt_outs), [3])
    assert said.json["changed"] == len(world.opt_outs) < 40
    assert "not known whether those of lines 3 are" in said.err
    assert said.err.count("\n") == 1
    numbers[2] = ""
    again = cli("opt-outs", "import", file, "--json").json
    assert (again["changed"], again["opted_out"]) == (40 - said.json["changed"], 40)


def test_an_old_list_does_not_undo_a_newer_word(cli: Cli, world: World) -> None:
    """With the time at which it was made."""
    say(world, "START")
    file = cli.file("list.txt", TO)
    arguments = ("opt-outs", "import", file, "--since", "2026-11-01T00:00:00Z")
    assert cli(*arguments, "--json").json == {"numbers": 1, "changed": 0, "opted_out": 0}
    assert "0 of 1 numbers are opted out now, 0 of them by this. The others opted in later." in cli(*arguments).out
    assert is_sent(world, "one")


def test_a_file_with_wrong_lines_changes_nothing(cli: Cli, world: World) -> None:
    """All of them are named, and none is repeated."""
    file = cli.file("list.txt", f"{TO}\n55512345\n+372\nhunter2\n+372 5551 2345/6\n+44 (0)7700 900123\n")
    refused = cli("opt-outs", "import", file, "--json")
    assert (refused.code, [each["line"] for each in refused.json["errors"]]) == (1, [2, 3, 4, 5, 6])
    table = cli("opt-outs", "import", file)
    assert (table.code, "hunter2" in table.out + table.err) == (1, False)
    assert len(world.opt_outs) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "55512345"),
        ("remove", "nobody"),
        ("import", "none.txt"),
        ("import", "FILE", "--since", "2026-11-01"),
        ("import", "FILE", "--since", "0001-01-01T00:00:00+14:00"),
        ("import", "FILE", "--since", "2026-11-23T12:00:01Z"),
        ("add", "+44 (0)7700 900123"),
        ("add", "+39 (0)347 1234567"),
        ("add", "+372 5551 2345/6"),
        ("add", "+372 5551 2345, +372 5551 2346"),
        ("add", "+372 5551 2345 x6"),
        ("add", "+372 5551 2345 (6)"),
        ("add", "+3725551234\u2075"),
        ("add", "+37255512345\n6"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(cli: Cli, world: World, arguments: tuple[str, ...]) -> None:
    """And nothing is changed."""
    file = cli.file("list.txt", TO)
    refused = cli("opt-outs", *(file if each == "FILE" else each for each in arguments))
    assert (refused.code, refused.out, refused.err.count("\n"), len(world.opt_outs)) == (2, "", 1, 0)
