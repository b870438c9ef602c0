"""A record stands in the indexes of its state and in no other: what is in an index is looked at, and paid for."""

import base64
import contextlib
import zlib
from collections import Counter
from typing import Any

import pytest

from messente_rcs.records.record import SHARDS
from messente_rcs.triggers.direct import NotSent
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.steps import ask, at, once
from tests.support.units import write_units
from tests.support.world import TO, Hook, World, message, nothing, record, table_of_the_template


def indexes(world: World) -> set[str]:
    """Name the indexes in which the record stands: those whose keys it has."""
    item = world.record_of("k")
    return {
        index["IndexName"]
        for index in table_of_the_template()["GlobalSecondaryIndexes"]
        if all(key["AttributeName"] in item for key in index["KeySchema"])
    }


def send(world: World, payload: dict[str, Any], hook: Hook = nothing, *, queued: bool) -> None:
    """Hand a payload in, from the queue or by an invocation that is not repeated."""
    with contextlib.suppress(NotSent):
        sending(world, hook).handle({"Records": [record(payload)]} if queued else payload, world.remaining())


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "invoked"])
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (numbers.UNREPORTED, {"by_due", "by_omnimessage_id"}),
        (numbers.CUT_AFTER_ACCEPT, {"by_due", "by_unknown"}),
        (numbers.BAD_REQUEST, set()),
        (numbers.UNAVAILABLE, set()),
    ],
    ids=["sent", "unknown", "rejected", "retryable"],
)
def test_what_came_of_a_send_decides(world: World, to: str, expected: set[str], queued: bool) -> None:  # noqa: FBT001 - a case
    """Open deliveries and lost answers are looked at; nobody looks at a claim that is over, nor at what was refused."""
    send(world, message("k", to=to), queued=queued)
    assert indexes(world) == expected


@pytest.mark.parametrize(("queued", "expected"), [(True, {"by_due"}), (False, {"by_due", "by_lease"})])
def test_a_claim_is_found_if_the_queue_does_not_find_it(world: World, queued: bool, expected: set[str]) -> None:  # noqa: FBT001 - a case
    """The queue delivers a dead claim again; of any other the reconciler must hear by its lease."""
    seen: list[set[str]] = []
    send(world, message("k"), at("urlopen", "before", lambda: seen.append(indexes(world))), queued=queued)
    assert seen == [expected]


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "invoked"])
def test_what_is_sent_is_not_unknown_any_more(world: World, queued: bool) -> None:  # noqa: FBT001 - a case
    """A slow worker's claim was called *unknown* before its answer came."""
    seen: list[set[str]] = []

    def it_takes_long() -> None:
        world.clock.advance(200)
        world.deliver(message("k"))
        seen.append(indexes(world))

    send(world, message("k"), once("urlopen", "after", it_takes_long), queued=queued)
    assert [*seen, indexes(world)] == [{"by_due", "by_unknown"}, {"by_due", "by_omnimessage_id"}]


def test_what_is_sent_again_is_not_unknown_meanwhile(world: World) -> None:
    """Under `resend` a lost answer is followed by another attempt, and nobody need look into it."""
    payload, seen = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend"), list[set[str]]()
    for _ in range(2):
        send(world, payload, at("urlopen", "before", lambda: seen.append(indexes(world))), queued=True)
    assert seen == [{"by_due"}] * 2


# --- By an omnimessage_id, and page by page ---------------------------------------------------------------------------


def unknown(world: World, **query: str) -> tuple[int, Any]:
    return ask(world, "GET", "/messages", query={"state": "unknown", **query})


def test_a_message_by_its_omnimessage_id(world: World) -> None:
    """The same record as by its own id; 404 in Messente's shape for any other."""
    world.deliver(message("k"))
    [accepted] = world.messente.accepted
    found = ask(world, "GET", "/messages", query={"omnimessage_id": accepted.omnimessage_id})
    assert (found, found[0]) == (ask(world, "GET", "/messages/k"), 200)
    for other in ("none", "", "x" * 5000, "ü" * 2000, "🙂"):
        status, body = ask(world, "GET", "/messages", query={"omnimessage_id": other})
        assert (status, body["errors"][0]["code"]) == (404, "101")


def token(message_id: str, since: str) -> str:
    return base64.urlsafe_b64encode(f"{since} {message_id}".encode(errors="surrogatepass")).decode()


SINCE = "2026-11-24T12:00:00.000Z"
BROKEN = ["", "x", "%%%", "ä", "🙂", "W10=", "bnVsbA==", base64.urlsafe_b64encode(b"[" * 9000).decode()]
POSITIONS = [
    ("", SINCE), ("a/b", SINCE), ("k", ""), ("k", "x" * 64), ("k\ud800", SINCE), ("k", "now"), ("k more", SINCE),
]  # fmt: skip


