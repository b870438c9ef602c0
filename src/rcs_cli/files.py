"""Files as people have them: their names, their text, and the lines of them that are wrong."""

import re
import stat
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from messente_rcs.errors import Error
from messente_rcs.payload.decode import BYTE_ORDER_MARK
from rcs_cli.output import Output
from rcs_cli.problems import FAILED, USAGE, Problem

STDIN = "-"

MessageOption = Annotated[
    str | None, typer.Option("--message", help="JSON file with a message; the file is then a CSV of its placeholders.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="Name of this run, with which its keys begin; else the names of the files.")
]

_MOST_ERRORS = 50  # of a file that a person reads
_SHOWN = 20  # lines that a sentence names
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100
_LARGEST_FILE = 256 * 1024 * 1024  # bytes; as messages, they take some GB of memory

# What comes instead of text, as its first bytes show.
_NO_TEXT = {
    b"PK\x03\x04": "The file is a workbook or an archive. Save it as CSV in UTF-8.",
    b"\x1f\x8b": "The file is compressed. Unpack it first.",
    b"\xff\xfe": "The file is in UTF-16. Save it as UTF-8; in Excel this is CSV UTF-8.",
    b"\xfe\xff": "The file is in UTF-16. Save it as UTF-8; in Excel this is CSV UTF-8.",
}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a line."""

    line: int
    errors: list[Error]


def tell_wrong(output: Output, wrong: Sequence[Wrong], outcome: str) -> typer.Exit:
    """Write the errors of a file, and what this means; return the exit of the command."""
    errors = [(each.line, one) for each in wrong for one in each.errors]
    output.json({"valid": False, "errors": [{"line": line, **one} for line, one in errors]})
    rows = [(line, one["source"] or "-", one["detail"]) for line, one in errors[:_MOST_ERRORS]]
    output.table(("line", "where", "what to fix"), rows)
    if not output.as_json:
        more = len(errors) - _MOST_ERRORS
        rest = f" There are {more} more errors: --json lists them." if more > 0 else ""
        output.warn(f"{len(wrong)} of the lines are not valid. {outcome}{rest}")
    return typer.Exit(FAILED)


def listed(lines: Sequence[object]) -> str:
    """Name lines, or the first of very many."""
    return ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")


def is_there(name: str) -> bool:
    """Tell whether there is a file of this name."""
    return _mode(name) != 0


def is_pipe(name: str) -> bool:
    """Tell what has no name of its own: what is piped in, in whichever way, from a file whose name is."""
    mode = _mode(name)
    is_plain = mode == 0 or stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    return name == STDIN or not is_plain or Path(name).is_relative_to("/dev")


def _mode(name: str) -> int:
    try:
        return Path(name).stat().st_mode
    except OSError:  # also for a name that is too long
        return 0


def run_name(name: str) -> str:
    """Make the begin of all keys of a run. Two names never make the same: what a key cannot hold goes into a hash."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    name = unicodedata.normalize("NFC", name)  # a Mac writes one name in two forms
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    slug = _NOT_IN_A_KEY.sub("-", name)[:_LONGEST_NAME].strip("-")
    return f"{slug}~{digest[:8]}"  # no plain name has a ~


def named_run(file: str, message: str | None, name: str | None) -> str:
    """Name a run by its files; a file of people that gets two messages has two runs."""
    if name is not None and not name.strip():
        raise Problem("--name is empty.", USAGE)
    if name is None and is_pipe(file):
        raise Problem("A pipe has no name for the keys of its messages. Name the run with --name.", USAGE)
    names = [name] if name else [Path(each).name for each in (file, message) if each]
    return "+".join(map(run_name, names))  # no name has a plus then


def read_bytes(name: str) -> bytes:
    """Read a file, or what is piped in."""
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(_LARGEST_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
    except OSError as failure:
        raise Problem(f"The file could not be read ({failure.strerror}). Check its name.", USAGE) from None
    if len(content) > _LARGEST_FILE:
        raise Problem("The file has more than 256 MiB. Divide it into several files.", USAGE)
    return content


def read_text(name: str) -> str:
    """Read a file in UTF-8. Lines that end as on old Macs, with CR, end with LF."""
    content = read_bytes(name)
    for begin, words in _NO_TEXT.items():
        if content.startswith(begin):
            raise Problem(words)
    if b"\0" in content:
        raise Problem("The file has NUL characters: it is no text, or it is in UTF-16. Save it as UTF-8.")
    try:
        text = content.decode().removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise Problem(
            f"Line {line} of the file is not in UTF-8. Save it as UTF-8; in Excel this is CSV UTF-8."
        ) from None
    return text if "\n" in text else text.replace("\r", "\n")
