"""Messages in files: one as JSON, many as JSON lines or as CSV. All that is wrong is found before anything is sent."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.advice import PAGE, advise
from messente_rcs.payload.decode import decode_json, decode_object
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from rcs_cli.batches import Line, body
from rcs_cli.files import listed, read_bytes, read_text, tell_wrong
from rcs_cli.masking import mask_in
from rcs_cli.output import Output
from rcs_cli.placeholders import columns_in, filled
from rcs_cli.problems import Problem

# What a cell can hold. A chain of messages needs JSON.
_FIELDS = "to text idempotency_key expires_at on_unknown time_to_send priority text_store ignore_opt_out"
COLUMNS = tuple(_FIELDS.split())

_CSV = (".csv", ".tsv")
_LINES = (".jsonl", ".ndjson")
_FLAGS = {"true": True, "false": False}

type Row = list[str] | InvalidPayload
type Messages = Iterator[tuple[int, Callable[[], object]]]  # the number of a line, and what reads or raises its message


def holds_many(name: str) -> bool:
    return Path(name).suffix.lower() in (*_CSV, *_LINES)


def read_message(name: str) -> dict[str, Any]:
    """Read a file with one message and check it; raises InvalidPayload."""
    payload = decode_object(read_bytes(name))
    parse(payload)
    return payload


def as_template(message: Mapping[str, Any]) -> dict[str, Any]:
    """Let a message without a recipient go to the number of the column to."""
    return {"to": "{{to}}", **message}


def check_file(output: Output, name: str, run: str, message: str | None = None) -> list[Line]:
    """Read the messages of a file; where one is not valid, list all errors and end.

    With the file of a `message`, the first is a CSV whose cells stand for its placeholders. A message without a key of
    its own gets `run:line`. So the same file sends nothing twice, and a rejected line can be corrected in its place.
    """
    template = as_template(decode_object(read_bytes(message))) if message else None
    good, wrong = read_lines(read_text(name), Path(name).suffix.lower(), run, template, output.warn)
    if wrong:
        raise tell_wrong(output, wrong, "Nothing was sent.")
    if not good:
        raise Problem("The file holds no message.")
    return good


def read_lines(
    text: str, suffix: str, run: str, template: dict[str, Any] | None, tell: Callable[[str], None]
) -> tuple[list[Line], list[dict[str, Any]]]:
    """Read the messages of a text, and the errors of its lines; `tell` gets what else is worth knowing."""
    good: dict[str, Line] = {}
    wrong: list[dict[str, Any]] = []
    for number, read in _messages(text, suffix, template, tell):
        try:
            payload = decode_object(read())
            key = parse(payload).key or f"{run}:{number}"
            if key in good:
                raise _invalid(f"Line {good[key].number} has the same key.", "payload[idempotency_key]")
            payload["idempotency_key"] = key
            body(payload)  # raises if it is too large for the queue
            good[key] = Line(number, key, payload)
        except InvalidPayload as invalid:
            wrong += [{"line": number, **each} for each in invalid.errors]
    return list(good.values()), wrong


def _invalid(why: str, source: str | None = None) -> InvalidPayload:
    return InvalidPayload([error(INVALID, why, source)])


def _messages(text: str, suffix: str, template: dict[str, Any] | None, tell: Callable[[str], None]) -> Messages:
    """Divide a file into messages. Where its name does not say what it is, it is what it looks like."""
    if template or suffix in _CSV or (suffix not in _LINES and _is_csv(text)):
        return _of_csv(text, template, tell)
    whole, (first, _, more) = _json(text), text.strip().partition("\n")
    if isinstance(whole, list):
        raise Problem("The file is a list in JSON. Write each of its messages in a line of its own, without brackets.")
    if suffix in _LINES and isinstance(whole, dict) and more:
        raise Problem("The file is one message over several lines: send it with rcs send, or write it in one line.")
    if suffix not in _LINES and (isinstance(whole, dict) or (first and not isinstance(_json(first), dict))):
        return iter([(1, lambda: text)])
    lines = enumerate(text.split("\n"), start=1)
    return ((number, partial(str, line)) for number, line in lines if line.strip())


def _json(text: str) -> object:
    try:
        return decode_json(text)
    except ValueError:
        return None


def _is_csv(text: str) -> bool:
    head = text.lstrip().partition("\n")[0].lower()
    return head.startswith("sep=") or (head[:1] not in "{[" and {"to", "text"} <= set(re.findall(r"\w+", head)))


def _of_csv(text: str, template: dict[str, Any] | None, tell: Callable[[str], None]) -> Messages:
    """Make a message of each row: of its cells by the names of the columns, or of a template with cells put in."""
    rows = list(_rows(text))
    if not rows:
        return
    begin, header = rows.pop(0)
    names: list[str] = []
    try:
        if isinstance(header, InvalidPayload):
            raise header
        names = [name.strip().lower() for name in header]
        _check_columns(names, [row for _, row in rows], template)
        if template and (ignored := [name for name in names if name not in columns_in(template)]):
            tell(f"Columns without a placeholder, which are ignored: {mask_in(', '.join(ignored))}.")
    except InvalidPayload as invalid:
        rows = [(begin, invalid)]
    for number, row in rows:
        yield number, partial(_message, names, row, template)


def _rows(text: str) -> Iterator[tuple[int, Row]]:
    """Read rows. What stands between two cells is named by a line sep=, or seen in the header."""
    lines = io.StringIO(text, newline="")  # csv knows every end of a line
    if named := re.match(r'"?sep=([^"\r\n])"?\s*$', lines.readline(), re.IGNORECASE):
        delimiter, skipped = named[1], 1
    else:
        delimiter, skipped = max(",;\t", key=text.lstrip().partition("\n")[0].count), 0
        lines.seek(0)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begin = skipped + rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as failure:
            long = "A cell has more than 131,072 characters, or a quote is open."
            no_csv = "This is no CSV: a quote is open, or stands in the middle of a cell."
            yield begin, _invalid(long if "field limit" in str(failure) else no_csv)
            continue
        while row and not row[-1]:  # spreadsheets write empty columns, too
            row.pop()
        if row:
            yield begin, row


def _check_columns(names: list[str], rows: Iterable[Row], template: dict[str, Any] | None) -> None:
    """Refuse a column that is no field of a message, unless a text has a placeholder for it."""
    if template:
        filled(template, dict.fromkeys(names, "a value"))
    elif not {"to", "text"} <= set(names):  # before a name is told, which is a number or a text where no header is
        raise Problem(f"The first line must name the columns: to, text, and any of {', '.join(COLUMNS[2:])}.")
    for number, name in enumerate(names, start=1):
        if not name:
            raise Problem(f"Column {number} has no name. Name it, or take it out.")
        if names.count(name) > 1:
            raise Problem(f"The column {mask_in(name)} is there twice.")
    used = set(names) if template else columns_in([row for row in rows if isinstance(row, list)]).union(COLUMNS)
    if odd := [name for name in names if name not in used]:
        raise Problem(
            f"A cell cannot hold {mask_in(odd[0])[:40]!r}, and no text has a placeholder for it. "
            f"The columns may be {', '.join(COLUMNS)}."
        )


def _message(names: list[str], row: Row, template: dict[str, Any] | None) -> dict[str, Any]:
    if isinstance(row, InvalidPayload):
        raise row
    if len(row) > len(names):
        raise _invalid("The line has more cells than the header. Put a cell with a comma into double quotes.")
    cells = dict(zip_longest(names, row, fillvalue=""))
    if template:
        return filled(template, cells)
    payload = filled({name: cell for name, cell in cells.items() if cell and name in COLUMNS}, cells)
    if (flag := payload.get("ignore_opt_out", "").strip().lower()) in _FLAGS:
        payload["ignore_opt_out"] = _FLAGS[flag]
    return payload


# --- Advice: what is said of many lines is said once ------------------------------------------------------------------


def advice_on(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Collect the advice on messages, with the numbers of the lines; the words are those of the first line."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        for each in advise(parse(line.payload), is_campaign=len(lines) > 1):
            found.setdefault((each["rule"], each["source"]), {**each, "lines": []})["lines"].append(line.number)
    return list(found.values())


def show_advice(output: Output, advice: Iterable[dict[str, Any]]) -> None:
    """Write advice as a table for people; programs get it within the answer."""
    rows = [(each["rule"], each["source"], listed(each.get("lines", [])), each["detail"]) for each in advice]
    if rows:
        output.table(("advice", "where", "lines", "what to know"), rows)
        output.say(f"Advice rejects nothing. {PAGE} has more on each.")
