"""Rules between fields: exactly one of, at most one of, combinations, channels."""

from itertools import chain, combinations
from typing import Any

import pytest

from messente_rcs.payload.submission import parse
from tests.support.strategies import (
    ACTIONS,
    CARD,
    PHONE,
    RCS,
    REPLY,
    SMS,
    STANDALONE,
    VIBER,
    WHATSAPP,
    Json,
    action,
    payload,
    rcs,
    refused,
    told,
)

CAROUSEL = RCS["carousel_card"]["rich_card"]["carousel_card"]
CARD_SOURCE = "[rcs][rich_card][standalone_card][card_content]"
BUTTON = {"text": "Go", "postback_data": "go"}


def with_action(fields: Json) -> Json:
    """Give a payload with one suggested action."""
    return payload(rcs(text="x", suggestions=[{"action": {**BUTTON, **fields}}]))


def with_card(fields: Json) -> Json:
    """Give a payload with one card."""
    return payload(rcs(rich_card={"standalone_card": {**STANDALONE, "card_content": fields}}))


# The alternatives, how a payload is made of some of them, and the source of the object that holds them.
EXACTLY_ONE: dict[str, tuple[Json, Any, str]] = {
    "content of a message": (
        {"text": "x", "content_info": RCS["content_info"]["content_info"], "rich_card": {"carousel_card": CAROUSEL}},
        lambda fields: payload(rcs(**fields)),
        "[rcs]",
    ),
    "rich card": (
        {"standalone_card": STANDALONE, "carousel_card": CAROUSEL},
        lambda fields: payload(rcs(rich_card=fields)),
        "[rcs][rich_card]",
    ),
    "suggestion": (
        {**REPLY, **action("dial_action")},
        lambda fields: payload(rcs(text="x", suggestions=[REPLY, fields])),
        "[rcs][suggestions][1]",
    ),
    "suggestion of a card": (
        {**REPLY, **action("dial_action")},
        lambda fields: with_card({"title": "x", "suggestions": [fields]}),
        CARD_SOURCE + "[suggestions][0]",
    ),
    "action": (ACTIONS, with_action, "[rcs][suggestions][0][action]"),
    "text or messages": (
        {"text": "x", "messages": [rcs(text="x")]},
        lambda fields: {"to": PHONE, **fields},
        "",
    ),
    "content for WhatsApp": (
        WHATSAPP,
        lambda fields: payload(rcs(text="x"), {"channel": "whatsapp", **fields}),
        "[whatsapp]",
    ),
    "file for WhatsApp": (
        {"id": "1", "link": "https://example.com/f"},
        lambda fields: payload(rcs(text="x"), {"channel": "whatsapp", "sticker": fields}),
        "[whatsapp][sticker]",
    ),
}


@pytest.mark.parametrize(("alternatives", "build", "source"), EXACTLY_ONE.values(), ids=list(EXACTLY_ONE))
def test_exactly_one(alternatives: Json, build: Any, source: str) -> None:
    """Each alternative alone is taken; none is missing data, any two are invalid, and so are all."""
    for name, value in alternatives.items():
        assert parse(build({name: value}))
    assert refused(build({})) == [("106", f"payload{source}")]
    for pair in combinations(alternatives.items(), 2):
        assert refused(build(dict(pair))) == [("105", f"payload{source}")]
    assert refused(build(alternatives)) == [("105", f"payload{source}")]


def test_a_null_alternative_counts_as_absent() -> None:
    """A null where null is allowed leaves the choice to the other field."""
    upload = {"channel": "whatsapp", "image": {"id": None, "link": None}}
    assert refused(payload(rcs(text="x"), upload)) == [("106", "payload[whatsapp][image]")]


@pytest.mark.parametrize(
    "fields",
    [{"title": "x"}, {"description": "x"}, {"media": CARD["media"]}, {"title": None, "description": "x"}, CARD],
)
def test_card_with_something_to_show(fields: Json) -> None:
    """A card has a title, a description or media."""
    assert parse(with_card(fields))


@pytest.mark.parametrize("fields", [{}, {"title": None}, {"title": "", "description": ""}, {"suggestions": [REPLY]}])
def test_card_with_nothing_to_show(fields: Json) -> None:
    """Suggestions, null and empty texts do not make a card."""
    assert refused(with_card(fields)) == [("106", f"payload{CARD_SOURCE}")]


def test_ttl_or_validity() -> None:
    """Seconds or minutes, never both, on each channel."""
    for channel, text in {"rcs": "x", "sms": "x", "viber": "x", "whatsapp": {"body": "x"}}.items():
        others = [] if channel == "rcs" else [rcs(text="x")]
        both = payload({"channel": channel, "text": text, "ttl": 1, "validity": 1}, *others)
        assert refused(both) == [("105", f"payload[{channel}]")]


ORDER: list[tuple[str, str, bool]] = [
    ("2030-01-31T18:00:00Z", "2030-01-31T13:00:00Z", False),
    ("2030-01-31T13:00:00Z", "2030-01-31T13:00:00Z", False),
    ("2030-01-31T13:00:00+02:00", "2030-01-31T12:59:59+02:00", False),
    ("2030-01-31T12:00:00-05:00", "2030-01-31T16:59:59.9Z", False),
    ("2030-01-31T13:00:00Z", "2030-01-31T13:00:01Z", True),
    ("2030-01-31T13:00:00+02:00", "2030-01-31T12:00:00Z", True),
    ("1999-01-31T13:00:00Z", "1999-01-31T14:00:00Z", True),
]


