"""From what the caller sent to what goes out to Messente."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import ValidationError

from messente_rcs.message_id import is_message_id
from messente_rcs.payload.decode import decode_object
from messente_rcs.payload.errors import DENIED, InvalidPayload
from messente_rcs.payload.fields import instant
from messente_rcs.payload.hints import describe
from messente_rcs.payload.omnimessage import PAYLOAD, STEERING, Payload
from messente_rcs.phone import EVERYWHERE, Prefixes

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Submission:
    """A valid payload: `omnimessage` is the body to POST, `payload_hash` the SHA-256 (hex) of what the caller set.

    The hash leaves out the fields of ours and the default sender, so that neither makes a repeat a conflict.
    """

    key: str | None
    to: str = field(repr=False)
    omnimessage: dict[str, Any] = field(repr=False)
    payload_hash: str
    expires_at: datetime | None
    on_unknown: Literal["hold", "resend"]
    tags: dict[str, str] = field(repr=False)
    ignore_opt_out: bool = False

    @property
    def channels(self) -> list[str]:
        """The channels of the chain, in the order of fallback."""
        return [message["channel"] for message in self.omnimessage["messages"]]

    @property
    def goes_out_at(self) -> float | None:
        """The Unix time that the message is scheduled for, if it is."""
        scheduled = self.omnimessage.get("time_to_send")
        return datetime.fromisoformat(scheduled).timestamp() if scheduled else None


def parse(payload: object, default_sender: str = "", prefixes: Prefixes = EVERYWHERE) -> Submission:
    """Check a payload: JSON as text or UTF-8, or a mapping. Raises InvalidPayload with all its errors."""
    raw = decode_object(payload)
    checked = _check(raw, prefixes)
    body = _body(raw)
    default = {"sender": default_sender} if default_sender else {}
    messages = [default | each if each["channel"] == "rcs" else each for each in body["messages"]]
    return Submission(
        key=checked.get("idempotency_key"),
        to=checked["to"],
        payload_hash=sha256(_encode(_canonical(body)).encode()).hexdigest(),
        omnimessage={**body, "messages": messages},
        expires_at=instant(checked["expires_at"]) if "expires_at" in checked else None,
        on_unknown=checked.get("on_unknown", "hold"),
        tags=checked.get("tags", {}),
        ignore_opt_out=checked.get("ignore_opt_out", False),
    )


def _check(raw: dict[str, Any], prefixes: Prefixes) -> Payload:
    checked, wrong = None, [DENIED] if prefixes.deny(raw.get("to")) else []
    try:
        checked = PAYLOAD.validate_python(raw)
    except ValidationError:
        wrong = [*describe(raw), *wrong]
    if checked and not wrong:
        return checked
    key = raw.get("idempotency_key")
    raise InvalidPayload(wrong, key if is_message_id(key) else None)


def _body(raw: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in raw.items() if name not in STEERING}
    if "text" in body:
        body["messages"] = [{"channel": "rcs", "text": body.pop("text")}]
    return body


def _canonical(value: Any) -> Any:
    """Write equal numbers alike: 59, 59.0 and 5.9e1 are one number, and so are 0 and -0.0. The hash is of values."""
    match value:
        case dict():
            return {name: _canonical(each) for name, each in value.items()}
        case list():
            return [_canonical(each) for each in value]
        case float() if value.is_integer():
            return int(value)
    return value
