"""`rcs send`, `rcs validate` and `rcs send-many`: what is accepted is what the accept log says."""

import json
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from rich.table import Table

from rcs_cli.api import Answer
from rcs_cli.problems import NoAnswer
from rcs_cli.side_by_side import AT_ONCE, side_by_side
from tests.standin import numbers
from tests.support.fakes.aws import error
from tests.support.world import TEXT, TO, World, message
from tests.unit.cli.conftest import Cli


def texts(world: World) -> list[str]:
    return [each.body["messages"][0]["text"] for each in world.messente.accepted]


def rows(number: int) -> str:
    """Write a CSV with so many messages, the first of them in line 2."""
    return "to,text\n" + "".join(f"+3725551{each:04d},text {each}\n" for each in range(number))


def cut_at(line: int, failure: BaseException) -> Callable[[Mapping[str, Any]], str | None]:
    """Let the call with a line fail, before the queue takes anything of it."""

    def refuse(entry: Mapping[str, Any]) -> str | None:
        if entry["Id"] == str(line):
            raise failure
        return None

    return refuse


def test_a_text_is_sent_once_under_its_key(cli: Cli, world: World) -> None:
    """The same command again answers with the stored record; without a key, two commands are two messages."""
    first, second = (cli("send", TO, TEXT, "--key", "parcel", "--json") for _ in range(2))
    assert (first.code, second.code, first.json) == (0, 0, second.json)
    assert (first.json["state"], world.accepted()) == ("sent", 1)
    assert len({cli("send", TO, TEXT, "--json").json["id"] for _ in range(2)}) == 2
    assert world.accepted() == 3


@pytest.mark.parametrize(
    ("to", "state", "next_step"),
    [
        (numbers.CUT_AFTER_ACCEPT, "unknown", "rcs watch one"),
        (numbers.BAD_REQUEST, "rejected", ""),
        (numbers.UNAVAILABLE, "retryable", "again with --key one"),
    ],
)
def test_a_message_that_is_not_sent(cli: Cli, to: str, state: str, next_step: str) -> None:
    """The exit code is 1, the record says why, and a line says what to do."""
    said = cli("send", to, TEXT, "--key", "one", "--json")
    assert (said.code, said.json["state"]) == (1, state)
    assert next_step in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "Missing argument"),
        (("missing.json",), 2, "could not be read"),
        ((TO, TEXT, "--key", "no spaces"), 2, "A message id has 1 to 255"),
        ((TO, TEXT, "--many"), 2, "No such option"),
        (("FILE", "--key", "another"), 2, "another idempotency_key than --key"),
        ((TO,), 2, "The text is missing: rcs send TO TEXT. One that begins with a dash: rcs send TO -- TEXT."),
        (("0037 2555-12345",), 2, "The text is missing"),
        (("37255512345", TEXT), 1, "rcs: The message is not valid. payload[to]: Must be a phone number"),
        ((TO, TEXT, "--tag", "order"), 2, "NAME=VALUE"),
        ((TO, TEXT, "--tag", "a b=c"), 1, "payload[tags][a b]"),
        ((TO, TEXT, "--dry-run", "--queue"), 2, "Leave --queue out"),
    ],
)
def test_a_message_that_does_not_leave(cli: Cli, arguments: tuple[str, ...], code: int, told: str) -> None:
    """Why is said without the number, and nobody is asked for a stack."""
    file = cli.file("own.json", json.dumps(message("own")))
    said = cli("send", *(file if each == "FILE" else each for each in arguments))
    assert (said.code, said.out, cli.places) == (code, "", [])
    assert (told in " ".join(said.err.split()), "12345" in said.err) == (True, False)


def test_tags(cli: Cli, world: World) -> None:
    """Given one by one, beside those of a file and before them."""
    file = cli.file("m.json", json.dumps(message("k", tags={"team": "logistics", "order": "1"})))
    assert cli("send", file, "--tag", "order=2=b", "--tag", "new=").code == 0
    tags = {"team": "logistics", "order": "2=b", "new": ""}
    assert (world.item("k") or {})["tags"] == tags
    assert cli("show", "k", "--json").json["tags"] == tags
    shown = cli("show", "k").out
    assert [name for name, value in tags.items() if f"{name}={value}" not in shown] == []


