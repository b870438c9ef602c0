"""Describe both HTTP APIs as OpenAPI 3.1, the payload and the events as JSON Schema: `make openapi` writes the files.

What the code has as a table or a model is taken from there. A unit test fails while a committed file is behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messente_rcs import __version__
from messente_rcs.aws.bus import DETAIL_TYPE, SOURCE
from messente_rcs.inbound.inbox import OPTED_IN, OPTED_OUT, RECEIVED
from messente_rcs.message_id import MESSAGE_ID
from messente_rcs.records.record import State
from messente_rcs.triggers.http import LARGEST
from messente_rcs.triggers.http_api import DRY_RUN, DRY_RUN_VALUES
from rcs_openapi import schemas
from rcs_openapi.payload import editor_schema, message_schemas
from rcs_openapi.schemas import DEFINITIONS, TEXT, Json, refer

if TYPE_CHECKING:
    from collections.abc import Mapping

# By status: what an answer means, the schema of its body, its headers.
GATEWAY = {
    429: ("Answered by API Gateway: too many requests.", "Gateway"),
    500: ("Answered by API Gateway: the function failed or ran out of time. The record says what it did.", "Gateway"),
}
UNSIGNED = ("Answered by API Gateway: the AWS signature is missing or not allowed to do this.", "Gateway")
UNAVAILABLE = ("Not now: DynamoDB, Secrets Manager or Messente did not answer.", "Errors", "Retry-After")
NO_MESSAGE = ("No message has this id.", "Errors")
NO_PARAMETERS = ("The query has a parameter, and none is known here: nothing was done.", "Errors")
HEADERS = {
    "Location": ("Path of the record; absent where the payload is not valid.", TEXT),
    "Retry-After": ("Seconds to wait before the next try.", TEXT | {"pattern": "^[0-9]+$"}),
    "Idempotent-Replayed": ("`true` if the answer comes from the record.", TEXT | {"const": "true"}),
}
REPLAYED = ("Location", "Idempotent-Replayed")
RESOLVE = "Say what became of a message whose answer was lost"
REPORT = "Take a delivery report; without an id in the path, its omnimessage_id finds the message"
INBOUND = "Take what a recipient sent"
SCHEMAS = message_schemas() | schemas.ANSWERS | schemas.REQUESTS

_HMAC = "HMAC-SHA256 of the raw body in hex; the key is the"
# What secures an operation: its header, what that has, and the tag of the operation.
SECURITY = {
    "sigv4": ("Authorization", "AWS Signature Version 4; the caller needs execute-api:Invoke.", "messages"),
    "signature": ("X-Messente-Signature", f"{_HMAC} password of Messente's API user.", "delivery reports"),
    "inbound": ("X-Messente-Signature", f"{_HMAC} Shared Secret of the inbound number.", "inbound messages"),
}


def _operations() -> dict[str, Json]:
    signed = {
        401: ("The signature is missing, or does not match the body. Nothing was looked up.", "Errors"),
        413: (f"The body is longer than {LARGEST} bytes.", "Errors"),
    }
    reported = signed | {
        200: ("The report is in the record, or changes nothing there.", "Taken"),
        400: ("This is not a delivery report.", "Errors"),
        404: NO_MESSAGE,
        409: ("The omnimessage_id is another message's; or the recipient, if none is known.", "Errors"),
    }
    inbound = signed | {
        200: ("The bus has the event, or a queue has the message; or it came before.", "Taken"),
        400: ("The body is not a JSON object.", "Errors"),
    }
    sent = {
        200: ("A dry run; or the message was cancelled before, and nothing was sent.", "Answered", *REPLAYED),
        201: ("Messente accepted the message, now or when this id was first used.", "Record", *REPLAYED),
        400: ("The payload is not valid, rejected by Messente, or expired: nothing was sent.", "Errors", *REPLAYED),
        409: ("A message with this id is being sent right now.", "Refusal", "Retry-After", *REPLAYED),
        422: ("The id was used before, with another payload; nothing was sent.", "Refusal", *REPLAYED),
        503: ("Not sent by this request: repeat it later, with the same id.", "Refusal", "Retry-After", *REPLAYED),
        504: ("The answer was lost, so the message may have been sent; ask for its id later.", "Refusal", *REPLAYED),
    }
    found = {
        200: ("The record, or a page of records.", "Found"),
        400: ("Neither of the two, both, another parameter or state, or an `after` that no page gave.", "Errors"),
        404: ("No message has this omnimessage_id.", "Errors"),
    }
    got = {200: ("The record.", "Record"), 400: NO_PARAMETERS, 404: NO_MESSAGE}
    cancelled = got | {409: ("Too late, or not yet known to Messente by an id; `errors` says which.", "Refusal")}
    resolved = got | {
        400: ("The body says no such thing, or the query has a parameter.", "Errors"),
        409: ("Not unknown, or since another time; too early; no such omnimessage_id: see `errors`.", "Refusal"),
    }
    key = _parameter("Idempotency-Key", "header", "The message id, with or without quotes.", pattern=MESSAGE_ID)
    words = "`true` tells what sending would do, and sends nothing."
    dry_run = _parameter(DRY_RUN, "query", words, enum=[*DRY_RUN_VALUES])
    queries = [
        _parameter("omnimessage_id", "query", "Messente's id of the chain; or else a state:", minLength=1),
        _parameter("state", "query", "`unknown` lists those records, the oldest first.", enum=[State.UNKNOWN]),
        _parameter("after", "query", "The `after` of the page before."),
    ]
    to_send: Json = {"parameters": [key, dry_run]} | _body("Message")
    report, resolution = _body("Report"), _body("Resolution")
    return {
        "post /messages": _operation("sendMessage", "Send a message, at most once for each id", sent, **to_send),
        "get /messages": _operation("findMessages", "Find a message, or list unknown ones", found, parameters=queries),
        "get /messages/{id}": _operation("getMessage", "Tell what became of a message", got),
        "delete /messages/{id}": _operation("cancelMessage", "Cancel a message that waits to be sent", cancelled),
        "post /messages/{id}/resolution": _operation("resolveMessage", RESOLVE, resolved, **resolution),
        "post /delivery-reports/{id}": _operation("takeReport", REPORT, reported, "signature", **report),
        "post /delivery-reports": _operation("takeReportWithoutId", REPORT, reported, "signature", **report),
        "post /inbound-messages": _operation("takeInbound", INBOUND, inbound, "inbound", **_body("Inbound")),
    }


def _operation(
    name: str, summary: str, answers: Mapping[int, tuple[str, ...]], security: str = "sigv4", **more: Any
) -> Json:
    unsigned = {403: UNSIGNED} if security == "sigv4" else {}
    all_answers = {**GATEWAY, **unsigned, 503: UNAVAILABLE, **answers}
    return {
        "operationId": name,
        "tags": [SECURITY[security][2]],
        "summary": summary,
        "security": [{security: []}],
        **more,
        "responses": {str(status): _answer(*answer) for status, answer in sorted(all_answers.items())},
    }


def _body(schema: str) -> Json:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": refer(schema)}}}}


def _answer(description: str, schema: str, *headers: str) -> Json:
    shown = {name: {"description": HEADERS[name][0], "schema": HEADERS[name][1]} for name in headers}
    return {"description": description, "headers": shown, "content": {"application/json": {"schema": refer(schema)}}}


def _parameter(name: str, place: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": place, "description": description, "schema": TEXT | schema}


BY_ID = _parameter("id", "path", "The message id.", pattern=MESSAGE_ID) | {"required": True}


def _server(description: str) -> Json:
    variables = {"api": {"default": "abcdefghij"}, "region": {"default": "eu-west-1"}}
    url = "https://{api}.execute-api.{region}.amazonaws.com"
    return {"url": url, "description": description, "variables": variables}


def document() -> Json:
    """Build the document of both APIs."""
    paths: Json = {}
    for name, operation in _operations().items():
        method, path = name.split()
        by_id = {"parameters": [BY_ID]} if "{id}" in path else {}
        elsewhere = {} if path.startswith("/messages") else {"servers": [_server("The output CallbackUrl.")]}
        paths.setdefault(path, elsewhere | by_id)[method] = operation
    about = "Sends RCS messages, tells what became of them, and takes delivery reports and inbound messages."
    security = {
        name: {"type": "apiKey", "in": "header", "name": header, "description": words}
        for name, (header, words, _) in SECURITY.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "RCS messages through Messente", "version": __version__, "description": about},
        "servers": [_server("The output ApiUrl.")],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": security},
    }


def events(definitions: Json, kinds: dict[str, str]) -> Json:
    """Make the schema of events by their detail-type."""
    shapes = [
        {"source": {"const": SOURCE}, "detail-type": {"const": kind}, "detail": refer(detail, DEFINITIONS)}
        for kind, detail in kinds.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": next(iter(kinds)),
        "oneOf": [{"type": "object", "properties": shape, "required": [*shape]} for shape in shapes],
        "$defs": definitions,
    }


_INBOUND_EVENTS = {RECEIVED: "Received", OPTED_OUT: "Opted", OPTED_IN: "Opted"}
DOCUMENTS = {
    "openapi.json": document(),
    "payload.schema.json": editor_schema(),
    "message-changed.schema.json": events(schemas.CHANGED, {DETAIL_TYPE: "Changed"}),
    "message-received.schema.json": events(schemas.RECEIVED, _INBOUND_EVENTS),
}


def written(name: str) -> str:
    """Write a document as its file should have it."""
    return json.dumps(DOCUMENTS[name], indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in DOCUMENTS:
        Path(__file__).with_name(name).write_text(written(name))
