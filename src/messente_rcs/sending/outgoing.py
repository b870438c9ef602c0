"""The body of the POST, as Messente gets it, and `expires_at`: until when a message may be POSTed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from messente_rcs.inbound.opt_outs import OptOuts
from messente_rcs.payload.fields import LARGEST_COUNT
from messente_rcs.payload.submission import Submission


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the stack for what goes out."""

    callback_url: str = ""  # reports come to `callback_url`/{id}; empty leaves them to the account's default webhook
    opt_outs: OptOuts | None = None  # recipients who get no messages; None: there is no such list


def is_over(submission: Submission, now: float) -> bool:
    """Tell whether the deadline has passed. Less than a second cannot be said as `ttl`, and is too little as well."""
    left = _seconds_left(submission, now)
    return left is not None and left < 1


def outgoing(message_id: str, submission: Submission, callback_url: str, now: float) -> dict[str, Any]:
    """Return the body to POST at this Unix time: bound to the deadline, and with the URL for its reports."""
    omnimessage = submission.omnimessage
    left = _seconds_left(submission, now)
    if left is not None:
        *earlier, last = omnimessage["messages"]
        if not {"ttl", "validity"} & last.keys():
            last = {**last, **_ttl(left)}
        omnimessage = omnimessage | {"messages": [_cut(message, left) for message in (*earlier, last)]}
    if callback_url:
        omnimessage = omnimessage | {"dlr_url": f"{callback_url}/{quote(message_id, safe='')}"}
    return omnimessage


def _seconds_left(submission: Submission, now: float) -> int | None:
    """Count from when the message goes out: Messente keeps a scheduled one until then."""
    if submission.expires_at is None:
        return None
    return int(submission.expires_at.timestamp() - max(now, submission.goes_out_at or 0))


def _cut(message: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Shorten what is longer: `ttl` is in seconds and `validity` in minutes, and only one of them may be given."""
    given = message.get("ttl", 60 * message.get("validity", 0))
    if given <= seconds:
        return message
    return {name: value for name, value in message.items() if name != "validity"} | _ttl(seconds)


def _ttl(seconds: int) -> dict[str, int]:
    return {"ttl": min(seconds, LARGEST_COUNT)}
