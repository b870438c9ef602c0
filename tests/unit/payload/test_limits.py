"""Every limit, at its boundary and one past it."""

import copy
from typing import Any

import pytest

from messente_rcs.payload.submission import parse
from support import strategies
from support.strategies import (
    ACTIONS,
    CARD,
    CONTENT,
    REPLY,
    SMS,
    STANDALONE,
    VIBER,
    WHATSAPP,
    Json,
    payload,
    rcs,
    refused,
)

RCS_MESSAGES: dict[str, Json] = {
    **{kind: rcs(**fields) for kind, fields in strategies.RCS.items()},
    **{kind: rcs(text="x", suggestions=[strategies.action(kind)]) for kind in ACTIONS},
    "reply": rcs(text="x", suggestions=[REPLY]),
}


def changed(message: Json, path: str, value: Any) -> Json:
    """Give a copy of a message with the value at a dotted path."""
    message = copy.deepcopy(message)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    where: Any = message
    for step in steps:
        where = where[step]
    where[last] = value
    return message


def source(channel: str, path: str) -> str:
    """Write a dotted path as Messente does."""
    return f"payload[{channel}][{path.replace('.', '][')}]"


URL = "https://example.com/"
CASES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("text", "sender", ["x", "x" * 999], ["", None, 3, "a\0b", "\ud800"]),
    ("text", "ttl", [1, 2**31 - 1], [0, -1, 2**31, True, "5", 5.0, None]),
    ("content_info", "validity", [1, 2**31 - 1], [0, -1, 2**31, True, "5", 5.0, None]),
    (
        "text",
        "text",
        ["x", "x" * 3072, "\N{GRINNING FACE}" * 3072],
        ["", "x" * 3073, "\N{GRINNING FACE}" * 3073, None, 1, ["x"]],
    ),
    ("text", "suggestions", [[], [REPLY] * 11], [[REPLY] * 12, None, {}, "x"]),
    (
        "content_info",
        "content_info.file_url",
        [URL, "HTTP://h:8/p?q#f"],
        ["", "x", "/p", "ftp://h/p", "https://", "https:///p", URL + " ", None],
    ),
    ("content_info", "content_info.thumbnail_url", [URL, None], ["", "x", 1]),
    ("content_info", "content_info.force_refresh", [True, False], [None, 0, 1, "true"]),
    (
        "standalone_card",
        "rich_card.standalone_card.card_orientation",
        ["VERTICAL", "HORIZONTAL"],
        ["vertical", "", None, 1],
    ),
    ("standalone_card", "rich_card.standalone_card.thumbnail_image_alignment", ["LEFT", "RIGHT"], ["TOP", None]),
    ("standalone_card", "rich_card.standalone_card.card_content.title", ["x", "x" * 200, None], ["x" * 201, 1]),
    ("standalone_card", "rich_card.standalone_card.card_content.description", ["x", "x" * 2000, None], ["x" * 2001, 1]),
    ("standalone_card", "rich_card.standalone_card.card_content.suggestions", [[], [REPLY] * 4], [[REPLY] * 5, None]),
    (
        "standalone_card",
        "rich_card.standalone_card.card_content.media.height",
        ["SHORT", "MEDIUM", "TALL"],
        ["HIGH", None],
    ),
    ("carousel_card", "rich_card.carousel_card.card_width", ["SMALL", "MEDIUM"], ["LARGE", None]),
    (
        "carousel_card",
        "rich_card.carousel_card.card_contents",
        [[CARD] * 2, [CARD] * 10],
        [[], [CARD], [CARD] * 11, None],
    ),
    (
        "dial_action",
        "suggestions.0.action.dial_action.phone_number",
        ["+1234567", "+123456789012345"],
        ["+123456", "+1234567890123456", "+0123456789", "123456789", "+12345678\n"],
    ),
    ("view_location_action", "suggestions.0.action.view_location_action.label", ["", "x" * 999, None], [1]),
    ("view_location_action", "suggestions.0.action.view_location_action.query", ["", "x" * 999, None], [1]),
    (
        "view_location_action",
        "suggestions.0.action.view_location_action.lat_long.latitude",
        [-90, 90, 0.5],
        [-90.001, 90.001, float("nan"), float("inf"), "1", True, None],
    ),
    (
        "view_location_action",
        "suggestions.0.action.view_location_action.lat_long.longitude",
        [-180, 180.0],
        [-180.001, 180.001, 10**400, float("-inf"), None],
    ),
    (
        "create_calendar_event_action",
        "suggestions.0.action.create_calendar_event_action.start_time",
        ["2030-01-31T09:00:00Z", "2030-01-31t09:00:00.123456789+02:00"],
        ["2030-01-31T09:00:00", "2030-01-31T09:00Z", "2030-02-30T09:00:00Z", "2030-01-31", "", 1],
    ),
    (
        "create_calendar_event_action",
        "suggestions.0.action.create_calendar_event_action.end_time",
        ["2030-01-31T09:00:00-11:30"],
        ["tomorrow", "2030-01-31T25:00:00Z", None],
    ),
    (
        "create_calendar_event_action",
        "suggestions.0.action.create_calendar_event_action.title",
        ["x", "x" * 100],
        ["", "x" * 101, None],
    ),
    (
        "create_calendar_event_action",
        "suggestions.0.action.create_calendar_event_action.description",
        ["x", "x" * 500],
        ["", "x" * 501, None],
    ),
    (
        "open_url_action",
        "suggestions.0.action.open_url_action.url",
        ["tel:+1", URL + "x" * (2048 - len(URL))],
        [URL + "x" * (2049 - len(URL)), "", "example.com", "https:", None],
    ),
    ("open_url_action", "suggestions.0.action.open_url_action.application", ["BROWSER", "WEBVIEW"], ["browser", None]),
    ("open_url_action", "suggestions.0.action.open_url_action.description", ["", "x" * 9999], [None, 1]),
    (
        "open_url_action",
        "suggestions.0.action.open_url_action.webview_view_mode",
        ["FULL", "HALF", "TALL"],
        ["SHORT", None],
    ),
    ("dial_action", "suggestions.0.action.text", ["x", "x" * 25], ["", "x" * 26, None]),
    ("dial_action", "suggestions.0.action.postback_data", ["x", "x" * 2048], ["", "x" * 2049, None]),
    (
        "dial_action",
        "suggestions.0.action.fallback_url",
        [None, URL + "x" * (2048 - len(URL))],
        [URL + "x" * (2049 - len(URL)), "", "x"],
    ),
    ("share_location_action", "suggestions.0.action.share_location_action", [{}], [None, [], True]),
    ("reply", "suggestions.0.reply.text", ["x", "x" * 25], ["", "x" * 26, None]),
    ("reply", "suggestions.0.reply.postback_data", ["x", "x" * 2048], ["", "x" * 2049, None]),
]


