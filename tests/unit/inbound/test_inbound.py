"""Inbound messages: what comes of one, once, doubled, replayed, out of order, and while things are down."""

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from messente_rcs.inbound.message import read_inbound
from tests.standin import numbers
from tests.standin.inbound import Inbound, inbound, post, raw
from tests.support.fakes.expressions import plain
from tests.support.inbound import URL, event_of, hand_in, put_off, said, say, told
from tests.support.metrics import Metric
from tests.support.steps import ask, failing
from tests.support.world import PASSWORD, TO, USERNAME, Crash, Hook, World, message, nothing, record

RECEIVED = "RCS Message Received"
OPTED_OUT, OPTED_IN = "RCS Recipient Opted Out", "RCS Recipient Opted In"


def fail(*steps: str) -> Hook:
    def hook(step: str, when: str) -> None:
        if step in steps and when == "before":
            raise ClientError({"Error": {"Code": "InternalFailure", "Message": TO}}, step)

    return hook


def wish_of(world: World, number: str = TO) -> str | None:
    item = world.opt_outs.get_item(Key={"to": {"S": number}}).get("Item")
    return str(plain(item["state"])) if item else None


def mark_of(given: Inbound) -> str:
    """Name the item that says that a message was told of."""
    return f"#inbound:{read_inbound(given.body, 0).mark}"


# --- Out to the owners ------------------------------------------------------------------------------------------------


def test_a_reply_is_told_of_once(world: World) -> None:
    """With what was said, by whom and when. Messente may POST again, or somebody replay what was signed: 200 too."""
    reply = said(world, "Tere!", msg_id="m", channel="rcs", recipient="ShopAgent")
    for _ in range(3):
        assert hand_in(world, reply) == (200, {"id": "m"})
    [event] = world.events.taken
    assert (event["Source"], event["DetailType"], event["EventBusName"]) == ("messente-rcs", RECEIVED, "default")
    assert event["Detail"] == {
        "id": "m",
        "from": TO,
        "to": "ShopAgent",
        "channel": "rcs",
        "text": "Tere!",
        "time": "2026-11-23T12:00:00Z",
        "received_at": "2026-11-23T12:00:00.000Z",
        "raw": json.loads(reply.body),
    }
    # What is remembered is a hash and the time at which it goes, in seven days: neither text nor number.
    assert world.item(mark_of(reply)) == {"id": mark_of(reply), "ttl": int(world.clock()) + 7 * 86_400}


def test_a_tap_is_told_of_with_its_data(world: World) -> None:
    """The owner's own word for the button comes back, and counts as what was said: its text may be anything."""
    say(world, "No more of this", postback_data="STOP")
    assert told(world, RECEIVED)[0]["postback"] == "STOP"
    assert wish_of(world) == "opted_out"


@pytest.mark.parametrize("body", [{}, {"text": None, "sender": 5}, {"any": {"thing": [1, 2.5, None, "õ"]}}])
def test_an_unknown_shape_is_passed_on(world: World, body: dict[str, Any]) -> None:
    """Nothing is required of a signed object: what is not understood is passed on whole."""
    assert hand_in(world, post(URL, body))[0] == 200
    assert told(world, RECEIVED)[0]["raw"] == body


def test_the_message_that_it_answers_is_named(world: World) -> None:
    """With conversations tracked, the event names the message that was sent to that number last, if one was."""
    env = world.env(track_conversations=True)
    for key, to in (("first", TO), ("second", TO), ("other", "+37255512346"), ("refused", numbers.BAD_REQUEST)):
        world.deliver(message(key, to=to, text=f"Text of {key}"), env)
        world.clock.advance(1)
    world.deliver(message("cancelled", time_to_send="2026-11-24T12:00:00Z"), env)
    assert ask(world, "DELETE", "/messages/cancelled")[0] == 200
    world.deliver(message("untracked"))
    for number in (TO.removeprefix("+"), numbers.BAD_REQUEST):
        hand_in(world, said(world, "Hi", number), world.receiving(track_conversations=True))
    assert [each.get("conversation") for each in told(world, RECEIVED)] == [{"id": "second"}, None]


IDS = [{"msg_id": 1}, {"msg_id": 0}, {"msg_id": None}, {"msg_id": "null"}, {"msg_id": str(UUID(int=0))}]


