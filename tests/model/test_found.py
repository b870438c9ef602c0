"""What the machine and the fuzzing found once, written out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from urllib3.exceptions import ProtocolError

from callback import sending
from messente_rcs.table import timestamp
from model.system import api
from world import message

if TYPE_CHECKING:
    from world import World


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


def test_an_event_without_method_or_path_is_answered(world: World) -> None:
    """It is none that API Gateway makes, and is answered like any other request that leads nowhere."""
    for event, status in ((api("", ""), 405), ({"requestContext": {}}, 404)):
        assert world.env().handle(event, world.remaining())["statusCode"] == status
