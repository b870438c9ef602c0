"""The stand-in's own behaviour, without sockets: it must be right before anything else is measured by it."""

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from tests.standin import numbers, replies
from tests.standin.messente import Delays, Fault, Messente, Reply, Report, Request
from tests.standin.plans import PLANS
from tests.standin.pool import Pool, in_turn
from tests.standin.replies import ACCEPTED, REFUSED, REFUSED_ONCE
from tests.standin.reports import as_event

TO = "+37251234567"
PASSWORD = "messente-password"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNKNOWN_ID = "8a5bd1f0-0000-4000-8000-000000000000"

REPLY = {"reply": {"text": "Yes", "postback_data": "yes"}}
CONTENT = {"file_url": "https://example.com/a.png", "force_refresh": False}
TAP = {"text": "Go", "postback_data": "go"}
EVENT = {"start_time": "2026-01-01T10:00:00Z", "end_time": "2026-01-01T11:00:00Z", "title": "T", "description": "D"}


def credentials(password: str = PASSWORD, username: str = "messente-user") -> dict[str, str]:
    """Give the Basic authorization header."""
    return {"authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def ask(messente: Messente, method: str, path: str, body: bytes = b"", password: str = PASSWORD) -> Reply:
    """Ask the core for one answer."""
    return messente.handle(Request(method, path, credentials(password), body))


def payload(*messages: Any, to: str = TO, **fields: Any) -> dict[str, Any]:
    """Build an omnimessage of one RCS text, or of these messages."""
    return {"to": to, "messages": list(messages) or [{"channel": "rcs", "sender": "Acme", "text": "Hi"}], **fields}


def send(messente: Messente, content: Any) -> Reply:
    """Send this content."""
    return ask(messente, "POST", "/v1/omnimessage", json.dumps(content).encode())


def rcs(**fields: Any) -> dict[str, Any]:
    """Build an RCS message of these fields."""
    return {"channel": "rcs", "sender": "Acme", **fields}


def with_action(**fields: Any) -> dict[str, Any]:
    """Build an RCS text with one suggested action."""
    return rcs(text="Hi", suggestions=[{"action": {**TAP, **fields}}])


def with_cards(*cards: Any) -> dict[str, Any]:
    """Build a carousel of these cards."""
    return rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": list(cards)}})


def with_card(**fields: Any) -> dict[str, Any]:
    """Build a standalone card of this content."""
    card = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": fields}
    return rcs(rich_card={"standalone_card": card})


def test_accepts_with_an_id_per_channel() -> None:
    """A chain is answered 201 in Messente's shape and is in the accept log with all of its request."""
    messente = Messente(clock=lambda: 17.0)
    content = payload(rcs(text="Hi"), {"channel": "sms", "text": "Hi"}, dlr_url="https://example.com/r/1")
    reply = send(messente, content)
    answer = json.loads(reply.body)
    assert reply.status == 201
    assert set(answer) == {"messages", "to", "omnimessage_id"}
    assert [(each["channel"], each["sender"]) for each in answer["messages"]] == [("rcs", "Acme"), ("sms", "StandIn")]
    ids = {answer["omnimessage_id"], *(each["message_id"] for each in answer["messages"])}
    assert len(ids) == 3
    assert all(UUID.fullmatch(each) for each in ids)
    (accepted,) = messente.accepted
    assert (accepted.omnimessage_id, accepted.to, accepted.at) == (answer["omnimessage_id"], TO, 17.0)
    assert (accepted.body, accepted.reply) == (content, answer)


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


@pytest.mark.parametrize(
    ("content", "code", "source"),
    [
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
        (
            payload(rcs(text="Hi", suggestions=[{"reply": {**TAP, "text": "x" * 26}}])),
            "105",
            "payload[rcs][suggestions][0][reply][text]",
        ),
        (
            payload(rcs(text="Hi", suggestions=[{"reply": {"text": "x"}}])),
            "106",
            "payload[rcs][suggestions][0][reply][postback_data]",
        ),
        (payload(with_action()), "105", "payload[rcs][suggestions][0][action]"),
        (
            payload(with_action(share_location_action={}, dial_action={"phone_number": TO})),
            "105",
            "payload[rcs][suggestions][0][action]",
        ),
        (
            payload(with_action(dial_action={"phone_number": "0"})),
            "105",
            "payload[rcs][suggestions][0][action][dial_action][phone_number]",
        ),
        (
            payload(with_action(create_calendar_event_action={**EVENT, "title": "x" * 101})),
            "105",
            "payload[rcs][suggestions][0][action][create_calendar_event_action][title]",
        ),
        (
            payload(with_action(open_url_action={"url": "https://example.com", "application": "browser"})),
            "105",
            "payload[rcs][suggestions][0][action][open_url_action][application]",
        ),
        (payload(rcs(content_info={"file_url": "u"})), "106", "payload[rcs][content_info][force_refresh]"),
        (payload(rcs(rich_card={})), "105", "payload[rcs][rich_card]"),
        (payload(with_cards({})), "105", "payload[rcs][rich_card][carousel_card][card_contents]"),
        (payload(with_cards(*[{}] * 11)), "105", "payload[rcs][rich_card][carousel_card][card_contents]"),
        (
            payload(with_card(title="x" * 201)),
            "105",
            "payload[rcs][rich_card][standalone_card][card_content][title]",
        ),
        (
            payload(with_card(suggestions=[REPLY] * 5)),
            "105",
            "payload[rcs][rich_card][standalone_card][card_content][suggestions]",
        ),
    ],
)
def test_refuses_in_messentes_words(content: Any, code: str, source: str) -> None:
    """Whatever breaks a documented rule is a 400 that names the field, and is not accepted."""
    messente = Messente()
    reply = send(messente, content)
    assert reply.status == 400
    errors = json.loads(reply.body)["errors"]
    assert (code, source) in [(each["code"], each["source"]) for each in errors]
    assert all(set(each) == {"code", "title", "detail", "source"} for each in errors)
    assert messente.accepted == []
    assert messente.posts == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"to": NaN}', b"[" * 100_000])
