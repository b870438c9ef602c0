"""What somebody is told who sent a wrong value: enough to mend it at the first try, and nothing of what was sent."""

from typing import Any

import pytest

from messente_rcs.payload.errors import SENTENCES, loggable
from messente_rcs.payload.omnimessage import Payload, fields_of
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
    errors_of,
    payload,
    rcs,
    source,
    spoilt,
    told,
)
from tests.unit.payload.test_choices import on, with_action
from tests.unit.payload.test_limits import cases

NUMBER = "Must be a phone number by E.164, with + and 7 to 15 digits."
ONLY_DIGITS = f"{NUMBER} Write one + and then only digits 0 to 9."
LINK = "Must be an absolute URL with its scheme."
RFC_3339 = "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z."
ISO_8601 = "Must be a time by ISO 8601 with its zone, like 2030-01-31T09:05+02:00."
UNKNOWN = "This field is unknown here."
NO_CHANNEL = "The channel is required: rcs, sms, viber or whatsapp."
TAG = "The name must be 1 to 64 ASCII letters, digits, dashes, dots, colons or underscores."

QUOTES = "Must be a string. Put it into double quotes."
NULL = "It is null: leave the field out instead."
LOCAL = "Nobody else can reach localhost: name a public host."
SPACES = "Use no spaces: inside of a URL, %20 stands for a space."
SCHEMES = "Not allowed here: javascript, vbscript, data, file, blob, about."
UNIX = "It is a Unix time: write the date and the time."
NOT_UNIX = "Must be a string. It is a number: write a time like 2030-01-31T09:05:00Z, not a Unix time."
NO_ZONE = "The zone is missing: add Z for UTC, or an offset like +02:00."
NO_SUCH = "There is no such date or time"
LOST = "\ufffd\ufffd\ufffd"  # a lone surrogate in a name

NUMBERS = {
    "+372 5551 0001": ONLY_DIGITS,
    "+372\u200b55510001": ONLY_DIGITS,
    "+\uff13\uff17\uff12\uff15\uff15\uff15\uff11\uff10": ONLY_DIGITS,
    "++37255510001": ONLY_DIGITS,
    "+37255510001,+37255510002": f"{ONLY_DIGITS} It has 22 digits.",
    "0037255510001": f"{NUMBER} Begin with + instead of 00.",
    "37255510001": f"{NUMBER} Begin with + and the country code.",
    "+0372555100": f"{NUMBER} No country code begins with 0.",
    "+1": f"{NUMBER} It has 1 digit.",
    "+1234567890123456": f"{NUMBER} It has 16 digits.",
    "": f"{NUMBER} Begin with + and the country code. It has 0 digits.",
}
URLS = {
    "https://example.com/a b": SPACES,
    "https://example.com\n": SPACES,
    "": "Begin with https://.",
    "www.example.com:8080/a": "Begin with https://.",
    "https:/example.com": "Begin with https://.",
    "https:///a": "The host is missing.",
    "https://:8080/a": "The host is missing.",
    "JavaScript://example.com/%0aalert(1)": SCHEMES,
    "data:image/png;base64,AAAA": SCHEMES,
    "http://localhost:8000/a.png": LOCAL,
    "https://user@127.0.0.1/a": LOCAL,
    "https://[::1]:80/a": LOCAL,
    "localhost:8000/a": LOCAL,
}
TIMES = {
    "2030-01-31T09:05:00": f" {NO_ZONE}",
    "2030-01-31": " The time of day and the zone are missing.",
    "1911111111": f" {UNIX}",
    "31.01.2030 09:05": "",
    "": "",
}

