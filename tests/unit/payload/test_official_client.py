"""Our request body and that of Messente's official client, for the same message."""

import json
from datetime import datetime
from importlib import import_module
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings

from messente_rcs.payload import rcs, sms, viber, whatsapp
from messente_rcs.payload.omnimessage import Omnimessage
from messente_rcs.payload.submission import parse
from tests.support.strategies import RCS_KINDS, Json, payloads

# Any: the client marks nothing of it as exported.
official: Any = import_module("messente_api")

CLIENT = official.ApiClient()
MESSAGES = {"rcs": official.Rcs, "sms": official.SMS}

# Each pair: our fields, the official client's model of 2.7.0.
PAIRS: list[tuple[Any, Any]] = [
    (rcs.Rcs, official.Rcs),
    (rcs.ContentInfo, official.RcsContentInfo),
    (rcs.RichCard, official.RcsRichCard),
    (rcs.StandaloneCard, official.RcsStandaloneCard),
    (rcs.CarouselCard, official.RcsCarouselCard),
    (rcs.CardContent, official.RcsCardContent),
    (rcs.Media, official.RcsMedia),
    (rcs.Suggestion, official.RcsSuggestion),
    (rcs.SuggestedReply, official.RcsSuggestedReply),
    (rcs.SuggestedAction, official.RcsSuggestedAction),
    (rcs.DialAction, official.RcsDialAction),
    (rcs.ViewLocationAction, official.RcsViewLocationAction),
    (rcs.LatLng, official.RcsLatLng),
    (rcs.CreateCalendarEventAction, official.RcsCreateCalendarEventAction),
    (rcs.OpenUrlAction, official.RcsOpenUrlAction),
    (sms.Sms, official.SMS),
    (viber.Viber, official.Viber),
    (viber.Video, official.ViberVideo),
    (viber.ViberTemplate, official.ViberTemplate),
    (viber.Carousel, official.ViberCarousel),
    (viber.CarouselItem, official.ViberCarouselItem),
    (viber.Button, official.ViberCarouselButton),
    (whatsapp.WhatsApp, official.WhatsApp),
    (whatsapp.TextContent, official.WhatsAppText),
    (whatsapp.Upload, official.WhatsAppAudio),
    (whatsapp.CaptionedUpload, official.WhatsAppImage),
    (whatsapp.CaptionedUpload, official.WhatsAppVideo),
    (whatsapp.Document, official.WhatsAppDocument),
    (whatsapp.Sticker, official.WhatsAppSticker),
    (whatsapp.WhatsAppTemplate, official.WhatsAppTemplate),
    (whatsapp.Language, official.WhatsAppLanguage),
    (whatsapp.Component, official.WhatsAppComponent),
    (whatsapp.Parameter, official.WhatsAppParameter),
    (whatsapp.ParameterMedia, official.WhatsAppMedia),
    (whatsapp.Currency, official.WhatsAppCurrency),
    (whatsapp.DateTime, official.WhatsAppDatetime),
]


def officially(sent: Json) -> Any:
    """Give the body that the official client would send."""
    messages = [official.OmnimessageMessagesInner(MESSAGES[each["channel"]](**each)) for each in sent["messages"]]
    times = {"time_to_send": datetime.fromisoformat(sent["time_to_send"])} if "time_to_send" in sent else {}
    return CLIENT.sanitize_for_serialization(official.Omnimessage(**{**sent, **times, "messages": messages}))


@pytest.mark.parametrize("kind", RCS_KINDS)
def test_same_body(kind: str) -> None:
    """For generated messages of this kind, with and without an SMS to fall back to, the bodies are equal as JSON."""

    @settings(max_examples=60)
    @given(payloads(kind))
    def check(sent: Json) -> None:
        ours = json.dumps(parse(sent).omnimessage, sort_keys=True)
        assert ours == json.dumps(officially(sent), sort_keys=True)

    check()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[theirs.__name__ for _, theirs in PAIRS])
def test_same_fields(ours: Any, theirs: Any) -> None:
    """Every field of the official models is ours, by the same name, and is required where it is there."""
    fields = {name: field for name, field in theirs.model_fields.items() if name != "additional_properties"}
    assert set(get_type_hints(ours)) == set(fields)
    # Our differences: the channel tells messages apart, and the sender may come from the stack's parameter.
    required = {name for name, field in fields.items() if field.is_required()} - {"sender"}
    assert ours.__required_keys__ - {"channel"} == required


def test_same_top_level_fields() -> None:
    """Of what Messente gets, without dlr_url; `text` is ours, and becomes one of the messages."""
    theirs = set(official.Omnimessage.model_fields) - {"additional_properties", "dlr_url"}
    assert set(get_type_hints(Omnimessage)) == theirs | {"text"}
