"""Which field belongs where, read off the models: words for a caller who put a field in a wrong place, or misspelt it.

Only names of the models are told, never a name of the caller's.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import WrapValidator

from messente_rcs.payload.formats import listed
from messente_rcs.payload.omnimessage import CHANNELS, PayloadFields
from messente_rcs.payload.rules import Choice, Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# The names that lead to an object or a field; an item has the path of its list, and a message goes by its channel.
type Path = tuple[str, ...]

PLACES_SHOWN = 3
NEAR = 2  # levels down
LONGEST_NAME = 64  # of what is compared with other names

# Beside `to`.
NO_FIELDS = {
    "dlr_url": "Leave it out: delivery reports come to this application.",
    "dry_run": "It is no field of a message: ask the HTTP API with ?dry_run=true.",
    **{name: f'It is a channel: put {{"channel": "{name}"}} and its fields into messages.' for name in CHANNELS},
}

# Of what has no model of its own.
_NEEDS: dict[Path, str] = {
    ("messages",): "Each message is an object with the field channel.",
    ("tags",): 'Each tag is a field of the object, like "campaign": "spring".',
}

# What other APIs call these fields, without _ and in lower case.
_OTHER_NAMES = {
    "to": "recipient recipients receiver destination dest number phone phonenumber mobile msisdn address",
    "text": "message body content msg sms",
    "messages": "message channels fallback fallbacks",
    "idempotency_key": "key id messageid requestid reference clientref uuid",
    "time_to_send": "sendat sendtime scheduledat scheduledtime schedule deliverat",
    "expires_at": "expires expiry expiration expirationtime deadline validuntil",
    "tags": "tag metadata meta labels customdata customfields attributes",
    "sender": "from agent agentid senderid sendername originator source",
    "ttl": "timeout",
    "channel": "type",
    "suggestions": "buttons actions replies chips",
    "rich_card": "card",
    "content_info": "media image file video attachment",
    "file_url": "url link src mediaurl imageurl",
    "thumbnail_url": "thumbnail",
    "card_content": "content card",
    "card_contents": "contents cards items",
    "card_orientation": "orientation",
    "card_width": "width",
    "thumbnail_image_alignment": "alignment imagealignment",
    "postback_data": "postback payload data value callbackdata",
    "phone_number": "phone number tel to msisdn",
    "lat_long": "location coordinates position latlng",
    "latitude": "lat",
    "longitude": "lng lon long",
    "start_time": "start begin from",
    "end_time": "end until to",
    "url": "link href uri",
    "link": "url href src uri",
    "body": "text message content",
    "label": "text title caption",
    "description": "subtitle body text",
}
# Of a button alone: elsewhere a title is a title.
_OTHER_NAMES_OF_ITS_TEXT = frozenset({"title", "label", "caption", "displaytext"})


# --- What the models have ---------------------------------------------------------------------------------------------


@cache
def objects() -> dict[Path, type]:
    """Give the model of each object in a payload."""
    return dict(_objects((), PayloadFields))


def _objects(path: Path, model: type) -> Iterator[tuple[Path, type]]:
    yield path, model
    for name, hint in get_type_hints(model).items():
        for inner in filter(is_typeddict, _parts(hint)):
            yield from _objects((*path, name, *_channel(inner)), inner)


def _channel(model: Any) -> tuple[str, ...]:
    channel = get_type_hints(model).get("channel")
    return get_args(channel) if get_origin(channel) is Literal else ()


def _parts(hint: Any) -> Iterator[Any]:
    """Walk through a type and all that it is made of, what annotates it too."""
    yield hint
    if get_origin(hint) is not Literal:
        for part in get_args(hint):
            yield from _parts(part)


@cache
def type_of(path: Path) -> list[Any]:
    """Give all that the type of a field is made of; nothing for what is no field."""
    model = objects().get(path[:-1])
    hints = get_type_hints(model, include_extras=True) if model else {}
    return [*_parts(hints[path[-1]])] if path and path[-1] in hints else []


def choices(path: Path) -> tuple[Any, ...]:
    """Give the values that a field may have, where these are listed."""
    return next((get_args(part) for part in type_of(path) if get_origin(part) is Literal), ())


def is_optional(path: Path) -> bool:
    """Tell whether a field may be left out."""
    model: Any = objects().get(path[:-1])
    return bool(path and model and path[-1] in model.__optional_keys__)


def needs(path: Path) -> str:
    """Say what an object must have, as far as the model says it."""
    model: Any = objects().get(path)
    if model is None:
        return _NEEDS.get(path, "")
    required = [name for name in get_type_hints(model) if name in model.__required_keys__]
    one_of = [
        listed([*rule.names], "or") for rule in _rules(path) if rule.low and {*rule.names} <= {*_fields(path).values()}
    ]
    if required:
        return f"The object needs the field{'s' if required[1:] else ''} {listed(required, 'and')}."
    return f"The object needs one of the fields {one_of[0]}." if one_of else ""


def _rules(path: Path) -> Iterator[Choice]:
    for part in type_of(path):
        checker = getattr(part.func, "__self__", None) if isinstance(part, WrapValidator) else None
        if isinstance(checker, Rules):
            yield from (rule for rule in checker.rules if isinstance(rule, Choice))


@cache
def _fields(path: Path) -> dict[str, str]:
    """Give the names of an object's fields, by how they are compared."""
    model = objects().get(path)
    return {plain(name): name for name in get_type_hints(model)} if model else {}


