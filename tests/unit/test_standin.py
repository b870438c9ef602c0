"""The stand-in's own behaviour, without sockets: it must be right before anything else is measured by it.

The truth is Messente's documentation, and the comments in `numbers`. That a client sees the same over TCP and without
sockets is in tests/integration/test_standin_server.py.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from messente_api.models.delivery_report_response import DeliveryReportResponse

from tests.standin import numbers
from tests.standin.messente import Delays, Messente, Reply, Report, Request
from tests.support.strategies import CONTENT, REPLY, payload, rcs
from tests.support.world import PASSWORD, TO

CREDENTIALS = {"authorization": "Basic " + b64encode(f"messente-user:{PASSWORD}".encode()).decode()}
TAP = {"text": "Go", "postback_data": "go"}


def send(messente: Messente, content: Any) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return messente.handle(Request("POST", "/v1/omnimessage", CREDENTIALS, body))


def with_action(**fields: Any) -> dict[str, Any]:
    return rcs(text="Hi", suggestions=[{"action": {**TAP, **fields}}])


ACTION = "payload[rcs][suggestions][0][action]"


@pytest.mark.parametrize(
    ("content", "code", "source"),
    [
        *((each, "105", "payload") for each in (b"", b"{", b"\xff\xfe", b'{"to": NaN}', b"[" * 100_000)),
        ([], "105", "payload"),
        ({"messages": [rcs(text="Hi")]}, "106", "payload[to]"),
        ({"to": TO}, "106", "payload[messages]"),
        ({"to": TO, "messages": []}, "106", "payload[messages]"),
        ({"to": TO, "messages": [None]}, "105", "payload[messages][0]"),
        (payload(to="37251234567"), "105", "payload[to]"),
        (payload(priority="urgent"), "105", "payload[priority]"),
        (payload(time_to_send="soon"), "105", "payload[time_to_send]"),
        (payload(dlr_url="here"), "105", "payload[dlr_url]"),
        (payload({"channel": "telegram", "text": "Hi"}), "105", "payload[messages][0][channel]"),
        (payload({"text": "Hi"}), "106", "payload[messages][0][channel]"),
        (payload(rcs(text="a"), rcs(text="b")), "105", "payload[messages]"),
        (payload({"channel": "sms"}), "106", "payload[sms][text]"),
        (payload({"channel": "whatsapp"}), "105", "payload[whatsapp]"),
        (payload(rcs()), "105", "payload[rcs]"),
        (payload(rcs(text="Hi", content_info=CONTENT)), "105", "payload[rcs]"),
        (payload(rcs(text="Hi", ttl=1, validity=1)), "105", "payload[rcs]"),
        (payload(rcs(text="Hi", sender="Forbidden")), "105", "payload[rcs][sender]"),
        (payload(rcs(text="Hi", suggestions=[REPLY, {}])), "105", "payload[rcs][suggestions][1]"),
        (payload(with_action()), "105", ACTION),
        (payload(with_action(share_location_action={}, dial_action={"phone_number": TO})), "105", ACTION),
        (payload(with_action(dial_action={"phone_number": "0"})), "105", f"{ACTION}[dial_action][phone_number]"),
        (payload(rcs(content_info={"file_url": "u"})), "106", "payload[rcs][content_info][force_refresh]"),
        (payload(rcs(rich_card={})), "105", "payload[rcs][rich_card]"),
    ],
)
def test_rejects_in_messentes_words(content: Any, code: str, source: str) -> None:
    """What is no JSON, or breaks a documented rule, is a 400 that names the field, and is not accepted."""
    messente = Messente()
    reply = send(messente, content)
    errors = json.loads(reply.body)["errors"]
    assert (reply.status, messente.accepted, messente.posts) == (400, [], 1)
    assert (code, source) in [(each["code"], each["source"]) for each in errors]
    assert all(set(each) == {"code", "title", "detail", "source"} for each in errors)


URL = "https://example.com/v1/delivery-reports/a%2Fb%20c?x=1"
BOTH = (rcs(text="Hi"), {"channel": "sms", "text": "Hi"})


class Reporting:
    """A stand-in whose clock is set by hand (one second between two steps), and what it reported so far."""

    def __init__(self, to: str) -> None:
        self.now = 1000.0
        self.messente = Messente(clock=lambda: self.now, delays=Delays(report=1))
        self.reports: list[Report] = []
        self.answer = json.loads(send(self.messente, payload(*BOTH, to=to, dlr_url=URL)).body)

    def advance(self) -> list[str]:
        self.now += 1
        new = self.messente.reports_due(self.now)
        self.reports += new
        return [each.status for each in new]

    def get_status(self) -> str:
        path = f"/v1/omnimessage/{self.answer['omnimessage_id']}/status"
        return self.messente.handle(Request("GET", path, CREDENTIALS, b"")).body.decode()

    def known(self) -> list[Any]:
        return [each["status"] for each in json.loads(self.get_status())["statuses"]]


def is_signed(report: Report) -> bool:
    right = hmac.new(PASSWORD.encode(), report.body, hashlib.sha256).hexdigest()
    return report.headers.get("X-Messente-Signature") == right


def test_reports_every_step_as_documented() -> None:
    """ACK, DELIVRD and SEEN of the first message go to dlr_url as they happen, signed, and GET status keeps step."""
    world = Reporting(TO)
    assert world.known() == [None, None]
    for status in ("ACK", "DELIVRD", "SEEN"):
        assert world.advance() == [status]
        first, second = json.loads(world.get_status())["statuses"]
        assert first == json.loads(world.reports[-1].body)
        assert (second["channel"], second["status"], second["err"]) == ("sms", None, None)
    assert world.advance() == []
    assert json.loads(world.reports[1].body)["timestamp"] == "1970-01-01T00:16:42.000000"
    assert [json.loads(each.body)["err"] for each in world.reports] == [0, 0, 10]
    assert [each.at for each in world.reports] == [1001, 1002, 1003]
    assert {each.url for each in world.reports} == {URL}
    assert {each.headers["Content-Type"] for each in world.reports} == {"application/json"}
    assert all(map(is_signed, world.reports))


REPORTED = {
    numbers.OK: ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
    numbers.REVERSED: ["SEEN rcs", "DELIVRD rcs", "ACK rcs"],
    numbers.DOUBLED: ["ACK rcs", "ACK rcs", "DELIVRD rcs", "DELIVRD rcs", "SEEN rcs", "SEEN rcs"],
    numbers.UNREPORTED: [],
    numbers.NEVER_DONE: [],
    numbers.FAILED_THEN_NEXT: ["ACK rcs", "FAILED rcs", "ACK sms", "DELIVRD sms"],
    numbers.EXPIRED: ["ACK rcs", "EXPIRED rcs", "ACK sms", "EXPIRED sms"],
    numbers.UNDELIVERED: ["ACK rcs", "UNDELIV rcs", "ACK sms", "UNDELIV sms"],
    numbers.FAILED: ["ACK rcs", "FAILED rcs", "ACK sms", "FAILED sms"],
    numbers.BAD_SIGNATURE: ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
    numbers.NO_SIGNATURE: ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
    numbers.BEFORE_ANSWER: ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
    numbers.UNKNOWN_STATUS: ["TELEPORTED rcs", "DELIVRD rcs"],
    numbers.LATE: ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
}
# What GET status says in the end of those whose last report is not what became of them.
ENDS = {numbers.UNREPORTED: ["SEEN", None], numbers.NEVER_DONE: [None, None], numbers.REVERSED: ["SEEN", None]}


@pytest.mark.parametrize("number", REPORTED)
def test_reserved_numbers_report_as_documented(number: str) -> None:
    """Each course is reported as its row says, GET status ends where it does, and Messente's client can read it."""
    world = Reporting(number)
    for _ in range(30):
        if world.advance() != ["TELEPORTED"]:  # a status that Messente's own client does not know either
            DeliveryReportResponse.from_json(world.get_status())
    told = [json.loads(each.body) for each in world.reports]
    assert [f"{each['status']} {each['channel']}" for each in told] == REPORTED[number]
    last = {each["channel"]: each["status"] for each in told}
    assert world.known() == ENDS.get(number, [last.get("rcs"), last.get("sms")])
    assert world.messente.pending_reports == 0
    unsigned = {numbers.BAD_SIGNATURE, numbers.NO_SIGNATURE}
    assert {is_signed(each) for each in world.reports} <= {number not in unsigned}


def test_no_number_is_reserved_twice() -> None:
    """Each has one behaviour, and each course is in the table above."""
    reserved = [*numbers.BY_NAME.values(), *numbers.REPORTS_BY_NAME.values()]
    assert len(reserved) == len(set(reserved))
    assert set(numbers.REPORTS_BY_NAME.values()) == REPORTED.keys() - {numbers.OK}
