"""Describe both HTTP APIs as OpenAPI 3.1: `make openapi` writes openapi.json beside this file, which is committed.

What the code has as a table or a model is taken from there; only the words are this file's own. It is run on the
developer's machine, and a unit test fails while openapi.json is behind. Nothing of it goes into the bundle.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from messente_rcs.delivery import ERRORS, STATUSES, Delivery
from messente_rcs.errors import TITLES
from messente_rcs.message_id import PATTERN
from messente_rcs.payload.rules import CHANNELS, Choice, Combinations, Rules, Size
from messente_rcs.send import Result
from messente_rcs.table import State
from messente_rcs.triggers.api import STATUS
from messente_rcs.triggers.reports import LARGEST
from models import rcs, sms, viber, whatsapp
from models.omnimessage import Payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.payload.rules import Rule

type Json = dict[str, Any]

FILE = Path(__file__).with_suffix(".json")
COMPONENTS = "#/components/schemas/"

STATES = {
    State.CLAIMED: "somebody is sending it, or was and died; it becomes unknown when the attempt is surely over",
    State.SENT: "Messente accepted it, which is not the same as delivered",
    State.REJECTED: "Messente refused it for its content; the id is free for a corrected payload",
    State.RETRYABLE: "certainly not sent; the id is free to be tried again",
    State.UNKNOWN: "it may have been sent, but the answer was lost; a delivery report resolves it, or a person does",
    State.EXPIRED: "not sent, because `expires_at` had passed; the id is free",
    State.CANCELLED: "will not be sent",
}

RESULTS = {
    Result.SENT: "Messente accepted the message, now or when this id was first used",
    Result.CANCELLED: "the message was cancelled before; nothing was sent",
    Result.REJECTED: "the payload is not valid, or Messente refused it: nothing was sent",
    Result.EXPIRED: "the payload's `expires_at` has passed: nothing was sent",
    Result.IN_PROGRESS: "a message with this id is being sent right now",
    Result.CONFLICT: "the id was used before, with another payload; nothing was sent",
    Result.NOT_SENT: "certainly not sent: try again later, with the same id",
    Result.UNKNOWN: "the answer was lost, so the message may have been sent; ask for its id later",
}
WITHOUT_ERRORS = {Result.SENT, Result.CANCELLED}


def document() -> Json:
    """Build the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RCS messages through Messente",
            "version": "1.0.0",
            "description": "Sends RCS messages, tells what became of them, and takes Messente's delivery reports. "
            "Errors have Messente's shape, except those that API Gateway answers by itself.",
        },
        "servers": [_server("The output ApiUrl.")],
        "tags": [
            {"name": "messages", "description": "For your systems; every call is signed with AWS Signature Version 4."},
            {"name": "delivery reports", "description": "For Messente; a public API of its own (output CallbackUrl)."},
        ],
        "paths": {
            "/messages": {"post": _send(), "get": _find()},
            "/messages/{id}": {"parameters": [ID], "get": _get(), "delete": _cancel()},
            "/delivery-reports/{id}": {
                "servers": [CALLBACK],
                "parameters": [REPORTED_ID],
                "post": _report("takeReport", "Take a delivery report on one message"),
            },
            "/delivery-reports": {
                "servers": [CALLBACK],
                "post": _report(
                    "takeReportWithoutId",
                    "Take a delivery report of an account's default webhook",
                    "Its `omnimessage_id` finds the message.",
                ),
            },
        },
        "components": {"schemas": _schemas(), "securitySchemes": SECURITY},
    }


# --- Operations -------------------------------------------------------------------------------------------------------


def _server(description: str) -> Json:
    return {
        "url": "https://{api}.execute-api.{region}.amazonaws.com",
        "description": description,
        "variables": {"api": {"default": "abcdefghij"}, "region": {"default": "eu-west-1"}},
    }


CALLBACK = _server("Another API: the output CallbackUrl, without its path.")

SECURITY: Json = {
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4 of the service execute-api; the caller needs execute-api:Invoke.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Messente-Signature",
        "description": "HMAC-SHA256 of the raw body in hex; the key is the password of Messente's API user, "
        "the present one or the one before it.",
    },
}

KEY_SCHEMA: Json = {"type": "string", "pattern": PATTERN, "examples": ["order-1001"]}
ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The message id, percent-encoded.",
    "schema": KEY_SCHEMA,
}
REPORTED_ID: Json = ID | {"description": "Our message id, as the message's `dlr_url` carried it."}

