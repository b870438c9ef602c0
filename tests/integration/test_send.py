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


def payload(key: str, to: str = "+37255512345", **fields: Any) -> dict[str, Any]:
    """Make a message whose text tells it apart in the accept log."""
    return {"to": to, "text": f"text of {key}", "idempotency_key": key, **fields}


def keys(name: str, number: int) -> list[str]:
    run = uuid.uuid4().hex[:8]
    return [f"{name}-{run}-{n}" for n in range(number)]


def states(stack: Stack, wanted: list[str]) -> list[str]:
    return [(stack.item(key) or {}).get("state", "none") for key in wanted]


def letters_about(stack: Stack, bodies: list[str]) -> list[Letter]:
    return [letter for letter in stack.letters() if letter.body in bodies]


def test_a_hundred_queued_messages(stack: Stack, standin: Server) -> None:
    """Ten doubled, five invalid, five whose answer is lost: each valid one is accepted once, and nothing is left."""
    good, lost = keys("good", 90), keys("lost", 5)
    bodies = [json.dumps(payload(key)) for key in good]
    bodies += [json.dumps(payload(key, numbers.CUT_AFTER_ACCEPT)) for key in lost]
    invalid = [json.dumps({"to": "+37255512345", "text": "", "note": key}) for key in keys("bad", 5)]
    for body in bodies[:45] + invalid + bodies[45:] + bodies[:10]:
        stack.queue(body)
    poll(lambda: stack.waiting() == 0 or None, PATIENCE, "an empty queue", every=0.3)
    log = standin.messente.by_text()
    assert {len(log[f"text of {key}"]) for key in good + lost} == {1}
    assert Counter(states(stack, good)) == {"sent": 90}
    assert Counter(states(stack, lost)) == {"unknown": 5}
    dead = letters_about(stack, invalid)
    assert sorted(letter.body for letter in dead) == sorted(invalid)
    assert {letter.attributes["reason"] for letter in dead} == {"invalid"}
    sources = {e["source"] for e in json.loads(dead[0].attributes["errors"])}
    assert sources == {"payload[text]", "payload[note]"}


def test_the_ids_in_the_table_are_those_of_messente(stack: Stack, standin: Server) -> None:
    """The record names the omnimessage and each message of its chain."""
    [key] = keys("ids", 1)
    chain = [
        {"channel": "rcs", "sender": "Shop", "text": f"text of {key}", "validity": 10},
        {"channel": "sms", "sender": "Shop", "text": "the same as SMS"},
    ]
    stack.queue(json.dumps({"to": "+37255512345", "messages": chain, "idempotency_key": key}))
    item = poll(
        lambda: ((found := stack.item(key)) and found["state"] == "sent" and found) or None, PATIENCE, "the record"
    )
    [acceptance] = [a for a in standin.messente.accepted if a.omnimessage_id == item["omnimessage_id"]]
    assert {i: (m["channel"], m["sender"]) for i, m in item["messages"].items()} == {
        m["message_id"]: (m["channel"], m["sender"]) for m in acceptance.reply["messages"]
    }
    index = {"IndexName": "by_omnimessage_id", "KeyConditionExpression": "omnimessage_id = :id"}
    values = {":id": {"S": item["omnimessage_id"]}}
    found = stack.client("dynamodb").query(TableName=stack.table, ExpressionAttributeValues=values, **index)
    assert [each["id"]["S"] for each in found["Items"]] == [key]


def test_what_could_not_be_sent_waits_and_is_sent(stack: Stack, standin: Server) -> None:
    """A message that Messente refuses for now comes back by itself, after the backoff."""
    [key] = keys("later", 1)
    stack.queue(json.dumps(payload(key, numbers.UNAVAILABLE_ONCE)))
    poll(lambda: states(stack, [key]) == ["sent"] or None, PATIENCE, "the second attempt", every=0.3)
    assert len(standin.messente.by_text()[f"text of {key}"]) == 1
    assert int((stack.item(key) or {})["attempts"]) == 2


def test_a_rejected_message_is_a_dead_letter_with_its_reason_and_its_group(stack: Stack) -> None:
    """At once. A standard queue shares out its receives by group, and a redrive keeps the group that the letter has."""
    [key] = keys("rejected", 1)
    body = json.dumps(payload(key, numbers.BAD_REQUEST))
    stack.client("sqs").send_message(QueueUrl=stack.queue_url, MessageBody=body, MessageGroupId="campaign-7")
    [letter] = poll(lambda: letters_about(stack, [body]) or None, PATIENCE, "the dead letter", every=0.3)
    assert (letter.attributes["reason"], letter.attributes["message_id"]) == ("rejected", key)
    assert (letter.group, states(stack, [key])) == ("campaign-7", ["rejected"])


def test_the_api(stack: Stack, standin: Server) -> None:
    """POST sends once under its key, GET reads the record back."""
    [key] = keys("api", 1)
    body = json.dumps({"to": "+37255512345", "text": f"text of {key}"})
    first, second = (stack.call("POST", "/messages", body, {"Idempotency-Key": key}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert second.headers["idempotent-replayed"] == "true"
    assert stack.call("GET", first.headers["location"]).json == first.json
    assert len(standin.messente.by_text()[f"text of {key}"]) == 1
    assert stack.call("POST", "/messages", '{"to": "12"}').status == 400
    assert stack.call("GET", "/messages/none").status == 404


def test_an_event_on_the_bus(stack: Stack, standin: Server) -> None:
    """An event is sent under its own id."""
    [key] = keys("event", 1)
    event = {
        "source": "shop",
        "detail-type": "RCS Message Requested",
        "detail": payload(key) | {"idempotency_key": key},
    }
    assert stack.listens_to(event)
    stack.publish(event)
    poll(lambda: states(stack, [key]) == ["sent"] or None, PATIENCE, "the event's message", every=0.3)
    assert len(standin.messente.by_text()[f"text of {key}"]) == 1


def test_a_direct_invocation(stack: Stack) -> None:
    """The invoker reads the ids; a message that was not sent is an error to its retry policy."""
    key, refused = keys("direct", 2)
    assert as_told(lambda: stack.invoke(payload(key)), pause_of_invocation)["state"] == "sent"
    assert "errorMessage" in stack.invoke(payload(refused, numbers.UNAVAILABLE))


def test_no_log_line_is_private(stack: Stack) -> None:
    """No log group holds a number, a text or a password, whatever failed in the tests before."""
    for to in (numbers.BAD_REQUEST, numbers.CUT_AFTER_ACCEPT, numbers.UNAUTHORIZED, numbers.SERVER_ERROR, "12345678"):
        stack.invoke({"to": to, "text": "a sentinel text", "idempotency_key": f"private{uuid.uuid4()}"})
    lines = stack.logs()
    assert any(f'"service":"{stack.name}"' in line for line in lines)
    private = ("+372555", "12345678", "text of ", "a sentinel text", "integration-password")
    assert [line for line in lines if any(word in line for word in private)] == []