def test_a_dry_run(cli: Cli, world: World) -> None:
    """It tells what Messente would get, with the recipient masked, or why nothing would be sent; nothing is."""
    said = cli("send", TO, TEXT, "--key", "parcel", "--dry-run", "--json")
    assert (said.code, said.json["outcome"], said.json["omnimessage"]["messages"][0]["text"]) == (0, "would_send", TEXT)
    assert TO not in said.out
    people = cli("send", TO, TEXT, "--dry-run")
    assert (people.code, people.out.splitlines()[0]) == (0, "Dry run: would_send. Nothing was sent.")
    assert (world.accepted(), world.items()) == (0, 0)
    cli("send", TO, TEXT, "--key", "parcel")
    assert cli("send", TO, TEXT, "--key", "parcel", "--dry-run", "--json").json["outcome"] == "stored"
    conflict = cli("send", TO, "Other", "--key", "parcel", "--dry-run")
    assert (conflict.code, conflict.out) == (1, "Dry run: conflict. Nothing was sent.\n")
    assert "used before with another payload" in conflict.err
    assert world.accepted() == 1


# --- send-many --------------------------------------------------------------------------------------------------------


def test_a_file_is_queued_ten_a_call(cli: Cli, world: World) -> None:
    """Every message is queued once, under the name of the file and its line, in one group, and is sent once."""
    said = cli("send-many", cli.file("offer.csv", rows(25)), "--json")
    assert said.json == {"name": "offer.csv", "messages": 25, "queued": 25, "failed": []}
    assert sorted(cli.queues.batches) == [5, 10, 10]
    assert {each["idempotency_key"] for each in cli.queued()} == {f"offer.csv:{line}" for line in range(2, 27)}
    assert {each.group for each in cli.queues.messages[world.queue_url]} == {"offer.csv"}
    cli.account.deliver()
    assert sorted(texts(world)) == sorted(f"text {each}" for each in range(25))


@pytest.mark.parametrize(
    ("failure", "code", "unknown"),
    [
        pytest.param(error("ServiceUnavailable", "SendMessageBatch"), 1, [], id="refused by SQS"),
        pytest.param(KeyboardInterrupt(), 130, list(range(12, 22)), id="cut off by Ctrl-C"),
    ],
)
def test_the_same_command_after_a_failure(
    cli: Cli, world: World, failure: BaseException, code: int, unknown: list[int]
) -> None:
    """What is known of the lines of one call is told, the others are queued; the same command again sends the rest."""
    file = cli.file("offer.csv", rows(30))
    cli.queues.refuses = cut_at(15, failure)
    said = cli("send-many", file, "--json")
    assert (said.code, said.json["queued"], said.json["unknown"]) == (code, 20, unknown)
    assert ("Not known whether queued: 10 lines, 12, 13, " in said.err) == bool(unknown)
    assert "Run the same command again" in said.err
    cli.account.deliver()
    cli.queues.refuses = lambda _: None
    assert cli("send-many", file).code == 0
    cli.account.deliver()
    assert sorted(texts(world)) == sorted(f"text {each}" for each in range(30))


def test_a_refused_entry_is_tried_again(cli: Cli, world: World) -> None:
    """What SQS could not take for a moment is queued in a later call."""
    refused: set[str] = set()

    def once(entry: Mapping[str, Any]) -> str | None:
        is_new = entry["Id"] not in refused
        refused.add(entry["Id"])
        return "InternalError" if is_new and int(entry["Id"]) % 2 else None

    cli.queues.refuses = once
    assert cli("send-many", cli.file("offer.csv", rows(10)), "--json").json["queued"] == 10
    cli.account.deliver()
    assert len(set(texts(world))) == len(texts(world)) == 10