# By the model and the name of a field: wrong values, and what is said of each.
VALUES: dict[str, list[tuple[Any, str]]] = {
    "Omnimessage.to": [
        *NUMBERS.items(),
        (37255510001, "Must be a string. Put the number into double quotes, with + in front."),
        ([PHONE], "Must be a string. It is a list."),
        (None, "Must be a string. It is null."),
    ],
    "DialAction.phone_number": [*NUMBERS.items()],
    "ContentInfo.file_url": [(url, f"Must be an absolute http or https URL. {hint}") for url, hint in URLS.items()],
    "SuggestedAction.fallback_url": [(url, f"{LINK} {hint}") for url, hint in URLS.items()],
    "OpenUrlAction.url": [(url, f"{LINK} {hint}") for url, hint in URLS.items()],
    "Omnimessage.time_to_send": [
        *((time, f"{ISO_8601}{hint}") for time, hint in TIMES.items()),
        ("9999-12-31T23:59:00Z", f"{ISO_8601} {NO_SUCH}, or it is not from 1900 to 2999."),
        (1911111111, NOT_UNIX),
    ],
    "Payload.expires_at": [
        *((time, f"{RFC_3339}{hint}") for time, hint in TIMES.items()),
        ("2030-02-30T09:05:00Z", f"{RFC_3339} {NO_SUCH}."),
        ("2030-01-31T09:05Z", f"{RFC_3339} The seconds are missing."),
        ("2030-01-31T09:05:00+0200", f"{RFC_3339} Write the offset of the zone with a colon, like +02:00."),
        (1911111111.5, NOT_UNIX),
    ],
    "Rcs.text": [
        (5, QUOTES),
        (None, f"Must be a string. {NULL}"),
        ("x" * 3073, "Must have at most 3072 characters. It has 3073 characters."),
        ("\ud800", "Must be valid Unicode without lone surrogates."),
        ("", "Must not be empty."),
        (" \0", "Must not have NUL characters."),
        (" ", "Must have a character that can be seen, not only spaces."),
    ],
    "ChannelFields.ttl": [
        ("600", "Must be a whole number. Write it without quotes."),
        (600.0, "Must be a whole number. Write it without a decimal point."),
        (0.5, "Must be a whole number. It is a number."),
        (True, "Must be a whole number. It is a boolean."),
        (None, f"Must be a whole number. {NULL}"),
        (0, "Must be at least 1."),
        (2**31, "Must be at most 2147483647."),
    ],
    "LatLng.latitude": [
        (" 59,4 ", "Must be a number. Write it without quotes."),
        (float("nan"), "Must be a finite number."),
    ],
    "ContentInfo.force_refresh": [("true", "Must be true or false. Write it without quotes.")],
    "Rcs.suggestions": [
        (REPLY, "Must be a list. It is an object: put [ and ] around it."),
        ([REPLY] * 12, "Must have at most 11 items. It has 12 items."),
    ],
    "CarouselCard.card_contents": [([CARD], "Must have 2 to 10 items. It has 1 item.")],
    "Rcs.content_info": [
        ([CONTENT], "Must be an object. It is a list. Its fields: file_url, force_refresh, thumbnail_url.")
    ],
    "WhatsApp.text": [
        ('{"body": "x"}', "Must be an object. It is a string that holds JSON. Its fields: body, preview_url."),
    ],
    "Payload.tags": [([], "Must be an object. It is a list.")],
    "Omnimessage.messages": [("Hello", "Must be a list. It is a string.")],
    "Omnimessage.priority": [
        ("High", "Must be 'low', 'regular' or 'high'. Did you mean high?"),
        ("urgent", "Must be 'low', 'regular' or 'high'."),
        (1, "Must be 'low', 'regular' or 'high'. It is a number."),
    ],
    "Omnimessage.text_store": [("SHA-256", "Must be 'nostore', 'plaintext' or 'sha256'. Did you mean sha256?")],
    "CarouselItem.title": [("x", "Must have at least 2 characters. It has 1 character.")],
    "Payload.idempotency_key": [
        ("..", "Must be 1 to 255 letters, digits or -._~!$&'()*+,;=:@ (but not . or .. alone).")
    ],
    "Sms.udh": [("x", "Must be bytes as pairs of hexadecimal digits.")],
    "Sms.sender": [("x" * 12, "Must be at most 15 digits, or at most 11 characters of which the first can be seen.")],
}


# Payloads with one error, which is not that of a field's value.
PAYLOADS: list[tuple[Json, str, str]] = [
    (payload(rcs(text="x", suggestions=[None])), "[rcs][suggestions][0]", "Must be an object. It is null."),
    (
        payload(rcs(text="x", suggestions=["Yes"])),
        "[rcs][suggestions][0]",
        "Must be an object. It is a string. Its fields: reply, action.",
    ),
    (payload(tags={"a": None}), "[tags][a]", "Must be a string. It is null."),
    (payload(tags={"a": "x" * 257}), "[tags][a]", "Must have at most 256 characters. It has 257 characters."),
    (payload(tags={"\ud800": "x"}), f"[tags][{LOST}]", TAG),
    (
        on("viber", template={"id": "t", "lang": "en", "params": {"\ud800": "x"}}),
        f"[viber][template][params][{LOST}]",
        "Names of fields must be strings of valid Unicode.",
    ),
    (
        on("viber", template={"id": "t", "lang": "en", "params": {"a\0": "x"}}),
        "[viber][template][params][a]",
        "Must not have NUL characters.",
    ),
    (
        on("Whats-App", text={"body": "x"}),
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
        with_action({name: ACTIONS[name] for name in ("dial_action", "share_location_action")}),
        "[rcs][suggestions][0][action]",
        "Only one of these fields may be given: dial_action, share_location_action.",
    ),
    ({"text": "x"}, "[to]", "This field is required."),
    ({"to": PHONE}, "", "One of these fields is required: text, messages."),
    (payload(SMS), "[messages]", "One of the messages must be for the channel rcs."),
    (payload(rcs(text="x"), {"text": "x"}), "[messages][1][channel]", NO_CHANNEL),
    (
        payload(rcs(text="x"), {"Channel": "sms", "text": "x"}),
        "[messages][1][channel]",
        f"{NO_CHANNEL} Write its name in lower case.",
    ),
    (payload(rcs(text="x"), rcs(text="x")), "[messages][1][channel]", "Each channel may be used only once."),
    ({"to": PHONE, "text": "x", 1: 1}, "[1]", "Names of fields must be strings of valid Unicode."),  # type: ignore[dict-item]
]
# What other tests here, and those of decoding and choices, hold to the word.
ELSEWHERE = {"denied", "not_json", "repeated", "extra_forbidden", "too_late", "too_early"}


