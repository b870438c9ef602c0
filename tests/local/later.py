"""Ask again where an answer says that it cannot be done now: on a busy machine a function may lack the time to send."""

import time
from collections.abc import Callable, Mapping
from typing import Any

ATTEMPTS = 10  # what is still not done then is told as it is
PAUSE = 1.0  # seconds, where an answer names none

LATER = frozenset({429, 503})


def pause_of(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait before a request is repeated, or None if its answer stands."""
    return float(headers.get("retry-after", PAUSE)) if status in LATER else None


def pause_of_invocation(answer: Any) -> float | None:
    """Return the seconds to wait before an invocation is repeated, or None if its answer stands."""
    return PAUSE if isinstance(answer, dict) and answer.get("errorType") == "NotSent" else None


def as_told[T](ask: Callable[[], T], pause: Callable[[T], float | None]) -> T:
    """Ask, and ask again as long as `pause` of the answer is a time to wait, ten times at most."""
    for _ in range(ATTEMPTS - 1):
        answer = ask()
        if (seconds := pause(answer)) is None:
            return answer
        time.sleep(seconds)
    return ask()