MESSAGE: Json = {"to": "+37255512345", "text": "Your parcel waits at the door", "idempotency_key": "order-1001"}
RECORD: Json = {
    "id": "order-1001",
    "state": "sent",
    "to": "+37255512345",
    "channels": ["rcs"],
    "omnimessage_id": "632c6f6d-49d1-4a8f-8777-05a54f5da3f3",
    "messages": {
        "5792a02a-e5c2-422b-a0a0-0ae65d814663": {
            "channel": "rcs",
            "sender": "Shop",
            "status": "DELIVRD",
            "rank": 60,
            "err": 0,
            "timestamp": "2026-11-23T12:00:05",
        }
    },
    "delivery": "delivered",
    "delivery_channel": "rcs",
    "attempts": 1,
    "created_at": "2026-11-23T12:00:00.000Z",
    "updated_at": "2026-11-23T12:00:06.120Z",
    "ttl": 1798459200,
}
REPORT: Json = {
    "omnimessage_id": "632c6f6d-49d1-4a8f-8777-05a54f5da3f3",
    "message_id": "5792a02a-e5c2-422b-a0a0-0ae65d814663",
    "to": "+37255512345",
    "channel": "rcs",
    "sender": "Shop",
    "status": "DELIVRD",
    "err": 0,
    "error": None,
    "timestamp": "2026-11-23T12:00:05",
    "price_info": {"part_price": "0.05", "parts_count": "1", "total_price": "0.05"},
}


def _send() -> Json:
    return {
        "operationId": "sendMessage",
        "tags": ["messages"],
        "summary": "Send a message, at most once for each id",
        "description": "The id is the `Idempotency-Key`, or the `idempotency_key` of the body (the same, if both are "
        "given), or a new UUID. The same request with the same id is answered from the record and never sent again.",
        "security": [{"sigv4": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The message id, chosen by you.",
                "schema": KEY_SCHEMA,
            }
        ],
        "requestBody": _body("Message", MESSAGE),
        "responses": {str(status): _sent(status) for status in sorted(set(STATUS.values()))} | _gateway(403, 429, 500),
    }


def _sent(status: int) -> Json:
    results = [result for result, answered in STATUS.items() if answered == status]
    headers = dict.fromkeys(["Location", "Idempotent-Replayed"])
    if {Result.NOT_SENT, Result.IN_PROGRESS} & set(results):
        headers["Retry-After"] = None
    shape = "Record" if set(results) <= WITHOUT_ERRORS else "Errors" if Result.REJECTED in results else "Refusal"
    return _answer("; or: ".join(RESULTS[result] for result in results), shape, *headers)


def _find() -> Json:
    return {
        "operationId": "findMessages",
        "tags": ["messages"],
        "summary": "Find a message by Messente's id, or list those whose answer was lost",
        "description": "Takes `omnimessage_id`, or else `state=unknown` with or without `after`.",
        "security": [{"sigv4": []}],
        "parameters": [
            _query("omnimessage_id", "Messente's id of the chain; answered with the record.", {"minLength": 1}),
            _query("state", "`unknown` lists those records, the oldest first.", {"enum": [State.UNKNOWN]}),
            _query("after", "The `after` of the page before.", {}),
        ],
        "responses": {
            "200": _answer("The record, or a page of records.", "Found"),
            "400": _answer("Neither of the two, another state, or an `after` that no page gave.", "Errors"),
            "404": _answer("No message has this omnimessage_id.", "Errors"),
            "503": UNAVAILABLE,
        }
        | _gateway(403, 429, 500),
    }


def _get() -> Json:
    return {
        "operationId": "getMessage",
        "tags": ["messages"],
        "summary": "Tell what became of a message",
        "security": [{"sigv4": []}],
        "responses": {
            "200": _answer("The record.", "Record"),
            "404": _answer("No message has this id.", "Errors"),
            "503": UNAVAILABLE,
        }
        | _gateway(403, 429, 500),
    }


def _cancel() -> Json:
    return {
        "operationId": "cancelMessage",
        "tags": ["messages"],
        "summary": "Cancel a message that waits for its time, or for its next try",
        "security": [{"sigv4": []}],
        "responses": {
            "200": _answer("Cancelled, now or before.", "Record"),
            "404": _answer("No message has this id.", "Errors"),
            "409": _answer("Too late, or not yet known to Messente by an id; `errors` says which.", "Refusal"),
            "503": UNAVAILABLE,
        }
        | _gateway(403, 429, 500),
    }