@pytest.mark.parametrize(("kind", "path", "good", "bad"), CASES, ids=[case[1] for case in CASES])
def test_rcs_limit(kind: str, path: str, good: list[Any], bad: list[Any]) -> None:
    """Each field takes what lies on its limit and refuses, by name and alone, what lies past it."""
    for value in good:
        sent = payload(changed(RCS_MESSAGES[kind], path, value))
        assert parse(sent).omnimessage == sent
    for value in bad:
        sent = payload(changed(RCS_MESSAGES[kind], path, value))
        assert refused(sent) == [("105", source("rcs", path))], value


TOP: list[tuple[str, list[Any], list[Any]]] = [
    (
        "to",
        ["+1234567", "+123456789012345"],
        ["+123456", "+1234567890123456", "37255512345", "+0123456789", "", 1, None, " +1234567"],
    ),
    (
        "time_to_send",
        ["2030-01-31T09:05Z", "2030-01-31T09:05:07+02:00", "2030-01-31T09:05:07.5+0200"],
        ["2030-01-31T09:05", "2030-01-31", "2030-13-31T09:05Z", "2030-01-31t09:05z", "9999-12-31T23:59Z", "", 0, None],
    ),
    ("priority", ["low", "regular", "high"], ["LOW", "", None, 1]),
    ("text_store", ["nostore", "plaintext", "sha256"], ["md5", None]),
    (
        "idempotency_key",
        ["a", "x" * 255, "-._~!$&'()*+,;=:@", "..."],
        ["", "x" * 256, "a/b", "a b", "a%20", "é", ".", "..", "a\n", None, 1],
    ),
    (
        "expires_at",
        ["2030-01-31T09:05:07Z", "2030-01-31T09:05:07.25-05:00"],
        ["2030-01-31T09:05:07", "0001-01-01T00:00:00+23:59", "2030-01-31T09:05:07+24:00", "", 0, None],
    ),
    ("on_unknown", ["hold", "resend"], ["retry", None]),
    ("ignore_opt_out", [True, False], [None, "yes", 1]),
    ("dlr_url", [], ["https://example.com/"]),
]


