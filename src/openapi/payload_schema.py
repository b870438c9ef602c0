"""The JSON Schema of a payload, for editors and forms; `make openapi` writes it to its file."""

from __future__ import annotations

import json
from pathlib import Path

from openapi.payload import message_schemas, objects
from openapi.schemas import COMPONENTS, Json

FILE = Path(__file__).with_name("payload.schema.json")
ID = "urn:messente-rcs:payload"

_DEFINITIONS = "#/$defs/"


def schema() -> Json:
    """Make the schema: that of the API's document, with the errors of a message at its own fields."""
    definitions = message_schemas()
    payload = definitions.pop("Message")
    messages = payload["properties"]["messages"]
    messages["items"] = _by_channel(messages["items"]["discriminator"]["mapping"])
    for node in objects([payload, definitions]):
        if "$ref" in node:
            node["$ref"] = _moved(node["$ref"])
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "RCS message",
        "description": f"A message to send, with what it falls back to. {payload['description']}",
    }
    return about | {name: value for name, value in payload.items() if name not in about} | {"$defs": definitions}


def _by_channel(models: Json) -> Json:
    """Choose the model of a message by its channel. Of a `oneOf`, nobody could tell which of its errors count."""
    return {
        "type": "object",
        "description": "A message of the chain; its other fields depend on the channel.",
        "properties": {"channel": {"enum": [*models], "description": "How the message goes out."}},
        "required": ["channel"],
        "allOf": [
            {
                "if": {"properties": {"channel": {"const": channel}}, "required": ["channel"]},
                "then": {"$ref": model},
            }
            for channel, model in models.items()
        ],
    }


def _moved(reference: str) -> str:
    return _DEFINITIONS + reference.removeprefix(COMPONENTS)


def written() -> str:
    """Return the schema as the file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
