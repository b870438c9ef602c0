"""Take the picture of the page that the README shows: `python -m tests.page.picture`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.local.process import NotReady
from tests.page.asked import Fault, Send
from tests.support.browser import NO_BROWSER, chromium, launched, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

    from tests.page.desk import Desk
    from tests.page.server import Page

PICTURE = Path(__file__).with_name("phone.png")
WINDOW = {"width": 1440, "height": 840}
MOST_BYTES = 250_000

SHOP, PARCELS, TOURS, CUT = "+37255510002", "+37255510006", "+37255510007", "+37255510008"


def _content(title: str, text: str, file: str, height: str, *suggestions: dict[str, Any]) -> dict[str, Any]:
    media = {"height": height, "content_info": {"file_url": f"https://example.com/{file}", "force_refresh": False}}
    return {"title": title, "description": text, "media": media, "suggestions": list(suggestions)}


def _reply(text: str) -> dict[str, Any]:
    return {"reply": {"text": text, "postback_data": text.lower().replace(" ", "-")}}


def _opens(text: str) -> dict[str, Any]:
    target = {"url": "https://example.com/boots", "application": "BROWSER"}
    return {"action": {"text": text, "postback_data": "shop", "open_url_action": target}}


def _rcs(sender: str, **content: Any) -> dict[str, Any]:
    return {"channel": "rcs", "sender": sender, **content}


_BOOTS = _content(
    "Autumn boots",
    "Back in your size, until Sunday.",
    "autumn-boots.jpg",
    "MEDIUM",
    _reply("Keep a pair"),
    _opens("Open the shop"),
)
_CARD = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": _BOOTS}
_SMS = {"channel": "sms", "sender": "Example", "text": "Autumn boots are back: https://example.com/boots"}
_TOURS = [
    _content(each, "Three hours, with a guide.", f"{each}.jpg", "SHORT", _reply("Book")) for each in ("Bogs", "Islands")
]

# The oldest first: the last one is what the picture is about.
MESSAGES: list[dict[str, Any]] = [
    {
        "to": TOURS,
        "messages": [_rcs("Trails", rich_card={"carousel_card": {"card_width": "MEDIUM", "card_contents": _TOURS}})],
    },
    {"to": CUT, "messages": [_rcs("Example Bank", text="Your code is 4711.")]},
    {"to": PARCELS, "messages": [_rcs("Parcel Post", text="Your parcel has arrived."), _SMS]},
    {"to": SHOP, "messages": [_rcs("Example Shop", rich_card={"standalone_card": _CARD}), _SMS]},
]


def send(desk: Desk) -> None:
    """Send the messages; one of them fails on RCS, and the answer to another one is lost."""
    desk.fault(Fault.model_validate({"to": CUT, "answer": "cut_after_accept", "course": "none", "times": 1}))
    desk.fault(Fault.model_validate({"to": PARCELS, "answer": None, "course": "fail_then_next", "times": 1}))
    for number, payload in enumerate(MESSAGES, 1):
        named = {**payload, "idempotency_key": f"offer-{2000 + number}"}
        desk.send(Send.model_validate({"through": "api", "payload": named}))


def take(browser: Browser, page: Page) -> None:
    """Wait until the card is seen, then take the picture."""
    with browser.new_context(viewport=WINDOW, color_scheme="light", reduced_motion="reduce") as context:  # type: ignore[arg-type]
        tab = context.new_page()
        tab.goto(page.url)
        phone: Locator = tab.get_by_role("region", name="Conversation on the phone")
        phone.get_by_role("button", name="seen").wait_for()
        tab.get_by_text("Messente reports SEEN").wait_for()
        tab.locator(".news-line").first.wait_for(state="detached")
        tab.screenshot(path=PICTURE)


def main() -> int:
    """Do it all; 0 if the picture is there and not too large."""
    program = chromium()
    if program is None:
        print(f"make picture: {NO_BROWSER}", file=sys.stderr)
        return 1
    try:
        with launched(program) as browser, served(report=0.4) as (_, page):
            send(page.desk)
            take(browser, page)
    except NotReady as failure:
        print(f"make picture: {failure}", file=sys.stderr)
        return 1
    size = PICTURE.stat().st_size
    print(f"\n{PICTURE.name}: {size} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
