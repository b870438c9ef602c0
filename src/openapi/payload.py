"""The schema of a payload: what the models accept, with the rules between their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from messente_rcs.payload import rcs, sms, viber, whatsapp
from messente_rcs.payload.fields import (
    EMPTY_OR_VISIBLE,
    LINK,
    OWN_HOST,
    REFUSED_SCHEMES,
    SMS_SENDER,
    VISIBLE,
    WEB_URL,
)
from messente_rcs.payload.omnimessage import CHANNELS, Payload
from messente_rcs.payload.rules import Choice, Combinations, Names, Order, Rules, Size
from openapi.schemas import COMPONENTS, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.payload.rules import Rule


# A text that shows something: white space stands for all characters that nobody can see, of which it is most.
READABLE = {
    VISIBLE: r"^[^\x00]*\S[^\x00]*$",
    EMPTY_OR_VISIBLE: r"^(?:[^\x00]*\S[^\x00]*)?$",
    SMS_SENDER: r"^(?:\+?[0-9]{1,15}|[^\s\x00][^\x00]{0,10})$",
}


def _in_any_case(word: str) -> str:
    """Write a word for a pattern; those of JSON Schema have no flags."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


_REFUSED_SCHEME = f"(?:{'|'.join(map(_in_any_case, REFUSED_SCHEMES))}):"
# A host whose scheme is missing.
_HOST_AND_PORT = rf"(?:[^:]*\.[^:]*|{_in_any_case('localhost')}):[0-9]+(?![^/?#])"

# What the code demands of a URL beside its pattern.
MORE: dict[str, Json] = {
    WEB_URL: {"not": {"pattern": OWN_HOST}},
    LINK: {
        "not": {"pattern": f"^(?:{_REFUSED_SCHEME}|{_HOST_AND_PORT})"},
        "if": {"pattern": f"^{_in_any_case('http')}[Ss]?:"},
        "then": {"pattern": WEB_URL, "not": {"pattern": OWN_HOST}},
    },
}


