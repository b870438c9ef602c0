"""What somebody is told who sent a wrong value: enough to mend it at the first try, and nothing of what was sent."""

import sys
from typing import Any
from unicodedata import category

import pytest

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import check_key, parse
from support.strategies import (
    ACTIONS,
    CARD,
    CONTENT,
    PHONE,
    REPLY,
    STANDALONE,
    VIBER,
    Json,
    payload,
    rcs,
    refused,
    told,
)

NUMBER = "Must be a phone number by E.164, with + and 7 to 15 digits."
WEB = "Must be an absolute http or https URL."
LINK = "Must be an absolute URL with its scheme."
RFC_3339 = "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z."
ISO_8601 = "Must be a time by ISO 8601 with its zone, like 2030-01-31T09:05+02:00."
KEY = "Must be 1 to 255 letters, digits or -._~!$&'()*+,;=:@ (but not . or .. alone)."
SEEN = "Must have a character that can be seen, not only spaces."


def with_action(**fields: Any) -> Json:
    """Give a payload with one suggested action."""
    return payload(rcs(text="x", suggestions=[{"action": {"text": "Go", "postback_data": "go", **fields}}]))


ACTION = "payload[rcs][suggestions][0][action]"


# --- Phone numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("+372 5551 0001", "Use no spaces."),
        ("+372\u00a05551\u202f0001", "Use no spaces."),
        (" 37255510001", "Use no spaces. Begin with + and the country code."),
        ("+37255510001\n", "Use no line breaks."),
        ("+372-5551-0001", "Use no dashes."),
        ("+372\u20135551\u22120001", "Use no dashes."),
        ("+372.5551.0001", "Use no dots."),
        ("+372 (0) 5551-0001", "Use no spaces, no dashes and no parentheses."),
        ("+372/55510001", "Use no slashes."),
        ("+3725551000O", "Use no letters."),
        ("+1800FLOWERS", "Use no letters. It has 4 digits."),
        ("tel:+37255510001", "Use no prefix."),
        ("whatsapp:+37255510001", "Use no prefix."),
        ("\u202a+37255510001\u202c", "Use no invisible characters."),
        ("+372\u200b55510001", "Use no invisible characters."),
        ("+372_55510001", "Use no other characters."),
        ("%2b37255510001", "Use no letters and no other characters. Begin with + and the country code."),
        ("0037255510001", "Begin with + instead of 00."),
        ("37255510001", "Begin with + and the country code."),
        ("55510001", "Begin with + and the country code."),
        ("+0372555100", "No country code begins with 0."),
        ("++37255510001", "Give one number, with one +."),
        ("+37255510001,+37255510002", "Use no other characters. Give one number, with one +. It has 22 digits."),
        ("+372", "It has 3 digits."),
        ("+1", "It has 1 digit."),
        ("+1234567890123456", "It has 16 digits."),
        (
            "+\uff13\uff17\uff12\uff15\uff15\uff15\uff11\uff10\uff10\uff10\uff11",
            "Write + and the digits 0 to 9 in ASCII.",
        ),
        ("\uff0b37255510001", "Write + and the digits 0 to 9 in ASCII."),
        ("+\u0663\u0667\u0662\u0665\u0665\u0665\u0661\u0660", "Write + and the digits 0 to 9 in ASCII."),
        ("", "It is empty."),
        (" \t", "It is empty."),
    ],
)
def test_a_phone_number(number: str, hint: str) -> None:
    """Whatever a number has too much of or too little is named, for the recipient and for a number to dial."""
    assert told(payload(to=number)) == {"payload[to]": f"{NUMBER} {hint}"}
    dial = with_action(dial_action={"phone_number": number})
    assert told(dial) == {f"{ACTION}[dial_action][phone_number]": f"{NUMBER} {hint}"}


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (37255510001, "Put the number into double quotes, with + in front."),
        (37255510001.0, "Put the number into double quotes, with + in front."),
        ([PHONE], "It is a list: send a request for each number."),
        ({"number": PHONE}, "It is an object."),
        (True, "Put it into double quotes."),
        (None, "It is null."),
    ],
)
def test_a_phone_number_that_is_no_string(number: Any, hint: str) -> None:
    """A number of JSON loses its plus, and a list has no one recipient."""
    assert told(payload(to=number)) == {"payload[to]": f"Must be a string. {hint}"}


# --- URLs -------------------------------------------------------------------------------------------------------------

