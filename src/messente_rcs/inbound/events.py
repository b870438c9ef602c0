"""The events that come of an inbound message, as JSON. They have the number and the text, on purpose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from messente_rcs.records.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messente_rcs.inbound.message import Inbound
    from messente_rcs.inbound.opt_outs import Change

RECEIVED = "RCS Message Received"
OPTED_OUT, OPTED_IN = "RCS Recipient Opted Out", "RCS Recipient Opted In"


def received(inbound: Inbound, conversation: Mapping[str, Any] | None) -> str:
    """Build the event of an inbound message, with the message that it may answer."""
    told = {
        "id": inbound.id,
        "from": inbound.sender,
        "to": inbound.recipient,
        "channel": inbound.channel,
        "text": inbound.text,
        "postback": inbound.postback,
        "time": inbound.time,
        "received_at": timestamp(inbound.received_at),
        "conversation": conversation,
        "raw": inbound.raw,
    }
    return _json(told)


def opted(change: Change) -> str:
    """Build the event of an opt-out, or of an opt-in."""
    return _json({"id": change.id, "to": change.to, "since": change.since, "by": change.by, "channel": change.channel})


def _json(told: Mapping[str, Any]) -> str:
    known = {name: value for name, value in told.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))
