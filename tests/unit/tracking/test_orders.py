"""Every order of ACK, DELIVRD and SEEN, with doubles and around the record step, ends in the same record."""

import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from messente_rcs.messente.answers import Answer, AnswerKind
from messente_rcs.records.record import Record
from messente_rcs.records.table import Claim, ConditionFailed
from tests.standin.reports import Report
from tests.support.callback import Callback, reports_of, sending
from tests.support.steps import DIE, once
from tests.support.world import TABLE, Crash, Hook, World, message, nothing

STATUSES = ("ACK", "DELIVRD", "SEEN")
LONGEST = 6  # reports in a row: three, and up to as many doubles


def outcome(item: dict[str, Any] | None) -> dict[str, Any]:
    """Take from a record what every order must agree on: its public part without our own times and counts."""
    assert item is not None
    ours = {"id", "created_at", "updated_at", "ttl", "attempts", "revision"}
    found = {name: value for name, value in Record.of(item).public.items() if name not in ours}
    found["messages"] = list(found["messages"].values())
    assert found.pop("omnimessage_id")
    return found


def send(world: World, key: str, hook: Hook) -> dict[str, Report]:
    with suppress(Crash):
        world.deliver(message(key), sending(world, hook))
    return {report.status: report for report in reports_of(world)}


class Course:
    """What a step makes of each record that can come about, through the real handler and the real table.

    A step depends on nothing but the record, so that each is tried once from each record, however many orders lead
    there: `end` walks any order of steps.
    """

    def __init__(self, world: World, steps: dict[str, Callable[[], None]]) -> None:
        self._world = world
        self._steps = steps
        self._raw: list[dict[str, Any]] = [self._read()]
        self._after: dict[tuple[int, str], int] = {}

    def end(self, steps: Iterable[str]) -> int:
        at = 0
        for step in steps:
            if (at, step) not in self._after:
                self._after[at, step] = self._take(at, step)
            at = self._after[at, step]
        return at

    def outcome(self, at: int) -> dict[str, Any]:
        self._write(self._raw[at])
        return outcome(self._world.item("k"))

    def _take(self, at: int, step: str) -> int:
        self._write(self._raw[at])
        self._steps[step]()
        found = self._read()
        if found not in self._raw:
            self._raw.append(found)
        return self._raw.index(found)

    def _read(self) -> dict[str, Any]:
        item = self._world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
        return {**item, "revision": {"N": "1"}}

    def _write(self, raw: dict[str, Any]) -> None:
        self._world.dynamodb.put_item(TableName=TABLE, Item=raw)


def with_doubles() -> list[tuple[str, ...]]:
    """List every sequence of reports, up to the longest, in which each status comes at least once."""
    lengths = range(len(STATUSES), LONGEST + 1)
    sequences = itertools.chain.from_iterable(itertools.product(STATUSES, repeat=length) for length in lengths)
    return [each for each in sequences if set(each) == set(STATUSES)]


def record_step(world: World, kind: str) -> Callable[[], None]:
    """Make the step that the message's owner takes: it read the answer, or knows that it was lost."""
    table = world.parts().table
    claim, [accepted] = Claim("k", world.record_of("k")["owner"], 0), world.messente.accepted
    messages = {m["message_id"]: {n: m[n] for n in ("channel", "sender")} for m in accepted.reply["messages"]}
    sent = Answer(AnswerKind.SENT, "HTTP 201", accepted.omnimessage_id, messages)

    def step() -> None:
        if kind == "sent":
            table.record_sent(claim, sent)
            return
        with suppress(ConditionFailed):  # a report came before, and says more
            table.record_unknown(claim, Answer(AnswerKind.UNKNOWN, "cut off"))

    return step


@pytest.mark.parametrize("kind", ["sent", "unknown"])
def test_every_order_with_doubles_and_the_record_step_anywhere(world: World, callback: Callback, kind: str) -> None:
    """Up to six reports, each status once or more, the owner's step before, among or after them, or never."""
    reports = send(world, "k", DIE)
    taken: list[int] = []
    takes = {name: lambda report=report: taken.extend(callback.take(report)) for name, report in reports.items()}
    course = Course(world, {**takes, "record": record_step(world, kind)})
    orders, ends = 0, set()
    for sequence in with_doubles():
        for order in (sequence, *((*sequence[:n], "record", *sequence[n:]) for n in range(len(sequence) + 1))):
            orders += 1
            ends.add(course.end(order))
    assert orders > 5000
    assert set(taken) == {200}
    first, *others = map(course.outcome, ends)
    assert (first["state"], first["delivery"], len(first["messages"])) == ("sent", "seen", 1)
    assert others == [first] * len(others)


def test_reports_that_overtake_each_other_within_the_handler(world: World) -> None:
    """Each of two reports reads the record before the other has written: none of them is lost."""
    for number, (slow, fast) in enumerate(itertools.permutations(STATUSES, 2)):
        reports, other = send(world, f"k-{number}", nothing), Callback(world)
        the_other_comes = once("get_item", "after", partial(other.take, reports[fast]))
        assert Callback(world, the_other_comes).take(reports[slow]) == [200]
        higher = max(slow, fast, key=STATUSES.index)
        [told] = world.record_of(f"k-{number}")["messages"].values()
        assert told["status"] == higher


def test_the_record_step_comes_while_a_report_is_written(world: World) -> None:
    """The report's write is refused, for the record has moved, and is then made on the record as it is."""
    reports = send(world, "k", DIE)
    the_owner_records = once("update_item", "before", record_step(world, "sent"))
    assert Callback(world, the_owner_records).take(reports["ACK"]) == [200]
    item = world.record_of("k")
    assert item["state"] == "sent"
    assert [m["status"] for m in item["messages"].values()] == ["ACK"]
    assert item["due"] > "2026-11-23T12:59"  # the record step's, not the lease's
