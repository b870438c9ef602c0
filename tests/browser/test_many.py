"""With 500 conversations, a change costs no more than the rows in view. Work is counted, as time has other causes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Route

    from tests.support.screen import Screen

MOST = 500
BEGIN = 1_700_000_000_000
CHANGE, NEW, CLICK = {"made": 120, "touched": 80}, {"made": 160, "touched": 120}, {"made": 250, "touched": 150}


def message(order: int, number: str, status: str = "seen") -> dict[str, Any]:
    """Make a message as the page's API tells it; a later one has a higher order."""
    at, content = BEGIN + 1000 * order, {"channel": "rcs", "text": f"Hello {order}"}
    said = {"at": at, "kind": "report", "says": f"Messente reports {status}", "ok": True, "data": {"status": status}}
    part = {"channel": "rcs", "message_id": f"part-{order}", "content": content, "status": status, "at": at}
    return {
        "id": f"message-{order}",
        "to": number,
        "at": at,
        "begins": at,
        "channels": ["rcs"],
        "payload": {"to": number, "messages": [content]},
        "record": {"id": f"message-{order}", "state": "sent", "delivery": status},
        "parts": [part],
        "accepted": True,
        "taps": [],
        "timeline": [said] * (5 if status == "seen" else 4),
    }


def numbered(order: int) -> str:
    """Make a number for each order."""
    return f"+3725{order:07}"


@pytest.fixture(params=["500 numbers", "one number"])
def many(request: pytest.FixtureRequest, screen: Screen) -> Screen:
    """Open the page with 500 messages, to as many numbers or to one; its further events come from the test."""
    to = numbered if request.param == "500 numbers" else lambda _: numbered(0)

    def given(route: Route) -> None:
        loaded = [message(order, to(order)) for order in range(MOST)]
        state = {**route.fetch().json(), "messages": loaded, "inbound": [], "opt_outs": [], "dead_letters": []}
        route.fulfill(json=state)

    screen.tab.add_init_script(path=Path(__file__).with_name("work.js"))
    screen.tab.route("**/api/state", given)
    screen.open()
    expect(rows(screen).first).to_be_visible()
    return screen


def rows(screen: Screen) -> Locator:
    """Find the conversations that are in the list."""
    return screen.tab.get_by_role("navigation", name="Conversations").get_by_role("listitem")


def work(screen: Screen, *messages: dict[str, Any]) -> dict[str, int]:
    """Tell the page of messages at once, and count what it does."""
    # As text: Playwright takes minutes to hand over thousands of objects.
    counted: dict[str, int] = screen.tab.evaluate("text => counted(() => tell(JSON.parse(text)))", json.dumps(messages))
    return counted


def assert_within(counted: dict[str, int], most: dict[str, int]) -> None:
    """Check that it made and touched no more than this, and grouped all messages once."""
    assert {name: counted[name] for name in most if counted[name] > most[name]} == {}
    assert counted["sorted"] < 2 * MOST


def test_only_what_is_in_view_is_drawn(many: Screen) -> None:
    """Rows and bubbles that are out of view are not in the document."""
    assert rows(many).count() < 30
    assert many.bubbles.count() <= 40
    assert many.tab.locator("*").count() < 1000


def test_a_change_costs_what_it_changes(many: Screen) -> None:
    """A report for a message in view, one for a message out of view, and a new message."""
    to = numbered(0) if rows(many).count() == 1 else numbered(MOST - 2)
    assert_within(work(many, message(MOST - 2, to, "delivered")), CHANGE)
    assert_within(work(many, message(3, numbered(3), "delivered")), CHANGE)
    assert_within(work(many, message(MOST, numbered(MOST))), NEW)


def test_five_thousand_messages_are_drawn_once_a_frame(many: Screen) -> None:
    """Ten thousand events between two frames cost what one costs, and the newest 500 messages stay."""
    flood = [
        message(order, numbered(order), status) for order in range(MOST, 11 * MOST) for status in ("delivered", "seen")
    ]
    assert_within(work(many, *flood), {"made": 700, "touched": 300})
    expect(rows(many).first).to_have_attribute("aria-setsize", str(MOST))
    clicked = many.tab.evaluate("() => counted(() => document.querySelectorAll('.thread-row')[4].click())")
    assert_within(clicked, CLICK)
    expect(rows(many).nth(4).get_by_role("button")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("many", ["500 numbers"], indirect=True)
def test_arrow_keys_lead_through_all_conversations(many: Screen) -> None:
    """The Tab key stops once in the list; arrows, Home and End choose, and what they choose is in view."""
    first = rows(many).first.get_by_role("button")
    first.focus()
    assert many.tab.locator(".thread-row[tabindex='0']").count() == 1
    many.tab.keyboard.press("ArrowDown")
    expect(rows(many).nth(1).get_by_role("button")).to_be_focused()
    many.tab.keyboard.press("End")
    last = many.tab.locator(f"li[aria-posinset='{MOST}']").get_by_role("button")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-current", "true")
    many.tab.keyboard.press("Home")
    expect(rows(many).first.get_by_role("button")).to_be_focused()


@pytest.mark.parametrize("many", ["one number"], indirect=True)
def test_earlier_messages_are_drawn_on_request(many: Screen) -> None:
    """The newest bubbles are there at once, others with a button."""
    shown = many.bubbles.count()
    many.phone.get_by_role("button", name="Show earlier ones").click()
    expect(many.bubbles).to_have_count(2 * shown)
