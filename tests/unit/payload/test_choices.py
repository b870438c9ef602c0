"""Rules between fields: exactly one of, at most one of, combinations, channels."""

from itertools import combinations
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
    return payload(rcs(text="x", suggestions=[{"action": {**BUTTON, **fields}}]))


def with_card(fields: Json) -> Json:
    return payload(rcs(rich_card={"standalone_card": {**STANDALONE, "card_content": fields}}))


def on(channel: str, **fields: Any) -> Json:
    return payload(rcs(text="x"), {"channel": channel, **fields})


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
    "action": (ACTIONS, with_action, "[rcs][suggestions][0][action]"),
    "text or messages": (
        {"text": "x", "messages": [rcs(text="x")]},
        lambda fields: {"to": PHONE, **fields},
        "",
    ),
    "content for WhatsApp": (WHATSAPP, lambda fields: on("whatsapp", **fields), "[whatsapp]"),
    "file for WhatsApp": (
        {"id": "1", "link": "https://example.com/f"},
        lambda fields: on("whatsapp", sticker=fields),
        "[whatsapp][sticker]",
    ),
}


@pytest.mark.parametrize(("alternatives", "build", "source"), EXACTLY_ONE.values(), ids=list(EXACTLY_ONE))
def test_exactly_one(alternatives: Json, build: Any, source: str) -> None:
    """Each alternative alone is taken; none is missing data, any two are invalid."""
    for name, value in alternatives.items():
        assert parse(build({name: value}))
    assert refused(build({})) == [("106", f"payload{source}")]
    for pair in combinations(alternatives.items(), 2):
        assert refused(build(dict(pair))) == [("105", f"payload{source}")]


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


VIBER_CONTENTS = {
    frozenset(names): on("viber", **{name: VIBER[name] for name in names})
    for count in range(len(VIBER) + 1)
    for names in combinations(VIBER, count)
}


def test_viber_combinations() -> None:
    """Of all 128 combinations of Viber's contents only the documented ones and a template alone are taken."""
    taken = set()
    for names, sent in VIBER_CONTENTS.items():
        if names in VIBER_COMBINATIONS:
            taken.add(parse(sent).payload_hash)
        else:
            assert refused(sent) == [("105" if names else "106", "payload[viber]")]
    assert len(taken) == len(VIBER_COMBINATIONS)


MEDIA = {"id": "1", "link": "https://example.com/f"}
TEMPLATE = {
    "name": "n",
    "language": {"code": "en"},
    "components": [{"type": "header", "parameters": [{"type": "image", "image": MEDIA}]}],
}
PLACE = "[rcs][suggestions][0][action][view_location_action]"

TAKEN: dict[str, Json] = {
    "a card with a title": with_card({"title": "x"}),
    "a card with a description": with_card({"description": "x"}),
    "a card with media": with_card({"media": CARD["media"]}),
    "a card with a null beside its description": with_card({"title": None, "description": "x"}),
    "a place by its coordinates": with_action(
        {"view_location_action": {"lat_long": {"latitude": 59.4, "longitude": 24.7}}}
    ),
    "a place to search for": with_action({"view_location_action": {"label": "x", "query": "y"}}),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(name: str) -> None:
    """It goes out as it is."""
    assert parse(TAKEN[name]).omnimessage == TAKEN[name]


# Each with its one error: the code, and the source without "payload".
REFUSED: dict[str, tuple[Json, str, str]] = {
    "nothing but null": (on("whatsapp", image={"id": None, "link": None}), "106", "[whatsapp][image]"),
    "a card of nothing": (with_card({}), "106", CARD_SOURCE),
    "a card of null": (with_card({"title": None}), "106", CARD_SOURCE),
    "a card of empty texts": (with_card({"title": "", "description": ""}), "106", CARD_SOURCE),
    "a card of suggestions": (with_card({"suggestions": [REPLY]}), "106", CARD_SOURCE),
    "a place of nothing": (with_action({"view_location_action": {}}), "106", PLACE),
    "a place with a label": (with_action({"view_location_action": {"label": "x", "query": None}}), "106", PLACE),
    "a place with an empty search": (with_action({"view_location_action": {"query": ""}}), "106", PLACE),
    **{
        f"both limits of time for {channel}": (on(channel, text=text, ttl=1, validity=1), "105", f"[{channel}]")
        for channel, text in (("sms", "x"), ("viber", "x"), ("whatsapp", {"body": "x"}))
    },
    "both limits of time for rcs": (payload(rcs(text="x", ttl=1, validity=1)), "105", "[rcs]"),
    "two origins of a file in a template": (
        on("whatsapp", template=TEMPLATE),
        "105",
        "[whatsapp][template][components][0][parameters][0][image]",
    ),
    "no message for rcs": (payload(SMS), "106", "[messages]"),
    "no channel": (payload(rcs(text="x"), {"text": "x"}), "106", "[messages][1][channel]"),
    "an unknown channel": (on("telegram"), "105", "[messages][1][channel]"),
    "a channel that is null": (payload(rcs(text="x"), {"channel": None}), "105", "[messages][1][channel]"),
    "a channel that is a list": (payload(rcs(text="x"), {"channel": ["rcs"]}), "105", "[messages][1][channel]"),
    "a message that is a text": (payload(rcs(text="x"), "sms"), "105", "[messages][1]"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """By one error, at the object that lacks something or has too much; a message without a channel by its index."""
    sent, code, source = REFUSED[name]
    assert refused(sent) == [(code, f"payload{source}")]


def test_no_channel_twice() -> None:
    """The second message of a channel is named by its place, and so is what is wrong inside of it."""
    assert refused(payload(rcs(text="x"), SMS, rcs(text=""))) == [
        ("105", "payload[messages][2][text]"),
        ("105", "payload[messages][2][channel]"),
    ]