URLS = [
    ("https://example.com/a b", "Use no spaces: inside of a URL, %20 stands for a space."),
    (" https://example.com", "Use no spaces: inside of a URL, %20 stands for a space."),
    ("https://example.com\n", "Use no line breaks."),
    ("https://example.com/\x07", "Use no control characters."),
    ("", "It is empty."),
    ("example.com/a", "Put https:// in front."),
    ("www.example.com:8080/a", "Put https:// in front."),
    ("/a.png", "Put https:// in front."),
    ("//example.com/a", "Put https: in front."),
    ("https:/example.com", "Write https, a colon and two slashes."),
    ("https//example.com", "Write https, a colon and two slashes."),
    ("https:example.com", "Write https, a colon and two slashes."),
    ("https:\\\\example.com", "Write slashes, not backslashes."),
    ("https://", "The host is missing."),
    ("https:///a", "The host is missing."),
    ("https://:8080/a", "The host is missing."),
    ("https://http://example.com", "It has http:// or https:// twice."),
    ("<https://example.com>", "Use no brackets or quotes around it."),
    ("javascript:alert(1)", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("JavaScript://example.com/%0aalert(1)", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("vbscript:x", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("data:image/png;base64,AAAA", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("file:///tmp/a.png", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("blob:https://example.com/1", "Not allowed here: javascript, vbscript, data, file, blob, about."),
    ("http://localhost:8000/a.png", "Nobody else can reach localhost: name a public host."),
    ("https://shop.localhost", "Nobody else can reach localhost: name a public host."),
    ("https://user@127.0.0.1/a", "Nobody else can reach localhost: name a public host."),
    ("https://[::1]:80/a", "Nobody else can reach localhost: name a public host."),
    ("http://0.0.0.0", "Nobody else can reach localhost: name a public host."),
    ("localhost:8000/a", "Nobody else can reach localhost: name a public host."),
]


@pytest.mark.parametrize(("url", "hint"), URLS)
def test_a_url(url: str, hint: str) -> None:
    """What is wrong with a URL is said alike for a file, for a button and for what is opened."""
    content = payload(rcs(content_info={**CONTENT, "file_url": url, "thumbnail_url": url}))
    assert told(content) == {
        f"payload[rcs][content_info][{name}]": f"{WEB} {hint}" for name in ("file_url", "thumbnail_url")
    }
    action = with_action(open_url_action={"url": url, "application": "BROWSER"}, fallback_url=url)
    assert told(action) == {f"{ACTION}[{name}]": f"{LINK} {hint}" for name in ("fallback_url", "open_url_action][url")}
    content = {"text": "x", "button_text": "x", "button_url": url}
    button = told(payload(rcs(text="x"), {"channel": "viber", **content}))
    assert button["payload[viber][button_url]"] == f"{LINK} {hint}"


@pytest.mark.parametrize("url", ["mailto:shop@example.com", "ftp://example.com/a", "tel:+37255510001"])
def test_a_url_of_another_scheme(url: str) -> None:
    """Files come by http and https alone; what is opened may have another scheme."""
    content = payload(rcs(content_info={**CONTENT, "file_url": url}))
    assert told(content) == {"payload[rcs][content_info][file_url]": f"{WEB} Begin with https:// or http://."}
    assert parse(with_action(open_url_action={"url": url, "application": "BROWSER"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost.example.com",
        "https://mylocalhost",
        "https://127.0.0.1.example.com/",
        "https://example.com/?next=http://localhost",
        "com.example.shop:/cart",
        "geo:59.4,24.7",
        "database:1",
    ],
)
def test_a_url_that_only_looks_wrong(url: str) -> None:
    """Other hosts and schemes with a part of a refused name are fine."""
    assert parse(with_action(open_url_action={"url": url, "application": "BROWSER"}))


# --- Times ------------------------------------------------------------------------------------------------------------

TIMES = [
    ("2030-01-31T09:05:00", "The zone is missing: add Z for UTC, or an offset like +02:00."),
    ("2030-01-31 09:05", "The zone is missing: add Z for UTC, or an offset like +02:00."),
    ("2030-01-31", "The time of day and the zone are missing."),
    ("31.01.2030 09:05", "Write the date with dashes: year, month, day."),
    ("01/31/2030", "Write the date with dashes: year, month, day."),
    ("2030/01/31 09:05", "Write the date with dashes: year, month, day."),
    ("20300131T090500Z", "Write the date with dashes: year, month, day."),
    ("2030-1-31T09:05:00Z", "Write months, days and hours with two digits."),
    ("2030-01-31T9:05:00Z", "Write months, days and hours with two digits."),
    (
        "2030-01-31T09:05:00 +02:00",
        "Put no space before the zone, and write the zone as Z or as an offset like +02:00.",
    ),
    ("2030-01-31T09:05:00EET", "Write the zone as Z or as an offset like +02:00, not by its name."),
    ("2030-01-31T09:05:00+02:00[Europe/Tallinn]", "Write the zone as Z or as an offset like +02:00, not by its name."),
    ("2030-01-31T09:05:00 PM", "Use hours from 00 to 23."),
    ("1911111111", "It is a Unix time: write the date and the time."),
    ("1911111111000", "It is a Unix time: write the date and the time."),
    (" 2030-01-31T09:05:00Z", "Use no spaces before or after it."),
    ("", "It is empty."),
]


@pytest.mark.parametrize(("time", "hint"), TIMES)
def test_a_time(time: str, hint: str) -> None:
    """What is wrong with a time is said alike, whichever standard it must follow."""
    assert told(payload(time_to_send=time)) == {"payload[time_to_send]": f"{ISO_8601} {hint}"}
    assert told(payload(expires_at=time)) == {"payload[expires_at]": f"{RFC_3339} {hint}"}
    event = with_action(create_calendar_event_action=ACTIONS["create_calendar_event_action"] | {"start_time": time})
    assert told(event) == {f"{ACTION}[create_calendar_event_action][start_time]": f"{RFC_3339} {hint}"}


@pytest.mark.parametrize(
    ("time", "hint"),
    [
        ("2030-01-31 09:05Z", "Put a T between the date and the time, not a space."),
        ("2030-01-31t09:05Z", "Write T and Z in upper case."),
        ("2030-01-31T09:05z", "Write T and Z in upper case."),
        ("2030-02-30T09:05Z", "There is no such date or time, or it is not from 1900 to 2999."),
        ("9999-12-31T23:59Z", "There is no such date or time, or it is not from 1900 to 2999."),
    ],
)
def test_a_time_by_iso_8601(time: str, hint: str) -> None:
    """The stricter letters, and years that can be computed with."""
    assert told(payload(time_to_send=time)) == {"payload[time_to_send]": f"{ISO_8601} {hint}"}


@pytest.mark.parametrize(
    ("time", "hint"),
    [
        ("2030-01-31T09:05Z", "The seconds are missing."),
        ("2030-01-31T09:05:00+0200", "Write the offset of the zone with a colon, like +02:00."),
        ("2030-01-31T09:05:00+02", "Write the offset of the zone with a colon, like +02:00."),
        ("2030-02-30T09:05:00Z", "There is no such date or time."),
        ("2030-01-31T24:00:00Z", "There is no such date or time."),
    ],
)
def test_a_time_by_rfc_3339(time: str, hint: str) -> None:
    """RFC 3339 wants seconds, and a colon in the offset."""
    assert told(payload(expires_at=time)) == {"payload[expires_at]": f"{RFC_3339} {hint}"}


@pytest.mark.parametrize("name", ["time_to_send", "expires_at"])
@pytest.mark.parametrize("number", [1911111111, 1911111111.5])
def test_a_unix_time(name: str, number: float) -> None:
    """A number is answered with an example of what to write."""
    hint = "It is a number: write a time like 2030-01-31T09:05:00Z, not a Unix time."
    assert told(payload(**{name: number})) == {f"payload[{name}]": f"Must be a string. {hint}"}


@pytest.mark.parametrize(
    ("time_to_send", "expires_at"),
    [
        ("2030-01-31T18:00Z", "2030-01-31T13:00:00Z"),
        ("2030-01-31T13:00Z", "2030-01-31T13:00:00Z"),
        ("2030-01-31T13:00+02", "2030-01-31T12:59:59+02:00"),
        ("2030-01-31T12:00-05:00", "2030-01-31T16:59:59.9Z"),
        ("2030-01-31T13:00:00,5Z", "2030-01-31t13:00:00.4z"),
    ],
)
def test_a_deadline_before_the_message_goes_out(time_to_send: str, expires_at: str) -> None:
    """Such a message could never be sent: both fields are named, each with the other."""
    sent = payload(time_to_send=time_to_send, expires_at=expires_at)
    assert refused(sent) == [("105", "payload[time_to_send]"), ("105", "payload[expires_at]")]
    assert told(sent) == {
        "payload[time_to_send]": "Must be before expires_at.",
        "payload[expires_at]": "Must be after time_to_send.",
    }


@pytest.mark.parametrize(
    ("time_to_send", "expires_at"),
    [
        ("2030-01-31T13:00Z", "2030-01-31T13:00:01Z"),
        ("2030-01-31T13:00+02:00", "2030-01-31T12:00:00Z"),
        ("1999-01-31T13:00Z", "1999-01-31T14:00:00Z"),
        ("2030-01-31T13:00Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_deadline_after_the_message_goes_out(time_to_send: str, expires_at: str) -> None:
    """Also in the past: that a message is too late is no fault of its payload."""
    assert parse(payload(time_to_send=time_to_send, expires_at=expires_at))


def test_a_deadline_beside_a_time_that_is_wrong() -> None:
    """A time that cannot be read has its own error, and is not compared."""
    sent = payload(time_to_send="tomorrow", expires_at="2030-01-31T13:00:00Z", priority="urgent")
    assert set(told(sent)) == {"payload[time_to_send]", "payload[priority]"}
    assert set(told(payload(time_to_send="2030-01-31T18:00", expires_at="2030-01-31T13:00:00Z"))) == {
        "payload[time_to_send]"
    }


@pytest.mark.parametrize("end", ["2030-01-31T09:00:00Z", "2030-01-31T10:00:00+02:00", "2029-01-31T10:00:00Z"])
def test_an_event_that_ends_before_it_starts(end: str) -> None:
    """The end of a calendar event lies after its start."""
    event = ACTIONS["create_calendar_event_action"] | {"start_time": "2030-01-31T09:00:00Z", "end_time": end}
    assert told(with_action(create_calendar_event_action=event)) == {
        f"{ACTION}[create_calendar_event_action][start_time]": "Must be before end_time.",
        f"{ACTION}[create_calendar_event_action][end_time]": "Must be after start_time.",
    }


# --- Texts ------------------------------------------------------------------------------------------------------------

BLANKS = [
    "\U000e0020",
    "   ",
    "\t",
    "\n\r\n",
    "\u00a0",
    "\u200b",
    "\u2060\ufeff",
    "\u3000",
    "\u200e\u00ad",
    "\u2028",
    "\ufe0f",
]


def viber(**fields: Any) -> Json:
    """Give a payload with a Viber message."""
    return payload(rcs(text="x"), {"channel": "viber", **fields})


def whatsapp(**fields: Any) -> Json:
    """Give a payload with a WhatsApp message."""
    return payload(rcs(text="x"), {"channel": "whatsapp", **fields})


def with_card(**fields: Any) -> Json:
    """Give a payload with one card."""
    return payload(rcs(rich_card={"standalone_card": {**STANDALONE, "card_content": {**CARD, **fields}}}))


@pytest.mark.parametrize("blank", BLANKS)
def test_a_text_of_nothing(blank: str) -> None:
    """A text that the recipient would see as empty is refused, wherever the recipient would see it."""
    card = "payload[rcs][rich_card][standalone_card][card_content]"
    event, label = ACTIONS["create_calendar_event_action"], {"label": blank, "action_url": "https://example.com"}
    item = {**VIBER["carousel"]["items"][0], "primary_button": label, "title": blank * 2}
    for sent, sources in (
        ({"to": PHONE, "text": blank}, ["payload[text]"]),
        (payload(rcs(text=blank, sender=blank)), ["payload[rcs][sender]", "payload[rcs][text]"]),
        (with_card(title=blank, description=blank), [f"{card}[title]", f"{card}[description]"]),
        (
            payload(rcs(text="x", suggestions=[{"reply": {"text": blank, "postback_data": "x"}}])),
            ["payload[rcs][suggestions][0][reply][text]"],
        ),
        (with_action(text=blank, share_location_action={}), [f"{ACTION}[text]"]),
        (
            with_action(create_calendar_event_action={**event, "title": blank, "description": blank}),
            [f"{ACTION}[create_calendar_event_action][{name}]" for name in ("title", "description")],
        ),
        (with_action(view_location_action={"query": blank}), [f"{ACTION}[view_location_action][query]"]),
        (payload(rcs(text="x"), {"channel": "sms", "text": blank}), ["payload[sms][text]"]),
        (
            viber(text=blank, button_text=blank, button_url="https://example.com"),
            ["payload[viber][text]", "payload[viber][button_text]"],
        ),
        (
            viber(text="x", carousel={"items": [item, item]}),
            [
                f"payload[viber][carousel][items][{index}][{name}]"
                for index in (0, 1)
                for name in ("title", "primary_button][label")
            ],
        ),
        (whatsapp(text={"body": blank}), ["payload[whatsapp][text][body]"]),
        (whatsapp(image={"id": "1", "caption": blank}), ["payload[whatsapp][image][caption]"]),
    ):
        assert told(sent) == dict.fromkeys(sources, SEEN)


def test_a_text_of_any_space() -> None:
    """Whatever Unicode has as a space, a separator or a control character shows nothing by itself."""
    spaces = [each for each in map(chr, range(1, sys.maxunicode)) if category(each) in {"Zs", "Zl", "Zp", "Cc"}]
    assert len(spaces) > 80
    for each in spaces:
        assert refused({"to": PHONE, "text": each}) == [("105", "payload[text]")]


@pytest.mark.parametrize("blank", BLANKS)
def test_an_sms_sender_of_nothing(blank: str) -> None:
    """A sender is a number or a name, and begins with what can be seen."""
    for sender in (blank, f"{blank}Shop"):
        [detail] = told(payload(rcs(text="x"), {"channel": "sms", "text": "x", "sender": sender})).values()
        assert detail.endswith(" Begin with a character that can be seen.")


@pytest.mark.parametrize("text", [" Hello ", "\ufeffHello", "\N{GRINNING FACE}", "\u2764\ufe0f", ".", "\u05d0\u200f"])
def test_a_text_with_space_around(text: str) -> None:
    """One character that can be seen is enough, wherever it stands."""
    assert parse({"to": PHONE, "text": text})


@pytest.mark.parametrize("blank", [" ", "\u200b"])
def test_nothing_where_it_has_a_use(blank: str) -> None:
    """An empty title is no title; a template's parameter and what a tap sends back are not looked at as texts."""
    assert parse(with_card(title="", description=""))
    assert parse(payload(rcs(text="x", suggestions=[{"reply": {"text": "x", "postback_data": blank}}])))
    assert parse(viber(template={"id": "t", "lang": "en", "params": {"name": blank}}))
    parameters = [{"type": "body", "parameters": [{"type": "text", "text": blank}]}]
    assert parse(whatsapp(template={"name": "n", "language": {"code": "en"}, "components": parameters}))


@pytest.mark.parametrize(
    ("sent", "source", "detail"),
    [
        (rcs(text=""), "[text]", "Must not be empty."),
        (rcs(text="x" * 3073), "[text]", "Must have at most 3072 characters. It has 3073 characters."),
        (rcs(text="a\0b"), "[text]", "Must not have NUL characters."),
        (rcs(text=" \0"), "[text]", "Must not have NUL characters."),
        (
            rcs(text="x", suggestions=[{"reply": {"text": "x" * 27, "postback_data": "x"}}]),
            "[suggestions][0][reply][text]",
            "Must have at most 25 characters. It has 27 characters.",
        ),
        (rcs(text="x", suggestions=[REPLY] * 12), "[suggestions]", "Must have at most 11 items. It has 12 items."),
        (
            rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": [CARD]}}),
            "[rich_card][carousel_card][card_contents]",
            "Must have 2 to 10 items. It has 1 item.",
        ),
        (
            rcs(rich_card={"carousel_card": {"card_width": "SMALL", "card_contents": []}}),
            "[rich_card][carousel_card][card_contents]",
            "Must have 2 to 10 items. It is empty.",
        ),
        (rcs(text="x", ttl=0), "[ttl]", "Must be at least 1."),
        (rcs(text="x", ttl=2**31), "[ttl]", "Must be at most 2147483647."),
    ],
)
def test_too_much_or_too_little(sent: Json, source: str, detail: str) -> None:
    """The limit is told, and how much there was."""
    assert told(payload(sent)) == {f"payload[rcs]{source}": detail}


@pytest.mark.parametrize(
    ("title", "detail"), [("x", "Must have at least 2 characters. It has 1 character."), ("x" * 39, None)]
)
def test_a_title_on_viber(title: str, detail: str | None) -> None:
    """A lower limit above one tells how many there were, too."""
    item = {**VIBER["carousel"]["items"][0], "title": title}
    [found] = told(viber(text="x", carousel={"items": [item, VIBER["carousel"]["items"][0]]})).values()
    assert found == (detail or "Must have at most 38 characters. It has 39 characters.")


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"sender": "x" * 12}, "It has 12 characters."),
        ({"sender": "1" * 16}, "It has 16 characters."),
        ({"udh": "050"}, "It has 3 digits."),
        ({"udh": "05 0"}, "Use no spaces."),
        ({"udh": "0x05"}, "Use only 0 to 9 and A to F."),
    ],
)
def test_an_sms(fields: Json, detail: str) -> None:
    """A sender and a header tell what they have too much of."""
    [found] = told(payload(rcs(text="x"), {"channel": "sms", "text": "x", **fields})).values()
    assert found.endswith(f". {detail}")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("", "It is empty."),
        ("order 1", "Use no spaces."),
        ("orders/1", "Use no slashes."),
        ("order%201", "Use no percent signs."),
        ("ordér", "Use ASCII characters only."),
        ("x" * 256, "It has 256 characters."),
    ],
)
def test_a_key(key: str, hint: str) -> None:
    """What a key must not have is named, in the field and in the header."""
    assert told(payload(idempotency_key=key)) == {"payload[idempotency_key]": f"{KEY} {hint}"}
    with pytest.raises(InvalidPayload) as caught:
        check_key(key, "header[Idempotency-Key]")
    assert [error["detail"] for error in caught.value.errors] == [f"{KEY} {hint}"]


# --- Kinds of values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "source", "detail"),
    [
        (rcs(text="x", ttl="600"), "[ttl]", "Must be a whole number. Write it without quotes."),
        (rcs(text="x", ttl=600.0), "[ttl]", "Must be a whole number. Write it without a decimal point."),
        (rcs(text="x", ttl=0.5), "[ttl]", "Must be a whole number. It is another number."),
        (rcs(text="x", ttl=float("inf")), "[ttl]", "Must be a whole number. It is another number."),
        (rcs(text="x", ttl=True), "[ttl]", "Must be a whole number. It is a boolean."),
        (rcs(text="x", ttl="ten"), "[ttl]", "Must be a whole number. It is a string."),
        (rcs(text="x", ttl=None), "[ttl]", "Must be a whole number. It is null: leave the field out instead."),
        (rcs(text=5), "[text]", "Must be a string. Put it into double quotes."),
        (rcs(text=True), "[text]", "Must be a string. Put it into double quotes."),
        (rcs(text={"body": "x"}), "[text]", "Must be a string. It is an object."),
        (rcs(text=["x"]), "[text]", "Must be a string. It is a list."),
        (rcs(text=None), "[text]", "Must be a string. It is null: leave the field out instead."),
        (
            rcs(content_info={**CONTENT, "force_refresh": "true"}),
            "[content_info][force_refresh]",
            "Must be true or false. Write it without quotes.",
        ),
        (
            rcs(content_info={**CONTENT, "force_refresh": 1}),
            "[content_info][force_refresh]",
            "Must be true or false. It is a number.",
        ),
        (
            rcs(content_info={**CONTENT, "force_refresh": None}),
            "[content_info][force_refresh]",
            "Must be true or false. It is null.",
        ),
        (rcs(text="x", suggestions=REPLY), "[suggestions]", "Must be a list. It is an object: put [ and ] around it."),
        (
            rcs(text="x", suggestions="[]"),
            "[suggestions]",
            "Must be a list. It is a string that holds JSON: send the list itself.",
        ),
        (rcs(text="x", suggestions="Yes"), "[suggestions]", "Must be a list. It is a string."),
        (
            rcs(content_info=[CONTENT]),
            "[content_info]",
            "Must be an object. It is a list: send one object. The object needs the fields file_url and force_refresh.",
        ),
        (
            rcs(content_info='{"file_url": "https://example.com"}'),
            "[content_info]",
            "Must be an object. It is a string that holds JSON: send the object itself.",
        ),
        (
            rcs(rich_card="x"),
            "[rich_card]",
            "Must be an object. It is a string. The object needs one of the fields standalone_card or carousel_card.",
        ),
        (
            rcs(text="x", suggestions=["Yes"]),
            "[suggestions][0]",
            "Must be an object. It is a string. The object needs one of the fields reply or action.",
        ),
        (
            rcs(text="x", suggestions=[{"reply": "Yes"}]),
            "[suggestions][0][reply]",
            "Must be an object. It is a string. The object needs the fields text and postback_data.",
        ),
    ],
)
def test_a_value_of_another_kind(sent: Json, source: str, detail: str) -> None:
    """It is said what stands there instead, and what an object would need."""
    assert told(payload(sent)) == {f"payload[rcs]{source}": detail}


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ({"text": "y"}, "The object needs the field body."),
        ({"template": "y"}, "The object needs the fields name, language and components."),
        ({"image": "https://example.com/a.png"}, "The object needs one of the fields id or link."),
    ],
)
def test_a_string_where_whatsapp_wants_an_object(content: Json, detail: str) -> None:
    """The field inside is named."""
    [(source, found)] = told(whatsapp(**content)).items()
    assert source == f"payload[whatsapp][{next(iter(content))}]"
    assert found == f"Must be an object. It is a string. {detail}"


