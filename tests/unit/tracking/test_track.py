"""A report on a record: no order and no repetition of the same reports makes a difference, to it or to the metrics."""

import io
import itertools
import json
import random
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messente_rcs.records.record import Record
from messente_rcs.telemetry import flush
from messente_rcs.tracking.report import STATUSES, InvalidReport, Report, read_report
from messente_rcs.tracking.track import Mismatch, apply
from tests.standin.messente import Accepted
from tests.support.callback import Callback, report, signed
from tests.support.metrics import Metric

TO = "+37255512345"
CHANNELS = ("rcs", "sms", "viber")
NEW = ("TELEPORTED", "ASCENDED")  # two statuses of the future
ERR = {"SEEN": 10, "FAILED": 1, "EXPIRED": 2, "ASCENDED": 4711}
WITH_A_PRICE = {"ACK", "DELIVRD", "ASCENDED"}

type Said = tuple[str | None, int]  # a status and which message of the chain it is of


def record(state: str, channels: int = 1, /, **more: Any) -> Record:
    """Make a record as the steps before a report leave it; its ids are known if it was sent."""
    known = {"omnimessage_id": "o-1", "omnimessage_ids": {"o-1"}, "delivery": "pending"} if state == "sent" else {}
    messages = {f"m-{n}": {"channel": CHANNELS[n], "sender": "Shop"} for n in range(channels)} if known else {}
    item: dict[str, Any] = {
        "id": "k", "state": state, "to": TO, "channels": list(CHANNELS[:channels]), "messages": messages, **known,
    }  # fmt: skip
    item |= {"owner": "w", "attempts": 1, "revision": 1, "ttl": 1, "due_shard": "1", "due": "2026", "payload_hash": "h"}
    return Record.of(item | more)


def parsed(said: Said, **more: Any) -> Report:
    """Make a report; its details depend on its status, and not every status has each of them."""
    status, index = said
    body: dict[str, Any] = {
        "omnimessage_id": "o-1", "message_id": f"m-{index}", "to": TO, "status": status, "sender": "Shop",
    }  # fmt: skip
    body |= {"channel": CHANNELS[index], "err": ERR.get(status or "", 0), "timestamp": f"time of {status}"}
    if status in ("FAILED", "EXPIRED"):
        body["error"] = f"error of {status}"
    if status in WITH_A_PRICE:
        body["price_info"] = {"part_price": "0.04", "parts_count": 1, "total_price": "0.04"}
    return read_report(body | more)


STATES: dict[str, dict[str, Any]] = {
    "sent": {},
    "claimed": {"lease_until": 1, "lease_shard": "1"},
    "unknown": {"unknown_shard": "1", "unknown_since": "2026", "errors": []},
    "retryable": {"errors": [{"code": "104"}]},
    "rejected": {"errors": [{"code": "105"}]},
    "cancelled": {},
    "cancelled at Messente": {"state": "cancelled", "omnimessage_ids": {"o-1"}, "cancelled_ids": {"o-1"}},
}
at_any_pace = settings(deadline=None)

chains = st.integers(1, 3).flatmap(
    lambda length: st.tuples(
        st.just(length),
        st.lists(
            st.tuples(st.sampled_from([None, *STATUSES, *NEW]), st.integers(0, length - 1)), min_size=1, max_size=8
        ),
    )
)


