"""Messages in files: one as JSON, many as JSON lines or as CSV. All that is wrong is found before anything is sent."""

from __future__ import annotations

import csv
import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.decode import BYTE_ORDER_MARK, decode_object
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from rcs_cli.problems import USAGE, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.errors import Error

STDIN = "-"
# What a cell can hold. A chain of messages needs JSON.
COLUMNS = ("to", "text", "idempotency_key", "expires_at", "on_unknown", "time_to_send", "priority", "text_store")

_MANY = (".jsonl", ".ndjson", ".csv")
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Line:
    """A message of a file, and the number of the line at which it begins."""

    number: int
    key: str
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a line."""

    line: int
    errors: list[Error]


@dataclass(frozen=True)
class Checked:
    """The valid messages of a file, and what is wrong with the others."""

    lines: list[Line]
    wrong: list[Wrong]


def holds_many(name: str) -> bool:
    """Tell by the name of a file whether it holds a message in each line."""
    return Path(name).suffix.lower() in _MANY


def run_name(name: str) -> str:
    """Make the begin of all keys of a file from its name."""
    return _NOT_IN_A_KEY.sub("-", Path(name).name)[:_LONGEST_NAME].strip("-") or "file"


def read_file(name: str) -> bytes:
    """Read a file, or what is piped in."""
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as failure:
        raise Problem(f"The file could not be read ({failure.strerror}). Check its name.", USAGE) from None


def read_message(name: str) -> dict[str, Any]:
    """Read a file with one message and check it; raises InvalidPayload."""
    payload = decode_object(read_file(name))
    parse(payload)
    return payload


def check_file(name: str, run: str) -> Checked:
    """Read a file with many messages and check every line.

    A message without a key of its own gets `run:line`. So the same file sends nothing twice, and a line that was
    refused can be corrected in its place.
    """
    text = decoded_file(read_file(name))
    lines = _of_csv(text) if Path(name).suffix.lower() == ".csv" else _of_json_lines(text)
    return _check(lines, run)


def _check(lines: Iterator[tuple[int, object]], run: str) -> Checked:
    good: list[Line] = []
    wrong: list[Wrong] = []
    keys: dict[str, int] = {}
    for number, raw in lines:
        try:
            line = _line(number, raw, run)
        except InvalidPayload as invalid:
            wrong.append(Wrong(number, list(invalid.errors)))
            continue
        if line.key in keys:
            twice = error(INVALID, f"Line {keys[line.key]} has the same key.", "payload[idempotency_key]")
            wrong.append(Wrong(number, [twice]))
        keys.setdefault(line.key, number)
        good.append(line)
    return Checked(good, wrong)


def _line(number: int, raw: object, run: str) -> Line:
    if isinstance(raw, InvalidPayload):
        raise raw
    payload = decode_object(raw)
    key = parse(payload).key or f"{run}:{number}"
    return Line(number, key, payload | {"idempotency_key": key})


def decoded_file(content: bytes) -> str:
    """Return what a file says in UTF-8."""
    try:
        return content.decode().removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError:
        raise Problem("The file is not in UTF-8. Save it as UTF-8 and try again.") from None


def _of_json_lines(text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _of_csv(text: str) -> Iterator[tuple[int, object]]:
    """Read rows under a header. Spreadsheets of some countries write a semicolon between two cells."""
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in head and "," not in head else ",", strict=True)
    begin, names = 1, list[str]()
    try:
        for row in rows:
            at, begin = begin, rows.line_num + 1
            if not names:
                names = _header(row)
            elif any(row):
                yield at, _row(names, row)
    except csv.Error:
        yield begin, _invalid("This is no CSV: a quote is open, or stands in the middle of a cell.")


def _header(row: list[str]) -> list[str]:
    names = [name.strip().lower() for name in row]
    if len(set(names)) != len(names) or not {"to", "text"} <= set(names) <= set(COLUMNS):
        raise Problem(f"The first line must name the columns: to, text, and any of {', '.join(COLUMNS[2:])}.")
    return names


def _row(names: list[str], row: list[str]) -> object:
    if len(row) > len(names):
        return _invalid("The line has more cells than the header. Put a cell with a comma into double quotes.")
    return {name: cell for name, cell in zip(names, row, strict=False) if cell}


def _invalid(why: str) -> InvalidPayload:
    return InvalidPayload([error(INVALID, why)])
