"""What Messente POSTs to the callback API, as far as anyone may see it: path, method, size, and what signs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from messente_rcs.errors import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, error
from messente_rcs.triggers.http import BadEncoding, read

if TYPE_CHECKING:
    from messente_rcs.errors import Error
    from messente_rcs.triggers.http import Event

# Bytes. A report is well under 1 kB. The event of an inbound message has all that Messente said once more, and numbers
# such as 1E15 in four times the length: 250 KB.
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Post:
    """One POST; `item` is what the path names after the collection, or an empty string."""

    item: str
    body: bytes
    signature: str


class NotTaken(Exception):  # noqa: N818 - says what it is
    """It is refused whoever sent it: the answer's status, the reason for the log, the error and the method allowed."""

    def __init__(self, status: int, reason: str, wrong: Error, allow: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wrong = wrong
        self.headers = {"Allow": allow} if allow else {}


def read_post(event: Event, collection: str, *, has_items: bool) -> Post:
    """Read a POST to a collection, or to one of its items if it has any. Raises NotTaken."""
    try:
        request = read(event, collection)
    except BadEncoding:
        raise NotTaken(400, "encoding", error(INVALID, "The body is not valid base64", "payload")) from None
    if request.target is None or (request.target.item is not None and not has_items):
        raise NotTaken(404, "path", error(NOT_FOUND, "There is nothing at this path"))
    if request.method != "POST":
        raise NotTaken(405, "method", error(METHOD_NOT_ALLOWED, "POST is the one method here"), allow="POST")
    if len(request.body) > LARGEST:
        raise NotTaken(413, "size", error(INVALID, f"The body has more than {LARGEST:,} bytes", "payload"))
    return Post(request.target.item or "", request.body, request.header("x-messente-signature"))
