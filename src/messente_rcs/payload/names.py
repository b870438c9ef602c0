"""What a log line may say of errors: codes that Messente documents, and the names of fields that a payload knows.

Any other name is the sender's own word, by mistake perhaps a phone number or a text: the log has [?] instead.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, is_typeddict

from messente_rcs.errors import TITLES
from messente_rcs.payload.omnimessage import CHANNELS, PayloadFields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messente_rcs.errors import Error

MOST = 20  # errors of a line

_ROOTS = ("payload", "headers", "query")
_PARAMETERS = frozenset({"Idempotency-Key", "dry_run"})
_PARTS = re.compile(r"\[([^\]]*)\]")


def _names_in(kind: Any) -> set[str]:
    """Collect the names of the fields of a type and of the types within it."""
    if is_typeddict(kind):
        fields = kind.__annotations__
        return set(fields).union(*map(_names_in, fields.values()))
    return set().union(*map(_names_in, get_args(kind)))


@cache  # made when something is refused for the first time, and not at the start
def _known() -> set[str]:
    return _names_in(PayloadFields) | CHANNELS | _PARAMETERS


def loggable(errors: Iterable[Error]) -> dict[str, list[str]]:
    """Return the codes and the sources of errors as a log line may have them."""
    first = list(errors)[:MOST]
    return {
        "codes": [each["code"] for each in first if each["code"] in TITLES],
        "sources": [_source(each["source"]) for each in first if each["source"]],
    }


def _source(source: str) -> str:
    root = source.partition("[")[0]
    parts = (part if part in _known() or _is_index(part) else "?" for part in _PARTS.findall(source))
    return (root if root in _ROOTS else "?") + "".join(f"[{part}]" for part in parts)


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 2  # noqa: PLR2004 - a list of a payload has fewer items
