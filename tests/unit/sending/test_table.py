"""The conditional writes, one by one: each refuses a record that has moved on since it was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import Record, State
from messente_rcs.records.table import Claim, ConditionFailed
from tests.support.world import message

if TYPE_CHECKING:
    from messente_rcs.payload.submission import Submission
    from messente_rcs.records.table import Table
    from tests.support.world import World

ANSWER = Answer(AnswerKind.SENT, "HTTP 201", "omni-1", {"m-1": {"channel": "rcs", "sender": "Shop"}})
FIRST, SECOND, THIRD = (Claim("k", owner, 0, ambiguous=owner != "first") for owner in ("first", "second", "third"))


@pytest.fixture
def table(world: World) -> Table:
    """The table."""
    return world.parts().table


@pytest.fixture
def submission() -> Submission:
    """A message."""
    return parse(message("k"))


@pytest.fixture
def lost(world: World, table: Table, submission: Submission) -> Record:
    """A record whose claim ran out."""
    table.claim(FIRST, submission)
    world.clock.advance(60)
    item = table.get("k")
    assert item is not None
    return table.mark_unknown(item)


def test_a_claim_that_was_recorded_meanwhile_is_not_lost(table: Table, submission: Submission) -> None:
    """Between a look at an expired lease and the write of *unknown*, its slow owner may have told the truth."""
    table.claim(FIRST, submission)
    seen = table.get("k")
    assert seen is not None
    table.record_sent(FIRST, ANSWER)
    with pytest.raises(ConditionFailed) as failed:
        table.mark_unknown(seen)
    assert failed.value.record is not None
    assert failed.value.record.state == "sent"


def test_a_claim_of_another_owner_is_not_lost(table: Table, submission: Submission, lost: Record) -> None:
    """A look at the first claim says nothing about the second."""
    table.reclaim(SECOND, submission, lost)
    with pytest.raises(ConditionFailed):
        table.mark_unknown(lost)


def test_only_one_reclaims(table: Table, submission: Submission, lost: Record) -> None:
    """Of two workers that saw the same *unknown* record one gets it, also once the other's answer was lost as well."""
    table.reclaim(SECOND, submission, lost)
    with pytest.raises(ConditionFailed):
        table.reclaim(THIRD, submission, lost)
    table.record_not_sent(SECOND, State.UNKNOWN, [])
    with pytest.raises(ConditionFailed):
        table.reclaim(THIRD, submission, lost)


def test_what_turned_out_sent_is_not_reclaimed(table: Table, submission: Submission, lost: Record) -> None:
    """Between a look at an *unknown* record and another attempt, its slow owner may have recorded the acceptance."""
    table.record_sent(FIRST, ANSWER)
    with pytest.raises(ConditionFailed) as failed:
        table.reclaim(SECOND, submission, lost)
    assert failed.value.record is not None
    assert failed.value.record.state == "sent"


def test_a_former_owner_cannot_say_not_sent(table: Table, submission: Submission, lost: Record) -> None:
    """Its refusal is outdated once another attempt owns the record."""
    table.reclaim(SECOND, submission, lost)
    with pytest.raises(ConditionFailed) as failed:
        table.record_not_sent(FIRST, State.REJECTED, [])
    assert failed.value.record is not None
    assert failed.value.record.state == "claimed"


def test_what_is_sent_stays_sent(table: Table, submission: Submission) -> None:
    """Neither a claim nor a later word of the owner takes an acceptance back."""
    table.claim(FIRST, submission)
    table.record_sent(FIRST, ANSWER)
    with pytest.raises(ConditionFailed):
        table.record_not_sent(FIRST, State.UNKNOWN, [])
    with pytest.raises(ConditionFailed):
        table.claim(SECOND, submission)
    with pytest.raises(ConditionFailed):
        table.end_unsent("k", submission, State.EXPIRED, [])


def test_an_acceptance_needs_a_record(table: Table) -> None:
    """Ids of a record that is gone are not written into a new one without an owner."""
    with pytest.raises(ConditionFailed):
        table.record_sent(FIRST, ANSWER)
