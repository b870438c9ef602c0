"""The tables of Messente's words, and the one word for a chain: every combination against a rule stated on its own."""

from __future__ import annotations

import itertools

import pytest

from messente_rcs.tracking.report import ERRORS, NEW_STATUS, STATUSES, overall, status_of

# Messente's statuses, in the order of its documentation. None: still processing, or nothing was reported yet.
CLASSES: dict[str | None, str] = {
    None: "open",
    "ACK": "open",
    "ACCEPTD": "open",
    "UNKNOWN": "open",
    "DELIVRD": "delivered",
    "SEEN": "seen",
    "UNDELIV": "failed",
    "FAILED": "failed",
    "REJECTD": "failed",
    "EXPIRED": "expired",
    "NACK": "failed",
    "DELETED": "failed",
}
NEW = "TELEPORTED"  # an invented status of the future
UNHEARD = "unheard of"  # a channel of which no message is known yet
CHANNELS = ("rcs", "sms", "viber")


def expected(classes: set[str]) -> str:
    """State the rule in another way: the best that happened to any part, and failure only of all together."""
    if "seen" in classes:
        return "seen"
    if "delivered" in classes:
        return "delivered"
    if "open" in classes:
        return "pending"
    return "expired" if classes == {"expired"} else "failed"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_combination_of_a_chain(length: int) -> None:
    """Each status of each channel, none yet and an unknown one included, gives what the rule says, and by whom."""
    classes: dict[str | None, str] = {**CLASSES, NEW: "open", UNHEARD: "open"}
    channels = CHANNELS[:length]
    for statuses in itertools.product(classes, repeat=length):
        parts = dict(zip(channels, statuses, strict=True))
        messages = [{"channel": name, "status": said} for name, said in parts.items() if said != UNHEARD]
        word = expected({classes[said] for said in statuses})
        makers: set[str | None] = {name for name, said in parts.items() if classes[said] == word}
        delivery, by = overall(messages, channels)
        assert delivery == word, parts
        assert by in (makers if word in ("seen", "delivered") else {None}), parts


@pytest.mark.parametrize(
    ("messages", "channels", "word"),
    [
        ([], ["rcs"], "pending"),
        ([], [], "pending"),
        ([{}], [], "pending"),
        ([{"status": "SEEN"}], ["rcs"], "seen"),
        ([{"channel": "rcs", "status": 5}], ["rcs"], "pending"),
        # Two attempts over one channel, under `resend`: a failed one does not speak for the other.
        ([{"channel": "rcs", "status": "FAILED"}, {"channel": "rcs"}], ["rcs"], "pending"),
        ([{"channel": "rcs", "status": "FAILED"}, {"channel": "rcs", "status": "DELIVRD"}], ["rcs"], "delivered"),
    ],
)
def test_what_no_chain_should_look_like(messages: list[dict[str, object]], channels: list[str], word: str) -> None:
    """Nothing known, nothing named and two attempts at once have an answer too."""
    assert overall(messages, channels)[0] == word


def test_every_documented_status_has_its_meaning() -> None:
    """The table holds what Messente documents, no more, and in the same classes."""
    delivery = {"open": "pending"}
    documented = {name: delivery.get(word, word) for name, word in CLASSES.items() if name}
    assert {name: str(status.delivery) for name, status in STATUSES.items()} == documented
    assert all(status.meaning for status in STATUSES.values())


def test_no_two_statuses_share_a_rank() -> None:
    """Otherwise the order of arrival would decide."""
    ranks = [status.rank for status in (*STATUSES.values(), NEW_STATUS)]
    assert len(set(ranks)) == len(ranks)
    assert min(ranks) > 0


def test_ranks_follow_the_course_of_a_message() -> None:
    """Open before failed, failed before delivered, delivered before seen; what is new counts as open."""
    words = [str(status.delivery) for status in sorted(STATUSES.values(), key=lambda status: status.rank)]
    course = [name for name, _ in itertools.groupby(word.replace("expired", "failed") for word in words)]
    assert course == ["pending", "failed", "delivered", "seen"]
    assert status_of(NEW) is NEW_STATUS
    assert NEW_STATUS.rank < min(status.rank for status in STATUSES.values() if status.delivery != "pending")


def test_every_documented_error_code_has_its_meaning() -> None:
    """Ten is no error: it accompanies SEEN."""
    assert set(ERRORS) == {*range(11), 999}
    assert ERRORS[10] == "seen"
    assert all(ERRORS.values())