def test_refuses_what_is_not_json(body: bytes) -> None:
    """A body that is no JSON (NaN is none) is a 400."""
    reply = ask(Messente(), "POST", "/v1/omnimessage", body)
    assert (reply.status, json.loads(reply.body)["errors"][0]["code"]) == (400, "105")


def test_names_every_error_at_once() -> None:
    """All that is wrong comes in one answer, and a sender that is not allowed in Messente's own words."""
    reply = send(Messente(), payload(rcs(text="Hi", sender="Forbidden", ttl="x"), to="0"))
    errors = {each["source"]: each for each in json.loads(reply.body)["errors"]}
    assert set(errors) == {"payload[to]", "payload[rcs][sender]", "payload[rcs][ttl]"}
    assert errors["payload[rcs][sender]"] == {
        "code": "105",
        "title": "Invalid data",
        "detail": "Invalid or disallowed sender",
        "source": "payload[rcs][sender]",
    }


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


def test_reports_messages_as_processing() -> None:
    """The status of an accepted message lists its parts in the order of sending, open."""
    messente = Messente(clock=lambda: 17.0)
    sent = json.loads(send(messente, payload(rcs(text="Hi"), {"channel": "sms", "text": "Hi"})).body)
    reply = ask(messente, "GET", f"/v1/omnimessage/{sent['omnimessage_id']}/status")
    report = json.loads(reply.body)
    assert reply.status == 200
    assert (report["to"], report["omnimessage_id"]) == (TO, sent["omnimessage_id"])
    found = [(each["message_id"], each["channel"], each["status"], each["err"]) for each in report["statuses"]]
    assert found == [(each["message_id"], each["channel"], None, None) for each in sent["messages"]]


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
        """Send these messages, RCS and SMS by default, and return the answer."""
        content = payload(*(messages or BOTH), to=to, **{"dlr_url": URL, **fields})
        return json.loads(send(self.messente, content).body)

    def advance(self, seconds: int) -> list[str]:
        """Let time pass, a second a time, and give the statuses reported meanwhile."""
        before = len(self.reports)
        for _ in range(seconds):
            self.now += 1
            self.reports += self.messente.reports_due(self.now)
        return [each.status for each in self.reports[before:]]

    def statuses(self) -> list[Any]:
        """Ask for the status of what was sent first."""
        path = f"/v1/omnimessage/{self.messente.accepted[0].omnimessage_id}/status"
        return list(json.loads(ask(self.messente, "GET", path).body)["statuses"])

    def known(self) -> list[Any]:
        """Ask for the status and give the status words alone."""
        return [each["status"] for each in self.statuses()]