@pytest.mark.parametrize(("name", "good", "bad"), TOP, ids=[case[0] for case in TOP])
def test_top_level_limit(name: str, good: list[Any], bad: list[Any]) -> None:
    """Each field beside the messages takes what is documented and refuses, by name and alone, what is not."""
    for value in good:
        assert parse(payload(**{name: value}))
    for value in bad:
        assert refused(payload(**{name: value})) == [("105", f"payload[{name}]")], value


@pytest.mark.parametrize("count", [0, 5])
def test_number_of_messages(count: int) -> None:
    """A payload has 1 to 4 messages."""
    messages = [rcs(text="x"), SMS, {"channel": "viber", "text": "x"}, {"channel": "whatsapp", "text": {"body": "x"}}]
    assert parse({"to": strategies.PHONE, "messages": messages})
    surplus = {"to": strategies.PHONE, "messages": (messages * 2)[:count]}
    assert ("105", "payload[messages]") in refused(surplus)


OTHERS: list[tuple[str, Json, str, list[Any], list[Any]]] = [
    ("sms", SMS, "text", ["x", "x" * 9999], ["", None]),
    ("sms", SMS, "sender", ["x" * 11, "1" * 15, "+" + "1" * 15], ["x" * 12, "1" * 16, ""]),
    ("sms", SMS, "autoconvert", ["on", "full", "off"], ["true", "false", True, None]),
    ("sms", SMS, "udh", ["00", "aF01"], ["", "0", "0g", None]),
    ("viber", {"video": VIBER["video"]}, "video.duration", [1, 600], [0, 601]),
    ("viber", {"video": VIBER["video"]}, "video.file_size", [0, 200 * 1024**2], [-1, 200 * 1024**2 + 1, 1.5]),
    ("viber", {"template": VIBER["template"]}, "template.params", [{}, {"any name": ""}], [None, []]),
    (
        "viber",
        {"text": "x", "carousel": VIBER["carousel"]},
        "carousel.items.0.title",
        ["xx", "x" * 38],
        ["x", "x" * 39],
    ),
    (
        "viber",
        {"text": "x", "carousel": VIBER["carousel"]},
        "carousel.items",
        [VIBER["carousel"]["items"][:1] * n for n in (2, 5)],
        [VIBER["carousel"]["items"][:1] * n for n in (0, 1, 6)],
    ),
    ("whatsapp", {"text": WHATSAPP["text"]}, "text.body", ["x"], ["", None]),
    ("whatsapp", {"image": WHATSAPP["image"]}, "image.link", [URL], ["ftp://x", ""]),
    ("whatsapp", {"template": WHATSAPP["template"]}, "template.components.0.index", [0, None], [-1, "0", True]),
    ("whatsapp", {"template": WHATSAPP["template"]}, "template.components", [[]], [None, {}]),
]


@pytest.mark.parametrize(("channel", "fields", "path", "good", "bad"), OTHERS)
def test_other_channels_limit(channel: str, fields: Json, path: str, good: list[Any], bad: list[Any]) -> None:
    """SMS, Viber and WhatsApp hold their fields to what Messente documents."""
    for value in good:
        sent = changed({**fields, "channel": channel}, path, value)
        assert parse(payload(rcs(text="x"), sent)).omnimessage["messages"][1] == sent
    for value in bad:
        sent = changed({**fields, "channel": channel}, path, value)
        assert refused(payload(rcs(text="x"), sent))[0] == ("105", source(channel, path)), value


def test_required_fields_are_named() -> None:
    """Whatever is required and missing is named with code 106."""
    assert refused({}) == [("106", "payload[to]"), ("106", "payload")]
    card = payload(rcs(rich_card={"standalone_card": {}}))
    names = [f"payload[rcs][rich_card][standalone_card][{name}]" for name in STANDALONE]
    assert refused(card) == [("106", name) for name in names]
    assert refused(payload(rcs(content_info={"thumbnail_url": None}))) == [
        ("106", f"payload[rcs][content_info][{name}]") for name in CONTENT if name != "thumbnail_url"
    ]
