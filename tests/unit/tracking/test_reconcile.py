"""The reconciler: brings to an end what no report has, at a bounded rate, and harms nothing that moves meanwhile.

Many late deliveries, records and answers that are odd, and runs that die or overlap are in it too.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.records.record import BY_DUE, BY_LEASE, SHARDS, TableUnavailable, timestamp
from messente_rcs.telemetry import flush
from messente_rcs.tracking.reconcile import LOOKS, MOST_REQUESTS, MOST_SILENCES, Defect
from tests.standin import numbers, replies
from tests.standin.messente import Fault, Reply
from tests.standin.messente import Messente as StandIn
from tests.support.answering import Fixed
from tests.support.callback import Callback, report, reports_of, sending
from tests.support.metrics import values_in
from tests.support.steps import CUT, DIE, ask, at, down, failing, once
from tests.support.world import PASSWORD, SECRET, TABLE, USERNAME, Crash, World, message, nothing

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from messente_rcs.tracking.reconcile import Reconciler
    from tests.standin.messente import Request
    from tests.support.world import Hook

HOUR = 3600.0  # the age from which a message is asked for, as the template has it
LATER = "2026-11-24T12:00:00Z"  # a day after the world begins
NOTHING = {"lost": 0, "asked": 0, "settled": 0, "closed": 0, "left": 0}


def reconciler(world: World, hook: Hook = nothing, **settings: Any) -> Reconciler:
    return world.parts(hook, **{"reconcile_after": HOUR, **settings}).reconciler


def run(world: World, hook: Hook = nothing, seconds: float = 60.0, **settings: Any) -> dict[str, int]:
    return reconciler(world, hook, **settings).run(world.remaining(seconds))


def later(world: World, hours: float = 1, hook: Hook = nothing) -> dict[str, int]:
    world.clock.advance(hours * HOUR)
    return run(world, hook)


def asked(world: World) -> list[str]:
    return [request.path.split("/")[3] for request in world.messente.requests if request.path.endswith("/status")]


def raw(world: World, key: str = "k") -> dict[str, Any]:
    item: dict[str, Any] = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key}})["Item"]
    return item


def put(world: World, item: dict[str, Any]) -> None:
    world.dynamodb.put_item(TableName=TABLE, Item=item)


def edit(world: World, key: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Edit a record by hand; None takes an attribute away."""
    item = {name: value for name, value in (raw(world, key) | changes).items() if value is not None}
    put(world, item)
    return item


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in names}


def send(world: World, *keys: str, to: str = numbers.UNREPORTED, hook: Hook = nothing, **fields: Any) -> None:
    """Send messages from the queue, one a second."""
    env = sending(world, hook)
    for key in keys or ("k",):
        world.deliver(message(key, to=to, **fields), env)
        world.clock.advance(1 if keys else 0)


def abandon(world: World, key: str = "k") -> None:
    """Send a message that no queue delivers again, and die before its answer is recorded."""
    with pytest.raises(Crash):
        sending(world, DIE).handle(message(key), world.remaining())


def abandon_on_the_queue(world: World, key: str) -> None:
    """Die over a message that the queue, against its nature, does not deliver again: only `by_due` has the claim."""
    with pytest.raises(Crash):
        world.deliver(message(key), sending(world, DIE))


def open_no_more(world: World, key: str = "k") -> bool:
    return not {"due_shard", "due", "status_requests", "lease_shard"} & world.record_of(key).keys()


# --- Claims -----------------------------------------------------------------------------------------------------------


def test_a_claim_whose_lease_ran_out_becomes_unknown(world: World, callback: Callback) -> None:
    """Not before its lease is over; it is listed then, and asked for by nobody. Its report, however late, heals it."""
    abandon(world)
    world.clock.advance(30)
    assert (run(world)["lost"], world.state()) == (0, "claimed")
    world.clock.advance(30)
    assert (run(world)["lost"], world.state()) == (1, "unknown")
    assert "lease_shard" not in world.record_of("k")  # it is not looked at as a claim again
    assert [message_id for _, message_id in world.parts().indexes.unknown(10)] == ["k"]
    assert later(world)["closed"] == 1
    assert (run(world), world.state(), asked(world)) == (NOTHING, "unknown", [])
    assert callback.take(report(world.messente.accepted[0], "ACK")) == [200]
    assert world.state() == "sent"
    assert (later(world)["settled"], world.record_of("k")["delivery"]) == (1, "seen")


