"""`rcs show`, `rcs watch`, `rcs cancel`, `rcs unknown` and `rcs resolve`."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from messente_rcs.sending.resolve import REPORT_TIME
from messente_rcs.tracking.report import read_report
from rcs_cli.api import Answer
from tests.standin import numbers
from tests.support.gateway import report_on
from tests.support.shell import run_aws
from tests.support.world import TEXT, TO, World, message
from tests.unit.cli.conftest import Cli

HIDDEN = "+372…45"  # how TO is shown


def test_a_record_is_shown(cli: Cli, world: World) -> None:
    """By its id or by Messente's, masked unless numbers are asked for; the text is nowhere."""
    world.deliver(message("one"))
    record = cli("show", "one", "--json").json
    assert (record["id"], record["state"], record["to"]) == ("one", "sent", HIDDEN)
    assert cli("show", record["omnimessage_id"], "--json").json == record
    assert cli("show", "one", "--json", "--numbers").json["to"] == TO
    table = cli("show", "one")
    assert table.code == 0
    assert {"one", "sent", HIDDEN, record["omnimessage_id"]} <= set(table.out.split())
    assert TO not in table.out
    said = cli("show", "none")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)


def item(world: World, message_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.dynamodb.get_item(Key={"id": {"S": message_id}})["Item"]
    return found


def test_the_words_of_a_vendor(cli: Cli, world: World) -> None:
    """They may repeat the recipient, which is masked; they may not move the cursor, nor be taken for markup."""
    world.deliver(message("one", to=numbers.BAD_REQUEST))
    item(world, "one")["errors"]["L"][0]["M"]["detail"] = {"S": f"\x1b[2J[bold]{TO}[/bold] has no\u00a0RCS"}
    out = cli("show", "one").out
    assert ("\x1b" in out, f"[bold]{HIDDEN}[/bold] has no RCS" in " ".join(out.split())) == (False, True)
    assert cli("show", "one", "--json").json["errors"][0]["detail"].endswith(f"[bold]{HIDDEN}[/bold] has no\u00a0RCS")


def test_a_message_is_watched_until_it_is_delivered(cli: Cli, world: World) -> None:
    """Each change is one line; before the first attempt there is no record yet."""
    looks = iter(range(100))

    def live(seconds: float) -> None:
        world.clock.advance(seconds)
        match next(looks):
            case 0:
                world.deliver(message("one"))
            case 2:
                world.parts().tracker.track("one", [read_report(report_on(world, "one"))])

    cli.sleeps = live
    said = cli("watch", "one", "--json", "--timeout", "inf")
    lines = [json.loads(line) for line in said.out.splitlines() if '"_aws"' not in line and '"level"' not in line]
    told = [(each["state"], each.get("delivery")) for each in lines]
    assert told == [(None, None), ("sent", "pending"), ("sent", "delivered")]
    assert said.code == 0


def test_a_message_that_ends_badly(cli: Cli, world: World) -> None:
    """The exit code of watch says that the message did not arrive."""
    world.deliver(message("one", expires_at="2026-01-01T00:00:00Z"))
    assert cli("watch", "one").code == 1


def test_a_message_without_an_end(cli: Cli, world: World) -> None:
    """Watch gives up after a time, and says so."""
    world.deliver(message("one"))
    begin = world.clock()
    said = cli("watch", "one", "--timeout", "60")
    assert (said.code, world.clock() - begin) == (1, 60)
    assert "within 60 s" in said.err


NO_IDS = ("", ".", "..", "a b", "a/b", "a\u0436", "x" * 256)
WRONG: list[tuple[str, ...]] = [
    *(("watch", "one", "--interval", each) for each in ("inf", "nan", "-1", "0", "1e300")),
    ("watch", "one", "--timeout", "nan"),
    ("watch",),
    ("watch", "one", "--file", "a.csv"),
    *(("cancel", each) for each in NO_IDS),
    *(("resolve", "--sent", "--yes", each) for each in NO_IDS),
    ("resolve", "one"),
    ("resolve", "one", "--sent", "--not-sent"),
    ("resolve", "one", "--sent", "--final"),
    ("resolve", "one", "--not-sent", "--omnimessage-id", "x"),
    ("resolve", "one", "--not-sent"),
    ("resolve", "one", "--not-sent", "--final"),
]


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_command(cli: Cli, arguments: tuple[str, ...]) -> None:
    """The API is not asked: it would take some ids for another path, and nobody confirms what frees an id."""
    said = cli(*arguments)
    assert (said.code, said.out, cli.account.calls) == (2, "", [])


def test_nobody_reads_any_more(cli: Cli, world: World) -> None:
    """As in `rcs watch ID | head -1`: the command ends, and has not seen the message delivered."""
    world.deliver(message("one"))
    sleeps: list[float] = []

    def leave(seconds: float) -> None:
        sleeps.append(seconds)
        setattr(sys.stdout, "has_lost_its_reader", True)  # noqa: B010 - as streams.Stream does

    cli.sleeps = leave
    assert (cli("watch", "one").code, len(sleeps)) == (1, 1)


def test_cancelling(cli: Cli, world: World) -> None:
    """What was not sent is cancelled; what may be on its way is not, and a line says why."""
    world.deliver(message("waits", to=numbers.UNAVAILABLE))
    world.deliver(message("gone"))
    assert cli("cancel", "waits", "--json").json["state"] == "cancelled"
    assert cli("cancel", "gone").code == 1
    assert "can't be cancelled any more" in cli("cancel", "gone").err
    assert cli("cancel", "none").code == 1


def lose(world: World, *keys: str) -> None:
    for key in keys:
        world.deliver(message(key, to=numbers.CUT_AFTER_ACCEPT))
        world.clock.advance(60)


def test_unknown_messages(cli: Cli, world: World) -> None:
    """They are listed with the oldest first, over several pages, and masked."""
    assert "No message is unknown" in cli("unknown").out
    lose(world, *(f"lost-{number:02}" for number in range(60)))
    found = cli("unknown", "--json").json
    assert [each["id"] for each in found["messages"]] == [f"lost-{number:02}" for number in range(60)]
    assert not found["more"]
    table = cli("unknown", "--limit", "3").out
    assert "lost-02" in table
    assert "lost-03" not in table
    assert "1 h 0 min" in table
    assert "raise --limit" in table
    assert numbers.CUT_AFTER_ACCEPT not in table + json.dumps(found)


RESOLUTIONS: dict[str, tuple[tuple[str, ...], str, str | None]] = {
    "sent": (("--sent",), "sent", None),
    "sent as": (("--sent", "--omnimessage-id", "OMNI"), "sent", "OMNI"),
    "not sent": (("--not-sent", "--yes"), "retryable", None),
    "never": (("--not-sent", "--final", "--yes"), "cancelled", None),
}


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_an_unknown_message_is_resolved(cli: Cli, world: World, name: str) -> None:
    """The record is what the person found; a script is not asked; a second time is too late."""
    options, state, omnimessage_id = RESOLUTIONS[name]
    lose(world, "a:b")
    world.clock.advance(REPORT_TIME)
    [accepted] = world.messente.accepted
    options = tuple(each.replace("OMNI", accepted.omnimessage_id) for each in options)
    omnimessage_id = omnimessage_id and accepted.omnimessage_id
    assert cli("resolve", "a:b", *options, "--json").json["state"] == state
    item = world.item("a:b") or {}
    assert (item["state"], item.get("omnimessage_id")) == (state, omnimessage_id)
    again = cli("resolve", "a:b", *options)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "Only an unknown message can be resolved" in again.err
    assert "add --yes" in cli("resolve", "a:b", "--not-sent").err
    assert "No message has this id" in cli("resolve", "none", "--not-sent", "--yes").err


@pytest.mark.parametrize(("answer", "state", "code"), [("y\n", "retryable", 0), ("n\n", "unknown", 1)])
def test_a_person_is_asked(cli: Cli, world: World, answer: str, state: str, code: int) -> None:
    """At a terminal, the command says what it will mean, and a no changes nothing."""
    lose(world, "one")
    world.clock.advance(REPORT_TIME)
    since = (world.item("one") or {})["unknown_since"]
    cli.answers = answer
    said = cli("resolve", "one", "--not-sent")
    assert f"Unknown since {since}" in said.err
    assert "sending it again makes a second one" in said.err
    assert (said.code, (world.item("one") or {})["state"]) == (code, state)


@pytest.mark.parametrize("status", [400, 404, 409, 503])
def test_a_resolution_that_is_refused(cli: Cli, status: int) -> None:
    """Why stands on one line, without a number, and the exit code is 1."""
    errors = [{"code": "105", "title": "", "detail": f"{TO} is not unknown", "source": None}]
    cli.account.instead = Answer(status, json.dumps({"errors": errors}).encode())
    said = cli("resolve", "one", "--sent")
    assert (said.code, said.err) == (1, f"rcs: The API answered {status}. {HIDDEN} is not unknown.\n")


def test_an_item_that_cannot_be_read(cli: Cli, world: World) -> None:
    """The attribute is named with the command that corrects it, and nobody is told to try again."""
    world.deliver(message("one"))
    item(world, "one")["channels"] = {"S": "rcs"}
    said = cli("show", "one")
    assert (said.code, said.out) == (1, "")
    assert "no readable attribute channels" in said.err
    assert "try again" not in said.err.lower()
    again = cli("send", TO, TEXT, "--key", "one")
    assert ("attribute channels" in again.out, world.accepted()) == (True, 1)
    assert "was not sent" not in again.out + again.err
    correct = said.err.partition("Write it as it was: ")[2]
    run_aws(correct, cli.account.client)
    assert cli("show", "one", "--json").json["channels"] == ["rcs"]


# --- The messages to a number -----------------------------------------------------------------------------------------

MEXICAN = ["+5215512345678", "+525512345678"]  # of one recipient


@pytest.fixture
def finding(cli: Cli, world: World) -> Cli:
    """Let the stack find messages by their recipient, and have five to one and one to another."""
    cli.account.set_parameter("TrackConversations", "Yes")
    env = world.env(track_conversations=True)
    for number, to in enumerate([*MEXICAN, *MEXICAN, *MEXICAN][:5]):
        world.clock.advance(60)
        world.deliver(message(f"k{number}", to=to), env)
    world.deliver(message("other"), env)
    world.deliver(message("refused", to=numbers.BAD_REQUEST), env)
    return cli


@pytest.mark.parametrize("number", [*MEXICAN, "00 52 55 1234 5678", "+52 (55) 1234-5678"])
def test_a_number_finds_its_messages(finding: Cli, number: str) -> None:
    """In whatever way it is written, the newest first, and no other; the number itself is masked."""
    said = finding("find", number, "--json")
    assert [each["id"] for each in said.json["messages"]] == ["k4", "k3", "k2", "k1", "k0"]
    assert said.json["more"] is False
    assert {each["to"] for each in finding("find", number, "--json", "--numbers").json["messages"]} == set(MEXICAN)
    out = finding("find", number).out
    assert "sent" in out
    assert not any(each in said.out + out for each in MEXICAN)


def test_more_messages_than_the_limit(finding: Cli) -> None:
    """The newest are listed, and that there are more; or that there is none, as to a number that was rejected."""
    said = finding("find", min(MEXICAN), "--limit", "3", "--json")
    assert ([each["id"] for each in said.json["messages"]], said.json["more"]) == (["k4", "k3", "k2"], True)
    assert "--limit" in finding("find", min(MEXICAN), "--limit", "3").out
    assert finding("find", min(MEXICAN), "--limit", "5", "--json").json["more"] is False
    assert finding("find", numbers.BAD_REQUEST, "--json").json == {"messages": [], "more": False}
    assert "No message" in finding("find", numbers.BAD_REQUEST).out


def test_what_cannot_be_read_or_is_gone(finding: Cli, world: World) -> None:
    """What the table has of a record is shown, whatever else it holds; what expired since is not."""
    world.dynamodb.get_item(Key={"id": {"S": "k2"}})["Item"]["channels"] = {"S": "rcs"}
    world.dynamodb.delete_item(Key={"id": {"S": "k1"}})
    listed = finding("find", min(MEXICAN), "--json").json["messages"]
    assert [(each["id"], each["state"]) for each in listed] == [(key, "sent") for key in ("k4", "k3", "k2", "k0")]


def test_a_stack_that_does_not_find_numbers(cli: Cli) -> None:
    """The line says what to do; what is no number is told first."""
    said = cli("find", "+37255512345")
    told = "sam deploy --stack-name rcs --parameter-overrides TrackConversations=Yes"
    assert (said.code, told in said.err) == (1, True)
    assert cli("find", "55512345").code == 2


# --- The messages of a file -------------------------------------------------------------------------------------------


class Counting:
    """A table that counts the items which are asked for."""

    def __init__(self, table: Any) -> None:
        self._table, self.asked = table, list[int]()

    def batch_get_item(self, *, RequestItems: Any) -> Any:  # noqa: N803 - as boto3 has it
        self.asked += [len(each["Keys"]) for each in RequestItems.values()]
        return self._table.batch_get_item(RequestItems=RequestItems)


PEOPLE = ["+37255510001", "+37255510002", numbers.BAD_REQUEST, "+37255510004"]


def test_the_messages_of_a_file_are_watched(cli: Cli, world: World, tmp_path: Path) -> None:
    """Counts, channels and prices until the last has ended; ended ones are not read again. A CSV has each recipient."""
    file = cli.file("a.csv", "to,text\n" + "".join(f"{to},Hi\n" for to in PEOPLE))
    cli("send-many", file)
    cli.account.clients["dynamodb"] = table = Counting(cli.account.clients["dynamodb"])
    looks = iter(range(100))

    def live(seconds: float) -> None:
        world.clock.advance(seconds)
        match next(looks):
            case 0:
                cli.account.deliver()
            case line:
                key = f"a.csv:{[2, 3, 5][line - 1]}"
                world.parts().tracker.track(key, [read_report(report_on(world, key))])

    cli.sleeps = live
    result = tmp_path / "result.csv"
    said = cli("watch", "--file", file, "--result", str(result), "--json")
    told = [json.loads(line) for line in said.out.splitlines() if line.startswith('{"messages"')]
    assert [each["outcomes"] for each in told] == [
        {"not sent yet": 4},
        {"rejected": 1, "sent": 3},
        *({"delivered": done, "rejected": 1, "sent": 3 - done} for done in (1, 2)),
        {"delivered": 3, "rejected": 1},
    ]
    assert (said.code, told[-1]["channels"], told[-1]["price"]) == (1, {"rcs": 3}, "0.12")
    head, *rows = result.read_text().splitlines()
    assert head == "line,to,id,outcome,channel,price"
    assert rows[1:3] == ["3,+37255510002,a.csv:3,delivered,rcs,0.04", f"4,{PEOPLE[2]},a.csv:4,rejected,,0"]
    assert {cli("watch", "--file", file, "--result", str(each)).code for each in (result, tmp_path / "x" / "y")} == {2}
    assert table.asked == [4, 4, 3, 2, 1]
    item(world, "a.csv:2")["messages"] = {"S": "edited"}
    assert "rcs show a.csv:2 says how to correct it" in cli("watch", "--file", file).err
    del item(world, "a.csv:2")["state"]
    assert "rcs show a.csv:2 says how to correct it" in cli("send-many", file).err
