"""An operator and a lost answer: every course of words, cancellations, resends and reports up to a length."""

from collections.abc import Callable
from typing import Any

from messente_rcs.sending.resolve import REPORT_TIME
from tests.model.profile import FACTOR, figures
from tests.model.system import System
from tests.standin.faults import Rule
from tests.support.callback import report
from tests.support.world import TEXT, TO, message

LENGTH = 3 if FACTOR <= 1 else 4  # of a course, before the last reports come
LATER = "2026-11-30T12:00:00Z"  # a week after the world begins


class Course(System):
    """One message that waits at Messente for its time, and everybody who has to do with it."""

    def __init__(self) -> None:
        super().__init__(0)
        self.seen: dict[str, Any] = {}  # the record before the last act
        self.seen_before: dict[str, Any] = {}  # and before the one before that
        self.note("k", TEXT, resend=False)
        self.send("cut_after_accept")

    def act(self, name: str) -> bool:
        """Do something, and check what must hold; tell whether it changed anything."""
        self.seen_before, self.seen, accepted = self.seen, self.item("k"), len(self.accepted("k"))
        ACTS[name](self)
        self.check()
        return self.item("k") != self.seen or len(self.accepted("k")) != accepted

    def _check_delivery(self, *_: object) -> None:
        """Messente reports here before the time of the message has come."""

    def send(self, answer: str) -> None:
        """Hand the message in, with or without a word of what was there before."""
        self.world.messente.faults.put(Rule(TO, answer, times=1))
        self.post(self.other, message(time_to_send=LATER), "k", calm=True)
        self.world.messente.faults.reset()

    def word(self, word: str, seen: dict[str, Any]) -> None:
        """Say what became of the attempt that was seen, if it was unknown."""
        if since := seen.get("unknown_since"):
            self.sleep(REPORT_TIME)
            status = self.say(self.other, word, "k", since, calm=True)
            assert (status == 200) == (self.seen.get("unknown_since") == since), "a word on another attempt"

    def report(self, number: int) -> None:
        accepted = self.accepted("k")[number]
        status = "DELETED" if self.world.messente.is_cancelled(accepted) else "ACK"
        assert self.take(self.other, report(accepted, status)) == 200, "a report that an attempt explains"
        assert accepted.omnimessage_id in self.item("k")["omnimessage_ids"]
        assert "resolution" not in self.item("k")

    def end(self, order: int) -> None:
        """Let all reports come, in an order of their own, and twice; then nobody's word is needed any more."""
        for number in list(range(len(self.accepted("k"))))[:: -1 if order else 1] * 2:
            self.report(number)
            self.check()
        assert self.state("k") in ("sent", "cancelled")
        assert self.cancel(self.other, "k") == 200
        assert all(map(self.world.messente.is_cancelled, self.accepted("k")))
        self.check()


ACTS: dict[str, Callable[[Course], object]] = {
    "not sent": lambda course: course.word("not_sent", course.seen),
    "not sent, as seen before": lambda course: course.word("not_sent", course.seen_before),
    "sent": lambda course: course.word("sent", course.seen),
    "sent as": lambda course: course.word("sent as", course.seen),  # as Messente's dashboard shows it
    "never": lambda course: course.word("final", course.seen),
    "cancel": lambda course: course.cancel(course.other, "k"),
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