class _Schema(GenerateJsonSchema):
    """pydantic's schema, with the rules between fields, and without titles that only repeat names."""

    def function_wrap_schema(self, schema: Any) -> Json:
        """Add what the rules demand; beside a $ref, until `_hoisted` puts it where the reference leads."""
        shown = super().function_wrap_schema(schema)
        checker = getattr(schema["function"]["function"], "__self__", None)
        if not isinstance(checker, Rules):
            return shown
        words = " ".join(filter(None, map(_in_words, checker.rules)))
        demands = {name: value for rule in checker.rules for name, value in _as_schema(rule).items()}
        return shown | demands | ({"description": words} if words else {})

    def str_schema(self, schema: Any) -> Json:
        """Write a pattern that people can read."""
        shown = super().str_schema(schema)
        return shown | {"pattern": READABLE[shown["pattern"]]} if shown.get("pattern") in READABLE else shown

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Leave them out."""
        return False


def _as_schema(rule: Rule) -> Json:
    match rule:
        case Size() | Names():
            return _as_limits(rule)
        case Choice(names, 1, 1):
            return {"oneOf": [_given(name) for name in names]}
        case Choice(names, 1, _):
            return {"anyOf": [_given(name) for name in names]}
        case Choice(names, 0, 1):
            return {"not": {"required": list(names)}}
        case Combinations(allowed):
            return {"oneOf": [_exactly(fields, rule.names) for fields in allowed]}
    return {}  # a rule of the chain, see CHAIN, or one that only words can tell


def _as_limits(rule: Size | Names) -> Json:
    match rule:
        case Names(pattern, most):
            return {"propertyNames": {"pattern": pattern}, "maxProperties": most}
        case Size(low, high):
            return ({"minItems": low} if low else {}) | {"maxItems": high}


def _in_words(rule: Rule) -> str:
    match rule:
        case Choice(names, low, high):
            kind = {(1, 1): "Exactly", (0, 1): "At most"}.get((low, high), "At least")
            return f"{kind} one of `{'`, `'.join(names)}`."
        case Order(first, second):
            return f"`{first}` lies before `{second}`."
        case Combinations(allowed):
            return f"One of the combinations {'; '.join('`' + '`, `'.join(sorted(each)) + '`' for each in allowed)}."
    return ""


def _given(name: str) -> Json:
    return {"required": [name], "properties": {name: {"not": {"enum": [None, ""]}}}}


def _exactly(fields: frozenset[str], names: tuple[str, ...]) -> Json:
    return {"required": sorted(fields), "properties": dict.fromkeys(sorted(set(names) - fields), False)}


def _of_channel(channel: str) -> Json:
    return {"type": "object", "properties": {"channel": {"const": channel}}, "required": ["channel"]}


CHAIN: Json = {
    "description": "The chain, in the order of fallback. Each channel at most once; one of them is `rcs`.",
    "allOf": [
        {"contains": _of_channel(channel), "minContains": int(channel == "rcs"), "maxContains": 1}
        for channel in sorted(CHANNELS)
    ],
}

DESCRIPTIONS = {
    "to": "The recipient, E.164 with `+`.",
    "text": "Short for one RCS text.",
    "time_to_send": "ISO 8601 with its zone, in upper case.",
    "priority": "Orders your own queue at Messente.",
    "text_store": "What Messente keeps of the text.",
    "idempotency_key": "The message id, chosen by you; the same as the header, if both are given.",
    "expires_at": "RFC 3339; past it the message is not sent.",
    "on_unknown": "`resend` lets a message whose answer was lost be sent again: for one-time codes, say.",
    "ignore_opt_out": "`true` sends to a recipient who opted out: only for what the recipient has just asked for.",
    "tags": "Your own words about the message, kept in its record and told in its events; Messente does not get them.",
}

# Of the fields of messages and of what is in them, by name.
OF_FIELDS = {
    "sender": "The sender that the recipient sees.",
    "ttl": "Seconds until the message is given up on this channel.",
    "validity": "Minutes until the message is given up on this channel.",
    "postback_data": "What comes back when it is tapped; the recipient does not see it.",
    "suggestions": "Buttons under the message or the card.",
    "fallback_url": "Opens where the device cannot do the action.",
    "application": "In the browser, or in a web view over the conversation.",
    "webview_view_mode": "How much of the screen the web view takes.",
    "phone_number": "The number to call, E.164 with `+`.",
    "file_url": "Where the file is.",
    "thumbnail_url": "A smaller picture, shown before the file.",
    "force_refresh": "Fetch the file anew instead of taking a copy from before.",
    "start_time": "RFC 3339.",
    "end_time": "RFC 3339.",
    "autoconvert": "Whether characters outside of GSM 7-bit are replaced.",
    "udh": "The header of the SMS, as hexadecimal digits.",
}


def message_schemas() -> Json:
    """Make the schema of a payload and of all that it refers to, by name."""
    adapter: TypeAdapter[Any] = TypeAdapter(Payload)
    raw = adapter.json_schema(schema_generator=_Schema, ref_template=COMPONENTS + "{model}")
    schemas = raw.pop("$defs")
    _hoist([schemas, raw], schemas)
    for node in [*objects(schemas)]:
        node.update(MORE.get(str(node.get("pattern")), {}))
    for name, field in [named for model in schemas.values() for named in model["properties"].items()]:
        if name in OF_FIELDS:
            field.setdefault("description", OF_FIELDS[name])
    message = schemas["PayloadFields"]["properties"]
    message["messages"] |= CHAIN
    for name, description in DESCRIPTIONS.items():
        message[name]["description"] = description
    return {name: schema | {"title": name} for name, schema in sorted(_renamed(schemas).items())}


def _hoist(everywhere: Any, schemas: Json) -> None:
    """Put what stands beside a reference to where it leads: every use of these models has the same rules."""
    for node in [each for each in objects(everywhere) if "$ref" in each and len(each) > 1]:
        schema = schemas[str(node["$ref"]).removeprefix(COMPONENTS)]
        beside = {key: node.pop(key) for key in [*node] if key != "$ref"}
        if not schema["description"].endswith(words := beside.pop("description")):
            schema |= beside | {"description": f"{schema['description']} {words}"}


def objects(node: Any) -> Iterator[Json]:
    """Yield every object in a part of a document."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(part)


def _renamed(schemas: Json) -> Json:
    names = {"PayloadFields": "Message"}
    for module, prefix in ((rcs, ""), (sms, ""), (viber, "Viber"), (whatsapp, "WhatsApp")):
        for name in vars(module):
            long = f"{module.__name__}.{name}".replace(".", "__")
            found = long if long in schemas else name
            if found in schemas and getattr(vars(module)[name], "__module__", "") == module.__name__:
                names[found] = prefix + name.removesuffix("Fields").removeprefix(prefix)
    for node in objects(schemas):
        _rename_references(node, names)
    return {names[name]: schema for name, schema in schemas.items()}


def _rename_references(node: Json, names: dict[str, str]) -> None:
    for key, value in node.items():
        if isinstance(value, str) and value.startswith(COMPONENTS):
            node[key] = COMPONENTS + names[value.removeprefix(COMPONENTS)]
