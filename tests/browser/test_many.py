"""With 500 conversations, a change costs no more than the rows in view. Work is counted, as time has other causes."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.screen import Screen

MOST = 500


@pytest.fixture(params=[False, True], ids=["500 numbers", "one number"])
def many(request: pytest.FixtureRequest, screen: Screen) -> Screen:
    """Open the page with 500 messages, to as many numbers or to one; all its events come from the test."""
    screen.tab.add_init_script(path=Path(__file__).with_name("work.js"))
    screen.tab.add_init_script(f"window.isOneNumber = {str(request.param).lower()}")
    screen.open_empty()
    screen.tab.evaluate(f"counted(() => tell(0, {MOST}))")
    return screen


def rows(screen: Screen) -> Locator:
    return screen.tab.get_by_role("navigation", name="Conversations").get_by_role("listitem")


def assert_work(screen: Screen, act: str, *, made: int, touched: int) -> None:
    """Check that this makes and touches no more in the document, and that the messages are grouped once."""
    counted = screen.tab.evaluate(f"counted(() => {act})")
    assert (counted["made"] <= made, counted["touched"] <= touched, counted["sorted"] < 2 * MOST) == (True,) * 3, (
        counted
    )


def test_only_what_is_in_view_is_drawn(many: Screen) -> None:
    """Rows and bubbles that are out of view are not in the document."""
    assert 1 <= rows(many).count() < 30
    assert 1 <= many.bubbles.count() <= 40
    assert many.tab.locator("*").count() < 1000


def test_a_change_costs_what_it_changes(many: Screen) -> None:
    """A report for a message in view, one for a message out of view, and a new message."""
    assert_work(many, "tell(498, 499, 'delivered')", made=120, touched=80)
    assert_work(many, "tell(3, 4, 'delivered')", made=120, touched=80)
    assert_work(many, "tell(500)", made=160, touched=120)


@pytest.mark.parametrize("many", [False], ids=["500 numbers"], indirect=True)
def test_five_thousand_messages_are_drawn_once_a_frame(many: Screen) -> None:
    """Ten thousand events between two frames cost what one frame costs; the newest 500 stay, and a click is cheap."""
    assert_work(many, "{ tell(500, 5500, 'delivered'); tell(500, 5500) }", made=700, touched=300)
    expect(rows(many).first).to_have_attribute("aria-setsize", str(MOST))
    assert_work(many, "document.querySelectorAll('.thread-row')[4].click()", made=200, touched=120)
    expect(rows(many).nth(4).get_by_role("button")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("many", [False], ids=["500 numbers"], indirect=True)
def test_a_row_that_changes_under_the_finger_is_chosen(many: Screen) -> None:
    """Its message gets further between press and release."""
    rows(many).nth(3).hover()
    many.tab.mouse.down()
    many.tab.evaluate("counted(() => tell(496, 497, 'delivered'))")
    many.tab.mouse.up()
    expect(rows(many).nth(3).get_by_role("button")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("many", [False], ids=["500 numbers"], indirect=True)
def test_arrow_keys_lead_through_all_conversations(many: Screen) -> None:
    """The Tab key stops once in the list; arrows, Home and End choose, and what they choose is in view."""
    rows(many).first.get_by_role("button").focus()
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


@pytest.mark.parametrize("many", [True], ids=["one number"], indirect=True)
def test_earlier_messages_are_drawn_on_request(many: Screen) -> None:
    """The newest bubbles are there at once, others with a button."""
    shown = many.bubbles.count()
    many.phone.get_by_role("button", name="Show earlier ones").click()
    expect(many.bubbles).to_have_count(2 * shown)
