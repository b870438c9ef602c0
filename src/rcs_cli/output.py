"""What a command says: tables for people, JSON for programs. Recipients are masked unless the user asks for them."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from rcs_cli.masking import masked
from rcs_cli.problems import details, errors_in

_SHOWN = "\n\u00a0\u200c\u200d\u202f\u3000"  # though not printable: spaces, and what joins letters or emoji
_PIPE = 200  # columns where nobody's terminal says how many there are

_COLOURS = {
    **dict.fromkeys(("sent", "delivered", "seen", "ok"), "green"),
    **dict.fromkeys(("unknown", "warn", "retryable", "claimed"), "yellow"),
    **dict.fromkeys(("rejected", "failed", "expired", "cancelled", "fail"), "red"),
}

# Of a record, what a person looks for, in this order.
_FIELDS = (
    *("id", "state", "delivery", "delivery_channel", "to", "channels", "omnimessage_id", "attempts"),
    *("created_at", "updated_at", "unknown_since", "resolution", "resolved_by", "resolved_at"),
)


class Output:
    """Writes to the terminal; `numbers` shows recipients in full."""

    def __init__(self, *, as_json: bool, numbers: bool) -> None:
        self.as_json = as_json
        self._numbers = numbers
        self.console, self.errors = (
            Console(file=file, highlight=False, width=None if file.isatty() else _PIPE)
            for file in (sys.stdout, sys.stderr)
        )

    def shown(self, value: Any) -> Any:
        return value if self._numbers else masked(value)

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        """Write a value as JSON, in ASCII, for programs; people do not get it."""
        if self.as_json:
            sys.stdout.write(json.dumps(self.shown(value), indent=indent) + "\n")
            sys.stdout.flush()

    def say(self, text: str) -> None:
        """Write a sentence for people; programs do not get it."""
        if not self.as_json:
            self.console.print(plain(text), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Write a sentence where it does not get between a program and its JSON."""
        self.errors.print(plain(text, "yellow"), soft_wrap=True)

    def record(self, record: Mapping[str, Any]) -> None:
        self.json(record)
        if not self.as_json:
            self.console.print(self.record_table(record))

    def record_table(self, record: Mapping[str, Any]) -> Table:
        """Lay a record out: its fields, its messages and its errors."""
        shown = self.shown(record)
        columns = Column(style="dim", no_wrap=True), Column(overflow="fold")
        table = Table(*columns, box=None, show_header=False, pad_edge=False)
        for name in _FIELDS:
            if (value := shown.get(name)) not in (None, ""):
                table.add_row(name, _word(", ".join(value) if isinstance(value, list) else value))
        for name, value in (shown.get("tags") or {}).items():
            table.add_row("tag", plain(f"{name}={value}"))
        for message_id, message in shown.get("messages", {}).items():
            told = " ".join(str(message[name]) for name in ("channel", "status", "sender") if name in message)
            table.add_row("message", plain(f"{message_id} {told}"))
        for line in details(errors_in(shown.get("errors"))):
            table.add_row("error", plain(line, "red"))
        return table

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a table of texts and numbers for people; programs do not get it."""
        if self.as_json:
            return
        table = Table(*(Column(name, overflow="fold") for name in columns), box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*map(_word, row))
        self.console.print(table)


def _word(value: Any) -> Text:
    """Write a value, coloured if it is a state."""
    text = "-" if value is None else str(value)
    return plain(text, _COLOURS.get(text, ""))


def plain(text: str, style: str = "") -> Text:
    """Write a text as it is: no markup in it is obeyed, and no control character reaches the terminal."""
    printable = (each if each.isprintable() or each in _SHOWN else "\N{REPLACEMENT CHARACTER}" for each in text)
    return Text("".join(printable), style)
