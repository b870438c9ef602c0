"""The story of a message: what each part of the local stack tells of it, as the page shows it."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.page.feed import Feed
from tests.page.message import Entry
from tests.page.story import Story
from tests.standin.faults import Rule
from tests.standin.messente import Delays, Messente, Request
from tests.standin.reports import KNOWN

TO = "+37251234567"
URL = "https://callback.example/delivery-reports/order-1"
SIGNED = {"authorization": "Basic " + b64encode(b"messente-user:messente-password").decode()}
CHAIN = [{"channel": "rcs", "text": "Hi"}, {"channel": "sms", "text": "Hi"}]


class Scene(Feed):
    """A stand-in whose clock a test moves, the story that hears of it, and what is told of that."""

    def __init__(self) -> None:
        self.time, self.told = 1000.0, list[Any]()
        self.messente = Messente(clock=lambda: self.time, delays=Delays(report=1))
        self.story = Story(self.messente, self)
        self.messente.on_request, self.messente.on_reply = self.story.posted, self.story.answered

    def publish(self, _: str, data: Any) -> None:
        json.dumps(data)
        self.told.append(data)

    def send(self) -> None:
        body = json.dumps({"to": TO, "messages": CHAIN, "dlr_url": URL}).encode()
        self.messente.handle(Request("POST", "/v1/omnimessage", SIGNED, body))

    @property
    def message(self) -> dict[str, Any]:
        [message] = self.story.messages()
        return message


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_time_alone_is_told_once(scene: Scene) -> None:
    """A tick that comes without a report is seen too, and then there is quiet."""
    scene.messente.faults.put(Rule(TO, course="unreported"))
    scene.send()
    told = len(scene.told)
    scene.story.look_at_the_clock()
    assert len(scene.told) == told
    scene.time += 2
    for _ in range(3):
        scene.story.look_at_the_clock()
    assert [data["parts"][0]["status"] for data in scene.told[told:]] == ["delivered"]


def test_a_phone_takes_nothing_back(scene: Scene) -> None:
    """A report by hand that comes too late changes no tick."""
    scene.send()
    scene.time += 3
    accepted = scene.story.accepted("order-1")
    assert accepted is not None
    scene.messente.report_now(accepted, KNOWN["ACK"])
    assert scene.message["parts"][0]["status"] == "seen"


def test_what_happened_stands_in_its_order(scene: Scene) -> None:
    """What we hear of late stands where it belongs."""
    scene.send()
    scene.story.recorded(999, None, {"id": "order-1", "state": "claimed"})
    scene.story.requested("order-1", {"to": TO}, Entry(998, "request", "handed in"))
    assert [each["kind"] for each in scene.message["timeline"]] == ["request", "record", "post", "answer"]
    assert scene.message["payload"]["messages"] == CHAIN  # what Messente got, not what was composed


def test_a_tap_is_remembered_once(scene: Scene) -> None:
    """A tap on a message that is not known is told to nobody."""
    for message_id in ("order-1", "order-2"):
        scene.story.heard(message_id, "yes", Entry(1001, "inbound", "tapped"))
    assert scene.story.messages() == []
    scene.send()
    for _ in range(2):
        scene.story.heard("order-1", "yes", Entry(1001, "inbound", "tapped"))
    assert scene.message["taps"] == ["yes"]


def test_old_messages_are_forgotten(scene: Scene) -> None:
    """The memory of a page that is open for days has an end."""
    for number in range(600):
        scene.story.recorded(1001, None, {"id": f"order-{number}", "state": "claimed"})
    left = [f"order-{number}" for number in range(100, 600)]
    assert [each["id"] for each in scene.story.messages()] == left
    scene.story.recorded(1002, {"id": "order-1", "state": "claimed"}, {"id": "order-1", "state": "sent"})
    assert [each["id"] for each in scene.story.messages()] == left  # and what changes of them brings none back
