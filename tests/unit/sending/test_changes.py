"""Events out: every change of a record reaches the bus at least once, or is a dead letter; none is lost."""

import io
import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.aws.bus import MOST, PAUSES
from messente_rcs.errors import INVALID, error
from messente_rcs.records.expressions import encoded
from messente_rcs.telemetry import flush
from messente_rcs.tracking.report import read_report
from tests.standin import numbers
from tests.support.callback import Callback, report, reports_of, sending
from tests.support.gateway import report_on
from tests.support.mapping import Mapping, passes
from tests.support.metrics import Metric
from tests.support.steps import down
from tests.support.world import TEXT, TO, Crash, Hook, World, message, nothing


def publish(world: World, invoke: Callable[[dict[str, Any]], Any] | None = None, **settings: Any) -> list[Any]:
    """Hand over the stream until all of it is done; return the details of the events on the bus."""
    mapping = Mapping(invoke or world.changes(**settings))
    polls = 0
    while mapping.poll(world.dynamodb.stream):
        polls += 1
        assert polls < 1000, "the stream stands still"
    return told(world)


def told(world: World) -> list[Any]:
    return [event["Detail"] for event in world.events.taken]


def changes(world: World) -> set[tuple[str, int]]:
    """Name the changes that have to be published, by id and revision."""
    images = [record["dynamodb"]["NewImage"] for record in world.dynamodb.stream if passes(record)]
    return {(image["id"]["S"], int(image["revision"]["N"])) for image in images}


def published(world: World) -> set[tuple[str, int]]:
    return {(event["id"], event["revision"]) for event in told(world)}


def send(world: World, number: int) -> None:
    for n in range(number):
        assert world.deliver(message(f"k{n}"))


def waiting_at(world: World, hook: Hook = nothing) -> int:
    """Hand over the whole stream once, and return the place of the one change that it is to be taken up from."""
    records = [record for record in world.dynamodb.stream if passes(record)]
    [failure] = world.changes(hook)({"Records": records})["batchItemFailures"]
    return [each["dynamodb"]["SequenceNumber"] for each in records].index(failure["itemIdentifier"])


# --- What an event tells ----------------------------------------------------------------------------------------------


def test_the_life_of_a_message_is_told_change_by_change(world: World) -> None:
    """From the acceptance on, with the state before; of the claim nothing is told."""
    world.deliver(message("k"), sending(world))
    Callback(world).take(*reports_of(world))
    events = publish(world)
    [first, *_, last] = events
    assert (first["state"], first["delivery"], first["previous"]) == ("sent", "pending", {"state": "claimed"})
    assert (last["delivery"], last["previous"]) == ("seen", {"state": "sent", "delivery": "delivered"})
    assert [event["revision"] for event in events] == [2, 3, 4, 5]
    assert {(event["Source"], event["DetailType"]) for event in world.events.taken} == {
        ("messente-rcs", "RCS Message Changed")
    }


def test_numbers_are_numbers_and_each_channel_has_its_price(world: World) -> None:
    """What the record has, as it has it, but for Messente's own words and the recipient."""
    world.deliver(message("k"))
    world.parts().tracker.track("k", [read_report(report_on(world, "k"))])
    event = publish(world)[-1]
    assert (event["attempts"], event["revision"], event["ttl"]) == (1, 3, int(world.record_of("k")["ttl"]))
    [part] = event["messages"].values()
    assert part == {
        "channel": "rcs", "sender": "StandIn", "status": "DELIVRD", "rank": 60, "err": 0,
        "timestamp": "2026-11-23T12:00:01.000000",
        "price_info": {"part_price": "0.04", "parts_count": "1", "total_price": "0.04"},
    }  # fmt: skip


def test_what_is_no_change_of_a_message_is_not_told(world: World) -> None:
    """Claims, pointers to records, and records that expire."""
    world.deliver(message("k"))
    world.dynamodb.put_item(Item=encoded({"id": "#omni", "of": "k"}))
    world.dynamodb.delete_item(Key={"id": {"S": "k"}})
    assert len(world.dynamodb.stream) == 4
    assert [event["revision"] for event in publish(world)] == [2]


# --- Private ----------------------------------------------------------------------------------------------------------

QUOTED = f"the text {TEXT} to {TO} is refused"
PRIVATE = (TEXT, TEXT.split()[1], TO[1:], TO[-8:], "refused")


def test_an_event_names_the_recipient_only_if_the_stack_says_so(world: World) -> None:
    """As `to`, and nowhere else."""
    world.deliver(message("k"))
    assert TO[1:] not in json.dumps(publish(world))
    assert publish(world, publish_recipient=True)[-1]["to"] == TO


