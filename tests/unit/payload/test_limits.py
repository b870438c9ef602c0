"""Every field of a payload: what lies on its limit and what lies past it, and that nobody forgot to document it."""

import re
import sys
from collections.abc import Iterator
from types import get_original_bases
from typing import Any, NotRequired, get_args, get_origin, is_typeddict
from unicodedata import category

import pytest

from messente_rcs.payload.omnimessage import STEERING, Payload, fields_of, parts_of
from messente_rcs.payload.submission import parse
from rcs_openapi.describe import DOCUMENTS
from tests.standin.validation import omnimessage
from tests.support.documents import PAYLOAD
from tests.support.strategies import (
    CARD,
    PHONE,
    REPLY,
    SMS,
    VIBER,
    Json,
    Steps,
    full_payloads,
    payload,
    rcs,
    refused,
    source,
    spoilt,
)

URL = "https://example.com/"
BAD = f"{URL}\ud800"
GRIN = "\N{GRINNING FACE}"
SPACES = "\u200b \t\u3000"

type Limit = tuple[list[Any], list[Any]]  # what a field takes, and what it refuses

COUNT: Limit = [1, 2**31 - 1], [0, -1, 2**31, True, "5", 5.0, None]
TEXT: Limit = ["x", "x" * 999, f" {GRIN}"], ["", SPACES, None, 3, "a\0b", "\ud800"]
CAPTION: Limit = ["", "x" * 999], [SPACES, 3, "a\0b"]
NOTE: Limit = ["", " ", "x" * 999], [3, "a\0b"]
WEB_URL: Limit = (
    [URL, "HTTP://h:8/p?q#f", "https://localhost.example.com"],
    ["", "/p", BAD, "ftp://h/p", "https://", "https:///p", URL + " ", "http://127.0.0.1/a", "https://http://a.de", 3],
)
LINK: Limit = (
    [URL, "tel:+1", "com.example.shop:/cart", "geo:59.4,24.7", "database:1", "https://mylocalhost"],
    ["", BAD, "example", "https:", "JavaScript:a", "https://[::1]:80/a", "LocalHost:8000/a", "a.example:80", 3],
)
OBJECT: Limit = [], [[], "x", True]


def length(most: int, least: int = 1) -> Limit:
    short = [] if least == 0 else ["", "x" * (least - 1)]
    return ["x" * least, "x" * most, GRIN * most], [*short, "x" * (most + 1), SPACES * 2, 3]


def short_link() -> Limit:
    good, bad = LINK
    return [*good, URL + "x" * (2048 - len(URL))], [*bad, URL + "x" * (2049 - len(URL))]


def choice(*values: str) -> Limit:
    return [*values], ["", values[0].swapcase(), 1]


def items(item: Any, least: int, most: int) -> Limit:
    short = [[item] * (least - 1)] if least else []
    return [[item] * least, [item] * most], [*short, [item] * (most + 1), {}, "x"]


ITEM = VIBER["carousel"]["items"][0]
POSTBACK: Limit = ["x", " ", "x" * 2048], ["", "x" * 2049, None]
MESSAGES = [rcs(text="x"), SMS, {"channel": "viber", "text": "x"}, {"channel": "whatsapp", "text": {"body": "x"}}]
TAGS = {"team": "logistics", "a-_.:Z9": "", "x" * 64: "\n" * 256}

