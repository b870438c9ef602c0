"""What somebody is told who sent a wrong value: enough to mend it at the first try, and nothing of what was sent."""

import re
from typing import Any

import pytest

from messente_rcs.payload.errors import SENTENCES, InvalidPayload, loggable
from messente_rcs.payload.submission import parse
from tests.support.strategies import (
    ACTIONS,
    CARD,
    CONTENT,
    PHONE,
    REPLY,
    SMS,
    STANDALONE,
    VIBER,
    Json,
    full_payloads,
    payload,
    rcs,
    told,
)

NUMBER = "Must be a phone number by E.164, with + and 7 to 15 digits."
ONLY_DIGITS = "Write one + and then only digits 0 to 9."
WEB = "Must be an absolute http or https URL."
LINK = "Must be an absolute URL with its scheme."
RFC_3339 = "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z."
ISO_8601 = "Must be a time by ISO 8601 with its zone, like 2030-01-31T09:05+02:00."
UNKNOWN = "This field is unknown here."
NO_CHANNEL = "The channel is required: rcs, sms, viber or whatsapp."
KEY = "Must be 1 to 255 letters, digits or -._~!$&'()*+,;=:@ (but not . or .. alone)."
TAG = "The name must be 1 to 64 ASCII letters, digits, dashes, dots, colons or underscores."


def action(**fields: Any) -> Json:
    """Give a payload with one suggested action."""
    return payload(rcs(text="x", suggestions=[{"action": {"text": "Go", "postback_data": "go", **fields}}]))


def on(channel: str, **fields: Any) -> Json:
    """Give a payload with a message of another channel."""
    return payload(rcs(text="x"), {"channel": channel, **fields})


ACTION = "payload[rcs][suggestions][0][action]"

# --- Texts with a format ----------------------------------------------------------------------------------------------

NUMBERS = {
    "+372 5551 0001": ONLY_DIGITS,
    "+37255510001\n": ONLY_DIGITS,
    "+372 (0) 5551-0001": ONLY_DIGITS,
    "tel:+37255510001": ONLY_DIGITS,
    "+372\u200b55510001": ONLY_DIGITS,
    "+\uff13\uff17\uff12\uff15\uff15\uff15\uff11\uff10": ONLY_DIGITS,
    "++37255510001": ONLY_DIGITS,
    "+37255510001,+37255510002": f"{ONLY_DIGITS} It has 22 digits.",
    "0037255510001": "Begin with + instead of 00.",
    "37255510001": "Begin with + and the country code.",
    " 37255510001": f"{ONLY_DIGITS} Begin with + and the country code.",
    "+0372555100": "No country code begins with 0.",
    "+1": "It has 1 digit.",
    "+1234567890123456": "It has 16 digits.",
    "": "Begin with + and the country code. It has 0 digits.",
}


@pytest.mark.parametrize(("number", "hint"), NUMBERS.items())
def test_a_phone_number(number: str, hint: str) -> None:
    """Whatever a number has too much of or too little is told at once, for the recipient and for a number to dial."""
    assert told(payload(to=number)) == {"payload[to]": f"{NUMBER} {hint}"}
    dial = action(dial_action={"phone_number": number})
    assert told(dial) == {f"{ACTION}[dial_action][phone_number]": f"{NUMBER} {hint}"}


SPACES = "Use no spaces: inside of a URL, %20 stands for a space."
LOCAL = "Nobody else can reach localhost: name a public host."
SCHEMES = "Not allowed here: javascript, vbscript, data, file, blob, about."
URLS = {
    "https://example.com/a b": SPACES,
    " https://example.com": SPACES,
    "https://example.com\n": SPACES,
    "": "Begin with https://.",
    "example.com/a": "Begin with https://.",
    "www.example.com:8080/a": "Begin with https://.",
    "//example.com/a": "Begin with https://.",
    "https:/example.com": "Begin with https://.",
    "https://": "The host is missing.",
    "https:///a": "The host is missing.",
    "https://:8080/a": "The host is missing.",
    "JavaScript://example.com/%0aalert(1)": SCHEMES,
    "data:image/png;base64,AAAA": SCHEMES,
    "http://localhost:8000/a.png": LOCAL,
    "https://user@127.0.0.1/a": LOCAL,
    "https://[::1]:80/a": LOCAL,
    "localhost:8000/a": LOCAL,
}


