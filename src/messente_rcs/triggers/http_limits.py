"""Until when an HTTP request must be answered: before the front end gives the answer up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds from when the front end took the request. A REST API waits for 29 and an HTTP API for 30, then it answers by
# itself. A caller without a key would take that answer for a failure, and send the message again under another id.
ANSWER_WITHIN = 28.0

# Seconds. A request that seems older, or to come from the future, says that clocks differ, and not how old it is.
OLDEST = 180.0


def answer_in_time(
    taken_at: float | None, clock: Callable[[], float], remaining: Callable[[], float]
) -> Callable[[], float]:
    """Make what tells the seconds that are left to answer a request, which are no more than those of the invocation.

    They are counted from when the front end took it, as a cold start may come in between; or else from now.
    """
    now = clock()
    age = now - taken_at if taken_at is not None else 0.0
    answer_by = now + ANSWER_WITHIN - (age if 0 <= age <= OLDEST else 0.0)
    return lambda: min(remaining(), answer_by - clock())
