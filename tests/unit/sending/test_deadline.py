"""`expires_at` holds for every POST, the repeats too, and for Messente by `ttl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.payload.submission import parse
from messente_rcs.records.record import timestamp
from tests.standin import numbers
from tests.standin.messente import Messente, Reply, Request
from tests.standin.replies import SERVER_ERROR, error, front_end, refusal
from tests.support.world import PASSWORD, TO, USERNAME, message

if TYPE_CHECKING:
    import io

    from tests.support.world import World

HOUR = 3600.0


class Busy(Messente):
    """Refuses what comes before a time, in one of the ways that prove that it was not accepted."""

    until = 0.0
    reply = front_end(429)
    advances = 0.0  # seconds that each refusal takes

    def handle(self, request: Request) -> Reply:
        """Answer."""
        if self.clock() < self.until:
            self.clock.advance(self.advances)  # type: ignore[attr-defined] # the world's
            return self.reply
        return super().handle(request)


def busy(world: World, seconds: float) -> Busy:
    """Let Messente refuse for so long."""
    world.messente = messente = Busy(USERNAME, PASSWORD, clock=world.clock)
    messente.until = world.clock() + seconds
    return messente


def at(world: World, seconds: float) -> str:
    """Write the time so many seconds from now."""
    return timestamp(world.clock() + seconds)


def test_a_repeat_after_a_rate_limit(world: World) -> None:
    """Messente is ready again five seconds on, and the message was worth nothing after two."""
    messente = busy(world, 5)
    assert world.deliver(message("k", expires_at=at(world, 2)))
    assert messente.accepted == []
    item = world.item("k") or {}
    assert (item["state"], [each["source"] for each in item["errors"]]) == ("expired", ["payload[expires_at]"])


def test_a_repeat_after_a_new_password(world: World) -> None:
    """Reading the secret anew took until after the deadline."""

    def slowly(step: str, when: str) -> None:
        if (step, when) == ("get_secret_value", "before") and world.messente.posts:
            world.put_secret("rotated")
            world.clock.advance(8)

    env = world.env(slowly)
    assert world.deliver(message("warm", text="warm"), env)
    world.messente.change_password("rotated")
    assert world.deliver(message("k", expires_at=at(world, 5)), env)
    assert (world.item("k") or {})["state"] == "expired"
    assert world.accepted() == 0


def test_a_claim_that_took_long(world: World) -> None:
    """The deadline passes between the look before the claim and the POST."""

    def slowly(step: str, when: str) -> None:
        if (step, when) == ("update_item", "after") and not world.messente.posts:
            world.clock.advance(3)

    assert world.deliver(message("k", expires_at=at(world, 2)), world.env(slowly))
    assert (world.item("k") or {})["state"] == "expired"
    assert world.messente.posts == 0


def test_the_id_is_free_again(world: World) -> None:
    """What has expired was certainly not sent: a later request by the same id may be."""
    busy(world, 5)
    world.deliver(message("k", expires_at=at(world, 2)))
    world.clock.advance(60)
    assert world.deliver(message("k", expires_at=at(world, 60)))
    assert ((world.item("k") or {})["state"], world.accepted()) == ("sent", 1)


def test_an_earlier_attempt_stays_unknown(world: World) -> None:
    """The first answer was lost, and the second attempt came too late: nobody knows of the first all the same."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT))
    accepted = list(world.messente.accepted)
    messente = busy(world, 5)
    messente.accepted += accepted
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend", expires_at=at(world, 2))
    assert world.deliver(payload)
    assert (world.item("k") or {})["state"] == "unknown"
    assert len(messente.accepted) == 1


def sent(world: World, **fields: Any) -> list[dict[str, Any]]:
    """Send a message, and return what Messente got as its messages."""
    payload = message("k", **fields)
    if "messages" in fields:
        del payload["text"]
    assert world.deliver(payload)
    [accepted] = world.messente.accepted
    messages: list[dict[str, Any]] = accepted.body["messages"]
    return messages


RCS: dict[str, Any] = {"channel": "rcs", "text": "Your parcel waits"}
SMS: dict[str, Any] = {"channel": "sms", "text": "Your parcel waits"}


# Of each channel, as the last of a chain and alone.
CHAINS: list[list[dict[str, Any]]] = [
    [RCS],
    [RCS, SMS],
    [RCS, {"channel": "viber", "text": "Your parcel waits"}],
    [RCS, {"channel": "whatsapp", "text": {"body": "Your parcel waits"}}],
]
MOST = 2**31 - 1  # that Messente's clients, and our own check of a payload, take