# Fields that have the same limits.
SHARED: list[tuple[str, Limit]] = [
    ("Rcs.sender Sms.text Viber.sender Viber.text Viber.button_text ViberTemplate.id ViberTemplate.lang", TEXT),
    ("Button.label WhatsApp.sender TextContent.body WhatsAppTemplate.name Language.code Component.type", TEXT),
    ("Parameter.type Currency.fallback_value Currency.code Currency.amount_1000 DateTime.fallback_value", TEXT),
    ("ContentInfo.file_url Viber.image_url Video.url Video.thumbnail CarouselItem.image_url Upload.link", WEB_URL),
    ("ParameterMedia.link", WEB_URL),
    ("Language.policy Component.sub_type Parameter.text Parameter.coupon_code Parameter.payload", NOTE),
    ("ParameterMedia.filename", NOTE),
    ("ViewLocationAction.label ViewLocationAction.query OpenUrlAction.description ParameterMedia.caption", CAPTION),
    ("Viber.button_url Button.action_url", LINK),
    ("ChannelFields.ttl ChannelFields.validity", COUNT),
    ("SuggestedAction.fallback_url OpenUrlAction.url", short_link()),
    ("Upload.mime_type Document.file_name", ([*NOTE[0], None], NOTE[1])),
]
# By the model and the name of a field. `channel` chooses a model, and other tests know it.
LIMITS: dict[str, Limit] = {
    **{key: limit for keys, limit in SHARED for key in keys.split()},
    "Omnimessage.to": (
        ["+1234567", "+123456789012345"],
        ["+123456", "+1234567890123456", "37255512345", "+0123456789", " +1234567", "+1234567\n", "", 1, None],
    ),
    "Omnimessage.text": length(3072),
    "Omnimessage.messages": ([MESSAGES[:1], MESSAGES], [[], [*MESSAGES, MESSAGES[0]], None, {}]),
    "Omnimessage.time_to_send": (
        ["2030-01-31T09:05Z", "2030-01-31T09:05:07+02:00", "2030-01-31T09:05:07.5+0200"],
        ["2030-01-31T09:05", "2030-01-31", "2030-13-31T09:05Z", "2030-01-31t09:05z", "9999-12-31T23:59Z", "", 0, None],
    ),
    "Omnimessage.priority": choice("low", "regular", "high"),
    "Omnimessage.text_store": choice("nostore", "plaintext", "sha256"),
    "Payload.idempotency_key": (
        ["a", "x" * 255, "-._~!$&'()*+,;=:@", "..."],
        ["", "x" * 256, "a/b", "a b", "a%20", "é", ".", "..", "a\n", None, 1],
    ),
    "Payload.expires_at": (
        ["2030-02-01T09:05:07Z", "2030-02-01t09:05:07.25-05:00", "9999-12-31T23:59:59Z"],
        ["2030-02-01T09:05:07", "0001-01-01T00:00:00+23:59", "2030-02-01T09:05:07+24:00", "", 0, None],
    ),
    "Payload.on_unknown": choice("hold", "resend"),
    "Payload.ignore_opt_out": ([True, False], [None, "yes", 1]),
    "Payload.tags": (
        [{}, TAGS, dict.fromkeys(map(str, range(10)), "x")],
        [dict.fromkeys(map(str, range(11)), "x"), [], None, "team=logistics"],
    ),
    "Rcs.text": length(3072),
    "Rcs.suggestions": items(REPLY, 0, 11),
    "ContentInfo.force_refresh": ([True, False], [None, 0, 1, "true"]),
    "ContentInfo.thumbnail_url": ([*WEB_URL[0], None], WEB_URL[1]),
    "Media.height": choice("SHORT", "MEDIUM", "TALL"),
    "CardContent.title": (["", None, "x" * 200], ["x" * 201, SPACES, 1]),
    "CardContent.description": (["", None, "x" * 2000], ["x" * 2001, SPACES, 1]),
    "CardContent.suggestions": items(REPLY, 0, 4),
    "StandaloneCard.card_orientation": choice("VERTICAL", "HORIZONTAL"),
    "StandaloneCard.thumbnail_image_alignment": choice("LEFT", "RIGHT"),
    "CarouselCard.card_width": choice("SMALL", "MEDIUM"),
    "CarouselCard.card_contents": items(CARD, 2, 10),
    "SuggestedReply.text": length(25),
    "SuggestedReply.postback_data": POSTBACK,
    "DialAction.phone_number": (["+1234567", "+123456789012345"], ["+123456", "+1234567890123456", "+012345678", 1]),
    "LatLng.latitude": ([-90, 90, 0.5], [-90.001, 90.001, float("nan"), float("inf"), "1", True, None]),
    "LatLng.longitude": ([-180, 180.0], [-180.001, 180.001, 10**400, float("-inf"), "1", None]),
    "CreateCalendarEventAction.start_time": (
        ["2030-01-31T09:00:00Z", "2030-01-31t09:00:00.123456789+02:00"],
        ["2030-01-31T09:00:00", "2030-01-31T09:00Z", "2030-02-30T09:00:00Z", "2030-01-31", "", 1],
    ),
    "CreateCalendarEventAction.end_time": (
        ["2030-01-31T09:00:00-11:30"],
        ["tomorrow", "2030-01-31T25:00:00Z", None, 1],
    ),
    "CreateCalendarEventAction.title": length(100),
    "CreateCalendarEventAction.description": length(500),
    "OpenUrlAction.application": choice("BROWSER", "WEBVIEW"),
    "OpenUrlAction.webview_view_mode": choice("FULL", "HALF", "TALL"),
    "Sms.sender": (
        ["x" * 11, "1" * 15, "+" + "1" * 15, "x y"],
        ["x" * 12, "1" * 16, "", " ", f"{SPACES}Shop", 3],
    ),
    "Sms.autoconvert": choice("on", "full", "off"),
    "Sms.udh": (["00", "aF01"], ["", "0", "0g", "05 0", None, 3]),
    "Video.file_size": ([0, 200 * 1024**2], [-1, 200 * 1024**2 + 1, 1.5]),
    "Video.duration": ([1, 600], [0, 601, 1.5]),
    "ViberTemplate.params": ([{}, {"any name": ""}], [None, []]),
    "Carousel.items": items(ITEM, 2, 5),
    "CarouselItem.title": length(38, 2),
    "TextContent.preview_url": ([True, False], [None, 1, "true"]),
    "Upload.id": ([], ["", SPACES, 3]),
    "CaptionedUpload.caption": ([*CAPTION[0], None], CAPTION[1]),
    "Sticker.animated": ([True, False, None], [1, "true"]),
    "WhatsAppTemplate.components": ([[]], [None, {}]),
    "Component.index": ([0, 2**31 - 1, None], [-1, 2**31, "0", True]),
    "Component.parameters": ([[]], [None, {}]),
    "ParameterMedia.id": ([], ["", SPACES, 3]),
}


