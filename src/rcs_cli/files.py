"""Files as people have them: their names, their text, and the lines of them that are wrong."""

import re
import stat
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from messente_rcs.payload.decode import BYTE_ORDER_MARK
from rcs_cli.output import Output
from rcs_cli.problems import FAILED, USAGE, Problem

STDIN = "-"

MessageOption = Annotated[str | None, typer.Option("--message", help="JSON with placeholders for the file's columns.")]
NameOption = Annotated[str | None, typer.Option("--name", help="Name of the run; else the names of its files.")]

_MOST_ERRORS = 50  # of a file that a person reads
_SHOWN = 20  # lines that a sentence names
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LONGEST_NAME = 100
_LARGEST_FILE = 256 * 1024 * 1024  # bytes; as messages, they take some GB of memory

# What comes instead of text, as its first bytes show.
_NO_TEXT = {
    b"PK\x03\x04": "The file is a workbook or an archive. Save it as CSV in UTF-8.",
    b"\x1f\x8b": "The file is compressed. Unpack it first.",
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "The file is in UTF-16. Save it as UTF-8; in Excel this is CSV UTF-8."),
}


def tell_wrong(output: Output, errors: Sequence[dict[str, Any]], outcome: str) -> typer.Exit:
    """Write the errors of a file, each with its line, and what this means; return the exit of the command."""
    output.json({"valid": False, "errors": errors})
    rows = [(each["line"], each["source"], each["detail"]) for each in output.shown(errors[:_MOST_ERRORS])]
    output.table(("line", "where", "what to fix"), rows)
    if not output.as_json:
        more = len(errors) - _MOST_ERRORS
        rest = f" There are {more} more errors: --json lists them." if more > 0 else ""
        output.warn(f"{len({each['line'] for each in errors})} of the lines are not valid. {outcome}{rest}")
    return typer.Exit(FAILED)


def listed(lines: Sequence[object]) -> str:
    """Name lines, or the first of very many."""
    return ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")


def is_pipe(name: str) -> bool:
    """Tell what has no name of its own: what is piped in, in whichever way, from a file whose name is."""
    path, is_plain = Path(name), True
    with suppress(OSError):  # no such file, or a name that is too long
        is_plain = stat.S_IFMT(path.stat().st_mode) in (stat.S_IFREG, stat.S_IFDIR)
    return name == STDIN or not is_plain or path.is_relative_to("/dev")


def run_name(name: str) -> str:
    """Make the begin of all keys of a run. Two names never make the same: what a key cannot hold goes into a hash."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    name = unicodedata.normalize("NFC", name)  # a Mac writes one name in two forms
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:_LONGEST_NAME].strip("-")
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
    try:
        with nullcontext(sys.stdin.buffer) if name == STDIN else Path(name).open("rb") as file:
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
        raise Problem(f"Line {line} is not in UTF-8. Save the file as UTF-8; in Excel this is CSV UTF-8.") from None
    return text if "\n" in text else text.replace("\r", "\n")