@at_any_pace
@given(chains, st.sampled_from(sorted(STATES)), st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_makes_a_difference(
    chain: tuple[int, list[Said]], state: str, chance: random.Random
) -> None:
    """Any multiset of reports gives one record, and none of them changes it any more."""
    length, said = chain
    reports, before = [parsed(each) for each in said], record(state, length, **STATES[state])
    after = reduce(apply, reports, before)
    other = chance.sample([*reports, *reports], k=2 * len(reports))
    assert reduce(apply, other, before) == after
    assert all(apply(after, each) == after for each in reports)
    assert after.state == ("cancelled" if state == "cancelled at Messente" else "sent")


@at_any_pace
@given(chains, st.sampled_from(sorted(STATES)))
def test_a_message_never_falls_back(chain: tuple[int, list[Said]], state: str) -> None:
    """The rank of each message only grows; what is settled is never open again; no message disappears."""
    length, said = chain
    course = list(accumulate((parsed(each) for each in said), apply, initial=record(state, length, **STATES[state])))
    for before, after in pairwise(course[1:]):
        for message_id, part in before.messages.items():
            assert after.messages[message_id].get("rank", 0) >= part.get("rank", 0)
        assert before.delivery == "pending" or after.delivery != "pending"
        assert (after.due_shard is not None) == (after.delivery == "pending")


def test_the_highest_status_speaks_for_its_message() -> None:
    """Nothing of a failure stays with a message that was delivered after all, and err 10 is no error."""
    failed = apply(record("sent"), parsed(("FAILED", 0)))
    assert failed.messages["m-0"]["error"] == "error of FAILED"
    seen = reduce(apply, [parsed(("DELIVRD", 0)), parsed(("SEEN", 0))], failed)
    assert seen.messages["m-0"] == {
        "channel": "rcs", "sender": "Shop", "status": "SEEN", "rank": 70, "err": 10, "timestamp": "time of SEEN",
        "price_info": {"part_price": "0.04", "parts_count": "1", "total_price": "0.04"},
    }  # fmt: skip
    assert (seen.delivery, seen.delivery_channel) == ("seen", "rcs")


@pytest.mark.parametrize("order", list(itertools.permutations([("ACK", "3"), ("NACK", "4"), ("SEEN", "")])))
def test_a_price_stays_whichever_report_names_it(order: Sequence[tuple[str, str]]) -> None:
    """A later status without one does not take it away, or it would count again; of two the higher one counts."""
    reports = [parsed((status, 0), price_info=price and {"total_price": price}) for status, price in order]
    assert reduce(apply, reports, record("sent")).messages["m-0"]["price_info"] == {"total_price": "4"}


@pytest.mark.parametrize(("state", "field"), [("sent", "omnimessage_id"), ("unknown", "to")])
def test_a_report_of_another_message_is_refused(state: str, field: str) -> None:
    """The omnimessage must be the record's, and the recipient where none is known; the text shows neither."""
    with pytest.raises(Mismatch, match=f"^{field}$"):
        apply(record(state), parsed(("SEEN", 0), **{field: "+37255599999"}))


def test_what_messente_adds_one_day_is_kept() -> None:
    """Unknown statuses, codes and fields are no errors; an unknown status is overtaken by a known outcome."""
    told = parsed(("TELEPORTED", 0), err=4711, region="EE", price_info={"total_price": 0.04, "tax": "1"})
    after = apply(record("sent"), told)
    assert after.delivery == "pending"
    part = after.messages["m-0"]
    assert (part["status"], part["err"], part["price_info"]) == ("TELEPORTED", 4711, {"total_price": "0.04"})
    assert apply(after, parsed(("FAILED", 0))).delivery == "failed"


def test_of_two_new_statuses_not_the_first_to_arrive_counts() -> None:
    """Nobody knows which of them is further, but every order must end in the same one."""
    one, other = (parsed((status, 0)) for status in NEW)
    assert apply(apply(record("sent"), one), other) == apply(apply(record("sent"), other), one)


ODD: list[tuple[str, Any]] = [
    *(("err", each) for each in ("1", 10**40, None)),
    *(("error", each) for each in (5, "")),
    ("timestamp", 1),
    ("price_info", []),
    ("price_info", {"total_price": None}),
    ("channel", None),
    ("sender", {}),
]


@pytest.mark.parametrize(("field", "value"), ODD)
def test_odd_details_do_not_cost_the_status(field: str, value: object) -> None:
    """What cannot be kept is left out, and a number becomes its text."""
    after = apply(record("sent"), parsed(("DELIVRD", 0), **{field: value}))
    assert after.messages["m-0"]["status"] == "DELIVRD"
    assert after.messages["m-0"].get(field) in (None, "rcs", "Shop", {}, str(value))


NO_IDS: list[Any] = [None, "", 5, ["x"]]
NO_STATUSES: list[Any] = ["", 5, [], {}, "x" * 1001]
NEEDED = {"omnimessage_id": NO_IDS, "message_id": NO_IDS, "status": NO_STATUSES}
WITHOUT = [(field, value) for field, values in NEEDED.items() for value in values]


@pytest.mark.parametrize(("field", "value"), WITHOUT)
def test_a_report_without_what_it_needs(field: str, value: object) -> None:
    """The error names the field, and never the value."""
    with pytest.raises(InvalidReport) as raised:
        parsed(("ACK", 0), **{field: value})
    assert raised.value.field == f"payload[{field}]"
    assert str(raised.value) == f"not a delivery report: payload[{field}]"


# --- Reports in numbers: each delivery and each price counts once -----------------------------------------------------


type Written = Callable[[], list[Metric]]

TOLD = {"Delivered", "Seen", "Failed", "DeliveryExpired", "MessagePrice"}


def told(metrics: Written) -> dict[str, float]:
    sums: dict[str, float] = {}
    for each in metrics():
        if each.name in TOLD:
            sums[each.name] = sums.get(each.name, 0) + each.value
    return sums


PRICE = {"MessagePrice": 0.04}
CASES: dict[str, tuple[Sequence[str], dict[str, float]]] = {
    **{
        f"the usual course, {number}": (order, {"Delivered": 1, "Seen": 1} | PRICE)
        for number, order in enumerate(itertools.permutations(["ACK", "DELIVRD", "SEEN"]))
    },
    "seen, and no report of the delivery": (["SEEN"], {"Delivered": 1, "Seen": 1} | PRICE),
    "told twice": (["DELIVRD", "DELIVRD", "DELIVRD"], {"Delivered": 1} | PRICE),
    "only accepted": (["ACK"], PRICE),
    "failed": (["UNDELIV", "FAILED"], {"Failed": 1} | PRICE),
    "expired": (["EXPIRED"], {"DeliveryExpired": 1} | PRICE),
    "failed, and then delivered": (["FAILED", "DELIVRD"], {"Failed": 1, "Delivered": 1} | PRICE),
}


@pytest.mark.parametrize(("statuses", "sums"), CASES.values(), ids=list(CASES))
def test_a_move_counts_once(
    callback: Callback,
    sent: Accepted,
    metrics: Written,
    log: io.StringIO,
    statuses: Sequence[str],
    sums: dict[str, float],
) -> None:
    """No order and no repetition changes a sum; the log has the same numbers by country and channel, and no other."""
    for status in statuses:
        with flush():
            assert callback.take(report(sent, status)) == [200]
    assert told(metrics) == sums
    lines = [each for each in map(json.loads, log.getvalue().splitlines()) if each["message"] == "delivery"]
    assert {(each["country"], each["channel"]) for each in lines} == {("372", "rcs")}
    found = {name: sum(each.get(name, 0) for each in lines) for name in ("delivered", "failed", "price")}
    assert found == {
        "delivered": sums.get("Delivered", 0),
        "failed": sums.get("Failed", 0) + sums.get("DeliveryExpired", 0),
        "price": sums["MessagePrice"],
    }
    assert TO.removeprefix("+") not in log.getvalue()


def test_a_channel_that_the_message_has_not_is_not_logged(callback: Callback, sent: Accepted, log: io.StringIO) -> None:
    """Messente could write anything there, the number as well."""
    said = json.loads(report(sent, "DELIVRD").body) | {"message_id": "another", "channel": TO}
    assert callback.handle(signed(json.dumps(said).encode()))[0] == 200
    lines = [each for each in map(json.loads, log.getvalue().splitlines()) if each["message"] == "delivery"]
    assert {each["channel"] for each in lines} == {"other"}


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "free", "1e300", "", None, {}, [1], "\ud800"])
def test_a_price_that_is_none_adds_nothing(callback: Callback, sent: Accepted, metrics: Written, price: object) -> None:
    """Messente writes prices as texts; one odd text must not spoil the sum of a day."""
    said = json.loads(report(sent, "DELIVRD").body) | {"price_info": {"total_price": price}}
    with flush():
        assert callback.handle(signed(json.dumps(said).encode()))[0] == 200
    assert told(metrics) == {"Delivered": 1}
