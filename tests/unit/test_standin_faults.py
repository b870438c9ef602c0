"""Faults that are set while the stand-in runs: whatever they do, the accept log says what was accepted."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from tests.standin import numbers
from tests.standin.courier import Courier
from tests.standin.faults import ANSWERS, COURSES, EVERYBODY, Mode, Rule
from tests.standin.messente import Delays, Messente, Reply, Request
from tests.standin.plans import KNOWN, Signature
from tests.standin.replies import Fault
from tests.standin.server import control

TO, OTHER = "+37251234567", "+37257654321"
URL = "https://callback.example/delivery-reports/k"
SIGNED = {"authorization": "Basic " + b64encode(b"messente-user:messente-password").decode()}

REFUSED = {"400": 400, "401": 401, "403": 403, "429": 429, "429_without_time": 429, "503": 503}


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.time


@pytest.fixture
def now() -> Now:
    """Make a clock that stands still."""
    return Now()


@pytest.fixture
def messente(now: Now) -> Messente:
    """Make a stand-in with that clock."""
    return Messente(clock=now, delays=Delays(report=1, slow=4))


def send(messente: Messente, to: str = TO) -> Reply:
    """Send one text that asks for reports."""
    content = {"to": to, "messages": [{"channel": "rcs", "text": "Hi"}, {"channel": "sms", "text": "Hi"}]}
    body = json.dumps({**content, "dlr_url": URL}).encode()
    return messente.handle(Request("POST", "/v1/omnimessage", SIGNED, body))


def told(messente: Messente, now: Now) -> list[tuple[str, str]]:
    """List the status and the channel of every report that there will ever be, in order."""
    reports = messente.reports_due(now.time + 10**6)
    return [(each.status, json.loads(each.body)["channel"]) for each in reports]


def status(messente: Messente, index: int = 0) -> Any:
    """Ask for the status of the last message that was accepted."""
    path = f"/v1/omnimessage/{messente.accepted[-1].omnimessage_id}/status"
    return json.loads(messente.handle(Request("GET", path, SIGNED, b"")).body)["statuses"][index]["status"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_accept_log_tells_which_answers_accept(messente: Messente, answer: str) -> None:
    """An answer that says or hides that Messente accepted leaves a message in the log, and no other does."""
    messente.faults.put(Rule(TO, answer))
    reply = send(messente)
    accepts = answer not in {*REFUSED, "cut"}
    assert [each.to for each in messente.accepted] == ([TO] if accepts else [])
    assert bool(reply.omnimessage_id) == accepts


@pytest.mark.parametrize(("answer", "status"), REFUSED.items())
def test_an_answer_by_its_status(messente: Messente, answer: str, status: int) -> None:
    """A rule that is named after a status is answered with it."""
    messente.faults.put(Rule(TO, answer))
    assert send(messente).status == status


def test_answers_that_do_not_arrive(messente: Messente) -> None:
    """Connections are cut or hang, and an interim answer comes first."""
    replies = {}
    for answer in ("cut", "cut_after_accept", "hang_after_accept", "103", "500_after_accept"):
        messente.faults.put(Rule(TO, answer))
        replies[answer] = send(messente)
    assert replies["cut"].fault is replies["cut_after_accept"].fault is Fault.CUT
    assert replies["hang_after_accept"].fault is Fault.HANG
    assert b" 103 " in replies["103"].interim
    assert replies["103"].status == 201
    assert replies["500_after_accept"].status == 500


def test_a_rule_is_for_its_recipient(messente: Messente) -> None:
    """Others are answered as ever, and a rule for everybody gives way to the recipient's own."""
    messente.faults.put(Rule(TO, "400"))
    assert (send(messente, TO).status, send(messente, OTHER).status) == (400, 201)
    messente.faults.put(Rule(EVERYBODY, "503"))
    assert (send(messente, TO).status, send(messente, OTHER).status) == (400, 503)


def test_a_rule_ends_after_so_many_sends(messente: Messente) -> None:
    """What is left of it can be seen."""
    messente.faults.put(Rule(EVERYBODY, "503", times=2))
    assert send(messente).status == 503
    assert messente.faults.rules == [Rule(EVERYBODY, "503", times=1)]
    assert [send(messente, OTHER).status, send(messente).status] == [503, 201]
    assert messente.faults.rules == []


def test_a_rule_that_changes_nothing_removes(messente: Messente) -> None:
    """The recipient is one like any other again."""
    messente.faults.put(Rule(TO, "400"))
    messente.faults.put(Rule(TO))
    assert messente.faults.rules == []
    assert send(messente).status == 201


def test_a_reserved_number_can_be_made_usual(messente: Messente) -> None:
    """A rule goes before what a number is reserved for, in its answer and in its course."""
    messente.faults.put(Rule(numbers.UNAVAILABLE, "accept"))
    assert send(messente, numbers.UNAVAILABLE).status == 201
    messente.faults.put(Rule(numbers.EXPIRED, course="usual"))
    send(messente, numbers.EXPIRED)
    assert messente.accepted[-1].steps()[-1].status == "SEEN"


def test_a_rule_for_the_course_leaves_the_answer(messente: Messente) -> None:
    """A number that is reserved for its answer keeps it."""
    messente.faults.put(Rule(numbers.CUT_AFTER_ACCEPT, course="fail"))
    assert send(messente, numbers.CUT_AFTER_ACCEPT).fault is Fault.CUT


