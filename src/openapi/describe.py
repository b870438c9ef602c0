"""Describe both HTTP APIs as OpenAPI 3.1: `make openapi` writes openapi.json and two schemas, which are committed.

What the code has as a table or a model is taken from there; only the words are this file's own. It is run on the
developer's machine, and a unit test fails while openapi.json is behind. Nothing of it goes into the bundle.
"""

from __future__ import annotations

import json
from pathlib import Path

from messente_rcs.message_id import PATTERN
from messente_rcs.records.record import State
from messente_rcs.sending.outcome import OutcomeKind
from messente_rcs.triggers.http import LARGEST
from messente_rcs.triggers.http_api import DRY_RUN, DRY_RUN_VALUES, STATUS
from openapi import event, payload_schema, received
from openapi.payload import message_schemas
from openapi.schemas import ANSWERS, COMPONENTS, INBOUND_SCHEMA, REPORT_SCHEMA, RESOLUTION_SCHEMA, Json

FILE = Path(__file__).with_name("openapi.json")

RESULTS = {
    OutcomeKind.SENT: "Messente accepted the message, now or when this id was first used",
    OutcomeKind.CANCELLED: "the message was cancelled before; nothing was sent",
    OutcomeKind.REJECTED: "the payload is not valid, or Messente refused it: nothing was sent",
    OutcomeKind.EXPIRED: "the payload's `expires_at` has passed: nothing was sent",
    OutcomeKind.IN_PROGRESS: "a message with this id is being sent right now",
    OutcomeKind.CONFLICT: "the id was used before, with another payload; nothing was sent",
    OutcomeKind.NOT_SENT: "certainly not sent: try again later, with the same id",
    OutcomeKind.UNKNOWN: "the answer was lost, so the message may have been sent; ask for its id later",
}
OK = 200
WITHOUT_ERRORS = {OutcomeKind.SENT, OutcomeKind.CANCELLED}


def document() -> Json:
    """Build the whole document."""
    requests = {"Report": REPORT_SCHEMA, "Inbound": INBOUND_SCHEMA, "Resolution": RESOLUTION_SCHEMA}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RCS messages through Messente",
            "version": "1.0.0",
            "description": "Sends RCS messages, tells what became of them, and takes Messente's delivery reports and "
            "inbound messages. "
            "Errors have Messente's shape, except those that API Gateway answers by itself.",
        },
        "servers": [_server("The output ApiUrl.")],
        "tags": [
            {"name": "messages", "description": "For your systems; every call is signed with AWS Signature Version 4."},
            {"name": "delivery reports", "description": "For Messente; a public API of its own (output CallbackUrl)."},
            {"name": "inbound messages", "description": "For Messente; of the same public API (output InboundUrl)."},
        ],
        "paths": {
            "/messages": {"post": _send(), "get": _find()},
            "/messages/{id}": {"parameters": [ID], "get": _get(), "delete": _cancel()},
            "/messages/{id}/resolution": {"parameters": [ID], "post": _resolve()},
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
            "/inbound-messages": {"servers": [CALLBACK], "post": _inbound()},
        },
        "components": {"schemas": message_schemas() | ANSWERS | requests, "securitySchemes": SECURITY},
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
    "inboundSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Messente-Signature",
        "description": "HMAC-SHA256 of the raw body in hex; the key is the Shared Secret of the inbound number.",
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

MESSAGE: Json = {
    "to": "+37255512345",
    "text": "Your parcel waits at the door",
    "idempotency_key": "order-1001",
    "tags": {"team": "logistics"},
}
RECORD: Json = {
    "id": "order-1001",
    "state": "sent",
    "to": "+37255512345",
    "channels": ["rcs"],
    "tags": {"team": "logistics"},
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


INBOUND: Json = {
    "msg_id": "6c8d5e0a-3d2b-4a53-9a0b-1f5d3b1f7f10",
    "sub_msg_id": "6c8d5e0a-3d2b-4a53-9a0b-1f5d3b1f7f10",
    "channel": "rcs",
    "recipient": "+37250000000",
    "time": "2026-11-23T12:00:00Z",
    "text": "Track it",
    "sender": "+37255512345",
    "postback_data": "track:order-1001",
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
                "description": "The message id, chosen by you, in double quotes or without. A comma outside quotes "
                "separates two keys, which is an error.",
                "schema": KEY_SCHEMA,
            },
            _query(
                DRY_RUN,
                "`true` sends and writes nothing, and tells what sending would do.",
                {"enum": [*DRY_RUN_VALUES], "default": "false"},
            ),
        ],
        "requestBody": _body("Message", MESSAGE),
        "responses": {str(status): _sent(status) for status in sorted(set(STATUS.values()))} | _gateway(403, 429, 500),
    }


