"""Whose report it is: by the omnimessage_id; only where a record has none by the recipient, however it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.phone import is_same_number
from tests.standin import numbers
from tests.support.callback import report, sending, signed
from tests.support.world import TO, message

if TYPE_CHECKING:
    from tests.standin.messente import Accepted
    from tests.support.callback import Callback
    from tests.support.world import World

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


@pytest.mark.parametrize(("sent_to", "reported"), SAME)
def test_one_number_in_two_ways(sent_to: str, reported: str) -> None:
    """The same digits, or the same last eight."""
    assert is_same_number(sent_to, reported)
    assert is_same_number(reported, sent_to)


@pytest.mark.parametrize(("sent_to", "reported"), OTHERS)
def test_two_numbers(sent_to: str, reported: str) -> None:
    """One of the last eight differs; of a number with fewer digits all must be the same."""
    assert not is_same_number(sent_to, reported)
    assert not is_same_number(reported, sent_to)


def told(accepted: Accepted, **changes: Any) -> dict[str, Any]:
    """Make the event of a report that says something else than the stand-in's."""
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


@pytest.mark.parametrize("to", ["37255500004", "0037255500004", "+372 5550 0004", "55500004", 37255500004])
def test_a_lost_answer_is_healed_however_the_recipient_is_written(world: World, callback: Callback, to: object) -> None:
    """The record has no omnimessage_id yet: the recipient is the record's, by its digits."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT), sending(world))
    assert callback.handle(told(world.messente.accepted[0], to=to))[0] == 200
    item = world.record_of("k")
    assert (item["state"], item["omnimessage_id"]) == ("sent", world.messente.accepted[0].omnimessage_id)


@pytest.mark.parametrize("to", ["+37255500005", "5500004", "", None, {}, [], True, 4, ...])
def test_a_wrong_recipient_heals_nothing(world: World, callback: Callback, to: object) -> None:
    """Without an omnimessage_id nothing else tells one message from another."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT), sending(world))
    before = world.item("k")
    status, body = callback.handle(told(world.messente.accepted[0], to=to))
    assert (status, body["errors"][0]["source"]) == (409, "payload[to]")
    assert world.item("k") == before


def test_under_resend_an_unheard_of_attempt_needs_the_recipient(world: World, callback: Callback) -> None:
    """The record has the omnimessage of one attempt, and a report brings another: to the same recipient, or none."""
    payload = message("k", on_unknown="resend")
    lost: list[str] = []

    def lose_the_first_answer(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after") and not lost:
            lost.append(step)
            raise TimeoutError

    env = sending(world, lose_the_first_answer)
    assert not world.deliver(payload, env)
    assert world.deliver(payload, env)
    first, _ = world.messente.accepted
    assert callback.handle(told(first, to="+37255598765"))[0] == 409
    assert callback.handle(told(first, to=TO.removeprefix("+")))[0] == 200


def test_messente_answers_a_question_with_another_form_of_the_number(world: World) -> None:
    """The reconciler asked by the omnimessage_id: the answer counts."""
    world.deliver(message("k"), sending(world))
    [accepted] = world.messente.accepted
    world.messente.accepted[0] = type(accepted)(
        accepted.omnimessage_id, TO.removeprefix("+"), accepted.body, accepted.reply, accepted.at
    )
    world.clock.advance(3700)
    assert world.parts().reconciler.run(world.remaining(60))["settled"] == 1
