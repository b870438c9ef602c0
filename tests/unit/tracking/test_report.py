"""Reports: the tables of Messente's words, the one word for a chain, and whose report it is."""

import itertools
import json
from typing import Any

import pytest

from messente_rcs.phone import is_same_number
from messente_rcs.tracking.report import NEW_STATUS, STATUSES, overall, status_of
from tests.standin import numbers
from tests.standin.messente import Accepted
from tests.support.callback import Callback, report, sending, signed
from tests.support.steps import CUT
from tests.support.world import TO, World, message

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


def test_ranks_follow_the_course_of_a_message() -> None:
    """Open before failed, failed before delivered, delivered before seen; no two are equal, and what is new is open."""
    ranks = [status.rank for status in (*STATUSES.values(), NEW_STATUS)]
    assert len(set(ranks)) == len(ranks)
    words = [str(status.delivery) for status in sorted(STATUSES.values(), key=lambda status: status.rank)]
    course = [name for name, _ in itertools.groupby(word.replace("expired", "failed") for word in words)]
    assert course == ["pending", "failed", "delivered", "seen"]
    assert status_of(NEW) is NEW_STATUS
    assert NEW_STATUS.rank < min(status.rank for status in STATUSES.values() if status.delivery != "pending")


# --- Whose report it is: by the omnimessage_id; only where a record has none by the recipient -------------------------


# What was sent to, and how an operator, a vendor or a person may write it.
SAME = [
    ("+37255512345", "+37255512345"),
    ("+37255512345", "37255512345"),
    ("+37255512345", "0037255512345"),
    ("+37255512345", "+372 5551 2345"),
    ("+37255512345", "(372) 555-12345"),
    ("+37255512345", "tel:+372-55512345"),
    ("+37255512345", "55512345"),
    ("+37255512345", "055512345"),
    ("+37255512345", "８１２５５512345"),  # noqa: RUF001 - digits of full width
    ("+525512345678", "+5215512345678"),
    ("+5215512345678", "+525512345678"),
    ("+5511987654321", "+551187654321"),
    ("+551187654321", "+5511987654321"),
    ("+447700900123", "07700900123"),
    ("+5491123456789", "+541123456789"),
    ("+1234567", "1234567"),
    ("+1234567", "+1 234 567"),
]
OTHERS = [
    ("+37255512345", "+37255512346"),
    ("+37255512345", "+37255521345"),
    ("+37255512345", "5551234"),
    ("+37255512345", "5512345"),  # seven digits of the end are too few
    ("+37255512345", "12345"),
    ("+1234567", "+2234567"),
    ("+1234567", "001234567"),
    ("+1234567", "234567"),
    ("+37255512345", ""),
    ("+37255512345", "unknown"),
    ("", ""),
]


@pytest.mark.parametrize(("sent_to", "reported"), [*SAME, *OTHERS])
def test_one_number_in_two_ways(sent_to: str, reported: str) -> None:
    """The same digits, or the same last eight; of a number with fewer digits all must be the same."""
    same = (sent_to, reported) in SAME
    assert [is_same_number(sent_to, reported), is_same_number(reported, sent_to)] == [same, same]


def told(accepted: Accepted, **changes: Any) -> dict[str, Any]:
    facts = {**json.loads(report(accepted, "SEEN").body), **changes}
    return signed(json.dumps({name: value for name, value in facts.items() if value is not ...}).encode())


@pytest.mark.parametrize(
    "to",
    ["37255512345", "0037255512345", "+372 5551 2345", "55512345", "+5215512345678", "", None, 37255512345, {}, ...],
)
def test_with_the_right_omnimessage_id_the_recipient_proves_nothing_more(
    world: World, callback: Callback, to: object
) -> None:
    """Whatever `to` says, in whatever form, the report is kept."""
    world.deliver(message("k"), sending(world))
    assert callback.handle(told(world.messente.accepted[0], to=to)) == (200, {"id": "k"})
    assert world.record_of("k")["delivery"] == "seen"


HEALS = ["37255500004", "0037255500004", "+372 5550 0004", "55500004", 37255500004]
HEALS_NOT: list[Any] = ["+37255500005", "5500004", "", None, {}, [], True, 4, ...]


@pytest.mark.parametrize("to", [*HEALS, *HEALS_NOT])
def test_a_lost_answer_is_healed_by_a_report_on_its_recipient(world: World, callback: Callback, to: object) -> None:
    """Without an omnimessage_id nothing else tells one message from another: the digits must be the record's."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT), sending(world))
    [accepted], before = world.messente.accepted, world.item("k")
    status, body = callback.handle(told(accepted, to=to))
    if to in HEALS:
        item = world.record_of("k")
        assert (status, item["state"], item["omnimessage_id"]) == (200, "sent", accepted.omnimessage_id)
    else:
        assert (status, body["errors"][0]["source"], world.item("k")) == (409, "payload[to]", before)


def test_under_resend_an_unheard_of_attempt_needs_the_recipient(world: World, callback: Callback) -> None:
    """The record has the omnimessage of one attempt, and a report brings another: to the same recipient, or none."""
    payload = message("k", on_unknown="resend")
    assert not world.deliver(payload, sending(world, CUT))
    assert world.deliver(payload, sending(world))
    first, _ = world.messente.accepted
    assert callback.handle(told(first, to="+37255598765"))[0] == 409
    assert callback.handle(told(first, to=TO.removeprefix("+")))[0] == 200
