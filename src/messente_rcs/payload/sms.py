"""SMS messages (OpenAPI 2.1.0, SMS)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import StringConstraints

from messente_rcs.payload.fields import SMS_SENDER, Count, Hex, Text
from messente_rcs.payload.rules import at_most_one, ruled


class SmsFields(TypedDict):
    """An SMS. `autoconvert` takes the values of the spec's description; its enum is YAML's on/off gone wrong."""

    channel: Literal["sms"]
    text: Text
    sender: NotRequired[Annotated[str, StringConstraints(min_length=1, pattern=SMS_SENDER)]]
    ttl: NotRequired[Count]
    validity: NotRequired[Count]
    autoconvert: NotRequired[Literal["on", "full", "off"]]
    udh: NotRequired[Hex]


Sms = Annotated[SmsFields, ruled(at_most_one("ttl", "validity"))]