def test_a_claim_that_is_alive_although_an_index_says_otherwise(world: World) -> None:
    """The index lags: it shows the lease of an attempt that is over, and the record has a new one by now."""
    abandon(world)
    world.clock.advance(60)
    alive = {"lease_until": {"N": str(world.clock() + 30)}, "due": {"S": "2026-11-23T12:01:30.000Z"}}
    new = raw(world) | alive | {"owner": {"S": "another"}}
    assert run(world, at("get_item", "before", lambda: put(world, new)))["lost"] == 0
    assert world.state() == "claimed"


def test_a_record_that_does_not_belong_into_the_index_of_claims(world: World) -> None:
    """After an edit by hand: it leaves the index, so that it is not looked at for ever."""
    send(world, to=numbers.NEVER_DONE)
    edit(world, "k", {"lease_shard": {"S": BY_LEASE.entry("k", 0)["lease_shard"]}, "lease_until": {"N": "1"}})
    assert run(world)["lost"] == 0
    assert ("lease_shard" in world.record_of("k"), world.state()) == (False, "sent")


# --- Questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "delivery", "by"),
    [(numbers.UNREPORTED, "seen", "rcs"), (numbers.FAILED_THEN_NEXT, "delivered", "sms")],
)
def test_a_message_without_reports_is_asked_for(world: World, to: str, delivery: str, by: str) -> None:
    """Once, after its age and not before, and brought to where it is."""
    chain = [{"channel": "rcs", "text": "Hi"}, {"channel": "sms", "text": "Hi"}]
    world.deliver({"to": to, "messages": chain, "idempotency_key": "k"}, sending(world))
    world.clock.advance(HOUR - 1)
    assert (run(world)["asked"], asked(world)) == (0, [])
    world.clock.advance(1)
    assert run(world) == NOTHING | {"asked": 1, "settled": 1}
    item = world.record_of("k")
    assert (item["delivery"], item["delivery_channel"]) == (delivery, by)
    assert (later(world, 100)["asked"], len(asked(world))) == (0, 1)


def test_a_scheduled_message_is_left_alone_until_it_went_out(world: World) -> None:
    """Its age counts from its time, not from our sending."""
    send(world, time_to_send=LATER)
    assert [later(world)["asked"] for _ in range(24)] == [0] * 24
    assert (later(world)["settled"], world.record_of("k")["delivery"]) == (1, "seen")


def test_the_requests_of_a_run_are_bounded_and_the_oldest_come_first(world: World) -> None:
    """What one run leaves is what the next one finds first, until nothing is left."""
    send(world, *(f"k-{number * 7 % 12}" for number in range(12)))
    world.clock.advance(HOUR)
    runs = [run(world, reconcile_requests=5) for _ in range(4)]
    assert [(each["asked"], each["left"]) for each in runs] == [(5, 7), (5, 2), (2, 0), (0, 0)]
    assert asked(world) == [accepted.omnimessage_id for accepted in world.messente.accepted]


@pytest.mark.parametrize("answer", ["none", "401"])
def test_when_messente_does_not_answer_the_run_stops_asking(world: World, answer: str) -> None:
    """A few tries, and claims are looked at; the next run begins with another message, so that none is in the way."""
    send(world, *(f"k-{number}" for number in range(MOST_SILENCES + 2)))
    world.clock.advance(HOUR)
    abandon(world, "claimed")
    world.clock.advance(60)
    if answer == "401":
        world.messente.change_password("other")
    done = run(world, CUT if answer == "none" else nothing)
    assert (done["asked"], done["lost"], done["settled"]) == (MOST_SILENCES, 1, 0)
    tried = asked(world)
    assert len(set(tried)) == MOST_SILENCES
    world.messente.change_password(PASSWORD)
    assert run(world)["settled"] == 2
    assert not set(tried) & set(asked(world)[len(tried) :])
    assert later(world, 2)["settled"] == MOST_SILENCES


