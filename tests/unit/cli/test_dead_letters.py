"""`rcs dead-letters` and `rcs redrive`: why messages lie there, and that none goes out twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from standin import numbers
from support.fakes.queues import Queued
from support.world import TEXT, TO, message, record

if TYPE_CHECKING:
    from support.world import World
    from unit.cli.conftest import Cli

EVENT = {"detail-type": "RCS Message Requested", "id": "event-1", "detail": message()}
FAILED = {"requestContext": {"requestId": "r-1", "condition": "RetriesExhausted"}, "requestPayload": message()}


def bury(cli: Cli, body: object, **attributes: str) -> str:
    """Put a letter there as AWS does; return its messageId."""
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    letter = Queued(json.dumps(body), typed)
    cli.queues.messages.setdefault(cli.world.dead_letter_queue_url, []).append(letter)
    return letter.message_id


def refuse(cli: Cli, payload: dict[str, Any], sqs_id: str | None = None) -> None:
    """Let the function refuse a message of the queue."""
    assert cli.world.env().handle({"Records": [record(payload, message_id=sqs_id)]}, cli.world.remaining()) == {
        "batchItemFailures": []
    }


def test_no_letters(cli: Cli) -> None:
    """An empty queue is said so."""
    assert cli("dead-letters").out == "There are no dead letters.\n"


def test_reasons(cli: Cli, world: World) -> None:
    """Each letter tells its reason: those of the function, and those of AWS. All stay where they are."""
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


def test_letters_are_private(cli: Cli) -> None:
    """A body is shown only with --bodies, and even then the recipient only with --numbers."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    plain, bodies = cli("dead-letters"), cli("dead-letters", "--bodies")
    assert "rejected: 1; correct each" in plain.out
    assert TEXT not in plain.out
    assert TEXT in bodies.out
    assert numbers.BAD_REQUEST not in plain.out + bodies.out
    assert numbers.BAD_REQUEST in cli("dead-letters", "--bodies", "--numbers").out


def test_more_letters_than_the_limit(cli: Cli) -> None:
    """The rest is told by number."""
    for number in range(25):
        bury(cli, message(f"key-{number}"))
    assert cli("dead-letters", "--json", "--limit", "12").json["more"] == 13
    assert len(cli("dead-letters", "--json").json["letters"]) == 25
    assert len(cli.dead()) == 25


def test_a_corrected_message_is_sent_once(cli: Cli, world: World) -> None:
    """A rejected message is sent under its id, with the corrected payload; the letter is gone."""
    refuse(cli, message(to=numbers.BAD_REQUEST), "00000000-0000-4000-8000-00000000000a")
    known = "sqs:00000000-0000-4000-8000-00000000000a"
    said = cli("redrive", known, "--with", cli.file("corrected.json", json.dumps(message())))
    assert (said.code, cli.dead()) == (0, [])
    cli.account.deliver()
    assert (world.accepted(), (world.item(known) or {})["state"]) == (1, "sent")


def test_what_would_be_refused_again_stays(cli: Cli) -> None:
    """Unchanged, a refused message would only come back; --unchanged insists."""
    refuse(cli, message("one", to=numbers.BAD_REQUEST))
    said = cli("redrive", "--reason", "rejected")
    assert (said.code, len(cli.dead()), cli.queued()) == (1, 1, [])
    assert "--with FILE" in said.err
    assert cli("redrive", "one", "--unchanged").code == 0
    assert (cli.dead(), [each["idempotency_key"] for each in cli.queued()]) == ([], ["one"])


KEEPS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a key": (message("own"), {}, "own"),
    "an event": (EVENT, {"ERROR_CODE": "X"}, "event:event-1"),
    "a failed invocation": (FAILED, {}, "invoke:r-1"),
    "an attribute": (message(), {"reason": "rejected", "message_id": "sqs:told", "errors": "[]"}, "sqs:told"),
    "an attribute of an event without an id": (
        {"detail-type": "x", "detail": message()},
        {"reason": "rejected", "message_id": "sqs:told", "errors": "[]"},
        "sqs:told",
    ),
}


