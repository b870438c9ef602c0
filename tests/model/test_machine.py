"""The real code in any course of events that hypothesis thinks of: nothing twice, nothing lost, no record untrue."""

import sys
import time
from collections.abc import Callable
from typing import Any

from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from messente_rcs.records.record import SHARDS, timestamp
from tests.model.faults import lose, refuse
from tests.model.profile import COURSES, SEED, figures, profile
from tests.model.queue import Message
from tests.model.system import Origin, Process, System, text_of
from tests.standin import numbers

TO = "+37255512345"
# Whom a message goes to decides what Messente does; in one case of three nothing odd.
RECIPIENTS = [
    *[TO] * 20,
    *[numbers.CUT_AFTER_ACCEPT] * 8,
    *(to for name, to in numbers.BY_NAME.items() if name != "HUGE"),
    *(numbers.HANG_AFTER_ACCEPT, numbers.UNAVAILABLE_ONCE, numbers.CUT),
    *numbers.REPORTS_BY_NAME.values(),
]
BUSY = ["again", "late", "reports", "healed", "reconcile", "cancel", "rotate", "word"]  # others act in between
FAULTS = ["die", "die", "lose", "lose", "refuse", "repeat", "away", "away", "stop", *BUSY, "healed"]
QUERIES = 4 * SHARDS - 3  # steps of the reconciler that trouble passes over: it begins with a query for each shard
CLOCKS = [0.0, 0.0, -3.0, 3.0, 8.0, 40.0]  # seconds by which a clock is ahead
PAUSES = [1.0, 5.0, 12.0, 31.0, 61.0, 200.0, 400.0, 4000.0, 30_000.0, 90_000.0]

# Every draw has the same shape whatever happened before, so that a course can be repeated from its draws.
PICKS = st.integers(0, 59)
# Most calls of a function take four to eight steps.
TROUBLE = st.tuples(st.sampled_from([*range(6), *range(6), *range(12)]), st.sampled_from([None] * 5 + FAULTS))

type Trouble = tuple[int, str | None]


