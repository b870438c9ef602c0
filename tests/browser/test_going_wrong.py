"""What goes wrong is told as it is: what was rejected is not on the phone, what is unknown is corrected by a report."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.local.start import Local
from tests.page.server import Page
from tests.support.screen import Screen

NEWS_ENDS = "document.querySelector('.news-line').getBoundingClientRect().right"
# Of two words within one second, by the time in the message, the stop word counts.
A_SECOND_IS_OVER = "then => Math.floor(Date.now() / 1000) > Math.floor(then / 1000)"
PHONE_BEGINS = "document.querySelector('.device').getBoundingClientRect().left"


@pytest.mark.usefixtures("reports_held_back")
def test_an_answer_that_is_cut_off_leaves_unknown_until_a_report_corrects_it(screen: Screen, number: str) -> None:
    """Messente accepts and its answer is lost: the message lies on the phone, but the function says unknown."""
    screen.converse({"to": number, "text": "Earlier"})
    panel = screen.show("Make it go wrong")
    panel.get_by_label("Messente answers").select_option("cut_after_accept")
    panel.get_by_role("button", name="Set the fault").click()
    expect(panel.get_by_role("button", name="Remove the fault")).to_be_visible()
    panel.get_by_role("switch", name="Messente sends delivery reports").uncheck()
    expect(screen.tab.get_by_text("Reports are held back", exact=True)).to_be_visible()

    message_id = screen.send({"to": number, "text": "Is anybody there?"})
    expect(screen.bubbles.nth(1)).to_contain_text("unknown to the function")
    expect(screen.tab.locator(".badges")).to_have_text("unknown")
    assert screen.state_of(message_id) == "unknown"

    panel.get_by_role("switch", name="Messente sends delivery reports").check()
    expect(screen.bubbles.nth(1)).not_to_contain_text("unknown to the function")
    expect(screen.bubbles.nth(1).get_by_role("button", name="seen")).to_be_visible()
    assert screen.state_of(message_id) == "sent"


@pytest.mark.usefixtures("reports_held_back")
def test_one_button_sends_again_and_the_correction_is_seen(screen: Screen, number: str) -> None:
    """A copy is sent, its answer is cut off, and the report that corrects it is told where one looks."""
    screen.converse({"to": number, "text": "Once more"})
    screen.local.standin.courier.enabled = False  # else the report may come before the function says unknown
    screen.show("Make it go wrong").get_by_role("button", name="Send it again, cut the answer").click()
    expect(screen.bubbles.nth(1)).to_contain_text("unknown to the function")
    screen.local.standin.courier.enabled = True
    expect(screen.bubbles.nth(1)).to_contain_text("was unknown, corrected by a report")
    expect(screen.tab.get_by_text("The record is corrected, it changes from unknown to sent")).to_be_visible()
    expect(screen.tab.locator(".badges")).to_contain_text("was unknown, corrected")


def test_what_messente_rejects_is_never_on_the_phone(screen: Screen, number: str) -> None:
    """A rejected message is a note above the phone and a line of the timeline, and no bubble."""
    screen.send({"to": number, "text": "Earlier"})
    screen.set_fault(number, answer="400")
    message_id = screen.send({"to": number, "text": "Reject me"})
    screen.choose(number)
    note = screen.tab.get_by_role("button", name="Not sent Reject me")
    expect(note).to_contain_text("Messente answers 400; it has not accepted the message. payload[to]: Invalid")
    note.click()
    expect(screen.timeline.get_by_text("Messente answers 400").first).to_be_visible()
    expect(screen.bubbles).to_have_count(1)
    expect(screen.phone).not_to_contain_text("Reject me")
    assert screen.state_of(message_id) == "rejected"
    assert len(screen.accepted(number)) == 1


def test_a_note_tells_the_text_once_it_is_known(screen: Screen, stack: tuple[Local, Page], number: str) -> None:
    """The page knows the record of another program's message, but not its text."""
    payload = {"to": number, "text": "Too late", "expires_at": "2026-01-01T00:00:00Z", "idempotency_key": number[1:]}
    stack[0].stack.queue(json.dumps(payload))
    screen.choose(number)
    expect(screen.tab.get_by_role("button", name="Not sent Message")).to_be_visible()
    screen.send(payload)
    expect(screen.tab.get_by_role("button", name="Not sent Too late")).to_be_visible()


