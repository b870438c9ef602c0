"""What goes wrong is told as it is: what was refused is not on the phone, what is unknown is healed by a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.support.screen import Screen


def set_answer(screen: Screen, number: str, answer: str) -> None:
    """Let Messente answer the next message to a number in this way."""
    screen.choose(number)
    panel = screen.show("Make it go wrong")
    panel.get_by_label("Messente answers").select_option(answer)
    panel.get_by_role("button", name="Set the fault").click()
    expect(panel.get_by_role("button", name="Remove the fault")).to_be_visible()


@pytest.mark.usefixtures("reports_held_back")
def test_an_answer_that_is_cut_off_leaves_unknown_until_a_report_heals_it(screen: Screen, number: str) -> None:
    """Messente accepts and its answer is lost: the message lies on the phone, but the function says unknown."""
    screen.send({"to": number, "text": "Earlier"})
    set_answer(screen, number, "cut_after_accept")
    screen.show("Make it go wrong").get_by_role("switch", name="Messente sends delivery reports").uncheck()
    expect(screen.tab.get_by_text("Reports are held back", exact=True)).to_be_visible()

    message_id = screen.send({"to": number, "text": "Is anybody there?"})
    expect(screen.bubbles.nth(1)).to_contain_text("unknown to the function")
    expect(screen.tab.locator(".badges")).to_have_text("unknown")
    assert screen.state_of(message_id) == "unknown"

    screen.show("Make it go wrong").get_by_role("switch", name="Messente sends delivery reports").check()
    expect(screen.bubbles.nth(1)).not_to_contain_text("unknown to the function")
    expect(screen.bubbles.nth(1).get_by_role("button", name="seen")).to_be_visible()
    assert screen.state_of(message_id) == "sent"


def test_what_messente_refuses_is_never_on_the_phone(screen: Screen, number: str) -> None:
    """A refused message is a note above the phone and a line of the timeline, and no bubble."""
    screen.send({"to": number, "text": "Earlier"})
    set_answer(screen, number, "400")
    message_id = screen.send({"to": number, "text": "Refuse me"})
    screen.choose(number)
    note = screen.tab.get_by_role("button", name="Not sent Refuse me")
    expect(note).to_contain_text("400")
    note.click()
    expect(screen.timeline.get_by_text("Messente answers 400").first).to_be_visible()
    expect(screen.bubbles).to_have_count(1)
    expect(screen.phone).not_to_contain_text("Refuse me")
    assert screen.state_of(message_id) == "rejected"
    assert len(screen.accepted(number)) == 1


def test_a_dead_letter_is_shown_with_its_reason(screen: Screen, number: str) -> None:
    """What the queue brings and nobody can send lies among the dead letters."""
    screen.send({"to": number, "text": ""}, through="queue")
    expect(screen.show("Dead letters").get_by_text("payload[text]").first).to_be_visible()


def test_errors_are_shown_at_their_fields(screen: Screen, number: str) -> None:
    """Each error stands at the field that it is about while one types, and what is wrong is not sent."""
    screen.tab.get_by_role("button", name="Compose").click()
    dialog = screen.tab.get_by_role("dialog", name="Compose a message")
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
    screen.tab.get_by_role("button", name="Compose").click()
    dialog = screen.tab.get_by_role("dialog", name="Compose a message")
    dialog.get_by_role("tab", name="JSON").click()
    editor = dialog.get_by_label("The payload as JSON")
    editor.fill('{\n  "to": "' + number + '",\n  "text": "Typed",\n  "priority": "urgent"\n}')
    expect(dialog.get_by_role("textbox", name="To", exact=True)).to_have_value(number)
    expect(dialog.locator(".editor-numbers .is-marked")).to_have_text("4")
    editor.fill("{")
    expect(dialog.get_by_text("Not a payload yet")).to_be_visible()
