"""Events out on the emulator: from a send, over the stream, the function and the bus, to whoever listens."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from rcs_openapi.describe import DOCUMENTS
from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.server import Server
from tests.support.consumer import Listener
from tests.support.world import Clock

type Events = Callable[[str], list[dict[str, Any]]]

TO, TEXT = "+37255587654", "text of an event"
SECONDS = 3600  # by which each status is known


@pytest.fixture(scope="module")
def events(tracked: Stack) -> Events:
    return Listener(tracked, "listener", "RCS Message Changed").about


def test_from_a_send_to_its_events(
    tracked: Stack, reporting: Server, clock: Clock, events: Events, message_id: str
) -> None:
    """Each change is told: the acceptance, then each report; by the schema, and without a number."""
    tracked.queue(json.dumps({"to": TO, "text": TEXT, "idempotency_key": message_id}))
    [sent] = poll(lambda: events(message_id) or None, PATIENCE, "the event of the acceptance", every=0.1)
    assert (sent["detail"]["state"], sent["detail"]["delivery"]) == ("sent", "pending")
    assert sent["detail"]["previous"] == {"state": "claimed"}

    def seen() -> bool | None:
        clock.advance(SECONDS)
        return any(event["detail"]["delivery"] == "seen" for event in events(message_id)) or None

    poll(seen, PATIENCE, "the event of the last report", every=0.1)
    assert reporting.messente.accepted
    told = {event["detail"]["revision"]: event["detail"] for event in events(message_id)}
    assert [told[revision]["delivery"] for revision in sorted(told)][-2:] == ["delivered", "seen"]
    item = tracked.item(message_id) or {}
    assert max(told) == item["revision"]
    [part] = told[max(told)]["messages"].values()
    assert (part["channel"], part["status"], part["err"]) == ("rcs", "SEEN", 10)
    assert isinstance(part["price_info"]["total_price"], str)
    for event in events(message_id):
        jsonschema_rs.validator_for(DOCUMENTS["message-changed.schema.json"], validate_formats=True).validate(event)
    assert [word for word in (TO[1:], TO[-8:], TEXT) if word in json.dumps(events(message_id))] == []


def test_a_change_that_was_given_up_is_published_again(tracked: Stack, events: Events, message_id: str) -> None:
    """`rcs replay changes` writes the item that a dead letter names, and the listener hears of the message again."""
    tracked.invoke({"to": TO, "text": TEXT, "idempotency_key": message_id})
    [first] = poll(lambda: events(message_id) or None, PATIENCE, "the event", every=0.1)
    letter = json.dumps({"id": message_id, "SequenceNumber": "1"})
    tracked.client("sqs").send_message(QueueUrl=tracked.resource("ChangeDeadLetterQueue"), MessageBody=letter)
    said = Rcs(tracked.emulator.url)("replay", "changes", "--stack", tracked.name, "--json")
    assert (said.code, said.json["replayed"]) == (0, 1), said.err
    poll(lambda: len(events(message_id)) > 1 or None, PATIENCE, "the event again", every=0.1)
    again = max(events(message_id), key=lambda each: each["detail"]["revision"])
    assert again["detail"]["revision"] == first["detail"]["revision"] + 1
    assert again["detail"]["previous"] == {"state": "sent", "delivery": "pending"}
