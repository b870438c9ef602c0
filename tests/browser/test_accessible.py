"""axe finds nothing serious in any look of the page, and nothing is wider than the window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.screen import Screen

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "320 px": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {"forced_colors": "active"},
}
CAROUSEL = {
    "carousel_card": {
        "card_width": "SMALL",
        "card_contents": [{"title": "One", "description": "First"}, {"title": "Two", "description": "Second"}],
    }
}
MESSAGES = [
    {"channel": "rcs", "rich_card": CAROUSEL, "suggestions": [{"reply": {"text": "More", "postback_data": "more"}}]},
    {"channel": "sms", "text": "One and two: https://example.com"},
]


def serious(screen: Screen) -> list[str]:
    """Let axe look at what is on the screen; return what it finds serious or critical, or that one has to scroll."""
    if screen.tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        return ["wider than the window"]
    found = Axe().run(screen.tab).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("screen", LOOKS.values(), ids=LOOKS, indirect=True)
def test_axe_finds_nothing_serious(screen: Screen, number: str) -> None:
    """The three columns with a conversation in them, the faults, and the dialog that composes."""
    screen.send({"to": number, "messages": MESSAGES})
    is_narrow = screen.tab.get_by_role("button", name="What happened").is_visible()
    columns = ["Conversations", "Phone", "What happened"] if is_narrow else []
    if is_narrow:
        screen.tab.get_by_role("button", name="Conversations", exact=True).click()
    screen.choose(number)
    expect(screen.bubbles.get_by_role("button", name="seen")).to_be_visible()
    assert serious(screen) == []
    for column in columns:
        screen.tab.get_by_role("button", name=column, exact=True).click()
        assert serious(screen) == []
    for tab in ("Record", "Make it go wrong", "Dead letters"):
        screen.show(tab)
        assert serious(screen) == []
    expect(screen.compose()).to_be_visible()
    assert serious(screen) == []
    screen.tab.get_by_role("tab", name="JSON").click()
    assert serious(screen) == []


def test_a_print_shows_the_whole_conversation(screen: Screen, number: str) -> None:
    """On paper nothing is cut off by a box that scrolls, and nothing is there that only a screen can use."""
    for order in range(12):
        screen.send({"to": number, "text": f"Message {order}"})
    screen.choose(number)
    expect(screen.bubbles).to_have_count(12)
    screen.tab.emulate_media(media="print")
    assert screen.phone.evaluate("phone => phone.scrollHeight <= phone.clientHeight")
    expect(screen.tab.locator(".timeline")).to_be_visible()
    for name in ("Compose", "Send as the recipient"):
        expect(screen.tab.get_by_role("button", name=name)).to_be_hidden()
