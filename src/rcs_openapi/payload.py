"""The schema of a payload: pydantic's, with what the fields mean. Rules between fields bring their own."""

from __future__ import annotations

import ast
from inspect import getsource
from itertools import pairwise
from types import get_original_bases
from typing import Any, is_typeddict

from pydantic.json_schema import GenerateJsonSchema

from messente_rcs.payload import fields, omnimessage
from rcs_openapi.schemas import COMPONENTS, DEFINITIONS, Json

# A text that shows something: white space stands for all characters that nobody can see, of which it is most.
_READABLE = {
    fields.VISIBLE: r"^[^\x00]*[^\s\x00][^\x00]*$",
    fields.EMPTY_OR_VISIBLE: r"^(?:[^\x00]*[^\s\x00][^\x00]*)?$",
    fields.SMS_SENDER: r"^(?:\+?[0-9]{1,15}|[^\s\x00][^\x00]{0,10})$",
}


class Schema(GenerateJsonSchema):
    """pydantic's schema, with what the fields mean, and patterns that people can read."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Leave out titles that only repeat the names of fields."""
        return False

    def typed_dict_schema(self, schema: Any) -> Json:
        """Add rules, and what the fields mean. pydantic could, if it read the docstrings of fields at every start."""
        shown = super().typed_dict_schema(schema)
        for rule in getattr(schema["cls"], "rules", ()):
            shown |= rule.schema
        for name, meaning in docstrings(schema["cls"]).items():
            shown["properties"][name]["description"] = meaning
        return shown

    def str_schema(self, schema: Any) -> Json:
        """Write a readable pattern."""
        shown = super().str_schema(schema)
        return shown | {"pattern": _READABLE[shown["pattern"]]} if shown.get("pattern") in _READABLE else shown


def docstrings(model: Any) -> dict[str, str]:
    """Read the texts that stand below the fields of a model and of its bases, or else how the object there begins."""
    types = ((name, part) for name, kind in omnimessage.fields_of(model).items() for part in omnimessage.parts_of(kind))
    found = {name: part.__doc__.partition(". ")[0].rstrip(".") + "." for name, part in types if is_typeddict(part)}
    for base in filter(is_typeddict, get_original_bases(model)):
        found |= docstrings(base)
    [definition] = ast.parse(getsource(model)).body
    for pair in pairwise(ast.iter_child_nodes(definition)):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = meaning
    return found


def _of_channel(channel: str) -> Json:
    return {"type": "object", "properties": {"channel": {"const": channel}}, "required": ["channel"]}


_CHAIN = {
    "contains": _of_channel("rcs"),
    "allOf": [
        {"contains": _of_channel(each), "minContains": 0, "maxContains": 1} for each in sorted(omnimessage.CHANNELS)
    ],
}


def message_schemas(place: str = COMPONENTS) -> Json:
    """Make the schema of a payload, Message, and of all that it refers to, by name; references lead to a place."""
    message = omnimessage.PAYLOAD.json_schema(schema_generator=Schema, ref_template=place + "{model}")
    schemas: Json = message.pop("$defs")
    message["properties"]["messages"] |= _CHAIN
    return schemas | {"Message": message | {"title": "Message"}}


def editor_schema() -> Json:
    """Make the schema of a payload for editors, with the errors of a message at its own fields."""
    definitions = message_schemas(DEFINITIONS)
    payload: Json = definitions.pop("Message")
    messages = payload["properties"]["messages"]
    channels = dict(zip(messages["items"]["discriminator"]["mapping"], messages["items"]["oneOf"], strict=True))
    messages["items"] = {
        "type": "object",
        "description": "A message of the chain; its other fields depend on the channel.",
        "properties": {"channel": {"enum": [*channels], "description": "How the message goes out."}},
        "required": ["channel"],
        # By the channel: of a `oneOf`, nobody could tell which of its errors count.
        "allOf": [{"if": _of_channel(channel), "then": model} for channel, model in channels.items()],
    }
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:messente-rcs:payload"}
    return about | payload | {"title": "RCS message", "$defs": definitions}