def signature(report: Report, password: str = PASSWORD) -> bool:
    """Tell whether a report is signed with this password."""
    right = hmac.new(password.encode(), report.body, hashlib.sha256).hexdigest()
    return report.headers.get("X-Messente-Signature") == right


def test_reports_every_step_as_documented() -> None:
    """ACK, DELIVRD and SEEN of the first message go to dlr_url as they happen, each signed, in Messente's shape."""
    world = Reporting()
    sent = world.send()
    assert (world.advance(3), world.advance(9)) == (["ACK", "DELIVRD", "SEEN"], [])
    ack, delivered, seen = world.reports
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
    assert {each.headers["Content-Type"] for each in (ack, delivered, seen)} == {"application/json"}
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


def test_the_status_keeps_step_with_the_reports() -> None:
    """GET status is null before the first report, then what was reported last; the fallback was never needed."""
    world = Reporting()
    world.send()
    assert world.known() == [None, None]
    for _ in range(3):
        world.advance(1)
        first, second = world.statuses()
        assert first == json.loads(world.reports[-1].body)
        assert (second["channel"], second["status"], second["err"]) == ("sms", None, None)


@pytest.mark.parametrize(
    ("number", "reported", "known"),
    [
        (numbers.REVERSED, ["SEEN", "DELIVRD", "ACK"], ["SEEN", None]),
        (numbers.DOUBLED, ["ACK", "ACK", "DELIVRD", "DELIVRD", "SEEN", "SEEN"], ["SEEN", None]),
        (numbers.UNREPORTED, [], ["SEEN", None]),
        (numbers.NEVER_DONE, [], [None, None]),
        (numbers.FAILED_THEN_NEXT, ["ACK", "FAILED", "ACK", "DELIVRD"], ["FAILED", "DELIVRD"]),
        (numbers.EXPIRED, ["ACK", "EXPIRED", "ACK", "EXPIRED"], ["EXPIRED", "EXPIRED"]),
        (numbers.UNDELIVERED, ["ACK", "UNDELIV", "ACK", "UNDELIV"], ["UNDELIV", "UNDELIV"]),
        (numbers.BAD_SIGNATURE, ["ACK", "DELIVRD", "SEEN"], ["SEEN", None]),
        (numbers.NO_SIGNATURE, ["ACK", "DELIVRD", "SEEN"], ["SEEN", None]),
        (numbers.BEFORE_ANSWER, ["ACK", "DELIVRD", "SEEN"], ["SEEN", None]),
        (numbers.UNKNOWN_STATUS, ["TELEPORTED", "DELIVRD"], ["DELIVRD", None]),
    ],
)
def test_reserved_numbers_report_as_documented(number: str, reported: list[str], known: list[str | None]) -> None:
    """Each course is reported as its row says, and GET status ends where the course does."""
    world = Reporting()
    world.send(number)
    assert world.advance(9) == reported
    assert world.known() == known
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


def test_reports_tell_the_channel_that_they_are_about() -> None:
    """After a failure on RCS, the SMS's own message_id is reported; where there is no SMS it ends with the failure."""
    world = Reporting()
    sent = world.send(numbers.FAILED_THEN_NEXT)
    world.advance(9)
    about = [json.loads(each.body) for each in world.reports]
    assert [(each["channel"], each["status"], each["err"]) for each in about[1:]] == [
        ("rcs", "FAILED", 1),
        ("sms", "ACK", 0),
        ("sms", "DELIVRD", 0),
    ]
    assert about[3]["message_id"] == world.reports[3].message_id == sent["messages"][1]["message_id"]
    world.send(numbers.FAILED_THEN_NEXT, rcs(text="Hi"))
    assert world.advance(9) == ["ACK", "FAILED"]


