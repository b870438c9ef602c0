"""The conditional writes: each refuses a record that has moved on, or gone, since it was looked at."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.payload.submission import Submission, parse
from messente_rcs.records.record import BY_DUE, Record, State
from messente_rcs.records.table import Claim, ConditionFailed, Table
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.steps import ask, at, failing
from tests.support.world import TABLE, Crash, Hook, World, message, nothing

ANSWER = Answer(AnswerKind.SENT, "HTTP 201", "omni-1", {"m-1": {"channel": "rcs", "sender": "Shop"}})
FIRST, SECOND, THIRD = (Claim("k", owner, 0, ambiguous=owner != "first") for owner in ("first", "second", "third"))


@pytest.fixture
def table(world: World) -> Table:
    return world.parts().table


@pytest.fixture
def submission() -> Submission:
    return parse(message("k"))


@pytest.fixture
def claimed(world: World, table: Table, submission: Submission) -> Record:
    """A record whose claim has run out, as it was read."""
    table.claim(FIRST, submission)
    world.clock.advance(60)
    record = table.get("k")
    assert record is not None
    return record


@pytest.fixture
def lost(table: Table, claimed: Record) -> Record:
    """The same record once that is said."""
    unknown = table.end_claim(claimed)
    assert unknown is not None
    return unknown


def refused(write: Callable[..., object], *arguments: Any) -> State | None:
    """Assert that a write is refused, and return the state that stood there."""
    with pytest.raises(ConditionFailed) as failed:
        write(*arguments)
    return failed.value.record.state if failed.value.record else None


def test_a_claim_that_was_recorded_meanwhile_is_not_lost(table: Table, claimed: Record) -> None:
    """Between a look at an expired lease and the write of *unknown*, its slow owner may have told the truth."""
    table.record_sent(FIRST, ANSWER)
    found = table.end_claim(claimed)
    assert found
    assert found.state == "sent"


def test_a_claim_of_another_owner_is_not_lost(
    table: Table, submission: Submission, claimed: Record, lost: Record
) -> None:
    """A look at the first claim says nothing about the second."""
    table.claim(SECOND, submission, lost)
    found = table.end_claim(claimed)
    assert found
    assert (found.state, found.owner) == ("claimed", "second")


def test_only_one_reclaims(table: Table, submission: Submission, lost: Record) -> None:
    """Of two workers that saw the same *unknown* record one gets it, and a refusal of its former owner is outdated."""
    table.claim(SECOND, submission, lost)
    assert refused(table.claim, THIRD, submission, lost) == "claimed"
    assert refused(table.record_not_sent, FIRST, State.REJECTED, []) == "claimed"
    table.record_not_sent(SECOND, State.UNKNOWN, [])  # its answer was lost as well
    assert refused(table.claim, THIRD, submission, lost) == "unknown"


def test_what_is_sent_stays_sent(table: Table, submission: Submission, lost: Record) -> None:
    """No claim, also one by a record that was unknown, and no later word of the owner takes an acceptance back."""
    table.record_sent(FIRST, ANSWER)
    assert refused(table.record_not_sent, FIRST, State.UNKNOWN, []) == "sent"
    assert refused(table.claim, SECOND, submission) == "sent"
    assert refused(table.claim, SECOND, submission, lost) == "sent"
    assert refused(table.end_unsent, "k", submission, State.EXPIRED, []) == "sent"


def test_a_claim_that_dynamodb_writes_late_takes_nothing(table: Table, submission: Submission) -> None:
    """The SDK repeats a write whose answer takes too long, and the first one may be done when the attempt has ended."""
    table.claim(FIRST, submission)
    table.record_not_sent(FIRST, State.REJECTED, [])
    assert refused(table.claim, FIRST, submission) == "rejected"
    table.claim(SECOND, submission)


def test_an_acceptance_needs_a_record(table: Table) -> None:
    """Ids of a record that is gone are not written into a new one without an owner."""
    assert refused(table.record_sent, FIRST, ANSWER) is None


# --- Records that DynamoDB removes between the look and the write -----------------------------------------------------


LATER = "2026-11-24T12:00:00Z"  # a day after the world begins


def remove_at(world: World, number: int) -> Hook:
    """Make a hook by which k is gone at the write of this number, counted from 1."""
    writes = itertools.count(1)

    def remove() -> None:
        if next(writes) == number:
            world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "k"}})

    return at("update_item", "before", remove)


def test_a_dead_claim_in_the_way(world: World) -> None:
    """A record that has gone is no obstacle: the message comes back, and is sent then instead of being dropped."""
    with pytest.raises(Crash):
        world.deliver(message("k"), world.env(failing("urlopen", "before", Crash)))
    world.clock.advance(200)
    assert not world.deliver(message("k"), world.env(remove_at(world, 2)))
    assert (world.item("k"), world.messente.posts) == (None, 0)
    assert world.deliver(message("k"))
    assert world.accepted() == 1


def test_a_waiting_message_that_is_cancelled(world: World) -> None:
    """Nothing is cancelled that is not there, and no record comes up by the attempt."""
    world.deliver(message("k", to=numbers.UNAVAILABLE))
    status, body = ask(world, "DELETE", "/messages/k", hook=remove_at(world, 1))
    assert (status, body["errors"][0]["code"], world.item("k")) == (404, "101", None)


def test_a_scheduled_message_that_is_cancelled(world: World) -> None:
    """Messente has cancelled it, so that is the answer; no record comes up by it."""
    world.deliver(message("k", time_to_send=LATER), sending(world, nothing))
    assert ask(world, "DELETE", "/messages/k", hook=remove_at(world, 1)) == (200, {"id": "k"})
    assert (world.item("k"), world.messente.pending_reports) == (None, 0)


@pytest.mark.parametrize("now", [{}, {"due": {"S": LATER}}], ids=["settled", "due later"])
def test_a_record_that_moved_before_it_was_put_off(world: World, now: dict[str, dict[str, str]]) -> None:
    """Somebody else has put it where it stands now, or taken it out of the index, and there it stays."""
    world.deliver(message("k", to=numbers.UNREPORTED))
    item = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
    due = item.pop("due")["S"]
    world.dynamodb.put_item(TableName=TABLE, Item=item | now)
    before = world.item("k")
    world.parts().table.put_off("k", BY_DUE, due)
    assert world.item("k") == before
