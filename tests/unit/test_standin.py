"""The stand-in's own behaviour, without sockets: it must be right before anything else is measured by it.

The truth is Messente's documentation, and the comments in `numbers`. That a client sees the same over TCP and without
sockets is in tests/integration/test_standin_server.py.
"""

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.standin import numbers
from tests.standin.courier import Courier
from tests.standin.faults import ANSWERS, COURSES, EVERYBODY, Mode, Rule
from tests.standin.inbound import inbound, raw
from tests.standin.messente import Delays, Fault, Messente, Reply, Report, Request
from tests.standin.plans import KNOWN, PLANS, Signature
from tests.standin.replies import ACCEPTED, REFUSED, REFUSED_ONCE
from tests.standin.reports import as_event
from tests.standin.server import control

TO, OTHER = "+37251234567", "+37257654321"
PASSWORD = "messente-password"
UNKNOWN_ID = "8a5bd1f0-0000-4000-8000-000000000000"
CALLBACK = "https://callback.example/"

REPLY = {"reply": {"text": "Yes", "postback_data": "yes"}}
CONTENT = {"file_url": "https://example.com/a.png", "force_refresh": False}
TAP = {"text": "Go", "postback_data": "go"}
EVENT = {"start_time": "2026-01-01T10:00:00Z", "end_time": "2026-01-01T11:00:00Z", "title": "T", "description": "D"}


def credentials(password: str = PASSWORD, username: str = "messente-user") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def ask(messente: Messente, method: str, path: str, body: bytes = b"", password: str = PASSWORD) -> Reply:
    return messente.handle(Request(method, path, credentials(password), body))


def payload(*messages: Any, to: str = TO, **fields: Any) -> dict[str, Any]:
    return {"to": to, "messages": list(messages) or [{"channel": "rcs", "sender": "Acme", "text": "Hi"}], **fields}


def send(messente: Messente, content: Any) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ask(messente, "POST", "/v1/omnimessage", body)


def rcs(**fields: Any) -> dict[str, Any]:
    return {"channel": "rcs", "sender": "Acme", **fields}


def with_reply(**fields: Any) -> dict[str, Any]:
    return rcs(text="Hi", suggestions=[{"reply": fields}])


def with_action(**fields: Any) -> dict[str, Any]:
    return rcs(text="Hi", suggestions=[{"action": {**TAP, **fields}}])


def with_cards(*cards: Any) -> dict[str, Any]:
    return rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": list(cards)}})


def with_card(**fields: Any) -> dict[str, Any]:
    card = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": fields}
    return rcs(rich_card={"standalone_card": card})


@pytest.mark.parametrize(
    "message",
    [
        rcs(text="x" * 3072, suggestions=[REPLY] * 11, ttl=60),
        {"channel": "rcs", "text": "no sender: the key's default"},
        rcs(content_info={**CONTENT, "thumbnail_url": None}),
        with_card(),
        with_card(title="t" * 200, description="d" * 2000, suggestions=[REPLY] * 4),
        with_card(media={"height": "TALL", "content_info": CONTENT}),
        with_cards({}, {}),
        with_cards(*[{"title": "t"}] * 10),
        with_action(dial_action={"phone_number": "+442071838750"}),
        with_action(view_location_action={}),
        with_action(view_location_action={"lat_long": {"latitude": 59, "longitude": 24.7}, "label": "Here"}),
        with_action(create_calendar_event_action=EVENT),
        with_action(open_url_action={"url": "https://example.com", "application": "WEBVIEW"}),
        with_action(share_location_action={}, fallback_url="https://example.com"),
        {"channel": "viber", "sender": "Acme", "text": "Hi"},
        {"channel": "whatsapp", "text": {"body": "Hi"}},
        {"channel": "sms", "text": "Hi", "autoconvert": "full", "validity": 60},
    ],
)
def test_accepts_what_is_documented(message: dict[str, Any]) -> None:
    """Every kind of message passes, at its limits."""
    assert send(Messente(), payload(message)).status == 201


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
        (payload(to="+372 5123 4567"), "105", "payload[to]"),
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
        (payload(rcs(text="Hi", ttl=True)), "105", "payload[rcs][ttl]"),
        (payload(rcs(text="x" * 3073)), "105", "payload[rcs][text]"),
        (payload(rcs(text="Hi", sender="Forbidden")), "105", "payload[rcs][sender]"),
        (payload(rcs(text="Hi", suggestions=[REPLY] * 12)), "105", "payload[rcs][suggestions]"),
        (payload(rcs(text="Hi", suggestions=[REPLY, {}])), "105", "payload[rcs][suggestions][1]"),
        (payload(with_reply(text="x" * 26, postback_data="go")), "105", "payload[rcs][suggestions][0][reply][text]"),
        (payload(with_reply(text="x")), "106", "payload[rcs][suggestions][0][reply][postback_data]"),
        (payload(with_action()), "105", ACTION),
        (payload(with_action(share_location_action={}, dial_action={"phone_number": TO})), "105", ACTION),
        (payload(with_action(dial_action={"phone_number": "0"})), "105", f"{ACTION}[dial_action][phone_number]"),
        (
            payload(with_action(create_calendar_event_action={**EVENT, "title": "x" * 101})),
            "105",
            f"{ACTION}[create_calendar_event_action][title]",
        ),
        (
            payload(with_action(open_url_action={"url": "https://example.com", "application": "browser"})),
            "105",
            f"{ACTION}[open_url_action][application]",
        ),
        (payload(rcs(content_info={"file_url": "u"})), "106", "payload[rcs][content_info][force_refresh]"),
        (payload(rcs(rich_card={})), "105", "payload[rcs][rich_card]"),
        (payload(with_cards({})), "105", CARDS),
        (payload(with_cards(*[{}] * 11)), "105", CARDS),
        (payload(with_card(title="x" * 201)), "105", f"{CARD}[title]"),
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
        "sender": "Acme",
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
    assert [(each["channel"], each["sender"]) for each in answer["messages"]] == [("rcs", "Acme"), ("sms", "StandIn")]


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


