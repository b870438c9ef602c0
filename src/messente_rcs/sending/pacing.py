"""Every pause, delay and reserve of time around a send (src/docs/protocol.md "Retries")."""

import random
from collections.abc import Callable

from messente_rcs.messente.answers import Answer, AnswerKind

# Seconds of an invocation that are kept free.
CLAIM_TIME = 3.0  # for the claim, with the SDK's retries
RECORD_TIME = 2.0  # for the record step
LEASE_MARGIN = 2.0  # by which a lease outlives its invocation

# Seconds by which clocks may differ, and more than an invocation lasts: for so long after the end of a lease its owner
# may still be at work.
CLOCK_TOLERANCE = 60.0

# Seconds for which a look at the list of opt-outs holds: a stop word that came since is seen before the POST.
LOOK_HOLDS = 1.0

# Pauses in place, in seconds.
FIRST_PAUSE = 0.25  # less up to half of it by chance; each further pause is longer by PAUSE_GROWTH
PAUSE_GROWTH = 1.5
FIRST_RECEIVES = 3  # of a message, after which a Retry-After is waited for in place

# Delays in the queue, in seconds.
FIRST_DELAY = 5
LONGEST_DELAY = 900
SPREAD = 3  # added at most to a Retry-After, so that not all messages come back at once
LONGEST_VISIBILITY = 43_200 - 300  # SQS allows 12 hours counted from the receive

RETRY_AFTER = 5  # seconds that a caller of the HTTP API is told to wait, where Messente names none


def pause(
    answer: Answer, repeats: int, receives: int | None, chance: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait in place before the POST is repeated for the `repeats`-th time; None: it is not repeated."""
    if answer.kind is not AnswerKind.THROTTLED:
        return None
    if answer.retry_after and receives is not None and receives <= FIRST_RECEIVES:
        return None
    longest = FIRST_PAUSE * PAUSE_GROWTH**repeats
    return max(longest * (0.5 + chance() / 2), answer.retry_after or 0)


def queue_delay(
    receives: int,
    answer_kind: AnswerKind | None = None,
    retry_after: float | None = None,
    chance: Callable[[], float] = random.random,
) -> int:
    """Seconds until the queue delivers a message again: doubling from 5 to 900, less up to half of it by chance.

    Twenty receives outlast an outage of an hour even when chance always picks the shortest. Retry-After is a minimum.
    """
    if answer_kind is AnswerKind.THROTTLED and retry_after and receives <= FIRST_RECEIVES:
        return int(min(retry_after + SPREAD * chance(), LONGEST_VISIBILITY))
    longest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(receives - 1, 10))
    return int(min(max(longest * (0.5 + chance() / 2), retry_after or 0), LONGEST_VISIBILITY))
