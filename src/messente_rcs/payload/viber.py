"""Viber messages (OpenAPI 2.1.0, Viber*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from messente_rcs.payload.fields import PRINTABLE, ChannelFields, Link, Note, Text, WebUrl, limited
from messente_rcs.payload.rules import combinations, not_both, ruled, sized


class Video(TypedDict):
    """A video: bytes and seconds. "200MB" is read generously, as 200 MiB."""

    url: WebUrl
    """Where the video is."""
    thumbnail: WebUrl
    """Where its preview picture is."""
    file_size: Annotated[int, Field(ge=0, le=200 * 1024 * 1024)]
    """Bytes."""
    duration: Annotated[int, Field(ge=1, le=600)]
    """Seconds."""


class ViberTemplate(TypedDict):
    """A template that Viber approved."""

    id: Text
    """The id of the template."""
    lang: Text
    """The language of the template."""
    params: NotRequired[Annotated[dict[Note, Note], Field(json_schema_extra={"propertyNames": {"pattern": PRINTABLE}})]]
    """The values of the template's parameters, by name."""


class Button(TypedDict):
    """A button of a carousel item."""

    label: Text
    """The text of the button."""
    action_url: Link
    """The URL that it opens."""


class CarouselItem(TypedDict):
    """A picture with a title and one or two buttons."""

    title: Annotated[str, limited(38, low=2)]
    """The text under the picture."""
    image_url: WebUrl
    """Where the picture is."""
    primary_button: Button
    """The first button."""
    secondary_button: NotRequired[Button]
    """A second button."""


class Carousel(TypedDict):
    """Pictures side by side."""

    items: Annotated[list[CarouselItem], sized(2, 5)]


@ruled(
    not_both("ttl", "validity"),
    combinations(
        {"image_url"},
        {"text"},
        {"text", "button_text", "button_url"},
        {"text", "image_url", "button_text", "button_url"},
        {"video"},
        {"video", "text"},
        {"video", "text", "button_text"},
        {"video", "text", "button_text", "button_url"},
        {"carousel", "text"},
        {"template"},
    ),
)
class Viber(ChannelFields):
    """A Viber message. The spec's list of combinations leaves `template` out; it stands alone."""

    channel: Literal["viber"]
    sender: NotRequired[Text]
    """The sender that the recipient sees."""
    text: NotRequired[Text]
    """A plain text."""
    image_url: NotRequired[WebUrl]
    """Where the picture is."""
    button_url: NotRequired[Link]
    """The URL that the button opens."""
    button_text: NotRequired[Text]
    """The text of the button."""
    video: NotRequired[Video]
    template: NotRequired[ViberTemplate]
    carousel: NotRequired[Carousel]
