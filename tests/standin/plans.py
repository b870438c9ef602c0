"""What becomes of an accepted message, step by step, and which reserved number gets another course than usual."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from tests.standin import numbers

type Plan = Callable[[int], Iterable[Step]]


class Signature(Enum):
    """How a report is signed."""

    RIGHT = auto()
    WRONG = auto()  # well formed, by another password
    MISSING = auto()


@dataclass(frozen=True)
class Step:
    """A new status of the chain's message number `index`.

    `at`, when it happens, and `reported`, when it is reported (None: then), count Delays.report from the sending.
    An `early` one is reported before the answer to the POST.
    """

    status: str
    at: int
    index: int = 0
    err: int = 0
    error: str | None = None
    reported: tuple[int, ...] | None = None
    signature: Signature = Signature.RIGHT
    early: bool = False

    @property
    def reports(self) -> tuple[int, ...]:
        """When it is reported, in Delays.report."""
        return (self.at,) if self.reported is None else self.reported


ACK = Step("ACK", 1)
DELIVRD = Step("DELIVRD", 2)
SEEN = Step("SEEN", 3, err=10)  # err 10 means seen: nothing went wrong
FAILED = Step("FAILED", 2, err=1, error="Delivery failure")
EXPIRED = Step("EXPIRED", 2, err=2, error="Sending message expired")
UNDELIV = Step("UNDELIV", 2, err=1, error="Delivery failure")
USUAL = (ACK, DELIVRD, SEEN)
KNOWN = {each.status: each for each in (*USUAL, FAILED, EXPIRED, UNDELIV)}
LATENESS = 20  # Delays.report
FUTURE = Step("TELEPORTED", 1, err=4711, error="Not known yet when this was written")


def _always(*steps: Step) -> Plan:
    return lambda _: steps


def _usual(*, reported: tuple[int, ...] | None = None, signature: Signature = Signature.RIGHT) -> Plan:
    return _always(*(replace(each, reported=reported, signature=signature) for each in USUAL))


def _failing(end: Step) -> Plan:
    """Accepted by the operator, then failed, on one channel after the other."""

    def plan(channels: int) -> Iterable[Step]:
        for index in range(channels):
            yield replace(ACK, index=index, at=2 * index + 1)
            yield replace(end, index=index, at=2 * index + 2)

    return plan


PLANS: dict[str, Plan] = {
    numbers.REVERSED: _always(*(replace(step, reported=(at,)) for step, at in zip(USUAL, (5, 4, 3), strict=True))),
    numbers.DOUBLED: _always(*(replace(each, reported=(each.at, each.at)) for each in USUAL)),
    numbers.UNREPORTED: _usual(reported=()),
    numbers.NEVER_DONE: _always(),
    numbers.FAILED_THEN_NEXT: _always(
        ACK,
        FAILED,
        replace(ACK, index=1, at=3),
        replace(DELIVRD, index=1, at=4),
    ),
    numbers.EXPIRED: _failing(EXPIRED),
    numbers.UNDELIVERED: _failing(UNDELIV),
    numbers.BAD_SIGNATURE: _usual(signature=Signature.WRONG),
    numbers.NO_SIGNATURE: _usual(signature=Signature.MISSING),
    numbers.BEFORE_ANSWER: _always(replace(ACK, at=0, early=True), replace(DELIVRD, at=0, early=True), SEEN),
    numbers.UNKNOWN_STATUS: _always(FUTURE, DELIVRD),
    numbers.FAILED: _failing(FAILED),
    numbers.LATE: _always(*(replace(each, reported=(each.at + LATENESS,)) for each in USUAL)),
}


def steps(to: str, channels: int) -> list[Step]:
    """List what becomes of a message to this recipient over so many channels, in the order in which it happens."""
    planned = PLANS.get(to, _always(*USUAL))(channels)
    return sorted((each for each in planned if each.index < channels), key=lambda each: each.at)