@pytest.mark.parametrize("ids", [*IDS, {"sub_msg_id": "s"}, {"msg_id": "m", "sub_msg_id": "m"}, {}])
@pytest.mark.parametrize("timed", [{}, {"time": "2026-11-23T12:00:00Z"}])
def test_ids_that_come_again_hide_nothing(world: World, ids: dict[str, Any], timed: dict[str, str]) -> None:
    """Ids start again, or are none: what others say, or the same one in other words, is a message of its own."""
    other = "+37255512346"
    words = [(TO, "Hello"), (other, "STOP"), (TO, "Thanks"), (TO, "STOP")]
    for sender, text in words:
        assert hand_in(world, post(URL, {"sender": sender, "text": text, **ids, **timed}))[0] == 200
    assert [(each["from"], each["text"]) for each in told(world, RECEIVED)] == words
    assert [each["to"] for each in told(world, OPTED_OUT)] == [other, TO]
    assert (wish_of(world), wish_of(world, other)) == ("opted_out", "opted_out")


def test_a_byte_order_mark_costs_no_opt_out(world: World) -> None:
    """Not in the queue of what was put off either."""
    stop = raw(URL, b"\xef\xbb\xbf" + said(world, "STOP").body)
    assert hand_in(world, stop, world.receiving(fail("put_events")))[0] == 200
    assert world.receiving().handle({"Records": put_off(world)}) == {"batchItemFailures": []}
    assert (wish_of(world), len(told(world, OPTED_OUT))) == ("opted_out", 1)


# --- Opt-outs ---------------------------------------------------------------------------------------------------------


def test_stop_and_start(world: World, metrics: Callable[[], list[Metric]]) -> None:
    """A stop word puts the number on the list, a start word takes it off, and both are told of."""
    say(world, "Stop.", channel="rcs", msg_id="m")
    assert told(world, OPTED_OUT) == [
        {"id": "m", "to": TO, "since": "2026-11-23T12:00:00.000Z", "by": "stop word", "channel": "rcs"}
    ]
    world.deliver(message("k"))
    assert world.messente.posts == 0
    world.clock.advance(60)
    say(world, "START")
    assert [each["to"] for each in told(world, OPTED_IN)] == [TO]
    world.deliver(message("k"))
    assert world.accepted() == 1
    world.clock.advance(60)
    say(world, "STOP")
    counted = [each.name for each in metrics()]
    assert [counted.count(name) for name in ("Inbound", "OptedOut", "OptedIn")] == [3, 2, 1]
    assert world.queue_url not in world.sqs.sent  # no confirmation, for which the stack has no text


def test_only_a_change_is_told_of(world: World) -> None:
    """Who says STOP twice opted out once; a START of who never stopped changes nothing."""
    say(world, "START", "+37255512346")
    for _ in range(2):
        say(world, "STOP")
        world.clock.advance(60)
    assert (len(told(world, OPTED_OUT)), len(told(world, OPTED_IN)), len(told(world, RECEIVED))) == (1, 0, 3)


type Step = tuple[
    int, str, int | str, str
]  # when it arrives, the word, when it was said or "" and a name, the wish then

OUT, IN = "opted_out", "opted_in"


def repeated(pause: int) -> list[Step]:
    """Repeat start words without a time after the stop words that outdate them; a new one counts."""
    return [
        (0, "START", "one", IN), (pause, "STOP", pause, OUT), (2 * pause, "START", "one", OUT),
        (2 * pause, "START", "two", IN), (3 * pause, "STOP", 3 * pause, OUT),
        (4 * pause, "START", "one", OUT), (4 * pause, "START", "two", OUT),
    ]  # fmt: skip


