"""Dry runs against the deployed template: the accept log and the table stay as they were."""

import json
from typing import Any

from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.server import Server

TO = "+37255512345"


def payload(key: str, **fields: Any) -> dict[str, Any]:
    """Make a message whose text tells it apart in the accept log."""
    return {"to": TO, "text": f"text of {key}", "idempotency_key": key, **fields}


def accepted(standin: Server, key: str) -> list[dict[str, Any]]:
    """Read what Messente got of a message."""
    return [each.body for each in standin.messente.accepted if each.body["messages"][0].get("text") == f"text of {key}"]


def try_it(stack: Stack, sent: dict[str, Any]) -> dict[str, Any]:
    """Ask by HTTP and by invocation what sending would do, and return what both say."""
    answer = stack.call("POST", "/messages?dry_run=true", json.dumps(sent))
    told: dict[str, Any] = json.loads(answer.body)
    assert (answer.status, told) == (200, stack.invoke(sent | {"dry_run": True}))
    return told


def test_nothing_is_sent_until_it_is(tracked: Stack, reporting: Server, message_id: str) -> None:
    """What the dry run tells is what Messente gets later, with the URL for the reports of the deployed API."""
    sent = payload(message_id, tags={"team": "logistics"}, expires_at="2099-01-01T00:00:00Z")
    told = try_it(tracked, sent)
    assert (told["dry_run"], told["id"], told["outcome"]) == (True, message_id, "would_send")
    assert told["omnimessage"]["dlr_url"] == f"{tracked.outputs['CallbackUrl']}/{message_id}"
    assert (accepted(reporting, message_id), tracked.item(message_id)) == ([], None)
    assert tracked.call("POST", "/messages?dry_run=false", json.dumps(sent)).status == 201
    [body] = accepted(reporting, message_id)
    assert without_ttl(body) == without_ttl(told["omnimessage"])
    assert (tracked.item(message_id) or {})["tags"] == {"team": "logistics"}
    stored = try_it(tracked, sent)
    assert (stored["outcome"], stored["record"]["state"]) == ("stored", "sent")
    assert try_it(tracked, payload(message_id, priority="low"))["outcome"] == "conflict"
    assert len(accepted(reporting, message_id)) == 1


def without_ttl(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out the seconds that remain: some pass between two requests."""
    [message] = body["messages"]
    assert message["ttl"] > 0
    return body | {"messages": [{name: value for name, value in message.items() if name != "ttl"}]}


def test_an_invalid_message_is_no_refusal(stack: Stack, standin: Server, message_id: str) -> None:
    """400 as for a real one, and no dead letter; a parameter that is not clear sends nothing."""
    wrong = payload(message_id, to="37255512345")
    assert stack.call("POST", "/messages?dry_run=true", json.dumps(wrong)).status == 400
    assert stack.invoke(wrong | {"dry_run": True})["outcome"] == "invalid"
    for query in ("dry_run=yes", "dry_run=true&dry_run=false", "dryRun=true"):
        assert stack.call("POST", f"/messages?{query}", json.dumps(payload(message_id))).status == 400
    assert (accepted(standin, message_id), stack.item(message_id)) == ([], None)
    assert not [letter for letter in stack.letters() if message_id in letter.body]


def test_the_field_in_the_queue(stack: Stack, standin: Server, message_id: str) -> None:
    """It is a dead letter: neither sent nor lost."""
    stack.queue(json.dumps(payload(message_id, dry_run=True)))

    def letters() -> list[Any] | None:
        return [each for each in stack.letters() if message_id in each.body] or None

    [letter] = poll(letters, PATIENCE, "the dead letter")
    assert (letter.attributes["reason"], accepted(standin, message_id)) == ("invalid", [])


def test_the_command(rcs: Rcs, operated: Stack, desk: Server, message_id: str) -> None:
    """`rcs send --dry-run` with a tag, and then without the option."""
    command = ("send", TO, f"text of {message_id}", "--key", message_id, "--tag", "team=logistics", "--json")
    said = rcs(*command, "--dry-run")
    assert (said.code, said.json["outcome"]) == (0, "would_send"), said.err
    assert (accepted(desk, message_id), operated.item(message_id)) == ([], None)
    assert rcs(*command).json["tags"] == {"team": "logistics"}
    assert len(accepted(desk, message_id)) == 1
