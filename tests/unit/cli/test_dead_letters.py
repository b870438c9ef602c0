"""`rcs dead-letters`, `redrive`, `discard` and `replay`: why messages lie there, and that none goes out twice."""

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from messente_rcs.tracking.report import read_report
from tests.standin import inbound, numbers
from tests.support.fakes.queues import Queued
from tests.support.fakes.services import physical
from tests.support.gateway import report_on
from tests.support.world import TEXT, TO, World, message, record
from tests.unit.cli.conftest import Cli

EVENT = {"detail-type": "RCS Message Requested", "id": "event-1", "detail": message()}
FAILED = {"requestContext": {"requestId": "r-1", "condition": "RetriesExhausted"}, "requestPayload": message()}


def bury(cli: Cli, body: object, url: str = "", **attributes: str) -> str:
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    letter = Queued(json.dumps(body), typed)
    cli.queues.messages.setdefault(url or cli.world.dead_letter_queue_url, []).append(letter)
    return letter.message_id


def refuse(cli: Cli, payload: dict[str, Any], sqs_id: str | None = None) -> None:
    done = cli.world.env().handle({"Records": [record(payload, message_id=sqs_id)]}, cli.world.remaining())
    assert done == {"batchItemFailures": []}


def test_reasons(cli: Cli, world: World) -> None:
    """Each letter tells its reason, the function's or that of AWS, and no other word. All stay where they are."""
    assert cli("dead-letters").out == "There are no dead letters.\n"
    world.deliver(message("taken"))
    refuse(cli, {"to": "12", "text": TEXT, "idempotency_key": "invalid"})
    refuse(cli, message("rejected", to=numbers.BAD_REQUEST))
    refuse(cli, {"to": TO, "text": "another", "idempotency_key": "taken"})
    given_up = bury(cli, message())
    undelivered = bury(cli, EVENT, ERROR_CODE="NO_PERMISSIONS", RULE_ARN="arn")
    failed = bury(cli, FAILED)
    before = cli.dead()
    letters = {each["id"]: each for each in cli("dead-letters", "--json").json["letters"]}
    assert {name: each["reason"] for name, each in letters.items()} == {
        "invalid": "invalid",
        "rejected": "rejected",
        "taken": "conflict",
        given_up: "given_up",
        undelivered: "undelivered",
        failed: "failed",
    }
    assert letters["invalid"]["errors"][0]["source"] == "payload[to]"
    assert letters[undelivered]["errors"][0]["code"] == "NO_PERMISSIONS"
    assert letters[failed]["errors"][0]["code"] == "RetriesExhausted"
    assert cli.dead() == before
    assert [each["id"] for each in cli("dead-letters", "--json", "--reason", "conflict").json["letters"]] == ["taken"]
    theirs = [bury(cli, message(), reason="late", message_id="7", errors=each) for each in ("late", "[1]", '"x"', "{}")]
    assert {each["id"] for each in cli("dead-letters", "--json", "--reason", "given_up").json["letters"]} > set(theirs)


