"""The reconciler under pressure: many late deliveries, records and answers that are odd, runs that die or overlap."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from messente_rcs.records.record import BY_DUE, BY_LEASE, SHARDS, timestamp
from messente_rcs.records.table import TableUnavailable
from messente_rcs.telemetry import flush
from messente_rcs.tracking.reconcile import LOOKS, MOST_SILENCES, Defect
from tests.standin import numbers, replies
from tests.standin.messente import Fault, Reply
from tests.standin.messente import Messente as StandIn
from tests.support.callback import Callback, report, reports_of, sending
from tests.support.world import PASSWORD, TABLE, USERNAME, Crash, World, message, nothing

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from messente_rcs.tracking.reconcile import Reconciler
    from tests.standin.messente import Request
    from tests.support.world import Hook

HOUR = 3600.0


class Odd(StandIn):
    """A Messente that gives an odd answer to a question about some omnimessages."""

    def __init__(self, world: World) -> None:
        super().__init__(USERNAME, PASSWORD, clock=world.clock)
        self.odd: dict[str, Reply] = {}

    def handle(self, request: Request) -> Reply:
        """Answer oddly where that is wished for."""
        reply = super().handle(request)
        return self.odd.get(request.path.split("/")[3], reply) if request.path.endswith("/status") else reply


@pytest.fixture
def messente(world: World) -> Odd:
    """Messente, as odd as a test wants it."""
    world.messente = odd = Odd(world)
    return odd


def reconciler(world: World, hook: Hook = nothing, **settings: Any) -> Reconciler:
    """Start an environment of the reconciler."""
    return world.parts(hook, reconcile_after=HOUR, **settings).reconciler


def run(world: World, hook: Hook = nothing, seconds: float = 60.0, **settings: Any) -> dict[str, int]:
    """Let it run once, in a new environment with so much time."""
    return reconciler(world, hook, **settings).run(world.remaining(seconds))


def asked(world: World) -> list[str]:
    """List the omnimessages that Messente was asked for, in order."""
    return [request.path.split("/")[3] for request in world.messente.requests if request.path.endswith("/status")]


def raw(world: World, key: str) -> dict[str, Any]:
    """Read a record as DynamoDB has it."""
    item: dict[str, Any] = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key}})["Item"]
    return item


def put(world: World, item: dict[str, Any]) -> None:
    """Write a record past the code's hands."""
    world.dynamodb.put_item(TableName=TABLE, Item=item)


def late(world: World, many: int, since: float, prefix: str = "late") -> None:
    """Have so many messages whose delivery is due `since` so many seconds; Messente does not know them any more."""
    world.deliver(message("pattern", to=numbers.NEVER_DONE), sending(world))
    pattern = raw(world, "pattern")
    for number in range(many):
        key, due = f"{prefix}-{number}", timestamp(world.clock() - since + number / 1000)
        entry = {name: {"S": value} for name, value in BY_DUE.entry(key, due).items()}
        ids = {"id": {"S": key}, "omnimessage_id": {"S": f"o-{key}"}, "omnimessage_ids": {"SS": [f"o-{key}"]}}
        put(world, pattern | ids | entry)
    world.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "pattern"}})


def die(step: str, when: str) -> None:
    """Die after the POST."""
    if (step, when) == ("urlopen", "after"):
        raise Crash


def abandon_on_the_queue(world: World) -> None:
    """Die over a message that the queue, against its nature, does not deliver again: only `by_due` has the claim."""
    with pytest.raises(Crash):
        world.deliver(message("dead"), sending(world, die))


def abandon_without_a_queue(world: World) -> None:
    """Die over a message that no queue would deliver again."""
    with pytest.raises(Crash):
        sending(world, die).handle(message("dead"), world.remaining())


def state(world: World, key: str = "dead") -> str:
    """Read the state from the record."""
    return str((world.item(key) or {})["state"])


# --- Dead claims ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("abandon", [abandon_on_the_queue, abandon_without_a_queue])
@pytest.mark.parametrize("trickle", [False, True], ids=["a backlog", "a steady trickle"])
def test_a_dead_claim_does_not_wait_behind_late_deliveries(
    world: World,
    abandon: Callable[[World], None],
    trickle: bool,  # noqa: FBT001 - a case
) -> None:
    """Two thousand deliveries are due before it, and sixty more come each minute: the next run finds it."""
    abandon(world)
    world.clock.advance(HOUR - 60)
    late(world, 2000, since=1800)
    assert run(world)["asked"] == 60
    world.clock.advance(60)
    if trickle:
        late(world, 60, since=60, prefix="more")
    done = run(world)
    assert (done["asked"], state(world)) == (60, "unknown")


