"""The schemas of what both APIs answer and take beside a payload, and of the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.errors import TITLES
from messente_rcs.inbound.inbox import BY
from messente_rcs.records.record import Delivery, Resolution, State
from messente_rcs.sending.dry_run import FORECASTS
from messente_rcs.tracking.report import ERRORS, STATUSES
from messente_rcs.triggers.http_api import ID, SINCE

if TYPE_CHECKING:
    from collections.abc import Mapping

type Json = dict[str, Any]

COMPONENTS, DEFINITIONS = "#/components/schemas/", "#/$defs/"

STATES = {
    State.CLAIMED: "somebody is sending it, or was and died; it becomes unknown when the attempt is surely over",
    State.SENT: "Messente accepted it, which is not the same as delivered",
    State.REJECTED: "Messente rejected it for its content; the id is free for a corrected payload",
    State.RETRYABLE: "certainly not sent; the id is free to be tried again",
    State.UNKNOWN: "it may have been sent, but the answer was lost; a delivery report resolves it, or a person does",
    State.EXPIRED: "not sent, because `expires_at` had passed; the id is free",
    State.CANCELLED: "will not be sent",
}

TEXT: Json = {"type": "string"}
TIME = TEXT | {"format": "date-time"}
COUNT = {"type": "integer", "minimum": 0}
TEXTS = {"type": "object", "additionalProperties": TEXT}
NULLABLE = {"type": ["string", "null"]}


def listed(meanings: Mapping[Any, str]) -> str:
    """Write values and what they mean in a sentence."""
    return "; ".join(f"`{value}`: {meaning}" for value, meaning in meanings.items())


def each(shape: Json, **words: str) -> Json:
    """Describe fields of one shape."""
    return {name.rstrip("_"): shape | {"description": description} for name, description in words.items()}


def an_object(description: str, properties: Json, *required: str) -> Json:
    """Describe an object with these fields."""
    return {"type": "object", "description": description, "properties": properties, "required": [*required]}


def refer(name: str, place: str = COMPONENTS) -> Json:
    """Refer to a schema."""
    return {"$ref": place + name}


# --- Records ----------------------------------------------------------------------------------------------------------

_STATUS = f"Messente's word; others may come. {listed({name: known.meaning for name, known in STATUSES.items()})}."
_ERR = f"Messente's code; others may come. {listed(ERRORS)}."
_SOURCE = each(NULLABLE, source="The field, as `payload[rcs][text]`; null for none.")
_CHANNEL = each(TEXT, channel="The channel, as Messente names it.")
_TAGS = each(TEXTS, tags="Your `tags`, of the payload for which the message was last claimed.")

_OF_PART = {
    **_CHANNEL,
    **each(TEXT, sender="The sender that the recipient sees.", status=_STATUS),
    **each(TEXT, timestamp="When Messente says that it happened; mostly without a zone."),
    **each(COUNT, rank="Place of the status; a message only moves up."),
    **each({"type": "integer"}, err=_ERR),
    **each(TEXTS, price_info="What Messente charges: part_price, parts_count, total_price."),
}
_ABOUT_PART = "One message of the chain; from a delivery report on with its status."


def _attributes(states: Mapping[State, str], place: str) -> Json:
    parts, errors = {"additionalProperties": refer("Part", place)}, {"items": refer("Error", place)}
    return {
        **each(TEXT, id="The message id.", to="The recipient, E.164.", delivery_channel="The channel that delivered."),
        **each({"enum": [*states]}, state=f"What is known of the request. {listed(states)}."),
        **each({"type": "array", "items": TEXT}, channels="The chain's channels, in the order of fallback."),
        **_TAGS,
        **each(TEXT, omnimessage_id="Messente's id of the whole chain; absent until one is known."),
        **each({"type": "object"} | parts, messages="By Messente's message_id; empty until they are known."),
        **each({"enum": [*Delivery]}, delivery="The delivery of the whole chain; absent until it is sent."),
        **each({"type": "array"} | errors, errors="Why the last attempt was not accepted, or this call did nothing."),
        **each(COUNT, attempts="How often it was about to be sent.", ttl="Unix seconds at which the record ends."),
        **each(TIME, created_at="When the id was first used.", updated_at="When the record last changed."),
        **each(TIME, unknown_since="When the answer was lost; only while the state is unknown."),
        **each({"enum": [*Resolution]}, resolution="What a person said of a lost answer, until it is outdated."),
        **each(TEXT, resolved_by="The ARN of that person's IAM identity, if it is known."),
        **each(TIME, resolved_at="When the person said so."),
    }


_OF_RECORD = _attributes(STATES, COMPONENTS)
_OF_ERROR = {
    **each(TEXT, code=f"Ours are: {listed(TITLES)}. Messente may add others.", title="What the code stands for."),
    **each(TEXT, detail="What is wrong, without what was sent."),
    **_SOURCE,
}
_OF_DRY_RUN = {
    "dry_run": {"const": True},
    **each(TEXT, id="The message id; a new one each time if the request names none."),
    **each({"enum": FORECASTS}, outcome="What sending would come to; `stored`: the record would be the answer."),
    **each({"type": "object"}, omnimessage="What Messente would get; only if it would go out."),
    "record": refer("Record"),
    "errors": _OF_RECORD["errors"],
    **each({"type": "array", "items": refer("Advice")}, advice="What to look at; absent if there is nothing."),
}
_OF_ADVICE = each(TEXT, rule="The rule.", detail="What it says.", source="The field.", see="Where to read about it.")
_OF_PAGE = {
    **each({"type": "array", "items": refer("Record")}, messages="The oldest first."),
    **each(TEXT, after="Ask for the next page with it; absent on the last."),
}

ANSWERS: Json = {
    # An accepted message whose record could not be written is answered with what is known: the rest is not required.
    "Record": an_object("What is known of a message.", _OF_RECORD, "id", "state", "to", "messages"),
    "Refusal": an_object("The errors, and the record as far as it is the caller's.", _OF_RECORD, "id", "errors"),
    "Errors": an_object("The errors, and the record if there is one.", _OF_RECORD, "errors"),
    "Error": an_object("An error.", _OF_ERROR, *_OF_ERROR),
    "Part": an_object(_ABOUT_PART, _OF_PART | each(TEXT, error="Messente's words for `err`.")),
    "Page": an_object("Unknown messages.", _OF_PAGE, "messages"),
    "DryRun": an_object("What sending would do; nothing was sent.", _OF_DRY_RUN, "dry_run", "id", "outcome"),
    "Advice": an_object("What costs more than it seems, or looks wrong.", _OF_ADVICE, *_OF_ADVICE),
    "Answered": {"oneOf": [refer("Record"), refer("DryRun")]},
    "Found": {"oneOf": [refer("Record"), refer("Page")]},
    "Taken": an_object("It was taken.", each(TEXT, id="The message id."), "id"),
    "Gateway": an_object("API Gateway's own answer.", {"message": TEXT}),
}

# --- Requests ---------------------------------------------------------------------------------------------------------

_OMNIMESSAGE_ID = each(TEXT | {"pattern": ID}, omnimessage_id="Messente's id, if it is known.")
_SEEN = each(TIME | {"pattern": SINCE}, unknown_since="The record's, as the person saw it: the attempt that is meant.")
_FINAL = each({"type": "boolean"}, final="Cancel the message instead of freeing its id.")
_SENT = an_object("It was sent.", {"outcome": {"const": Resolution.SENT}} | _OMNIMESSAGE_ID | _SEEN, "outcome")
_NOT_SENT = an_object(
    "It was not sent.", {"outcome": {"const": Resolution.NOT_SENT}} | _SEEN | _FINAL, "outcome", "unknown_since"
)
_IDS = ("omnimessage_id", "message_id")
_OF_REPORT = {
    **dict.fromkeys(_IDS, TEXT | {"minLength": 1}),
    **each({}, to="The recipient in any form. Needed where the record has no omnimessage_id yet."),
    **each(NULLABLE | {"minLength": 1, "maxLength": 1000}, status=f"Null: none yet. {_STATUS}"),
    **each({"type": ["integer", "null"]}, err=_ERR),
    **dict.fromkeys(("channel", "sender", "error", "timestamp"), NULLABLE),
    "price_info": {"type": ["object", "null"]},
}
_OF_INBOUND = {
    **each({}, msg_id="Messente's id of the message. Without one, the hash of the body is its id."),
    **each({}, sub_msg_id="The part of a long SMS.", channel="The channel.", recipient="Your number or agent."),
    **each({}, time="When it was sent, ISO 8601. It orders stop words and start words."),
    **each({}, text="What was written, or the text of the button.", sender="The recipient of your messages."),
    **each({}, postback_data="The `postback_data` of the tapped button; our assumption."),
}

REQUESTS: Json = {
    "Resolution": {"oneOf": [shape | {"additionalProperties": False} for shape in (_SENT, _NOT_SENT)]},
    "Report": an_object("Messente's DeliveryResult with `to` and `omnimessage_id`; or more.", _OF_REPORT, *_IDS),
    "Inbound": an_object("What a recipient sent, as Messente documents it for SMS; or more.", _OF_INBOUND),
}

# --- Events -----------------------------------------------------------------------------------------------------------

_PUBLISHED: Mapping[State, str] = {state: meaning for state, meaning in STATES.items() if state is not State.CLAIMED}
_OF_CHANGED = _attributes(_PUBLISHED, DEFINITIONS) | {
    **each(TEXT, to="The recipient, E.164; only with PublishRecipient=Yes."),
    **each(COUNT, revision="Counts the writes. Events may come twice or out of order: the highest is the last."),
    "previous": an_object("Before; absent if new.", {"state": {"enum": [*State]}, "delivery": {"enum": [*Delivery]}}),
    **each({"type": "array", "items": {"enum": ["messages", "errors"]}}, left_out="Attributes too large for the bus."),
}
_PUBLISHED_ERROR = {**each({"enum": [*TITLES, None]}, code=f"{listed(TITLES)}; null for any other."), **_SOURCE}
CHANGED: Json = {
    "Changed": an_object("The record after the change.", _OF_CHANGED, "id", "state", "channels", "revision"),
    "Part": an_object(_ABOUT_PART, _OF_PART),
    "Error": an_object("Without Messente's words, which may quote texts.", _PUBLISHED_ERROR, *_PUBLISHED_ERROR),
}

_EVENT_ID = each(TEXT, id="Messente's id of the message, which others may have too, or the hash of what it sent.")
_CONVERSATION = {**each(TEXT, id="The message id."), **_TAGS}
_OF_RECEIVED = {
    **_EVENT_ID,
    **each(TEXT, from_="The recipient of your messages; E.164 if it is a number.", to="Your number or agent."),
    **_CHANNEL,
    **each(TEXT, text="What was written, or the text of the button.", postback="The button's `postback_data`."),
    **each(TEXT, time="When it was sent, in Messente's words."),
    **each(TIME, received_at="When it came in."),
    "conversation": an_object("The last message to that number; with TrackConversations=Yes.", _CONVERSATION, "id"),
    **each({"type": "object"}, raw="All that Messente said. The same `raw` may be the same message."),
}
_OF_OPTED = {
    **_EVENT_ID,
    **each(TEXT, to="The recipient, E.164.", by=f"`{BY}`, or the ARN of whoever changed the list."),
    **each(TIME, since="When the recipient said so."),
    **_CHANNEL,
}
RECEIVED: Json = {
    "Received": an_object("What a recipient sent, as far as Messente says.", _OF_RECEIVED, "id", "received_at", "raw"),
    "Opted": an_object("A recipient opted out, or in again.", _OF_OPTED, "id", "to", "since", "by"),
}
