"""The stand-in's own behaviour, without sockets: it must be right before anything else is measured by it.

The truth is Messente's documentation, and the comments in `numbers`. That a client sees the same over TCP and without
sockets is in tests/integration/test_standin_server.py.
"""

import hashlib
import hmac
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.standin import numbers
from tests.standin.courier import Courier
from tests.standin.faults import EVERYBODY, Rule
from tests.standin.inbound import inbound, raw
from tests.standin.messente import Delays, Messente, Reply, Report, Request
from tests.standin.plans import PLANS
from tests.standin.replies import ACCEPTED, REFUSED, REFUSED_ONCE
from tests.standin.server import control
from tests.support.strategies import CONTENT, REPLY, payload, rcs
from tests.support.world import PASSWORD, TO

OTHER = "+37257654321"
UNKNOWN_ID = "8a5bd1f0-0000-4000-8000-000000000000"
CALLBACK = "https://callback.example/"

TAP = {"text": "Go", "postback_data": "go"}


def credentials(password: str = PASSWORD, username: str = "messente-user") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def ask(messente: Messente, method: str, path: str, body: bytes = b"", password: str = PASSWORD) -> Reply:
    return messente.handle(Request(method, path, credentials(password), body))


def send(messente: Messente, content: Any) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ask(messente, "POST", "/v1/omnimessage", body)


def with_reply(**fields: Any) -> dict[str, Any]:
    return rcs(text="Hi", suggestions=[{"reply": fields}])


def with_action(**fields: Any) -> dict[str, Any]:
    return rcs(text="Hi", suggestions=[{"action": {**TAP, **fields}}])


def with_cards(*cards: Any) -> dict[str, Any]:
    return rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": list(cards)}})


def with_card(**fields: Any) -> dict[str, Any]:
    card = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": fields}
    return rcs(rich_card={"standalone_card": card})


ACTION = "payload[rcs][suggestions][0][action]"
CARD = "payload[rcs][rich_card][standalone_card][card_content]"
CARDS = "payload[rcs][rich_card][carousel_card][card_contents]"


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
        (payload(text_store="none"), "105", "payload[text_store]"),
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
        (payload(rcs(text="Hi", ttl="1")), "105", "payload[rcs][ttl]"),
        (payload(rcs(text="x" * 3073)), "105", "payload[rcs][text]"),
        (payload(rcs(text="Hi", sender="Forbidden")), "105", "payload[rcs][sender]"),
        (payload(rcs(text="Hi", suggestions=[REPLY] * 12)), "105", "payload[rcs][suggestions]"),
        (payload(rcs(text="Hi", suggestions=[REPLY, {}])), "105", "payload[rcs][suggestions][1]"),
        (payload(with_reply(text="x" * 26, postback_data="go")), "105", "payload[rcs][suggestions][0][reply][text]"),
        (payload(with_reply(text="x")), "106", "payload[rcs][suggestions][0][reply][postback_data]"),
        (payload(with_action()), "105", ACTION),
        (payload(with_action(share_location_action={}, dial_action={"phone_number": TO})), "105", ACTION),
        (payload(with_action(dial_action={"phone_number": "0"})), "105", f"{ACTION}[dial_action][phone_number]"),
        (payload(rcs(content_info={"file_url": "u"})), "106", "payload[rcs][content_info][force_refresh]"),
        (payload(rcs(rich_card={})), "105", "payload[rcs][rich_card]"),
        (payload(with_cards({})), "105", CARDS),
        (payload(with_card(suggestions=[REPLY] * 5)), "105", f"{CARD}[suggestions]"),
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


def test_names_every_error_at_once() -> None:
    """All that is wrong comes in one answer, a sender that is not allowed in Messente's words, and no value with it."""
    reply = send(Messente(), payload(rcs(text="secret words" * 300, sender="Forbidden", ttl="x"), to="0"))
    errors = {each["source"]: each for each in json.loads(reply.body)["errors"]}
    assert set(errors) == {"payload[to]", "payload[rcs][sender]", "payload[rcs][text]", "payload[rcs][ttl]"}
    assert errors["payload[rcs][sender]"] == {
        "code": "105",
        "title": "Invalid data",
        "detail": "Invalid or disallowed sender",
        "source": "payload[rcs][sender]",
    }
    assert b"secret words" not in reply.body


