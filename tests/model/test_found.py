"""What the machine and the fuzzing found once, written out."""

import json

from messente_rcs.records.record import timestamp
from tests.standin import numbers
from tests.support.callback import sending
from tests.support.records import check_record
from tests.support.steps import CUT
from tests.support.world import World, http_event, message


def test_a_message_is_not_cancelled_while_an_attempt_of_it_may_go_out(world: World) -> None:
    """Under `resend` the first attempt's answer was lost: without its id it cannot be cancelled, and goes out."""
    later = timestamp(world.clock() + 3600)
    payload = message("k", time_to_send=later, on_unknown="resend")
    assert not world.deliver(payload, sending(world, CUT))
    assert world.deliver(payload, sending(world))
    assert len(world.messente.accepted) == 2
    answer = world.env().handle(http_event("DELETE", "/k"), world.remaining())
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