WORDS = [QUOTED, TEXT, TO, TO[1:], TO[-8:], f"{TO[:4]} {TO[4:]}"]


@pytest.mark.parametrize("words", WORDS)
def test_messentes_words_are_not_told(world: World, words: str) -> None:
    """Messente may quote a number or a text in anything that it writes, also where a status or a price belongs."""
    world.deliver(message("k"))
    quoting = dict.fromkeys(("status", "channel", "error", "timestamp"), words)
    prices = dict.fromkeys(("part_price", "parts_count", "total_price"), words)
    world.parts().tracker.track("k", [read_report(report_on(world, "k") | quoting | {"price_info": prices})])
    image = {"id": "odd", "state": "rejected", "to": TO, "channels": ["rcs"], "payload_hash": "x", "revision": 2}
    errors = [dict.fromkeys(("code", "title", "detail", "source"), words), error(INVALID, words, "payload[to]"), {}]
    entry = {"channel": words, "sender": TO, "err": 3}
    odd = image | {"errors": errors, "delivery_channel": words, "messages": {"m": entry}}
    for edited in (odd | {"state": [words]}, odd):
        world.dynamodb.put_item(Item=encoded(edited))
    *_, last, rejected = publish(world)
    assert list(last["messages"].values()) == [
        {"channel": "rcs", "sender": "StandIn", "rank": 40, "err": 0, "price_info": {}}
    ]
    assert [(*each.values(),) for each in rejected["errors"]] == [(None, "?"), ("105", "payload[to]"), (None, None)]
    assert rejected["messages"] == {"m": {"err": 3}}
    text = json.dumps([last, rejected])
    assert [word for word in PRIVATE if word in text] == []


# --- Never lost -------------------------------------------------------------------------------------------------------


def test_only_what_the_bus_did_not_take_is_put_again(world: World) -> None:
    """Two of ten events fail once each: a second call has just these two."""
    send(world, 10)
    failed: set[str] = set()

    def trouble(entry: Any) -> str | None:
        key = json.loads(entry["Detail"])["id"]
        if key in {"k2", "k7"} - failed:
            failed.add(key)
            return "ThrottlingException"
        return None

    world.events.trouble = trouble
    begin = world.clock()
    publish(world)
    assert world.events.calls == [10, 2]
    assert len(world.events.taken) == len(published(world)) == 10
    assert world.clock() - begin == pytest.approx(PAUSES[0])


def test_the_stream_goes_on_where_the_bus_stopped(world: World) -> None:
    """The first change that the bus does not take is named, none behind its call is tried, and none before it again."""
    send(world, 35)
    world.events.trouble = lambda entry: "InternalFailure" if '"id":"k13"' in entry["Detail"] else None
    assert waiting_at(world) == 13
    assert len(published(world)) == 19
    world.events.trouble = lambda _: None
    publish(world)
    assert published(world) == changes(world)


def test_a_bus_that_is_away_is_asked_once(world: World, log: io.StringIO) -> None:
    """Boto has repeated the call: the stream waits, and the line says why."""
    send(world, 30)

    def away(_: Any) -> str:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": TO}}, "PutEvents")

    world.events.trouble = away
    assert waiting_at(world) == 0
    assert world.events.calls == [MOST]
    [line] = map(json.loads, log.getvalue().splitlines()[-1:])
    assert (line["message"], line["reason"], line["message_id"]) == ("not published", "AccessDeniedException", "k0")


def test_a_batch_without_time_comes_again(world: World) -> None:
    """Nothing is put on the bus that Lambda might end the invocation over."""
    send(world, 1)
    [record] = [record for record in world.dynamodb.stream if passes(record)]
    assert world.changes(seconds=19)({"Records": [record]})["batchItemFailures"]
    assert world.events.taken == []


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_no_change_is_lost(world: World, seed: int) -> None:
    """Entries fail, calls fail, and the function dies before or after a call: each change is published all the same."""
    chance = Random(seed)  # noqa: S311 - has to be repeatable, not secret

    def trouble(_: Any) -> str | None:
        if chance.random() < 0.05:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutEvents")
        return "InternalFailure" if chance.random() < 0.2 else None

    def die(step: str, _: str) -> None:
        if step == "put_events" and chance.random() < 0.1:
            raise Crash

    world.events.trouble = trouble
    send(world, 40)
    world.deliver(message("unknown", to=numbers.CUT_AFTER_ACCEPT))
    for n in range(0, 40, 3):
        Callback(world).take(report(world.messente.accepted[n], "DELIVRD", message_id=f"k{n}"))
    publish(world, world.changes(die))
    assert published(world) == changes(world)
    assert world.dead() == []


