"""Texts and ids of Messente as the table keeps them: whatever Messente writes, the record can be written.

One rule holds for the answer to a POST, for reports and for status answers, so that an id is the same wherever it came.
"""

from __future__ import annotations

from hashlib import sha256

LONGEST_TEXT = 1000  # bytes
LONGEST_ID = 2000  # bytes; DynamoDB takes a key of 2048
MOST_MESSAGES = 20  # of one acceptance; a chain has four, and DynamoDB takes an expression of 4 kB


def read_text(value: object, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text as the table can hold it, cut to a length in bytes; None for anything else."""
    # A lone surrogate becomes a question mark.
    return (
        value.encode(errors="replace")[:longest].decode(errors="ignore") if isinstance(value, str) and value else None
    )


def read_number(value: object) -> str:
    """Return a telephone number, also one that is written as a number in JSON; empty for anything else."""
    return read_text(str(value) if isinstance(value, int) else value) or ""


def read_id(value: object) -> str | None:
    """Return an id as it can be a key; None for anything else. A long one is cut, and a digest tells it from others."""
    if not isinstance(value, str) or not value:
        return None
    utf8 = value.encode(errors="replace")  # half a surrogate pair becomes a question mark
    if len(utf8) <= LONGEST_ID:
        return utf8.decode()
    return f"{value[:100].encode(errors='replace').decode()}~{sha256(utf8).hexdigest()}"