def test_bad_signatures_look_like_good_ones() -> None:
    """A wrong signature is well formed, a missing one is no header at all."""
    world = Reporting()
    world.send(numbers.BAD_SIGNATURE)
    world.send(numbers.NO_SIGNATURE)
    world.advance(1)
    wrong, missing = world.reports
    assert re.fullmatch("[0-9a-f]{64}", wrong.headers["X-Messente-Signature"])
    assert "X-Messente-Signature" not in missing.headers


def test_reports_name_the_message_that_they_are_about() -> None:
    """After a failure on RCS, the SMS's own message_id is reported; where there is no SMS it ends with the failure."""
    world = Reporting()
    sent = world.send(numbers.FAILED_THEN_NEXT)
    world.advance(9)
    assert [each.message_id for each in world.reports] == [sent["messages"][n]["message_id"] for n in (0, 0, 1, 1)]
    assert [json.loads(each.body)["err"] for each in world.reports] == [0, 1, 0, 0]
    world.send(numbers.FAILED_THEN_NEXT, rcs(text="Hi"))
    assert world.advance(9) == ["ACK", "FAILED"]


def test_reports_in_reverse_order_say_when_each_thing_happened() -> None:
    """None is reported before it happened."""
    world = Reporting()
    world.send(numbers.REVERSED)
    world.advance(9)
    said = [json.loads(each.body)["timestamp"][-9:] for each in world.reports]
    assert said == ["43.000000", "42.000000", "41.000000"]
    assert [each.at for each in world.reports] == [1003, 1004, 1005]


def test_early_reports_come_before_the_answer() -> None:
    """`on_early` gets ACK and DELIVRD while the send is still being handled; the rest is due as usual."""
    world = Reporting()
    accepted_by_then: list[int] = []

    def tell(report: Report) -> None:
        world.reports.append(report)
        accepted_by_then.append(len(world.messente.accepted))

    world.messente.on_early = tell
    sent = world.send(numbers.BEFORE_ANSWER)
    assert [(each.status, each.at) for each in world.reports] == [("ACK", 1000), ("DELIVRD", 1000)]
    assert {each.omnimessage_id for each in world.reports} == {sent["omnimessage_id"]}
    assert accepted_by_then == [1, 1]
    assert (world.known()[0], world.advance(9)) == ("DELIVRD", ["SEEN"])


def test_signs_with_the_password_of_the_moment() -> None:
    """Reports are signed when they go out; in a rotation the password before can go on signing."""
    world = Reporting()
    world.send()
    world.advance(1)
    world.messente.change_password("new", sign_with_previous=True)
    world.advance(1)
    world.messente.change_password("newer")
    world.advance(1)
    passwords = (PASSWORD, "new", "newer")
    assert [[signature(each, one) for one in passwords].index(True) for each in world.reports] == [0, 0, 2]


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


def test_a_reset_forgets_everything() -> None:
    """The logs, the reports, the faults and the passwords are those of a new stand-in."""
    world = Reporting()
    send(world.messente, payload(to=numbers.TOO_MANY_ONCE))
    world.send()
    world.messente.change_password("new")
    world.messente.faults.put(Rule(EVERYBODY, "cut"))
    world.messente.faults.mode = Mode.DOWN
    world.messente.reset()
    assert (world.messente.accepted, world.messente.posts, world.messente.pending_reports) == ([], 0, 0)
    assert send(world.messente, payload(to=numbers.TOO_MANY_ONCE)).status == 429
    world.send()
    assert (world.advance(1), signature(world.reports[0])) == (["ACK"], True)