def test_an_entry_that_no_answer_names(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be in the queue."""
    monkeypatch.setattr(cli.queues, "send_message_batch", lambda **_: {})
    assert cli("send-many", cli.file("offer.csv", rows(1)), "--json").json["unknown"] == [2]


@pytest.mark.parametrize(("code", "calls"), [("InvalidParameterValue", 1), ("InternalError", 6)])
def test_an_entry_that_stays_refused(cli: Cli, code: str, calls: int) -> None:
    """It is told by line and code; the other messages are queued."""
    cli.queues.refuses = lambda entry: code if entry["Id"] in "53" else None
    said = cli("send-many", cli.file("offer.csv", rows(5)), "--json")
    failed = [{"line": line, "code": code} for line in (3, 5)]
    assert (said.code, said.json["queued"], said.json["failed"]) == (1, 3, failed)
    assert len(cli.queues.batches) == calls


def test_a_corrected_line_goes_out_alone(cli: Cli, world: World) -> None:
    """After a run, a rejected line is corrected in its place: only its message is sent."""
    cli("send-many", cli.file("offer.csv", f"to,text\n{TO},one\n{numbers.BAD_REQUEST},two\n"))
    cli.account.deliver()
    assert texts(world) == ["one"]
    assert cli("send-many", cli.file("offer.csv", f"to,text\n{TO},one\n+37255512346,two\n")).code == 0
    cli.account.deliver()
    assert texts(world) == ["one", "two"]


def test_lines_that_moved_are_noticed(cli: Cli, world: World) -> None:
    """A line put in before others would give them each other's keys; nothing is queued."""
    cli("send-many", cli.file("offer.csv", rows(20)))
    cli.account.deliver()
    head, *rest = rows(20).splitlines(keepends=True)
    said = cli("send-many", cli.file("offer.csv", "".join([head, f"{TO},new\n", *rest])))
    assert said.code == 1
    assert "belongs to a message to another recipient" in said.err
    assert (cli.queued(), len(texts(world))) == ([], 20)


# --- What may have happened -------------------------------------------------------------------------------------------


def failed(status: int, attempts: int) -> ClientError:
    """Build the error of a call that the SDK repeated so often."""
    answer: Any = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": attempts}}
    return ClientError(answer, "SendMessageBatch")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        pytest.param(ReadTimeoutError(endpoint_url="https://sqs"), 1, id="cut off"),
        pytest.param(failed(500, 0), 1, id="an error of the server"),
        pytest.param(failed(403, 1), 1, id="a rejection of what the SDK sent again"),
        pytest.param(KeyboardInterrupt(), 130, id="Ctrl-C"),
    ],
)
def test_a_message_that_may_be_in_the_queue(cli: Cli, world: World, failure: BaseException, code: int) -> None:
    """The id is told, and the same command with it sends nothing twice."""

    def take_and_fail(entry: Mapping[str, Any]) -> str | None:
        cli.queues.send_message(QueueUrl=cli.world.queue_url, MessageBody=entry["MessageBody"])
        raise failure

    cli.queues.refuses = take_and_fail
    said = cli("send", TO, TEXT, "--queue")
    [payload] = cli.queued()
    message_id = payload["idempotency_key"]
    assert (said.code, said.out) == (code, "")
    assert "may have been queued" in said.err
    assert f"--key {message_id}" in said.err
    cli.queues.refuses = lambda _: None
    assert cli("send", TO, TEXT, "--queue", "--key", message_id, "--json").json == {"id": message_id, "queued": True}
    cli.account.deliver()
    assert world.accepted() == 1


def test_a_message_that_the_queue_refuses(cli: Cli) -> None:
    """It is not said that it may be there; its id is told all the same."""
    cli.queues.refuses = cut_at(1, error("AccessDenied", "SendMessageBatch"))
    said = cli("send", TO, TEXT, "--queue", "--key", "a&b")
    assert (said.code, "was not queued" in said.err, "--key 'a&b'" in said.err) == (1, True, True)