# Seconds from the beginning. A name stands for a body without a time, which is the same each time that it arrives.
ORDERS: dict[str, list[Step]] = {
    "a late stop word": [(60, "START", 60, IN), (60, "STOP", 0, IN)],
    "a start word between two stop words": [(0, "STOP", -30, OUT), (0, "STOP", -10, OUT), (0, "START", -20, OUT)],
    # Messente tells the time to the second, so the order within one is not known: the stop word holds.
    "both words in one second": [(0, "STOP", 0, OUT), (0, "START", 0, OUT)],
    "both words in one second, the start word first": [(0, "START", 0, IN), (0, "STOP", 0, OUT)],
    "a replayed start word": [(0, "START", 0, IN), (60, "STOP", 60, OUT), (60, "START", 0, OUT)],
    "a stop word that a start word undid": [(0, "STOP", 0, OUT), (60, "START", "a", IN), (60, "STOP", 0, IN)],
    # Nobody knows when a start word without a time was said: in doubt the stop word holds.
    "a stop word from just before": [(0, "START", "a", IN), (0, "STOP", -1, OUT)],
    "two stop words from before": [(0, "STOP", -60, OUT), (0, "START", "a", IN), (0, "STOP", -1, OUT)],
    # Nor whether a stop word without a time is a replay: to miss an opt-out is worse.
    "words without a time": [
        (0, "STOP", "a", OUT), (60, "START", "a", IN), (120, "STOP", "a", OUT), (180, "START", "a", OUT),
    ],
    "a start word from a clock that is ahead": [
        (0, "STOP", -60, OUT), (0, "START", 40, IN), (10, "STOP", 10, OUT), (70, "START", 40, OUT),
    ],
    "a start word that changed nothing": [
        (0, "START", 0, IN), (0, "START", "a", IN), (60, "STOP", 60, OUT), (120, "START", "a", OUT),
    ],
    "a start word before a word from ahead": [
        (0, "STOP", 50, OUT), (0, "START", "a", OUT), (60, "STOP", 60, OUT), (120, "START", "a", OUT),
    ],
    "start words that are repeated within minutes": repeated(60),
    "start words that are repeated after days": repeated(8 * 86_400),
}  # fmt: skip


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "not marked"])
@pytest.mark.parametrize("ids", [{"msg_id": "m"}, {"msg_id": 0}, {}], ids=["an id", "an odd id", "no id"])
@pytest.mark.parametrize("steps", ORDERS.values(), ids=ORDERS)
def test_the_newest_word_counts(world: World, steps: list[Step], ids: dict[str, Any], *, marked: bool) -> None:
    """By when the recipient said it, and not by when it arrived; however often it comes, with its mark or without."""
    function, begin = world.receiving(nothing if marked else fail("get_item", "put_item")), world.clock()
    given: dict[tuple[str, int | str], Inbound] = {}
    for arrives, text, at, expected in steps:
        world.clock.advance(begin + arrives - world.clock())
        if (text, at) not in given:
            untimed = post(URL, {"sender": TO, "text": text, "n": at, **ids})
            given[text, at] = untimed if isinstance(at, str) else said(world, text, at=begin + at)
        hand_in(world, given[text, at], function)
        assert wish_of(world) == expected


def test_a_stop_word_reaches_the_list_though_it_was_seen(world: World) -> None:
    """The list may have been restored from a backup, and an item deleted by hand."""
    stop = said(world, "STOP")
    hand_in(world, stop)
    world.opt_outs.delete_item(Key={"to": {"S": TO}})
    hand_in(world, stop)
    assert wish_of(world) == "opted_out"


def test_a_start_word_that_is_taken_is_told_of_after_a_crash(world: World) -> None:
    """Without time, and before anything was told: the repeat tells of the change that was made."""
    say(world, "STOP", at=world.clock() - 60)
    start = post(URL, {"sender": TO, "text": "START"})

    with pytest.raises(Crash):
        hand_in(world, start, world.receiving(failing("update_item", "after", Crash)))
    world.clock.advance(60)
    hand_in(world, start)
    assert [each["to"] for each in told(world, OPTED_IN)] == [TO]


def test_a_stop_word_of_nobody_is_told_of_all_the_same(
    world: World, log: io.StringIO, metrics: Callable[[], list[Metric]]
) -> None:
    """Without a number there is nothing to put on the list: an error in the log, and a metric with an alarm."""
    for sender in ("Shop", "055500111", "55500111", 55500111, None):
        hand_in(world, post(URL, {"text": "STOP", "sender": sender}))
    assert (len(world.opt_outs), len(told(world, RECEIVED))) == (0, 5)
    assert "stop word without a phone number" in log.getvalue()
    assert metrics().count(Metric("OptOutNotKept", 1)) == 5
    hand_in(world, post(URL, {"text": "START", "sender": "Shop"}))
    assert "OptOutNotKept" not in {each.name for each in metrics()}