@pytest.mark.parametrize("base64", [False, True])
def test_a_report_becomes_the_event_of_its_route(*, base64: bool) -> None:
    """As from an HTTP API: the id decoded, header names in lower case, the body byte for byte."""
    world = Reporting()
    world.send()
    world.advance(1)
    (report,) = world.reports
    event = as_event(report, base64=base64)
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /delivery-reports/{id}"
    assert (event["rawPath"], event["pathParameters"]) == ("/delivery-reports/a/b c", {"id": "a/b c"})
    assert event["headers"]["x-messente-signature"] == report.headers["X-Messente-Signature"]
    assert event["isBase64Encoded"] is base64
    assert (b64decode(event["body"]) if base64 else event["body"].encode()) == report.body


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


@pytest.mark.parametrize(("name", "number", "answer"), DOCUMENTED, ids=[name for name, *_ in DOCUMENTED])
def test_reserved_numbers_are_answered_as_documented(name: str, number: str, answer: str) -> None:
    """The comments tell whether it is accepted, and what the answer looks like; the usual reports of it follow."""
    world = Reporting()
    reply = send(world.messente, payload(to=number, dlr_url=URL))
    is_accepted = number in ACCEPTED or name in numbers.REPORTS_BY_NAME
    assert [each.to for each in world.messente.accepted] == ([number] if is_accepted else [])
    assert bool(reply.omnimessage_id) == is_accepted
    assert len(world.messente.posts_to(number)) == 1
    if name in numbers.REPORTS_BY_NAME:
        assert (reply.status, json.loads(reply.body)) == (201, world.messente.accepted[0].reply)
        return
    assert world.advance(3) == (["ACK", "DELIVRD", "SEEN"] if is_accepted else [])
    if status := re.match(r"\d{3}", answer):
        assert reply.status == int(status[0]) or reply.interim.startswith(b"HTTP/1.1 " + status[0].encode())
    for code in re.findall(r"code (\d+)", answer):
        assert code in reply.body.decode()
    assert ("HTML" in answer) == (reply.headers.get("Content-Type") == "text/html") or "the same" in answer
    assert ("Retry-After: 1" in answer or "the same once" in answer) == (reply.headers.get("Retry-After") == "1")
    assert ("Location" in answer) == ("Location" in reply.headers)
    assert ("closed" in answer) == reply.closes
    assert ("stays open" in answer) == (reply.fault is Fault.HANG)
    assert ("half way" in answer) == (len(reply.sent_body()) < len(reply.body))
    assert ("byte after byte" in answer or "the same, from" in answer) == reply.drips
    if "with ids" in answer:
        told, accepted = json.loads(reply.body), world.messente.accepted[0]
        assert told["omnimessage_id"] == accepted.omnimessage_id
        assert told["messages"][0]["message_id"] == accepted.reply["messages"][0]["message_id"]


@pytest.mark.parametrize(("number", "status"), [(numbers.TOO_MANY_ONCE, 429), (numbers.UNAVAILABLE_ONCE, 503)])
def test_refuses_each_body_once(number: str, status: int) -> None:
    """A repeated request is accepted; another one is refused first, too."""
    messente = Messente()
    first, second = payload(to=number), payload(to=number, priority="high")
    statuses = [send(messente, each).status for each in (first, first, second, second)]
    assert statuses == [status, 201, status, 201]
    assert len(messente.accepted) == 2


def test_latency_delays_every_answer() -> None:
    """The latency of the stand-in comes on top of what a number asks for."""
    messente = Messente(delays=Delays(latency=0.25, slow=1))
    assert send(messente, payload()).delay == 0.25
    assert send(messente, payload(to=numbers.SLOW)).delay == 1.25
    assert ask(messente, "GET", "/v1/nothing").delay == 0.25


# --- Faults that are set while it runs --------------------------------------------------------------------------------


