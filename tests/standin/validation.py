"""What Messente documents of a valid Omnimessage, and no more: where it documents nothing, this accepts.

Fields and limits are those of Messente's own client, OpenAPI document 2.1.0; what its models do not say is added here.
An RCS `sender` may be missing, as on Messente's RCS page, and `autoconvert` may be any text: there, the client differs
from the pages. Which fields of Viber may be combined is not checked.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn

from messente_api.models.omnimessage import Omnimessage
from messente_api.models.rcs import Rcs
from messente_api.models.sms import SMS
from messente_api.models.viber import Viber
from messente_api.models.whats_app import WhatsApp
from pydantic import BaseModel, ValidationError

from tests.standin.replies import Error, error

DISALLOWED_SENDERS = ("Forbidden",)
LONGEST_VIBER = 1000
E164 = re.compile(r"\+[1-9][0-9]{1,14}")
CHANNELS: dict[str, type[BaseModel]] = {"rcs": Rcs, "sms": SMS, "viber": Viber, "whatsapp": WhatsApp}
LAXER = {("rcs", "sender", "missing"), ("sms", "autoconvert", "value_error")}  # than the client: channel, field, error
_ACTIONS = ("dial", "view_location", "create_calendar_event", "open_url", "share_location")

# Of these fields of an object, by its name, there is exactly one.
ALTERNATIVES: dict[str, set[str]] = {
    "rcs": {"text", "content_info", "rich_card"},
    "rich_card": {"standalone_card", "carousel_card"},
    "suggestions": {"reply", "action"},
    "action": {f"{kind}_action" for kind in _ACTIONS},
    "whatsapp": {"text", "image", "video", "audio", "document", "sticker", "template"},
}


def _invalid(detail: str, source: str) -> Error:
    return error("105", detail, source)


def _by_the_client(model: type[BaseModel], value: Any, source: str) -> Iterator[tuple[str, str, Error]]:
    """Yield what Messente's client finds wrong: the field, the kind of the error, and the error."""
    try:
        model.model_validate(value)
    except ValidationError as wrong:
        for each in wrong.errors(include_url=False, include_input=False):
            is_missing = each["type"] == "missing"
            where = source + "".join(f"[{step}]" for step in _steps(value, each["loc"], is_missing=is_missing))
            found = error("106", "Missing required field", where) if is_missing else _invalid(each["msg"], where)
            yield str(each["loc"][0]) if each["loc"] else "", each["type"], found


def _steps(value: Any, loc: tuple[int | str, ...], *, is_missing: bool) -> Iterator[int | str]:
    """Follow a location of pydantic as far as it leads into the value: it goes on with kinds of numbers."""
    for step in loc:
        parts = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
        if step not in parts and not is_missing:
            return
        yield step
        value = parts.get(step)


def _objects(value: Any, name: str, source: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Walk through all objects of a message, with the name and the source of each."""
    if isinstance(value, dict):
        yield name, source, value
        for key, part in value.items():
            yield from _objects(part, key, f"{source}[{key}]")
    for index, part in enumerate(value if isinstance(value, list) else []):
        yield from _objects(part, name, f"{source}[{index}]")


def _by_its_name(name: str, source: str, value: dict[str, Any]) -> Iterator[Error]:
    """Yield what is wrong with an object that the client takes."""
    alternatives = ALTERNATIVES.get(name, set())
    if alternatives and len(alternatives & value.keys()) != 1:
        yield _invalid(f"Exactly one of {', '.join(sorted(alternatives))} must be provided", source)
    if name in CHANNELS and {"validity", "ttl"} <= value.keys():
        yield _invalid("Only one of validity, ttl can be used", source)
    if name in CHANNELS and value.get("sender") in DISALLOWED_SENDERS:
        yield _invalid("Invalid or disallowed sender", f"{source}[sender]")
    if name == "viber" and len(str(value.get("text", ""))) > LONGEST_VIBER:
        yield _invalid(f"Must be a string of at most {LONGEST_VIBER} characters", f"{source}[text]")
    if name == "dial_action" and isinstance(to := value.get("phone_number"), str) and not E164.fullmatch(to):
        yield _invalid("Invalid phone number", f"{source}[phone_number]")


def _message(value: Any, source: str) -> Iterator[Error]:
    channel = value.get("channel") if isinstance(value, dict) else None
    if not isinstance(value, dict):
        yield _invalid("Must be an object", source)
    elif channel is None:
        yield error("106", "Missing required field", f"{source}[channel]")
    elif not isinstance(channel, str) or channel not in CHANNELS:
        yield _invalid("Invalid channel", f"{source}[channel]")
    else:
        found = _by_the_client(CHANNELS[channel], value, f"payload[{channel}]")
        yield from (each for field, kind, each in found if (channel, field, kind) not in LAXER)
        for each in _objects(value, channel, f"payload[{channel}]"):
            yield from _by_its_name(*each)


def omnimessage(value: Any, source: str) -> Iterable[Error]:
    """Find what is wrong with an omnimessage; null counts as absent, unknown fields are ignored."""
    if not isinstance(value, dict):
        return [_invalid("Must be an object", source)]
    value = _without_null(value)
    messages = value.get("messages")
    listed = messages if isinstance(messages, list) else []
    errors = [
        each for field, _, each in _by_the_client(Omnimessage, value | {"messages": [], "time_to_send": None}, source)
    ]
    if "messages" not in value or messages == []:
        errors.append(error("106", "At least one message must be provided", f"{source}[messages]"))
    elif not isinstance(messages, list) or len(messages) > len(CHANNELS):
        errors.append(_invalid(f"Must be a list of 1 to {len(CHANNELS)} items", f"{source}[messages]"))
    for index, each in enumerate(listed):
        errors += _message(each, f"{source}[messages][{index}]")
    channels = [each.get("channel") for each in listed if isinstance(each, dict)]
    if any(channels.count(name) > 1 for name in CHANNELS):
        errors.append(_invalid("Channels must not repeat", f"{source}[messages]"))
    if isinstance(to := value.get("to"), str) and not E164.fullmatch(to):
        errors.append(_invalid("Invalid phone number", f"{source}[to]"))
    if not _is_time(value.get("time_to_send", "2030-01-01")):
        errors.append(_invalid("Must be an ISO 8601 time", f"{source}[time_to_send]"))
    if not str(value.get("dlr_url", "http://")).startswith(("http://", "https://")):
        errors.append(_invalid("Must be a URL", f"{source}[dlr_url]"))
    return errors


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_null(part) for name, part in value.items() if part is not None}
    return [_without_null(part) for part in value] if isinstance(value, list) else value


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def parse(body: bytes) -> tuple[Any, list[Error]]:
    try:
        payload = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None, [_invalid("Request body is not valid JSON", "payload")]
    return payload, sorted(omnimessage(payload, "payload"), key=lambda each: each["source"] or "")