def test_letters_are_private(cli: Cli) -> None:
    """A body is shown only with --bodies, and even then the recipient only with --numbers."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    plain, bodies = cli("dead-letters"), cli("dead-letters", "--bodies")
    assert "rejected: 1; correct each" in plain.out
    assert TEXT not in plain.out
    assert TEXT in bodies.out
    assert numbers.BAD_REQUEST not in plain.out + bodies.out
    assert numbers.BAD_REQUEST in cli("dead-letters", "--bodies", "--numbers").out
    bury(cli, {"to": "372 5551 2345", "text": TEXT})
    assert "5551" not in cli("dead-letters", "--bodies").out + cli("dead-letters", "--bodies", "--json").out


def test_more_letters_than_the_limit(cli: Cli) -> None:
    """The rest is told by number."""
    for number in range(25):
        bury(cli, message(f"key-{number}"))
    assert cli("dead-letters", "--json", "--limit", "12").json["more"] == 13
    assert len(cli("dead-letters", "--json").json["letters"]) == 25
    assert len(cli.dead()) == 25
    assert "rcs redrive --reason given_up --stack=x\n" in cli("dead-letters", "--stack", "x").out
    assert "the same command again" in cli("discard", "--yes", "--reason", "given_up", "--limit", "2").err
    cli.queues.messages[cli.world.dead_letter_queue_url][:-1] = []
    cli.queues.messages[cli.world.dead_letter_queue_url][0].hidden = True
    assert cli("dead-letters").out.startswith("About 1 more were not read")


@pytest.mark.parametrize(
    ("reason", "told", "insist"),
    [
        ("rejected", "correct it with --with FILE", "--unchanged"),
        ("conflict", "another idempotency_key", "--unchanged"),
        ("given_up", "its id is not known", "--may-repeat"),
    ],
)
def test_what_would_come_back_or_go_out_twice(cli: Cli, world: World, reason: str, told: str, insist: str) -> None:
    """It stays, and why is said with the option by which the letter goes back all the same."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    world.deliver(message("taken"))
    refuse(cli, {"to": TO, "text": "another", "idempotency_key": "taken"})
    bury(cli, message())
    said = cli("redrive", "--reason", reason)
    assert (said.code, told in said.err, insist in said.err, len(cli.dead()), cli.queued()) == (1, True, True, 3, [])
    assert cli("redrive", "--reason", reason, insist).code == 0
    assert (len(cli.dead()), len(cli.queued())) == (2, 1)


TOLD = {"reason": "rejected", "message_id": "sqs:told", "errors": "[]"}
KEEPS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a key": (message("own"), {}, "own"),
    "an event": (EVENT, {"ERROR_CODE": "X"}, "event:event-1"),
    "a failed invocation": (FAILED, {}, "invoke:r-1"),
    "an attribute": (message(), TOLD, "sqs:told"),
    "an attribute of an event without an id": ({"detail-type": "x", "detail": message()}, TOLD, "sqs:told"),
}


@pytest.mark.parametrize("name", KEEPS)
def test_a_letter_keeps_its_id(cli: Cli, world: World, name: str) -> None:
    """However often it goes back to the queue, it is one message."""
    body, attributes, message_id = KEEPS[name]
    for _ in range(2):
        sqs_id = bury(cli, body, **attributes)
        letter = attributes.get("message_id", sqs_id)
        moved = cli("redrive", letter, "--unchanged", "--json").json["moved"]
        assert moved == [{"id": letter, "message_id": message_id}]
        cli.account.deliver()
    assert (world.accepted(), (world.item(message_id) or {})["state"], cli.dead()) == (1, "sent", [])


def test_a_message_that_sqs_gave_up(cli: Cli, world: World) -> None:
    """SQS keeps its messageId: if a record has it, the message is sent under it. Its group stays, for fair queues."""
    sqs_id = bury(cli, message(to=numbers.UNAVAILABLE_ONCE))
    cli.queues.messages[world.dead_letter_queue_url][0].group = "campaign"
    given_up = {"Records": [record(message(to=numbers.UNAVAILABLE_ONCE), message_id=sqs_id)]}
    assert world.env().handle(given_up, world.remaining())["batchItemFailures"]
    assert (world.item(f"sqs:{sqs_id}") or {})["state"] == "retryable"
    assert cli("redrive", "--reason", "given_up").code == 0
    assert [each.group for each in cli.queues.messages[world.queue_url]] == ["campaign"]
    cli.account.deliver()
    assert (world.accepted(), (world.item(f"sqs:{sqs_id}") or {})["state"]) == (1, "sent")


