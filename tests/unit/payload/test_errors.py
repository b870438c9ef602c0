"""What an InvalidPayload tells: everything that is wrong, and nothing of what was sent."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from messente_rcs.errors import TITLES
from messente_rcs.payload.errors import SENTENCES, InvalidPayload
from messente_rcs.payload.omnimessage import PAYLOAD
from messente_rcs.payload.submission import check_key, parse
from support.strategies import (
    PHONE,
    REPLY,
    SMS,
    VIBER,
    Json,
    Steps,
    full_payloads,
    payload,
    places,
    rcs,
    refused,
    source,
    spoilt,
    told,
)

NUMBER = "+37259998877"
SECRET = "sentinel-4711"


def test_all_errors_at_once() -> None:
    """Wrong types, missing and unknown fields, limits and broken choices come in one answer."""
    suggestions = [{"reply": {"text": "x"}, "action": {}}, *[{}] * 11]
    sent = {
        "to": "5551234",
        "messages": [
            {"channel": "rcs", "txt": "x", "sender": 3, "ttl": 1, "validity": 0, "suggestions": suggestions},
            {"channel": "sms", "autoconvert": "true"},
            {"text": "x"},
        ],
        "text": "",
        "priority": "urgent",
        "colour": "red",
    }
    assert set(refused(sent)) == {
        ("105", "payload[to]"),
        ("105", "payload[rcs][txt]"),
        ("105", "payload[rcs][sender]"),
        ("105", "payload[rcs][validity]"),
        ("106", "payload[rcs][suggestions][0][reply][postback_data]"),
        ("106", "payload[rcs][suggestions][0][action][text]"),
        ("106", "payload[rcs][suggestions][0][action][postback_data]"),
        ("106", "payload[rcs][suggestions][0][action]"),
        ("105", "payload[rcs][suggestions][0]"),
        *((("106", f"payload[rcs][suggestions][{index}]")) for index in range(1, 11)),
        ("105", "payload[rcs][suggestions]"),
        ("106", "payload[rcs]"),
        ("105", "payload[rcs]"),
        ("106", "payload[sms][text]"),
        ("105", "payload[sms][autoconvert]"),
        ("106", "payload[messages][2][channel]"),
        ("105", "payload[text]"),
        ("105", "payload[priority]"),
        ("105", "payload[colour]"),
    }


def test_shape_of_an_error() -> None:
    """An error has Messente's four fields, its title belongs to its code, and its detail is a sentence."""
    with pytest.raises(InvalidPayload) as caught:
        parse({"messages": [{"channel": "rcs", "text": "x" * 3073}]})
    missing, invalid = caught.value.errors
    assert missing == {
        "code": "106",
        "title": TITLES["106"],
        "detail": "This field is required.",
        "source": "payload[to]",
    }
    assert invalid == {
        "code": "105",
        "title": TITLES["105"],
        "detail": "Must have at most 3072 characters. It has 3073 characters.",
        "source": "payload[rcs][text]",
    }
    assert str(caught.value) == "2 error(s) in the payload: payload[to], payload[rcs][text]"


def inside(sent: Json) -> Iterator[tuple[Steps, Any]]:
    """Walk through the values of a payload, except for an item of the messages as a whole and its channel."""
    for path, value in places(sent, []):
        if len(path) == 1 or (len(path) > 2 and path[2] != "channel"):
            yield path, value


@pytest.mark.parametrize("sent", full_payloads().values(), ids=list(full_payloads()))
def test_unknown_field_anywhere(sent: Json) -> None:
    """In every object of every kind of payload an unknown field is refused by its name."""
    objects = [path for path, value in places(sent, []) if isinstance(value, dict) and path[-1:] != ["params"]]
    for path in objects:
        assert refused(spoilt(sent, [*path, "nope"], 1)) == [("105", source(sent, [*path, "nope"]))]


@pytest.mark.parametrize("sent", full_payloads().values(), ids=list(full_payloads()))
def test_no_value_is_converted(sent: Json) -> None:
    """A value of a wrong type is refused wherever it stands, and its place is named."""
    for path, value in inside(sent):
        wrong = [value] if isinstance(value, dict) else {"x": 1}
        assert ("105", source(sent, path)) in refused(spoilt(sent, path, wrong))


