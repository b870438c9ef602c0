"""Advice on a valid payload: what costs more than it seems, or looks wrong on a handset. It rejects nothing.

Each rule is a section of src/docs/advice.md, which has its source. No path on which a message is sent imports this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from messente_rcs.inbound.stop_words import StopWords, Wish
from messente_rcs.payload.decode import walk
from messente_rcs.payload.errors import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from messente_rcs.payload.decode import Way
    from messente_rcs.payload.submission import Submission

PAGE = "src/docs/advice.md"

BASIC = 160  # characters of an RCS text of the lower price class
LONGEST_TITLE = 100  # characters: about three lines
SHORTEST_TTL = 60  # seconds
BUTTONS = {"TALL": 1, "MEDIUM": 2, "SHORT": 3}  # that fit below a picture of this height

# GSM 03.38: its basic characters take one septet, those of the extension two.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = set("\f^{}\\[~]|€")
_GSM_PART, _UCS_2_PART = (160, 153), (70, 67)  # units of a single part, and of each of several

# Pictures and videos by the ends of their names; a URL with another end may lead to anything.
_NOT_SHOWN = ("webp", "svg", "bmp", "tif", "tiff", "heic", "heif", "avif", "mov", "avi", "mkv", "wmv", "flv", "ogv")
_URL = re.compile(r"https?://\S|\bwww\.\w", re.IGNORECASE)

type _Found = tuple[str, str, Way]  # a rule, the detail, and the field


class Advice(TypedDict):
    """A rule by its name, what it says of this payload, the field, and the section of the documents."""

    rule: str
    detail: str
    source: str
    see: str


def advise(submission: Submission, *, is_campaign: bool = False) -> list[Advice]:
    """Give advice on a payload. A campaign is one of many messages, or has the tag `campaign`."""
    messages = submission.omnimessage["messages"]
    found = [each for index in range(len(messages)) for each in _of_message(messages, index)]
    if len(messages) == 1:
        found.append(("no-fallback", "Recipients without RCS get nothing: add a fallback channel.", ("messages",)))
    if (is_campaign or "campaign" in submission.tags) and submission.expires_at is None:
        late = "After an outage, a campaign may go out hours later, or at night: set expires_at."
        found.append(("no-expiry", late, ("expires_at",)))
    return [
        {
            "rule": rule,
            "detail": detail,
            "source": source_of(place),
            "see": f"{PAGE}#{rule}",
        }
        for rule, detail, place in found
    ]


def _of_message(messages: list[dict[str, Any]], index: int) -> Iterator[_Found]:
    message = messages[index]
    channel: str = message["channel"]
    ttl = message.get("ttl", SHORTEST_TTL)
    if ttl < SHORTEST_TTL and index + 1 < len(messages):
        both = f"After {ttl} s the next channel is tried: a recipient out of reach for a moment may get both messages."
        yield "short-ttl", both, (channel, "ttl")
    if channel == "sms":
        parts, why = sms_parts(message)
        if parts > 1:
            yield "sms-parts", f"This SMS has {parts} parts, each of which is billed. {why}", ("sms", "text")
    elif channel == "rcs":
        length = len(message.get("text", ""))
        if length > BASIC:
            higher = f"A text of more than {BASIC} characters is in a higher price class; this one has {length}."
            yield "price-class", higher, ("rcs", "text")
        for place, part in walk(message, ("rcs",)):
            yield from _of_part(part, place)


def _of_part(part: Any, place: Way) -> Iterator[_Found]:
    match part:
        case {"file_url": str() as url}:
            ending = urlsplit(url).path.rpartition(".")[2].lower()
            if ending in _NOT_SHOWN:
                others = f"Handsets show no files of the type {ending}. Take JPEG, PNG, GIF, MP4 or WebM."
                yield "file-type", others, (*place, "file_url")
            elif not part.get("thumbnail_url"):
                blank = "Without a thumbnail_url, the recipient sees an empty place until the file is loaded."
                yield "no-thumbnail", blank, (*place, "thumbnail_url")
        case {"card_orientation": "HORIZONTAL"}:
            yield "horizontal", "An iPhone cuts the picture of a horizontal card.", (*place, "card_orientation")
        case {"postback_data": data, "text": text} if StopWords().wish(text, data) is Wish.OPTED_OUT:
            yield "stop-button", "A tap on this button opts the recipient out.", (*place, "text")
    if isinstance(part, dict) and ("card_content" in place[-1:] or "card_contents" in place[-2:-1]):
        yield from _of_card(part, place)


def sms_parts(message: Mapping[str, Any]) -> tuple[int, str]:
    """Count the parts of an SMS, and say what a part holds."""
    text: str = message["text"]
    odd = next((each for each in text if each not in _GSM | _GSM_EXTENSION), None)
    if odd is None or message.get("autoconvert") == "full":  # "on" replaces what the account's settings name
        units, (single, several) = sum(1 + (each in _GSM_EXTENSION) for each in text), _GSM_PART
        why = f"A part of several has {several} characters."
    else:
        units, (single, several) = len(text.encode("utf-16-le")) // 2, _UCS_2_PART
        makes_it = f"The character {odd} (U+{ord(odd):04X}) makes it UCS-2, with {several} characters in a part"
        why = f"{makes_it}, unless Messente replaces it (autoconvert)."
    return (1 if units <= single else -(-units // several)), why


def _of_card(card: Mapping[str, Any], place: Way) -> Iterator[_Found]:
    if len(card.get("title") or "") > LONGEST_TITLE:
        yield "cut", f"Handsets cut a title of more than about {LONGEST_TITLE} characters.", (*place, "title")
    fit = BUTTONS[card["media"]["height"]] if "media" in card else None
    if fit is not None and len(card.get("suggestions", [])) > fit:
        left_out = f"Buttons that fit below a picture of this height: {fit}. Handsets leave the others out."
        yield "cut", left_out, (*place, "suggestions")
    if _URL.search(card.get("description") or ""):
        dead = "A URL in a description is plain text on an iPhone: make it a button with open_url_action."
        yield "url-in-description", dead, (*place, "description")