def _report(name: str, summary: str, description: str = "") -> Json:
    return {
        "operationId": name,
        "tags": ["delivery reports"],
        "summary": summary,
        "description": f"{description} Reports may come late, twice and in any order.".strip(),
        "security": [{"signature": []}],
        "requestBody": _body("Report", REPORT),
        "responses": {
            "200": _answer("The report is in the record, or is old news there.", "Taken"),
            "400": _answer("This is not a delivery report.", "Errors"),
            "401": _answer("The signature is missing, or does not match the body. Nothing was looked up.", "Errors"),
            "404": _answer("No message has this id.", "Errors"),
            "409": _answer("The recipient or the omnimessage_id is that of another message.", "Errors"),
            "413": _answer(f"The body is longer than {LARGEST} bytes.", "Errors"),
            "503": UNAVAILABLE,
        }
        | _gateway(429, 500),
    }


# --- Answers ----------------------------------------------------------------------------------------------------------

HEADERS: Json = {
    "Location": ("Path of the record; absent where the payload is not valid.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Idempotent-Replayed": ("`true` if the answer comes from the record.", {"type": "string", "const": "true"}),
}

GATEWAY = {
    403: "Answered by API Gateway: the AWS signature is missing or not allowed to do this.",
    429: "Answered by API Gateway: too many requests.",
    500: "Answered by API Gateway: the function failed or ran out of time. What it did then is in the record.",
}


def _answer(description: str, schema: str, *headers: str) -> Json:
    shown = {name: {"description": HEADERS[name][0], "schema": HEADERS[name][1]} for name in headers}
    content = {"application/json": {"schema": {"$ref": COMPONENTS + schema}}}
    return {"description": description, **({"headers": shown} if shown else {}), "content": content}


UNAVAILABLE = _answer("Not now: DynamoDB, Secrets Manager or Messente did not answer.", "Errors", "Retry-After")


def _gateway(*statuses: int) -> Json:
    return {str(status): _answer(GATEWAY[status], "Gateway") for status in statuses}


def _body(schema: str, example: Json) -> Json:
    content = {"schema": {"$ref": COMPONENTS + schema}, "examples": {"one": {"value": example}}}
    return {"required": True, "content": {"application/json": content}}


def _query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


# --- Schemas ----------------------------------------------------------------------------------------------------------

TIME: Json = {"type": "string", "format": "date-time"}
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}


def _listed(meanings: dict[Any, str]) -> str:
    return "; ".join(f"`{value}`: {meaning}" for value, meaning in meanings.items())


STATUS_TEXT = f"Messente's word; others may come. {_listed({name: s.meaning for name, s in STATUSES.items()})}."
ERR_TEXT = f"Messente's code; others may come. {_listed(ERRORS)}."

ERROR: Json = {
    "type": "object",
    "properties": {
        "code": TEXT | {"description": f"Ours are: {_listed(TITLES)}. Messente may add others."},
        "title": TEXT | {"description": "What the code stands for."},
        "detail": TEXT | {"description": "What is wrong, without what was sent."},
        "source": {"type": ["string", "null"], "description": "The field, as `payload[rcs][text]`; null for none."},
    },
    "required": ["code", "title", "detail", "source"],
}

PART: Json = {
    "type": "object",
    "description": "One message of the chain; from a delivery report on with its status.",
    "properties": {
        "channel": TEXT | {"description": "The channel, as Messente names it."},
        "sender": TEXT | {"description": "The sender that the recipient sees."},
        "status": TEXT | {"description": STATUS_TEXT},
        "rank": COUNT | {"description": "Place of the status; a message only moves up."},
        "err": {"type": "integer", "description": ERR_TEXT},
        "error": TEXT | {"description": "Messente's words for `err`."},
        "timestamp": TEXT | {"description": "When Messente says that it happened; mostly without a zone."},
        "price_info": {
            "type": "object",
            "description": "What Messente charges, as texts.",
            "properties": dict.fromkeys(("part_price", "parts_count", "total_price"), TEXT),
        },
    },
}

