"""What an InvalidPayload tells: everything that is wrong, and nothing of what was sent."""

import json
import time
import traceback
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from messente_rcs.errors import Error
from messente_rcs.payload.errors import OTHERWISE, InvalidPayload
from messente_rcs.payload.omnimessage import PAYLOAD
from messente_rcs.payload.submission import parse
from tests.support.strategies import (
    JUNK,
    PHONE,
    Json,
    full_payloads,
    payload,
    places,
    rcs,
    refused,
    source,
    spoilt,
)

NUMBER = "+37259998877"
SECRET = "sentinel-4711"


def test_all_errors_at_once() -> None:
    """Wrong types, missing and unknown fields, limits and broken choices come in one answer."""
    suggestions = [{"reply": {"text": "x"}, "action": {}}, *[{}] * 11]
    bad = {"channel": "rcs", "txt": "x", "sender": 3, "ttl": 1, "validity": 0, "suggestions": suggestions}
    sent = {"to": "5551234", "messages": [bad, {"channel": "sms"}, {"text": "x"}], "text": "", "colour": "red"}
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
        ("106", "payload[messages][2][channel]"),
        ("105", "payload[text]"),
        ("105", "payload[colour]"),
    }


def test_shape_of_an_error() -> None:
    """An error has Messente's four fields, its title belongs to its code, and its detail is a sentence."""
    with pytest.raises(InvalidPayload) as caught:
        parse({"messages": [{"channel": "rcs", "text": "x" * 3073}]})
    missing, invalid = caught.value.errors
    required, too_long = "This field is required.", "Must have at most 3072 characters. It has 3073 characters."
    assert missing == {"code": "106", "title": "Missing data", "detail": required, "source": "payload[to]"}
    assert invalid == {"code": "105", "title": "Invalid data", "detail": too_long, "source": "payload[rcs][text]"}
    assert str(caught.value) == "2 error(s) in the payload: payload[to], payload[rcs][text]"


@pytest.mark.parametrize("sent", full_payloads().values(), ids=list(full_payloads()))
def test_unknown_field_anywhere(sent: Json) -> None:
    """In every object of every kind of payload an unknown field is refused by its name."""
    objects = [path for path, value in places(sent, []) if isinstance(value, dict) and path[-1:] != ["params"]]
    for path in objects:
        assert refused(spoilt(sent, [*path, "nope"], 1)) == [("105", source(sent, [*path, "nope"]))]


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


def test_name_of_an_unknown_field() -> None:
    """An unknown name is shown up to 64 characters, printable ones only, without what could be a phone number."""
    for name, shown in (("y" * 65, "y" * 64), ("a\n\x1b\u202eb", "ab"), (NUMBER, "+#")):
        assert refused(payload(**{name: 1})) == [("105", f"payload[{shown}]")]


def test_at_most_100_errors() -> None:
    """Of very many errors the first 100 are told, whether they lie flat or deep."""
    many = {f"f{index}": 1 for index in range(101)}
    assert len(refused(payload(**many))) == len(refused(payload(rcs(text="x", **many)))) == 100


def test_surplus_items_cost_nothing() -> None:
    """A list far past its limit is told as one error, and its items beyond are not looked at."""
    sent = payload(rcs(text="x", suggestions=[{"reply": {"text": "x", "postback_data": "x"}}] * 11 + [{}] * 100_000))
    assert refused(sent) == [("105", "payload[rcs][suggestions]")]


def test_a_long_link_costs_what_it_is_long() -> None:
    """And not its square, which would take the whole invocation from the other messages of a batch."""
    began = time.process_time()
    assert refused(payload(rcs(text="x"), {"channel": "viber", "button_url": "a" + "." * 30_000 + ":x"}))
    assert time.process_time() - began < 2


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


@pytest.mark.parametrize(("key", "told"), [("order-1", "order-1"), ("a/b", None)])
def test_key_of_a_refused_payload(key: Any, told: str | None) -> None:
    """A refused payload still tells its key, when that one is valid."""
    with pytest.raises(InvalidPayload) as caught:
        parse({"idempotency_key": key})
    assert caught.value.key == told


@settings(max_examples=200)
@given(st.data())
def test_almost_valid(data: st.DataObject) -> None:
    """A payload with junk at one place has errors for which a sentence was written, or is taken and can be sent."""
    full = data.draw(st.sampled_from([*full_payloads().values()]))
    *way, last = data.draw(st.sampled_from([path for path, _ in places(full, []) if path]))
    names = st.just(last) | (st.text(max_size=5) if isinstance(last, str) else st.nothing())
    sent = spoilt(full, [*way, data.draw(names)], data.draw(JUNK))
    for form in (sent, json.dumps(sent)):
        errors: tuple[Error, ...] = ()
        try:
            json.dumps(parse(form, "Agent").omnimessage, allow_nan=False)
        except InvalidPayload as invalid:
            errors = invalid.errors
        assert not [each for each in errors if each["detail"].startswith(OTHERWISE)]