@pytest.mark.parametrize("status", [503, 429, 500, 401, 302, 201, None])
def test_an_answer_that_tells_nothing_is_named(world: World, log: io.StringIO, status: int | None) -> None:
    """Whoever reads the log sees what Messente said, or that it said nothing."""
    send(world)
    if status is not None:
        world.messente = Fixed(Reply(status, {}, b"{}"))
    later(world, hook=CUT if status is None else nothing)
    line = next(each for each in map(json.loads, log.getvalue().splitlines()) if each["level"] == "WARNING")
    assert (line["message"], line.get("status")) == (f"answered HTTP {status}" if status else "no answer", status)
    assert (log.getvalue().count("no answer") == 0) == (status is not None)


def test_without_a_password_claims_are_still_looked_at(world: World) -> None:
    """Secrets Manager is away: nobody can be asked, but a lease that ran out is over all the same."""
    send(world)
    world.clock.advance(HOUR)
    abandon(world, "claimed")
    world.clock.advance(60)
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    assert (run(world)["lost"], world.state("claimed"), asked(world)) == (1, "unknown", [])


@pytest.mark.parametrize("answered", [True, False])
def test_intervals_double_and_asking_ends(world: World, messente: Odd, *, answered: bool) -> None:
    """A message that never comes to an end is asked for a few times, ever more rarely, whatever the answers are."""
    send(world, to=numbers.NEVER_DONE)
    if not answered:
        messente.odd[messente.accepted[0].omnimessage_id] = replies.SERVER_ERROR
    hours = [hour for hour in range(1, 201) if later(world)["asked"]]
    assert (hours, len(hours)) == ([1, 3, 7, 15, 31, 63], MOST_REQUESTS)
    assert (world.state(), world.record_of("k")["delivery"], open_no_more(world)) == ("sent", "pending", True)


def test_a_message_that_messente_does_not_know(world: World) -> None:
    """A 404 is an answer: the run goes on to the others, and the message is asked for more rarely."""
    send(world, "gone", "k")
    world.messente.accepted.pop(0)
    assert later(world) == NOTHING | {"asked": 2, "settled": 1}
    gone = world.record_of("gone")
    assert (gone["status_requests"], gone["delivery"]) == (1, "pending")


@pytest.mark.parametrize(("seconds", "expected"), [(12.9, 0), (13.0, 1), (20.0, 2), (60.0, 5)])
def test_no_request_begins_without_time_to_end(world: World, seconds: float, expected: int) -> None:
    """A request may take 13 seconds, so the run ends when less is left; here each takes 5."""
    send(world, *(f"k-{number}" for number in range(5)))
    world.clock.advance(HOUR)
    done = run(world, at("urlopen", "after", lambda: world.clock.advance(5)), seconds)
    assert (done["asked"], done["left"]) == (expected, 5 - expected)


@pytest.mark.parametrize("moment", [("urlopen", "before"), ("urlopen", "after"), ("update_item", "before")])
def test_a_report_that_comes_while_its_message_is_asked_for(
    world: World, callback: Callback, moment: tuple[str, str]
) -> None:
    """Neither of the two is lost, whatever the other wrote first."""
    send(world, to=numbers.NEVER_DONE)
    told = report(world.messente.accepted[0], "DELIVRD")
    later(world, hook=once(*moment, lambda: callback.take(told)))
    assert (world.record_of("k")["delivery"], open_no_more(world)) == ("delivered", True)


def test_a_record_that_moves_on_between_index_and_look(world: World, callback: Callback) -> None:
    """Settled meanwhile, or expired from the table: nothing is asked or written, nothing comes back."""
    send(world, "settled", "gone", "k")
    settled, _, left = world.messente.accepted

    def they_move() -> None:
        world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "gone"}})
        assert callback.take(report(settled, "SEEN")) == [200]

    assert later(world, hook=once("get_item", "before", they_move))["asked"] == 1
    assert (world.item("gone"), asked(world)) == (None, [left.omnimessage_id])