@pytest.mark.parametrize("ids", [*IDS, {}])
def test_each_opt_out_is_confirmed(world: World, ids: dict[str, Any]) -> None:
    """Of two recipients under one id, and of one who stops, starts and stops in the same words without a time."""
    function = world.receiving(opt_out_confirmation="Bye")
    for sender, text in ((TO, "STOP"), ("+37255512346", "STOP"), (TO, "START"), (TO, "STOP"), (TO, "STOP")):
        world.clock.advance(60)
        hand_in(world, post(URL, {"sender": sender, "text": text, **ids}), function)
    for confirmation in world.sqs.sent[world.queue_url]:
        assert json.loads(confirmation["body"])["idempotency_key"].startswith("opt-out:")
        assert world.deliver(confirmation["body"])
    assert [each.to for each in world.messente.accepted] == [TO, "+37255512346", TO]


# --- Who may hand in --------------------------------------------------------------------------------------------------


def test_only_what_is_signed_with_a_shared_secret_is_taken(world: World, log: io.StringIO) -> None:
    """Not with the API password, not with another secret, not unsigned; and nothing is kept or logged of it."""
    body = said(world, "STOP").body
    for secret in (PASSWORD, "another", "", None):
        status, answer = hand_in(world, raw(URL, body, secret))
        assert (status, answer["errors"][0]["code"]) == (401, "103")
    assert (len(world.opt_outs), world.items(), world.events.taken, world.sqs.sent) == (0, 0, [], {})
    assert TO not in log.getvalue()
    assert log.getvalue().count('"reason":"signature"') == 4


# By the status of what "key" signs: what the secret may hold. AWS's console can write one text only.
SECRETS: dict[int, list[object]] = {
    200: ["key", ["key", "another"], ["another", "key\n"]],
    401: [["another"], None],
    503: [5, "", " ", "\n", [""], ["hunter2", " \t"], [1], {"a": "b"}, ["hunter2\x00"], ["\ud800"], [None]],
}


@pytest.mark.parametrize(
    ("status", "given"), [(status, each) for status, several in SECRETS.items() for each in several]
)
def test_each_shared_secret_holds(world: World, log: io.StringIO, status: int, given: object) -> None:
    """What is no list of texts is our fault: 503 rings an alarm, the log says why without a value; sending goes on."""
    content = {"username": USERNAME, "password": PASSWORD} | ({} if given is None else {"inbound_secrets": given})
    for _ in ("the version before", "the current one"):
        world.secrets.put_secret_value(SecretId="messente", SecretString=json.dumps(content))
    assert hand_in(world, said(world, "Hi", secret="key"))[0] == status
    assert "inbound_secrets" in log.getvalue() or status == 200 or given == ["another"]
    assert "hunter2" not in log.getvalue()
    assert world.deliver(message("k"))
    assert world.accepted() == 1


def test_what_is_no_json_object_is_refused(world: World) -> None:
    """Though it is signed; nothing is below the path either."""
    assert hand_in(world, raw(URL, b"[]"))[0] == 400
    below = event_of(said(world, "STOP")) | {"rawPath": "/inbound-messages/x"}
    assert world.receiving().handle(below)["statusCode"] == 404
    assert (len(world.opt_outs), world.events.taken) == (0, [])


def test_the_largest_message_is_an_event(world: World) -> None:
    """A body of 64 KiB fits an event with all that Messente said, though parts of it are longer there."""
    longest = "õ" * 32_000
    say(world, longest)
    assert told(world, RECEIVED)[0]["raw"]["text"] == longest
    growing = raw(URL, b'{"n":[' + b",".join([b"1E15"] * 13_105) + b"]}")
    assert len(growing.body) > 65_530
    assert hand_in(world, growing)[0] == 200
    assert len(told(world, RECEIVED)[1]["raw"]["n"]) == 13_105


# --- While things are down --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["put_events", "update_item"])
def test_what_cannot_be_done_waits_in_the_queue(world: World, step: str, metrics: Callable[[], list[Metric]]) -> None:
    """The bus or the list is down: 200, and all of it is done later, as of its own time."""
    stop = said(world, "STOP", msg_id="m")
    down = world.receiving(fail(step), opt_out_confirmation="Bye")
    assert hand_in(world, stop, down)[0] == 200
    assert ("InboundPutOff", 1, "") in metrics()
    records = put_off(world)
    world.clock.advance(7200)
    later = world.receiving(opt_out_confirmation="Bye")
    assert later.handle({"Records": records}) == {"batchItemFailures": []}
    assert told(world, RECEIVED)[-1]["received_at"] == "2026-11-23T12:00:00.000Z"
    assert [each["since"] for each in told(world, OPTED_OUT)][-1] == "2026-11-23T12:00:00.000Z"
    assert len({json.loads(each["body"])["idempotency_key"] for each in world.sqs.sent[world.queue_url]}) == 1
    assert wish_of(world) == "opted_out"


