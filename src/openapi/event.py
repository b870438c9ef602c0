"""The JSON Schema of the event "RCS Message Changed", as it is on the bus; `make openapi` writes it to its file."""

from __future__ import annotations

import json
from pathlib import Path

from messente_rcs.aws.bus import DETAIL_TYPE, SOURCE
from messente_rcs.errors import TITLES
from messente_rcs.records.record import Delivery, State
from openapi.schemas import ATTRIBUTES, COUNT, PART, STATES, TEXT, Json, listed

FILE = Path(__file__).with_name("message-changed.schema.json")

_PUBLISHED = {state: meaning for state, meaning in STATES.items() if state is not State.CLAIMED}

_ERROR: Json = {
    "type": "object",
    "description": "Without Messente's words, which may quote what was sent; they are in the record.",
    "properties": {
        "code": {"enum": [*TITLES, None], "description": f"{listed(TITLES)}; null for any other."},
        "source": {"type": ["string", "null"], "description": "The field, as `payload[rcs][text]`; null for none."},
    },
    "required": ["code", "source"],
}

_PART: Json = PART | {
    "properties": {name: each for name, each in PART["properties"].items() if name != "error"},
}

_DETAIL: Json = {
    "type": "object",
    "description": "The record after the change. An attribute that it does not have is absent.",
    "properties": {
        **ATTRIBUTES,
        "state": {"enum": [*_PUBLISHED], "description": f"What is known of the request. {listed(_PUBLISHED)}."},
        "to": ATTRIBUTES["to"] | {"description": "The recipient, E.164; only with PublishRecipient=Yes."},
        "messages": ATTRIBUTES["messages"] | {"additionalProperties": {"$ref": "#/$defs/Part"}},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/$defs/Error"},
            "description": "Why the last attempt was not accepted.",
        },
        "revision": COUNT
        | {
            "description": "Counts the writes. Events of an id may come twice or out of order: the highest is the last."
        },
        "previous": {
            "type": "object",
            "description": "What was known before the change; absent if there was no record.",
            "properties": {
                "state": {"enum": [*State], "description": f"As `state`; `claimed`: {STATES[State.CLAIMED]}."},
                "delivery": {"enum": [*Delivery], "description": "As `delivery`."},
            },
        },
        "left_out": {
            "type": "array",
            "items": {"enum": ["messages", "errors"]},
            "description": "Attributes that were left out because the event would have been too large for the bus.",
        },
    },
    "required": ["id", "state", "channels", "revision"],
}

SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": DETAIL_TYPE,
    "description": "A message changed. The text of a message is never in an event.",
    "type": "object",
    "properties": {
        "source": TEXT | {"const": SOURCE},
        "detail-type": TEXT | {"const": DETAIL_TYPE},
        "detail": {"$ref": "#/$defs/Detail"},
    },
    "required": ["source", "detail-type", "detail"],
    "$defs": {"Detail": _DETAIL, "Part": _PART, "Error": _ERROR},
}


def written() -> str:
    """Return the schema as the file has it."""
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