@pytest.mark.parametrize("latitude", ["59.4", " 59,4 "])
def test_coordinates_in_quotes(latitude: str) -> None:
    """A number in quotes is no number."""
    sent = with_action(view_location_action={"lat_long": {"latitude": latitude, "longitude": 24.7}})
    assert list(told(sent).values()) == ["Must be a number. Write it without quotes."]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (rcs(text="x"), {"": "Must be a list. It is an object: put [ and ] around it."}),
        ("Hello", {"": "Must be a list. It is a string: for one RCS text, use the field text."}),
        (
            [rcs(text="x"), "Hello"],
            {"[1]": "Must be an object. It is a string. Each message is an object with the field channel."},
        ),
        (
            [rcs(text="x"), [rcs(text="x")]],
            {
                "[1]": "Must be an object. It is a list: send one object. "
                "Each message is an object with the field channel."
            },
        ),
        ([rcs(text="x"), {"text": "x"}], {"[1][channel]": "The channel is required: rcs, sms, viber or whatsapp."}),
        (
            [rcs(text="x"), {"Channel": "sms", "text": "x"}],
            {
                "[1][channel]": "The channel is required: rcs, sms, viber or whatsapp. "
                "The name of the field is channel, in lower case."
            },
        ),
        (
            [rcs(text="x"), {"sms": {"text": "x"}}],
            {
                "[1][channel]": "The channel is required: rcs, sms, viber or whatsapp. "
                'Write it as a field of the message, like "channel": "rcs".'
            },
        ),
        (
            [rcs(text="x"), {"to": PHONE, "text": "x"}],
            {
                "[1][channel]": "The channel is required: rcs, sms, viber or whatsapp. "
                "A message has no recipient of its own: send a request for each recipient."
            },
        ),
        (
            [rcs(text="x"), {"channel": "SMS", "text": "x"}],
            {"[1][channel]": "The channel must be rcs, sms, viber or whatsapp. Did you mean sms?"},
        ),
        (
            [rcs(text="x"), {"channel": "Whats-App", "text": "x"}],
            {"[1][channel]": "The channel must be rcs, sms, viber or whatsapp. Did you mean whatsapp?"},
        ),
        (
            [rcs(text="x"), {"channel": "pigeon"}],
            {"[1][channel]": "The channel must be rcs, sms, viber or whatsapp."},
        ),
        (
            [rcs(text="x"), {"channel": 5}],
            {"[1][channel]": "The channel must be rcs, sms, viber or whatsapp. It is a number."},
        ),
    ],
)
def test_messages(messages: Any, expected: dict[str, str]) -> None:
    """What is no list of messages, and what is no message of a channel."""
    assert told({"to": PHONE, "messages": messages}) == {
        f"payload[messages]{at}": each for at, each in expected.items()
    }


