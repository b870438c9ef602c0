"""Payloads that attack the page change nothing but text."""

import json
from typing import Any

from playwright.sync_api import expect

from tests.support.screen import Screen

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>&lt;b&gt;'
SHORT = "<b onclick=alert(3)>"
BY_SCRIPT = "javascript:alert(4)"
RIGHT_TO_LEFT = "\u202eevil\u202c שלום עולם \u2066"
EMOJI = "🥾" * 3072
WIDTHS = "phone => [phone.querySelector('.bubble'), phone].map((each) => each.getBoundingClientRect().width)"
FOREIGN = "script, iframe, img, object, embed, link, style, base, meta, form"


def card(title: str) -> dict[str, Any]:
    link = {"open_url_action": {"url": BY_SCRIPT, "application": "BROWSER"}}
    return {
        "title": title,
        "description": MARKUP,
        "media": {
            "height": "SHORT",
            "content_info": {"file_url": "https://attacker.example/<svg onload=alert(5)>.png", "force_refresh": True},
        },
        "suggestions": [
            {"reply": {"text": SHORT, "postback_data": MARKUP}},
            {"action": {"text": "Open", "postback_data": "open", "fallback_url": BY_SCRIPT, **link}},
        ],
    }


def chain(number: str) -> dict[str, Any]:
    standalone = {
        "card_orientation": "VERTICAL",
        "thumbnail_image_alignment": "LEFT",
        "card_content": card(RIGHT_TO_LEFT),
    }
    return {
        "to": number,
        "messages": [
            {"channel": "rcs", "sender": MARKUP, "rich_card": {"standalone_card": standalone}},
            {"channel": "viber", "text": MARKUP, "button_text": SHORT, "button_url": BY_SCRIPT},
            {"channel": "whatsapp", "image": {"link": "https://attacker.example/x.png", "caption": MARKUP}},
            {"channel": "sms", "text": f"{MARKUP} {BY_SCRIPT} https://example.com/<script>"},
        ],
    }


def test_markup_stays_text_on_every_channel(screen: Screen, number: str) -> None:
    """No element and no link to a script is made of a payload, and nothing that it names is loaded."""
    before = screen.tab.locator(FOREIGN).count()
    screen.set_fault(number, course="expire")
    screen.post(chain(number))
    screen.choose(number)
    expect(screen.bubbles).to_have_count(4)
    expect(screen.bubbles.nth(0)).to_contain_text(MARKUP)
    expect(screen.bubbles.nth(0)).to_contain_text(RIGHT_TO_LEFT)
    expect(screen.bubbles.nth(1)).to_contain_text(BY_SCRIPT)
    expect(screen.bubbles.nth(3)).to_contain_text(f"{MARKUP} {BY_SCRIPT}")
    screen.bubbles.nth(0).get_by_role("button", name="Open", exact=True).click()
    expect(screen.tab.get_by_text("The phone would open")).to_contain_text(BY_SCRIPT)
    for tab in ("Timeline", "Record"):
        screen.show(tab)
    assert screen.tab.locator(FOREIGN).count() == before
    links = screen.tab.locator("a[href]").evaluate_all("links => links.map((each) => each.protocol + each.hash)")
    assert set(links) <= {"http:#phone", "http:", "https:"}


def test_hostile_dead_letters_and_conversations_stay_text(screen: Screen) -> None:
    """A payload that nobody can send is shown as it is too, with a recipient of markup."""
    screen.send({"to": MARKUP, "text": MARKUP}, through="queue")
    expect(screen.show("Dead letters").get_by_text("payload[to]").first).to_be_visible()
    assert screen.tab.locator("[onerror], [onclick], [onload]").count() == 0


def test_what_is_composed_stays_text_too(screen: Screen, number: str) -> None:
    """The preview shows a payload before anybody has checked it."""
    before = screen.tab.locator("[href^='javascript'], [onerror], [onclick], [onload]").count()
    dialog = screen.compose()
    dialog.get_by_role("tab", name="JSON").click()
    dialog.get_by_label("The payload as JSON").fill(json.dumps(chain(number)))
    dialog.get_by_role("tab", name="Preview").click()
    expect(dialog.get_by_role("tabpanel", name="Preview")).to_contain_text(f"{MARKUP} {BY_SCRIPT}")
    expect(dialog.locator(".problem").first).to_be_visible()
    assert screen.tab.locator("[href^='javascript'], [onerror], [onclick], [onload]").count() == before


def test_the_longest_text_of_emoji_fits(screen: Screen, number: str) -> None:
    """3,072 emoji are shown whole, in a bubble no wider than the phone."""
    screen.converse({"to": number, "text": EMOJI})
    expect(screen.bubbles.locator(".bubble")).to_have_text(EMOJI)
    # At one moment: a report that arrives puts another bubble in this one's place.
    bubble, phone = screen.phone.evaluate(WIDTHS)
    assert 0 < bubble < phone
    assert screen.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
