"""The payload as a whole: Messente's Omnimessage (OpenAPI 2.1.0) and the fields of ours."""

from collections.abc import Iterator
from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from messente_rcs.payload.fields import (
    TAG,
    Instant,
    Iso8601,
    Key,
    OnUnknown,
    Phone,
    Priority,
    TagValue,
    TextStore,
)
from messente_rcs.payload.rcs import Rcs, RcsText
from messente_rcs.payload.rules import Violation, exactly_one, in_order, named, ruled, sized
from messente_rcs.payload.sms import Sms
from messente_rcs.payload.viber import Viber
from messente_rcs.payload.whatsapp import WhatsApp

CHANNELS = frozenset({"rcs", "sms", "viber", "whatsapp"})


def channels_once(messages: list[Any]) -> Iterator[Violation]:
    """Refuse a channel's second message."""
    seen: set[str] = set()
    for index, channel in enumerate(_channels(messages)):
        if channel in seen:
            yield Violation("doubled", (index, "channel"))
        elif channel in CHANNELS:
            seen.add(channel)


def one_is_rcs(messages: list[Any]) -> Iterator[Violation]:
    """Require an RCS message."""
    if messages and "rcs" not in _channels(messages):
        yield Violation("no_rcs")


def _channels(messages: list[Any]) -> list[str]:
    return [str(item.get("channel")) if isinstance(item, dict) else "" for item in messages]


# A name of any kind: the rule says what it must be, with an error that stands at the name itself.
Tags = Annotated[dict[Any, TagValue], named(TAG, 10)]


# Strict: nothing is converted, so what was sent is what goes out. The objects inside take this configuration over.
@with_config(ConfigDict(strict=True, extra="forbid"))
class PayloadFields(TypedDict):
    """`text` is short for one RCS text. `dlr_url` is not the caller's: it carries our message id."""

    to: Phone
    text: NotRequired[RcsText]
    messages: NotRequired[
        Annotated[
            list[Annotated[Rcs | Sms | Viber | WhatsApp, Field(discriminator="channel")]],
            sized(1, 4, channels_once, one_is_rcs),
        ]
    ]
    time_to_send: NotRequired[Iso8601]
    priority: NotRequired[Priority]
    text_store: NotRequired[TextStore]
    idempotency_key: NotRequired[Key]
    expires_at: NotRequired[Instant]
    on_unknown: NotRequired[OnUnknown]
    ignore_opt_out: NotRequired[bool]
    tags: NotRequired[Tags]


Payload = Annotated[PayloadFields, ruled(exactly_one("text", "messages"), in_order("time_to_send", "expires_at"))]

# An alias, because pydantic takes no configuration beside the one of a TypedDict. Without it, the text of an error
# shows what was sent.
type _Payload = Payload

PAYLOAD: TypeAdapter[PayloadFields] = TypeAdapter(_Payload, config=ConfigDict(hide_input_in_errors=True))
