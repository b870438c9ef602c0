"""From JSON to a payload: where it is no JSON object, what is one number, and what is said twice."""

import json
import tracemalloc
from typing import Any

import pytest

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from tests.support.strategies import PHONE, SMS, payload, rcs, told
from tests.support.world import World, message

VALUE = "a value is expected here; a text needs double quotes"
NAME = "the name of a field in double quotes is expected here"
COMMA = 'a comma or the end is expected here; a double quote in a text is written \\"'
ENDS = "the JSON ends too early"
EXTRA = "the JSON has ended before this"
LINE_BREAK = "a line break in a text is written \\n, a tab \\t"
UNREADABLE = "It has a number of more than 4300 digits, or is nested too deep."

NO_JSON = {
    f'{{"to": "{PHONE}",\n "text": "Hello",\n}}': "Line 2, column 17: remove this comma.",
    "{\u201cto\u201d: 1}": f"Line 1, column 2: {NAME}.",
    "{\n  'to': 1}": f"Line 2, column 3: {NAME}.",
    "{\"to\": '1'}": f"Line 1, column 8: {VALUE}.",
    '{"text": None}': f"Line 1, column 10: {VALUE}.",
    "to=%2B37255510001&text=Hello": f"Line 1, column 1: {VALUE}.",
    '{"text": "a\nb"}': f"Line 1, column 12: {LINE_BREAK}.",
    '{"text": "C:\\x"}': "Line 1, column 13: a backslash in a text is written \\\\.",
    '{"text": "\\u12"}': "Line 1, column 12: \\u needs four hexadecimal digits.",
    '{"to": 1 "text": 2}': f"Line 1, column 10: {COMMA}.",
    '{"to": 0037255510001}': f"Line 1, column 9: {COMMA}.",
    '{"to"= 1}': "Line 1, column 6: a colon is expected here.",
    '{"to": "1"': f"Line 1, column 11: {ENDS}.",
    "{": f"Line 1, column 2: {ENDS}.",
    '{"text": "Hel': "Line 1, column 10: the text that begins here has no closing double quote.",
    '{"to": 1}\n{"to": 2}': f"Line 2, column 1: {EXTRA}.",
    f'{{"ttl": 1{"0" * 4300}}}': UNREADABLE,
    "[" * 100_000: UNREADABLE,
    "": "It is empty.",
    " \r\n": "It is empty.",
    "[]": "It is a list.",
    "true": "It is a boolean.",
    '"Hello"': "It is a string.",
    json.dumps(json.dumps({"to": PHONE})): "It is a string that holds JSON.",
}


@pytest.mark.parametrize(("sent", "hint"), NO_JSON.items(), ids=[sent[:30] for sent in NO_JSON])
def test_text_that_is_no_json_object(sent: str, hint: str) -> None:
    """The first place where the JSON is wrong is named; a byte order mark does not move it."""
    for form in (sent, sent.encode(), "\ufeff" + sent, sent.encode("utf-8-sig")):
        assert told(form) == {"payload": f"Must be a JSON object in UTF-8. {hint}"}


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        (b"\xff\xfe{}", "The byte at offset 0 is not UTF-8."),
        ('{"to": "\u00e9"}'.encode("latin-1"), "The byte at offset 8 is not UTF-8."),
        (None, "It is null."),
        (5.5, "It is a number."),
        ([{"to": PHONE}], "It is a list."),
        (object(), "It is no value of JSON."),
    ],
)
def test_what_is_no_text(sent: object, hint: str) -> None:
    """Bytes that are not UTF-8, and values of other kinds."""
    assert told(sent) == {"payload": f"Must be a JSON object in UTF-8. {hint}"}


@pytest.mark.parametrize("given", ["\ufeff%s", "\ufeff \n%s"])
def test_a_byte_order_mark(given: str) -> None:
    """It is left out at the beginning, in text and in bytes, and nowhere else."""
    body: Any = given % json.dumps(message("k"))
    assert parse(body).key == parse(body.encode()).key == "k"
    for odd in ("\ufeff" + body, body + "\ufeff", body.encode("utf-16"), body.encode("utf-32")):
        assert told(odd).keys() == {"payload"}


MAP = (
    '{"to": "%s", "messages": [{"channel": "rcs", "text": "Here", "suggestions": [{"action": {'
    '"text": "Map", "postback_data": "m", "view_location_action": {"lat_long": {"latitude": %s, "longitude": %s}}}}]}]}'
)


def digest(latitude: str, longitude: str = "24.7") -> str:
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


def test_other_values_are_other_payloads() -> None:
    """Nothing is rounded; another text, recipient, sender, priority, chain or order of channels is another payload."""
    numbers = ["59", "59.5", "59.000000000000007", "-59", "5.9", "0", "0.1", "0.10000000000000002"]
    assert len({digest(number) for number in numbers}) == len(numbers)
    others = [
        *(payload(rcs(text=text)) for text in ("59", "59.0", "é", "e\u0301")),
        payload({"channel": "rcs", "text": "59"}),
        *(payload(rcs(text="59"), **more) for more in ({"to": PHONE[:-1] + "6"}, {"priority": "low"})),
        *(payload(*chain) for chain in ((rcs(text="59"), SMS), (SMS, rcs(text="59")))),
    ]
    assert len({parse(each).payload_hash for each in others}) == len(others)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ('{"to": "+37255512345", "text": "a", "text": "a"}', "text"),
        ('{"to": "+37255512345", "text": "a", "te\\u0078t": "b"}', "text"),
        ('{"to": "+37255512345", "messages": [{"channel": "rcs", "text": "a", "text": "b"}]}', "messages][0][text"),
        ('{"to": "+37255512345", "text": "a", "tags": {"b": "1"}, "tags": {"a": "1", "a": "2"}}', "tags tags][a"),
        ('{"to": "+37255512345", "text": {"a": 1, "a": 2}, "text": "a", "to": 1}', "to text"),
        ('{"to": "+37255512345", "text": "a", "idempotency_key": "a", "idempotency_key": "b"}', "idempotency_key"),
        ('{"to": "+37255512345", "text": "a", "+37255512345": 1, "+37255512345": 2}', "+#"),
    ],
)
def test_a_field_that_is_given_twice(body: str, fields: str) -> None:
    """Readers of JSON differ in which of both values they take: nothing is guessed, and each field is named."""
    for given in (body, body.encode(), "\ufeff" + body):
        with pytest.raises(InvalidPayload) as raised:
            parse(given)
        errors = raised.value.errors
        assert [each["source"] for each in errors] == [f"payload[{field}]" for field in fields.split()]
        what = {(each["code"], each["detail"]) for each in errors}
        assert what == {("105", "This field is given twice in one object.")}
        assert raised.value.__context__ is None  # json's own exception has the payload in it


def test_a_field_twice_deep_inside_costs_what_it_is_long() -> None:
    """And not its square, for which the whole batch would run out of memory."""
    tracemalloc.start()
    with pytest.raises(InvalidPayload, match=r"\[text\]"):
        parse('{"to": ' + "[" * 2000 + '{"text": "a", "text": "b"}' + ", 1]" * 2000 + "}")
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "wrap", ['{"detail-type": "x", "id": "e", "detail": %s}', '{"Type": "Notification", "Message": "", "x": %s}']
)
def test_a_field_twice_within_a_wrapping(world: World, wrap: str) -> None:
    """What the queue holds is looked at as a whole, and refused as it came."""
    body = wrap % '{"to": "+37255512345", "text": "a", "text": "b"}'
    assert world.deliver(body)
    assert [dead["body"] for dead in world.dead()] == [body]
    assert world.messente.requests == []