def test_a_dead_letter_is_shown_with_its_reason(screen: Screen, number: str) -> None:
    """What the queue brings and nobody can send lies among the dead letters, and is not said to be sent yet."""
    screen.send({"to": number, "text": ""}, through="queue")
    expect(screen.show("Dead letters").get_by_text("payload[text]").first).to_be_visible()
    screen.choose(number)
    expect(screen.tab.locator(".note b")).to_have_text("Not sent")
    expect(screen.tab.locator(".note")).to_contain_text("a dead letter: invalid. payload[text]")


def test_a_scheduled_message_says_until_when_it_waits(screen: Screen, number: str) -> None:
    """Messente has accepted it, and nothing of it is on the phone."""
    at = datetime.now(UTC) + timedelta(minutes=5)
    screen.converse({"to": number, "text": "Later", "time_to_send": at.isoformat(timespec="seconds")})
    local = screen.tab.evaluate("at => new Date(at).toLocaleTimeString('en-GB')", at.timestamp() // 1 * 1000)
    words = re.compile(f"waits until (.+, )?{local}")  # with the day, where midnight comes before it
    expect(screen.tab.get_by_role("button", name="Scheduled Later")).to_contain_text(words)
    expect(screen.bubbles).to_have_count(0)


@pytest.mark.parametrize("screen", [{"viewport": {"width": 1440, "height": 640}}], indirect=True)
def test_neither_notes_nor_news_cover_the_newest_bubble(screen: Screen, number: str) -> None:
    """Notes take their room above the phone, the end of the conversation stays in view, and news is beside it."""
    for order in range(8):
        screen.converse({"to": number, "text": f"Message {order}"})
    for _ in range(4):
        screen.send({"to": number, "text": ""}, through="queue")
    expect(screen.tab.get_by_text("One more is not on the phone")).to_be_attached()
    expect(screen.bubbles.last).to_be_in_viewport(ratio=1)
    screen.tab.get_by_role("button", name="Terminal").click()
    screen.tab.get_by_role("button", name="Copy: Table").click()
    expect(screen.tab.get_by_text("Copied: Table")).to_be_visible()
    assert screen.tab.evaluate(NEWS_ENDS) < screen.tab.evaluate(PHONE_BEGINS)


@pytest.mark.parametrize("country", ["+372", "+52155"])  # the list has a Mexican mobile number without its 1
def test_an_opt_out_is_shown_in_the_conversation(screen: Screen, number: str, country: str) -> None:
    """STOP is followed by a line that says what it means, and the next message by the reason why it is not sent."""
    number = number.replace("+372", country)
    screen.converse({"to": number, "text": "Hello"})
    screen.write("STOP")
    expect(screen.phone.get_by_text("Opted out: messages are rejected")).to_be_visible()
    opted_out = screen.tab.evaluate("Date.now()")
    screen.send({"to": number, "text": "Still there?"})
    expect(screen.tab.get_by_role("button", name="Not sent Still there?")).to_contain_text("has opted out")
    screen.tab.wait_for_function(A_SECOND_IS_OVER, arg=opted_out)
    screen.write("START")
    expect(screen.phone.get_by_text("Opted in: messages are sent again")).to_be_visible()


def test_errors_are_shown_at_their_fields(screen: Screen, number: str) -> None:
    """Each error stands at the field that it is about while one types, and what is wrong is not sent."""
    dialog = screen.compose()
    dialog.get_by_label("Start from").select_option(label="Text with five actions")
    to = dialog.get_by_role("textbox", name="To", exact=True)
    to.fill("55")
    expect(to).to_have_attribute("aria-invalid", "true")
    expect(to).to_have_accessible_error_message(re.compile("^Must be a phone number"))
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(to).to_be_focused()

    to.fill(number)
    expect(to).not_to_have_attribute("aria-invalid", "true")
    label = dialog.get_by_role("group", name="Suggestion 1").get_by_label("Text on it")
    label.fill("A label of more than 25 characters")
    expect(label).to_have_accessible_error_message(re.compile("^Must have at most 25 characters"))
    assert screen.accepted(number) == []


def test_the_json_and_the_form_are_one_payload(screen: Screen, number: str) -> None:
    """What is typed as JSON is in the form, and an error marks its line."""
    dialog = screen.compose()
    dialog.get_by_role("tab", name="JSON").click()
    editor = dialog.get_by_label("The payload as JSON")
    editor.fill('{\n  "to": "' + number + '",\n  "text": "Typed",\n  "priority": "urgent"\n}')
    expect(dialog.get_by_role("textbox", name="To", exact=True)).to_have_value(number)
    expect(dialog.locator(".editor-numbers .is-marked")).to_have_text("4")
    editor.fill("{")
    expect(dialog.get_by_text("Not a payload yet")).to_be_visible()