def test_out_of_order_is_the_way_not_the_course() -> None:
    """Reports that arrive in reverse still say when each thing happened, none before it did."""
    world = Reporting()
    world.send(numbers.REVERSED)
    world.advance(9)
    said = [json.loads(each.body)["timestamp"][-9:] for each in world.reports]
    assert said == ["43.000000", "42.000000", "41.000000"]
    assert [each.at for each in world.reports] == [1003, 1004, 1005]


@pytest.mark.parametrize("number", ACCEPTED)
def test_a_lost_answer_is_healed_by_its_reports(number: str) -> None:
    """Whatever went wrong with the answer, the ordinary reports of the accepted message follow."""
    world = Reporting()
    send(world.messente, payload(to=number, dlr_url=URL))
    assert world.advance(3) == ["ACK", "DELIVRD", "SEEN"]
    assert {each.omnimessage_id for each in world.reports} == {world.messente.accepted[0].omnimessage_id}


@pytest.mark.parametrize("number", [*REFUSED, *REFUSED_ONCE])
def test_what_was_refused_is_not_reported(number: str) -> None:
    """No report follows a message that is not in the accept log."""
    world = Reporting()
    send(world.messente, payload(to=number, dlr_url=URL))
    assert world.messente.pending_reports == 0


def test_early_reports_come_before_the_answer() -> None:
    """`on_early` gets ACK and DELIVRD while the send is still being handled; the rest is due as usual."""
    world = Reporting()
    accepted_by_then: list[int] = []

    def tell(report: Report) -> None:
        world.reports.append(report)
        accepted_by_then.append(len(world.messente.accepted))

    world.messente.on_early = tell
    sent = world.send(numbers.BEFORE_ANSWER)
    assert [(each.status, each.early, each.at) for each in world.reports] == [
        ("ACK", True, 1000),
        ("DELIVRD", True, 1000),
    ]
    assert {each.omnimessage_id for each in world.reports} == {sent["omnimessage_id"]}
    assert accepted_by_then == [1, 1]
    assert (world.known()[0], world.advance(9)) == ("DELIVRD", ["SEEN"])
    assert world.reports[-1].early is False