def models_in(kind: Any) -> list[Any]:
    return [each for each in parts_of(kind) if is_typeddict(each)]


def all_models(kind: Any = Payload) -> dict[str, Any]:
    found = {model.__name__: model for model in models_in(kind)}
    return {
        k: v for model in found.values() for f in fields_of(model).values() for k, v in all_models(f).items()
    } | found


def owner(model: Any, name: str) -> str:
    """Name the model that declares a field: perhaps one on which others are based."""
    bases = [base for base in get_original_bases(model) if is_typeddict(base) and name in fields_of(base)]
    return owner(bases[0], name) if bases else f"{model.__name__}.{name}"


def instances(value: Any, kind: Any = Payload, way: Steps | None = None) -> Iterator[tuple[Any, Steps, Json]]:
    """Find the objects in a payload, each with its model and its place."""
    here = way or []
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from instances(each, kind, [*here, index])
    models = models_in(kind) if isinstance(value, dict) else []
    for model in models:
        if len(models) == 1 or value["channel"] in get_args(fields_of(model)["channel"]):
            yield model, here, value
            for name in fields_of(model).keys() & value.keys():
                yield from instances(value[name], fields_of(model)[name], [*here, name])


MODELS = all_models()
FIELDS = sorted(
    {owner(model, name) for model in MODELS.values() for name in fields_of(model)}
    - {f"{name}.channel" for name in MODELS}
)


LIMITS |= {
    owner(model, name): OBJECT
    for model in MODELS.values()
    for name, kind in fields_of(model).items()
    if is_typeddict(kind.__args__[0] if get_origin(kind) is NotRequired else kind)
}


