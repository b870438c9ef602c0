"""The payload as a whole: Messente's Omnimessage (OpenAPI 2.1.0) and the fields of ours."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_args, get_type_hints, is_typeddict

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from messente_rcs.payload.fields import TAG, Iso8601, Key, Phone, Rfc3339, TagValue
from messente_rcs.payload.rcs import Rcs, RcsText
from messente_rcs.payload.rules import Rule, Violation, exactly_one, in_order, named, ruled, sized
from messente_rcs.payload.sms import Sms
from messente_rcs.payload.viber import Viber
from messente_rcs.payload.whatsapp import WhatsApp

CHANNELS = frozenset({"rcs", "sms", "viber", "whatsapp"})


def _chain(messages: list[Any]) -> Iterator[Violation]:
    """Require an RCS message, and reject a channel's second message."""
    channels = [str(item.get("channel")) if isinstance(item, dict) else "" for item in messages]
    for index, channel in enumerate(channels):
        if channel in CHANNELS and channel in channels[:index]:
            yield Violation("doubled", (index, "channel"))
    if messages and "rcs" not in channels:
        yield Violation("no_rcs")


class Omnimessage(TypedDict):
    """What Messente gets."""

    to: Phone
    """The recipient, E.164 with `+`."""
    text: NotRequired[RcsText]
    """Short for one RCS text."""
    messages: NotRequired[
        Annotated[
            list[Annotated[Rcs | Sms | Viber | WhatsApp, Field(discriminator="channel")]],
            sized(1, 4, Rule(_chain, {})),
        ]
    ]
    """The chain, in the order of fallback. Each channel at most once; one of them is `rcs`."""
    time_to_send: NotRequired[Iso8601]
    """ISO 8601 with its zone, in upper case; before `expires_at`."""
    priority: NotRequired[Literal["low", "regular", "high"]]
    """Orders your own queue at Messente."""
    text_store: NotRequired[Literal["nostore", "plaintext", "sha256"]]
    """What Messente keeps of the text."""


# Strict: nothing is converted, so what was sent is what goes out. The objects inside take this configuration over.
@with_config(ConfigDict(strict=True, extra="forbid"))
@ruled(exactly_one("text", "messages"), in_order("time_to_send", "expires_at"))
class Payload(Omnimessage):
    """`text` is short for one RCS text. `dlr_url` is not the caller's: it carries our message id."""

    idempotency_key: NotRequired[Key]
    """The message id, chosen by you; the same as the header, if both are given."""
    expires_at: NotRequired[Rfc3339]
    """RFC 3339; past it the message is not sent."""
    on_unknown: NotRequired[Literal["hold", "resend"]]
    """`resend` lets a message whose answer was lost be sent again: for one-time codes, say."""
    ignore_opt_out: NotRequired[bool]
    """`true` sends to a recipient who opted out: only for what the recipient has just asked for."""
    # A name of any kind: the rule says what it must be, with an error that stands at the name itself.
    tags: NotRequired[Annotated[dict[Any, TagValue], named(TAG, 10)]]
    """Your own words about the message, kept in its record and its events; Messente does not get them."""


# The fields of ours. They are no part of what Messente gets, nor of what makes two payloads the same.
STEERING = Payload.__optional_keys__ - Omnimessage.__optional_keys__

# An alias, because pydantic takes no configuration beside the one of a TypedDict. Without it, the text of an error
# shows what was sent.
type _Payload = Payload

PAYLOAD: TypeAdapter[Payload] = TypeAdapter(_Payload, config=ConfigDict(hide_input_in_errors=True))


def parts_of(kind: Any) -> Iterator[Any]:
    """Walk through a type and all that it is made of, what annotates it too; not into the fields of an object."""
    yield kind
    for part in get_args(kind):
        yield from parts_of(part)


@cache
def fields_of(model: Any) -> dict[str, Any]:
    """Return the fields of an object with their types."""
    return get_type_hints(model, include_extras=True)


@cache
def field_names() -> frozenset[str]:
    """Collect the names of all fields, and the channels."""
    return CHANNELS | _names_in(Payload)


def _names_in(kind: Any) -> frozenset[str]:
    fields = [fields_of(each) for each in parts_of(kind) if is_typeddict(each)]
    return frozenset().union(*fields, *(_names_in(each) for own in fields for each in own.values()))
