"""The conditional writes, one by one: each refuses a record that has moved on since it was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import Record, State
from messente_rcs.records.table import Claim, ConditionFailed
from tests.support.world import message

if TYPE_CHECKING:
    from collections.abc import Callable

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


def refused(write: Callable[..., object], *arguments: Any) -> State | None:
    """Assert that a write is refused, and return the state that stood there."""
    with pytest.raises(ConditionFailed) as failed:
        write(*arguments)
    return failed.value.record.state if failed.value.record else None


def test_a_claim_that_was_recorded_meanwhile_is_not_lost(table: Table, submission: Submission) -> None:
    """Between a look at an expired lease and the write of *unknown*, its slow owner may have told the truth."""
    table.claim(FIRST, submission)
    seen = table.get("k")
    table.record_sent(FIRST, ANSWER)
    assert refused(table.mark_unknown, seen) == "sent"


def test_a_claim_of_another_owner_is_not_lost(table: Table, submission: Submission, lost: Record) -> None:
    """A look at the first claim says nothing about the second."""
    table.reclaim(SECOND, submission, lost)
    assert refused(table.mark_unknown, lost) == "claimed"


def test_only_one_reclaims(table: Table, submission: Submission, lost: Record) -> None:
    """Of two workers that saw the same *unknown* record one gets it, also once the other's answer was lost as well."""
    table.reclaim(SECOND, submission, lost)
    assert refused(table.reclaim, THIRD, submission, lost) == "claimed"
    table.record_not_sent(SECOND, State.UNKNOWN, [])
    assert refused(table.reclaim, THIRD, submission, lost) == "unknown"


def test_what_turned_out_sent_is_not_reclaimed(table: Table, submission: Submission, lost: Record) -> None:
    """Between a look at an *unknown* record and another attempt, its slow owner may have recorded the acceptance."""
    table.record_sent(FIRST, ANSWER)
    assert refused(table.reclaim, SECOND, submission, lost) == "sent"


def test_a_former_owner_cannot_say_not_sent(table: Table, submission: Submission, lost: Record) -> None:
    """Its refusal is outdated once another attempt owns the record."""
    table.reclaim(SECOND, submission, lost)
    assert refused(table.record_not_sent, FIRST, State.REJECTED, []) == "claimed"


def test_what_is_sent_stays_sent(table: Table, submission: Submission) -> None:
    """Neither a claim nor a later word of the owner takes an acceptance back."""
    table.claim(FIRST, submission)
    table.record_sent(FIRST, ANSWER)
    assert refused(table.record_not_sent, FIRST, State.UNKNOWN, []) == "sent"
    assert refused(table.claim, SECOND, submission) == "sent"
    assert refused(table.end_unsent, "k", submission, State.EXPIRED, []) == "sent"


def test_an_acceptance_needs_a_record(table: Table) -> None:
    """Ids of a record that is gone are not written into a new one without an owner."""
    assert refused(table.record_sent, FIRST, ANSWER) is None
