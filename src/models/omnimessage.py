"""The payload as a whole: Messente's Omnimessage (OpenAPI 2.1.0) and the fields of ours that steer a submission."""

from typing import Annotated, NotRequired, TypedDict

from pydantic import ConfigDict, Field, with_config

from messente_rcs.payload.rules import channels_once, one_is_rcs
from models.fields import Instant, Iso8601, Key, OnUnknown, Phone, Priority, TextStore
from models.rcs import Rcs, RcsText
from models.rules import exactly_one, ruled, sized
from models.sms import Sms
from models.viber import Viber
from models.whatsapp import WhatsApp


# Strict: nothing is converted, so what was sent is what goes out. The objects inside take this configuration over.
@with_config(ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True))
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


Payload = Annotated[PayloadFields, ruled(exactly_one("text", "messages"))]
