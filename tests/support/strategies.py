"""Payloads for tests: a full example of every kind of message, and a hypothesis strategy for junk."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from messente_rcs.errors import Error
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse

type Json = dict[str, Any]
type Steps = list[str | int]

PHONE = "+37255512345"

REPLY: Json = {"reply": {"text": "Yes", "postback_data": "yes"}}
ACTIONS: dict[str, Json] = {
    "dial_action": {"phone_number": "+442071838750"},
    "view_location_action": {"lat_long": {"latitude": 59.4, "longitude": 24.7}, "label": "Here", "query": None},
    "create_calendar_event_action": {
        "start_time": "2030-01-31T09:00:00Z",
        "end_time": "2030-01-31T12:00:00+02:00",
        "title": "Visit",
        "description": "Bring a towel",
    },
    "open_url_action": {
        "url": "https://example.com/a",
        "application": "WEBVIEW",
        "description": "A page",
        "webview_view_mode": "TALL",
    },
    "share_location_action": {},
}


def action(kind: str) -> Json:
    return {"action": {"text": "Go", "postback_data": "go", "fallback_url": None, kind: ACTIONS[kind]}}


CONTENT: Json = {"file_url": "https://example.com/a.png", "thumbnail_url": None, "force_refresh": False}
CARD: Json = {
    "title": "Title",
    "description": "Description",
    "media": {"height": "TALL", "content_info": CONTENT},
    "suggestions": [REPLY, *(action(kind) for kind in list(ACTIONS)[:3])],
}
STANDALONE: Json = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": CARD}

RCS: dict[str, Json] = {
    "text": {"text": "Hello", "ttl": 60, "suggestions": [REPLY, *(action(kind) for kind in ACTIONS)]},
    "content_info": {"content_info": CONTENT, "validity": 5},
    "standalone_card": {"rich_card": {"standalone_card": STANDALONE}},
    "carousel_card": {"rich_card": {"carousel_card": {"card_width": "SMALL", "card_contents": [CARD, {"title": "B"}]}}},
}
SMS: Json = {"channel": "sms", "text": "Hello", "sender": "Shop", "ttl": 60, "autoconvert": "on", "udh": "050003CC0201"}
VIBER_CAROUSEL: Json = {
    "items": [
        {
            "title": "One",
            "image_url": "https://example.com/1.png",
            "primary_button": {"label": "Buy", "action_url": "https://example.com/1"},
            "secondary_button": {"label": "Look", "action_url": "https://example.com/2"},
        }
    ]
    * 2
}
VIBER: Json = {
    "image_url": "https://example.com/a.png",
    "text": "Hello",
    "button_text": "Go",
    "button_url": "https://example.com",
    "video": {"url": "https://example.com/v", "thumbnail": "https://example.com/t", "file_size": 9, "duration": 6},
    "carousel": VIBER_CAROUSEL,
    "template": {"id": "t", "lang": "en", "params": {"name": "Ann"}},
}
_LINK = "https://example.com/f"
_TEMPLATE_MEDIA: Json = {"link": _LINK, "caption": "c", "filename": "f"}
WHATSAPP: dict[str, Json] = {
    "text": {"body": "Hello", "preview_url": True},
    "image": {"id": None, "link": _LINK, "caption": "c", "mime_type": "image/png"},
    "video": {"link": _LINK, "caption": None, "mime_type": "video/mp4"},
    "audio": {"id": "1", "mime_type": "audio/mpeg"},
    "document": {"link": _LINK, "caption": "c", "mime_type": "application/pdf", "file_name": "f.pdf"},
    "sticker": {"id": "1", "mime_type": "image/webp", "animated": True},
    "template": {
        "name": "n",
        "language": {"code": "en", "policy": "deterministic"},
        "components": [
            {
                "type": "body",
                "sub_type": "s",
                "index": 0,
                "parameters": [
                    {"type": "text", "text": "t"},
                    {"type": "currency", "currency": {"fallback_value": "1", "code": "EUR", "amount_1000": "1000"}},
                    {"type": "date_time", "date_time": {"fallback_value": "today"}},
                    {"type": "image", "image": _TEMPLATE_MEDIA},
                    {"type": "document", "document": _TEMPLATE_MEDIA},
                    {"type": "video", "video": _TEMPLATE_MEDIA},
                    {"type": "coupon_code", "coupon_code": "c", "payload": "p"},
                ],
            }
        ],
    },
}


def rcs(**fields: Any) -> Json:
    return {"channel": "rcs", "sender": "Shop", **fields}


def payload(*messages: Json, **fields: Any) -> Json:
    """Give a payload of these messages, or of one RCS text."""
    return {"to": PHONE, "messages": list(messages or [rcs(text="Hello")]), **fields}


def errors_of(sent: object) -> tuple[Error, ...]:
    """Give the errors of a payload that must be refused."""
    with pytest.raises(InvalidPayload) as caught:
        parse(sent)
    return caught.value.errors


def refused(sent: object) -> list[tuple[str, str | None]]:
    return [(error["code"], error["source"]) for error in errors_of(sent)]


def told(sent: object) -> dict[str | None, str]:
    return {error["source"]: error["detail"] for error in errors_of(sent)}


def full_payloads() -> dict[str, Json]:
    """Give one payload of each kind of message, that together use every field."""
    extras = {"time_to_send": "2030-01-31T09:05+02:00", "priority": "high", "text_store": "sha256"}
    ours: Json = {
        "idempotency_key": "order-1",
        "expires_at": "2030-02-01T00:00:00Z",
        "on_unknown": "resend",
        "ignore_opt_out": True,
        "tags": {"team": "logistics", "order:no.": "1001 \N{GRINNING FACE}", "a-_.:Z9": ""},
    }
    plain = rcs(text="Hello")
    viber: dict[str, Json] = {
        "viber image": {name: VIBER[name] for name in ("text", "image_url", "button_text", "button_url")},
        "viber video": {name: VIBER[name] for name in ("video", "text")},
        "viber carousel": {name: VIBER[name] for name in ("carousel", "text")},
        "viber template": {"template": VIBER["template"], "sender": "Shop", "validity": 1},
    }
    kinds = {
        "shorthand": {"to": PHONE, "text": "Hello", **extras, **ours},
        **{f"rcs {kind}": payload(rcs(**fields), **extras) for kind, fields in RCS.items()},
        "sms": payload(plain, SMS),
        **{kind: payload(plain, {"channel": "viber", **fields}) for kind, fields in viber.items()},
        **{f"whatsapp {kind}": payload(plain, {"channel": "whatsapp", kind: WHATSAPP[kind]}) for kind in WHATSAPP},
    }
    # Through text, so that no two of them share an object that a test changes.
    copied: dict[str, Json] = json.loads(json.dumps(kinds))
    return copied


def places(value: Any, path: Steps) -> Iterator[tuple[Steps, Any]]:
    """Walk through every value of a payload."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, [*path, name])


def spoilt(sent: Json, path: Steps, value: Any) -> Json:
    sent = copy.deepcopy(sent)
    where: Any = sent
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    return sent


def source(sent: Json, path: Steps) -> str:
    """Write a path as Messente does: an item of the messages goes by its channel."""
    if path[0] == "messages" and len(path) > 1 and isinstance(path[1], int):
        path = [sent["messages"][path[1]]["channel"], *path[2:]]
    return "payload" + "".join(f"[{step}]" for step in path)


_ANY_TEXT = st.text(st.characters(), max_size=12)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
