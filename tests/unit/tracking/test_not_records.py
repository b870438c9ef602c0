"""The table holds marks and pointers beside the records: what is not a record is never read as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Fixed
from tests.support.callback import Callback, sending, signed
from tests.support.world import TABLE, message

if TYPE_CHECKING:
    from tests.support.world import World

TO = numbers.CUT_AFTER_ACCEPT
# What may stand at `#` and an omnimessage_id: a mark of an inbound message, and pointers that somebody edited.
STRAYS: dict[str, dict[str, Any]] = {
    "a mark": {"ttl": {"N": "1798459200"}},
    "a pointer to a number": {"of": {"N": "5"}},
    "a pointer to a pointer": {"of": {"S": "#inbound:Y"}},
    "a pointer to nothing": {"of": {"S": "gone"}},
}
ID = "inbound:X"


@pytest.fixture(params=STRAYS)
def stray(request: pytest.FixtureRequest, world: World) -> str:
    """Put one of them into the table."""
    for item_id, stray in ((f"#{ID}", request.param), ("#inbound:Y", "a mark")):
        world.dynamodb.put_item(TableName=TABLE, Item={"id": {"S": item_id}} | STRAYS[stray])
    return str(request.param)


def ask(world: World, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Hand a request to the API; return the status and the decoded body."""
    answer = world.env().handle({"headers": {}} | event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])


def reported(world: World, path_id: str) -> int:
    """Report on ID, and return the status of the answer."""
    facts = {"omnimessage_id": ID, "message_id": "m", "to": TO, "status": "SEEN", "channel": "rcs"}
    return Callback(world).handle(signed(json.dumps(facts).encode(), path_id))[0]


@pytest.mark.usefixtures("stray")
def test_a_look_up_finds_no_record(world: World) -> None:
    """404, as for any id that nobody knows."""
    event = {"rawPath": "/messages", "requestContext": {"http": {"method": "GET"}}}
    status, body = ask(world, event | {"queryStringParameters": {"omnimessage_id": ID}})
    assert (status, body["errors"][0]["code"]) == (404, "101")


@pytest.mark.usefixtures("stray")
def test_a_report_without_our_id_finds_no_record(world: World) -> None:
    """404 again: Messente is told that it is nobody's."""
    assert reported(world, "") == 404


def test_a_report_on_a_lost_answer(world: World, stray: str) -> None:
    """Its own path leads to its record, which no mark keeps from it."""
    world.deliver(message("k", to=TO), sending(world))
    assert reported(world, "k") == (200 if stray != "a pointer to nothing" else 409)


@pytest.mark.usefixtures("stray")
def test_a_report_on_a_second_attempt(world: World) -> None:
    """Where its pointer would stand there is something else: refused, and no failure for ever."""
    for _ in range(2):
        world.deliver(message("k", to=TO, on_unknown="resend"), sending(world))
        world.messente.accepted.clear()
    world.messente = Fixed(Reply(201, {}, b'{"omnimessage_id": "o-1"}'))
    world.deliver(message("k", to=TO, on_unknown="resend"))
    assert world.record_of("k")["omnimessage_id"] == "o-1"
    assert reported(world, "k") == 409


@pytest.mark.usefixtures("stray")
def test_an_acceptance_under_this_id(world: World) -> None:
    """It is a fact whatever stands there."""
    world.deliver(message("k", to=TO, on_unknown="resend"))
    world.messente = Fixed(Reply(201, {}, json.dumps({"omnimessage_id": ID}).encode()))
    world.deliver(message("k", to=TO, on_unknown="resend"))
    assert (world.state(), world.record_of("k")["omnimessage_ids"]) == ("sent", {ID})


@pytest.mark.usefixtures("stray")
def test_a_resolution_with_this_id(world: World) -> None:
    """Answered, and no failure."""
    world.deliver(message("k", to=TO))
    world.clock.advance(3600)
    verdict = json.dumps({"outcome": "sent", "omnimessage_id": ID})
    path = {"rawPath": "/messages/k/resolution", "requestContext": {"http": {"method": "POST"}}}
    assert ask(world, path | {"body": verdict})[0] in (200, 409)
