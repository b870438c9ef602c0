"""The JSON Schema of the events that come of an inbound message; `make openapi` writes it to its file."""

from __future__ import annotations

import json
from pathlib import Path

from messente_rcs.aws.bus import SOURCE
from messente_rcs.inbound.events import OPTED_IN, OPTED_OUT, RECEIVED
from messente_rcs.inbound.inbox import BY
from openapi.schemas import TEXT, TIME, Json

FILE = Path(__file__).with_name("message-received.schema.json")

_ID = TEXT | {
    "description": "Messente's id of the message, which other messages may have too, or the hash of what it sent."
}
_CHANNEL = TEXT | {"description": "The channel, as Messente names it."}

_RECEIVED: Json = {
    "type": "object",
    "description": "What a recipient sent. What Messente did not say is absent.",
    "properties": {
        "id": _ID,
        "from": TEXT | {"description": "The recipient of your messages; E.164 if it can be read as a number."},
        "to": TEXT | {"description": "Your number or agent."},
        "channel": _CHANNEL,
        "text": TEXT | {"description": "What was written, or the text of the button that was tapped."},
        "postback": TEXT | {"description": "The `postback_data` of the button that was tapped."},
        "time": TEXT | {"description": "When it was sent, in Messente's words."},
        "received_at": TIME | {"description": "When it came in."},
        "conversation": {
            "type": "object",
            "description": "The message that was sent to that number last; only with TrackConversations=Yes.",
            "properties": {
                "id": TEXT | {"description": "Its message id."},
                "tags": {"type": "object", "description": "Its tags.", "additionalProperties": TEXT},
            },
            "required": ["id"],
        },
        "raw": {
            "type": "object",
            "description": "All that Messente said. An event may come twice: the same `raw` may be the same message.",
        },
    },
    "required": ["id", "received_at", "raw"],
}

_OPTED: Json = {
    "type": "object",
    "description": "A recipient opted out, or in again. An event may come twice, and is the same then.",
    "properties": {
        "id": _ID,
        "to": TEXT | {"description": "The recipient, E.164."},
        "since": TIME | {"description": "When the recipient said so."},
        "by": TEXT | {"description": f"`{BY}`, or the ARN of whoever changed the list."},
        "channel": _CHANNEL,
    },
    "required": ["id", "to", "since", "by"],
}


def _event(detail_type: str, detail: str) -> Json:
    properties = {
        "source": TEXT | {"const": SOURCE},
        "detail-type": TEXT | {"const": detail_type},
        "detail": {"$ref": f"#/$defs/{detail}"},
    }
    return {"type": "object", "properties": properties, "required": [*properties]}


SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": RECEIVED,
    "description": "A recipient sent something, and may have opted out or in by it.",
    "oneOf": [_event(RECEIVED, "Received"), _event(OPTED_OUT, "Opted"), _event(OPTED_IN, "Opted")],
    "$defs": {"Received": _RECEIVED, "Opted": _OPTED},
}


def written() -> str:
    """Return the schema as the file has it."""
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
