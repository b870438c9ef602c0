"""What recipients send, handed to the function for inbound messages: for tests of either."""

import json
from typing import Any

import requests

from messente_rcs.telemetry import flush
from messente_rcs.triggers.inbound import InboundMessages
from tests.standin.inbound import Inbound, inbound
from tests.support.gateway import as_event
from tests.support.world import TO, World, record

URL = "https://callback.example"


def event_of(given: Inbound) -> dict[str, Any]:
    return as_event(requests.Request("POST", given.url, given.headers, data=given.body).prepare())


def said(world: World, text: str | None, sender: str = TO, **fields: Any) -> Inbound:
    """Write and sign what a recipient says now."""
    return inbound(URL, sender, text, **{"at": world.clock(), **fields})


def hand_in(world: World, given: Inbound, function: InboundMessages | None = None) -> tuple[int, Any]:
    """Hand a POST to the function (a new environment by default); return the status and the decoded body."""
    with flush():
        answer = (function or world.receiving()).handle(event_of(given))
    return answer["statusCode"], json.loads(answer["body"])


def say(world: World, text: str, sender: str = TO, **fields: Any) -> None:
    """Let a recipient say something, which is taken."""
    assert hand_in(world, said(world, text, sender, **fields))[0] == 200


def put_off(world: World) -> list[dict[str, Any]]:
    """Take all that is in the queue of inbound messages, as records."""
    waiting = world.sqs.sent.pop(world.inbound_queue_url, [])
    return [record(each["body"]) for each in waiting]


def told(world: World, detail_type: str) -> list[dict[str, Any]]:
    return [each["Detail"] for each in world.events.taken if each["DetailType"] == detail_type]