@pytest.mark.parametrize(("url", "hint"), URLS.items())
def test_a_url(url: str, hint: str) -> None:
    """The same is said of a file, of a button and of what is opened."""
    content = payload(rcs(content_info={**CONTENT, "file_url": url, "thumbnail_url": url}))
    assert told(content) == {
        f"payload[rcs][content_info][{name}]": f"{WEB} {hint}" for name in ("file_url", "thumbnail_url")
    }
    opened = action(open_url_action={"url": url, "application": "BROWSER"}, fallback_url=url)
    assert told(opened) == {f"{ACTION}[{name}]": f"{LINK} {hint}" for name in ("fallback_url", "open_url_action][url")}


UNIX = "It is a Unix time: write the date and the time."
NO_ZONE = "The zone is missing: add Z for UTC, or an offset like +02:00."
NO_SUCH = "There is no such date or time."
# The time, and what is said of it by ISO 8601 and by RFC 3339; None where the time is right.
TIMES: dict[str, tuple[str | None, str | None]] = {
    "2030-01-31T09:05:00": (NO_ZONE, NO_ZONE),
    "2030-01-31 09:05": (NO_ZONE, NO_ZONE),
    "2030-01-31": ("The time of day and the zone are missing.",) * 2,
    "1911111111": (UNIX, UNIX),
    "1911111111000": (UNIX, UNIX),
    "31.01.2030 09:05": ("", ""),
    "": ("", ""),
    "2030-02-30T09:05:00Z": (f"{NO_SUCH[:-1]}, or it is not from 1900 to 2999.", NO_SUCH),
    "9999-12-31T23:59:00Z": (f"{NO_SUCH[:-1]}, or it is not from 1900 to 2999.", None),
    "2030-01-31T09:05Z": (None, "The seconds are missing."),
    "2030-01-31T09:05:00+0200": (None, "Write the offset of the zone with a colon, like +02:00."),
}


@pytest.mark.parametrize(("time", "hints"), TIMES.items())
def test_a_time(time: str, hints: tuple[str | None, str | None]) -> None:
    """What is missing in a time is told, by the standard that it must follow."""
    for name, sentence, hint in zip(("time_to_send", "expires_at"), (ISO_8601, RFC_3339), hints, strict=True):
        sent = payload(**{name: time})
        if hint is None:
            assert parse(sent)
        else:
            assert told(sent) == {f"payload[{name}]": f"{sentence} {hint}".rstrip()}


# --- Kinds of values, and how much there is ---------------------------------------------------------------------------

NOT_UNIX = "Must be a string. It is a number: write a time like 2030-01-31T09:05:00Z, not a Unix time."
PLUS = "Must be a string. Put the number into double quotes, with + in front."
QUOTES = "Must be a string. Put it into double quotes."
NULL = "It is null: leave the field out instead."