@pytest.mark.parametrize("expires_at", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59+14:00", "2094-12-12T00:00:00Z"])
@pytest.mark.parametrize("messages", CHAINS, ids=lambda chain: chain[-1]["channel"])
def test_nothing_is_filled_in_that_a_caller_could_not_give(
    world: World, messages: list[dict[str, Any]], expires_at: str
) -> None:
    """What goes out passes our own check, however far away the deadline is."""
    got = sent(world, messages=messages, expires_at=expires_at)
    assert got[-1]["ttl"] == MOST
    parse({"to": TO, "messages": got})


@pytest.mark.parametrize("limit", [{"ttl": MOST}, {"validity": MOST}, {"validity": 40_000_000}, {"ttl": 1}])
def test_a_limit_within_a_far_deadline_stays(world: World, limit: dict[str, int]) -> None:
    """A validity is in minutes, and may be longer than any ttl."""
    assert sent(world, messages=[RCS | limit], expires_at="9999-12-31T23:59:59Z") == [RCS | limit]


def test_a_validity_beyond_a_far_deadline(world: World) -> None:
    """It is cut to the longest ttl there is, which is before the deadline."""
    [rcs] = sent(world, messages=[RCS | {"validity": MOST}], expires_at="2999-12-31T23:59:59Z")
    assert rcs == RCS | {"ttl": MOST}


def test_a_second_that_has_begun_is_the_least(world: World) -> None:
    """No ttl of 0 goes out."""
    [rcs] = sent(world, expires_at=at(world, 1.9))
    assert rcs["ttl"] == 1


@pytest.mark.parametrize(
    ("messages", "limits"),
    [
        ([RCS], [{"ttl": 300}]),
        ([RCS, SMS], [{}, {"ttl": 300}]),
        ([RCS | {"ttl": 60}, SMS], [{"ttl": 60}, {"ttl": 300}]),
        ([RCS | {"ttl": 301}, SMS | {"ttl": 21_600}], [{"ttl": 300}, {"ttl": 300}]),
        ([RCS | {"validity": 5}, SMS | {"validity": 4}], [{"validity": 5}, {"validity": 4}]),
        ([RCS | {"validity": 6}, SMS], [{"ttl": 300}, {"ttl": 300}]),
        ([RCS | {"ttl": 300}], [{"ttl": 300}]),
    ],
)
def test_no_channel_has_longer_than_the_deadline(
    world: World, messages: list[dict[str, Any]], limits: list[dict[str, int]]
) -> None:
    """The last channel has a limit at all, and a longer one is cut; what is shorter stays as it is."""
    got = sent(world, messages=messages, expires_at=at(world, 300))
    assert [{k: v for k, v in each.items() if k in ("ttl", "validity")} for each in got] == limits


def test_the_limit_is_what_remains_at_the_post(world: World) -> None:
    """Waiting for a rate limit has used some of it up."""
    busy(world, 5)
    [rcs] = sent(world, expires_at=at(world, 300))
    assert 285 < rcs["ttl"] <= 295


def test_a_scheduled_message_counts_from_when_it_goes_out(world: World) -> None:
    """Messente keeps it until then, and tries it after that."""
    [rcs] = sent(world, expires_at=at(world, 2 * HOUR), time_to_send=at(world, HOUR))
    assert rcs["ttl"] == HOUR


def test_without_a_deadline_nothing_is_filled_in(world: World) -> None:
    """What the caller sends is what goes out."""
    assert sent(world) == [{"channel": "rcs", "text": "Your parcel waits at the door"}]


def test_the_same_message_later_is_no_other(world: World) -> None:
    """The limit is no part of what makes two payloads the same."""
    sent(world, expires_at=at(world, 300))
    world.clock.advance(100)
    assert world.deliver(message("k", expires_at=at(world, 300)))
    assert world.accepted() == 1


@pytest.mark.parametrize("reply", [SERVER_ERROR, refusal(400, error("105", "Invalid data"))], ids=["lost", "refused"])
def test_what_was_answered_in_time_is_not_called_late(world: World, reply: Reply) -> None:
    """A deadline that passes during the POST changes nothing about its answer."""
    messente = busy(world, 1)
    messente.reply, messente.advances = reply, 5
    world.deliver(message("k", expires_at=at(world, 3)))
    assert (world.item("k") or {})["state"] in ("unknown", "rejected")


def test_an_acceptance_is_in_the_log_before_it_is_recorded(world: World, log: io.StringIO) -> None:
    """The record step may hang until the process is killed: the ids are somewhere all the same, and no number is."""
    seen: list[str] = []

    def look(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before") and world.messente.accepted:
            seen.append(log.getvalue())

    world.deliver(message("k"), world.env(look))
    [accepted], [logged] = world.messente.accepted, seen
    assert accepted.omnimessage_id in logged
    assert all(each["message_id"] in logged for each in accepted.reply["messages"])
    assert TO not in logged


def test_what_is_late_from_the_start_is_not_claimed(world: World) -> None:
    """Nothing was about to be sent, so that no attempt is counted."""
    assert world.deliver(message("k", expires_at=at(world, -1)))
    item = world.item("k") or {}
    assert (item["state"], item["attempts"]) == ("expired", 0)