@pytest.mark.parametrize(("to", "delivery"), [(numbers.UNREPORTED, "seen"), (numbers.NEVER_DONE, "pending")])
@pytest.mark.parametrize("step", ["get_item", "urlopen"])
def test_two_runs_at_the_same_time(world: World, step: str, to: str, delivery: str) -> None:
    """Whatever one does, the other leaves alone: each record is asked for once, and each claim ends once."""
    keys = [f"k-{number}" for number in range(5)]
    send(world, *keys, to=to)
    abandon(world, "dead")
    others: list[dict[str, int]] = []
    done = later(world, hook=once(step, "before", lambda: others.append(run(world))))
    assert sorted(asked(world)) == sorted(set(asked(world)))
    assert [done[name] + others[0][name] for name in ("asked", "lost")] == [5, 1]
    assert {world.record_of(key)["delivery"] for key in keys} == {delivery}


# --- Many late deliveries ---------------------------------------------------------------------------------------------


def late(world: World, many: int, since: float, prefix: str = "late") -> None:
    """Have so many messages whose delivery is due `since` so many seconds; Messente does not know them any more."""
    send(world, "pattern", to=numbers.NEVER_DONE)
    pattern = raw(world, "pattern")
    for number in range(many):
        key, due = f"{prefix}-{number}", timestamp(world.clock() - since + number / 1000)
        entry = {name: {"S": value} for name, value in BY_DUE.entry(key, due).items()}
        ids = {"id": {"S": key}, "omnimessage_id": {"S": f"o-{key}"}, "omnimessage_ids": {"SS": [f"o-{key}"]}}
        put(world, pattern | ids | entry)
    world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "pattern"}})


def test_a_backlog_of_any_size_hides_no_claim_for_long(world: World) -> None:
    """Each run goes on where the one before ended, and asks for the longest due all the same."""
    late(world, 2 * LOOKS + 500, since=1800)
    abandon_on_the_queue(world, "dead")
    edit(world, "dead", {"due": {"S": timestamp(world.clock() - 1)}})
    world.clock.advance(60)
    environment = reconciler(world)
    states = []
    for _ in range(2):
        environment.run(world.remaining(60))
        states.append(world.state("dead"))
    assert states == ["claimed", "unknown"]
    assert asked(world) == [f"o-late-{number}" for number in range(2 * 60)]


def test_what_was_looked_at_is_not_read_again(world: World) -> None:
    """A backlog costs one read of each of its records, and then one for each question."""
    late(world, 500, since=1800)
    reads = [0]

    def count() -> None:
        reads[-1] += 1

    environment = reconciler(world, at("get_item", "before", count), reconcile_requests=5)
    environment.run(world.remaining(60))
    reads.append(0)
    environment.run(world.remaining(60))
    assert (reads[0] >= 500, reads[1] <= 20) == (True, True)


def test_dead_claims_leave_time_for_deliveries(world: World) -> None:
    """However slow the table is, a flood of dead claims takes a share of the run and no more."""
    abandon(world, "dead")
    pattern = raw(world, "dead")
    for number in range(200):
        key = f"dead-{number}"
        put(world, pattern | {"id": {"S": key}, "lease_shard": {"S": BY_LEASE.entry(key, 0)["lease_shard"]}})
    late(world, 5, since=-600)
    world.clock.advance(700)
    done = run(world, at("update_item", "before", lambda: world.clock.advance(1)))
    assert 10 <= done["lost"] <= 20
    assert (done["asked"], done["left"]) == (5, 201 - done["lost"])
    assert run(world)["lost"] == 201 - done["lost"]


# --- Odd records ------------------------------------------------------------------------------------------------------

