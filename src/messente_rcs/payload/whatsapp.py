"""WhatsApp messages (OpenAPI 2.1.0, WhatsApp*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from messente_rcs.payload.fields import Caption, ChannelFields, Note, Text, WebUrl
from messente_rcs.payload.rules import exactly_one, not_both, ruled

ONE_ORIGIN = exactly_one("id", "link")


class TextContent(TypedDict):
    """Plain text."""

    body: Text
    """The text."""
    preview_url: NotRequired[bool]
    """Whether the first URL in the text is shown with a preview."""


@ruled(ONE_ORIGIN)
class Upload(TypedDict):
    """A file by its id at WhatsApp or by its URL; each kind of file adds its fields."""

    id: NotRequired[Text | None]
    """The id of the file at WhatsApp."""
    link: NotRequired[WebUrl | None]
    """The URL of the file."""
    mime_type: NotRequired[Note | None]
    """The kind of the file, such as image/png."""


@ruled(ONE_ORIGIN)
class CaptionedUpload(Upload):
    """A file with a text: a picture or a video."""

    caption: NotRequired[Caption | None]
    """The text under the file."""


@ruled(ONE_ORIGIN)
class Document(CaptionedUpload):
    """A document."""

    file_name: NotRequired[Note | None]
    """The name that the recipient sees."""


@ruled(ONE_ORIGIN)
class Sticker(Upload):
    """A sticker."""

    animated: NotRequired[bool | None]
    """Whether the sticker moves."""


class Language(TypedDict):
    """The language of a template."""

    code: Text
    """The language, such as en_US."""
    policy: NotRequired[Note]
    """How WhatsApp chooses a language."""


class Currency(TypedDict):
    """An amount; `amount_1000` is a thousand times it, as a string."""

    fallback_value: Text
    """The text to show if WhatsApp cannot format the amount."""
    code: Text
    """The currency by ISO 4217."""
    amount_1000: Text
    """The amount times 1000."""


class DateTime(TypedDict):
    """A date, as the text to show."""

    fallback_value: Text
    """The date as a text."""


@ruled(not_both("id", "link"))
class ParameterMedia(TypedDict):
    """A file in a template; other names than in a message, and nothing required."""

    id: NotRequired[Text]
    """The id of the file at WhatsApp."""
    link: NotRequired[WebUrl]
    """The URL of the file."""
    caption: NotRequired[Caption]
    """The text under the file."""
    filename: NotRequired[Note]
    """The name that the recipient sees."""


class Parameter(TypedDict):
    """What fills a template's placeholder."""

    type: Text
    """The kind of the parameter, such as text."""
    text: NotRequired[Note]
    """A text."""
    currency: NotRequired[Currency]
    date_time: NotRequired[DateTime]
    image: NotRequired[ParameterMedia]
    """A picture."""
    document: NotRequired[ParameterMedia]
    """A document."""
    video: NotRequired[ParameterMedia]
    """A video."""
    coupon_code: NotRequired[Note]
    """The code that a button copies."""
    payload: NotRequired[Note]
    """What comes back when the button is tapped."""


class Component(TypedDict):
    """A part of a template."""

    type: Text
    """The kind of the part: header, body or button."""
    sub_type: NotRequired[Note]
    """The kind of the button."""
    index: NotRequired[Annotated[int, Field(ge=0, le=2**31 - 1)] | None]
    """The place of the button, from 0."""
    parameters: NotRequired[list[Parameter]]


class WhatsAppTemplate(TypedDict):
    """A template that WhatsApp approved."""

    name: Text
    """The name of the template."""
    language: Language
    components: list[Component]


@ruled(exactly_one("text", "image", "video", "audio", "document", "sticker", "template"), not_both("ttl", "validity"))
class WhatsApp(ChannelFields):
    """A WhatsApp message."""

    channel: Literal["whatsapp"]
    sender: NotRequired[Text]
    """The sender that the recipient sees."""
    text: NotRequired[TextContent]
    image: NotRequired[CaptionedUpload]
    """A picture."""
    video: NotRequired[CaptionedUpload]
    """A video."""
    audio: NotRequired[Upload]
    """A sound."""
    document: NotRequired[Document]
    sticker: NotRequired[Sticker]
    template: NotRequired[WhatsAppTemplate]