@pytest.mark.parametrize("step", ["get_item", "put_item", "query"])
def test_a_table_that_is_out_of_reach_keeps_no_message_from_its_owner(world: World, step: str) -> None:
    """Without its mark it may be told of twice; a conversation that cannot be looked up is left out."""
    assert hand_in(world, said(world, "Hi"), world.receiving(fail(step), track_conversations=True))[0] == 200
    [event] = told(world, RECEIVED)
    assert ("conversation" in event, world.sqs.sent) == (False, {})


def test_what_neither_takes_is_not_answered_200(world: World, metrics: Callable[[], list[Metric]]) -> None:
    """Bus and queue are down: 503, so that Messente may hand the message in again."""
    function = world.receiving(fail("put_events", "send_message"))
    assert hand_in(world, said(world, "Hi"), function)[0] == 503
    assert function.handle(event_of(said(world, "Hi")))["headers"]["Retry-After"] == "5"
    assert ("InboundNotKept", 1, "") in metrics()


def test_what_still_cannot_be_done_stays_in_the_queue(world: World) -> None:
    """Only the record that failed comes back; what is nothing of ours comes back until it is a dead letter."""
    down = world.receiving(fail("put_events"))
    hand_in(world, said(world, "Hi"), down)
    [ours] = put_off(world)
    foreign = [ours | {"messageId": name, "body": body} for name, body in (("a", "{}"), ("b", "no"), ("c", "[]"))]
    answer = down.handle({"Records": [ours, *foreign]})
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == [ours["messageId"], "a", "b", "c"]
    assert world.receiving().handle({"Records": [ours]}) == {"batchItemFailures": []}


STEPS = ("get_item", "update_item", "put_events", "send_message", "put_item")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_anywhere_loses_nothing(world: World, step: str, when: str) -> None:
    """Whoever dies has not answered. The message that comes again is told of, and so is the opt-out."""
    stop = said(world, "STOP", msg_id="m")
    with pytest.raises(Crash):
        hand_in(world, stop, world.receiving(failing(step, when, Crash), opt_out_confirmation="Bye"))
    assert hand_in(world, stop, world.receiving(opt_out_confirmation="Bye"))[0] == 200
    assert {each["id"] for each in told(world, RECEIVED)} == {"m"}
    assert {each["id"] for each in told(world, OPTED_OUT)} == {"m"}
    assert wish_of(world) == "opted_out"
    assert len({json.loads(each["body"])["idempotency_key"] for each in world.sqs.sent[world.queue_url]}) == 1


def test_an_opt_out_is_told_of_though_another_stop_came_in_between(world: World) -> None:
    """The bus is down, the recipient says STOP again, and the bus comes back: the change is told of once."""
    down = world.receiving(fail("put_events"))
    hand_in(world, said(world, "STOP", msg_id="first"), down)
    world.clock.advance(60)
    hand_in(world, said(world, "STOP", msg_id="second"), down)
    assert world.receiving().handle({"Records": put_off(world)}) == {"batchItemFailures": []}
    assert [each["id"] for each in told(world, OPTED_OUT)] == ["first"]
    assert {each["id"] for each in told(world, RECEIVED)} == {"first", "second"}


# --- Privacy ----------------------------------------------------------------------------------------------------------


def test_no_log_line_has_a_number_or_a_text(world: World, log: io.StringIO) -> None:
    """Whatever goes well or wrong with a message."""
    text = "Your parcel waits"
    given = [
        said(world, text, postback_data=f"{text} there"),
        said(world, "STOP"),
        said(world, "STOP", sender=text),
        post(URL, {"msg_id": f"{TO} {text}", "text": text, "sender": TO}),
        inbound(URL, TO, text, secret="wrong"),
        raw(URL, f'{{"sender":"{TO}"'.encode()),
        raw(URL, f'{{"text":"{text}"}}'.encode() + b" " * 70_000),
    ]
    for hook in (fail(), fail("put_events"), fail("put_events", "send_message"), fail(*STEPS, "query")):
        for each in given:
            hand_in(world, each, world.receiving(hook, track_conversations=True))
        world.receiving(hook).handle({"Records": [*put_off(world), record("{}")]})
    assert len(log.getvalue().splitlines()) > 30
    assert TO[1:] not in log.getvalue()
    assert text not in log.getvalue()
    assert "stop word without a phone number" in log.getvalue()
