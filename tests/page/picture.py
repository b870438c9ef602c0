"""Take the picture of the page that the README shows: `python -m tests.page.picture`."""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator

from tests.local.process import NotReady
from tests.page.desk import Desk
from tests.page.examples import examples
from tests.page.server import Page
from tests.support.browser import NO_BROWSER, chromium, launched, served

PICTURE = Path(__file__).with_name("phone.png")
WINDOW = {"width": 1440, "height": 840}
MOST_BYTES = 250_000

SHOP, PARCELS, TOURS, CUT = "+37255510002", "+37255510006", "+37255510007", "+37255510008"


_SMS = {"channel": "sms", "sender": "Example", "text": "Your parcel has arrived."}


def _messages() -> list[dict[str, Any]]:
    """List the messages, the oldest first: the last one is what the picture is about."""
    named = {each["name"]: each["payload"] for each in examples()}
    tours, shop = named["Carousel, medium"], named["Card, then SMS"]
    tours["messages"][0]["sender"], shop["messages"][0]["sender"] = "Trails", "Example Shop"
    return [
        {**tours, "to": TOURS},
        {"to": CUT, "messages": [{"channel": "rcs", "sender": "Example Bank", "text": "Your code is 4711."}]},
        {"to": PARCELS, "messages": [{"channel": "rcs", "sender": "Parcel Post", "text": _SMS["text"]}, _SMS]},
        {**shop, "to": SHOP},
    ]


def send(desk: Desk) -> None:
    """Send the messages; one of them fails on RCS, and the answer to another one is lost."""
    desk.fault(CUT, answer="cut_after_accept", course="none", times=1)
    desk.fault(PARCELS, course="fail_then_next", times=1)
    for number, payload in enumerate(_messages(), 1):
        desk.send("api", {**payload, "idempotency_key": f"offer-{2000 + number}"})


def take(browser: Browser, page: Page) -> None:
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