def spelt(path: Path) -> str | None:
    """Give the field that the last name of a path is, but for its case and its separators: rich_card for richCard."""
    return _fields(path[:-1]).get(plain(path[-1]))


@cache
def _all_fields() -> dict[str, str]:
    return {word: name for path in objects() for word, name in _fields(path).items()}


@cache
def _owners(name: str) -> tuple[Path, ...]:
    return tuple(path for path in objects() if name in _fields(path).values())


@cache
def _meanings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, others in _OTHER_NAMES.items():
        for other in others.split():
            found.setdefault(other, []).append(name)
    return found


def plain(name: str) -> str:
    """Leave out what names are spelt differently by: case, and all that is neither a letter nor a digit."""
    return "".join(filter(str.isalnum, name[:LONGEST_NAME])).casefold()


# --- Words about a name -----------------------------------------------------------------------------------------------


def about_unknown(path: Path, name: str, channels: Collection[str]) -> str:
    """Say what a field that an object does not have may be meant to be; `channels` are those of the payload."""
    return next(filter(None, _guesses(path, name, channels)))


def _guesses(path: Path, name: str, channels: Collection[str]) -> Iterator[str]:
    """Yield what may be said, the likeliest first, and "" for what does not fit."""
    own, word = _fields(path), plain(name)
    yield "" if path else NO_FIELDS.get(name, "")
    yield _did_you_mean(_spelt(word, own) or _text_of_a_button(word, own))
    yield _belongs([place for place in _places(name, channels) if _is_just_below(place, path)])
    yield _did_you_mean(_synonyms(word, own))
    yield _belongs(_nearest(name, path, channels))
    yield _did_you_mean(_close(word, own, 0.65))
    for other in _elsewhere(word):
        yield f"{_did_you_mean([other])} {_belongs(_nearest(other, path, channels))}"
    yield f"Known here: {', '.join(own.values())}." if own else "This object has no fields."


def _elsewhere(word: str) -> list[str]:
    every = _all_fields()
    return _spelt(word, every) or _synonyms(word, every) or _close(word, every, 0.75)


def _spelt(word: str, fields: dict[str, str]) -> list[str]:
    """Find richCard, rich-card and Rich Card."""
    return [fields[word]] if word in fields else []


def _synonyms(word: str, fields: dict[str, str]) -> list[str]:
    return [name for name in _meanings().get(word, ()) if plain(name) in fields]


def _text_of_a_button(word: str, fields: dict[str, str]) -> list[str]:
    return ["text"] if "postbackdata" in fields and word in _OTHER_NAMES_OF_ITS_TEXT else []


def _close(word: str, fields: dict[str, str], cutoff: float) -> list[str]:
    return [fields[near] for near in get_close_matches(word, fields, n=1, cutoff=cutoff)]


def _places(name: str, channels: Collection[str]) -> list[Path]:
    """Find the objects that have a field of this name, in messages of these channels."""
    if name not in _all_fields().values():
        return []
    return [path for path in _owners(name) if not path or path[1] in channels]


def _is_just_below(place: Path, path: Path) -> bool:
    return place[: len(path)] == path and 0 < len(place) - len(path) <= NEAR


def _nearest(name: str, path: Path, channels: Collection[str]) -> list[Path]:
    places = _places(name, channels) or _places(name, CHANNELS)
    least = min((_distance(place, path) for place in places), default=0)
    return [place for place in places if _distance(place, path) == least]


def _distance(one: Path, other: Path) -> int:
    shared = 0
    while one[shared : shared + 1] == other[shared : shared + 1] != ():
        shared += 1
    return len(one) + len(other) - 2 * shared


def _belongs(places: list[Path]) -> str:
    return f"It belongs into {listed([_shown(each) for each in places[:PLACES_SHOWN]], 'or')}." if places else ""


def _shown(path: Path) -> str:
    return (
        path[0] + "".join(f"[{name}]" for name in path[1:]) if path else "the top level of the payload, beside messages"
    )


def _did_you_mean(fields: list[str]) -> str:
    return f"Did you mean {listed(fields, 'or')}?" if fields else ""
