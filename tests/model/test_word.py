"""An operator and a lost answer: every course of words, cancellations, resends and reports up to a length."""

import json
from collections.abc import Callable
from typing import Any

from messente_rcs.sending.resolve import REPORT_TIME
from tests.model.profile import FACTOR, figures
from tests.standin.faults import Rule
from tests.support.callback import Callback, report, sending
from tests.support.records import check_item
from tests.support.world import TO, World, http_event, message

LENGTH = 3 if FACTOR <= 1 else 4  # of a course, before the last reports come
LATER = "2026-11-30T12:00:00Z"  # a week after the world begins


class Course:
    """One message that waits at Messente for its time, and everybody who has to do with it."""

    def __init__(self) -> None:
        self.world = World()
        self.app, self.callback = sending(self.world), Callback(self.world)
        self.freed: set[str] = set()  # since when the attempts were unknown that a person called not sent
        self.seen: dict[str, Any] = {}  # the record before the last act
        self.seen_before: dict[str, Any] = {}  # and before the one before that
        self.send("cut_after_accept")

    @property
    def item(self) -> dict[str, Any]:
        return self.world.item("k") or {}

    def act(self, name: str) -> bool:
        """Do something, and check what must hold; tell whether it changed anything."""
        before, accepted = self.item, len(self.world.messente.accepted)
        self.seen_before, self.seen = self.seen, before
        ACTS[name](self)
        self.check()
        return self.item != before or len(self.world.messente.accepted) != accepted

    def check(self) -> None:
        """The record is true, and each acceptance but the first was a person's word on the attempt before."""
        item, accepted = self.item, self.world.messente.accepted
        check_item(item, accepted, 1 + len(self.freed))
        if item["state"] == "cancelled":
            confirmed = [each for each in accepted if each.omnimessage_id in item.get("cancelled_ids", ())]
            assert item.get("closed") or confirmed == accepted
            assert all(map(self.world.messente.is_cancelled, confirmed))

    def send(self, answer: str) -> None:
        """Hand the message in, with or without a word of what was there before."""
        self.world.messente.faults.put(Rule(TO, answer, times=1))
        self.call("POST", "", message("k", time_to_send=LATER))
        self.world.messente.faults.reset()

    def say(self, outcome: str, seen: dict[str, Any], **more: Any) -> None:
        """Say what became of the attempt that was seen, if it was unknown."""
        if "unknown_since" not in seen:
            return
        self.world.clock.advance(REPORT_TIME)
        since, before = seen["unknown_since"], self.item
        status, _ = self.call("POST", "/k/resolution", {"outcome": outcome, "unknown_since": since} | more)
        assert (status == 200) == (before.get("unknown_since") == since), "a word on another attempt"
        if status == 200 and outcome == "not_sent" and "final" not in more:
            assert since not in self.freed
            self.freed.add(since)

    def cancel(self) -> None:
        status, body = self.call("DELETE", "/k")
        assert (status == 200) == (body["state"] == "cancelled")

    def report(self, number: int) -> None:
        accepted = self.world.messente.accepted[number]
        status = "DELETED" if self.world.messente.is_cancelled(accepted) else "ACK"
        assert self.callback.take(report(accepted, status)) == [200], "a report that an attempt explains"
        assert accepted.omnimessage_id in self.item["omnimessage_ids"]
        assert "resolution" not in self.item

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        answer = self.app.handle(http_event(method, path, body), self.world.remaining())
        return answer["statusCode"], json.loads(answer["body"])

    def end(self, order: int) -> None:
        """Let all reports come, in an order of their own, and twice; then nobody's word is needed any more."""
        numbers = range(len(self.world.messente.accepted))
        for number in [*numbers, *numbers][:: -1 if order else 1]:
            self.report(number)
            self.check()
        assert self.item["state"] in ("sent", "cancelled")
        assert self.call("DELETE", "/k")[0] == 200
        assert all(map(self.world.messente.is_cancelled, self.world.messente.accepted))
        self.check()


def name_rightly(course: Course) -> None:
    """Say that it was sent, as Messente's dashboard shows it."""
    course.say("sent", course.item, omnimessage_id=course.world.messente.accepted[-1].omnimessage_id)


ACTS: dict[str, Callable[[Course], None]] = {
    "not sent": lambda course: course.say("not_sent", course.item),
    "not sent, as seen before": lambda course: course.say("not_sent", course.seen_before),
    "sent": lambda course: course.say("sent", course.item),
    "sent as": name_rightly,
    "never": lambda course: course.say("not_sent", course.item, final=True),
    "cancel": lambda course: course.cancel(),
    "send": lambda course: course.send("accept"),
    "send and lose": lambda course: course.send("cut_after_accept"),
    "refuse": lambda course: course.send("503"),
    "report the first": lambda course: course.report(0),
    "report the last": lambda course: course.report(-1),
}


def explore(course: tuple[str, ...]) -> None:
    """Go a course, end it in two ways, and go on from there unless its last act changed nothing."""
    for order in range(2):
        one = Course()
        changed = [one.act(name) for name in course]
        one.end(order)
    figures["courses of words"] += 1
    if len(course) < LENGTH and all(changed):
        for name in ACTS:
            explore((*course, name))


def test_every_course_of_words() -> None:
    """One acceptance for each rightly timed word, a record that is true, and no report that is refused for ever."""
    for name in ACTS:
        explore((name,))