@pytest.mark.parametrize("broken", [*BROKEN, *(token(*each) for each in POSITIONS)], ids=range(15))
def test_a_broken_token(world: World, broken: str) -> None:
    """400 that names it."""
    status, body = unknown(world, after=broken)
    assert (status, body["errors"][0]["source"]) == (400, "query[after]")


def test_a_token_of_a_record_that_is_gone(world: World) -> None:
    """A page goes on where the last one ended, also when that record was resolved meanwhile."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    assert len(unknown(world, after=token("j", "2026-11-23T11:00:00.000Z"))[1]["messages"]) == 1
    assert unknown(world, after=token("j", "2026-11-23T13:00:00.000Z")) == (200, {"messages": []})


# --- Write units ------------------------------------------------------------------------------------------------------


CHAIN = [{"channel": "rcs", "text": "Your parcel waits at the door"}, {"channel": "sms", "text": "Your parcel waits"}]
TAGS = {"tags": {"team": "logistics", "campaign": "autumn-2026", "order": "1001"}}
ONE, TWO = message("k"), {"to": TO, "messages": CHAIN, "idempotency_key": "k"}


@pytest.mark.parametrize(
    ("payload", "settings", "units"),
    [
        # Claim 1 and by_due 1; sent 1 and by_omnimessage_id 1; three reports 3, the first delivery leaves by_due 1.
        *((payload, {"queued": True}, 8) for payload in (ONE, ONE | TAGS, TWO, TWO | TAGS)),
        # In by_lease too while it is claimed, so that a dead claim is found within minutes.
        (ONE, {"queued": False}, 10),
        # The claim enters by_recipient, and nothing that is in this index changes later.
        (ONE, {"queued": True, "track_conversations": True}, 9),
    ],
    ids=["one channel", "with tags", "two channels", "two with tags", "not queued", "a conversation"],
)
def test_what_a_message_costs(world: World, payload: dict[str, Any], settings: dict[str, bool], units: int) -> None:
    """In write units, with its reports."""
    assert sum(write_units(world, payload, **settings)) == units


def put_unknown(world: World, number: int, seconds_apart: int = 0) -> list[str]:
    """Put so many unknown messages into the table, since the same time or each later; return their ids in order."""
    send(world, message("k", to=numbers.CUT_AFTER_ACCEPT), queued=True)
    item = world.dynamodb.get_item(Key={"id": {"S": "k"}})["Item"]
    ids = [f"m-{n:04}" for n in range(number)]
    for n, each in enumerate(ids):
        shard = str(zlib.crc32(each.encode()) % SHARDS)
        minute, second = divmod(n * seconds_apart, 60)
        since = f"2026-11-23T11:{minute:02}:{second:02}.000Z"
        its_own = {"id": each, "unknown_shard": shard, "unknown_since": since}
        world.dynamodb.put_item(Item=item | {name: {"S": text} for name, text in its_own.items()})
    return ids


def listed(world: World) -> list[str]:
    found, query = [], {"state": "unknown"}
    while True:
        _, page = ask(world, "GET", "/messages", query=query)
        found += [each["id"] for each in page["messages"]]
        if "after" not in page:
            return found
        query["after"] = page["after"]


@pytest.mark.parametrize("seconds_apart", [0, 1])
def test_unknown_messages_are_listed_once_and_the_oldest_first(world: World, seconds_apart: int) -> None:
    """DynamoDB returns entries of the same time in any order, and a page may end among them."""
    assert listed(world) == []
    ids = put_unknown(world, 500, seconds_apart)
    assert listed(world) == [*ids, "k"]


def test_a_page_of_the_listing_is_one_read_of_records(world: World) -> None:
    """Each shard is asked once for hardly more than its part, and all records of the page are one batch."""
    put_unknown(world, 500)
    calls: Counter[str] = Counter()
    ask(world, "GET", "/messages", query={"state": "unknown"}, hook=lambda step, when: calls.update([f"{step} {when}"]))
    assert calls["batch_get_item before"] == 1
    assert calls["get_item before"] == 0
    assert calls["query before"] == SHARDS


def test_the_longest_due_are_read_and_little_more(world: World) -> None:
    """A run reads entries as it needs them, not as many from each shard as it may handle in all."""
    ids = put_unknown(world, 3000, seconds_apart=1)
    world.dynamodb.entries_read = 0
    assert [each for _, each in world.parts().indexes.unknown(1000)] == ids[:1000]
    assert world.dynamodb.entries_read < 3 * 1000
