"""Messages in files: one as JSON, many as JSON lines or as CSV. All that is wrong is found before anything is sent."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.decode import decode_json, decode_object
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from rcs_cli.batches import Line, is_too_large
from rcs_cli.files import Wrong, read_bytes, read_text, tell_wrong
from rcs_cli.output import Output
from rcs_cli.placeholders import columns_in, filled
from rcs_cli.problems import Problem, details, mask_in

# What a cell can hold. A chain of messages needs JSON.
COLUMNS = (
    *("to", "text", "idempotency_key", "expires_at", "on_unknown", "time_to_send", "priority", "text_store"),
    "ignore_opt_out",
)

_CSV = (".csv", ".tsv")
_LINES = (".jsonl", ".ndjson")
_FLAGS = {"true": True, "false": False}


def holds_many(name: str) -> bool:
    """Tell by the name of a file whether it holds many messages."""
    return Path(name).suffix.lower() in (*_CSV, *_LINES)


def read_message(name: str) -> dict[str, Any]:
    """Read a file with one message and check it; raises InvalidPayload."""
    payload = decode_object(read_bytes(name))
    parse(payload)
    return payload


def read_template(name: str) -> dict[str, Any]:
    """Read a file with one message whose texts have placeholders. Its `to` is the column to, if it names no other."""
    try:
        message = decode_object(read_bytes(name))
    except InvalidPayload as invalid:
        raise Problem("The message is not valid. " + " ".join(details(invalid.errors))) from None
    return as_template(message)


def as_template(message: Mapping[str, Any]) -> dict[str, Any]:
    """Let a message without a recipient go to the number of the column to."""
    return {"to": "{{to}}", **message}


def check_file(output: Output, name: str, run: str, message: dict[str, Any] | None = None) -> list[Line]:
    """Read the messages of a file; where one is not valid, list all errors and end.

    With `message`, the file is a CSV whose cells stand for the placeholders of this message. A message without a key
    of its own gets `run:line`. So the same file sends nothing twice, and a rejected line can be corrected in its place.
    """
    suffix = _CSV[0] if message else Path(name).suffix.lower()
    good, wrong = read_lines(read_text(name), suffix, run, message, output.warn)
    if wrong:
        raise tell_wrong(output, wrong, "Nothing was sent.")
    if not good:
        raise Problem("The file holds no message.")
    return good


def _messages(
    text: str, suffix: str, message: dict[str, Any] | None, tell: Callable[[str], None]
) -> Iterator[tuple[int, object]]:
    """Divide a file into messages. Where its name does not say what it is, it is what it looks like."""
    if suffix in _CSV or (suffix not in _LINES and _is_csv(text)):
        return _of_csv(text, message, tell)
    whole, (first, _, more) = _json(text), text.strip().partition("\n")
    if isinstance(whole, list):
        raise Problem("The file is a list in JSON. Write each of its messages in a line of its own, without brackets.")
    if suffix in _LINES:
        if isinstance(whole, dict) and more:
            raise Problem("The file is one message over several lines: send it with rcs send, or write it in one line.")
        return _of_json_lines(text)
    is_one = isinstance(whole, dict) or (first and not isinstance(_json(first), dict))
    return iter([(1, text)]) if is_one else _of_json_lines(text)


def _json(text: str) -> object:
    """Return what a text says in JSON, and None if it is no JSON."""
    try:
        return decode_json(text)
    except (ValueError, RecursionError):
        return None


def _is_csv(text: str) -> bool:
    """Tell by its first line whether a text has the columns of a message."""
    head = text.lstrip().partition("\n")[0].lower()
    return head.startswith("sep=") or (head[:1] not in "{[" and {"to", "text"} <= set(re.findall(r"\w+", head)))


def read_lines(
    text: str, suffix: str, run: str, message: dict[str, Any] | None, tell: Callable[[str], None]
) -> tuple[list[Line], list[Wrong]]:
    """Read the messages of a text, and what is wrong with its lines; `tell` gets what else is worth knowing."""
    good: list[Line] = []
    wrong: list[Wrong] = []
    keys: dict[str, int] = {}
    for number, raw in _messages(text, suffix, message, tell):
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
    return good, wrong


def _line(number: int, raw: object, run: str) -> Line:
    if isinstance(raw, InvalidPayload):
        raise raw
    payload = decode_object(raw)
    key = parse(payload).key or f"{run}:{number}"
    payload = payload | {"idempotency_key": key}
    if is_too_large(payload):
        raise _invalid("The message has more than 1 MiB, which is the most that the queue takes.")
    return Line(number, key, payload)


def _of_json_lines(text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _of_csv(text: str, message: dict[str, Any] | None, tell: Callable[[str], None]) -> Iterator[tuple[int, object]]:
    """Make a message of each row: of its cells by the names of the columns, or of `message` with cells put in."""
    rows = _rows(text)
    for begin, row in rows:
        if isinstance(row, list):
            break
        yield begin, row
    else:
        return
    names = _names(row)
    if message is None:
        left = list(rows)
        _check_columns(names, left)
        yield from ((number, _message(names, row, None)) for number, row in left)
        return
    try:
        filled(message, dict.fromkeys(names, "a value"))
    except InvalidPayload as invalid:
        yield begin, invalid
        return
    if ignored := [name for name in names if name not in columns_in(message)]:
        tell(f"Columns without a placeholder, which are ignored: {', '.join(ignored)}.")
    yield from ((number, _message(names, row, message)) for number, row in rows)


def _rows(text: str) -> Iterator[tuple[int, list[str] | InvalidPayload]]:
    """Read rows. What stands between two cells is named by a line sep=, or seen in the header."""
    lines = io.StringIO(text, newline="")  # csv knows every end of a line
    head = lines.readline()
    if named := re.match(r'"?sep=(.)"?\s*$', head, re.IGNORECASE):
        delimiter, skipped = named[1], 1
    else:
        delimiter, skipped = max(",;\t", key=text.lstrip().partition("\n")[0].count), 0
        lines.seek(0)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begin = skipped + rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as failure:
            yield begin, _no_csv(failure)
            continue
        if row is None:
            return
        while row and not row[-1]:  # spreadsheets write empty columns, too
            row.pop()
        if row:
            yield begin, row


def _no_csv(failure: csv.Error) -> InvalidPayload:
    if "field limit" in str(failure):
        return _invalid("A cell has more than 131,072 characters, or a quote is open.")
    return _invalid("This is no CSV: a quote is open, or stands in the middle of a cell.")


def _names(header: list[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    for number, name in enumerate(names, start=1):
        if not name:
            raise Problem(f"Column {number} has no name. Name it, or take it out.")
        if names.count(name) > 1:
            raise Problem(f"The column {name} is there twice.")
    return names


def _check_columns(names: list[str], rows: list[tuple[int, list[str] | InvalidPayload]]) -> None:
    """Refuse a column that is no field of a message, unless a text has a placeholder for it."""
    if not {"to", "text"} <= set(names):
        raise Problem(f"The first line must name the columns: to, text, and any of {', '.join(COLUMNS[2:])}.")
    if others := [name for name in names if name not in COLUMNS]:
        used = columns_in([row for _, row in rows if isinstance(row, list)])
        for name in (name for name in others if name not in used):
            raise Problem(
                f"A cell cannot hold {mask_in(name[:40])!r}, and no text has a placeholder for it. "
                f"The columns may be {', '.join(COLUMNS)}."
            )


def _message(names: list[str], row: list[str] | InvalidPayload, message: dict[str, Any] | None) -> object:
    if isinstance(row, InvalidPayload):
        return row
    if len(row) > len(names):
        return _invalid("The line has more cells than the header. Put a cell with a comma into double quotes.")
    cells = dict(zip_longest(names, row, fillvalue=""))
    fields = {name: cell for name, cell in cells.items() if cell and name in COLUMNS}
    try:
        payload = filled(fields if message is None else message, cells)
    except InvalidPayload as invalid:
        return invalid
    if message is None and "ignore_opt_out" in payload:
        flag = payload["ignore_opt_out"]
        payload["ignore_opt_out"] = _FLAGS.get(flag.strip().lower(), flag)
    return payload


def _invalid(why: str) -> InvalidPayload:
    return InvalidPayload([error(INVALID, why)])
