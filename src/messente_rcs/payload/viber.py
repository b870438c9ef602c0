"""Viber messages (OpenAPI 2.1.0, Viber*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from messente_rcs.payload.fields import Count, Link, Note, Text, WebUrl, limited
from messente_rcs.payload.rules import at_most_one, combinations, ruled, sized


class Video(TypedDict):
    """A video: bytes and seconds. "200MB" is read generously, as 200 MiB."""

    url: WebUrl
    thumbnail: WebUrl
    file_size: Annotated[int, Field(ge=0, le=200 * 1024 * 1024)]
    duration: Annotated[int, Field(ge=1, le=600)]


class Template(TypedDict):
    """A template that Viber approved."""

    id: Text
    lang: Text
    params: NotRequired[dict[str, Note]]


class Button(TypedDict):
    """A button of a carousel item."""

    label: Text
    action_url: Link


class CarouselItem(TypedDict):
    """A picture with a title and one or two buttons."""

    title: Annotated[str, limited(38, low=2)]
    image_url: WebUrl
    primary_button: Button
    secondary_button: NotRequired[Button]


class Carousel(TypedDict):
    """Pictures side by side."""

    items: Annotated[list[CarouselItem], sized(2, 5)]


class ViberFields(TypedDict):
    """A Viber message. The spec's list of combinations leaves `template` out; it stands alone."""

    channel: Literal["viber"]
    sender: NotRequired[Text]
    ttl: NotRequired[Count]
    validity: NotRequired[Count]
    text: NotRequired[Text]
    image_url: NotRequired[WebUrl]
    button_url: NotRequired[Link]
    button_text: NotRequired[Text]
    video: NotRequired[Video]
    template: NotRequired[Template]
    carousel: NotRequired[Carousel]


Viber = Annotated[
    ViberFields,
    ruled(
        at_most_one("ttl", "validity"),
        combinations(
            frozenset({"image_url"}),
            frozenset({"text"}),
            frozenset({"text", "button_text", "button_url"}),
            frozenset({"text", "image_url", "button_text", "button_url"}),
            frozenset({"video"}),
            frozenset({"video", "text"}),
            frozenset({"video", "text", "button_text"}),
            frozenset({"video", "text", "button_text", "button_url"}),
            frozenset({"carousel", "text"}),
            frozenset({"template"}),
        ),
    ),
]