ODD: dict[str, dict[str, Any]] = {
    **{f"no {name}": {name: None} for name in ("to", "revision", "state", "channels", "payload_hash")},
    "an unknown state": {"state": {"S": "paused"}},
    "a state that is a number": {"state": {"N": "5"}},
    "a state that is a list": {"state": {"L": [{"S": "sent"}]}},
    "an unknown delivery": {"delivery": {"S": "lost"}},
    "revision as text": {"revision": {"S": "3"}},
    "status_requests as text": {"status_requests": {"S": "1"}},
    "lease_until as text": {"lease_until": {"S": "soon"}, "lease_shard": None},
    "to as a number": {"to": {"N": "37255512345"}},
    "to as null": {"to": {"NULL": True}},
    "messages as a list": {"messages": {"L": []}},
    "messages of texts": {"messages": {"M": {"m": {"S": "sent"}}}},
    "a rank as text": {"messages": {"M": {"m": {"M": {"rank": {"S": "60"}}}}}},
    "a status that is a number": {"messages": {"M": {"m": {"M": {"status": {"N": "60"}}}}}},
    "omnimessage_ids as a list": {"omnimessage_ids": {"L": [{"S": "o"}]}},
    "omnimessage_ids of numbers": {"omnimessage_ids": {"NS": ["1"]}},
    "resends as a number": {"resends": {"N": "1"}},
    "channels as text": {"channels": {"S": "rcs"}},
    "tags as a list": {"tags": {"L": [{"S": "x"}]}},
    "tags of numbers": {"tags": {"M": {"a": {"N": "1"}}}},
    "errors of texts": {"errors": {"L": [{"S": "no"}]}},
    "ttl as text": {"ttl": {"S": "1798497197"}},
    "a number that is true": {"attempts": {"BOOL": True}},
    "a claim without its owner": {"state": {"S": "claimed"}, "owner": None},
}


