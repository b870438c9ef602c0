"""What an inbound message says: one documented shape, and whatever else Messente may send."""

import json
from typing import Any
from uuid import UUID

import pytest

from messente_rcs.inbound.message import Inbound, InvalidInbound, read_inbound

NOW = 1_795_435_200.0  # 2026-11-23T12:00:00Z
DOCUMENTED = {
    "msg_id": "m-1",
    "sub_msg_id": "m-1",
    "channel": "sms",
    "recipient": "+37250000000",
    "time": "2026-11-23T11:59:58Z",
    "text": "Tere",
    "sender": "+37255512345",
}


def read(said: Any) -> Inbound:
    return read_inbound(said if isinstance(said, bytes) else json.dumps(said).encode(), NOW)


def test_the_documented_shape() -> None:
    """Each field has its name, and all of it stays as raw."""
    inbound = read(DOCUMENTED)
    assert (inbound.id, inbound.channel, inbound.text) == ("m-1", "sms", "Tere")
    assert (inbound.sender, inbound.number, inbound.recipient) == ("+37255512345", "+37255512345", "+37250000000")
    assert (inbound.time, inbound.at) == ("2026-11-23T11:59:58Z", NOW - 2)
    assert inbound.raw == DOCUMENTED


def test_parts_of_a_long_sms_are_messages_of_their_own() -> None:
    """They share the msg_id and differ in the sub_msg_id."""
    assert read(DOCUMENTED | {"sub_msg_id": "s-2"}).id == "m-1:s-2"


@pytest.mark.parametrize("msg_id", ["", None, ["m"], "a b", "m:1", "m" * 101, 0, "null", str(UUID(int=0)), ...])
def test_what_has_no_usable_id_gets_one_from_its_hash(msg_id: object) -> None:
    """The same body has the same id, and another body another one."""
    said = {"sub_msg_id": "s"} if msg_id is ... else {"msg_id": msg_id}
    inbound = read(said)
    assert inbound.id == inbound.mark
    assert len(inbound.id) == 64
    assert inbound.id == read(said).id != read(said | {"text": "x"}).id


A_NUMBER = [
    *("+37255512345", "37255512345", "0037255512345", "+372 5551-2345", " +37255512345\n", 37255512345, 37255512345.0),
    *("tel:+37255512345", "whatsapp:+37255512345", "SMS:+37255512345", "sms://+37255512345", "rcs:37255512345"),
]
# Without the country it is a guess whose number it is. A message without a number is a message all the same.
NO_NUMBER = [
    *("", None, "Shop", "12", True, 1.5, ["+37255512345"], "+3725551234567890123", 1e300),
    *("055500111", "55500111", 55500111, "89161234567", "tel:5551;phone-context=+372", "tel:+37255512345;ext=1"),
    *("sip:+37255512345@example.com", "+37255512345/6", "+44 (0)7700 900123"),
]


@pytest.mark.parametrize("sender", [*A_NUMBER, *NO_NUMBER])
def test_a_number_is_read_however_it_is_written(sender: object) -> None:
    """With a plus, 00 or nothing before it, as a number of JSON, after the prefix of a channel; no other is guessed."""
    inbound = read(DOCUMENTED | {"sender": sender})
    assert inbound.number == ("+37255512345" if sender in A_NUMBER else None)
    assert sender not in A_NUMBER or inbound.sender == "+37255512345"


@pytest.mark.parametrize("name", ["sender", "recipient"])
def test_a_name_is_passed_on(name: str) -> None:
    """An agent has a name, and a number is written as E.164."""
    assert getattr(read(DOCUMENTED | {name: "Shop"}), name) == "Shop"
    assert getattr(read(DOCUMENTED | {name: "37255512345"}), name) == "+37255512345"


@pytest.mark.parametrize("name", ["postback_data", "postbackData"])
def test_a_taps_data_is_found(name: str) -> None:
    """How a tap arrives is not documented, so it is looked for at the places where it may stand."""
    for said in ({name: "yes"}, {"suggestion": {name: "yes", "text": "Yes"}}):
        assert read(DOCUMENTED | said).postback == "yes"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"suggestion": {"text": "STOP"}}, "STOP"),
        ({"rcs": {"text": "STOP"}, "other": {"text": "x"}}, "STOP"),
        ({"text": "Yes", "quoted": {"text": "STOP"}}, "Yes"),
        ({"text": None, "message": {"text": "STOP"}}, "STOP"),
        ({"text": " \n", "message": {"text": "STOP"}}, "STOP"),
        ({"text": 5, "message": {"text": "STOP"}}, "STOP"),
        ({"text": None, "message": {"text": ""}, "content": {"text": "STOP"}}, "STOP"),
        ({"rcs": {"message": {"text": "STOP"}}}, None),
    ],
)
def test_the_text_may_be_within_an_object(said: dict[str, Any], text: str | None) -> None:
    """How RCS arrives is not documented, and a stop word must not be missed; a text of the body itself counts first."""
    without = {name: value for name, value in DOCUMENTED.items() if name != "text"}
    assert read(without | said).text == text


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2026-11-23T13:59:00+02:00", NOW - 60),
        ("2026-11-23T11:59:00", NOW - 60),
        ("2026-11-23T12:00:30Z", NOW + 30),
        ("2026-11-23T13:00:00Z", NOW),  # an hour ahead: no later word could undo it
        ("0001-01-01T00:00:00+14:00", NOW),  # before what Python has as a time
        ("1970-01-01T00:00:00Z", NOW),
        ("yesterday", NOW),
        (None, NOW),
        (1, NOW),
    ],
)
def test_the_time_of_a_message_is_messentes_if_it_makes_sense(time: object, at: float) -> None:
    """Else it is the time at which the message came in."""
    assert read(DOCUMENTED | {"time": time}).at == at


def test_the_mark_is_of_the_whole_message() -> None:
    """The same words of another, or other words of the same, are another message; how JSON is written means nothing."""
    mark = read(DOCUMENTED).mark
    assert read(json.dumps(dict(reversed(DOCUMENTED.items())), indent=1).encode()).mark == mark
    assert mark not in {read(DOCUMENTED | {name: "another"}).mark for name in (*DOCUMENTED, "more")}


UNREADABLE = [b"NaN", b"1E999", b"1" * 5000, b"[" * 30_000 + b"]" * 30_000]


@pytest.mark.parametrize("body", [b"", b"\xff", b"null", b'"STOP"', *(b'{"n": ' + each + b"}" for each in UNREADABLE)])
def test_what_is_no_object_in_utf_8_is_refused(body: bytes) -> None:
    """And so is what Python takes for JSON and nobody else does."""
    with pytest.raises(InvalidInbound):
        read(body)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"text": "STOP", "channel": "s\xf5s"}', "STOP"),  # a stop word must not be lost for the odd byte of a name
        (b'{"text": "Hi \\ud83d"}', "Hi ?"),  # a long SMS may be cut anywhere
    ],
)
def test_an_odd_character_does_not_cost_the_message(body: bytes, text: str) -> None:
    """It becomes another one."""
    assert read(body).text == text