ATTRIBUTES: Json = {
    "id": TEXT | {"description": "The message id."},
    "state": {"enum": [*STATES], "description": f"What is known of the request. {_listed(STATES)}."},
    "to": TEXT | {"description": "The recipient, E.164."},
    "channels": {"type": "array", "items": TEXT, "description": "The chain's channels, in the order of fallback."},
    "omnimessage_id": TEXT | {"description": "Messente's id of the whole chain; absent until one is known."},
    "messages": {
        "type": "object",
        "additionalProperties": {"$ref": COMPONENTS + "Part"},
        "description": "Messente's message_id of each message of the chain; empty until they are known.",
    },
    "delivery": {"enum": [*Delivery], "description": "The delivery of the whole chain; absent until it is sent."},
    "delivery_channel": TEXT | {"description": "The channel that delivered it."},
    "errors": {
        "type": "array",
        "items": {"$ref": COMPONENTS + "Error"},
        "description": "Why the last attempt was not accepted, or why this call did nothing.",
    },
    "attempts": COUNT | {"description": "How often the message was about to be sent."},
    "created_at": TIME | {"description": "When the id was first used."},
    "updated_at": TIME | {"description": "When the record last changed."},
    "unknown_since": TIME | {"description": "When the answer was lost; only while the state is unknown."},
    "ttl": COUNT | {"description": "Unix seconds after which the record is removed."},
}

ANSWERS: Json = {
    # An accepted message whose record could not be written is answered with what is known: the rest is not required.
    "Record": {"type": "object", "properties": ATTRIBUTES, "required": ["id", "state", "to", "messages"]},
    "Refusal": {
        "type": "object",
        "description": "The errors, and the record as far as it is the caller's and there is one.",
        "properties": ATTRIBUTES,
        "required": ["id", "errors"],
    },
    "Errors": {"type": "object", "properties": ATTRIBUTES, "required": ["errors"]},
    "Error": ERROR,
    "Part": PART,
    "Page": {
        "type": "object",
        "properties": {
            "messages": {"type": "array", "items": {"$ref": COMPONENTS + "Record"}},
            "after": TEXT | {"description": "Ask for the next page with it; absent on the last."},
        },
        "required": ["messages"],
    },
    "Found": {"oneOf": [{"$ref": COMPONENTS + "Record"}, {"$ref": COMPONENTS + "Page"}]},
    "Taken": {"type": "object", "properties": {"id": ATTRIBUTES["id"]}, "required": ["id"]},
    "Gateway": {"type": "object", "properties": {"message": TEXT}},
}

NULLABLE: Json = {"type": ["string", "null"]}
REPORT_SCHEMA: Json = {
    "type": "object",
    "description": "Messente's DeliveryResult (its OpenAPI 2.1.0) with `to` and `omnimessage_id`; it may have more.",
    "properties": {
        **dict.fromkeys(("omnimessage_id", "message_id", "to"), TEXT | {"minLength": 1}),
        "status": NULLABLE | {"minLength": 1, "maxLength": 1000, "description": f"Null: none yet. {STATUS_TEXT}"},
        "err": {"type": ["integer", "null"], "description": ERR_TEXT},
        **dict.fromkeys(("channel", "sender", "error", "timestamp"), NULLABLE),
        "price_info": {"type": ["object", "null"]},
    },
    "required": ["omnimessage_id", "message_id", "to"],
}


def _schemas() -> Json:
    return _message_schemas() | ANSWERS | {"Report": REPORT_SCHEMA}


# --- The message: what the models accept ------------------------------------------------------------------------------


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

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Leave them out."""
        return False


def _as_schema(rule: Rule) -> Json:
    match rule:
        case Size(low, high):
            return ({"minItems": low} if low else {}) | {"maxItems": high}
        case Choice(names, 1, 1):
            return {"oneOf": [_given(name) for name in names]}
        case Choice(names, 1, _):
            return {"anyOf": [_given(name) for name in names]}
        case Choice(names, 0, 1):
            return {"not": {"required": list(names)}}
        case Combinations(allowed):
            return {"oneOf": [_exactly(fields, rule.names) for fields in allowed]}
    return {}  # a rule of the chain, see CHAIN


def _in_words(rule: Rule) -> str:
    match rule:
        case Choice(names, low, high):
            kind = {(1, 1): "Exactly", (0, 1): "At most"}.get((low, high), "At least")
            return f"{kind} one of `{'`, `'.join(names)}`."
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
}


def _message_schemas() -> Json:
    adapter: TypeAdapter[Any] = TypeAdapter(Payload)
    raw = adapter.json_schema(schema_generator=_Schema, ref_template=COMPONENTS + "{model}")
    schemas = raw.pop("$defs")
    _hoist([schemas, raw], schemas)
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


def written() -> str:
    """Return the document as the file has it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