def test_an_item_that_is_no_record_holds_nothing_up(
    world: World, log: io.StringIO, metrics: Callable[[], list[Metric]]
) -> None:
    """After an edit by hand, say. It is a dead letter that says whose it is, and it raises the alarm for such items."""
    send(world, 3)
    world.dynamodb.put_item(Item=encoded({"id": "k1", "state": "sent", "to": TO, "text": TEXT}))
    world.deliver(message("k3"))
    publish(world)
    assert {event["id"] for event in told(world)} == {"k0", "k1", "k2", "k3"}
    [letter] = world.dead()
    where = world.dynamodb.stream[6]["dynamodb"]["SequenceNumber"]
    assert json.loads(letter.pop("body")) == {"id": "k1", "SequenceNumber": where}
    assert letter == {"message_id": "k1", "reason": "unreadable", "errors": "[]"}
    assert "never published" in log.getvalue()
    with flush():
        pass
    assert Metric("Unreadable", 1) in metrics()


REFUSALS = {"an event that the bus refuses": "MalformedDetail", "a wrong argument": "InvalidArgument"}


@pytest.mark.parametrize("code", REFUSALS.values(), ids=REFUSALS)
def test_an_event_that_the_bus_will_never_take_holds_nothing_up(world: World, code: str) -> None:
    """It is a dead letter at once, and is not put again."""
    send(world, 3)
    world.events.trouble = lambda entry: code if '"id":"k1"' in entry["Detail"] else None
    publish(world)
    assert (world.events.calls, {event["id"] for event in told(world)}) == ([3], {"k0", "k2"})
    assert [(letter["message_id"], letter["reason"]) for letter in world.dead()] == [("k1", code)]


def test_a_dead_letter_that_cannot_be_written_comes_again(world: World) -> None:
    """Neither on the bus nor a dead letter: that would be lost."""
    send(world, 2)
    world.events.trouble = lambda entry: "MalformedDetail" if '"id":"k0"' in entry["Detail"] else None
    assert waiting_at(world, down("send_message")) == 0


# --- Size -------------------------------------------------------------------------------------------------------------


def record_of(messages: int, letter: str) -> dict[str, Any]:
    """Make a record whose every text is as long as reports and answers may make it."""
    text = letter * 1000
    prices = dict.fromkeys(("part_price", "parts_count", "total_price"), "1234567.1234567")
    part = {"channel": "c" * 40, "sender": letter * 100, "status": "S" * 40, "error": text, "price_info": prices}
    return {
        "id": "k" * 255, "state": "sent", "to": TO, "channels": ["rcs", "sms", "viber", "whatsapp"], "revision": 9,
        "payload_hash": "x", "omnimessage_id": text, "delivery": "failed", "delivery_channel": text,
        "messages": {f"{letter * 250}{n}": part for n in range(messages)},
        "errors": [dict.fromkeys(("code", "title", "detail", "source"), letter * 500) for _ in range(20)],
    }  # fmt: skip


SIZES = {"the longest chain": (4, "x", True), "in four bytes a letter": (4, "😀", True), "too many": (200, "😀", False)}


@pytest.mark.parametrize(("messages", "letter", "whole"), SIZES.values(), ids=SIZES)
def test_the_largest_record_fits(world: World, messages: int, letter: str, whole: bool) -> None:  # noqa: FBT001
    """A chain has four messages. Of more, an event says what it leaves out, and never is too large for the bus."""
    for _ in range(3):
        world.dynamodb.put_item(Item=encoded(record_of(messages, letter) | {"revision": len(world.dynamodb.stream)}))
    events = publish(world)
    assert [event.get("left_out") for event in events] == [None if whole else ["messages", "errors"]] * 3
    assert (events[0]["delivery"], events[0]["id"], world.dead()) == ("failed", "k" * 255, [])


def test_large_events_share_a_call_as_far_as_it_takes_them(world: World) -> None:
    """The limit of the bus is one of all events of a call together."""
    for n in range(5):
        world.dynamodb.put_item(Item=encoded(record_of(60, "😀") | {"id": f"k{n}"}))
    assert world.changes()({"Records": world.dynamodb.stream}) == {"batchItemFailures": []}
    assert world.events.calls == [2, 2, 1]
    assert {event.get("left_out") for event in told(world)} == {None}


def test_an_event_that_cannot_be_made_small_enough_is_a_dead_letter(world: World) -> None:
    """After an edit by hand only: what Messente may make long is left out before."""
    world.dynamodb.put_item(Item=encoded(record_of(1, "x") | {"channels": ["x" * 300_000]}))
    assert publish(world) == []
    assert [letter["reason"] for letter in world.dead()] == ["too large"]