IMITATED_ANSWERS = {
    "accept": OTHER,
    "400": numbers.BAD_REQUEST,
    "401": numbers.UNAUTHORIZED,
    "403": numbers.FORBIDDEN,
    "429": numbers.TOO_MANY,
    "429_without_time": numbers.THROTTLED,
    "503": numbers.UNAVAILABLE,
    "500_after_accept": numbers.SERVER_ERROR_AFTER_ACCEPT,
    "cut": numbers.CUT,
    "103": numbers.EARLY_HINTS,
    "cut_after_accept": numbers.CUT_AFTER_ACCEPT,
    "hang_after_accept": numbers.HANG_AFTER_ACCEPT,
}
IMITATED_COURSES = {
    "usual": OTHER,
    "fail": numbers.FAILED,
    "expire": numbers.EXPIRED,
    "undelivered": numbers.UNDELIVERED,
    "fail_then_next": numbers.FAILED_THEN_NEXT,
    "none": numbers.NEVER_DONE,
    "unreported": numbers.UNREPORTED,
    "reversed": numbers.REVERSED,
    "doubled": numbers.DOUBLED,
    "late": numbers.LATE,
    "wrong_signature": numbers.BAD_SIGNATURE,
    "unsigned": numbers.NO_SIGNATURE,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_rule_for_the_answer_imitates_a_reserved_number(answer: str) -> None:
    """The recipient is answered, and accepted or not, as that number is."""
    by_rule, by_number = Messente(), Messente()
    by_rule.faults.put(Rule(TO, answer))
    one, other = send(by_rule, payload()), send(by_number, payload(to=IMITATED_ANSWERS[answer]))
    assert (one.status, one.fault, one.interim, one.headers) == (
        other.status,
        other.fault,
        other.interim,
        other.headers,
    )
    assert len(by_rule.accepted) == len(by_number.accepted)


@pytest.mark.parametrize("course", COURSES)
def test_a_rule_for_the_course_imitates_a_reserved_number(course: str) -> None:
    """The reports of the message, and how they are signed, are those of that number."""
    by_rule, by_number = Reporting(), Reporting()
    by_rule.messente.faults.put(Rule(TO, course=course))
    by_rule.send()
    by_number.send(IMITATED_COURSES[course])
    assert by_rule.advance(30) == by_number.advance(30)
    assert (by_rule.known(), list(map(signature, by_rule.reports))) == (
        by_number.known(),
        list(map(signature, by_number.reports)),
    )


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


def test_a_rule_goes_before_what_a_number_is_reserved_for() -> None:
    """In its answer, in its course, and in no more than it names."""
    messente = Messente()
    messente.faults.put(Rule(numbers.UNAVAILABLE, "accept"))
    assert send(messente, payload(to=numbers.UNAVAILABLE)).status == 201
    messente.faults.put(Rule(numbers.EXPIRED, course="usual"))
    send(messente, payload(to=numbers.EXPIRED))
    assert messente.accepted[-1].steps()[-1].status == "SEEN"
    messente.faults.put(Rule(numbers.CUT_AFTER_ACCEPT, course="fail"))
    assert send(messente, payload(to=numbers.CUT_AFTER_ACCEPT)).fault is Fault.CUT


def test_late_reports_are_late() -> None:
    """The message is seen on the phone long before Messente says so."""
    world = Reporting()
    world.send(numbers.LATE)
    assert (world.advance(10), world.known()[0]) == ([], "SEEN")


@pytest.mark.parametrize(
    ("mode", "status", "delay"), [(Mode.RATE_LIMITED, 429, 0), (Mode.DOWN, 503, 0), (Mode.SLOW, 201, 4)]
)
def test_messente_as_a_whole(mode: Mode, status: int, delay: float) -> None:
    """Sends and questions are refused or slow until it is up again; hooks hear of each request and of its answer."""
    messente, seen = Messente(delays=Delays(slow=4)), list[Any]()
    path = f"/v1/omnimessage/{json.loads(send(messente, payload()).body)['omnimessage_id']}/status"
    messente.on_request = lambda request: seen.append(request.method)
    messente.on_reply = lambda request, reply: seen.append((request.method, reply.status, reply.delay))
    messente.faults.mode = mode
    assert send(messente, payload()).status == status
    assert seen == ["POST", ("POST", status, delay)]
    assert ask(messente, "GET", path).status == (200 if status == 201 else status)
    assert len(messente.accepted) == (2 if status == 201 else 1)
    messente.faults.mode = Mode.UP
    assert (send(messente, payload()).status, seen[-1][2]) == (201, 0)


def test_a_mistake_in_a_rule_is_an_error() -> None:
    """A rule that would silently do nothing is none."""
    for wrong in ({"answer": "200"}, {"course": "teleport"}, {"answer": "cut", "times": 0}):
        with pytest.raises(ValueError, match=r"is one of|at least one"):
            Rule(TO, **wrong)


@pytest.mark.parametrize("status", KNOWN)
def test_a_report_by_hand_is_messentes_word(status: str) -> None:
    """It is signed, goes to the URL of the message, and GET status tells the same from then on; a forged one is not."""
    world = Reporting()
    world.send(numbers.NEVER_DONE)
    world.now += 5
    accepted = world.messente.accepted[0]
    for forgery in (Signature.WRONG, Signature.MISSING):
        forged = world.messente.report_now(accepted, replace(KNOWN[status], signature=forgery))
        assert forged is not None
        assert (signature(forged), world.known()[0]) == (False, None)
    report = world.messente.report_now(accepted, KNOWN[status])
    assert report is not None
    assert (report.url, report.status, report.at, signature(report)) == (URL, status, world.now, True)
    assert world.known()[0] == status


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
