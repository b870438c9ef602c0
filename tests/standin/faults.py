"""What is made to go wrong while the stand-in runs: rules for recipients, and a mode for Messente as a whole.

A rule treats a recipient as if it were one of the reserved numbers: one for the answer, one for the course and the
reports. A reserved number keeps its own way in whatever the rule leaves open.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from tests.standin import numbers
from tests.standin.replies import TOO_MANY, UNAVAILABLE

EVERYBODY = "*"
_NO_NUMBER = ""  # it is reserved for nothing, so that all goes as usual


class Choice(NamedTuple):
    """The reserved number that a rule imitates, and what that means in a sentence."""

    number: str
    says: str


ANSWERS: Mapping[str, Choice] = {
    "accept": Choice(_NO_NUMBER, "Messente accepts the message and answers 201."),
    "400": Choice(numbers.BAD_REQUEST, "Messente refuses the content with 400."),
    "401": Choice(numbers.UNAUTHORIZED, "Messente refuses the credentials with 401."),
    "403": Choice(numbers.FORBIDDEN, "Messente forbids the request with 403."),
    "429": Choice(numbers.TOO_MANY, "Messente has too many requests and answers 429."),
    "429_without_time": Choice(numbers.THROTTLED, "Messente answers 429 and does not say when to try again."),
    "503": Choice(numbers.UNAVAILABLE, "Messente is not available and answers 503."),
    "500_after_accept": Choice(numbers.SERVER_ERROR_AFTER_ACCEPT, "Messente accepts the message, but answers 500."),
    "cut": Choice(numbers.CUT, "The connection is cut, and Messente does not accept the message."),
    "cut_after_accept": Choice(numbers.CUT_AFTER_ACCEPT, "Messente accepts the message, and its answer is cut off."),
    "hang_after_accept": Choice(numbers.HANG_AFTER_ACCEPT, "Messente accepts the message and never answers."),
    "103": Choice(numbers.EARLY_HINTS, "Messente answers 103 Early Hints, and 201 a while later."),
}

COURSES: Mapping[str, Choice] = {
    "usual": Choice(_NO_NUMBER, "The message is delivered and seen."),
    "fail": Choice(numbers.FAILED, "The message fails on each channel."),
    "expire": Choice(numbers.EXPIRED, "The message expires on each channel."),
    "undelivered": Choice(numbers.UNDELIVERED, "The message is undeliverable on each channel."),
    "fail_then_next": Choice(numbers.FAILED_THEN_NEXT, "RCS fails, and the next channel delivers the message."),
    "none": Choice(numbers.NEVER_DONE, "The message gets nowhere, and nothing is reported."),
    "unreported": Choice(numbers.UNREPORTED, "The message is seen, but nothing is reported."),
    "reversed": Choice(numbers.REVERSED, "The reports arrive in reverse order."),
    "doubled": Choice(numbers.DOUBLED, "Each report arrives twice."),
    "wrong_signature": Choice(numbers.BAD_SIGNATURE, "The reports are signed with another password."),
    "unsigned": Choice(numbers.NO_SIGNATURE, "The reports have no signature."),
    "late": Choice(numbers.LATE, "The reports arrive long after the message."),
}


class Mode(StrEnum):
    """How Messente as a whole does."""

    UP = "up"
    SLOW = "slow"
    RATE_LIMITED = "rate_limited"
    DOWN = "down"


MODES = {
    Mode.UP: "Messente answers at once.",
    Mode.SLOW: "Messente answers each request late.",
    Mode.RATE_LIMITED: "Messente answers each request with 429.",
    Mode.DOWN: "Messente answers each request with 503.",
}
REFUSED = {Mode.RATE_LIMITED: TOO_MANY, Mode.DOWN: UNAVAILABLE}


@dataclass(frozen=True)
class Rule:
    """What happens to the next `times` sends (None: to all) to a recipient, or to EVERYBODY.

    `answer` is one of ANSWERS, `course` one of COURSES; None leaves it as it is. Anything else raises ValueError.
    """

    to: str
    answer: str | None = None
    course: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        for what, name, known in (("answer", self.answer, ANSWERS), ("course", self.course, COURSES)):
            if name is not None and name not in known:
                raise ValueError(f"{what}: one of {', '.join(known)}")
        if self.times is not None and self.times < 1:
            raise ValueError("a rule is for at least one time")


class Faults:
    """The rules in force, one for each recipient, and the mode. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._rules: dict[str, Rule] = {}
            self.mode = Mode.UP

    @property
    def rules(self) -> list[Rule]:
        with self._lock:
            return list(self._rules.values())

    def put(self, rule: Rule) -> None:
        """Put a rule in force, in place of the one for the same recipient; one that changes nothing removes it."""
        with self._lock:
            self._rules.pop(rule.to, None)
            if rule.answer or rule.course:
                self._rules[rule.to] = rule

    def take(self, to: str) -> Rule:
        """Count one send to a recipient, and return what applies to it: its own rule before that for everybody."""
        with self._lock:
            rule = self._rules.get(to) or self._rules.get(EVERYBODY)
            if rule is None:
                return Rule(to)
            if rule.times == 1:
                del self._rules[rule.to]
            elif rule.times:
                self._rules[rule.to] = replace(rule, times=rule.times - 1)
            return replace(rule, to=to)