# --- What was meant ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (payload(priority="High"), "Must be 'low', 'regular' or 'high'. Did you mean high?"),
        (payload(priority=1), "Must be 'low', 'regular' or 'high'. It is a number."),
        (payload(priority="urgent"), "Must be 'low', 'regular' or 'high'."),
        (payload(text_store="NoStore"), "Must be 'nostore', 'plaintext' or 'sha256'. Did you mean nostore?"),
        (payload(text_store="SHA-256"), "Must be 'nostore', 'plaintext' or 'sha256'. Did you mean sha256?"),
        (payload(on_unknown="re-send"), "Must be 'hold' or 'resend'. Did you mean resend?"),
        (
            payload(rcs(text="x"), {"channel": "sms", "text": "x", "autoconvert": True}),
            "Must be 'on', 'full' or 'off'. It is a boolean.",
        ),
        (
            payload(rcs(rich_card={"standalone_card": {**STANDALONE, "card_orientation": "vertical"}})),
            "Must be 'VERTICAL' or 'HORIZONTAL'. Did you mean VERTICAL?",
        ),
        (
            with_action(open_url_action={"url": "https://example.com", "application": "WebView"}),
            "Must be 'BROWSER' or 'WEBVIEW'. Did you mean WEBVIEW?",
        ),
    ],
)
def test_a_choice(sent: Json, detail: str) -> None:
    """A value in another case, or nearly right, is answered with the right one."""
    assert list(told(sent).values()) == [detail]