@pytest.mark.parametrize("name", KEEPS)
def test_a_letter_keeps_its_id(cli: Cli, world: World, name: str) -> None:
    """However often it goes back to the queue, it is one message."""
    body, attributes, message_id = KEEPS[name]
    for _ in range(2):
        sqs_id = bury(cli, body, **attributes)
        letter = attributes.get("message_id", sqs_id)
        assert cli("redrive", letter, "--unchanged", "--json").json["moved"] == [
            {"id": letter, "message_id": message_id}
        ]
        cli.account.deliver()
    assert (world.accepted(), (world.item(message_id) or {})["state"], cli.dead()) == (1, "sent", [])


def test_a_message_that_sqs_gave_up(cli: Cli, world: World) -> None:
    """SQS keeps its messageId; where a record proves that the function knew it, it is sent under that id."""
    sqs_id = bury(cli, message(to=numbers.UNAVAILABLE_ONCE))
    given_up = {"Records": [record(message(to=numbers.UNAVAILABLE_ONCE), message_id=sqs_id)]}
    assert world.env().handle(given_up, world.remaining())["batchItemFailures"]
    assert (world.item(f"sqs:{sqs_id}") or {})["state"] == "retryable"
    assert cli("redrive", "--reason", "given_up").code == 0
    cli.account.deliver()
    assert (world.accepted(), (world.item(f"sqs:{sqs_id}") or {})["state"]) == (1, "sent")


def test_a_letter_without_a_known_id_stays(cli: Cli, world: World) -> None:
    """It could go out twice, so it needs to be asked for."""
    bury(cli, message())
    said = cli("redrive", "--reason", "given_up")
    assert (said.code, len(cli.dead()), cli.queued()) == (1, 1, [])
    assert "--may-repeat" in said.err
    assert cli("redrive", "--reason", "given_up", "--may-repeat").code == 0
    cli.account.deliver()
    assert (world.accepted(), cli.dead()) == (1, [])


def test_a_correction_under_another_id(cli: Cli) -> None:
    """What may have been sent is not sent under another id; what was refused may be."""
    corrected = cli.file("corrected.json", json.dumps(message("new")))
    bury(cli, message("old"))
    sqs_id = bury(cli, message())
    for letter in ("old", sqs_id):
        said = cli("redrive", letter if letter == sqs_id else cli_id(cli, 0), "--with", corrected)
        assert said.code == 1
        assert "--may-repeat" in said.err
    refuse(cli, message("refused", to=numbers.BAD_REQUEST))
    assert cli("redrive", "refused", "--with", corrected).code == 0
    assert [each["idempotency_key"] for each in cli.queued()] == ["new"]


def cli_id(cli: Cli, number: int) -> str:
    """Return the id under which a letter is listed."""
    return str(cli("dead-letters", "--json").json["letters"][number]["id"])


def test_a_letter_keeps_its_group(cli: Cli, world: World) -> None:
    """A fair queue goes on to know whose message it is."""
    letter = Queued(json.dumps(message("one")), {}, group="campaign")
    cli.queues.messages[world.dead_letter_queue_url] = [letter]
    cli("redrive", "--reason", "given_up")
    assert [each.group for each in cli.queues.messages[world.queue_url]] == ["campaign"]


@pytest.mark.parametrize(
    "arguments", [(), ("one", "--reason", "invalid"), ("--with", "x.json", "--reason", "invalid"), ("--reason", "none")]
)
def test_a_redrive_of_nothing_in_particular(cli: Cli, arguments: tuple[str, ...]) -> None:
    """One letter or one reason is named."""
    assert cli("redrive", *arguments).code == 2


def test_a_redrive_that_finds_nothing(cli: Cli) -> None:
    """Nobody is told that something was done."""
    bury(cli, message("one"))
    assert cli("redrive", "other").code == 1
    assert cli("redrive", "other", "--with", cli.file("bad.json", '{"to": "1"}')).code == 1
    assert len(cli.dead()) == 1
