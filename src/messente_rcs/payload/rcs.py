"""RCS messages: every model, limit and "exactly one of" of Messente's OpenAPI 2.1.0 (Rcs*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field, StringConstraints

from messente_rcs.payload.fields import (
    PRINTABLE,
    Caption,
    Count,
    Phone,
    Rfc3339,
    ShortLink,
    Text,
    WebUrl,
    limited,
)
from messente_rcs.payload.rules import at_least_one, at_most_one, exactly_one, in_order, ruled, sized

RcsText = Annotated[str, limited(3072)]
Label = Annotated[str, limited(25)]
PostbackData = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=PRINTABLE)]


class LatLng(TypedDict):
    """Degrees; the ranges are those of the coordinates themselves, the spec has none."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class DialAction(TypedDict):
    """Calls a number."""

    phone_number: Phone


class ViewLocationAction(TypedDict):
    """Shows a place on a map, or what a search there finds. The spec requires neither, but describes no third way."""

    lat_long: NotRequired[LatLng]
    label: NotRequired[Caption | None]
    query: NotRequired[Caption | None]


class CreateCalendarEventAction(TypedDict):
    """Adds an event to the calendar. The spec leaves the times' format open; RFC 3339 is Google's convention."""

    start_time: Rfc3339
    end_time: Rfc3339
    title: Annotated[str, limited(100)]
    description: Annotated[str, limited(500)]


class OpenUrlAction(TypedDict):
    """Opens a URL, in the browser or in a web view over the conversation."""

    url: ShortLink
    application: Literal["BROWSER", "WEBVIEW"]
    description: NotRequired[Caption]
    webview_view_mode: NotRequired[Literal["FULL", "HALF", "TALL"]]


class ShareLocationAction(TypedDict):
    """Asks for the recipient's location; it has no properties."""


class SuggestedReply(TypedDict):
    """A canned answer; `postback_data` comes back when it is tapped."""

    text: Label
    postback_data: PostbackData


class SuggestedActionFields(TypedDict):
    """A button that does one of five things on the device."""

    text: Label
    postback_data: PostbackData
    fallback_url: NotRequired[ShortLink | None]
    dial_action: NotRequired[DialAction]
    view_location_action: NotRequired[Annotated[ViewLocationAction, ruled(at_least_one("lat_long", "query"))]]
    create_calendar_event_action: NotRequired[
        Annotated[CreateCalendarEventAction, ruled(in_order("start_time", "end_time"))]
    ]
    open_url_action: NotRequired[OpenUrlAction]
    share_location_action: NotRequired[ShareLocationAction]


SuggestedAction = Annotated[
    SuggestedActionFields,
    ruled(
        exactly_one(
            "dial_action",
            "view_location_action",
            "create_calendar_event_action",
            "open_url_action",
            "share_location_action",
        )
    ),
]


class SuggestionFields(TypedDict):
    """A chip under a message or card."""

    reply: NotRequired[SuggestedReply]
    action: NotRequired[SuggestedAction]


Suggestion = Annotated[SuggestionFields, ruled(exactly_one("reply", "action"))]


class ContentInfo(TypedDict):
    """A file by its URL."""

    file_url: WebUrl
    force_refresh: bool
    thumbnail_url: NotRequired[WebUrl | None]


class Media(TypedDict):
    """The picture or video of a card."""

    height: Literal["SHORT", "MEDIUM", "TALL"]
    content_info: ContentInfo


class CardContentFields(TypedDict):
    """What a card shows. That an empty one is refused is Google's rule, not in Messente's spec."""

    title: NotRequired[Annotated[str, limited(200, low=0)] | None]
    description: NotRequired[Annotated[str, limited(2000, low=0)] | None]
    media: NotRequired[Media]
    suggestions: NotRequired[Annotated[list[Suggestion], sized(0, 4)]]


CardContent = Annotated[CardContentFields, ruled(at_least_one("title", "description", "media"))]


class StandaloneCard(TypedDict):
    """One card. The alignment is required for VERTICAL too."""

    card_orientation: Literal["VERTICAL", "HORIZONTAL"]
    thumbnail_image_alignment: Literal["LEFT", "RIGHT"]
    card_content: CardContent


class CarouselCard(TypedDict):
    """Cards side by side."""

    card_width: Literal["SMALL", "MEDIUM"]
    card_contents: Annotated[list[CardContent], sized(2, 10)]


class RichCardFields(TypedDict):
    """One card or a carousel."""

    standalone_card: NotRequired[StandaloneCard]
    carousel_card: NotRequired[CarouselCard]


RichCard = Annotated[RichCardFields, ruled(exactly_one("standalone_card", "carousel_card"))]


class RcsFields(TypedDict):
    """An RCS message. `sender` is required in the spec and optional on the documentation page."""

    channel: Literal["rcs"]
    sender: NotRequired[Text]
    ttl: NotRequired[Count]
    validity: NotRequired[Count]
    text: NotRequired[RcsText]
    content_info: NotRequired[ContentInfo]
    rich_card: NotRequired[RichCard]
    suggestions: NotRequired[Annotated[list[Suggestion], sized(0, 11)]]


Rcs = Annotated[RcsFields, ruled(exactly_one("text", "content_info", "rich_card"), at_most_one("ttl", "validity"))]