def test_a_correction_under_another_id(cli: Cli) -> None:
    """What may have been sent is not sent under another id; what was refused may be."""
    corrected = cli.file("corrected.json", json.dumps(message("new")))
    for letter in (bury(cli, message("old")), bury(cli, message())):
        said = cli("redrive", letter, "--with", corrected)
        assert (said.code, "--may-repeat" in said.err) == (1, True)
    refuse(cli, message("refused", to=numbers.BAD_REQUEST))
    assert cli("redrive", "refused", "--with", corrected).code == 0
    assert [each["idempotency_key"] for each in cli.queued()] == ["new"]


def test_a_correction_that_was_overtaken_stays(cli: Cli, world: World) -> None:
    """The id of a rejected message was free, until somebody sent another message under it."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    world.deliver(message("one"))
    corrected = cli.file("corrected.json", json.dumps({"to": TO, "text": "another"}))
    assert "another idempotency_key" in cli("redrive", "one", "--with", corrected).err
    assert len(cli.dead()) == 1
    assert cli("redrive", "one", "--with", corrected, "--unchanged").code == 0
    assert cli.dead() == []


def test_a_corrected_message_is_sent_once(cli: Cli, world: World) -> None:
    """Under its id, although two letters are the same message; neither stays."""
    sqs_id = "00000000-0000-4000-8000-00000000000a"
    for _ in range(2):
        refuse(cli, message(to=numbers.BAD_REQUEST), sqs_id)
    assert len(cli.dead()) == 2
    known = f"sqs:{sqs_id}"
    said = cli("redrive", known, "--with", cli.file("corrected.json", json.dumps(message())), "--json")
    assert (said.code, said.json["moved"], cli.dead()) == (0, [{"id": known, "message_id": known}] * 2, [])
    assert len(cli.queued()) == 1
    cli.account.deliver()
    assert (world.accepted(), (world.item(known) or {})["state"]) == (1, "sent")


# --- Letters that nobody wants ----------------------------------------------------------------------------------------


def test_letters_are_discarded_by_id_or_reason(cli: Cli) -> None:
    """Those that are meant, after a question; the others stay."""
    for key in ("one", "two", "three"):
        refuse(cli, message(key, to=numbers.BAD_REQUEST))
    sqs_id = bury(cli, message())
    cli.answers = "n\n"
    assert (cli("discard", "one").code, len(cli.dead())) == (1, 4)
    cli.answers = "y\n"
    assert (cli("discard", "one", sqs_id).code, len(cli.dead())) == (0, 2)
    cli.answers = None
    said = cli("discard", "--reason", "rejected", "--yes", "--json")
    assert (said.code, said.json, cli.dead()) == (0, {"discarded": ["two", "three"], "stayed": [], "more": False}, [])


@pytest.mark.parametrize("command", [("discard", "--yes"), ("redrive", "--unchanged")], ids=lambda each: each[0])
def test_an_answer_that_is_lost_half_way(cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, str]) -> None:
    """What is done is told, and of which letter it is not known; the others stay."""
    for key in ("one", "two", "three"):
        refuse(cli, message(key, to=numbers.BAD_REQUEST))
    delete, calls = cli.queues.delete_message, itertools.count()

    def delete_and_fail(**given: Any) -> None:
        delete(**given)
        if next(calls) == 1:
            raise ReadTimeoutError(endpoint_url="https://sqs")

    monkeypatch.setattr(cli.queues, "delete_message", delete_and_fail)
    said = cli(*command, "--reason", "rejected", "--json")
    told = said.json.get("discarded") or [each["id"] for each in said.json["moved"]]
    assert (said.code, told, [each["id"] for each in said.json["stayed"]]) == (1, ["one"], ["two"])
    assert ("the answer did not come" in said.err, "ReadTimeoutError" in said.err, len(cli.dead())) == (True, True, 1)


def test_a_letter_that_is_not_seen_again(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody else reads it while the user is asked: it is not said to be deleted."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    receive, calls = cli.queues.receive_message, itertools.count()
    monkeypatch.setattr(cli.queues, "receive_message", lambda **given: {} if next(calls) > 2 else receive(**given))
    said = cli("discard", "one", "--yes", "--json")
    assert (said.code, said.json["discarded"], said.json["stayed"][0]["id"], len(cli.dead())) == (1, [], "one", 1)


def test_a_letter_that_is_too_large_holds_up_no_other(cli: Cli) -> None:
    """Its text is written as it came, and not with escapes; if even that is too much, only it stays."""
    for key, number in (("large", 300_000), ("too-large", 524_260), ("small", 1)):
        bury(cli, {"to": TO, "text": "õ" * number}, reason="rejected", message_id=key, errors="[]")
    for each in cli.queues.messages[cli.world.dead_letter_queue_url]:
        each.body = json.dumps(json.loads(each.body), ensure_ascii=False)
    said = cli("redrive", "--reason", "rejected", "--unchanged", "--json")
    assert [each["id"] for each in said.json["moved"] + said.json["stayed"]] == ["large", "small", "too-large"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("redrive",), 2),
        (("redrive", "one", "--reason", "invalid"), 2),
        (("redrive", "--with", "x.json", "--reason", "invalid"), 2),
        (("redrive", "--reason", "none"), 2),
        (("redrive", "other"), 1),
        (("redrive", "other", "--with", "BAD"), 1),
        (("discard", "one"), 2),  # nobody can be asked
        (("discard", "--yes"), 2),
        (("discard", "one", "--reason", "rejected", "--yes"), 2),
        (("discard", "one", "none", "--yes"), 1),
        (("discard", "--reason", "failed", "--yes"), 1),
    ],
)
def test_letters_that_are_not_meant_stay(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    """Either ids or one reason is named, and is there."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    bad = cli.file("bad.json", '{"to": "1"}')
    assert cli(*(bad if each == "BAD" else each for each in arguments)).code == code
    assert (len(cli.dead()), cli.queued()) == (1, [])