class Machine(RuleBasedStateMachine):
    """Everything that can happen, one rule each; most rules may meet trouble half way."""

    @initialize(one=st.sampled_from(CLOCKS), another=st.sampled_from(CLOCKS))
    def begin(self, one: float, another: float) -> None:
        """No two machines agree on the time."""
        self.system = System(0, one, another)
        figures["courses"] += 1

    # Messages come in.

    @rule(
        way=st.sampled_from(["sqs", "sqs", "sqs", "event", "api", "api", "invoke"]),
        key=st.integers(0, 4),
        to=st.sampled_from(RECIPIENTS),
        variant=st.sampled_from([0, 0, 0, 0, 1]),
        steer=st.sampled_from([None, None, None, "resend", "resend", "soon", "expired"]),
        scheduled=st.sampled_from([None, None, 3600.0]),
        trouble=TROUBLE,
    )
    def submit(
        self,
        way: str,
        key: int,
        to: str,
        variant: int,
        steer: str | None,
        scheduled: float | None,
        trouble: Trouble,
    ) -> None:
        """Somebody wants a message sent, by a key that may be known already, or without one."""
        name, payload = self.system.payload(key, to, variant, scheduled)
        self._hand_in(way, name, payload, steer, trouble)

    def _hand_in(
        self, way: str, name: str | None, payload: dict[str, Any], steer: str | None, trouble: Trouble = (0, None)
    ) -> None:
        text, resend, expires_at = text_of(payload), steer == "resend", None
        if steer in ("soon", "expired"):
            expires_at = self.system.world.clock() + (30 if steer == "soon" else -1)
            payload = payload | {"expires_at": timestamp(expires_at)}
        elif resend:
            payload = payload | {"on_unknown": "resend"}
        match way:
            case "sqs":
                keyed = payload | ({"idempotency_key": name} if name else {})
                self.system.put(keyed, Origin(name, text, resend, expires_at))
            case "event":
                event_id = text.removeprefix("Text of ").replace(", ", "-").replace(" ", "-")
                event = {"detail-type": "RCS Message Requested", "id": event_id, "detail": payload}
                self.system.put(event, Origin(f"event:{event_id}", text, resend, expires_at))
            case "api":
                if name:
                    self.system.note(name, text, resend=resend)
                self.system.post(self._troubled(trouble, name), payload, name, calm=trouble[1] not in BUSY)
            case "invoke":
                name = name or "invoke-" + text.rpartition(" ")[2]
                self.system.note(name, text, resend=resend)
                self.system.invoke(self._troubled(trouble, name), payload, name, calm=trouble[1] not in BUSY)

    @rule()
    def submit_nonsense(self) -> None:
        self.system.put({"text": "Text of nobody"}, Origin(None, None))

    # The queue delivers.

    @rule(pick=PICKS, count=st.sampled_from([1, 1, 1, 2, 3]), process=st.integers(0, 1), trouble=TROUBLE)
    def deliver(self, pick: int, count: int, process: int, trouble: Trouble) -> None:
        """The queue hands over what is visible, or waits for the next to be."""
        queue = self.system.queue
        if not queue.visible() and (at := queue.next_visible()) is not None:
            self.system.sleep(at - self.system.world.clock())
        if visible := queue.visible():
            first = pick % len(visible)
            self._deliver(visible[first : first + count], process, trouble)

    @rule(pick=PICKS, process=st.integers(0, 1), trouble=TROUBLE)
    def deliver_again(self, pick: int, process: int, trouble: Trouble) -> None:
        """The queue hands a message over that is done, or in flight: it delivers at least once."""
        queue = self.system.queue
        if messages := queue.done + queue.waiting:
            self._deliver([messages[pick % len(messages)]], process, trouble)

    def _deliver(self, messages: list[Message], process: int, trouble: Trouble) -> None:
        self.system.deliver(self._troubled(trouble, None, process, messages[:1]), messages)

    # Messente reports.

    @rule(
        pick=PICKS,
        way=st.sampled_from(["once", "once", "all", "all", "twice", "drop"]),
        process=st.integers(0, 1),
        trouble=TROUBLE,
    )
    def report(self, pick: int, way: str, process: int, trouble: Trouble) -> None:
        """A report comes, whichever of those that are due; or comes twice, or never."""
        self.system.collect()
        mail = self.system.mail
        if not mail:
            return
        chosen = mail[pick % len(mail)]
        match way:
            case "drop":
                mail.remove(chosen)
            case "all":
                self._report_all()
            case _:
                status = self.system.take(self._troubled(trouble, None, process), chosen)
                if status == 200 and way == "once" and chosen in mail:
                    mail.remove(chosen)

    @rule(pick=PICKS, process=st.integers(0, 1))
    def misdirect(self, pick: int, process: int) -> None:
        """Somebody replays reports at the URLs of other messages."""
        self.system.collect()
        mail = self.system.mail
        for report in [mail[(pick + n) % len(mail)] for n in range(min(len(mail), 8))]:
            for message_id in list(self.system.dynamodb.written):
                self.system.misdirect(self.system.processes[process], report, message_id)

    def _report_all(self) -> None:
        self.system.collect()
        system = self.system
        system.mail = [each for each in reversed(system.mail) if system.take(system.other, each) != 200]
        system.check()

    # Time, operators, the schedule.

    @rule(seconds=st.sampled_from(PAUSES))
    def wait(self, seconds: float) -> None:
        self.system.sleep(seconds)

    @rule(process=st.integers(0, 1), trouble=TROUBLE)
    def reconcile(self, process: int, trouble: Trouble) -> None:
        step, kind = trouble
        chosen = self._troubled((step + QUERIES, kind), None, process)
        self.system.reconcile(chosen)

    @rule(messente_first=st.booleans(), sign_with_previous=st.booleans())
    def rotate(self, *, messente_first: bool, sign_with_previous: bool) -> None:
        """The password changes, at Messente or in the secret; the next time it follows in the other."""
        self.system.rotate(messente_first=messente_first, sign_with_previous=sign_with_previous)

    @rule(pick=PICKS)
    def redrive(self, pick: int) -> None:
        self.system.redrive(pick)

    @rule(pick=PICKS, way=st.sampled_from(["sqs", "api"]), trouble=TROUBLE)
    def resubmit(self, pick: int, way: str, trouble: Trouble) -> None:
        """An operator has an unknown message sent once more."""
        if unknown := [key for key in range(1, 5) if self.system.state(f"k-{key}") == "unknown"]:
            name, payload = self.system.payload(unknown[pick % len(unknown)], TO, 0, None)
            self._hand_in(way, name, payload, "resend", trouble)

    @rule(pick=PICKS, process=st.integers(0, 1), trouble=TROUBLE)
    def cancel(self, pick: int, process: int, trouble: Trouble) -> None:
        if ids := list(self.system.dynamodb.written):
            message_id = ids[pick % len(ids)]
            self.system.cancel(self._troubled(trouble, message_id, process), message_id)

    @rule()
    def look(self) -> None:
        self.system.look()

    @rule(
        pick=PICKS,
        word=st.sampled_from(["sent", "sent as", "sent as another", "not_sent", "not_sent", "not_sent", "final"]),
        again=st.booleans(),
        wait=st.sampled_from([0.0, 60.0, 301.0, 301.0, 301.0]),
        process=st.integers(0, 1),
        trouble=TROUBLE,
    )
    def say(self, pick: int, word: str, *, again: bool, wait: float, process: int, trouble: Trouble) -> None:
        """An operator says what became of a message that was unknown when they looked, just now or long ago."""
        if again:
            name, payload = self.system.payload(1 + pick % 4, numbers.CUT_AFTER_ACCEPT, 0, 3600.0 if pick % 2 else None)
            self._hand_in("api", name, payload, None)
            self.system.look()
        self.system.sleep(wait)
        if seen := self.system.looked_at:
            message_id, since = seen[pick % len(seen)]
            chosen = self._troubled(trouble, message_id, process)
            self.system.say(chosen, word, message_id, since, calm=trouble[1] not in BUSY)

    # Trouble.

    def _troubled(
        self, trouble: Trouble, message_id: str | None, process: int = 0, messages: list[Message] | None = None
    ) -> Process:
        chosen = self.system.processes[process]
        step, kind = trouble
        if kind:
            figures["faults"] += 1
        if kind == "repeat":
            self.system.dynamodb.times = 2
        elif kind:
            chosen.faults.arm(step, self._acts(chosen, message_id, messages or [])[kind])
        return chosen

    def _acts(
        self, process: Process, message_id: str | None, messages: list[Message]
    ) -> dict[str, Callable[[str, str], object]]:
        system = self.system

        def late(_step: str, _when: str) -> None:
            """Time goes on beyond the lease, and others see that."""
            system.oversleep()
            system.deliver(system.other, messages)

        def reconcile(_step: str, _when: str) -> None:
            """The same, but the reconciler sees it."""
            system.oversleep()
            system.reconcile(system.other)

        def healed(step: str, when: str) -> None:
            """Reports come first, and then the answer is lost."""
            system.sleep(61)
            self._report_all()
            lose(step, when)

        def word(step: str, when: str) -> None:
            """Time goes on, and an operator says of all that is unknown then that it is never to be sent."""
            reconcile(step, when)
            system.sleep(400)
            system.look()
            for name, since in system.looked_at:
                system.say(system.other, "final", name, since, calm=True)

        return {
            "die": process.faults.die,
            "away": process.faults.lose_the_table,
            "stop": lambda *_: system.stop(RECIPIENTS),
            "word": word,
            "lose": lose,
            "refuse": refuse,
            "again": lambda *_: system.deliver_meanwhile(messages),
            "late": late,
            "healed": healed,
            "reports": lambda *_: self._report_all(),
            "reconcile": reconcile,
            "cancel": lambda *_: system.cancel(system.other, message_id or "k-1"),
            "rotate": lambda *_: system.rotate(messente_first=True, sign_with_previous=False),
        }

    @invariant()
    def holds(self) -> None:
        figures["steps"] += 1
        self.system.dynamodb.times = 1
        self.system.start()
        self.system.check()

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:  # else it is over already
            self.system.drain()


def test_any_course_of_events() -> None:
    """At most one acceptance for each id (three under resend), no untrue record, and nothing without a place."""
    begin = time.monotonic()
    machine = seed(SEED)(Machine) if SEED is not None else Machine
    run_state_machine_as_test(machine, settings=profile(COURSES))
    figures["seconds of the machine"] = round(time.monotonic() - begin)
