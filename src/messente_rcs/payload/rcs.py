"""RCS messages: every model, limit and "exactly one of" of Messente's OpenAPI 2.1.0 (Rcs*)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field, StringConstraints

from messente_rcs.payload.fields import (
    PRINTABLE,
    Caption,
    ChannelFields,
    Phone,
    Rfc3339,
    ShortLink,
    Text,
    WebUrl,
    limited,
)
from messente_rcs.payload.rules import at_least_one, exactly_one, in_order, not_both, ruled, sized

RcsText = Annotated[str, limited(3072)]
Label = Annotated[str, limited(25)]
PostbackData = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=PRINTABLE)]


class LatLng(TypedDict):
    """Degrees; the ranges are those of the coordinates themselves, the spec has none."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    """Degrees north; south is negative."""
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    """Degrees east; west is negative."""


class DialAction(TypedDict):
    """Calls a number."""

    phone_number: Phone
    """The number to call, E.164 with `+`."""


@ruled(at_least_one("lat_long", "query"))
class ViewLocationAction(TypedDict):
    """Shows a place on a map, or what a search there finds. The spec requires neither, but describes no third way."""

    lat_long: NotRequired[LatLng]
    """The place to show."""
    label: NotRequired[Caption | None]
    """The name of the place."""
    query: NotRequired[Caption | None]
    """Text to search for on the map."""


@ruled(in_order("start_time", "end_time"))
class CreateCalendarEventAction(TypedDict):
    """Adds an event to the calendar. The spec leaves the times' format open; RFC 3339 is Google's convention."""

    start_time: Rfc3339
    """RFC 3339; before `end_time`."""
    end_time: Rfc3339
    """RFC 3339."""
    title: Annotated[str, limited(100)]
    """The title of the event."""
    description: Annotated[str, limited(500)]
    """The description of the event."""


class OpenUrlAction(TypedDict):
    """Opens a URL, in the browser or in a web view over the conversation."""

    url: ShortLink
    """The URL to open."""
    application: Literal["BROWSER", "WEBVIEW"]
    """In the browser, or in a web view over the conversation."""
    description: NotRequired[Caption]
    """A description of the page, for screen readers."""
    webview_view_mode: NotRequired[Literal["FULL", "HALF", "TALL"]]
    """How much of the screen the web view takes."""


class ShareLocationAction(TypedDict):
    """Asks for the recipient's location; it has no properties."""


class SuggestedReply(TypedDict):
    """A button that answers with its text."""

    text: Label
    """The text of the button."""
    postback_data: PostbackData
    """What comes back when it is tapped; the recipient does not see it."""


@ruled(
    exactly_one(
        "dial_action",
        "view_location_action",
        "create_calendar_event_action",
        "open_url_action",
        "share_location_action",
    )
)
class SuggestedAction(SuggestedReply):
    """A button that does one of five things on the device."""

    fallback_url: NotRequired[ShortLink | None]
    """Opens where the device cannot do the action."""
    dial_action: NotRequired[DialAction]
    view_location_action: NotRequired[ViewLocationAction]
    create_calendar_event_action: NotRequired[CreateCalendarEventAction]
    open_url_action: NotRequired[OpenUrlAction]
    share_location_action: NotRequired[ShareLocationAction]


@ruled(exactly_one("reply", "action"))
class Suggestion(TypedDict):
    """A chip under a message or card."""

    reply: NotRequired[SuggestedReply]
    action: NotRequired[SuggestedAction]


class ContentInfo(TypedDict):
    """A file by its URL."""

    file_url: WebUrl
    """Where the file is."""
    force_refresh: bool
    """Fetch the file anew instead of taking a copy from before."""
    thumbnail_url: NotRequired[WebUrl | None]
    """A smaller picture, shown before the file."""


class Media(TypedDict):
    """The picture or video of a card."""

    height: Literal["SHORT", "MEDIUM", "TALL"]
    """How high the picture or video is shown."""
    content_info: ContentInfo


@ruled(at_least_one("title", "description", "media"))
class CardContent(TypedDict):
    """What a card shows. An empty one is rejected by Google's rule, which Messente's document does not have."""

    title: NotRequired[Annotated[str, limited(200, low=0)] | None]
    """The title of the card."""
    description: NotRequired[Annotated[str, limited(2000, low=0)] | None]
    """The text of the card."""
    media: NotRequired[Media]
    suggestions: NotRequired[Annotated[list[Suggestion], sized(0, 4)]]
    """Buttons on the card."""


class StandaloneCard(TypedDict):
    """One card. The alignment is required for VERTICAL too."""

    card_orientation: Literal["VERTICAL", "HORIZONTAL"]
    """Whether the picture stands above the text or beside it."""
    thumbnail_image_alignment: Literal["LEFT", "RIGHT"]
    """The side on which the picture of a horizontal card stands."""
    card_content: CardContent


class CarouselCard(TypedDict):
    """Cards side by side."""

    card_width: Literal["SMALL", "MEDIUM"]
    """The width of each card."""
    card_contents: Annotated[list[CardContent], sized(2, 10)]


@ruled(exactly_one("standalone_card", "carousel_card"))
class RichCard(TypedDict):
    """One card or a carousel."""

    standalone_card: NotRequired[StandaloneCard]
    carousel_card: NotRequired[CarouselCard]


@ruled(exactly_one("text", "content_info", "rich_card"), not_both("ttl", "validity"))
class Rcs(ChannelFields):
    """An RCS message. `sender` is required in the spec and optional on the documentation page."""

    channel: Literal["rcs"]
    sender: NotRequired[Text]
    """The agent that the recipient sees as the sender."""
    text: NotRequired[RcsText]
    """A plain text."""
    content_info: NotRequired[ContentInfo]
    rich_card: NotRequired[RichCard]
    suggestions: NotRequired[Annotated[list[Suggestion], sized(0, 11)]]
    """Buttons under the message."""