def test_discarded_letters_are_kept_in_a_file(cli: Cli, tmp_path: Path) -> None:
    """Whole, for its owner alone; a file that is there already is not touched, and then nothing is deleted."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    file = tmp_path / "kept.jsonl"
    file.write_text("mine")
    assert cli("discard", "one", "--yes", "--keep", str(file)).code == 1
    assert (file.read_text(), len(cli.dead())) == ("mine", 1)
    file.unlink()
    assert cli("discard", "one", "--yes", "--keep", str(file)).code == 0
    [kept] = map(json.loads, file.read_text().splitlines())
    assert (kept["id"], kept["reason"]) == ("one", "rejected")
    assert json.loads(kept["body"])["to"] == numbers.BAD_REQUEST
    assert (file.stat().st_mode & 0o777, cli.dead()) == (0o600, [])


# --- Changes and inbound messages that became dead letters ------------------------------------------------------------

CHANGES, INBOUND, DEAD_INBOUND = map(physical, ("ChangeDeadLetterQueue", "InboundQueue", "InboundDeadLetterQueue"))


@pytest.fixture
def publishing(cli: Cli) -> Cli:
    cli.account.publish_changes()
    return cli


def published(world: World, since: int = 0) -> dict[str, int]:
    world.events.taken.clear()
    world.changes()({"Records": world.dynamodb.stream[since:]})
    return Counter(each["Detail"]["id"] for each in world.events.taken)


def test_changes_are_published_again(publishing: Cli, world: World) -> None:
    """The message that a letter of the function names; nothing of it changes but when and how often it was written."""
    world.deliver(message("one"))
    before, since = world.item("one") or {}, len(world.dynamodb.stream)
    bury(publishing, {"id": "one", "SequenceNumber": "1"}, CHANGES, message_id="one", reason="InvalidArgument")
    bury(publishing, {"id": "gone", "SequenceNumber": "2"}, CHANGES, message_id="gone", reason="InvalidArgument")
    assert "rcs replay changes" in publishing("dead-letters", "--of", "changes").out
    world.clock.advance(60)
    said = publishing("replay", "changes", "--json")
    assert (said.code, said.json) == (0, {"replayed": 2, "stayed": [], "more": False})
    assert publishing.queues.messages[CHANGES] == []
    after = world.item("one") or {}
    assert after.pop("revision") == before.pop("revision") + 1
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before
    assert published(world, since) == {"one": 1}


def given_up_by_lambda(first: str, last: str) -> dict[str, Any]:
    part = {"approximateArrivalOfFirstRecord": first, "approximateArrivalOfLastRecord": last, "batchSize": 3}
    return {
        "requestContext": {"requestId": "r-1", "condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "DDBStreamBatchInfo": part | {"shardId": "shardId-1", "startSequenceNumber": "1", "endSequenceNumber": "3"},
    }


def test_a_part_of_the_stream_is_published_again(publishing: Cli, world: World) -> None:
    """Lambda names a time. Messages that were last written then are published; others have had a later event."""
    world.deliver(message("before"))
    world.clock.advance(3600)  # 13:00
    for key in ("then", "reported"):
        world.deliver(message(key))
    world.clock.advance(3600)
    world.deliver(message("later"))
    world.parts().tracker.track("reported", [read_report(report_on(world, "reported"))])
    bury(publishing, given_up_by_lambda("2026-11-23T13:00:00Z", "2026-11-23T13:00:02Z"), CHANGES)
    [letter] = publishing("dead-letters", "--of", "changes", "--json").json["letters"]
    told = "Lambda made no further attempt at changes of the table."
    assert (letter["reason"], letter["errors"][0]["detail"]) == ("failed", told)
    since = len(world.dynamodb.stream)
    assert publishing("replay", "changes").code == 0
    assert published(world, since) == {"then": 1}


def test_what_names_no_readable_message_stays(publishing: Cli, world: World) -> None:
    """And says why, with the exit code 1; the others are published."""
    for key in ("odd", "fine"):
        world.deliver(message(key))
        bury(publishing, {"id": key, "SequenceNumber": "1"}, CHANGES)
    bury(publishing, {"something": "else"}, CHANGES)
    world.dynamodb.get_item(Key={"id": {"S": "odd"}})["Item"]["channels"] = {"S": "rcs"}
    said = publishing("replay", "changes")
    assert (said.code, len(publishing.queues.messages[CHANGES])) == (1, 2)
    assert "rcs show odd" in said.err
    assert "it names no change" in said.err


def test_inbound_messages_are_handed_in_again(publishing: Cli, world: World) -> None:
    """They go back into the queue as they came, and are published from there."""
    body = inbound.inbound("https://callback.example", TO, "Hello").body.decode()
    bury(publishing, {"received_at": world.clock(), "body": body}, DEAD_INBOUND)
    assert publishing("replay", "inbound").code == 0
    [back] = publishing.queues.messages[INBOUND]
    assert publishing.queues.messages[DEAD_INBOUND] == []
    world.receiving().handle({"Records": [record(back.body)]})
    assert [each["Detail"]["text"] for each in world.events.taken] == ["Hello"]


def test_letters_of_every_kind_are_discarded(publishing: Cli) -> None:
    """Each in its own queue."""
    for of, url in (("changes", CHANGES), ("inbound", DEAD_INBOUND)):
        sqs_id = bury(publishing, {}, url)
        assert publishing("discard", sqs_id, "--of", of, "--yes").code == 0
        assert publishing.queues.messages[url] == []


def test_a_stack_that_publishes_nothing(cli: Cli) -> None:
    """Has no letters of changes, and says so in one line."""
    said = cli("replay", "changes")
    assert (said.code, said.err.count("\n"), "PublishEvents" in said.err) == (1, 1, True)