def test_ttl_and_validity() -> None:
    """The two that exclude each other are named."""
    sent = payload(rcs(text="x", ttl=60, validity=1))
    assert told(sent) == {"payload[rcs]": "Only one of these fields may be given: ttl, validity."}


def test_alternatives() -> None:
    """Of fields that exclude each other those are named that were given."""
    two = with_action(share_location_action={}, dial_action=ACTIONS["dial_action"])
    assert told(two) == {ACTION: "Only one of these fields may be given: dial_action, share_location_action."}
    both = payload(rcs(text="x", suggestions=[REPLY | {"action": {**REPLY["reply"], "share_location_action": {}}}]))
    assert told(both) == {"payload[rcs][suggestions][0]": "Only one of these fields may be given: reply, action."}
    cards = {"standalone_card": STANDALONE, "carousel_card": {"card_width": "SMALL", "card_contents": [CARD, CARD]}}
    assert told(payload(rcs(rich_card=cards))) == {
        "payload[rcs][rich_card]": "Only one of these fields may be given: standalone_card, carousel_card."
    }


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        (("button_text",), "Something is missing beside button_text: add button_url, text."),
        (("carousel",), "Something is missing beside carousel: add text."),
        (("text", "image_url"), "Something is missing beside image_url, text: add button_text, button_url."),
        (("video", "image_url"), "These fields cannot be combined: image_url, video."),
    ],
)
def test_fields_of_viber(fields: tuple[str, ...], detail: str) -> None:
    """What would make a combination complete is named, if anything would."""
    assert told(viber(**{name: VIBER[name] for name in fields})) == {"payload[viber]": detail}


