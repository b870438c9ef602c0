"""Describe what is wrong with a payload: pydantic's errors in our words, with hints, but nothing of what was sent."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args, is_typeddict

from pydantic import ValidationError

from messente_rcs.errors import INVALID, MISSING, MOST_ERRORS, Error, error
from messente_rcs.payload import fields
from messente_rcs.payload.decode import kind_of
from messente_rcs.payload.errors import OTHERWISE, SENTENCES, source_of
from messente_rcs.payload.omnimessage import CHANNELS, PAYLOAD, Payload, fields_of, parts_of

type Loc = Sequence[str | int]  # pydantic's place of an error

_NOTHING = object()  # stands where a place has no value
_MISSING = frozenset({"missing", "none_given", "no_rcs", "union_tag_not_found"})
_OF_PATTERNS = {
    fields.PHONE: "phone",
    fields.HEX: "hex",
    fields.SMS_SENDER: "sms_sender",
    fields.PRINTABLE: "nul",
    fields.VISIBLE: "invisible",
    fields.EMPTY_OR_VISIBLE: "invisible",
}


class Wrong(NamedTuple):
    """A wrong value: its kind of error, where it stands, and the limits that pydantic names."""

    kind: str
    loc: Loc
    value: Any
    context: Mapping[str, Any]


def describe(payload: dict[str, Any]) -> list[Error]:
    """List the errors of a payload. What a misspelt field or channel holds is checked as if its name were right."""
    errors: list[Error] = []
    while len(errors) < MOST_ERRORS and (wrong := list(_find(payload))):
        doubled = {each.loc[1] for each in wrong if each.kind == "doubled"}
        misspelt = {each.loc: found for each in wrong if (found := _misspelt(each, payload))}
        errors += [_translate(each, doubled) for each in wrong if not misspelt or each.loc in misspelt]
        if not misspelt:
            break
        for way, name in misspelt.values():
            payload = _renamed(payload, way, name)
    return errors[:MOST_ERRORS]


def _find(payload: dict[str, Any]) -> Iterator[Wrong]:
    """Validate a payload, and tell apart what pydantic has one kind of error for."""
    try:
        PAYLOAD.validate_python(payload)
    except ValidationError as invalid:
        for line in invalid.errors(include_url=False, include_input=False)[:MOST_ERRORS]:
            kind, loc, context = line["type"], line["loc"], line.get("ctx", {})
            value = _value_at(payload, loc)
            if value is _NOTHING and loc[-1:] == ("[key]",):  # pydantic means the name, where names are the caller's
                kind, loc = "invalid_key" if kind == "string_unicode" else kind, loc[:-1]
            if pattern := context.get("pattern"):
                kind = "nul" if "\0" in str(value) else _OF_PATTERNS.get(pattern, kind)
            elif context.get("min_length") == 1:
                kind = "empty"
            yield Wrong(kind, loc, value, context)


def _translate(wrong: Wrong, doubled: set[Any]) -> Error:
    sentence = SENTENCES.get(wrong.kind, OTHERWISE).format_map(wrong.context)
    hint = _HINTS[wrong.kind](wrong) if wrong.kind in _HINTS and wrong.value is not _NOTHING else ""
    # Messente names a message by its channel; here by its index if a channel comes twice.
    match loc := wrong.loc:
        case ("messages", _) if wrong.kind.startswith("union_tag"):
            loc = (*loc, "channel")
        case ("messages", index, str(channel), *rest) if wrong.kind != "doubled":
            loc = ("messages", index, *rest) if index in doubled else (channel, *rest)
    return error(MISSING if wrong.kind in _MISSING else INVALID, f"{sentence} {hint}".rstrip(), source_of(loc))


def _way_to(loc: Loc) -> Loc:
    """Return the names and indexes that lead to a place; pydantic has the channel of a message among them."""
    return (*loc[:2], *loc[3:]) if loc and loc[0] == "messages" else loc


def _value_at(payload: Any, loc: Loc) -> Any:
    """Return what stands at a place, or _NOTHING: pydantic writes a name with a lone surrogate in another way."""
    for part in _way_to(loc):
        try:
            payload = payload[part]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return payload


def _types(loc: Loc) -> list[Any]:
    """List what the type of a field is made of. The models of messages are told apart by their channels."""
    types: list[Any] = [Payload]
    for name in (str(part) for part in loc if not isinstance(part, int)):
        models = [each for each in types if is_typeddict(each)]
        if len(models) > 1:
            types = [each for each in models if name in get_args(fields_of(each)["channel"])]
        else:
            types = [part for each in models for part in parts_of(fields_of(each).get(name))]
    return types


def _fields(loc: Loc) -> list[str]:
    """List the fields of an object; of a message without a channel, those of all channels."""
    first, *others = [fields_of(each) for each in _types(loc) if is_typeddict(each)] or [{}]
    return [name for name in first if all(name in each for each in others)]


def _plain(name: object) -> str:
    """Leave out what names are spelt differently by: case, and all that is neither a letter nor a digit."""
    return "".join(filter(str.isalnum, str(name)[:64])).casefold()


def _did_you_mean(word: object, choices: Iterable[str]) -> str:
    plain = {_plain(each): each for each in choices}
    near = get_close_matches(_plain(word), plain, n=1, cutoff=0.8)
    return f"Did you mean {plain[near[0]]}?" if near else ""


def _misspelt(wrong: Wrong, payload: dict[str, Any]) -> tuple[Loc, str] | None:
    """Find a field, or a channel, that is right but for case and separators: the way there, and the right name."""
    if wrong.kind == "extra_forbidden":
        *around, given = wrong.loc
        right = {_plain(name): name for name in _fields(around)}.get(_plain(given))
        return (_way_to(wrong.loc), right) if right and right not in _value_at(payload, around) else None
    if wrong.kind == "union_tag_not_found":
        return ((*wrong.loc, name), "channel") if (name := _channel_in(wrong.value)) else None
    if wrong.kind == "union_tag_invalid" and isinstance(given := wrong.value["channel"], str):
        return ((*wrong.loc, "channel", given), _plain(given)) if _plain(given) in CHANNELS else None
    return None


def _channel_in(message: Mapping[str, Any]) -> str | None:
    return next((name for name in message if _plain(name) == "channel"), None)


def _renamed(value: Any, way: Loc, name: str) -> Any:
    """Copy a payload, as far as it changes, with another name for one field, or for the channel that a way ends in."""
    part, *rest = way
    if not rest:
        return name if value == part else {name if key == part else key: each for key, each in value.items()}
    copy: Any = {**value} if isinstance(value, dict) else [*value]
    copy[part] = _renamed(value[part], tuple(rest), name)
    return copy


def _unknown(wrong: Wrong) -> str:
    own = _fields(wrong.loc[:-1])
    known = f"Known here: {', '.join(own)}." if own else "This object has no fields."
    return _did_you_mean(wrong.loc[-1], own) or known


def _choice(value: object, choices: Iterable[str]) -> str:
    return _did_you_mean(value, choices) if isinstance(value, str) else f"It is {kind_of(value)}."


# What a string holds that would be right without its quotes.
_UNQUOTED = {"int_type": r"[+-]?\d+", "float_type": r"[+-]?\d+(?:[.,]\d*)?", "bool_type": r"(?i:true|false)"}


def _is(wrong: Wrong) -> str:
    models = [each for each in _types(wrong.loc[:-1]) if is_typeddict(each)]
    if wrong.value is None and any(wrong.loc[-1] in each.__optional_keys__ for each in models):
        return "It is null: leave the field out instead."
    return f"It is {kind_of(wrong.value)}."


def _string(wrong: Wrong) -> str:
    if not isinstance(wrong.value, int | float):
        return _is(wrong)
    expected = _types(wrong.loc)
    if fields.Phone in expected:
        return "Put the number into double quotes, with + in front."
    if fields.Rfc3339 in expected or fields.Iso8601 in expected:
        return "It is a number: write a time like 2030-01-31T09:05:00Z, not a Unix time."
    return "Put it into double quotes."


def _literal(wrong: Wrong) -> str:
    if isinstance(wrong.value, str) and re.fullmatch(_UNQUOTED[wrong.kind], wrong.value.strip()):
        return "Write it without quotes."
    if isinstance(wrong.value, float) and wrong.value.is_integer():
        return "Write it without a decimal point."
    return _is(wrong)


def _object(wrong: Wrong) -> str:
    own = ", ".join(_fields(wrong.loc))
    return f"{_is(wrong)} Its fields: {own}." if own and wrong.value is not None else _is(wrong)


def _length(wrong: Wrong) -> str:
    return _counted(len(wrong.value), "character" if isinstance(wrong.value, str) else "item")


def _counted(count: int, noun: str) -> str:
    return f"It has {count} {noun}{'' if count == 1 else 's'}."


_DAY, _TIME = r"^\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ANY_TIME = {
    r"^-?\d{9,}(?:\.\d+)?\Z": "It is a Unix time: write the date and the time.",
    rf"{_DAY}\Z": "The time of day and the zone are missing.",
    rf"{_DAY}[Tt ]{_TIME}\Z": "The zone is missing: add Z for UTC, or an offset like +02:00.",
}
# By kinds of errors: patterns, and the words for the first one that is found.
_FORMATS = {
    "url": {
        rf"{fields.OWN_HOST}|^(?:localhost|127\.0\.0\.1)\b": "Nobody else can reach localhost: name a public host.",
        rf"^(?i:{'|'.join(fields.REFUSED_SCHEMES)}):": f"Not allowed here: {', '.join(fields.REFUSED_SCHEMES)}.",
        r"\s": "Use no spaces: inside of a URL, %20 stands for a space.",
        r"^(?!(?i:https?)://)": "Begin with https://.",
        r"^(?i:https?):///*(?:[:?#]|\Z)|:///": "The host is missing.",
    },
    "rfc_3339": {
        **_ANY_TIME,
        rf"{_DAY}[Tt ]\d\d:\d\d(?:[Zz]|[+-])": "The seconds are missing.",
        rf"{_DAY}[Tt ]{_TIME}[+-]\d\d(?:\d\d)?\Z": "Write the offset of the zone with a colon, like +02:00.",
        rf"{_DAY}[Tt ]{_TIME}(?:[Zz]|[+-]\d\d:\d\d)\Z": "There is no such date or time.",
    },
    "iso_8601": {
        **_ANY_TIME,
        rf"{_DAY}T{_TIME}(?:Z|[+-]\d\d(?::?\d\d)?)\Z": "There is no such date or time, or it is not from 1900 to 2999.",
    },
}


def _format(wrong: Wrong) -> str:
    table = _FORMATS.get(wrong.kind, _FORMATS["url"])
    return next((words for pattern, words in table.items() if re.search(pattern, wrong.value)), "")


def _phone(number: str) -> Iterator[str]:
    if re.search(r"[^0-9+]|(?<=.)\+", number):
        yield "Write one + and then only digits 0 to 9."
    if re.match(r"\D*00", number):
        yield "Begin with + instead of 00."
    elif "+" not in number:
        yield "Begin with + and the country code."
    elif re.match(r"\D*0", number):
        yield "No country code begins with 0."
    digits = len(re.findall(r"\d", number))
    if not 7 <= digits <= 15:  # noqa: PLR2004 - of fields.PHONE
        yield _counted(digits, "digit")


# By the kinds of errors.SENTENCES.
_HINTS: dict[str, Callable[[Wrong], str]] = {
    "string_type": _string,
    **dict.fromkeys(("int_type", "float_type", "bool_type"), _literal),
    "list_type": lambda wrong: (
        "It is an object: put [ and ] around it." if isinstance(wrong.value, dict) else _is(wrong)
    ),
    **dict.fromkeys(("dict_type", "model_attributes_type"), _object),
    **dict.fromkeys(("string_too_short", "string_too_long", "size", "surplus"), _length),
    "literal_error": lambda wrong: _choice(wrong.value, re.findall(r"'([^']*)'", wrong.context["expected"])),
    "union_tag_invalid": lambda wrong: _choice(wrong.value.get("channel"), CHANNELS),
    "union_tag_not_found": lambda wrong: "Write its name in lower case." if _channel_in(wrong.value) else "",
    "extra_forbidden": _unknown,
    "phone": lambda wrong: " ".join(_phone(wrong.value)),
    **dict.fromkeys(("web_url", "link", "rfc_3339", "iso_8601"), _format),
}
