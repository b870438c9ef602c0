"""`POST /messages/{id}/resolution`: what a person says of a message whose answer was lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import INVALID, MISSING, Error, error
from messente_rcs.payload.decode import decode_object
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.records.record import Resolution
from messente_rcs.sending.outcome import Obstacle
from messente_rcs.sending.resolve import REPORT_TIME, Verdict
from messente_rcs.triggers.http import respond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.records.record import Record
    from messente_rcs.triggers.http import Response

PART = "resolution"  # of an item's path
FIELDS = ("outcome", "unknown_since", "omnimessage_id", "final")

ID = "^[!-~]{1,255}$"  # Messente's are UUIDs
SINCE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"  # as records have it

OBSTACLES = {
    Obstacle.NOT_UNKNOWN: "Only an unknown message can be resolved, and the record says what became of this one",
    Obstacle.OUTDATED: "The message has another unknown_since: look for the attempt that the record shows now",
    Obstacle.NOT_YET: "The function that sends this message may still be at work; try again in some minutes",
    Obstacle.TOO_SOON: f"A delivery report may still come: say so {REPORT_TIME / 60:.0f} minutes after unknown_since",
    Obstacle.OTHERS_ID: "The omnimessage_id belongs to another message",
    Obstacle.NO_SUCH_ID: "Messente has no message with this omnimessage_id",
}
SEEN = "payload[unknown_since]"
SOURCES = {
    Obstacle.OUTDATED: SEEN,
    Obstacle.OTHERS_ID: "payload[omnimessage_id]",
    Obstacle.NO_SUCH_ID: "payload[omnimessage_id]",
}


def read_verdict(body: bytes, caller: str | None) -> Verdict:
    """Read `{outcome: sent, omnimessage_id?, unknown_since?}` or `{outcome: not_sent, unknown_since, final?}`.

    Raises InvalidPayload.
    """
    given = decode_object(body)
    if wrong := list(_problems(given)):
        raise InvalidPayload(wrong)
    return Verdict(
        Resolution(given["outcome"]),
        given.get("omnimessage_id"),
        final=given.get("final", False),
        by=caller,
        unknown_since=given.get("unknown_since"),
    )


def _problems(given: dict[str, Any]) -> Iterator[Error]:
    outcome, omnimessage_id = given.get("outcome"), given.get("omnimessage_id", "x")
    if "outcome" not in given:
        yield error(MISSING, "This field is required: sent or not_sent.", "payload[outcome]")
    elif not isinstance(outcome, str) or outcome not in Resolution:
        yield error(INVALID, "Must be sent or not_sent.", "payload[outcome]")
    if wrong := _problem_of_attempt(given):
        yield wrong
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


def _problem_of_attempt(given: dict[str, Any]) -> Error | None:
    since = given.get("unknown_since")
    if "unknown_since" not in given and given.get("outcome") == Resolution.NOT_SENT:
        return error(
            MISSING, "This field is required: the unknown_since of the message, as its record showed it.", SEEN
        )
    if "unknown_since" in given and not (isinstance(since, str) and re.fullmatch(SINCE, since)):
        return error(INVALID, "Must be the unknown_since of the message, as its record showed it.", SEEN)
    return None


def answer(obstacle: Obstacle | None, record: Record | None) -> Response:
    """Answer with the record, and with an error where the message could not be resolved."""
    told = record.public if record else {}
    if obstacle is None:
        return respond(200, told)
    why = error(INVALID, OBSTACLES[obstacle], SOURCES.get(obstacle))
    return respond(409, told | {"errors": [why, *told.get("errors", [])]})
