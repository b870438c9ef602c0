"""The backoff between two receives of a queued message."""

import pytest

from messente_rcs.sending.pacing import queue_delay

RECEIVES = 20  # maxReceiveCount in the template, checked against it in test_template.py


def test_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    """5, 10, 20 … 900 seconds, when chance picks the longest."""
    longest = [queue_delay(receives, chance=lambda: 1.0) for receives in range(1, 12)]
    assert longest == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_twenty_receives_outlast_an_outage_of_an_hour(chance: float) -> None:
    """Even when chance always picks the shortest delay."""
    assert sum(queue_delay(receives, chance=lambda: chance) for receives in range(1, RECEIVES)) > 3600


def test_chance_spreads_the_retries_and_retry_after_is_a_minimum() -> None:
    """Messages that failed together do not come back together; SQS hides a message for at most twelve hours."""
    assert (queue_delay(9, chance=lambda: 0.0), queue_delay(9, chance=lambda: 1.0)) == (450, 900)
    assert queue_delay(1, retry_after=60.0, chance=lambda: 0.0) == 60
    assert queue_delay(9, retry_after=1.0, chance=lambda: 0.0) == 450
    assert queue_delay(1, retry_after=1e9, chance=lambda: 0.0) < 43_200
