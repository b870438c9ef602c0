"""`POST /messages/{id}/resolution`: what a person says of a message whose answer was lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import INVALID, MISSING, Error, error
from messente_rcs.payload.decode import decode_object
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.record import Resolution
from messente_rcs.tracking.resolve import Resolved, Verdict
from messente_rcs.triggers.http import respond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.record import Record
    from messente_rcs.triggers.http import Response

PART = "resolution"  # of an item's path
FIELDS = ("outcome", "omnimessage_id", "final")

ID = "^[!-~]{1,255}$"  # Messente's are UUIDs

OBSTACLES = {
    Resolved.NOT_UNKNOWN: "Only an unknown message can be resolved, and the record says what became of this one",
    Resolved.NOT_YET: "The function that sends this message may still be at work; try again in some minutes",
    Resolved.OTHERS_ID: "The omnimessage_id belongs to another message",
}


def read_verdict(body: bytes, caller: str | None) -> Verdict:
    """Read `{"outcome": "sent", "omnimessage_id"?}` or `{"outcome": "not_sent", "final"?}`; raises InvalidPayload."""
    given = decode_object(body)
    if wrong := list(_problems(given)):
        raise InvalidPayload(wrong)
    return Verdict(
        Resolution(given["outcome"]), given.get("omnimessage_id"), final=given.get("final", False), by=caller
    )


def _problems(given: dict[str, Any]) -> Iterator[Error]:
    outcome, omnimessage_id = given.get("outcome"), given.get("omnimessage_id", "x")
    if "outcome" not in given:
        yield error(MISSING, "This field is required: sent or not_sent.", "payload[outcome]")
    elif not isinstance(outcome, str) or outcome not in Resolution:
        yield error(INVALID, "Must be sent or not_sent.", "payload[outcome]")
    if not (isinstance(omnimessage_id, str) and re.fullmatch(ID, omnimessage_id)):
        yield error(INVALID, "Must be the id that Messente gave the message.", "payload[omnimessage_id]")
    elif "omnimessage_id" in given and outcome == Resolution.NOT_SENT:
        yield error(INVALID, "Only a message that was sent has one.", "payload[omnimessage_id]")
    if not isinstance(given.get("final", False), bool):
        yield error(INVALID, "Must be true or false.", "payload[final]")
    elif "final" in given and outcome == Resolution.SENT:
        yield error(INVALID, "Only a message that was not sent can be kept from being sent.", "payload[final]")
    if not given.keys() <= set(FIELDS):
        yield error(INVALID, f"Only these fields are known here: {', '.join(FIELDS)}.", "payload")


def answer(resolved: Resolved, record: Record | None) -> Response:
    """Answer with the record, and with an error where the message could not be resolved."""
    told = record.public if record else {}
    if resolved is Resolved.DONE:
        return respond(200, told)
    why = error(INVALID, OBSTACLES[resolved])
    return respond(409, told | {"errors": [why, *told.get("errors", [])]})
