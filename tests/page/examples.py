"""Payloads to start from, of every kind that a phone shows. None of the addresses in them is ever asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

type Json = dict[str, Any]

TO = "+37255510001"
_SOON = timedelta(minutes=1)

_REPLY = {"reply": {"text": "Keep a pair", "postback_data": "keep"}}
_SHOP: Json = {"open_url_action": {"url": "https://example.com/boots", "application": "BROWSER"}}
_PLACE: Json = {
    "view_location_action": {"lat_long": {"latitude": 59.437, "longitude": 24.7536}, "label": "Example Shop"}
}


def _action(text: str, action: Json) -> Json:
    return {"action": {"text": text, "postback_data": text.lower().replace(" ", "-"), **action}}


def _actions(now: datetime) -> list[Json]:
    event = {
        "start_time": (now + timedelta(days=1)).isoformat(timespec="seconds"),
        "end_time": (now + timedelta(days=1, hours=1)).isoformat(timespec="seconds"),
        "title": "Try the boots on",
        "description": "Example Shop, second floor",
    }
    return [
        _action("Call us", {"dial_action": {"phone_number": "+37255510000"}}),
        _action("Open the shop", _SHOP),
        _action("Show the way", _PLACE),
        _action("Book a time", {"create_calendar_event_action": event}),
        _action("Where are you?", {"share_location_action": {}}),
    ]


def _file(name: str) -> Json:
    return {"file_url": f"https://example.com/{name}", "force_refresh": False}


def _rcs(**content: Any) -> Json:
    return {"to": TO, "messages": [{"channel": "rcs", **content}]}


def _card_content(height: str, *suggestions: Json, title: str = "Autumn boots", file: str = "boots.jpg") -> Json:
    return {
        "title": title,
        "description": "Back in your size, until Sunday.",
        "media": {"height": height, "content_info": _file(file)},
        "suggestions": list(suggestions or (_REPLY, _action("Open the shop", _SHOP))),
    }


def _card(height: str, orientation: str = "VERTICAL", alignment: str = "LEFT") -> Json:
    content = _card_content(height)
    card = {"card_orientation": orientation, "thumbnail_image_alignment": alignment, "card_content": content}
    return {"standalone_card": card}


def _carousel(width: str) -> Json:
    goods = {"Boots": "boots.jpg", "Scarf": "scarf.png", "Umbrella": "umbrella.mp4"}
    cards = [
        _card_content("SHORT", _action(f"Buy {title}", _SHOP), title=title, file=file) for title, file in goods.items()
    ]
    return {"carousel_card": {"card_width": width, "card_contents": cards}}


_SMS: Json = {"channel": "sms", "sender": "Example", "text": "Autumn boots are back: https://example.com/boots"}
_VIBER: Json = {
    "channel": "viber",
    "text": "Autumn boots are back in your size.",
    "image_url": "https://example.com/boots.jpg",
    "button_text": "Open the shop",
    "button_url": "https://example.com/boots",
}
_WHATSAPP: Json = {
    "channel": "whatsapp",
    "image": {"link": "https://example.com/boots.jpg", "caption": "Autumn boots are back in your size."},
}


def _chain(*fallbacks: Json) -> Json:
    return {"to": TO, "messages": [{"channel": "rcs", "ttl": 600, "rich_card": _card("MEDIUM")}, *fallbacks]}


def _text(**more: Any) -> Json:
    return {"to": TO, "text": "Your parcel has arrived.", **more}


def examples(now: datetime | None = None) -> list[dict[str, Any]]:
    """List the examples by name; all their times are after `now`."""
    now = now or datetime.now(UTC)
    scheduled = (now + _SOON).isoformat(timespec="seconds")
    question = "Autumn boots are back in your size. Shall we keep a pair?"
    replies = [{"reply": {"text": f"Size {size}", "postback_data": f"size-{size}"}} for size in range(36, 46)]
    payloads = {
        "Card": _rcs(rich_card=_card("MEDIUM")),
        "Text": _text(),
        "Text with five actions": _rcs(text=question, suggestions=[_REPLY, *_actions(now)]),
        "Text with eleven suggestions": _rcs(text="Which size do you wear?", suggestions=[_REPLY, *replies]),
        "Picture": _rcs(content_info=_file("boots.jpg")),
        "Document": _rcs(content_info=_file("receipt.pdf")),
        "Card, short picture": _rcs(rich_card=_card("SHORT")),
        "Card, tall picture": _rcs(rich_card=_card("TALL")),
        "Card, picture at the left": _rcs(rich_card=_card("MEDIUM", "HORIZONTAL")),
        "Card, picture at the right": _rcs(rich_card=_card("MEDIUM", "HORIZONTAL", "RIGHT")),
        "Carousel, small": _rcs(rich_card=_carousel("SMALL")),
        "Carousel, medium": _rcs(rich_card=_carousel("MEDIUM")),
        "Card, then SMS": _chain(_SMS),
        "Card, then Viber, WhatsApp and SMS": _chain(_VIBER, _WHATSAPP, _SMS),
        "In a minute": _text(time_to_send=scheduled),
        "Sent again if the answer is lost": _text(on_unknown="resend"),
    }
    return [{"name": name, "payload": payload} for name, payload in payloads.items()]