def interrupt() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_ctrl_c_when_the_message_was_sent(cli: Cli, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id is told, though the rest of its record is not."""
    monkeypatch.setattr(Table, "add_row", lambda *_: interrupt())
    said = cli("send", TO, TEXT, "--key", "one")
    assert (said.code, "with --key one never sends it twice" in said.err, world.accepted()) == (130, True, 1)


def test_ctrl_c_waits_for_the_calls_under_way() -> None:
    """No further call begins, and what the calls under way did is told; the last one may have begun just then."""
    together, stopped = threading.Barrier(AT_ONCE), threading.Event()

    def stop(task: int) -> None:
        if task < AT_ONCE:
            together.wait(30)
        if task == 0:
            interrupt()
            stopped.set()
        assert stopped.wait(30)

    outcome = side_by_side(stop, range(400))
    begun = len(outcome.done) + len(outcome.failed)
    assert (outcome.problem and outcome.problem.code, len(outcome.failed) <= 1) == (130, True)
    assert AT_ONCE - 1 <= len(outcome.done) <= begun < 400


def test_a_call_that_does_not_end_is_not_known() -> None:
    """The user who pressed Ctrl-C need not wait for it."""
    end = threading.Event()

    def hang(_: str) -> None:
        interrupt()
        assert end.wait(30)

    outcome = side_by_side(hang, ["a call"], patience=0)
    end.set()
    assert (outcome.done, list(outcome.failed), outcome.problem and outcome.problem.code) == ({}, [0], 130)


def test_calls_side_by_side() -> None:
    """Sixteen are under way at once; each result stands at its place, although the last call ends first."""
    together, ended = threading.Barrier(AT_ONCE), [threading.Event() for _ in range(AT_ONCE)]

    def call(task: int) -> int:
        together.wait(30)
        assert task == AT_ONCE - 1 or ended[task + 1].wait(30)
        ended[task].set()
        return task

    assert side_by_side(call, range(AT_ONCE)).done == {each: each for each in range(AT_ONCE)}


DEAD = b'{"message":"Internal Server Error"}'
JSON_API = b'{"errors": [{"title": "Bad", "detail": "Bad", "source": {"pointer": "/"}}]}'
MAY, NOT_ME = "The message may have been sent. Look at it with rcs watch dead-3 --stack=x.", "execute-api:Invoke"
ANSWERS: dict[str, tuple[Answer | BaseException, str]] = {
    "500 of the gateway": (Answer(500, DEAD), MAY),
    "502 of a proxy": (Answer(502, b"<html>Bad Gateway</html>"), MAY),
    "503 of the gateway": (Answer(503, b'{"message":"Service Unavailable"}'), MAY),
    "504 of the gateway": (Answer(504, b'{"message":"Endpoint request timed out"}'), MAY),
    "408 of a proxy": (Answer(408, b""), MAY),
    "200 of a portal": (Answer(200, b"<html>Log in</html>"), MAY),
    "201 that is cut off": (Answer(201, b'{"id": "dead-3", "sta'), MAY),
    "302 of a portal": (Answer(302, b""), MAY),
    "200 of another application": (Answer(200, b'{"id": "x", "messages": []}'), MAY),
    "502 with errors of another form": (Answer(502, b'{"errors": [{"message": "Bad Gateway"}, "x"]}'), MAY),
    "502 with errors of JSON:API": (Answer(502, JSON_API), MAY),
    "no answer": (NoAnswer("api.example gave no answer (ReadTimeoutError)."), MAY),
    "Ctrl-C": (KeyboardInterrupt(), MAY),
    "404 of the gateway, which did not call the function": (Answer(404, DEAD), "The API answered 404"),
    "403 of the gateway, which did not call the function": (Answer(403, DEAD), NOT_ME),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_not_the_applications(cli: Cli, name: str) -> None:
    """No record tells what came of the message: its id is told, and that it may have been sent only where it may."""
    cli.account.instead, told = ANSWERS[name]
    said = cli("send", TO, TEXT, "--key", "dead-3", "--stack", "x")
    assert (said.code, said.out, said.err.count("\n")) == (130 if name == "Ctrl-C" else 1, "", 1)
    assert (told in said.err, "may have been sent" in said.err) == (True, told == MAY)
    assert "The id of the message is dead-3: the same command with --key dead-3" in said.err


@pytest.mark.parametrize("status", [500, 200])
def test_a_dry_run_without_an_answer(cli: Cli, status: int) -> None:
    """Nobody says that the message was sent."""
    cli.account.instead = Answer(status, DEAD)
    said = cli("send", TO, TEXT, "--dry-run")
    assert (said.code, "was sent" in said.err, said.err.count("\n")) == (1, False, 1)


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "unknown"])
@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"hello": "world"}', b'{"id": "x"}'])
def test_an_answer_of_somebody_else(cli: Cli, command: str, body: bytes) -> None:
    """A portal or another application answers 200: this is no empty record."""
    cli.account.instead = Answer(200, body)
    said = cli(command, *(() if command == "unknown" else ("one",)))
    assert (said.code, said.out, said.err.count("\n"), "another program" in said.err) == (1, "", 1, True)


def test_a_list_that_is_not_there(cli: Cli) -> None:
    """An API with another base path has no list: that is not an empty one, and a state is none either."""
    for status, body, told in ((404, JSON_API, "answered 404."), (200, b'{"state": "ok"}', "another program answered")):
        cli.account.instead = Answer(status, body)
        said = cli("unknown")
        assert (said.code, said.out, told in said.err) == (1, "", True)


# --- What is missing --------------------------------------------------------------------------------------------------


def test_a_file_named_like_a_number(cli: Cli, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If it is there, it is meant."""
    monkeypatch.chdir(tmp_path)
    cli.file(TO, json.dumps(message("from-file")))
    assert cli("send", TO).code == 0
    assert world.accepted() == 1


@pytest.mark.parametrize("arguments", [("send", TO, "-50% today"), ("send", TO, "--sale--"), ("send", "-x.json")])
def test_what_begins_with_a_dash(
    cli: Cli, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A text, or the name of a file: the error names --, and with it the message is sent."""
    monkeypatch.chdir(tmp_path)
    cli.file("-x.json", json.dumps(message()))
    said = cli(*arguments)
    assert (said.code, "comes after --" in " ".join(said.err.replace("│", "").split())) == (2, True), said.err
    assert world.accepted() == 0
    *before, last = arguments
    assert cli(*before, "--", last).code == 0
    assert texts(world) == [TEXT if last == "-x.json" else last]
