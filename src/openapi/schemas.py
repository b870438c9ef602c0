"""The schemas of what the APIs answer and take, but for the payload: records, errors, reports."""

from __future__ import annotations

from typing import Any

from messente_rcs.errors import TITLES
from messente_rcs.records.record import Delivery, Resolution, State
from messente_rcs.sending.dry_run import ForecastKind
from messente_rcs.tracking.delivery import ERRORS, STATUSES
from messente_rcs.triggers.resolutions import ID, SINCE

type Json = dict[str, Any]

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

FORECASTS = {
    ForecastKind.WOULD_SEND: "it would go out now, with `omnimessage` as the body for Messente",
    ForecastKind.STORED: "the id was used before: the answer would be the record, and nothing would go out",
    ForecastKind.IN_PROGRESS: "a message with this id is being sent right now",
    ForecastKind.CONFLICT: "the id was used before, with another payload",
    ForecastKind.EXPIRED: "the payload's `expires_at` has passed",
    ForecastKind.REJECTED: "the recipient may get no message",
    ForecastKind.NOT_SENT: "the record cannot be read now, so that a message could not go out either",
}

TIME: Json = {"type": "string", "format": "date-time"}
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}


def listed(meanings: dict[Any, str]) -> str:
    """Write values and what they mean in a sentence."""
    return "; ".join(f"`{value}`: {meaning}" for value, meaning in meanings.items())


STATUS_TEXT = f"Messente's word; others may come. {listed({name: s.meaning for name, s in STATUSES.items()})}."
ERR_TEXT = f"Messente's code; others may come. {listed(ERRORS)}."

ERROR: Json = {
    "type": "object",
    "properties": {
        "code": TEXT | {"description": f"Ours are: {listed(TITLES)}. Messente may add others."},
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
    "state": {"enum": [*STATES], "description": f"What is known of the request. {listed(STATES)}."},
    "to": TEXT | {"description": "The recipient, E.164."},
    "channels": {"type": "array", "items": TEXT, "description": "The chain's channels, in the order of fallback."},
    "tags": {
        "type": "object",
        "additionalProperties": TEXT,
        "description": "Your `tags`, of the payload for which the message was last claimed; absent without any.",
    },
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
    "resolution": {
        "enum": [*Resolution],
        "description": "What a person said of an attempt whose answer was lost; until "
        "a report, or another attempt, outdates it.",
    },
    "resolved_by": TEXT | {"description": "The ARN of that person's IAM identity, if it is known."},
    "resolved_at": TIME | {"description": "When the person said so."},
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
    "DryRun": {
        "type": "object",
        "description": "What sending would do; nothing was sent or written.",
        "properties": {
            "dry_run": {"const": True},
            "id": TEXT | {"description": "The message id; a new one each time if the request names none."},
            "outcome": {"enum": [*FORECASTS], "description": f"{listed(FORECASTS)}."},
            "omnimessage": {
                "type": "object",
                "description": "What Messente would get, with the default sender, `dlr_url` and a `ttl` up to "
                "`expires_at`; only if it would go out.",
            },
            "record": {"$ref": COMPONENTS + "Record"},
            "errors": ATTRIBUTES["errors"] | {"description": "Why it would not go out, or did not before."},
        },
        "required": ["dry_run", "id", "outcome"],
    },
    "Answered": {"oneOf": [{"$ref": COMPONENTS + "Record"}, {"$ref": COMPONENTS + "DryRun"}]},
    "Found": {"oneOf": [{"$ref": COMPONENTS + "Record"}, {"$ref": COMPONENTS + "Page"}]},
    "Taken": {"type": "object", "properties": {"id": ATTRIBUTES["id"]}, "required": ["id"]},
    "Gateway": {"type": "object", "properties": {"message": TEXT}},
}

SEEN: Json = TIME | {"pattern": SINCE, "description": "The record's, as the person saw it: which attempt is meant."}
RESOLUTION_SCHEMA: Json = {
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "outcome": {"const": Resolution.SENT},
                "unknown_since": SEEN,
                "omnimessage_id": TEXT | {"pattern": ID, "description": "Messente's id, if it is known."},
            },
            "required": ["outcome"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "outcome": {"const": Resolution.NOT_SENT},
                "unknown_since": SEEN,
                "final": {"type": "boolean", "description": "Cancel the message instead of freeing its id."},
            },
            "required": ["outcome", "unknown_since"],
            "additionalProperties": False,
        },
    ]
}

NULLABLE: Json = {"type": ["string", "null"]}
REPORT_SCHEMA: Json = {
    "type": "object",
    "description": "Messente's DeliveryResult (its OpenAPI 2.1.0) with `to` and `omnimessage_id`; it may have more.",
    "properties": {
        **dict.fromkeys(("omnimessage_id", "message_id"), TEXT | {"minLength": 1}),
        "to": {"description": "The recipient, written in any way. Needed where the record has no omnimessage_id yet."},
        "status": NULLABLE | {"minLength": 1, "maxLength": 1000, "description": f"Null: none yet. {STATUS_TEXT}"},
        "err": {"type": ["integer", "null"], "description": ERR_TEXT},
        **dict.fromkeys(("channel", "sender", "error", "timestamp"), NULLABLE),
        "price_info": {"type": ["object", "null"]},
    },
    "required": ["omnimessage_id", "message_id"],
}

INBOUND_SCHEMA: Json = {
    "type": "object",
    "description": "What a recipient sent. Messente documents this shape for SMS; nothing of it is required, and there "
    "may be more.",
    "properties": {
        "msg_id": {"description": "Messente's id of the message. Without one, the hash of the body is its id."},
        "sub_msg_id": {"description": "The part of a long SMS."},
        "channel": {"description": "The channel, as Messente names it."},
        "recipient": {"description": "Your number or agent."},
        "time": {"description": "When it was sent, ISO 8601. It orders stop words and start words."},
        "text": {"description": "What was written, or the text of the button that was tapped."},
        "sender": {"description": "The recipient of your messages, written in any way."},
        "postback_data": {"description": "What the tapped button has for its `postback_data`; our assumption."},
    },
}
