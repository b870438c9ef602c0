"""A dry run against the deployed template: the accept log and the table stay as they were."""

import json
from typing import Any

from tests.local.stack import Stack
from tests.standin.server import Server


def test_nothing_is_sent_until_it_is(tracked: Stack, reporting: Server, message_id: str) -> None:
    """What the dry run tells is what Messente gets later, with the URL for the reports of the deployed API."""
    payload = {"to": "+37255512345", "text": f"text of {message_id}", "idempotency_key": message_id}

    def accepted() -> list[dict[str, Any]]:
        return [each.body for each in reporting.messente.by_text()[f"text of {message_id}"]]

    told = tracked.call("POST", "/messages?dry_run=true", json.dumps(payload))
    assert (told.status, told.json) == (200, tracked.invoke(payload | {"dry_run": True}))
    assert (told.json["id"], told.json["outcome"]) == (message_id, "would_send")
    assert told.json["omnimessage"]["dlr_url"] == f"{tracked.outputs['CallbackUrl']}/{message_id}"
    assert (accepted(), tracked.item(message_id)) == ([], None)
    assert tracked.call("POST", "/messages?dry_run=false", json.dumps(payload)).status == 201
    assert accepted() == [told.json["omnimessage"]]
