"""SMS messages (OpenAPI 2.1.0, SMS)."""

from typing import Annotated, Literal, NotRequired

from pydantic import StringConstraints

from messente_rcs.payload.fields import SMS_SENDER, ChannelFields, Hex, Text
from messente_rcs.payload.rules import not_both, ruled


@ruled(not_both("ttl", "validity"))
class Sms(ChannelFields):
    """An SMS. `autoconvert` takes the values of the spec's description; its enum is YAML's on/off gone wrong."""

    channel: Literal["sms"]
    text: Text
    """The text of the SMS."""
    sender: NotRequired[Annotated[str, StringConstraints(min_length=1, pattern=SMS_SENDER)]]
    """The sender that the recipient sees."""
    autoconvert: NotRequired[Literal["on", "full", "off"]]
    """Whether characters outside of GSM 7-bit are replaced."""
    udh: NotRequired[Hex]
    """The header of the SMS, as hexadecimal digits."""
