"""WhatsApp messages (OpenAPI 2.1.0, WhatsApp*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from messente_rcs.payload.fields import Caption, Count, Note, Text, WebUrl
from messente_rcs.payload.rules import at_most_one, exactly_one, ruled

ONE_ORIGIN = exactly_one("id", "link")


class TextContent(TypedDict):
    """Plain text."""

    body: Text
    preview_url: NotRequired[bool]


class UploadFields(TypedDict):
    """A file by its id at WhatsApp or by its URL; each kind of file adds its fields."""

    id: NotRequired[Text | None]
    link: NotRequired[WebUrl | None]
    mime_type: NotRequired[Note | None]


Audio = Annotated[UploadFields, ruled(ONE_ORIGIN)]


class ImageFields(UploadFields):
    """A picture."""

    caption: NotRequired[Caption | None]


Image = Annotated[ImageFields, ruled(ONE_ORIGIN)]


class VideoFields(UploadFields):
    """A video."""

    caption: NotRequired[Caption | None]


Video = Annotated[VideoFields, ruled(ONE_ORIGIN)]


class DocumentFields(UploadFields):
    """A document."""

    caption: NotRequired[Caption | None]
    file_name: NotRequired[Note | None]


Document = Annotated[DocumentFields, ruled(ONE_ORIGIN)]


class StickerFields(UploadFields):
    """A sticker."""

    animated: NotRequired[bool | None]


Sticker = Annotated[StickerFields, ruled(ONE_ORIGIN)]


class Language(TypedDict):
    """The language of a template."""

    code: Text
    policy: NotRequired[Note]


class Currency(TypedDict):
    """An amount; `amount_1000` is a thousand times it, as a string."""

    fallback_value: Text
    code: Text
    amount_1000: Text


class DateTime(TypedDict):
    """A date, as the text to show."""

    fallback_value: Text


class ParameterMediaFields(TypedDict):
    """A file in a template; other names than in a message, and nothing required."""

    id: NotRequired[Text]
    link: NotRequired[WebUrl]
    caption: NotRequired[Caption]
    filename: NotRequired[Note]


ParameterMedia = Annotated[ParameterMediaFields, ruled(at_most_one("id", "link"))]


class Parameter(TypedDict):
    """What fills a template's placeholder."""

    type: Text
    text: NotRequired[Note]
    currency: NotRequired[Currency]
    date_time: NotRequired[DateTime]
    image: NotRequired[ParameterMedia]
    document: NotRequired[ParameterMedia]
    video: NotRequired[ParameterMedia]
    coupon_code: NotRequired[Note]
    payload: NotRequired[Note]


class Component(TypedDict):
    """A part of a template."""

    type: Text
    sub_type: NotRequired[Note]
    index: NotRequired[Annotated[int, Field(ge=0, le=2**31 - 1)] | None]
    parameters: NotRequired[list[Parameter]]


class Template(TypedDict):
    """A template that WhatsApp approved."""

    name: Text
    language: Language
    components: list[Component]


class WhatsAppFields(TypedDict):
    """A WhatsApp message."""

    channel: Literal["whatsapp"]
    sender: NotRequired[Text]
    ttl: NotRequired[Count]
    validity: NotRequired[Count]
    text: NotRequired[TextContent]
    image: NotRequired[Image]
    video: NotRequired[Video]
    audio: NotRequired[Audio]
    document: NotRequired[Document]
    sticker: NotRequired[Sticker]
    template: NotRequired[Template]


WhatsApp = Annotated[
    WhatsAppFields,
    ruled(
        exactly_one("text", "image", "video", "audio", "document", "sticker", "template"),
        at_most_one("ttl", "validity"),
    ),
]