def test_privacy() -> None:
    """No number, text or other value of a refused payload comes out, in any field, by any way of printing it."""
    for sent in full_payloads().values():
        for path, _ in list(places(sent, []))[1:]:
            for wrong in (f"{SECRET}\0{NUMBER}", [SECRET, NUMBER], {"x": [SECRET, NUMBER]}):
                spoiled = spoilt(sent, path, wrong) | {"nope": SECRET}
                for form in (spoiled, json.dumps(spoiled)):
                    with pytest.raises(InvalidPayload) as caught:
                        parse(form)
                    told = repr(caught.value) + repr(caught.value.errors) + str(caught.value.__context__)
                    assert SECRET not in told
                    assert NUMBER not in told


@pytest.mark.parametrize(
    "sent", [f'{{"to": "{NUMBER}", {SECRET}', f'["{SECRET}"]', f"{SECRET}\udc80".encode("utf-8", "surrogateescape")]
)
def test_privacy_of_what_is_not_json(sent: str | bytes) -> None:
    """A body that cannot be read is not repeated by the exception or by what led to it."""
    with pytest.raises(InvalidPayload) as caught:
        parse(sent)
    told = repr(caught.value.errors) + "".join(traceback.format_exception_only(caught.value))
    assert SECRET not in told
    assert NUMBER not in told
    assert caught.value.__context__ is None


def test_the_models_do_not_print_what_was_sent() -> None:
    """Also where nobody translates pydantic's error, its text shows no input."""
    with pytest.raises(ValidationError) as caught:
        PAYLOAD.validate_python({"to": SECRET, "messages": [rcs(text=[SECRET])], "text": SECRET, "ttl": SECRET})
    shown = str(caught.value) + repr(caught.value) + str(caught.value.__context__)
    assert SECRET not in shown + repr(caught.value.errors())
    assert "input_value" not in shown


def _action(**fields: Any) -> Json:
    return payload(rcs(text="x", suggestions=[{"action": {"text": "x", "postback_data": "x", **fields}}]))


def _other(channel: str, **fields: Any) -> Json:
    return payload(rcs(text="x"), {"channel": channel, **fields})


_LATE: Json = payload(time_to_send="2030-01-31T18:00Z", expires_at="2030-01-31T13:00:00Z")
_PLACE = "payload[rcs][suggestions][0][action][view_location_action][lat_long][latitude]"