def test_early_reports_are_flagged_where_nobody_takes_them() -> None:
    """Without `on_early` they are due at once; those of a scheduled message are not early."""
    world = Reporting()
    world.send(numbers.BEFORE_ANSWER)
    due = world.messente.reports_due(world.now)
    assert [(each.status, each.early) for each in due] == [("ACK", True), ("DELIVRD", True)]
    world.messente.on_early = world.reports.append
    world.send(numbers.BEFORE_ANSWER, time_to_send="1970-01-01T00:20")
    assert world.reports == []
    assert [each.early for each in world.messente.reports_due(1200)] == [False] * 3  # with SEEN of the first


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
    assert [[signature(each, one) for one in passwords] for each in world.reports] == [
        [True, False, False],
        [True, False, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("webhook", "dlr_url", "expected"),
    [
        (None, None, None),
        ("https://hook.example", None, "https://hook.example"),
        ("https://hook.example", URL, URL),
    ],
)
def test_reports_go_to_dlr_url_or_the_webhook(webhook: str | None, dlr_url: str | None, expected: str | None) -> None:
    """The key's webhook gets what names no dlr_url; with neither the course can only be asked for."""
    world = Reporting(webhook=webhook)
    world.send(dlr_url=dlr_url)
    world.advance(9)
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


def test_a_reset_forgets_reports_and_who_signs() -> None:
    """After a reset nothing is pending and the first password signs."""
    world = Reporting()
    world.send()
    world.messente.change_password("new")
    world.messente.reset()
    assert world.messente.pending_reports == 0
    world.send()
    assert world.advance(1) == ["ACK"]
    assert signature(world.reports[0])


@pytest.mark.parametrize("base64", [False, True])
def test_a_report_becomes_the_event_of_its_route(*, base64: bool) -> None:
    """As from an HTTP API: the id decoded, header names in lower case, the body byte for byte."""
    world = Reporting()
    world.send()
    world.advance(1)
    (report,) = world.reports
    event = as_event(report, base64=base64)
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /delivery-reports/{id}"
    assert (event["rawPath"], event["pathParameters"]) == ("/delivery-reports/a/b c", {"id": "a/b c"})
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["headers"]["x-messente-signature"] == report.headers["X-Messente-Signature"]
    assert event["headers"]["host"] == "example.com"
    assert event["isBase64Encoded"] is base64
    body = b64decode(event["body"]) if base64 else event["body"].encode()
    assert body == report.body


def test_every_reserved_number_is_documented_and_behaves() -> None:
    """The constants, the table in the docstring and the behaviours name the same numbers, none twice."""
    documented = re.findall(r"\| (\+\d+) \| (\w+) ", numbers.__doc__ or "")
    reserved = numbers.BY_NAME | numbers.REPORTS_BY_NAME
    assert dict(map(reversed, documented)) == reserved
    assert len(set(reserved.values())) == len(documented)
    assert set(numbers.BY_NAME.values()) == REFUSED.keys() | REFUSED_ONCE.keys() | ACCEPTED.keys()
    assert set(numbers.REPORTS_BY_NAME.values()) == PLANS.keys()


@pytest.mark.parametrize("name", numbers.REPORTS_BY_NAME)
def test_numbers_for_reports_are_answered_as_any_other(name: str) -> None:
    """Only the reports of these numbers are special, not the answer to the send."""
    messente = Messente()
    reply = send(messente, payload(to=numbers.REPORTS_BY_NAME[name]))
    assert (reply.status, json.loads(reply.body)) == (201, messente.accepted[0].reply)


@pytest.mark.parametrize("name", numbers.BY_NAME)
def test_reserved_numbers_accept_as_documented(name: str) -> None:
    """The accept log has a message exactly when the table says accepted, whatever the answer looks like."""
    messente = Messente()
    number = numbers.BY_NAME[name]
    send(messente, payload(to=number))
    assert [each.to for each in messente.accepted] == ([number] if number in ACCEPTED else [])
    assert len(messente.posts_to(number)) == 1


@pytest.mark.parametrize(("number", "status"), [(numbers.TOO_MANY_ONCE, 429), (numbers.UNAVAILABLE_ONCE, 503)])
def test_refuses_each_body_once(number: str, status: int) -> None:
    """A repeated request is accepted; another one is refused first, too."""
    messente = Messente()
    first, second = payload(to=number), payload(to=number, priority="high")
    statuses = [send(messente, each).status for each in (first, first, second, second)]
    assert statuses == [status, 201, status, 201]
    assert len(messente.accepted) == 2


@pytest.mark.parametrize("number", [numbers.TOO_MANY, numbers.UNAVAILABLE])
def test_says_when_to_come_back(number: str) -> None:
    """Refusals for load carry Retry-After."""
    assert send(Messente(), payload(to=number)).headers["Retry-After"] == "1"


@pytest.mark.parametrize("number", [numbers.OK, numbers.NEWER_SHAPE, numbers.PLAIN_TYPE, numbers.HUGE])
def test_odd_successes_still_name_the_ids(number: str) -> None:
    """Where the table says ids, the answer names those of the accept log."""
    messente = Messente()
    answer = json.loads(send(messente, payload(to=number)).body)
    (accepted,) = messente.accepted
    assert answer["omnimessage_id"] == accepted.omnimessage_id
    assert answer["messages"][0]["message_id"] == accepted.reply["messages"][0]["message_id"]


def test_reset_forgets_everything() -> None:
    """After a reset the logs are empty and the first password is right."""
    messente = Messente()
    send(messente, payload(to=numbers.TOO_MANY_ONCE))
    messente.change_password("new")
    messente.reset()
    assert (messente.accepted, messente.posts) == ([], 0)
    assert send(messente, payload(to=numbers.TOO_MANY_ONCE)).status == 429


def test_errors_repeat_nothing_of_the_request() -> None:
    """No answer to a bad request carries its number or text."""
    reply = send(Messente(), payload(rcs(text="secret words" * 300, sender="Forbidden"), to="+0123456789"))
    assert reply.status == 400
    assert b"secret words" not in reply.body
    assert b"0123456789" not in reply.body


def post(pool: urllib3.HTTPConnectionPool, to: str = TO, **options: Any) -> urllib3.BaseHTTPResponse:
    """Send one text over a urllib3 pool as the project does: no retries, no redirects."""
    body = json.dumps(payload(to=to)).encode()
    asked: dict[str, Any] = {"retries": False, "redirect": False, "preload_content": False, **options}
    return pool.urlopen("POST", "/v1/omnimessage", body, {**credentials()}, **asked)


def test_pool_answers_with_urllib3s_own_response() -> None:
    """Sends over the pool arrive whole, one after the other on the same connection."""
    pool = Pool()
    responses = [post(pool), post(pool)]
    assert [(each.status, json.loads(each.read())["to"]) for each in responses] == [(201, TO), (201, TO)]
    assert isinstance(responses[0], urllib3.HTTPResponse)
    assert len(pool.messente.accepted) == 2


def test_pool_keeps_its_connection() -> None:
    """A read answer gives its connection back for the next request."""
    pool = Pool()
    for _ in range(3):
        post(pool).read()
    assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_pool_reads_in_pieces_and_notices_a_missing_half() -> None:
    """A body cut in the middle fails in read(), also in bounded pieces."""
    for amount in (None, 16, 10_000):
        response = post(Pool(), numbers.TRUNCATED)
        assert response.status == 201
        with pytest.raises(ProtocolError):
            b"".join(iter(lambda: response.read(amount), b""))  # noqa: B023 -- used up within this turn of the loop


def test_pool_waits_without_waiting() -> None:
    """Delays are told to `sleep`; one past the read timeout is a timeout, after acceptance too."""
    told: list[float] = []
    pool = Pool(Messente(delays=Delays(slow=5)), sleep=told.append)
    post(pool, numbers.SLOW, timeout=urllib3.Timeout(connect=1, read=6)).read()
    with pytest.raises(ReadTimeoutError):
        post(pool, numbers.SLOW, timeout=urllib3.Timeout(connect=1, read=2))
    assert told == [5, 2]
    assert len(pool.messente.accepted) == 2


def test_pool_drips_byte_by_byte() -> None:
    """Each byte of a dripping body costs its delay, and no single wait is long enough to time out."""
    told: list[float] = []
    pool = Pool(Messente(delays=Delays(drip=0.5)), sleep=told.append)
    response = post(pool, numbers.DRIP, timeout=1)
    assert json.loads(response.read())["omnimessage_id"] == pool.messente.accepted[0].omnimessage_id
    assert sum(told) == pytest.approx(0.5 * int(response.headers["content-length"]), rel=0.05)


def test_latency_delays_every_answer() -> None:
    """The latency of the stand-in comes on top of what a number asks for."""
    messente = Messente(delays=Delays(latency=0.25, slow=1))
    assert send(messente, payload()).delay == 0.25
    assert send(messente, payload(to=numbers.SLOW)).delay == 1.25
    assert ask(messente, "GET", "/v1/nothing").delay == 0.25


def test_hooks_strike_before_or_after_messente_took_the_message() -> None:
    """A failure of `before` leaves the accept log empty, one of `after` comes too late for that."""
    pool = Pool(before=in_turn(ConnectionResetError(), None), after=in_turn(KeyboardInterrupt()))
    with pytest.raises(ConnectionResetError):
        post(pool)
    assert pool.messente.posts == 0
    with pytest.raises(KeyboardInterrupt):
        post(pool)
    assert len(pool.messente.accepted) == 1
    assert post(pool).status == 201


def test_hooks_see_the_request() -> None:
    """A hook can decide by what is sent."""
    seen: list[Request] = []
    pool = Pool(before=seen.append)
    post(pool).release_conn()
    assert (seen[0].method, seen[0].path) == ("POST", "/v1/omnimessage")
    assert json.loads(seen[0].body)["to"] == TO
    assert seen[0].headers == credentials()


def test_a_truncated_reply_names_its_whole_length() -> None:
    """Half of the body leaves the server while its head promises all."""
    reply = Reply(201, {}, b"0123456789", Fault.TRUNCATE)
    assert b"Content-Length: 10\r\n" in reply.head()
    assert reply.sent_body() == b"01234"
    assert replies.as_json(201, {}).sent_body() == b"{}"
