"""Why what was sent is no JSON object: the line, the column and what is wrong there, but not what stands there."""

from __future__ import annotations

import json
import re

from messente_rcs.payload.hints import kind_of

# What comes instead of JSON, as its first bytes or characters show.
_OTHER_BYTES = {
    b"\x1f\x8b": "It is compressed: send it as it is.",
    b"\xff\xfe": "It is UTF-16: send UTF-8.",
    b"\xfe\xff": "It is UTF-16: send UTF-8.",
}
_OTHER_TEXTS = (
    (r"\[object ", "It is what JavaScript writes for an object without JSON.stringify."),
    (r"e[yw][A-Za-z0-9+/_\-]{9,}=*\s*$", "It looks like base64: send the JSON itself."),
    (r"[A-Za-z_][\w.\-\[\]%]*=|--[^\s-]\S*\r?\n", "It looks like a form: send JSON instead."),
    (r"<", "It looks like XML or HTML: send JSON instead."),
    (r"%7[Bb]", "It is percent-encoded: send the JSON itself."),
    (r"[A-Za-z_][\w\-]*: |---\s", "It looks like YAML: send JSON instead."),
)

# What the parser says of a place, where this is enough to say what is wrong there.
_BY_MESSAGE = {
    "Illegal trailing comma before end of object": "remove the comma after the last field",
    "Illegal trailing comma before end of array": "remove the comma after the last item",
    "Unterminated string starting at": "a string begins here, and its closing double quote is missing",
    "Invalid \\escape": "a backslash in a string is written as two backslashes",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
    "Extra data": "the JSON ended before this; send one object",
}
_IN_STRING = {
    "\n": "a line break in a string is written as \\n",
    "\r": "a line break in a string is written as \\n",
    "\t": "a tab in a string is written as \\t",
}
_CONTROL = "a control character in a string is written as \\u and four hexadecimal digits"

# What stands at a place where something else was expected.
_AT_PLACE = (
    (r"\Z", "the JSON ends too early"),
    (r"[\u2018-\u201f\u2033\u2039\u203a\xab\xbb\uff02]", 'use straight double quotes (")'),
    (r"['`]", "use double quotes instead of single ones"),
    (r"//|/\*|#", "JSON has no comments"),
    (r"\\", "a backslash stands outside of a string: the quotes are escaped once too often"),
    (r"\{\{|(?<=\{)\{|\$\{|<%|%[({s]", "a placeholder of a template was not filled in"),
    (r"\0", "this is a NUL character; send UTF-8, not UTF-16"),
    (r"[^\x00-\x7f]", "a character that only a string can hold stands outside of strings"),
)
_INSTEAD_OF_VALUE = (
    (r"[a-z]{1,4}\Z", "the JSON ends too early"),
    (r"(?i:true|false|null|none|nil|undefined)\b", "write true, false or null, in lower case"),
    (r"\+", "a number does not begin with +; put a phone number into double quotes"),
    (r"[A-Za-z]", "put the text into double quotes"),
    (r"[,\]}:]", "a value is missing before this"),
    (r"", "a value is expected here"),
)
_INSTEAD_OF_COMMA = (
    (r"(?<=[\[:, ]0)\d|(?<=-0)\d", "a number does not begin with 0; put a phone number into double quotes"),
    (r'["{\[]', "a comma is missing before this"),
    (r"[}\]]", "this bracket closes another one than was opened last"),
    (r"(?<=\d)[.\deE]", "this is no number of JSON"),
    (r"", 'a comma or the end is missing, or a double quote in a string is not written as \\"'),
)
_INSTEAD_OF_NAME = (
    (r",", "a field is missing before this comma"),
    (r"[\w$]", "put the name of the field into double quotes"),
    (r"", "a name in double quotes is expected here"),
)
_BY_EXPECTATION = {
    "Expecting value": _INSTEAD_OF_VALUE,
    "Expecting ',' delimiter": _INSTEAD_OF_COMMA,
    "Expecting property name enclosed in double quotes": _INSTEAD_OF_NAME,
    "Expecting ':' delimiter": ((r"", "a colon is missing after the name of a field"),),
}

# Strings are passed over. Python reads whole numbers of up to 4,300 digits.
_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*+"|(?P<bad>-?Infinity|NaN|(?<!\d)\d{4301,})', re.DOTALL)

# No payload is half as deep.
DEEPEST = 50
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}


def why_no_object(payload: object) -> str:
    """Say why a payload could not be read as a JSON object."""
    match payload:
        case bytes():
            return _of_bytes(payload)
        case str():
            return _of_text(payload.removeprefix("\ufeff"))
    return _of_value(payload)


def _of_bytes(payload: bytes) -> str:
    for start, words in _OTHER_BYTES.items():
        if payload.startswith(start):
            return words
    try:
        text = payload.decode()
    except UnicodeDecodeError as failure:
        line = payload.count(b"\n", 0, failure.start) + 1
        return f"Line {line}: the byte at offset {failure.start} is not UTF-8."
    return _of_text(text.removeprefix("\ufeff"))


def _of_text(text: str) -> str:
    if not text.strip():
        return "It is empty."
    try:
        decoded = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as failure:
        return _of_place(failure.msg, text, failure.pos)
    except RecursionError:
        return _of_depth(text)
    except ValueError:
        return _of_number(text)
    return _of_value(decoded)


def _refuse(_name: str) -> None:
    raise ValueError


def _of_value(value: object) -> str:
    match kind_of(value):
        case "a list":
            return "It is a list: send each message in a request of its own."
        case "a string that holds JSON":
            return "It is a string that holds JSON: send the object itself."
        case name:
            return f"It is {name}."


def _of_number(text: str) -> str:
    bad = next((each for each in _NO_NUMBER.finditer(text) if each["bad"]), None)
    if bad is None:
        return "A number is too long."
    words = "JSON has no NaN and no Infinity" if bad["bad"][-1].isalpha() else "this number is too long"
    return _at(text, bad.start(), words)


def _of_depth(text: str) -> str:
    depth = 0
    for each in _BRACKETS.finditer(text):
        depth += _DEEPER.get(each[0], 0)
        if depth > DEEPEST:
            return _at(text, each.start(), "this is nested too deep")
    return "It is nested too deep."


def _of_place(message: str, text: str, at: int) -> str:
    start = len(text) - len(text.lstrip())
    if at <= start + 1 and (other := _first(_OTHER_TEXTS, text, start)):
        return other
    if message.startswith("Invalid control character"):
        return _at(text, at, _IN_STRING.get(text[at], _CONTROL))
    words = (
        _BY_MESSAGE.get(message) or _first(_AT_PLACE, text, at) or _first(_BY_EXPECTATION.get(message, ()), text, at)
    )
    return _at(text, at, words or "this is no JSON")


def _first(table: tuple[tuple[str, str], ...], text: str, at: int) -> str:
    return next((words for pattern, words in table if re.compile(pattern).match(text, at)), "")


def _at(text: str, at: int, words: str) -> str:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return f"Line {line}, column {column}: {words}."
