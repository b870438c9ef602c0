"""An inbound message, as far as it is understood.

Messente documents one shape, for SMS: msg_id, sub_msg_id, channel, recipient, time, text and sender. How a reply or a
tap of RCS arrives is not documented. So nothing is required: what is known gets a name, and all of it goes on as `raw`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from messente_rcs.errors import Invalid
from messente_rcs.payload.decode import read_json, read_object
from messente_rcs.phone import e164

# Such parts make an id together that reads as it does at Messente. What is no id at all, as null or the nil UUID, and
# anything else is hashed.
_ID = re.compile(r"(?!(?:[0-]+|null|none|nil|undefined)$)[A-Za-z0-9._-]{1,100}", re.ASCII | re.IGNORECASE)
# Seconds by which Messente's clock may be ahead of ours. A time from further ahead would outdo every later word.
_AHEAD = 60
_LONG_AGO = 1_577_836_800  # 2020: a time before is a field that nobody filled, and not when the message was sent
# Where a tap's data may stand. Messente names it postback_data in what is sent; Google's API writes it the other way.
_POSTBACK = ("postback_data", "postbackData")


class InvalidInbound(Invalid):
    """Not a JSON object in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message from a recipient. `raw` holds all that Messente sent."""

    id: str  # of Messente, or the mark; Messente may give it to others too
    mark: str  # a hash of all that was said: the same for the same message only
    sender: str | None = field(repr=False)  # the recipient of our messages, E.164 if it can be read as a number
    recipient: str | None = field(repr=False)  # our number or agent
    channel: str | None
    text: str | None = field(repr=False)
    postback: str | None = field(repr=False)
    time: str | None  # as Messente wrote it
    sent_at: float | None  # Unix time, if `time` tells one that can be so
    received_at: float
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def number(self) -> str | None:
        """The sender as a telephone number, if it is one."""
        return e164(self.sender)

    @property
    def is_timed(self) -> bool:
        """Whether the message itself says when it was sent, and no later than it came in."""
        return self.sent_at is not None and self.sent_at <= self.received_at

    @property
    def at(self) -> float:
        """The Unix time from which a word in it counts."""
        return self.received_at if self.sent_at is None else self.sent_at


def read_inbound(body: bytes, received_at: float) -> Inbound:
    """Read an inbound message; raises InvalidInbound."""
    raw = _object(body)
    mark = sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
    time = _text(raw.get("time"))
    return Inbound(
        id=_own_id(raw) or mark,
        mark=mark,
        sender=e164(raw.get("sender")) or _text(raw.get("sender")),
        recipient=e164(raw.get("recipient")) or _text(raw.get("recipient")),
        channel=_text(raw.get("channel")),
        text=_first_text(raw, "text"),
        postback=_first_text(raw, *_POSTBACK),
        time=time,
        sent_at=_sent_at(time, received_at),
        received_at=received_at,
        raw=raw,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        # What Python reads and JSON does not have, as NaN and what 1E999 comes to, could not be written as an event.
        written = json.dumps(read_json(body), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise InvalidInbound from None
    # A long SMS may be cut within an emoji. The half of it cannot be written as UTF-8, and becomes a question mark.
    raw = read_object(written.encode(errors="replace"))
    if raw is None:
        raise InvalidInbound
    return raw


def _own_id(raw: Mapping[str, Any]) -> str | None:
    """Name a message as Messente does. The parts of a long SMS share the msg_id, and differ in the sub_msg_id."""
    parts = [str(raw[name]) for name in ("msg_id", "sub_msg_id") if isinstance(raw.get(name), str | int)]
    if "msg_id" not in raw or not parts or not all(map(_ID.fullmatch, parts)):
        return None
    return ":".join(dict.fromkeys(parts))


def _sent_at(time: str | None, received_at: float) -> float | None:
    try:
        moment = datetime.fromisoformat(time or "")
        sent_at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return sent_at if _LONG_AGO <= sent_at <= received_at + _AHEAD else None


def _first_text(raw: Mapping[str, Any], *names: str) -> str | None:
    """Look for a text of these names in the object, and then in the objects right within it."""
    parts = [part for part in (raw, *raw.values()) if isinstance(part, dict)]
    return next((found for part in parts for name in names if (found := _text(part.get(name)))), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