@pytest.mark.parametrize(
    ("course", "reports"),
    {
        "usual": ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
        "fail": ["ACK rcs", "FAILED rcs", "ACK sms", "FAILED sms"],
        "expire": ["ACK rcs", "EXPIRED rcs", "ACK sms", "EXPIRED sms"],
        "undelivered": ["ACK rcs", "UNDELIV rcs", "ACK sms", "UNDELIV sms"],
        "fail_then_next": ["ACK rcs", "FAILED rcs", "ACK sms", "DELIVRD sms"],
        "none": [],
        "unreported": [],
        "reversed": ["SEEN rcs", "DELIVRD rcs", "ACK rcs"],
        "doubled": ["ACK rcs", "ACK rcs", "DELIVRD rcs", "DELIVRD rcs", "SEEN rcs", "SEEN rcs"],
        "wrong_signature": ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
        "unsigned": ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
        "late": ["ACK rcs", "DELIVRD rcs", "SEEN rcs"],
    }.items(),
)
def test_what_a_course_reports(messente: Messente, now: Now, course: str, reports: list[str]) -> None:
    """Every course is one of the reserved numbers', for a recipient of one's own."""
    messente.faults.put(Rule(TO, course=course))
    send(messente)
    assert [f"{status} {channel}" for status, channel in told(messente, now)] == reports


def test_every_course_is_tested() -> None:
    """The table above has each of them."""
    [mark] = [each for each in test_what_a_course_reports.pytestmark if each.name == "parametrize"]  # type: ignore[attr-defined]
    assert {course for course, _ in mark.args[1]} == set(COURSES)


def test_late_reports_are_late(messente: Messente, now: Now) -> None:
    """The message is seen on the phone long before Messente says so."""
    messente.faults.put(Rule(TO, course="late"))
    send(messente)
    now.time += 10
    assert messente.reports_due(now.time) == []
    assert status(messente) == "SEEN"


@pytest.mark.parametrize(("mode", "expected"), [(Mode.RATE_LIMITED, 429), (Mode.DOWN, 503)])
def test_messente_as_a_whole_refuses(messente: Messente, mode: Mode, expected: int) -> None:
    """Sends and questions are refused, and nothing is accepted, until it is up again."""
    send(messente)
    messente.faults.mode = mode
    path = f"/v1/omnimessage/{messente.accepted[-1].omnimessage_id}/status"
    assert send(messente).status == expected
    assert messente.handle(Request("GET", path, SIGNED, b"")).status == expected
    assert len(messente.accepted) == 1
    messente.faults.mode = Mode.UP
    assert send(messente).status == 201


def test_messente_as_a_whole_is_slow(messente: Messente) -> None:
    """Each answer is late by Delays.slow."""
    messente.faults.mode = Mode.SLOW
    reply = send(messente)
    assert (reply.status, reply.delay) == (201, 4)


def test_a_mistake_in_a_rule_is_refused() -> None:
    """A rule that would silently do nothing is none."""
    for wrong in ({"answer": "200"}, {"course": "teleport"}, {"answer": "cut", "times": 0}):
        with pytest.raises(ValueError, match=r"is one of|at least one"):
            Rule(TO, **wrong)


@pytest.mark.parametrize("status_", KNOWN)
def test_a_report_by_hand_is_messentes_word(messente: Messente, now: Now, status_: str) -> None:
    """It is signed, goes to the URL of the message, and GET status tells the same from then on."""
    messente.faults.put(Rule(TO, course="none"))
    send(messente)
    now.time += 5
    report = messente.report_now(messente.accepted[0], KNOWN[status_])
    assert report is not None
    assert (report.url, report.status, report.at) == (URL, status_, now.time)
    assert status(messente) == status_


@pytest.mark.parametrize("signature", [Signature.WRONG, Signature.MISSING])
def test_a_forged_report_is_not(messente: Messente, signature: Signature) -> None:
    """What somebody else reports is not what Messente says when it is asked."""
    messente.faults.put(Rule(TO, course="none"))
    send(messente)
    step = replace(KNOWN["SEEN"], signature=signature)
    right, forged = (messente.report_now(messente.accepted[0], each) for each in (KNOWN["ACK"], step))
    assert forged is not None
    assert right is not None
    assert forged.headers.get("X-Messente-Signature") != right.headers["X-Messente-Signature"]
    assert status(messente) == "ACK"


def test_what_came_in_and_what_was_answered_is_told(messente: Messente) -> None:
    """Each request is told before its answer, with the answer as it goes out."""
    seen: list[Any] = []
    messente.on_request = lambda request: seen.append(request.method)
    messente.on_reply = lambda request, reply: seen.append((request.method, reply.status, reply.delay))
    messente.faults.mode = Mode.SLOW
    send(messente)
    assert seen == ["POST", ("POST", 201, 4)]


def test_reset_ends_all_faults(messente: Messente) -> None:
    """A stand-in that is as new does as it should."""
    messente.faults.put(Rule(EVERYBODY, "cut"))
    messente.faults.mode = Mode.DOWN
    messente.reset()
    assert (messente.faults.rules, messente.faults.mode) == ([], Mode.UP)


def test_other_programs_set_faults_too(messente: Messente) -> None:
    """The control paths of the server put rules in force and change the mode."""
    carrier = Courier(messente)
    rule = json.dumps({"to": TO, "answer": "503", "times": 1}).encode()
    assert control(messente, carrier, "POST", "faults", rule).status == 200
    assert control(messente, carrier, "POST", "mode", b'{"mode": "slow"}').status == 200
    assert messente.faults.rules == [Rule(TO, "503", times=1)]
    assert send(messente).delay == 4
