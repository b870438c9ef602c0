"""A dry run against the deployed template: the accept log and the table stay as they were."""

import json
from typing import Any

from tests.local.stack import Stack
from tests.standin.server import Server


def test_nothing_is_sent_until_it_is(tracked: Stack, reporting: Server, message_id: str) -> None:
    """What the dry run tells is what Messente gets later, with the URL for the reports of the deployed API."""
    sent: dict[str, Any] = {"to": "+37255512345", "text": f"text of {message_id}", "idempotency_key": message_id}
    sent |= {"tags": {"team": "logistics"}, "expires_at": "2099-01-01T00:00:00Z"}

    def try_it(payload: dict[str, Any]) -> dict[str, Any]:
        """Ask by HTTP and by invocation what sending would do, and return what both say."""
        answer = tracked.call("POST", "/messages?dry_run=true", json.dumps(payload))
        assert (answer.status, answer.json) == (200, tracked.invoke(payload | {"dry_run": True}))
        told: dict[str, Any] = answer.json
        return told

    def accepted() -> list[dict[str, Any]]:
        return [each.body for each in reporting.messente.by_text()[sent["text"]]]

    told = try_it(sent)
    assert (told["dry_run"], told["id"], told["outcome"]) == (True, message_id, "would_send")
    assert told["omnimessage"]["dlr_url"] == f"{tracked.outputs['CallbackUrl']}/{message_id}"
    assert (accepted(), tracked.item(message_id)) == ([], None)
    assert tracked.call("POST", "/messages?dry_run=false", json.dumps(sent)).status == 201
    [body] = accepted()
    assert without_ttl(body) == without_ttl(told["omnimessage"])
    assert (tracked.item(message_id) or {})["tags"] == {"team": "logistics"}
    stored = try_it(sent)
    assert (stored["outcome"], stored["record"]["state"]) == ("stored", "sent")
    assert try_it(sent | {"text": "another"})["outcome"] == "conflict"
    assert len(accepted()) == 1


def without_ttl(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out the seconds that remain: some pass between two requests."""
    [message] = body["messages"]
    assert message["ttl"] > 0
    return body | {"messages": [{name: value for name, value in message.items() if name != "ttl"}]}
