"""The whole way on the emulator, by every trigger; the stand-in's accept log and the table are the truth."""

import json
import uuid
from collections import Counter
from typing import Any

from tests.local.later import as_told, pause_of_invocation
from tests.local.process import PATIENCE, poll
from tests.local.stack import Letter, Stack
from tests.standin import numbers
from tests.standin.server import Server


def payload(key: str, to: str = "+37255512345") -> dict[str, Any]:
    """Make a message whose text tells it apart in the accept log."""
    return {"to": to, "text": f"text of {key}", "idempotency_key": key}


def state(stack: Stack, key: str) -> str:
    return str((stack.item(key) or {}).get("state"))


def letters_about(stack: Stack, bodies: list[str]) -> list[Letter]:
    return [letter for letter in stack.letters() if letter.body in bodies]


def test_a_hundred_queued_messages(stack: Stack, standin: Server, message_id: str) -> None:
    """Ten doubled, five invalid, five whose answer is lost: each valid one is accepted once, and nothing is left."""
    keys = [f"{message_id}-{number}" for number in range(95)]
    lost = {*keys[:5]}
    bodies = [json.dumps(payload(key, *([numbers.CUT_AFTER_ACCEPT] * (key in lost)))) for key in keys]
    invalid = [json.dumps({"to": "+37255512345", "text": "", "note": number}) for number in range(5)]
    for body in bodies[:45] + invalid + bodies[45:] + bodies[10:20]:
        stack.queue(body)
    poll(lambda: stack.waiting() == 0 or None, PATIENCE, "an empty queue", every=0.3)
    log = standin.messente.by_text()
    assert {len(log[f"text of {key}"]) for key in keys} == {1}
    assert Counter(state(stack, key) for key in keys) == {"sent": 90, "unknown": 5}
    assert {state(stack, key) for key in lost} == {"unknown"}
    dead = letters_about(stack, invalid)
    assert sorted(letter.body for letter in dead) == sorted(invalid)
    assert {letter.attributes["reason"] for letter in dead} == {"invalid"}
    sources = {each["source"] for each in json.loads(dead[0].attributes["errors"])}
    assert sources == {"payload[text]", "payload[note]"}


def test_what_could_not_be_sent_waits_and_is_sent(stack: Stack, standin: Server, message_id: str) -> None:
    """A message that Messente refuses for now comes back by itself, after the backoff."""
    stack.queue(json.dumps(payload(message_id, numbers.UNAVAILABLE_ONCE)))
    poll(lambda: state(stack, message_id) == "sent" or None, PATIENCE, "the second attempt", every=0.3)
    assert len(standin.messente.by_text()[f"text of {message_id}"]) == 1
    assert (stack.item(message_id) or {})["attempts"] == 2


def test_a_rejected_message_is_a_dead_letter_with_its_reason_and_its_group(stack: Stack, message_id: str) -> None:
    """At once. A standard queue shares out its receives by group, and a redrive keeps the group that the letter has."""
    body = json.dumps(payload(message_id, numbers.BAD_REQUEST))
    stack.client("sqs").send_message(QueueUrl=stack.queue_url, MessageBody=body, MessageGroupId="campaign-7")
    [letter] = poll(lambda: letters_about(stack, [body]) or None, PATIENCE, "the dead letter", every=0.3)
    assert (letter.attributes["reason"], letter.attributes["message_id"]) == ("rejected", message_id)
    assert (letter.group, state(stack, message_id)) == ("campaign-7", "rejected")


def test_the_api(stack: Stack, standin: Server, message_id: str) -> None:
    """POST sends once under its key, GET reads the record back."""
    body = json.dumps({"to": "+37255512345", "text": f"text of {message_id}"})
    first, second = (stack.call("POST", "/messages", body, {"Idempotency-Key": message_id}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert second.headers["idempotent-replayed"] == "true"
    assert stack.call("GET", first.headers["location"]).json == first.json
    assert len(standin.messente.by_text()[f"text of {message_id}"]) == 1
    assert stack.call("POST", "/messages", '{"to": "12"}').status == 400
    assert stack.call("GET", "/messages/none").status == 404


def test_an_event_on_the_bus(stack: Stack, standin: Server, message_id: str) -> None:
    """The queue takes it from the bus."""
    stack.publish({"source": "shop", "detail-type": "RCS Message Requested", "detail": payload(message_id)})
    poll(lambda: state(stack, message_id) == "sent" or None, PATIENCE, "the event's message", every=0.3)
    assert len(standin.messente.by_text()[f"text of {message_id}"]) == 1


def test_a_direct_invocation(stack: Stack, message_id: str) -> None:
    """The invoker reads the ids; a message that was not sent is an error to its retry policy."""
    assert as_told(lambda: stack.invoke(payload(message_id)), pause_of_invocation)["state"] == "sent"
    assert "errorMessage" in stack.invoke(payload(f"{message_id}-refused", numbers.UNAVAILABLE))


def test_no_log_line_is_private(stack: Stack) -> None:
    """No log group holds a number, a text or a password, whatever failed in the tests before."""
    for to in (numbers.BAD_REQUEST, numbers.CUT_AFTER_ACCEPT, numbers.UNAUTHORIZED, numbers.SERVER_ERROR, "12345678"):
        stack.invoke({"to": to, "text": "a sentinel text", "idempotency_key": f"private{uuid.uuid4()}"})
    lines = stack.logs()
    assert any(f'"service":"{stack.name}"' in line for line in lines)
    private = ("+372555", "12345678", "text of ", "a sentinel text", "integration-password")
    assert [line for line in lines if any(word in line for word in private)] == []