# For each kind of error what brings it about, and where and how it is told, without what only this case has.
EVERY_KIND: dict[str, tuple[Any, str, str]] = {
    "not_json": ("x", "payload", "Must be a JSON object in UTF-8."),
    "missing": ({"text": "x"}, "payload[to]", "This field is required."),
    "none_given": ({"to": PHONE}, "payload", "One of these fields is required: text, messages."),
    "no_rcs": (payload(SMS), "payload[messages]", "One of the messages must be for the channel rcs."),
    "union_tag_not_found": (
        payload({"text": "x"}),
        "payload[messages][0][channel]",
        "The channel is required: rcs, sms, viber or whatsapp.",
    ),
    "union_tag_invalid": (
        payload({"channel": "pigeon"}),
        "payload[messages][0][channel]",
        "The channel must be rcs, sms, viber or whatsapp.",
    ),
    "doubled": (
        payload(rcs(text="x"), rcs(text="x")),
        "payload[messages][1][channel]",
        "Each channel may be used only once.",
    ),
    "too_many_given": (
        payload(text="x"),
        "payload",
        "Only one of these fields may be given: text, messages.",
    ),
    "combination": (
        _other("viber", template=VIBER["template"], text="x"),
        "payload[viber]",
        "These fields cannot be combined: template, text.",
    ),
    "incomplete": (
        _other("viber", carousel=VIBER["carousel"]),
        "payload[viber]",
        "Something is missing beside carousel: add text.",
    ),
    "too_late": (_LATE, "payload[time_to_send]", "Must be before expires_at."),
    "too_early": (_LATE, "payload[expires_at]", "Must be after time_to_send."),
    "size": ({"to": PHONE, "messages": []}, "payload[messages]", "Must have 1 to 4 items."),
    "surplus": (
        payload(rcs(text="x", suggestions=[REPLY] * 12)),
        "payload[rcs][suggestions]",
        "Must have at most 11 items.",
    ),
    "extra_forbidden": (payload(colour=1), "payload[colour]", "This field is unknown here."),
    "invalid_key": (
        {"to": PHONE, "text": "x", 1: 1},
        "payload[1]",
        "Names of fields must be strings of valid Unicode.",
    ),
    "string_type": (payload(to=1), "payload[to]", "Must be a string."),
    "string_unicode": (
        payload(rcs(text="\ud800")),
        "payload[rcs][text]",
        "Must be valid Unicode without lone surrogates.",
    ),
    "empty": (payload(rcs(text="")), "payload[rcs][text]", "Must not be empty."),
    "string_too_short": (
        _other("viber", text="x", carousel={"items": [{**VIBER["carousel"]["items"][0], "title": "x"}] * 2}),
        "payload[viber][carousel][items][0][title]",
        "Must have at least 2 characters.",
    ),
    "string_too_long": (payload(rcs(text="x" * 3073)), "payload[rcs][text]", "Must have at most 3072 characters."),
    "literal_error": (payload(priority="x"), "payload[priority]", "Must be 'low', 'regular' or 'high'."),
    "int_type": (payload(rcs(text="x", ttl="x")), "payload[rcs][ttl]", "Must be a whole number."),
    "float_type": (
        _action(view_location_action={"lat_long": {"latitude": "x", "longitude": 1}}),
        _PLACE,
        "Must be a number.",
    ),
    "finite_number": (
        _action(view_location_action={"lat_long": {"latitude": float("nan"), "longitude": 1}}),
        _PLACE,
        "Must be a finite number.",
    ),
    "greater_than_equal": (payload(rcs(text="x", ttl=0)), "payload[rcs][ttl]", "Must be at least 1."),
    "less_than_equal": (payload(rcs(text="x", ttl=2**31)), "payload[rcs][ttl]", "Must be at most 2147483647."),
    "bool_type": (
        _other("whatsapp", text={"body": "x", "preview_url": 1}),
        "payload[whatsapp][text][preview_url]",
        "Must be true or false.",
    ),
    "list_type": ({"to": PHONE, "messages": 1}, "payload[messages]", "Must be a list."),
    "dict_type": (payload(rcs(rich_card=1)), "payload[rcs][rich_card]", "Must be an object."),
    "model_attributes_type": (payload(rcs(text="x"), 1), "payload[messages][1]", "Must be an object."),  # type: ignore[arg-type]
    "key": (
        payload(idempotency_key=".."),
        "payload[idempotency_key]",
        "Must be 1 to 255 letters, digits or -._~!$&'()*+,;=:@ (but not . or .. alone).",
    ),
    "rfc_3339": (
        payload(expires_at="x"),
        "payload[expires_at]",
        "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z.",
    ),
    "iso_8601": (
        payload(time_to_send="x"),
        "payload[time_to_send]",
        "Must be a time by ISO 8601 with its zone, like 2030-01-31T09:05+02:00.",
    ),
    "repeated": (
        '{"to": "+37255510001", "to": "+37255510002"}',
        "payload[to]",
        "This field is given twice in one object.",
    ),
    "tag": (
        payload(tags={"a b": "x"}),
        "payload[tags][a b]",
        "The name must be 1 to 64 ASCII letters, digits, dashes, dots, colons or underscores.",
    ),
    "phone": (payload(to="1"), "payload[to]", "Must be a phone number by E.164, with + and 7 to 15 digits."),
    "web_url": (
        _other("viber", image_url="x"),
        "payload[viber][image_url]",
        "Must be an absolute http or https URL.",
    ),
    "link": (
        _other("viber", text="x", button_text="x", button_url="x"),
        "payload[viber][button_url]",
        "Must be an absolute URL with its scheme.",
    ),
    "hex": (_other("sms", text="x", udh="x"), "payload[sms][udh]", "Must be bytes as pairs of hexadecimal digits."),
    "sms_sender": (
        _other("sms", text="x", sender="x" * 12),
        "payload[sms][sender]",
        "Must be at most 15 digits, or at most 11 characters of which the first can be seen.",
    ),
    "nul": (payload(rcs(text="\0")), "payload[rcs][text]", "Must not have NUL characters."),
    "invisible": (
        payload(rcs(text=" ")),
        "payload[rcs][text]",
        "Must have a character that can be seen, not only spaces.",
    ),
}