@pytest.mark.parametrize(("first", "second", "is_right"), ORDER)
def test_one_time_before_another(first: str, second: str, is_right: bool) -> None:  # noqa: FBT001
    """A deadline lies after the time to send, and the end of an event after its start; each is told of the other."""
    event = {**ACTIONS["create_calendar_event_action"], "start_time": first, "end_time": second}
    place = "payload[rcs][suggestions][0][action][create_calendar_event_action]"
    for sent, names, where in (
        (payload(time_to_send=first, expires_at=second), ("time_to_send", "expires_at"), "payload"),
        (with_action({"create_calendar_event_action": event}), ("start_time", "end_time"), place),
    ):
        if is_right:
            assert parse(sent)
        else:
            before, after = names
            assert told(sent) == {
                f"{where}[{before}]": f"Must be before {after}.",
                f"{where}[{after}]": f"Must be after {before}.",
            }


def test_a_time_that_is_wrong_is_not_compared() -> None:
    """It has its own error."""
    sent = payload(time_to_send="2030-01-31T18:00", expires_at="2030-01-31T13:00:00Z", priority="urgent")
    assert set(told(sent)) == {"payload[time_to_send]", "payload[priority]"}


def test_a_place() -> None:
    """Coordinates, or what to search for, are each enough."""
    for place in ({"lat_long": {"latitude": 59.4, "longitude": 24.7}}, {"label": "x", "query": "y"}):
        assert parse(with_action({"view_location_action": place}))
    for nowhere in ({}, {"label": "Here", "query": None}, {"query": ""}):
        assert [code for code, _ in refused(with_action({"view_location_action": nowhere}))] == ["106"]


def test_file_in_a_whatsapp_template() -> None:
    """A file in a template has an id or a link, not both."""
    media = {"id": "1", "link": "https://example.com/f"}
    component = {"type": "header", "parameters": [{"type": "image", "image": media}]}
    template = {"name": "n", "language": {"code": "en"}, "components": [component]}
    source = "payload[whatsapp][template][components][0][parameters][0][image]"
    assert refused(payload(rcs(text="x"), {"channel": "whatsapp", "template": template})) == [("105", source)]


VIBER_COMBINATIONS = {
    frozenset(names.split())
    for names in (
        "image_url",
        "text",
        "text button_text button_url",
        "text image_url button_text button_url",
        "video",
        "video text",
        "video text button_text",
        "video text button_text button_url",
        "carousel text",
        "template",
    )
}


def test_viber_combinations() -> None:
    """Of all 128 combinations of Viber's contents only the documented ones and a template alone are taken."""
    taken = set()
    for names in chain.from_iterable(combinations(VIBER, count) for count in range(len(VIBER) + 1)):
        sent = payload(rcs(text="x"), {"channel": "viber", **{name: VIBER[name] for name in names}})
        if frozenset(names) in VIBER_COMBINATIONS:
            taken.add(parse(sent).payload_hash)
        else:
            assert refused(sent) == [("105" if names else "106", "payload[viber]")]
    assert len(taken) == len(VIBER_COMBINATIONS)


def test_a_viber_carousel_with_text() -> None:
    """Viber shows the text above two to five pictures: it goes out as it is, and a carousel alone does not."""
    items = VIBER["carousel"]["items"][:1]
    for number in (2, 5):
        viber = {"channel": "viber", "text": "Hello", "carousel": {"items": items * number}}
        assert parse(payload(rcs(text="x"), viber)).omnimessage["messages"][1] == viber
    for number in (1, 6):
        viber = {"channel": "viber", "text": "Hello", "carousel": {"items": items * number}}
        assert refused(payload(rcs(text="x"), viber)) == [("105", "payload[viber][carousel][items]")]
    alone = {"channel": "viber", "carousel": VIBER["carousel"]}
    assert refused(payload(rcs(text="x"), alone)) == [("105", "payload[viber]")]


def test_no_channel_twice() -> None:
    """The second message of a channel is named by its place, and so is what is wrong inside of it."""
    assert refused(payload(rcs(text="x"), SMS, rcs(text=""))) == [
        ("105", "payload[messages][2][text]"),
        ("105", "payload[messages][2][channel]"),
    ]


def test_one_message_is_rcs() -> None:
    """Messages without an RCS one among them lack something."""
    assert refused(payload(SMS)) == [("106", "payload[messages]")]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"text": "x"}, ("106", "payload[messages][1][channel]")),
        ({"channel": "telegram"}, ("105", "payload[messages][1][channel]")),
        ({"channel": None}, ("105", "payload[messages][1][channel]")),
        ({"channel": ["rcs"]}, ("105", "payload[messages][1][channel]")),
        ("sms", ("105", "payload[messages][1]")),
    ],
)
def test_item_without_a_known_channel(item: Any, error: tuple[str, str]) -> None:
    """An item that names no known channel is named by its place."""
    assert refused(payload(rcs(text="x"), item)) == [error]
