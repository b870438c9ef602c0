"""What the machine and the fuzzing found once, written out."""

import json

import pytest
from urllib3.exceptions import ProtocolError

from messente_rcs.records.record import timestamp
from messente_rcs.triggers.kinds import UnknownEvent
from tests.model.system import api
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.records import check_record
from tests.support.world import Crash, World, message


def test_a_message_is_not_cancelled_while_an_attempt_of_it_may_go_out(world: World) -> None:
    """Under `resend` the first attempt's answer was lost: without its id it cannot be cancelled, and goes out."""

    def lose(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "after"):
            raise ProtocolError("the answer is cut off")

    later = timestamp(world.clock() + 3600)
    payload = message("k", time_to_send=later, on_unknown="resend")
    assert not world.deliver(payload, sending(world, lose))
    assert world.deliver(payload, sending(world))
    assert len(world.messente.accepted) == 2
    answer = world.env().handle(api("DELETE", "/k"), world.remaining())
    assert answer["statusCode"] == 409
    assert json.loads(answer["body"])["state"] == "sent"
    assert world.messente.pending_reports == 3  # of the one that goes out; the other was cancelled


def test_a_late_message_does_not_wait_for_a_resend_that_will_not_be(world: World) -> None:
    """Its deadline is over, and its outcome unknown: that is what it came to, however often it is delivered."""
    payload = message("k", to=numbers.CUT_AFTER_ACCEPT, on_unknown="resend", expires_at=timestamp(world.clock() + 30))
    assert not world.deliver(payload)
    world.clock.advance(31)
    assert world.deliver(payload)
    assert (check_record(world, payload), len(world.messente.accepted)) == ("unknown", 1)


def test_a_late_message_finds_an_abandoned_claim(world: World) -> None:
    """Whoever was on it died: that is lost, and nothing to wait for."""

    def die(step: str, _when: str) -> None:
        if step == "urlopen":
            raise Crash

    payload = message("k", expires_at=timestamp(world.clock() + 30))
    with pytest.raises(Crash):
        world.deliver(payload, world.env(die))
    world.clock.advance(31)
    assert not world.deliver(payload)  # the lease lives for another second
    world.clock.advance(2)
    assert not world.deliver(payload)  # it is *unknown* now, and its owner may still be at work: seen once more
    world.clock.advance(62)
    assert world.deliver(payload)
    assert check_record(world, payload) == "unknown"


def test_a_late_message_whose_id_is_anothers(world: World) -> None:
    """It is a conflict, as before its deadline: the other's record says nothing of it."""
    world.deliver(message("k"))
    other = message("k", text="Text of another", expires_at=timestamp(world.clock() - 1))
    assert world.deliver(other)
    assert [dead["reason"] for dead in world.dead()] == ["conflict"]


def test_an_event_without_method_or_path(world: World) -> None:
    """A request that leads nowhere is answered, and what is no request at all raises."""
    assert world.env().handle(api("", ""), world.remaining())["statusCode"] == 405
    with pytest.raises(UnknownEvent):
        world.env().handle({"requestContext": {}}, world.remaining())