def cases(key: str) -> list[tuple[Json, Steps]]:
    """Give a payload, and the way to the field in it, for each model that has the field."""
    name = key.partition(".")[2]
    found: dict[tuple[bool, str], tuple[Json, Steps]] = {}
    for sent in full_payloads().values():
        for model, way, value in instances(sent):
            if name in fields_of(model) and owner(model, name) == key:
                found.setdefault((name in value, model.__name__), (sent, [*way, name]))
    given = [case for (is_there, _), case in found.items() if is_there]
    return given or [*found.values()][:1]


def accepted_by_messente(sent: Json) -> bool:
    """Ask the stand-in about a payload, without what it never gets."""
    body = {name: value for name, value in sent.items() if name not in STEERING | {"text"}}
    return not [*omnimessage(payload() | body, "payload")]


def test_a_text_of_nothing() -> None:
    """Whatever Unicode has as a space, a separator or a control character shows nothing by itself."""
    spaces = [each for each in map(chr, range(1, sys.maxunicode)) if category(each) in {"Zs", "Zl", "Zp", "Cc"}]
    assert len(spaces) > 80
    for each in [*spaces, "\U000e0020", "\u200b", "\u2060\ufeff", "\u200e\u00ad", "\ufe0f"]:
        assert refused({"to": PHONE, "text": each}) == [("105", "payload[text]")]


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit(key: str) -> None:
    """A field takes what lies on its limit, as Messente does, and refuses by name what lies past it."""
    for sent, way in cases(key):
        for value in LIMITS[key][0]:
            good = spoilt(sent, way, value)
            assert parse(good), value
            assert accepted_by_messente(good), value
        place = source(sent, way)
        for value in LIMITS[key][1]:
            errors = refused(spoilt(sent, way, value))
            assert ("105", place) in errors, value
            assert all(str(at).startswith(place) or at == place.rpartition("[")[0] for _, at in errors), value


def documented(model: Any) -> str:
    """Return the tables of the documents in which the fields of a model have to be."""
    module = model.__module__.rpartition(".")[2]
    if module == "omnimessage":
        return str(PAYLOAD.table("field"))
    of_rcs, of_others = PAYLOAD.table("RCS"), PAYLOAD.table("other channels")
    common = of_rcs[:2]  # of every channel
    return str(of_rcs if module == "rcs" else [*common, *(row for row in of_others if row[0].lower() == module)])


def lacking(key: str) -> Iterator[str]:
    name = key.partition(".")[2]
    schemas = DOCUMENTS["openapi.json"]["components"]["schemas"]
    models = [model for model in MODELS.values() if name in fields_of(model) and owner(model, name) == key]
    shown = [schemas[model.__name__.replace("Payload", "Message")]["properties"][name] for model in models]
    if not all(field.get("description") for field in shown):
        yield "a text below it in its model"
    bad = LIMITS.get(key, ([], []))[1]
    if not bad:
        yield "a row in LIMITS, with values past its limit"
    is_ours = key.startswith("Payload") or key == "Omnimessage.text"
    past = [spoilt(sent, way, value) for sent, way in cases(key) for value in bad or [{"x": 1}, []]]
    if not is_ours and all(map(accepted_by_messente, past)):
        yield "a rule of the stand-in (tests/standin/validation.py)"
    if not all(re.search(rf"\b{name}\b", documented(model)) for model in models):
        yield "its name in the tables of limits or of fields (src/docs/payload.md)"


def test_no_field_is_forgotten() -> None:
    """A field is described, has limits that are tested, is known to the stand-in, and stands in the documents."""
    assert {key: found for key in FIELDS if (found := [*lacking(key)])} == {}
    assert LIMITS.keys() <= set(FIELDS)


def test_required_fields_are_named() -> None:
    """Whatever is required and missing is named with code 106."""
    assert refused({}) == [("106", "payload[to]"), ("106", "payload")]
    for sent in full_payloads().values():
        for model, way, value in instances(sent):
            for name in model.__required_keys__ & value.keys() - {"channel"}:
                without = {key: each for key, each in value.items() if key != name}
                errors = refused(spoilt(sent, way, without) if way else without)
                assert ("106", source(sent, [*way, name])) in errors
