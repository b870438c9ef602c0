"""What somebody is told whose payload is no JSON object: the line, the column, and what is wrong there."""

import json
from typing import Any

import pytest

from support.strategies import PHONE, told

OBJECT = "Must be a JSON object in UTF-8."


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        (f'{{"to": "{PHONE}",\n "text": "Hello",\n}}', "Line 2, column 17: remove the comma after the last field."),
        ('{"messages": [1, 2,]}', "Line 1, column 19: remove the comma after the last item."),
        ("{\u201cto\u201d: 1}", 'Line 1, column 2: use straight double quotes (").'),
        ('{"to": \u201e1\u201c}', 'Line 1, column 8: use straight double quotes (").'),
        ('{"to": \xab1\xbb}', 'Line 1, column 8: use straight double quotes (").'),
        ("{'to': 1}", "Line 1, column 2: use double quotes instead of single ones."),
        ("{\"to\": '1'}", "Line 1, column 8: use double quotes instead of single ones."),
        ("'{\"to\": 1}'", "Line 1, column 1: use double quotes instead of single ones."),
        ("{`to`: 1}", "Line 1, column 2: use double quotes instead of single ones."),
        ('{"text": "a\nb"}', "Line 1, column 12: a line break in a string is written as \\n."),
        ('{"text": "a\r\nb"}', "Line 1, column 12: a line break in a string is written as \\n."),
        ('{"text": "a\tb"}', "Line 1, column 12: a tab in a string is written as \\t."),
        (
            '{"text": "a\x01b"}',
            "Line 1, column 12: a control character in a string is written as \\u and four hexadecimal digits.",
        ),
        ('{"to": 1} // to whom', "Line 1, column 11: the JSON ended before this; send one object."),
        ('{"to": 1, // to whom\n "text": 2}', "Line 1, column 11: JSON has no comments."),
        ('{/* to whom */ "to": 1}', "Line 1, column 2: JSON has no comments."),
        ('# to whom\n{"to": 1}', "Line 1, column 1: JSON has no comments."),
        ("{to: 1}", "Line 1, column 2: put the name of the field into double quotes."),
        ("{\n  $to: 1}", "Line 2, column 3: put the name of the field into double quotes."),
        ('{"text": Hello}', "Line 1, column 10: put the text into double quotes."),
        ('{"text": True}', "Line 1, column 10: write true, false or null, in lower case."),
        ('{"text": None}', "Line 1, column 10: write true, false or null, in lower case."),
        ('{"text": undefined}', "Line 1, column 10: write true, false or null, in lower case."),
        (
            '{"to": +37255510001}',
            "Line 1, column 8: a number does not begin with +; put a phone number into double quotes.",
        ),
        (
            '{"to": 0037255510001}',
            "Line 1, column 9: a number does not begin with 0; put a phone number into double quotes.",
        ),
        ('{"ttl": 1.}', "Line 1, column 10: this is no number of JSON."),
        ('{"ttl": .5}', "Line 1, column 9: a value is expected here."),
        ('{"to": 1 "text": 2}', "Line 1, column 10: a comma is missing before this."),
        ('{"to": "1"\n "text": 2}', "Line 2, column 2: a comma is missing before this."),
        (
            '{"text": "Say "hi"!"}',
            'Line 1, column 16: a comma or the end is missing, or a double quote in a string is not written as \\".',
        ),
        (
            '{"text": "Hello "everyone""}',
            'Line 1, column 18: a comma or the end is missing, or a double quote in a string is not written as \\".',
        ),
        ('{"to"= 1}', "Line 1, column 6: a colon is missing after the name of a field."),
        ('{"to": , "text": 1}', "Line 1, column 8: a value is missing before this."),
        ('{"to": }', "Line 1, column 8: a value is missing before this."),
        ('{"to": 1,, "text": 1}', "Line 1, column 10: a field is missing before this comma."),
        ('{{"to": 1}}', "Line 1, column 2: a placeholder of a template was not filled in."),
        ('{"to": {{to}}}', "Line 1, column 9: a placeholder of a template was not filled in."),
        ('{"to": ${to}}', "Line 1, column 8: a placeholder of a template was not filled in."),
        (
            '{\\"to\\": 1}',
            "Line 1, column 2: a backslash stands outside of a string: the quotes are escaped once too often.",
        ),
        ('{"text": "C:\\x"}', "Line 1, column 13: a backslash in a string is written as two backslashes."),
        ('{"text": "\\u12"}', "Line 1, column 12: \\u needs four hexadecimal digits."),
        (
            '{"to":\xa01}',
            "Line 1, column 7: a character that only a string can hold stands outside of strings.",
        ),
        ('{"to": "1"', "Line 1, column 11: the JSON ends too early."),
        ('{"to":', "Line 1, column 7: the JSON ends too early."),
        ('{"to"', "Line 1, column 6: the JSON ends too early."),
        ("{", "Line 1, column 2: the JSON ends too early."),
        ('{"to": tru', "Line 1, column 8: the JSON ends too early."),
        ('{"text": "Hel', "Line 1, column 10: a string begins here, and its closing double quote is missing."),
        ('{"to": 1}{"to": 2}', "Line 1, column 10: the JSON ended before this; send one object."),
        ('{"to": 1}\n{"to": 2}', "Line 2, column 1: the JSON ended before this; send one object."),
        ('{"text": "NaN",\n "ttl": NaN}', "Line 2, column 9: JSON has no NaN and no Infinity."),
        ('{"text": "\\"Infinity", "ttl": -Infinity}', "Line 1, column 31: JSON has no NaN and no Infinity."),
        (f'{{"text": "{"1" * 5000}", "ttl": 1{"0" * 4300}}}', "Line 1, column 5021: this number is too long."),
        ("[" * 100_000, "Line 1, column 51: this is nested too deep."),
        ('{"[": [],\n"b":' + '{"a":' * 100_000, "Line 2, column 250: this is nested too deep."),
        ('{"messages": [1}', "Line 1, column 16: this bracket closes another one than was opened last."),
        ('{"to": 1]', "Line 1, column 9: this bracket closes another one than was opened last."),
        ("", "It is empty."),
        (" \r\n", "It is empty."),
    ],
)
def test_text_that_is_no_json(sent: str, hint: str) -> None:
    """The first place where the JSON is wrong is named, with what to do about it; a BOM does not move it."""
    for form in (sent, sent.encode(), "\ufeff" + sent, sent.encode("utf-8-sig")):
        assert told(form) == {"payload": f"{OBJECT} {hint}"}


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ("to=%2B37255510001&text=Hello", "It looks like a form: send JSON instead."),
        ("messages[0][text]=Hello", "It looks like a form: send JSON instead."),
        ('--x\r\nContent-Disposition: form-data; name="to"', "It looks like a form: send JSON instead."),
        ("<message/>", "It looks like XML or HTML: send JSON instead."),
        ('to: "+37255510001"\ntext: Hello', "It looks like YAML: send JSON instead."),
        ("---\nto: 1", "It looks like YAML: send JSON instead."),
        ("eyJ0byI6ICIrMzcyNTU1MTAwMDEifQ==", "It looks like base64: send the JSON itself."),
        ("%7B%22to%22%3A%201%7D", "It is percent-encoded: send the JSON itself."),
        ("[object Object]", "It is what JavaScript writes for an object without JSON.stringify."),
    ],
)
def test_another_format(sent: str, hint: str) -> None:
    """What was never meant to be JSON is called by its name."""
    assert told(sent) == {"payload": f"{OBJECT} {hint}"}


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ('{"text": "\u00e9"}'.encode("latin-1"), "Line 1: the byte at offset 10 is not UTF-8."),
        (b'{\n"to": 1,\n"text": "\xff"}', "Line 3: the byte at offset 20 is not UTF-8."),
        ('{"to": 1}'.encode("utf-16"), "It is UTF-16: send UTF-8."),
        ('{"to": 1}'.encode("utf-16-le"), "Line 1, column 2: this is a NUL character; send UTF-8, not UTF-16."),
        (b"\x1f\x8b\x08\x00", "It is compressed: send it as it is."),
    ],
)
def test_bytes_that_are_no_text(sent: bytes, hint: str) -> None:
    """The offset of the first byte that is none of UTF-8, or what it is instead."""
    assert told(sent) == {"payload": f"{OBJECT} {hint}"}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (json.dumps({"to": PHONE}), "It is a string that holds JSON: send the object itself."),
        ("Hello", "It is a string."),
        ([{"to": PHONE}], "It is a list: send each message in a request of its own."),
        ([], "It is a list: send each message in a request of its own."),
        (5, "It is a number."),
        (5.5, "It is a number."),
        (True, "It is a boolean."),
        (None, "It is null."),
    ],
)
def test_json_that_is_no_object(value: Any, hint: str) -> None:
    """Another kind of value is called by its kind, as text and as the value itself."""
    assert told(json.dumps(value)) == {"payload": f"{OBJECT} {hint}"}
    if not isinstance(value, str):
        assert told(value) == {"payload": f"{OBJECT} {hint}"}
