"""What Messente documents of a valid Omnimessage, and no more: where it documents nothing, this accepts.

Limits and fields: OpenAPI document 2.1.0, `Omnimessage` and `Rcs*`. An RCS `sender` may be missing, as on Messente's
RCS page (the OpenAPI document requires it). Which fields of Viber may be combined is not checked.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn

from tests.standin.replies import Error, error

type Rule = Callable[[Any, str], Iterable[Error]]

DISALLOWED_SENDERS = frozenset({"Forbidden"})
E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def _invalid(detail: str, source: str) -> list[Error]:
    return [error("105", detail, source)]


def check(accepts: Callable[[Any], bool], detail: str) -> Rule:
    return lambda value, source: [] if accepts(value) else _invalid(detail, source)


def text(longest: int | None = None) -> Rule:
    """Rule: a string of at most `longest` characters (code points, as the official client counts)."""
    fits = f"Must be a string of at most {longest} characters" if longest else "Must be a string"
    return check(lambda value: isinstance(value, str) and (longest is None or len(value) <= longest), fits)


def choice(*values: str) -> Rule:
    return check(lambda value: isinstance(value, str) and value in values, f"Must be one of {', '.join(values)}")


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


texts = check(
    lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()), "Must be strings"
)
integer = check(lambda value: type(value) is int, "Must be an integer")
number = check(lambda value: type(value) in (int, float), "Must be a number")
boolean = check(lambda value: type(value) is bool, "Must be a boolean")
phone = check(lambda value: isinstance(value, str) and bool(E164.fullmatch(value)), "Invalid phone number")
url = check(lambda value: isinstance(value, str) and value.startswith(("http://", "https://")), "Must be a URL")
time = check(_is_time, "Must be an ISO 8601 time")
sender = check(lambda value: isinstance(value, str) and value not in DISALLOWED_SENDERS, "Invalid or disallowed sender")


def array(item: Rule, fewest: int, most: int) -> Rule:
    """Rule: a list of `fewest` to `most` items, each good."""

    def rule(value: Any, source: str) -> Iterator[Error]:
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            yield from _invalid(f"Must be a list of {fewest} to {most} items", source)
            return
        for index, each in enumerate(value):
            yield from item(each, f"{source}[{index}]")

    return rule


def record(
    required: dict[str, Rule] | None = None,
    optional: dict[str, Rule] | None = None,
    *,
    exactly_one: Iterable[str] = (),
    at_most_one: Iterable[str] = (),
) -> Rule:
    """Rule: an object; null counts as absent, unknown fields are ignored."""
    needed, all_fields = required or {}, {**(required or {}), **(optional or {})}
    one, few = tuple(exactly_one), tuple(at_most_one)

    def rule(value: Any, source: str) -> Iterator[Error]:
        if not isinstance(value, dict):
            yield from _invalid("Must be an object", source)
            return
        present = {name for name, content in value.items() if content is not None}
        yield from (error("106", "Missing required field", f"{source}[{name}]") for name in needed.keys() - present)
        for name in present & all_fields.keys():
            yield from all_fields[name](value[name], f"{source}[{name}]")
        if one and len(present.intersection(one)) != 1:
            yield from _invalid(f"Exactly one of {', '.join(one)} must be provided", source)
        if len(present.intersection(few)) > 1:
            yield from _invalid(f"Only one of {', '.join(few)} can be used", source)

    return rule


content_info = record({"file_url": text(), "force_refresh": boolean}, {"thumbnail_url": text()})
media = record({"height": choice("SHORT", "MEDIUM", "TALL"), "content_info": content_info})
lat_long = record({"latitude": number, "longitude": number})
calendar_event = record({"start_time": text(), "end_time": text(), "title": text(100), "description": text(500)})
open_url = record(
    {"url": text(2048), "application": choice("BROWSER", "WEBVIEW")},
    {"description": text(), "webview_view_mode": choice("FULL", "HALF", "TALL")},
)
ACTIONS: dict[str, Rule] = {
    "dial_action": record({"phone_number": phone}),
    "view_location_action": record(optional={"lat_long": lat_long, "label": text(), "query": text()}),
    "create_calendar_event_action": calendar_event,
    "open_url_action": open_url,
    "share_location_action": record(),
}
tap: dict[str, Rule] = {"text": text(25), "postback_data": text(2048)}
reply = record(tap)
action = record(tap, {"fallback_url": text(2048), **ACTIONS}, exactly_one=ACTIONS)
suggestion = record(optional={"reply": reply, "action": action}, exactly_one=("reply", "action"))
card_content = record(
    optional={
        "title": text(200),
        "description": text(2000),
        "media": media,
        "suggestions": array(suggestion, 0, 4),
    }
)
standalone_card = record(
    {
        "card_orientation": choice("VERTICAL", "HORIZONTAL"),
        "thumbnail_image_alignment": choice("LEFT", "RIGHT"),
        "card_content": card_content,
    }
)
carousel_card = record({"card_width": choice("SMALL", "MEDIUM"), "card_contents": array(card_content, 2, 10)})
rich_card = record(
    optional={"standalone_card": standalone_card, "carousel_card": carousel_card},
    exactly_one=("standalone_card", "carousel_card"),
)
COMMON: dict[str, Rule] = {"sender": sender, "validity": integer, "ttl": integer}
CONTENTS: dict[str, Rule] = {"text": text(3072), "content_info": content_info, "rich_card": rich_card}
PERIODS = ("validity", "ttl")

video = record({"url": text(), "thumbnail": text(), "file_size": integer, "duration": integer})
viber_button = record({"label": text(), "action_url": text()})
viber_item = record(
    {"title": text(38), "image_url": text(), "primary_button": viber_button}, {"secondary_button": viber_button}
)
VIBER: dict[str, Rule] = {
    **dict.fromkeys(("image_url", "button_url", "button_text"), text()),
    "text": text(1000),
    "video": video,
    "template": record({"id": text(), "lang": text()}, {"params": texts}),
    "carousel": record({"items": array(viber_item, 2, 5)}),
}

upload: dict[str, Rule] = {"id": text(), "link": text(), "mime_type": text()}
captioned: dict[str, Rule] = {**upload, "caption": text()}
template_media = record(optional={"id": text(), "link": text(), "caption": text(), "filename": text()})
parameter = record(
    {"type": text()},
    {
        **dict.fromkeys(("text", "coupon_code", "payload"), text()),
        **dict.fromkeys(("image", "document", "video"), template_media),
        "currency": record(dict.fromkeys(("fallback_value", "code", "amount_1000"), text())),
        "date_time": record({"fallback_value": text()}),
    },
)
component = record({"type": text()}, {"sub_type": text(), "index": integer, "parameters": array(parameter, 0, 100)})
language = record({"code": text()}, {"policy": text()})
WHATSAPP: dict[str, Rule] = {
    "text": record({"body": text()}, {"preview_url": boolean}),
    "image": record(optional=captioned),
    "video": record(optional=captioned),
    "audio": record(optional=upload),
    "document": record(optional={**captioned, "file_name": text()}),
    "sticker": record(optional={**upload, "animated": boolean}),
    "template": record({"name": text(), "language": language, "components": array(component, 0, 100)}),
}

CHANNELS: dict[str, Rule] = {
    "rcs": record(
        optional={**COMMON, **CONTENTS, "suggestions": array(suggestion, 0, 11)},
        exactly_one=CONTENTS,
        at_most_one=PERIODS,
    ),
    "sms": record({"text": text()}, {**COMMON, "autoconvert": text(), "udh": text()}, at_most_one=PERIODS),
    "viber": record(optional={**COMMON, **VIBER}, at_most_one=PERIODS),
    "whatsapp": record(optional={**COMMON, **WHATSAPP}, exactly_one=WHATSAPP, at_most_one=PERIODS),
}


def _message(value: Any, source: str) -> Iterable[Error]:
    if not isinstance(value, dict):
        return _invalid("Must be an object", source)
    channel = value.get("channel")
    if channel is None:
        return [error("106", "Missing required field", f"{source}[channel]")]
    if not isinstance(channel, str) or channel not in CHANNELS:
        return _invalid("Invalid channel", f"{source}[channel]")
    return CHANNELS[channel](value, f"payload[{channel}]")


def _messages(value: Any, source: str) -> Iterator[Error]:
    if value == []:
        yield error("106", "At least one message must be provided", source)
        return
    yield from array(_message, 1, len(CHANNELS))(value, source)
    channels = [each.get("channel") for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    if any(channels.count(name) > 1 for name in CHANNELS):
        yield from _invalid("Channels must not repeat", source)


omnimessage = record(
    {"to": phone, "messages": _messages},
    {
        "dlr_url": url,
        "text_store": choice("nostore", "plaintext", "sha256"),
        "time_to_send": time,
        "priority": choice("low", "regular", "high"),
    },
)


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def parse(body: bytes) -> tuple[Any, list[Error]]:
    """Read and check the body of a send: the JSON in it (None when it is none) and all that is wrong with it."""
    try:
        payload = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None, _invalid("Request body is not valid JSON", "payload")
    return payload, sorted(omnimessage(payload, "payload"), key=lambda each: each["source"] or "")