# Each payload with its one error.
VALUES: list[tuple[Json, str, str]] = [
    (payload(to=37255510001), "[to]", PLUS),
    (payload(to=37255510001.0), "[to]", PLUS),
    (payload(to=[PHONE]), "[to]", "Must be a string. It is a list."),
    (payload(to=None), "[to]", "Must be a string. It is null."),
    (payload(time_to_send=1911111111), "[time_to_send]", NOT_UNIX),
    (payload(expires_at=1911111111.5), "[expires_at]", NOT_UNIX),
    (payload(rcs(text=5)), "[rcs][text]", QUOTES),
    (payload(rcs(text=True)), "[rcs][text]", QUOTES),
    (payload(rcs(text={"body": "x"})), "[rcs][text]", "Must be a string. It is an object."),
    (payload(rcs(text=None)), "[rcs][text]", f"Must be a string. {NULL}"),
    (payload(rcs(text="x", ttl="600")), "[rcs][ttl]", "Must be a whole number. Write it without quotes."),
    (payload(rcs(text="x", ttl=600.0)), "[rcs][ttl]", "Must be a whole number. Write it without a decimal point."),
    (payload(rcs(text="x", ttl=0.5)), "[rcs][ttl]", "Must be a whole number. It is a number."),
    (payload(rcs(text="x", ttl=True)), "[rcs][ttl]", "Must be a whole number. It is a boolean."),
    (payload(rcs(text="x", ttl="ten")), "[rcs][ttl]", "Must be a whole number. It is a string."),
    (payload(rcs(text="x", ttl=None)), "[rcs][ttl]", f"Must be a whole number. {NULL}"),
    (
        action(view_location_action={"lat_long": {"latitude": " 59,4 ", "longitude": 24.7}}),
        "[rcs][suggestions][0][action][view_location_action][lat_long][latitude]",
        "Must be a number. Write it without quotes.",
    ),
    (
        payload(rcs(content_info={**CONTENT, "force_refresh": "true"})),
        "[rcs][content_info][force_refresh]",
        "Must be true or false. Write it without quotes.",
    ),
    (
        payload(rcs(text="x", suggestions=REPLY)),
        "[rcs][suggestions]",
        "Must be a list. It is an object: put [ and ] around it.",
    ),
    (
        payload(rcs(text="x", suggestions=[None])),
        "[rcs][suggestions][0]",
        "Must be an object. It is null.",
    ),
    (
        payload(rcs(content_info=[CONTENT])),
        "[rcs][content_info]",
        "Must be an object. It is a list. Its fields: file_url, force_refresh, thumbnail_url.",
    ),
    (
        payload(rcs(text="x", suggestions=["Yes"])),
        "[rcs][suggestions][0]",
        "Must be an object. It is a string. Its fields: reply, action.",
    ),
    (
        on("whatsapp", text='{"body": "x"}'),
        "[whatsapp][text]",
        "Must be an object. It is a string that holds JSON. Its fields: body, preview_url.",
    ),
    (payload(tags=[]), "[tags]", "Must be an object. It is a list."),
    (payload() | {"messages": "Hello"}, "[messages]", "Must be a list. It is a string."),
    (payload(rcs(text="x" * 3073)), "[rcs][text]", "Must have at most 3072 characters. It has 3073 characters."),
    (
        payload(rcs(text="x", suggestions=[REPLY] * 12)),
        "[rcs][suggestions]",
        "Must have at most 11 items. It has 12 items.",
    ),
    (
        payload(rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": [CARD]}})),
        "[rcs][rich_card][carousel_card][card_contents]",
        "Must have 2 to 10 items. It has 1 item.",
    ),
    (payload(tags={"a": 1}), "[tags][a]", QUOTES),
    (payload(tags={"a": None}), "[tags][a]", "Must be a string. It is null."),
    (payload(tags={"a": "x" * 257}), "[tags][a]", "Must have at most 256 characters. It has 257 characters."),
    (payload(tags={"\ud800": "x"}), "[tags][?]", TAG),
    (payload(priority="High"), "[priority]", "Must be 'low', 'regular' or 'high'. Did you mean high?"),
    (payload(priority="urgent"), "[priority]", "Must be 'low', 'regular' or 'high'."),
    (payload(priority=1), "[priority]", "Must be 'low', 'regular' or 'high'. It is a number."),
    (payload(text_store="SHA-256"), "[text_store]", "Must be 'nostore', 'plaintext' or 'sha256'. Did you mean sha256?"),
    (
        payload(rcs(rich_card={"standalone_card": {**STANDALONE, "card_orientation": "vertical"}})),
        "[rcs][rich_card][standalone_card][card_orientation]",
        "Must be 'VERTICAL' or 'HORIZONTAL'. Did you mean VERTICAL?",
    ),
    (
        payload(rcs(text="x"), {"channel": "Whats-App"}),
        "[messages][1][channel]",
        "The channel must be rcs, sms, viber or whatsapp. Did you mean whatsapp?",
    ),
    (
        payload(rcs(text="x"), {"channel": 5}),
        "[messages][1][channel]",
        "The channel must be rcs, sms, viber or whatsapp. It is a number.",
    ),
    (on("viber", button_text="x"), "[viber]", "Something is missing beside button_text: add button_url, text."),
    (
        on("viber", video=VIBER["video"], image_url=VIBER["image_url"]),
        "[viber]",
        "These fields cannot be combined: image_url, video.",
    ),
    (
        action(share_location_action={}, dial_action=ACTIONS["dial_action"]),
        "[rcs][suggestions][0][action]",
        "Only one of these fields may be given: dial_action, share_location_action.",
    ),
    ({"text": "x"}, "[to]", "This field is required."),
    ({"to": PHONE}, "", "One of these fields is required: text, messages."),
    (payload(SMS), "[messages]", "One of the messages must be for the channel rcs."),
    (payload(rcs(text="x"), {"text": "x"}), "[messages][1][channel]", NO_CHANNEL),
    (payload(rcs(text="x"), rcs(text="x")), "[messages][1][channel]", "Each channel may be used only once."),
    ({"to": PHONE, "text": "x", 1: 1}, "[1]", "Names of fields must be strings of valid Unicode."),  # type: ignore[dict-item]
    (payload(rcs(text="\ud800")), "[rcs][text]", "Must be valid Unicode without lone surrogates."),
    (payload(rcs(text="")), "[rcs][text]", "Must not be empty."),
    (payload(rcs(text=" \0")), "[rcs][text]", "Must not have NUL characters."),
    (payload(rcs(text=" ")), "[rcs][text]", "Must have a character that can be seen, not only spaces."),
    (
        on(
            "viber",
            text="x",
            carousel={"items": [VIBER["carousel"]["items"][0], {**VIBER["carousel"]["items"][0], "title": "x"}]},
        ),
        "[viber][carousel][items][1][title]",
        "Must have at least 2 characters. It has 1 character.",
    ),
    (
        action(view_location_action={"lat_long": {"latitude": float("nan"), "longitude": 1}}),
        "[rcs][suggestions][0][action][view_location_action][lat_long][latitude]",
        "Must be a finite number.",
    ),
    (payload(rcs(text="x", ttl=0)), "[rcs][ttl]", "Must be at least 1."),
    (payload(rcs(text="x", ttl=2**31)), "[rcs][ttl]", "Must be at most 2147483647."),
    (payload(idempotency_key=".."), "[idempotency_key]", KEY),
    (on("sms", text="x", udh="x"), "[sms][udh]", "Must be bytes as pairs of hexadecimal digits."),
    (
        on("sms", text="x", sender="x" * 12),
        "[sms][sender]",
        "Must be at most 15 digits, or at most 11 characters of which the first can be seen.",
    ),
]
# What other tests here, and those of decoding, hold to the word.
ELSEWHERE = {
    "not_json",
    "repeated",
    "extra_forbidden",
    "phone",
    "web_url",
    "link",
    "rfc_3339",
    "iso_8601",
    "too_late",
    "too_early",
}


@pytest.mark.parametrize(("sent", "source", "detail"), VALUES, ids=[f"{at} {detail}"[:60] for _, at, detail in VALUES])
def test_a_value(sent: Json, source: str, detail: str) -> None:
    """The limit is told, how much there was, what stands there instead, and what was probably meant."""
    assert told(sent) == {f"payload{source}": detail}


def test_every_sentence_is_told() -> None:
    """Somebody can come to read each of them, and nobody a kind of error without one."""
    told_here = tuple(detail for *_, detail in VALUES)
    begins = {kind: sentence.partition("{")[0] for kind, sentence in SENTENCES.items()}
    untold = {kind for kind, begin in begins.items() if not any(detail.startswith(begin) for detail in told_here)}
    assert untold == ELSEWHERE


# --- Names ------------------------------------------------------------------------------------------------------------

KNOWN = (
    "Known here: to, text, messages, time_to_send, priority, text_store, idempotency_key, expires_at, on_unknown, "
    "ignore_opt_out, tags."
)
MEANT = {
    "To": "to",
    "to ": "to",
    "txt": "text",
    "mesages": "messages",
    "idempotency_keys": "idempotency_key",
    "time_to_sent": "time_to_send",
    "prioritiy": "priority",
    "tag": "tags",
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items())
def test_a_misspelt_field(name: str, meant: str) -> None:
    """Another case, other separators, or a slip."""
    found = told({"to": PHONE, "text": "x", name: 1})
    assert found == {f"payload[{name}]": f"{UNKNOWN} Did you mean {meant}?"}


@pytest.mark.parametrize("name", ["colour", "", "-", "\u00e9", "x" * 10_000, "[rcs]", "sender", "dlr_url"])
def test_a_field_like_no_other(name: str) -> None:
    """All fields of the object are named."""
    [detail] = told(payload(**{name: 1})).values()
    assert detail == f"{UNKNOWN} {KNOWN}"


def test_a_field_in_a_message() -> None:
    """The fields are those of the object that has the unknown one."""
    card = rcs(rich_card={"standalone_card": {**STANDALONE, "title": "x"}})
    suggestion = {"reply": {**REPLY["reply"], "postbackDatum": "x"}}
    location = {"action": {**REPLY["reply"], "share_location_action": {"colour": 1}}}
    assert list(told(payload(card)).values()) == [
        f"{UNKNOWN} Known here: card_orientation, thumbnail_image_alignment, card_content."
    ]
    assert list(told(payload(rcs(text="x", suggestions=[suggestion, location]))).values()) == [
        f"{UNKNOWN} Did you mean postback_data?",
        f"{UNKNOWN} This object has no fields.",
    ]


@pytest.mark.parametrize("sent", full_payloads().values(), ids=full_payloads())
def test_every_field_in_another_spelling(sent: Json) -> None:
    """Of a payload that is valid but for its names, only the names are told, all at once and however deep."""
    errors = told(_in_pascal_case(sent))
    assert "payload[To]" in errors
    for source, detail in errors.items():
        name = str(source).rpartition("[")[2].rstrip("]")
        meant = re.sub(r"(?<!^)(?=[A-Z])|(?<=[a-z])(?=\d)", "_", name).lower()
        assert detail in {f"{UNKNOWN} Did you mean {meant}?", f"{NO_CHANNEL} Write its name in lower case."}


def _in_pascal_case(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_pascal_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    # Names of tags and of a template's parameters are the caller's own.
    own = {name: value[name] for name in ("tags", "params") if name in value}
    return {
        "".join(map(str.capitalize, name.split("_"))): own.get(name) or _in_pascal_case(each)
        for name, each in value.items()
    }


def test_what_a_misspelt_field_holds_is_told_at_once() -> None:
    """As if the names were right; what only the wrong name broke is not told."""
    card = {"cardOrientation": "x", "thumbnail_image_alignment": "LEFT", "cardContent": {"title": 1}}
    inside = "payload[rcs][rich_card][standalone_card]"
    assert told(payload(rcs(richCard={"standalone-card": card}), expiresAt="soon")) == {
        "payload[rcs][richCard]": f"{UNKNOWN} Did you mean rich_card?",
        "payload[expiresAt]": f"{UNKNOWN} Did you mean expires_at?",
        "payload[rcs][rich_card][standalone-card]": f"{UNKNOWN} Did you mean standalone_card?",
        f"{inside}[cardOrientation]": f"{UNKNOWN} Did you mean card_orientation?",
        f"{inside}[cardContent]": f"{UNKNOWN} Did you mean card_content?",
        f"{inside}[card_orientation]": "Must be 'VERTICAL' or 'HORIZONTAL'.",
        f"{inside}[card_content][title]": QUOTES,
        "payload[expires_at]": RFC_3339,
    }


def test_two_names_of_one_field() -> None:
    """Each misspelt one is told once; beside the right one, the right one counts."""
    meant = f"{UNKNOWN} Did you mean to?"
    with pytest.raises(InvalidPayload) as invalid:
        parse({"TO": PHONE, "To": PHONE, "text": "x"})
    assert [(each["source"], each["detail"]) for each in invalid.value.errors] == [
        ("payload[TO]", meant),
        ("payload[To]", meant),
    ]
    assert told({"to": PHONE, "To": 1, "text": "x"}) == {"payload[To]": meant}


@pytest.mark.parametrize("secret", ["sentinel", "receipt", "texts", "senders"])
def test_what_was_sent_is_not_told(secret: str) -> None:
    """A name of the caller's stands in the source alone, however near it comes to one of ours; not in a log line."""
    for sent in (payload(**{secret: 1}), payload(rcs(text="x", **{secret: 1})), payload(tags={f"{secret} 1": "x"})):
        with pytest.raises(InvalidPayload) as invalid:
            parse(sent)
        assert all(secret not in error["detail"] for error in invalid.value.errors)
        assert secret not in str(loggable(invalid.value.errors))