def test_every_sentence_is_told() -> None:
    """There is a sentence for each kind of error, and none that nobody can come to read."""
    assert EVERY_KIND.keys() == SENTENCES.keys()


@pytest.mark.parametrize(("sent", "source", "sentence"), EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_error_has_its_sentence(sent: Any, source: str, sentence: str) -> None:
    """It stands at the beginning of what is told; a hint may follow."""
    assert told(sent)[source].startswith(sentence)


def test_name_of_an_unknown_field() -> None:
    """An unknown name is shown up to 64 characters, printable ones only, without what could be a phone number."""
    [(_, long)] = refused(payload(**{"y" * 65: 1}))
    assert long == f"payload[{'y' * 64}]"
    [(_, strange)] = refused(payload(**{"a\n\x1b\u202eb": 1}))
    assert strange == "payload[ab]"
    [(_, number)] = refused(payload(**{NUMBER: 1}))
    assert number == "payload[+#]"


def test_at_most_100_errors() -> None:
    """Of very many errors the first 100 are told, whether they lie flat or deep."""
    flat = payload(**{f"f{index}": 1 for index in range(101)})
    assert len(refused(flat)) == 100
    assert len(refused(payload(rcs(text="x", **{f"f{index}": 1 for index in range(101)})))) == 100
    exactly = payload(**{f"f{index}": 1 for index in range(100)})
    assert len(refused(exactly)) == 100


def test_surplus_items_cost_nothing() -> None:
    """A list far past its limit is told as one error, and its items beyond are not looked at."""
    sent = payload(rcs(text="x", suggestions=[{"reply": {"text": "x", "postback_data": "x"}}] * 11 + [{}] * 100_000))
    assert refused(sent) == [("105", "payload[rcs][suggestions]")]


@pytest.mark.parametrize(
    ("sent", "source"),
    [
        ('{"to": "+37255512345", "text": "\\ud800"}', "payload[text]"),
        ('{"to": "+37255512345", "text": "a\\u0000b"}', "payload[text]"),
        ('{"to": "+37255512345", "text": "x", "\\ud800": 1}', "payload"),
        ({"to": PHONE, "text": "x", 1: 2}, "payload[1]"),
        ('{"to": "+37255512345", "messages": [{"channel": "rcs", "text": "x", "ttl": 1e999}]}', "payload[rcs][ttl]"),
        ({"to": PHONE, "messages": ({"channel": "rcs", "text": "x"},)}, "payload[messages]"),
    ],
)
def test_odd_values(sent: object, source: str) -> None:
    """Lone surrogates, NUL, infinities and what only Python has are errors of their place."""
    assert refused(sent) == [("105", source)]


@pytest.mark.parametrize(("key", "told"), [("order-1", "order-1"), ("a/b", None), (5, None)])
def test_key_of_a_refused_payload(key: Any, told: str | None) -> None:
    """A refused payload still tells its key, when that one is valid."""
    with pytest.raises(InvalidPayload) as caught:
        parse({"idempotency_key": key})
    assert caught.value.key == told


@pytest.mark.parametrize("key", ["", "a/b", "a b", "..", "x" * 256, "a\n", "%41"])
def test_check_key_refuses(key: str) -> None:
    """A key from a header is held to the same rule, and the error names the header."""
    with pytest.raises(InvalidPayload) as caught:
        check_key(key, "header[Idempotency-Key]")
    assert [error["source"] for error in caught.value.errors] == ["header[Idempotency-Key]"]


def test_check_key_takes() -> None:
    """A key that can stand in a URL path is fine."""
    check_key("order:1@shop", "header[Idempotency-Key]")