def metrics(capsys: pytest.CaptureFixture[str], act: Callable[[], object]) -> dict[str, list[float]]:
    with flush():
        pass
    capsys.readouterr()
    with flush():
        act()
    return {each.name: each.values for each in values_in(capsys.readouterr().out)}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_an_odd_record_costs_its_own_turn(
    world: World, log: io.StringIO, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """It is reported by its id and moves back in the line, otherwise as it was; the others are done; then again."""
    send(world, "odd", "k-1", "k-2")
    before = edit(world, "odd", changes)
    told = metrics(capsys, lambda: later(world))
    assert {world.record_of(key)["delivery"] for key in ("k-1", "k-2")} == {"seen"}
    assert told["Unreadable"] == [1]
    assert without(raw(world, "odd"), "due") == without(before, "due")
    assert raw(world, "odd")["due"]["S"] > timestamp(world.clock() + HOUR / 2)
    [line] = [each for each in map(json.loads, log.getvalue().splitlines()) if each["message"] == "record unreadable"]
    assert (line["message_id"], line["level"], "attribute" in line) == ("odd", "ERROR", True)
    for hours, again in ((0, False), (2, True)):
        log.truncate(0)
        later(world, hours)
        assert ("unreadable" in log.getvalue()) == again


@pytest.mark.parametrize(
    "changes", [{"to": None}, {"revision": None}, {"owner": None}, {"attempts": {"S": "1"}}, {"state": {"S": "held"}}]
)
def test_an_odd_claim_costs_its_own_turn(world: World, log: io.StringIO, changes: dict[str, Any]) -> None:
    """The same in the index of claims; once a person has mended it, it becomes unknown like any other."""
    for key in ("odd", "dead"):
        abandon(world, key)
        world.clock.advance(1)
    whole = raw(world, "odd")
    before = edit(world, "odd", changes)
    world.clock.advance(60)
    assert (run(world)["lost"], world.state("dead")) == (1, "unknown")
    assert without(raw(world, "odd"), "lease_until") == without(before, "lease_until")
    run(world)
    assert log.getvalue().count("record unreadable") == 1
    put(world, whole)
    assert (run(world)["lost"], world.state("odd")) == (1, "unknown")


def test_an_odd_record_is_not_sent_and_hides_no_other(world: World) -> None:
    """Its sender tries again later, the API answers 503, and the listing of unknown messages leaves it out."""
    send(world, "odd", "k", to=numbers.CUT_AFTER_ACCEPT)
    before = edit(world, "odd", {"to": None})
    assert not world.deliver(message("odd", to=numbers.CUT_AFTER_ACCEPT))
    assert (raw(world, "odd"), len(world.messente.accepted)) == (before, 2)
    assert ask(world, "GET", "/messages/odd")[0] == 503
    _, page = ask(world, "GET", "/messages", query={"state": "unknown"})
    assert [each["id"] for each in page["messages"]] == ["k"]


@pytest.mark.parametrize("due", ["", "soon", "0000", "1970-01-01", "2026-11-23", "2026-11-23T12:00:00"])
def test_a_time_that_is_none(world: World, due: str) -> None:
    """An odd `due` is before or after every time; neither ends the run."""
    send(world, "odd", "k")
    edit(world, "odd", {"due": {"S": due} if due else None})
    world.clock.advance(HOUR)
    with flush():
        assert run(world, reconcile_requests=1)["asked"] == 1
    run(world)
    assert world.record_of("k")["delivery"] == "seen"


def test_a_number_with_a_fraction(world: World) -> None:
    """What can be read can be written again."""
    send(world, "odd")
    edit(world, "odd", {"revision": {"N": "2.5"}, "status_requests": {"N": "0.5"}})
    assert (later(world)["settled"], float(world.record_of("odd")["revision"])) == (1, 4.5)


# --- Odd answers ------------------------------------------------------------------------------------------------------


class Odd(StandIn):
    def __init__(self, world: World) -> None:
        super().__init__(USERNAME, PASSWORD, clock=world.clock)
        self.odd: dict[str, Reply] = {}

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        return self.odd.get(request.path.split("/")[3], reply) if request.path.endswith("/status") else reply


@pytest.fixture
def messente(world: World) -> Odd:
    world.messente = odd = Odd(world)
    return odd


ANSWERS = {
    "500": replies.SERVER_ERROR,
    "503": replies.UNAVAILABLE,
    "429": replies.TOO_MANY,
    "a redirect": replies.REDIRECT,
    "cut": Reply(500, {}, b"", Fault.CUT),
    "hangs": Reply(500, {}, b"", Fault.HANG),
    "no JSON": Reply(200, {"Content-Type": "application/json"}, b"[" * 50_000),
    "another form": replies.as_json(200, {"statuses": {"status": "SEEN"}}),
    "odd statuses": replies.as_json(200, {"statuses": [None, 5, {"status": ["SEEN"]}, {"message_id": 5}]}),
    "another message's": replies.as_json(200, {"omnimessage_id": "other", "statuses": [{"message_id": "m"}]}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_odd_answer_for_one_record_costs_its_own_turn(
    world: World, messente: Odd, log: io.StringIO, answer: Reply
) -> None:
    """The others are asked for, and the next run does not begin with it."""
    send(world, "odd", "k-1", "k-2")
    odd = messente.accepted[0].omnimessage_id
    messente.odd[odd] = answer
    before = world.record_of("odd")["messages"]
    assert later(world) == NOTHING | {"asked": 3, "settled": 2}
    assert (asked(world)[0], world.record_of("odd")["messages"]) == (odd, before)
    assert ("not its own report" in log.getvalue()) == (answer is ANSWERS["another message's"])
    assert run(world)["asked"] == 0
    messente.odd.clear()
    for _ in range(3):
        later(world)
    assert world.record_of("odd")["delivery"] == "seen"


def test_the_attempts_of_a_message_take_turns(world: World, messente: Odd, callback: Callback) -> None:
    """Under `resend`, the delivery may be known of one that no report told of."""
    for hook in (CUT, nothing):
        world.deliver(message("k", on_unknown="resend"), sending(world, hook))
    first, second = messente.accepted
    assert callback.take(report(first, "ACK"), report(second, "FAILED")) == [200, 200]
    messente.odd[second.omnimessage_id] = replies.as_json(200, {})
    assert (later(world)["asked"], later(world, 2)["left"], world.record_of("k")["delivery"]) == (1, 0, "seen")


def test_a_messente_that_is_down_is_left_alone(world: World, messente: Odd) -> None:
    """One answer among those that are none begins the count of silences anew."""
    send(world, *(f"k-{number}" for number in range(10)))
    ids = [each.omnimessage_id for each in messente.accepted]
    messente.odd = dict.fromkeys(ids, replies.SERVER_ERROR)
    assert later(world)["asked"] == MOST_SILENCES
    del messente.odd[ids[MOST_SILENCES + 1]]
    assert run(world)["asked"] == 2 + MOST_SILENCES
    assert asked(world) == ids[: 2 * MOST_SILENCES + 2]


# --- Runs that die, and failures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_over_a_record(world: World, when: str) -> None:
    """Its next time was written before it was asked for: the next run begins with another record."""
    send(world, "poison", "k")
    with pytest.raises(Crash):
        later(world, hook=failing("urlopen", when, Crash))
    assert (run(world)["settled"], world.record_of("k")["delivery"]) == (1, "seen")
    for _ in range(3):
        later(world)
    assert world.record_of("poison")["delivery"] == "seen"


def refuse(world: World, key: str, failure: Exception) -> None:
    real = world.dynamodb.update_item

    def write(**given: Any) -> Any:
        if given["Key"]["id"]["S"] == key:
            raise failure
        return real(**given)

    world.dynamodb.update_item = write  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem"), TableUnavailable),
        (KeyError("+37255512345"), Defect),
    ],
)
@pytest.mark.parametrize("claimed", [False, True])
def test_a_record_that_cannot_be_written(
    world: World, failure: Exception, raised: type[Exception], *, claimed: bool
) -> None:
    """An item that is too large, say, or a defect of ours: the others are done, then the run fails for its alarm."""
    for key in ("odd", "k"):
        if claimed:
            abandon(world, key)
        else:
            send(world, key)
    refuse(world, "odd", failure)
    with pytest.raises(raised) as told:
        later(world)
    assert "37255" not in str(told.value)
    item = world.record_of("k")
    assert (item["state"], item.get("delivery")) == (("unknown", None) if claimed else ("sent", "seen"))


# --- Gauges -----------------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """How many deliveries a run found and left, and for how long the oldest is due; nothing once all is done."""
    late(world, 100, since=1800)
    told = [metrics(capsys, lambda: run(world)) for _ in range(2)]
    assert told == [{"OverdueDeliveries": [40], "OldestOverdue": [pytest.approx(1800, abs=1)]}, {}]


def test_dead_claims_that_are_left_are_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The run had no time for them."""
    abandon(world)
    world.clock.advance(400)
    told = metrics(capsys, lambda: run(world, at("query", "after", lambda: world.clock.advance(1))))
    assert told["OverdueClaims"] == [1]
    assert 360 < told["OldestOverdue"][0] < 500


def test_how_long_the_oldest_unknown_message_waits_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each run tells it anew, until a report has healed the message; then there is no value any more."""
    for key in ("old", "new"):
        send(world, to=numbers.CUT_AFTER_ACCEPT, idempotency_key=key)
        world.clock.advance(600)
    for age in (1200, 1260):
        assert metrics(capsys, lambda: run(world)) == {"OldestUnknown": [pytest.approx(age, abs=1)]}
        world.clock.advance(60)
    assert set(Callback(world).take(*reports_of(world))) == {200}
    assert metrics(capsys, lambda: run(world)) == {}


def test_an_index_that_is_away_costs_its_own_gauge(world: World) -> None:
    """What is due is asked for all the same; then the run fails, so that the alarm for it rings."""
    send(world)
    queries = itertools.count(1)

    def away(step: str, when: str) -> None:
        # The 32 shards of by_lease and of by_due are read before those of by_unknown.
        if (step, when) == ("query", "before") and next(queries) == 2 * SHARDS + 1:
            down("query")(step, when)

    with pytest.raises(TableUnavailable):
        later(world, hook=away)
    assert world.record_of("k")["delivery"] == "seen"
