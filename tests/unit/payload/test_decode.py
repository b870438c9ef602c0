"""From JSON to a payload: what is one number, what is said twice, and what stands before it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from support.strategies import PHONE
from support.world import message

if TYPE_CHECKING:
    from support.world import World

MAP = (
    '{"to": "%s", "idempotency_key": "k", "messages": [{"channel": "rcs", "text": "Here", "suggestions": [{"action": {'
    '"text": "Map", "postback_data": "m", "view_location_action": {"lat_long": {"latitude": %s, "longitude": %s}}}}]}]}'
)


def digest(latitude: str, longitude: str = "24.7") -> str:
    """Hash a payload with these numbers in its JSON."""
    return parse(MAP % (PHONE, latitude, longitude)).payload_hash


@pytest.mark.parametrize(
    "same",
    [
        ("59", "59.0", "59.00", "5.9e1", "5.9E+1", "590e-1"),
        ("0", "0.0", "-0", "-0.0", "0e0", "-0e-5"),
        ("59.5", "59.50", "5.95e1", "595E-1"),
        ("-90", "-90.0", "-9e1"),
        ("0.1", "1e-1", "0.10"),
    ],
)
def test_one_number_is_one_payload(same: tuple[str, ...]) -> None:
    """However it is written, as JSON has no integers of their own."""
    assert len({digest(number) for number in same}) == 1


def test_other_numbers_are_other_payloads() -> None:
    """Nothing is rounded."""
    numbers = ["59", "59.5", "59.000000000000007", "-59", "5.9", "0", "0.1", "0.10000000000000002"]
    assert len({digest(number) for number in numbers}) == len(numbers)


def test_the_hash_of_a_payload_with_whole_numbers_is_stable() -> None:
    """Hashes are stored beside messages that were sent: a new version must not turn their repeats into conflicts."""
    sent = {"to": PHONE, "messages": [{"channel": "rcs", "ttl": 600, "text": "x"}, {"channel": "sms", "text": "y"}]}
    assert parse(sent).payload_hash == "642ac3ee2c607b6997516b9741f0b581b84ee43fde3c2f1bce1b66ed9995175f"
    assert digest("59.4") == "753e097772c7af17934da43e0344e83567a7b46a7e6e745978d63d33706619d4"


def test_strings_are_as_they_are() -> None:
    """59 and "59" are not one value, nor are two spellings of a text."""
    texts = ["59", "59.0", "é", "e\u0301"]
    assert len({parse({"to": PHONE, "text": text}).payload_hash for text in texts}) == len(texts)
    escaped = f'{{"text":"\\u00e9","to":"{PHONE}"}}'
    assert parse({"to": PHONE, "text": "é"}).payload_hash == parse(escaped).payload_hash


def test_the_same_message_with_its_number_written_another_way(world: World) -> None:
    """It is answered from the record: sent once, and no conflict."""
    for latitude in ("59.0", "59", "5.9e1"):
        assert world.deliver(MAP % (PHONE, latitude, "24"))
    assert len(world.messente.accepted) == 1
    assert world.dead() == []


def test_what_is_sent_is_written_as_the_caller_wrote_it() -> None:
    """The hash alone takes numbers for the same."""
    action = parse(MAP % (PHONE, "59.0", "24")).omnimessage["messages"][0]["suggestions"][0]["action"]
    assert json.dumps(action["view_location_action"]["lat_long"]) == '{"latitude": 59.0, "longitude": 24}'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"to": "+37255512345", "text": "a", "text": "b"}', "text"),
        ('{"to": "+37255512345", "text": "a", "text": "a"}', "text"),
        ('{"to": "+37255512345", "text": "a", "te\\u0078t": "b"}', "text"),
        ('{"to": "+37255512345", "messages": [{"channel": "rcs", "text": "a", "text": "b"}]}', "text"),
        ('{"to": "+37255512345", "text": "a", "idempotency_key": "a", "idempotency_key": "b"}', "idempotency_key"),
        ('{"to": "+37255512345", "text": "a", "+37255512345": 1, "+37255512345": 2}', "+#"),
    ],
)
def test_a_field_that_is_given_twice(body: str, field: str) -> None:
    """Readers of JSON differ in which of both values they take: nothing is guessed, and the field is named."""
    for given in (body, body.encode(), "\ufeff" + body):
        with pytest.raises(InvalidPayload) as raised:
            parse(given)
        [error] = raised.value.errors
        assert (error["code"], error["source"]) == ("105", f"payload[{field}]")
        assert "twice" in error["detail"]
        assert raised.value.__context__ is None  # json's own exception has the payload in it


def test_a_name_twice_in_different_objects_is_no_mistake() -> None:
    """Each channel has its own text."""
    assert parse(
        '{"to": "+37255512345", "messages": [{"channel": "rcs", "text": "a"}, {"channel": "sms", "text": "a"}]}'
    )


@pytest.mark.parametrize(
    "wrap", ['{"detail-type": "x", "id": "e", "detail": %s}', '{"Type": "Notification", "Message": "", "x": %s}']
)
def test_a_field_twice_within_a_wrapping(world: World, wrap: str) -> None:
    """What the queue holds is looked at as a whole, and refused as it came."""
    body = wrap % '{"to": "+37255512345", "text": "a", "text": "b"}'
    assert world.deliver(body)
    assert [dead["body"] for dead in world.dead()] == [body]
    assert world.messente.requests == []


@pytest.mark.parametrize("many", [200_000])
def test_a_body_that_says_it_very_often_is_soon_refused(many: int) -> None:
    """The work is in proportion to the size."""
    with pytest.raises(InvalidPayload):
        parse("{" + ",".join(f'"{number}":0' for number in range(many)) + ',"0":1}')


@pytest.mark.parametrize("given", ["\ufeff%s", "\ufeff \n%s"])
def test_a_byte_order_mark(given: str) -> None:
    """It is left out at the beginning, in text and in bytes, and nowhere else."""
    body: Any = given % json.dumps(message("k"))
    assert parse(body).key == parse(body.encode()).key == "k"
    for odd in ("\ufeff" + body, body + "\ufeff", body.encode("utf-16"), body.encode("utf-32")):
        with pytest.raises(InvalidPayload):
            parse(odd)