@pytest.mark.parametrize(
    ("key", "value", "detail"), [(key, *each) for key, told_of in VALUES.items() for each in told_of]
)
def test_a_value(key: str, value: Any, detail: str) -> None:
    """The limit is told, how much there was, what stands there instead, and what was probably meant."""
    for sent, way in cases(key):
        assert told(spoilt(sent, way, value)) == {source(sent, way): detail}


@pytest.mark.parametrize(("sent", "at", "detail"), PAYLOADS, ids=[f"{at} {detail}"[:60] for _, at, detail in PAYLOADS])
def test_a_payload(sent: Json, at: str, detail: str) -> None:
    """What is missing or too much is told, and what it belongs to."""
    assert told(sent) == {f"payload{at}": detail}


@pytest.mark.parametrize(
    ("value", "detail"), [("x" * 257, "Must have at most 256 characters."), (1, "Must be a string."), ("x", "")]
)
def test_a_value_whose_name_is_no_unicode(value: Any, detail: str) -> None:
    """Both are told at the same place, and nothing is said of a value that cannot be found by that name."""
    errors = errors_of(payload(tags={"\ud800a": value}))
    assert {each["source"] for each in errors} == {f"payload[tags][{LOST}a]"}
    assert [each["detail"] for each in errors] == [*filter(None, [detail]), TAG]


def test_every_sentence_is_told() -> None:
    """Somebody can come to read each of them, and nobody a kind of error without one."""
    told_here = [detail for each in VALUES.values() for _, detail in each] + [detail for *_, detail in PAYLOADS]
    begins = {kind: sentence.partition("{")[0] for kind, sentence in SENTENCES.items()}
    untold = {kind for kind, begin in begins.items() if not any(detail.startswith(begin) for detail in told_here)}
    assert untold == ELSEWHERE


KNOWN = f"Known here: {', '.join(fields_of(Payload))}."
# By the name: another case, other separators, a slip; or like no other.
NAMES = {
    "To": "Did you mean to?",
    "to ": "Did you mean to?",
    "txt": "Did you mean text?",
    "idempotency_keys": "Did you mean idempotency_key?",
    "time_to_sent": "Did you mean time_to_send?",
    **dict.fromkeys(("colour", "", "-", "\u00e9", "x" * 10_000, "[rcs]", "[key]", "dlr_url"), KNOWN),
}


@pytest.mark.parametrize(("name", "hint"), NAMES.items(), ids=[name[:9] for name in NAMES])
def test_an_unknown_field(name: str, hint: str) -> None:
    """The field that is probably meant is named, or else all fields of the object."""
    [detail] = told({"to": PHONE, "text": "x", name: 1}).values()
    assert detail == f"{UNKNOWN} {hint}"


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


def test_what_a_misspelt_field_holds_is_told_at_once() -> None:
    """As if the names were right; what only the wrong name broke is not told."""
    card = {"card_orientation": "x", "thumbnail_image_alignment": "LEFT", "cardContent": {"title": 1}}
    inside = "payload[rcs][rich_card][standalone_card]"
    assert told(payload(rcs(richCard={"standalone-card": card}))) == {
        "payload[rcs][richCard]": f"{UNKNOWN} Did you mean rich_card?",
        "payload[rcs][rich_card][standalone-card]": f"{UNKNOWN} Did you mean standalone_card?",
        f"{inside}[cardContent]": f"{UNKNOWN} Did you mean card_content?",
        f"{inside}[card_orientation]": "Must be 'VERTICAL' or 'HORIZONTAL'.",
        f"{inside}[card_content][title]": QUOTES,
    }
    assert told(payload({"channel": "RCS", "text": "x", "ttl": 0}, on("rcs")["messages"][1])) == {
        "payload[messages][0][channel]": "The channel must be rcs, sms, viber or whatsapp. Did you mean rcs?",
        "payload[messages][1][channel]": "Each channel may be used only once.",
        "payload[rcs][ttl]": "Must be at least 1.",
        "payload[messages][1]": "One of these fields is required: text, content_info, rich_card.",
    }


def test_two_names_of_one_field() -> None:
    """Each misspelt one is told once; beside the right one, the right one counts."""
    meant = f"{UNKNOWN} Did you mean to?"
    twice = errors_of({"TO": PHONE, "To": PHONE, "text": "x"})
    assert [(each["source"], each["detail"]) for each in twice] == [("payload[TO]", meant), ("payload[To]", meant)]
    assert told({"to": PHONE, "To": 1, "text": "x"}) == {"payload[To]": meant}


@pytest.mark.parametrize("secret", ["sentinel", "receipt", "texts", "senders"])
def test_what_was_sent_is_not_told(secret: str) -> None:
    """A name of the caller's stands in the source alone, however near it comes to one of ours; not in a log line."""
    for sent in (payload(**{secret: 1}), payload(rcs(text="x", **{secret: 1})), payload(tags={f"{secret} 1": "x"})):
        errors = errors_of(sent)
        assert all(secret not in error["detail"] for error in errors)
        assert secret not in str(loggable(errors))
