"""Our request body and that of Messente's official client, for the same message."""

import json
from datetime import datetime
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from messente_rcs.payload.omnimessage import Omnimessage, Payload
from messente_rcs.payload.submission import parse
from tests.support.strategies import RCS, SMS, Json, full_payloads
from tests.unit.payload.test_limits import MODELS

# Any: the client marks nothing of it as exported.
official: Any = import_module("messente_api")

CLIENT = official.ApiClient()
MESSAGES = {"rcs": official.Rcs, "sms": official.SMS}

PREFIXES = {"rcs": "Rcs", "viber": "Viber", "whatsapp": "WhatsApp"}
# The models of 2.7.0 whose name is not ours behind the channel's.
NAMES = {
    "Sms": ["SMS"],
    "ShareLocationAction": [],  # it has no fields, and no model there
    "Button": ["ViberCarouselButton"],
    "TextContent": ["WhatsAppText"],
    "Upload": ["WhatsAppAudio"],
    "CaptionedUpload": ["WhatsAppImage", "WhatsAppVideo"],
    "ParameterMedia": ["WhatsAppMedia"],
    "DateTime": ["WhatsAppDatetime"],
}


def theirs_of(model: Any) -> list[str]:
    prefix = PREFIXES.get(model.__module__.rpartition(".")[2], "")
    return NAMES.get(model.__name__, [prefix + model.__name__.removeprefix(prefix)])


PAIRS = [(ours, theirs) for ours in MODELS.values() if ours is not Payload for theirs in theirs_of(ours)]


def officially(sent: Json) -> Any:
    messages = [official.OmnimessageMessagesInner(MESSAGES[each["channel"]](**each)) for each in sent["messages"]]
    times = {"time_to_send": datetime.fromisoformat(sent["time_to_send"])} if "time_to_send" in sent else {}
    return CLIENT.sanitize_for_serialization(official.Omnimessage(**{**sent, **times, "messages": messages}))


@pytest.mark.parametrize("kind", RCS)
def test_same_body(kind: str) -> None:
    """A message of this kind, with an SMS to fall back to, has the same body as JSON."""
    # The official client cannot send autoconvert as Messente documents it (its enum reads full, "true", "false").
    sms = {name: value for name, value in SMS.items() if name != "autoconvert"}
    sent = full_payloads()[f"rcs {kind}"] | {"time_to_send": "2030-01-31T09:05:00+02:00"}
    sent["messages"].append(sms)
    assert json.dumps(parse(sent).omnimessage, sort_keys=True) == json.dumps(officially(sent), sort_keys=True)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[theirs for _, theirs in PAIRS])
def test_same_fields(ours: Any, theirs: str) -> None:
    """Every field of the official models is ours, by the same name, and is required where it is there."""
    their_fields = getattr(official, theirs).model_fields
    fields = {name: field for name, field in their_fields.items() if name != "additional_properties"}
    assert set(get_type_hints(ours)) == set(fields)
    # Our differences: the channel tells messages apart, and the sender may come from the stack's parameter.
    required = {name for name, field in fields.items() if field.is_required()} - {"sender"}
    assert ours.__required_keys__ - {"channel"} == required


def test_same_top_level_fields() -> None:
    """Of what Messente gets, without dlr_url; `text` is ours, and becomes one of the messages."""
    theirs = set(official.Omnimessage.model_fields) - {"additional_properties", "dlr_url"}
    assert set(get_type_hints(Omnimessage)) == theirs | {"text"}
