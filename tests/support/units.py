"""What a message costs in DynamoDB: each write unit is paid for, those of the indexes too."""

from typing import Any

from tests.support.callback import Callback, report, sending
from tests.support.world import World, record


def write_units(world: World, payload: dict[str, Any], *, queued: bool, **settings: Any) -> tuple[int, int]:
    """Send a message, in which some time passes, and take its three reports.

    Return the units until it is sent, and those of the reports.
    """
    begin = world.dynamodb.write_units
    env = sending(world, lambda _step, _when: world.clock.advance(0.1), **settings)
    env.handle({"Records": [record(payload)]} if queued else payload, world.remaining())
    sent, accepted = world.dynamodb.write_units, world.messente.accepted[-1]
    assert Callback(world).take(*(report(accepted, status) for status in ("ACK", "DELIVRD", "SEEN"))) == [200] * 3
    item = world.item(payload["idempotency_key"]) or {}
    assert (item["state"], item["delivery"], item["revision"]) == ("sent", "seen", 5)
    return sent - begin, world.dynamodb.write_units - sent
