"""The reconciler: brings to an end what no report has, at a bounded rate, and harms nothing that moves meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError

from messente_rcs.records.record import Record
from messente_rcs.records.table import TableUnavailable
from messente_rcs.tracking.reconcile import MOST_REQUESTS, MOST_SILENCES
from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Fixed
from tests.support.callback import report, sending
from tests.support.world import SECRET, TABLE, Crash, message, nothing

if TYPE_CHECKING:
    import io

    from tests.standin.messente import Accepted
    from tests.support.callback import Callback
    from tests.support.world import Hook, World

HOUR = 3600.0  # the age from which a message is asked for, as the template has it
LATER = "2026-11-24T12:00:00Z"  # a day after the world begins


def run(world: World, hook: Hook = nothing, seconds: float = 60.0, **settings: Any) -> dict[str, int]:
    """Let the reconciler run once, in a new environment with so much time."""
    settings = {"reconcile_after": HOUR, **settings}
    return world.parts(hook, **settings).reconciler.run(world.remaining(seconds))


def asked(world: World) -> list[str]:
    """List the omnimessages that Messente was asked for, in order."""
    return [request.path.split("/")[3] for request in world.messente.requests if request.path.endswith("/status")]


def item(world: World, key: str = "k") -> dict[str, Any]:
    """Read the record."""
    found = world.item(key)
    assert found is not None
    return found


def abandon(world: World, payload: dict[str, Any]) -> None:
    """Send a message that no queue delivers again, and die before its answer is recorded."""

    def die(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise Crash

    with pytest.raises(Crash):
        sending(world, die).handle(payload, world.remaining())


def test_a_claim_whose_lease_ran_out_becomes_unknown(world: World) -> None:
    """Not before its lease is over; then it is found in the listing, and asked for by nobody: it has no id."""
    abandon(world, message("k"))
    world.clock.advance(30)
    assert run(world)["lost"] == 0
    assert item(world)["state"] == "claimed"
    world.clock.advance(30)
    assert run(world)["lost"] == 1
    assert item(world)["state"] == "unknown"
    assert "lease_shard" not in item(world)  # it is not looked at as a claim again
    assert [message_id for _, message_id in world.parts().indexes.unknown(10)] == ["k"]
    world.clock.advance(HOUR)
    assert run(world)["closed"] == 1
    assert run(world) == {"lost": 0, "asked": 0, "settled": 0, "closed": 0, "left": 0}
    assert item(world)["state"] == "unknown"
    assert asked(world) == []


def test_a_held_message_that_was_closed_is_still_healed(world: World, callback: Callback) -> None:
    """A report, however late, makes it sent, and the reconciler looks after it again."""
    abandon(world, message("k"))
    for _ in range(3):
        world.clock.advance(HOUR)
        run(world)
    assert callback.take(report(world.messente.accepted[0], "ACK")) == [200]
    assert item(world)["state"] == "sent"
    world.clock.advance(HOUR)
    assert run(world)["settled"] == 1
    assert item(world)["delivery"] == "seen"


def test_a_claim_that_is_alive_although_an_index_says_otherwise(world: World) -> None:
    """The index lags: it shows the lease of an attempt that is over, and the record has a new one by now."""
    abandon(world, message("k"))
    stale = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
    world.clock.advance(60)
    alive = {"lease_until": {"N": str(world.clock() + 30)}, "due": {"S": "2026-11-23T12:01:30.000Z"}}

    def a_new_attempt(step: str, when: str) -> None:
        if (step, when) == ("get_item", "before"):
            world.dynamodb.put_item(TableName=TABLE, Item=stale | alive | {"owner": {"S": "another"}})

    assert run(world, a_new_attempt)["lost"] == 0
    assert item(world)["state"] == "claimed"


def test_a_slow_owner_records_while_its_claim_is_looked_at(world: World) -> None:
    """Its word is the last, whether it comes before or after ours."""

    def the_reconciler_comes(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(60)
            assert run(world)["lost"] == 1

    sending(world, the_reconciler_comes).handle(message("k"), world.remaining())
    assert item(world)["state"] == "sent"


@pytest.mark.parametrize(
    ("to", "delivery", "by"),
    [
        (numbers.UNREPORTED, "seen", "rcs"),
        (numbers.FAILED_THEN_NEXT, "delivered", "sms"),
        (numbers.EXPIRED, "expired", None),
        (numbers.UNDELIVERED, "failed", None),
        (numbers.UNKNOWN_STATUS, "delivered", "rcs"),
    ],
)
def test_a_message_without_reports_is_asked_for(world: World, to: str, delivery: str, by: str | None) -> None:
    """Once, after its age and not before, and brought to where it is."""
    chain = [{"channel": "rcs", "text": "Hi"}, {"channel": "sms", "text": "Hi"}]
    world.deliver({"to": to, "messages": chain, "idempotency_key": "k"}, sending(world))
    world.clock.advance(HOUR - 1)
    assert run(world)["asked"] == 0
    assert asked(world) == []
    world.clock.advance(1)
    assert run(world) == {"lost": 0, "asked": 1, "settled": 1, "closed": 0, "left": 0}
    assert (item(world)["delivery"], item(world).get("delivery_channel")) == (delivery, by)
    world.clock.advance(100 * HOUR)
    assert run(world)["asked"] == 0
    assert len(asked(world)) == 1


def test_a_message_that_reports_settled_is_never_asked_for(world: World, callback: Callback) -> None:
    """Polling is costly at Messente."""
    world.deliver(message("k"), sending(world))
    assert callback.take(report(world.messente.accepted[0], "DELIVRD")) == [200]
    world.clock.advance(100 * HOUR)
    assert run(world)["asked"] == 0
    assert asked(world) == []


def test_a_scheduled_message_is_left_alone_until_it_went_out(world: World) -> None:
    """Its age counts from its time, not from our sending."""
    world.deliver(message("k", time_to_send=LATER), sending(world))
    for _ in range(24):
        world.clock.advance(HOUR)
        assert run(world)["asked"] == 0
    world.clock.advance(HOUR)
    assert run(world)["settled"] == 1
    assert item(world)["delivery"] == "seen"


def test_the_requests_of_a_run_are_bounded_and_the_oldest_come_first(world: World) -> None:
    """What one run leaves is what the next one finds first, until nothing is left."""
    env = sending(world)
    for number in range(12):
        world.deliver(message(f"k-{number * 7 % 12}"), env)
        world.clock.advance(1)
    world.clock.advance(HOUR)
    runs = [run(world, reconcile_requests=5) for _ in range(4)]
    assert [each["asked"] for each in runs] == [5, 5, 2, 0]
    assert [each["left"] for each in runs] == [7, 2, 0, 0]
    assert asked(world) == [accepted.omnimessage_id for accepted in world.messente.accepted]


@pytest.mark.parametrize("answer", ["none", "401"])
def test_when_messente_does_not_answer_the_run_stops_asking(world: World, answer: str) -> None:
    """A few tries, and claims are looked at; the next run begins with another message, so that none is in the way."""
    env = sending(world)
    for number in range(MOST_SILENCES + 2):
        world.deliver(message(f"k-{number}"), env)
    world.clock.advance(HOUR)
    abandon(world, message("claimed"))
    world.clock.advance(60)

    def down(step: str, when: str) -> None:
        if answer == "none" and (step, when) == ("urlopen", "after"):
            raise ProtocolError("cut off")

    if answer == "401":
        world.messente.change_password("other")
    done = run(world, down)
    assert (done["asked"], done["lost"], done["settled"]) == (MOST_SILENCES, 1, 0)
    tried = asked(world)
    assert len(set(tried)) == MOST_SILENCES
    world.messente.change_password("messente-password")
    assert run(world)["settled"] == 2
    assert not set(tried) & set(asked(world)[len(tried) :])
    world.clock.advance(2 * HOUR)
    assert run(world)["settled"] == MOST_SILENCES


@pytest.mark.parametrize("status", [503, 429, 500, 401, 302, 201])
def test_an_answer_that_tells_nothing_is_named(world: World, log: io.StringIO, status: int) -> None:
    """Whoever reads the log sees what Messente said, and not that it said nothing."""
    world.deliver(message("k"), sending(world))
    world.clock.advance(HOUR)
    world.messente = Fixed(Reply(status, {}, b"{}"))
    run(world)
    line = next(each for each in map(json.loads, log.getvalue().splitlines()) if each["level"] == "WARNING")
    assert (line["message"], line["status"]) == (f"answered HTTP {status}", status)
    assert "no answer" not in log.getvalue()


def test_no_answer_is_named(world: World, log: io.StringIO) -> None:
    """The connection broke."""
    world.deliver(message("k"), sending(world))
    world.clock.advance(HOUR)

    def down(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise ProtocolError("cut off")

    run(world, down)
    assert '"no answer"' in log.getvalue()


def test_a_rotated_password(world: World) -> None:
    """A 401 fetches the secret once more and goes on."""
    world.deliver(message("k"), sending(world))
    world.clock.advance(HOUR)
    world.messente.change_password("rotated")

    def rotate(step: str, when: str) -> None:
        if (step, when) == ("get_secret_value", "after"):
            world.put_secret("rotated")

    assert run(world, rotate)["settled"] == 1


def test_without_a_password_claims_are_still_looked_at(world: World) -> None:
    """Secrets Manager is away: nobody can be asked, but a lease that ran out is over all the same."""
    world.deliver(message("k"), sending(world))
    world.clock.advance(HOUR)
    abandon(world, message("claimed"))
    world.clock.advance(60)
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    assert run(world)["lost"] == 1
    assert item(world, "claimed")["state"] == "unknown"
    assert asked(world) == []


def test_intervals_double_and_asking_ends(world: World) -> None:
    """A message that never comes to an end is asked for a few times, ever more rarely, and then no more."""
    world.deliver(message("k", to=numbers.NEVER_DONE), sending(world))
    hours = []
    for hour in range(1, 201):
        world.clock.advance(HOUR)
        if run(world)["asked"]:
            hours.append(hour)
    assert hours == [1, 3, 7, 15, 31, 63]
    assert len(hours) == MOST_REQUESTS
    left = item(world)
    assert (left["state"], left["delivery"]) == ("sent", "pending")
    assert not {"due_shard", "due", "status_requests"} & set(left)


def test_a_message_that_messente_does_not_know(world: World) -> None:
    """A 404 is an answer: the run goes on to the others, and the message is asked for more rarely."""
    env = sending(world)
    world.deliver(message("gone"), env)
    world.deliver(message("k"), env)
    world.messente.accepted.pop(0)
    world.clock.advance(HOUR)
    assert run(world) == {"lost": 0, "asked": 2, "settled": 1, "closed": 0, "left": 0}
    assert (item(world, "gone")["status_requests"], item(world, "gone")["delivery"]) == (1, "pending")


@pytest.mark.parametrize(("seconds", "expected"), [(12.9, 0), (13.0, 1), (20.0, 2), (60.0, 5)])
def test_no_request_begins_without_time_to_end(world: World, seconds: float, expected: int) -> None:
    """A request may take 13 seconds, so the run ends when less is left; here each takes 5."""
    env = sending(world)
    for number in range(5):
        world.deliver(message(f"k-{number}"), env)
    world.clock.advance(HOUR)

    def requests_take_time(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.clock.advance(5)

    done = run(world, requests_take_time, seconds)
    assert (done["asked"], done["left"]) == (expected, 5 - expected)


@pytest.mark.parametrize("moment", [("urlopen", "before"), ("urlopen", "after"), ("update_item", "before")])
def test_a_report_that_comes_while_its_message_is_asked_for(
    world: World, callback: Callback, moment: tuple[str, str]
) -> None:
    """Neither of the two is lost, whatever the other wrote first."""
    world.deliver(message("k", to=numbers.NEVER_DONE), sending(world))
    world.clock.advance(HOUR)
    told = [report(world.messente.accepted[0], "DELIVRD")]

    def a_report_comes(step: str, when: str) -> None:
        if (step, when) == moment and told:
            assert callback.take(told.pop()) == [200]

    run(world, a_report_comes)
    assert item(world)["delivery"] == "delivered"
    assert "due_shard" not in item(world)


def test_a_record_that_moves_on_between_index_and_look(world: World, callback: Callback) -> None:
    """Settled meanwhile, or expired from the table: nothing is asked or written, nothing comes back."""
    env = sending(world)
    for key in ("settled", "gone", "k"):
        world.deliver(message(key), env)
    settled = world.messente.accepted[0]
    world.clock.advance(HOUR)
    moves = [lambda: world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "gone"}}), lambda: told(settled)]

    def told(accepted: Accepted) -> None:
        assert callback.take(report(accepted, "SEEN")) == [200]

    def they_move(step: str, when: str) -> None:
        if (step, when) == ("get_item", "before"):
            while moves:
                moves.pop()()

    assert run(world, they_move)["asked"] == 1
    assert world.item("gone") is None
    assert asked(world) == [world.messente.accepted[2].omnimessage_id]


def test_two_runs_at_the_same_time(world: World) -> None:
    """The other run has just asked for what this one found in the index: nobody asks twice."""
    world.deliver(message("k", to=numbers.NEVER_DONE), sending(world))
    world.clock.advance(HOUR)
    others = [lambda: run(world)]

    def the_other_comes_first(step: str, when: str) -> None:
        if (step, when) == ("get_item", "before") and others:
            assert others.pop()()["asked"] == 1

    assert run(world, the_other_comes_first)["asked"] == 0
    assert len(asked(world)) == 1


def test_a_cancellation_while_its_message_is_asked_for(world: World) -> None:
    """It stands."""
    world.deliver(message("k", to=numbers.NEVER_DONE, time_to_send=LATER), sending(world))
    world.clock.advance(HOUR)
    world.dynamodb.put_item(TableName=TABLE, Item=raw(world) | {"due": {"S": "2026-11-23T12:30:00.000Z"}})

    def somebody_cancels(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            world.parts().api.canceller.cancel("k")

    assert run(world, somebody_cancels)["asked"] == 1
    assert item(world)["state"] == "cancelled"
    assert "due_shard" not in item(world)


def raw(world: World) -> dict[str, Any]:
    """Read the record as DynamoDB has it."""
    found: dict[str, Any] = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
    return found


OUTCOMES = {
    "+37255512345": ("sent", "seen"),
    numbers.UNREPORTED: ("sent", "seen"),
    numbers.FAILED_THEN_NEXT: ("sent", "failed"),  # there is no next: these messages have one channel
    numbers.EXPIRED: ("sent", "expired"),
    numbers.UNDELIVERED: ("sent", "failed"),
    numbers.UNKNOWN_STATUS: ("sent", "delivered"),
    numbers.NEVER_DONE: ("sent", "pending"),
    numbers.CUT_AFTER_ACCEPT: ("unknown", None),
    numbers.BAD_REQUEST: ("rejected", None),
    numbers.UNAVAILABLE: ("retryable", None),
}


def test_with_no_report_at_all_every_record_comes_to_its_true_state(world: World) -> None:
    """Two hundred messages over every outcome, the callbacks shut: run after run, and nothing is asked in vain."""
    env = world.env()
    numbered = [(f"k-{number}", to) for number in range(20) for to in OUTCOMES]
    keys = {f"{key}-{to[1:]}": to for key, to in numbered}
    for key, to in keys.items():
        world.deliver(message(key, to=to), env)
        world.clock.advance(1)
    runs = 0
    for _ in range(100):
        world.clock.advance(HOUR)
        while run(world, reconcile_requests=15, seconds=900)["asked"]:
            runs += 1
    found = {key: item(world, key) for key in keys}
    ends = {(to, found[key]["state"], found[key].get("delivery")) for key, to in keys.items()}
    assert ends == {(to, *end) for to, end in OUTCOMES.items()}
    assert not any({"due_shard", "due"} & set(each) for each in found.values())
    settled = 6 * 20
    assert len(asked(world)) == settled + MOST_REQUESTS * 20
    assert runs >= settled / 15


def test_asking_shows_nothing_but_what_messente_says(world: World, callback: Callback) -> None:
    """A record that was asked for equals one that was reported on, number of attempts and times aside."""
    env = sending(world)
    for key in ("asked", "reported"):
        world.deliver(message(key), env)
    reported = world.messente.accepted[1]
    for status in ("ACK", "DELIVRD", "SEEN"):
        assert callback.take(report(reported, status)) == [200]
    world.clock.advance(HOUR)
    assert run(world)["settled"] == 1
    one, other = (Record.of(item(world, key)).public for key in ("asked", "reported"))
    assert one.keys() == other.keys()
    [told], [heard] = one["messages"].values(), other["messages"].values()
    assert {**told, "timestamp": None} == {**heard, "timestamp": None}


def test_the_table_is_away(world: World) -> None:
    """The run fails, so that its alarm rings, and the next one finds everything as it was."""
    world.deliver(message("k"), sending(world))
    world.clock.advance(HOUR)

    def away(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before"):
            raise ClientError({"Error": {"Code": "Down"}}, step)

    with pytest.raises(TableUnavailable):
        run(world, away)
    assert run(world)["settled"] == 1