# --- Actions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"view_location_action": {}}, {"[view_location_action]": "One of these fields is required: lat_long, query."}),
        (
            {"view_location_action": {"label": "Here", "query": None}},
            {"[view_location_action]": "One of these fields is required: lat_long, query."},
        ),
        (
            {"view_location_action": {"query": ""}},
            {"[view_location_action]": "One of these fields is required: lat_long, query."},
        ),
        (
            {"view_location_action": {"lat_long": {}}},
            {
                "[view_location_action][lat_long][latitude]": "This field is required.",
                "[view_location_action][lat_long][longitude]": "This field is required.",
            },
        ),
        (
            {"view_location_action": {"lat_long": "59.4,24.7"}},
            {
                "[view_location_action][lat_long]": "Must be an object. It is a string. "
                "The object needs the fields latitude and longitude."
            },
        ),
        ({"dial_action": {}}, {"[dial_action][phone_number]": "This field is required."}),
        (
            {"dial_action": PHONE},
            {"[dial_action]": "Must be an object. It is a string. The object needs the field phone_number."},
        ),
        (
            {"open_url_action": "https://example.com"},
            {
                "[open_url_action]": "Must be an object. It is a string. "
                "The object needs the fields url and application."
            },
        ),
        (
            {"open_url_action": {}},
            {f"[open_url_action][{name}]": "This field is required." for name in ("url", "application")},
        ),
        (
            {"create_calendar_event_action": {}},
            {
                f"[create_calendar_event_action][{name}]": "This field is required."
                for name in ("start_time", "end_time", "title", "description")
            },
        ),
        ({"share_location_action": True}, {"[share_location_action]": "Must be an object. It is a boolean."}),
        (
            {"share_location_action": {"label": "x"}},
            {"[share_location_action][label]": None},
        ),
    ],
)
def test_an_action(action: Json, expected: dict[str, str | None]) -> None:
    """What Messente requires of each action."""
    found = told(with_action(**action))
    assert set(found) == {ACTION + at for at in expected}
    assert all(detail in (None, found[ACTION + at]) for at, detail in expected.items())


@pytest.mark.parametrize(
    "place",
    [{"lat_long": {"latitude": 59.4, "longitude": 24.7}}, {"query": "Growing Tree Bank"}, {"label": "x", "query": "y"}],
)
def test_a_place(place: Json) -> None:
    """Coordinates, or what to search for, are each enough."""
    assert parse(with_action(view_location_action=place))
