"""Every order of ACK, DELIVRD and SEEN, with doubles and around the record step, ends in the same record."""

import itertools
from collections.abc import Callable
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
from tests.support.world import Crash, Hook, World, message, nothing

STATUSES = ("ACK", "DELIVRD", "SEEN")


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
def test_every_order_with_doubles_and_the_record_step_anywhere(kind: str) -> None:
    """The owner's step comes before, among or after the reports, or never; then everything comes once more."""
    ends = []
    for order in (*itertools.permutations(STATUSES), *itertools.permutations((*STATUSES, "record"))):
        world = World()
        callback, reports = Callback(world), send(world, "k", DIE)
        record = record_step(world, kind)
        for step in (*order, *order):
            if step == "record":
                record()
            else:
                assert callback.take(reports[step]) == [200]
        ends.append(outcome(world.item("k")))
    assert (ends[0]["state"], ends[0]["delivery"], len(ends[0]["messages"])) == ("sent", "seen", 1)
    assert ends == [ends[0]] * (6 + 24)


def test_reports_that_overtake_each_other_within_the_handler(world: World) -> None:
    """Each of two reports reads the record before the other has written: none of them is lost."""
    for number, (slow, fast) in enumerate(itertools.permutations(STATUSES, 2)):
        reports, other = send(world, f"k-{number}", nothing), Callback(world)
        the_other_comes = once("get_item", "after", partial(other.take, reports[fast]))
        assert Callback(world, the_other_comes).take(reports[slow]) == [200]
        higher = max(slow, fast, key=STATUSES.index)
        [told] = world.record_of(f"k-{number}")["messages"].values()
        assert told["status"] == higher