def test_checks_the_password_and_forgets_the_old_one() -> None:
    """Wrong or no credentials are 401; after a rotation only the new password is right."""
    messente = Messente()
    body = json.dumps(payload()).encode()
    without = messente.handle(Request("POST", "/v1/omnimessage", {}, body))
    assert (without.status, json.loads(without.body)["errors"][0]["code"]) == (401, "103")
    assert ask(messente, "POST", "/v1/omnimessage", body, "wrong").status == 401
    messente.change_password("new")
    assert ask(messente, "POST", "/v1/omnimessage", body).status == 401
    assert ask(messente, "POST", "/v1/omnimessage", body, "new").status == 201
    assert (len(messente.accepted), messente.posts) == (1, 4)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/omnimessage", 405, "107"),
        ("PUT", f"/v1/omnimessage/{UNKNOWN_ID}", 405, "107"),
        ("POST", f"/v1/omnimessage/{UNKNOWN_ID}/status", 405, "107"),
        ("POST", "/omnimessage", 404, "101"),
        ("GET", "/v1/omnimessage/not-an-id/status", 404, "101"),
        ("GET", f"/v1/omnimessage/{UNKNOWN_ID}/status", 404, "101"),
        ("DELETE", f"/v1/omnimessage/{UNKNOWN_ID}", 404, "101"),
    ],
)
def test_knows_its_paths_and_methods(method: str, path: str, status: int, code: str) -> None:
    """A wrong method is 405, an unknown path or message 404."""
    reply = ask(Messente(), method, path)
    assert (reply.status, json.loads(reply.body)["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("time_to_send", "status"),
    [
        ("1970-01-01T00:02", 202),  # without zone: UTC
        ("1970-01-01T01:02:00+01:00", 202),
        ("1970-01-01T01:00:00+01:00", 404),
        (None, 404),
    ],
)
def test_cancels_only_what_is_still_ahead(time_to_send: str | None, status: int) -> None:
    """A scheduled message can be cancelled once; one that was sent cannot."""
    messente = Messente(clock=lambda: 60.0)
    sent = json.loads(send(messente, payload(time_to_send=time_to_send)).body)
    path = f"/v1/omnimessage/{sent['omnimessage_id']}"
    assert ask(messente, "DELETE", path).status == status
    assert ask(messente, "DELETE", path).status == 404
    report = json.loads(ask(messente, "GET", f"{path}/status").body)
    assert report["statuses"][0]["status"] == ("DELETED" if status == 202 else None)


URL = "https://example.com/v1/delivery-reports/a%2Fb%20c?x=1"
BOTH = (rcs(text="Hi"), {"channel": "sms", "text": "Hi"})


class Reporting:
    """A stand-in whose clock is set by hand (one second between two steps), and what it reported so far."""

    def __init__(self, **options: Any) -> None:
        self.now = 1000.0
        self.messente = Messente(clock=lambda: self.now, delays=Delays(report=1), **options)
        self.reports: list[Report] = []

    def send(self, to: str = TO, *messages: Any, **fields: Any) -> Any:
        content = payload(*(messages or BOTH), to=to, **{"dlr_url": URL, **fields})
        return json.loads(send(self.messente, content).body)

    def advance(self, seconds: int) -> list[str]:
        before = len(self.reports)
        for _ in range(seconds):
            self.now += 1
            self.reports += self.messente.reports_due(self.now)
        return [each.status for each in self.reports[before:]]

    def statuses(self) -> list[Any]:
        path = f"/v1/omnimessage/{self.messente.accepted[0].omnimessage_id}/status"
        return list(json.loads(ask(self.messente, "GET", path).body)["statuses"])

    def known(self) -> list[Any]:
        return [each["status"] for each in self.statuses()]


def signature(report: Report, password: str = PASSWORD) -> bool:
    right = hmac.new(password.encode(), report.body, hashlib.sha256).hexdigest()
    return report.headers.get("X-Messente-Signature") == right


def test_reports_every_step_as_documented() -> None:
    """ACK, DELIVRD and SEEN of the first message go to dlr_url as they happen, signed, and GET status keeps step."""
    world = Reporting()
    sent = world.send()
    assert world.known() == [None, None]
    for status in ("ACK", "DELIVRD", "SEEN"):
        assert world.advance(1) == [status]
        first, second = world.statuses()
        assert first == json.loads(world.reports[-1].body)
        assert (second["channel"], second["status"], second["err"]) == ("sms", None, None)
    assert world.advance(9) == []
    _, delivered, _ = world.reports
    assert json.loads(delivered.body) == {
        "status": "DELIVRD",
        "sender": "Shop",
        "err": 0,
        "message_id": sent["messages"][0]["message_id"],
        "to": TO,
        "channel": "rcs",
        "error": None,
        "omnimessage_id": sent["omnimessage_id"],
        "timestamp": "1970-01-01T00:16:42.000000",
        "price_info": {"part_price": "0.04", "parts_count": 1, "total_price": "0.04"},
    }
    assert [json.loads(each.body)["err"] for each in world.reports] == [0, 0, 10]
    assert [each.at for each in world.reports] == [1001, 1002, 1003]
    assert {each.url for each in world.reports} == {URL}
    assert {each.headers["Content-Type"] for each in world.reports} == {"application/json"}
    assert all(map(signature, world.reports))


def test_a_report_cannot_be_verified_over_reencoded_json() -> None:
    """The bytes of a report are not those that json.dumps makes of it: only the raw body fits the signature."""
    world = Reporting()
    world.send(TO, rcs(text="Hi", sender="Café"))
    world.advance(1)
    (report,) = world.reports
    assert "Café".encode() in report.body
    forms: list[dict[str, Any]] = [{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"sort_keys": True}]
    for form in forms:
        assert json.dumps(json.loads(report.body), **form).encode() != report.body


def test_the_accept_log_has_the_request_and_its_answer() -> None:
    """What is accepted is in the log as it came, with the ids of the answer and the time."""
    world = Reporting()
    answer = world.send()
    (accepted,) = world.messente.accepted
    assert (accepted.omnimessage_id, accepted.to, accepted.at) == (answer["omnimessage_id"], TO, 1000.0)
    assert (accepted.body, accepted.reply) == (payload(*BOTH, dlr_url=URL), answer)
    assert [(each["channel"], each["sender"]) for each in answer["messages"]] == [("rcs", "Shop"), ("sms", "StandIn")]


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
    """Each course is reported as its row says, and GET status ends where the course does."""
    world = Reporting()
    world.send(number)
    world.advance(30)
    told = [json.loads(each.body) for each in world.reports]
    assert [f"{each['status']} {each['channel']}" for each in told] == REPORTED[number]
    last = {each["channel"]: each["status"] for each in told}
    assert world.known() == ENDS.get(number, [last.get("rcs"), last.get("sms")])
    assert world.messente.pending_reports == 0
    unsigned = {numbers.BAD_SIGNATURE, numbers.NO_SIGNATURE}
    assert {signature(each) for each in world.reports} <= {number not in unsigned}


def test_reports_name_the_message_that_they_are_about() -> None:
    """After a failure on RCS, the SMS's own message_id is reported; where there is no SMS it ends with the failure."""
    world = Reporting()
    sent = world.send(numbers.FAILED_THEN_NEXT)
    world.advance(9)
    assert [each.message_id for each in world.reports] == [sent["messages"][n]["message_id"] for n in (0, 0, 1, 1)]
    assert [json.loads(each.body)["err"] for each in world.reports] == [0, 1, 0, 0]
    world.send(numbers.FAILED_THEN_NEXT, rcs(text="Hi"))
    assert world.advance(9) == ["ACK", "FAILED"]


@pytest.mark.parametrize("dlr_url", [None, URL])
def test_reports_go_to_dlr_url_or_the_webhook(dlr_url: str | None) -> None:
    """The key's webhook gets what names no dlr_url; with neither the course can only be asked for."""
    for webhook in (None, "https://hook.example"):
        world = Reporting(webhook=webhook)
        world.send(dlr_url=dlr_url)
        world.advance(9)
        expected = dlr_url or webhook
        assert [each.url for each in world.reports] == ([expected] * 3 if expected else [])
        assert world.known() == ["SEEN", None]


def test_scheduled_messages_are_reported_from_their_time_on_unless_cancelled() -> None:
    """The course begins at time_to_send; a cancelled message has none."""
    world = Reporting()
    for _ in range(2):
        sent = world.send(time_to_send="1970-01-01T00:20")
    assert ask(world.messente, "DELETE", f"/v1/omnimessage/{sent['omnimessage_id']}").status == 202
    assert (world.advance(200), world.known()) == ([], [None, None])
    assert (world.advance(3), world.known()) == (["ACK", "DELIVRD", "SEEN"], ["SEEN", None])
    assert world.messente.pending_reports == 0


# --- Reserved numbers -------------------------------------------------------------------------------------------------

SOURCE = Path(numbers.__file__).read_text()
DOCUMENTED = re.findall(r'^(\w+): Final = "(\+\d+)"  # (.*)$', SOURCE, re.MULTILINE)


def test_every_reserved_number_is_documented() -> None:
    """The constants, their comments and the behaviours name the same numbers, none twice."""
    reserved = numbers.BY_NAME | numbers.REPORTS_BY_NAME
    assert {name: number for name, number, _ in DOCUMENTED} == reserved
    assert len(set(reserved.values())) == len(DOCUMENTED)
    assert set(numbers.BY_NAME.values()) == REFUSED.keys() | REFUSED_ONCE.keys() | ACCEPTED.keys()
    assert set(numbers.REPORTS_BY_NAME.values()) == PLANS.keys() == REPORTED.keys() - {numbers.OK}


# --- Faults that are set while it runs --------------------------------------------------------------------------------


def test_a_rule_is_for_its_recipient_and_for_so_many_sends() -> None:
    """A rule for everybody gives way to the recipient's own; one that changes nothing removes."""
    messente = Messente()

    def statuses() -> list[int]:
        return [send(messente, payload(to=to)).status for to in (TO, OTHER)]

    messente.faults.put(Rule(TO, "400"))
    assert statuses() == [400, 201]
    messente.faults.put(Rule(EVERYBODY, "503", times=2))
    assert statuses() == [400, 503]
    messente.faults.put(Rule(TO))
    assert messente.faults.rules == [Rule(EVERYBODY, "503", times=1)]
    assert statuses() == [503, 201]
    assert messente.faults.rules == []


def test_other_programs_set_faults_too() -> None:
    """The control paths of the server put rules in force and change the mode."""
    messente = Messente(delays=Delays(slow=4))
    rule = json.dumps({"to": TO, "answer": "503", "times": 1}).encode()
    assert control(messente, Courier(messente), "POST", "faults", rule).status == 200
    assert control(messente, Courier(messente), "POST", "mode", b'{"mode": "slow"}').status == 200
    assert messente.faults.rules == [Rule(TO, "503", times=1)]
    assert send(messente, payload()).delay == 4


# --- Inbound messages -------------------------------------------------------------------------------------------------


def test_an_inbound_message_has_the_documented_fields() -> None:
    """A typed reply carries what Messente's page lists, a tap its data too, to the route of inbound messages."""
    post = inbound(CALLBACK, OTHER, "Tere!", channel="sms", at=1_795_435_200, msg_id="m", sub_msg_id="s")
    assert post.url == f"{CALLBACK}inbound-messages"
    assert json.loads(post.body) == {
        "msg_id": "m",
        "sub_msg_id": "s",
        "channel": "sms",
        "recipient": "+37250000000",
        "time": "2026-11-23T12:00:00Z",
        "text": "Tere!",
        "sender": OTHER,
    }
    tap = inbound(CALLBACK, OTHER, "Tere!", postback_data="yes")
    assert (json.loads(tap.body)["postback_data"], tap.msg_id == post.msg_id) == ("yes", False)


def test_an_inbound_message_is_signed_with_the_shared_secret() -> None:
    """Over the raw body, with another secret than the password; odd and unsigned bodies go out as they are."""
    post = inbound(CALLBACK, OTHER, "Jah, õige", secret=Messente(inbound_secret="shared").inbound_secret)
    assert post.headers["X-Messente-Signature"] == hmac.new(b"shared", post.body, hashlib.sha256).hexdigest()
    assert "õige".encode() in post.body
    assert raw(CALLBACK, b"\xff").body == b"\xff"
    assert "X-Messente-Signature" not in raw(CALLBACK, b"{}", None).headers