def _sent(status: int) -> Json:
    results = [result for result, answered in STATUS.items() if answered == status]
    headers = dict.fromkeys(["Location", "Idempotent-Replayed"])
    if {OutcomeKind.NOT_SENT, OutcomeKind.IN_PROGRESS} & set(results):
        headers["Retry-After"] = None
    if status == OK:
        return _answer(f"A dry run; or: {RESULTS[OutcomeKind.CANCELLED]}", "Answered", *headers)
    shape = "Record" if set(results) <= WITHOUT_ERRORS else "Errors" if OutcomeKind.REJECTED in results else "Refusal"
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
            "400": _answer(
                "Neither of the two, both, another parameter, another state, or an `after` that no page gave.", "Errors"
            ),
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
            "400": NO_PARAMETERS,
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
            "400": NO_PARAMETERS,
            "404": _answer("No message has this id.", "Errors"),
            "409": _answer("Too late, or not yet known to Messente by an id; `errors` says which.", "Refusal"),
            "503": UNAVAILABLE,
        }
        | _gateway(403, 429, 500),
    }


def _resolve() -> Json:
    return {
        "operationId": "resolveMessage",
        "tags": ["messages"],
        "summary": "Say what became of a message whose answer was lost",
        "description": "A person knows it from Messente's dashboard. `not_sent` frees the id, or with `final` "
        "cancels the message. It is about the attempt of `unknown_since`, and can be said some minutes after that. A "
        "later delivery report outdates it.",
        "security": [{"sigv4": []}],
        "requestBody": _body("Resolution", {"outcome": "not_sent", "unknown_since": "2026-11-23T12:00:00.000Z"}),
        "responses": {
            "200": _answer("Resolved; the record says so.", "Record"),
            "400": _answer("The body says no such thing, or the query has a parameter.", "Errors"),
            "404": _answer("No message has this id.", "Errors"),
            "409": _answer(
                "The message is not unknown, or since another time; it may still be sent, or reported; or Messente "
                "does not know the omnimessage_id, or as another message's. `errors` says which.",
                "Refusal",
            ),
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
            "409": _answer("The omnimessage_id is another message's; or the recipient, if none is known.", "Errors"),
            "413": _answer(f"The body is longer than {LARGEST} bytes.", "Errors"),
            "503": UNAVAILABLE,
        }
        | _gateway(429, 500),
    }


def _inbound() -> Json:
    return {
        "operationId": "takeInbound",
        "tags": ["inbound messages"],
        "summary": "Take what a recipient sent",
        "description": "It becomes an event on the bus. A stop word, as the whole text, opts the recipient out.",
        "security": [{"inboundSignature": []}],
        "requestBody": _body("Inbound", INBOUND),
        "responses": {
            "200": _answer("The bus has the event, or a queue has the message; or it came before.", "Taken"),
            "400": _answer("The body is not a JSON object.", "Errors"),
            "401": _answer("The signature is missing, or does not match the body.", "Errors"),
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


NO_PARAMETERS = _answer("The query has a parameter, and none is known here: nothing was done.", "Errors")
UNAVAILABLE = _answer("Not now: DynamoDB, Secrets Manager or Messente did not answer.", "Errors", "Retry-After")


def _gateway(*statuses: int) -> Json:
    return {str(status): _answer(GATEWAY[status], "Gateway") for status in statuses}


def _body(schema: str, example: Json) -> Json:
    content = {"schema": {"$ref": COMPONENTS + schema}, "examples": {"one": {"value": example}}}
    return {"required": True, "content": {"application/json": content}}


def _query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def written() -> str:
    """Return the document as the file has it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
    event.FILE.write_text(event.written())
    payload_schema.FILE.write_text(payload_schema.written())
    received.FILE.write_text(received.written())
