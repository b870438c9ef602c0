"""The header Idempotency-Key: one key, however often and in whatever form it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import check_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SOURCE = "headers[Idempotency-Key]"


def read_key(values: Iterable[str]) -> str | None:
    """Read the key out of all values of the header, None without one; raises InvalidPayload.

    Whatever stands between the caller and us may repeat a header, or join its values by commas, as HTTP APIs do. So a
    comma separates keys, which must be the same one. A key that has a comma itself needs quotes, or goes into the body.
    """
    keys = list(dict.fromkeys(key for value in values for key in _keys(value)))
    for key in keys:
        check_key(key, _SOURCE)
    if len(keys) > 1:
        two = "The header names two keys. A key with a comma must stand in double quotes, or in the body"
        raise InvalidPayload([error(INVALID, two, _SOURCE)])
    return keys[0] if keys else None


def _keys(value: str) -> Iterator[str]:
    """Take a value apart. In quotes the key is a string of RFC 8941, which the draft of the header asks for."""
    whole = value.strip()
    if whole.count('"') == 2 and whole[0] == whole[-1] == '"':  # noqa: PLR2004 - a quote at each end
        yield whole[1:-1]
        return
    for part in value.split(","):
        key = part.strip()
        yield key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
