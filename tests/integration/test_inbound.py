"""Inbound messages on the emulator: from a tap to its event, from STOP to a refused send, from START to a sent one."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from rcs_openapi.describe import DOCUMENTS
from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.inbound import Inbound, inbound
from tests.standin.server import Server
from tests.support.consumer import Listener, bus_refusing

type Events = Callable[[str], list[dict[str, Any]]]  # by the id of the inbound message

PASSWORD = "integration-password-Xy7"
BUS, CONFIRMATION, TEXT = "replies", "You will hear no more of us.", "text of a reply"


@pytest.fixture(scope="module")
def conversing(emulator: Emulator, standin: Server, built: Built) -> Stack:
    """Deploy the template with all that inbound messages can have, and a bus of its own."""
    return deploy(
        emulator,
        built,
        standin,
        name="conversing",
        DefaultSender="Example",
        ReconcileSchedule=NEVER,
        EventBusName=BUS,
        TrackConversations="Yes",
        OptOutConfirmation=CONFIRMATION,
        StopWords="aitab küll",
    )


@pytest.fixture(scope="module")
def events(conversing: Stack) -> Events:
    conversing.client("events").create_event_bus(Name=BUS)
    return Listener(conversing, "owner", bus=BUS).about


@pytest.fixture
def number() -> str:
    return f"+372559{uuid.uuid4().int % 10**6:06d}"


def said(stack: Stack, number: str, text: str | None, **fields: Any) -> Inbound:
    base = stack.outputs["InboundUrl"].removesuffix("/inbound-messages")
    given = {"at": time.time(), "msg_id": str(uuid.uuid4()), **fields}
    return inbound(base, number, text, **given)


def heard(events: Events, inbound_id: str, detail_type: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        return next((each for each in events(inbound_id) if each["detail-type"] == detail_type), None)

    event = poll(found, PATIENCE, f"the event {detail_type}", every=0.1)
    jsonschema_rs.validator_for(DOCUMENTS["message-received.schema.json"], validate_formats=True).validate(event)
    detail: dict[str, Any] = event["detail"]
    return detail


def texts_to(standin: Server, number: str) -> list[str]:
    return [each.text for each in standin.messente.accepted if each.to == number]


def test_from_a_tap_to_its_event(conversing: Stack, events: Events, message_id: str, number: str) -> None:
    """The owner learns which button was tapped, and under which message."""
    card = {"text": "Your order is here", "suggestions": [{"reply": {"text": "Fine", "postback_data": "order:fine"}}]}
    payload = {"to": number, "messages": [{"channel": "rcs", **card}], "idempotency_key": message_id}
    assert conversing.call("POST", "/messages", json.dumps(payload)).status == 201
    tap = said(conversing, number, "Fine", postback_data="order:fine")
    assert conversing.hand_in(tap).status == 200
    detail = heard(events, tap.msg_id, "RCS Message Received")
    assert (detail["from"], detail["text"], detail["postback"]) == (number, "Fine", "order:fine")
    assert detail["conversation"]["id"] == message_id
    assert detail["raw"] == json.loads(tap.body)
    found = Rcs(conversing.emulator.url)("find", f"00{number[1:]}", "--stack", conversing.name, "--json").json
    assert [(each["id"], each["state"]) for each in found["messages"]] == [(message_id, "sent")]


def test_from_stop_to_a_refused_send_and_from_start_to_a_sent_one(
    conversing: Stack, standin: Server, events: Events, message_id: str, number: str
) -> None:
    """Through the API and the queue nothing goes out to who opted out, but the confirmation and what was asked for.

    The stop word is one of the parameter StopWords.
    """
    stop = said(conversing, number, "Aitab küll!")
    assert conversing.hand_in(stop).status == 200
    assert heard(events, stop.msg_id, "RCS Recipient Opted Out")["to"] == number
    payload = {"to": number, "text": TEXT, "idempotency_key": message_id}
    refused = conversing.call("POST", "/messages", json.dumps(payload))
    assert (refused.status, refused.json["errors"][0]["source"]) == (400, "payload[to]")
    conversing.queue(json.dumps(payload | {"idempotency_key": f"{message_id}-queued"}))

    def buried() -> bool | None:
        found = {each.attributes.get("message_id") for each in conversing.letters()}
        return f"{message_id}-queued" in found or None

    poll(buried, PATIENCE, "the dead letter", every=0.2)
    code = {"to": number, "text": "text of a code", "idempotency_key": f"{message_id}-code", "ignore_opt_out": True}
    assert conversing.call("POST", "/messages", json.dumps(code)).status == 201
    poll(lambda: CONFIRMATION in texts_to(standin, number) or None, PATIENCE, "the confirmation", every=0.1)
    assert sorted(texts_to(standin, number)) == sorted([CONFIRMATION, "text of a code"])
    start = said(conversing, number, "START", at=time.time() + 1)
    assert conversing.hand_in(start).status == 200
    assert heard(events, start.msg_id, "RCS Recipient Opted In")["to"] == number
    assert conversing.call("POST", "/messages", json.dumps(payload)).status == 201
    assert texts_to(standin, number).count(TEXT) == 1


def test_what_the_bus_does_not_take_is_told_of_later(conversing: Stack, events: Events, number: str) -> None:
    """200 all the same, and the events come once the bus takes some again. The list has the opt-out at once."""
    waiting = conversing.resource("InboundQueue")
    conversing.hide_for(1, waiting)
    stop = said(conversing, number, "STOP")
    with bus_refusing(conversing):
        assert conversing.hand_in(stop).status == 200
        assert conversing.opt_outs()[number]["state"] == "opted_out"
        assert events(stop.msg_id) == []
    assert heard(events, stop.msg_id, "RCS Message Received")["from"] == number
    assert heard(events, stop.msg_id, "RCS Recipient Opted Out")["to"] == number


def test_nothing_private_is_logged(conversing: Stack, events: Events, number: str) -> None:
    """Of all that the tests before had said, and of a reply that is taken."""
    reply = said(conversing, number, TEXT, postback_data=f"{TEXT} postback")
    conversing.hand_in(reply)
    heard(events, reply.msg_id, "RCS Message Received")

    def log() -> str | None:
        text = "\n".join(conversing.logs())
        return text if reply.msg_id in text else None

    text = poll(log, PATIENCE, "the log")
    assert [word for word in (number[1:], TEXT, CONFIRMATION) if word in text] == []
