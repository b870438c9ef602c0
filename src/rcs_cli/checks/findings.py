"""What a check finds, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"  # works, but somebody should look
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What a check found: `next` is the command that mends it, or in words what no command does."""

    verdict: Verdict
    told: str
    next: str = ""
    check: str = ""


def ok(told: str) -> Finding:
    """Say how it is."""
    return Finding(Verdict.OK, told)


def warn(told: str, next_: str) -> Finding:
    """Say what somebody should look at."""
    return Finding(Verdict.WARN, told, next_)


def fail(told: str, next_: str) -> Finding:
    """Say what does not work."""
    return Finding(Verdict.FAIL, told, next_)
