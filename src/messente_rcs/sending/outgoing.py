"""The body of the POST, as Messente gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from messente_rcs.sending import deadline

if TYPE_CHECKING:
    from messente_rcs.payload.submission import Submission


def outgoing(message_id: str, submission: Submission, callback_url: str, now: float) -> dict[str, Any]:
    """Return the body to POST at this Unix time: bound to the deadline, and with the URL for its reports.

    That URL is the one handle on a lost answer: the report names what the answer would have named.
    """
    omnimessage = deadline.bound(submission, now)
    if not callback_url:
        return omnimessage
    return omnimessage | {"dlr_url": f"{callback_url}/{quote(message_id, safe='')}"}