def test_a_backlog_of_any_size_hides_no_claim_for_long(world: World) -> None:
    """Each run goes on where the one before ended, and asks for the longest due all the same."""
    late(world, 2 * LOOKS + 500, since=1800)
    abandon_on_the_queue(world)
    put(world, raw(world, "dead") | {"due": {"S": timestamp(world.clock() - 1)}})
    world.clock.advance(60)
    environment = reconciler(world)
    states = []
    for _ in range(2):
        environment.run(world.remaining(60))
        states.append(state(world))
    assert states == ["claimed", "unknown"]
    assert asked(world) == [f"o-late-{number}" for number in range(2 * 60)]


def test_what_was_looked_at_is_not_read_again(world: World) -> None:
    """A backlog costs one read of each of its records, and then one for each question."""
    late(world, 500, since=1800)
    reads: list[str] = []

    def count(step: str, when: str) -> None:
        if (step, when) == ("get_item", "before"):
            reads.append(step)

    environment = reconciler(world, count, reconcile_requests=5)
    environment.run(world.remaining(60))
    first = len(reads)
    environment.run(world.remaining(60))
    assert (first >= 500, len(reads) - first <= 20) == (True, True)


def test_dead_claims_leave_time_for_deliveries(world: World) -> None:
    """However slow the table is, a flood of dead claims takes a share of the run and no more."""
    abandon_without_a_queue(world)
    pattern = raw(world, "dead")
    for number in range(200):
        key = f"dead-{number}"
        put(world, pattern | {"id": {"S": key}, "lease_shard": {"S": BY_LEASE.entry(key, 0)["lease_shard"]}})
    late(world, 5, since=-600)
    world.clock.advance(700)

    def slow(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before"):
            world.clock.advance(1)

    done = run(world, slow)
    assert 10 <= done["lost"] <= 20
    assert done["asked"] == 5
    assert done["left"] == 201 - done["lost"]
    assert run(world)["lost"] == 201 - done["lost"]


def test_claims_are_ended_when_there_is_no_time_to_ask(world: World) -> None:
    """A run of a few seconds asks nobody, but a lease that ran out is over."""
    late(world, 5, since=-600)
    abandon_without_a_queue(world)
    world.clock.advance(700)
    assert run(world, seconds=5) == {"lost": 1, "asked": 0, "settled": 0, "closed": 0, "left": 5}


# --- Odd records ------------------------------------------------------------------------------------------------------

ODD: dict[str, dict[str, Any]] = {
    "no to": {"to": None},
    "no revision": {"revision": None},
    "no state": {"state": None},
    "no channels": {"channels": None},
    "no payload_hash": {"payload_hash": None},
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
    "errors of texts": {"errors": {"L": [{"S": "no"}]}},
    "ttl as text": {"ttl": {"S": "1798497197"}},
    "a number that is true": {"attempts": {"BOOL": True}},
    "a claim without its owner": {"state": {"S": "claimed"}, "owner": None},
}


def edit(world: World, key: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Edit a record by hand; None takes an attribute away."""
    item = {name: value for name, value in (raw(world, key) | changes).items() if value is not None}
    put(world, item)
    return item


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave attributes out."""
    return {name: value for name, value in item.items() if name not in names}


def metrics(capsys: pytest.CaptureFixture[str], act: Callable[[], object]) -> dict[str, list[float]]:
    """Act within an invocation, and return the metrics that it wrote."""
    with flush():
        pass
    capsys.readouterr()
    with flush():
        act()
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {
        metric["Name"]: each[metric["Name"]]
        for each in written
        for metric in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_an_odd_record_costs_its_own_turn(
    world: World, log: io.StringIO, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """It is reported by its id and moves back in the line, otherwise as it was; the others are done; then again."""
    env = sending(world)
    for key in ("odd", "k-1", "k-2"):
        world.deliver(message(key, to=numbers.UNREPORTED), env)
        world.clock.advance(1)
    before = edit(world, "odd", changes)
    world.clock.advance(HOUR)
    told = metrics(capsys, lambda: run(world))
    assert {(world.item(key) or {})["delivery"] for key in ("k-1", "k-2")} == {"seen"}
    assert told["Unreadable"] == [1]
    assert without(raw(world, "odd"), "due") == without(before, "due")
    assert raw(world, "odd")["due"]["S"] > timestamp(world.clock() + HOUR / 2)
    [line] = [each for each in map(json.loads, log.getvalue().splitlines()) if each["message"] == "record unreadable"]
    assert (line["message_id"], line["level"], line["attribute"]) == ("odd", "ERROR", line["attribute"])
    log.truncate(0)
    run(world)
    assert "unreadable" not in log.getvalue()
    world.clock.advance(2 * HOUR)
    run(world)
    assert "unreadable" in log.getvalue()


@pytest.mark.parametrize(
    "changes", [{"to": None}, {"revision": None}, {"owner": None}, {"attempts": {"S": "1"}}, {"state": {"S": "held"}}]
)
def test_an_odd_claim_costs_its_own_turn(world: World, log: io.StringIO, changes: dict[str, Any]) -> None:
    """The same in the index of claims; once a person has mended it, it becomes unknown like any other."""
    for key in ("odd", "dead"):
        with pytest.raises(Crash):
            sending(world, die).handle(message(key), world.remaining())
        world.clock.advance(1)
    whole = raw(world, "odd")
    before = edit(world, "odd", changes)
    world.clock.advance(60)
    assert run(world)["lost"] == 1
    assert state(world) == "unknown"
    assert without(raw(world, "odd"), "lease_until") == without(before, "lease_until")
    assert log.getvalue().count("record unreadable") == 1
    run(world)
    assert log.getvalue().count("record unreadable") == 1
    put(world, whole)
    assert run(world)["lost"] == 1
    assert state(world, "odd") == "unknown"


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_a_report_for_an_odd_record(
    world: World, callback: Callback, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """503, so that Messente may repeat it, and nothing is touched; mended by then, the record takes it."""
    world.deliver(message("odd"), sending(world))
    whole = raw(world, "odd")
    before = edit(world, "odd", changes)
    told = report(world.messente.accepted[0], "SEEN")
    statuses: list[int] = []
    written = metrics(capsys, lambda: statuses.extend(callback.take(told)))
    assert (statuses, raw(world, "odd")) == ([503], before)
    assert (written["Unreadable"], written["ReportNotKept"]) == ([1], [1])
    put(world, whole)
    assert callback.take(told) == [200]


def test_an_odd_record_is_not_sent_and_hides_no_other(world: World) -> None:
    """Its sender tries again later, the API answers 503, and the listing of unknown messages leaves it out."""
    for key in ("odd", "k"):
        world.deliver(message(key, to=numbers.CUT_AFTER_ACCEPT))
    before = edit(world, "odd", {"to": None})
    assert not world.deliver(message("odd", to=numbers.CUT_AFTER_ACCEPT))
    assert raw(world, "odd") == before
    assert len(world.messente.accepted) == 2
    ask = {"requestContext": {"http": {"method": "GET"}}, "headers": {}}
    one = world.env().handle({**ask, "rawPath": "/messages/odd"}, world.remaining())
    assert one["statusCode"] == 503
    listing = {**ask, "rawPath": "/messages", "queryStringParameters": {"state": "unknown"}}
    page = json.loads(world.env().handle(listing, world.remaining())["body"])
    assert [each["id"] for each in page["messages"]] == ["k"]


def test_a_record_that_does_not_belong_into_the_index_of_claims(world: World) -> None:
    """After an edit by hand: it leaves the index, so that it is not looked at for ever."""
    world.deliver(message("k", to=numbers.NEVER_DONE), sending(world))
    edit(world, "k", {"lease_shard": {"S": BY_LEASE.entry("k", 0)["lease_shard"]}, "lease_until": {"N": "1"}})
    assert run(world)["lost"] == 0
    assert "lease_shard" not in (world.item("k") or {})
    assert state(world, "k") == "sent"


@pytest.mark.parametrize("due", ["", "soon", "0000", "1970-01-01", "2026-11-23", "2026-11-23T12:00:00"])
def test_a_time_that_is_none(world: World, due: str) -> None:
    """An odd `due` is before or after every time; neither ends the run."""
    for key in ("odd", "k"):
        world.deliver(message(key, to=numbers.UNREPORTED), sending(world))
    edit(world, "odd", {"due": {"S": due}} if due else {"due": None})
    world.clock.advance(HOUR)
    with flush():
        assert run(world, reconcile_requests=1)["asked"] == 1
    run(world)
    assert (world.item("k") or {})["delivery"] == "seen"


# --- Odd answers ------------------------------------------------------------------------------------------------------

DRIP = Reply(200, {}, b"{" + b" " * 10_000, Fault.DRIP, delay=5)
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
def test_an_odd_answer_for_one_record_costs_its_own_turn(world: World, messente: Odd, answer: Reply) -> None:
    """The others are asked for, and the next run does not begin with it."""
    env = sending(world)
    for key in ("odd", "k-1", "k-2"):
        world.deliver(message(key, to=numbers.UNREPORTED), env)
        world.clock.advance(1)
    odd = messente.accepted[0].omnimessage_id
    messente.odd[odd] = answer
    world.clock.advance(HOUR)
    before = (world.item("odd") or {})["messages"]
    done = run(world)
    assert (done["asked"], done["settled"], done["left"]) == (3, 2, 0)
    assert asked(world)[0] == odd
    assert (world.item("odd") or {})["messages"] == before
    assert run(world)["asked"] == 0
    messente.odd.clear()
    for _ in range(3):
        world.clock.advance(HOUR)
        run(world)
    assert (world.item("odd") or {})["delivery"] == "seen"


def test_a_record_that_is_never_answered_for_is_asked_for_a_few_times(world: World, messente: Odd) -> None:
    """As often as one whose answers are always the same, and at the same times."""
    world.deliver(message("k"), sending(world))
    messente.odd[messente.accepted[0].omnimessage_id] = replies.SERVER_ERROR
    hours = []
    for hour in range(1, 200):
        world.clock.advance(HOUR)
        hours += [hour] * run(world)["asked"]
    assert hours == [1, 3, 7, 15, 31, 63]
    assert not {"due_shard", "due", "status_requests"} & set(world.item("k") or {})


def test_a_messente_that_is_down_is_left_alone(world: World, messente: Odd) -> None:
    """A few records in a row without an answer end the questions of the run; one answer in between begins anew."""
    env = sending(world)
    for number in range(10):
        world.deliver(message(f"k-{number}", to=numbers.UNREPORTED), env)
        world.clock.advance(1)
    world.clock.advance(HOUR)
    ids = [each.omnimessage_id for each in messente.accepted]
    messente.odd = dict.fromkeys(ids, replies.SERVER_ERROR)
    assert run(world)["asked"] == MOST_SILENCES
    del messente.odd[ids[MOST_SILENCES + 1]]
    assert run(world)["asked"] == 2 + MOST_SILENCES
    assert asked(world) == ids[: 2 * MOST_SILENCES + 2]
    messente.odd.clear()
    assert run(world)["settled"] == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_over_a_record(world: World, when: str) -> None:
    """Its next time was written before it was asked for: the next run begins with another record."""
    env = sending(world)
    for key in ("poison", "k"):
        world.deliver(message(key, to=numbers.UNREPORTED), env)
        world.clock.advance(1)
    world.clock.advance(HOUR)

    def die_over_it(step: str, at: str) -> None:
        if (step, at) == ("urlopen", when):
            raise Crash

    with pytest.raises(Crash):
        run(world, die_over_it)
    assert run(world)["settled"] == 1
    assert (world.item("k") or {})["delivery"] == "seen"
    for _ in range(3):
        world.clock.advance(HOUR)
        run(world)
    assert (world.item("poison") or {})["delivery"] == "seen"


def test_a_run_that_dies_over_the_last_question(world: World) -> None:
    """It is not asked for any more: six questions are six."""
    world.deliver(message("k", to=numbers.NEVER_DONE), sending(world))
    for _ in range(62):
        world.clock.advance(HOUR)
        run(world)
    world.clock.advance(HOUR)
    with pytest.raises(Crash):
        run(world, die)
    for _ in range(100):
        world.clock.advance(HOUR)
        run(world)
    assert len(asked(world)) == 6
    assert "due_shard" not in (world.item("k") or {})


def test_two_runs_at_once(world: World) -> None:
    """Whatever one does, the other leaves alone: each record is asked for once, and each claim ends once."""
    env = sending(world)
    for number in range(5):
        world.deliver(message(f"k-{number}", to=numbers.UNREPORTED), env)
        world.clock.advance(1)
    abandon_without_a_queue(world)
    world.clock.advance(HOUR)
    others: list[dict[str, int]] = []

    def the_other_runs(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before") and not others:
            others.append({})
            others.append(run(world))

    done = run(world, the_other_runs)
    assert sorted(asked(world)) == sorted(set(asked(world)))
    assert done["asked"] + others[1]["asked"] == 5
    assert done["lost"] + others[1]["lost"] == 1
    assert {(world.item(f"k-{number}") or {})["delivery"] for number in range(5)} == {"seen"}


# --- Failures ---------------------------------------------------------------------------------------------------------


class Failing(World):
    """A world whose table refuses every write to one item."""

    def refuse(self, key: str, failure: Exception) -> None:
        """Refuse writes from now on."""
        real = self.dynamodb

        class Refusing:
            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def update_item(self, **arguments: Any) -> Any:
                if arguments["Key"]["id"]["S"] == key:
                    raise failure
                return real.update_item(**arguments)

        self.dynamodb = Refusing()  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem"), TableUnavailable),
        (KeyError("+37255512345"), Defect),
    ],
)
@pytest.mark.parametrize("claimed", [False, True])
def test_a_record_that_cannot_be_written(
    failure: Exception,
    raised: type[Exception],
    claimed: bool,  # noqa: FBT001 - a case
) -> None:
    """An item that is too large, say, or a defect of ours: the others are done, then the run fails for its alarm."""
    world = Failing()
    for key in ("odd", "k"):
        if claimed:
            with pytest.raises(Crash):
                sending(world, die).handle(message(key), world.remaining())
        else:
            world.deliver(message(key, to=numbers.UNREPORTED), sending(world))
        world.clock.advance(1)
    world.clock.advance(HOUR)
    world.refuse("odd", failure)
    with pytest.raises(raised) as told:
        run(world)
    assert "37255" not in str(told.value)
    item = world.item("k") or {}
    assert (item["state"], item.get("delivery")) == (("unknown", None) if claimed else ("sent", "seen"))


# --- What is overdue --------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """How many of each kind a run found and left, and for how long the oldest of them is due."""
    late(world, 100, since=1800)
    told = metrics(capsys, lambda: run(world))
    assert told == {"OverdueDeliveries": [40], "OldestOverdue": [pytest.approx(1800, abs=1)]}
    told = metrics(capsys, lambda: run(world))
    assert told == {}


def test_dead_claims_that_are_left_are_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The run had no time for them."""
    abandon_without_a_queue(world)
    world.clock.advance(400)

    def slow(step: str, when: str) -> None:
        if (step, when) == ("query", "after"):
            world.clock.advance(1)

    told = metrics(capsys, lambda: run(world, slow))
    assert told["OverdueClaims"] == [1]
    assert 360 < told["OldestOverdue"][0] < 500


def test_how_long_the_oldest_unknown_message_waits_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each run tells it anew, until a report has healed the message; then there is no value any more."""
    for key in ("old", "new"):
        world.deliver(message(key, to=numbers.CUT_AFTER_ACCEPT), sending(world))
        world.clock.advance(600)
    assert metrics(capsys, lambda: run(world)) == {"OldestUnknown": [pytest.approx(1200, abs=1)]}
    world.clock.advance(60)
    assert metrics(capsys, lambda: run(world)) == {"OldestUnknown": [pytest.approx(1260, abs=1)]}
    healed = Callback(world).take(*reports_of(world))
    assert set(healed) == {200}
    assert metrics(capsys, lambda: run(world)) == {}


def test_an_index_that_is_away_costs_its_own_gauge(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is due is asked for all the same; then the run fails, so that the alarm for it rings."""
    world.deliver(message("k", to=numbers.UNREPORTED), sending(world))
    world.clock.advance(HOUR)
    queries = itertools.count(1)

    def away(step: str, when: str) -> None:
        # The 32 shards of by_lease and of by_due are read before those of by_unknown.
        if (step, when) == ("query", "before") and next(queries) == 2 * SHARDS + 1:
            raise ConnectTimeoutError(endpoint_url="")

    with pytest.raises(TableUnavailable):
        metrics(capsys, lambda: run(world, away))
    assert (world.item("k") or {})["delivery"] == "seen"
