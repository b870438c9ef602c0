"""Sending by hand and seeing what becomes of it, on the real stack."""

import re

from playwright.sync_api import expect

from tests.page.examples import TO
from tests.support.screen import Screen

CHAIN = [{"channel": "rcs", "text": "By RCS"}, {"channel": "sms", "text": "By SMS"}]


def compose(screen: Screen, example: str, number: str) -> None:
    """Begin with an example, and send it to a number."""
    dialog = screen.compose()
    dialog.get_by_label("Start from").select_option(label=example)
    dialog.get_by_role("textbox", name="To", exact=True).fill(number)
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_be_hidden()


def test_the_first_card_takes_one_click(screen: Screen) -> None:
    """Who has sent nothing yet is offered a card; after one click it lies on the phone, seen."""
    screen.open_empty().tab.get_by_role("button", name="Send the first card").click()
    expect(screen.bubbles).to_have_count(1)
    expect(screen.bubbles).to_contain_text("Autumn boots")
    expect(screen.bubbles.get_by_role("button", name="seen")).to_be_visible()
    assert "rich_card" in screen.accepted(TO)[-1]["messages"][0]


def test_a_card_with_a_fallback_is_sent_seen_and_tapped(screen: Screen, number: str) -> None:
    """The card lies on the phone and is seen; its SMS is not there. A tap becomes a bubble that shows its postback."""
    compose(screen, "Card, then SMS", number)
    expect(screen.bubbles).to_have_count(1)
    expect(screen.bubbles.get_by_role("button", name="seen")).to_be_visible()
    assert [[each["channel"] for each in body["messages"]] for body in screen.accepted(number)] == [["rcs", "sms"]]
    expect(screen.timeline.get_by_text("Messente reports SEEN").first).to_be_visible()

    screen.phone.get_by_role("button", name="Keep a pair").click()
    tapped = screen.phone.get_by_role("article", name="Tapped by the recipient")
    expect(tapped).to_contain_text("Keep a pair")
    expect(tapped).to_contain_text("postback keep")
    expect(screen.phone.get_by_role("button", name="Keep a pair (tapped)")).to_be_visible()


def test_a_fallback_follows_what_failed(screen: Screen, number: str) -> None:
    """RCS fails by a fault that is set on the page; only then the SMS lies on the phone too."""
    screen.converse({"to": number, "text": "Earlier"})
    expect(screen.bubbles).to_have_count(1)
    panel = screen.show("Make it go wrong")
    panel.get_by_label("Then it reports").select_option("fail_then_next")
    panel.get_by_role("button", name="Set the fault").click()
    expect(panel.get_by_role("button", name="Remove the fault")).to_be_visible()

    screen.send({"to": number, "messages": CHAIN})
    expect(screen.bubbles).to_have_count(3)
    expect(screen.bubbles.nth(1)).to_contain_text("failed: Delivery failure")
    expect(screen.bubbles.nth(2)).to_contain_text("RCS failed, so SMS followed")
    expect(screen.bubbles.nth(2).get_by_role("button", name="delivered")).to_be_visible()
    expect(panel.get_by_role("button", name="Remove the fault")).to_be_hidden()


def test_a_report_by_hand_shows_what_the_function_answered(screen: Screen, number: str) -> None:
    """A report with a wrong signature is refused, and the timeline says so."""
    screen.converse({"to": number, "text": "Hello"})
    screen.show("Make it go wrong").get_by_role("button", name="Wrong signature").click()
    expect(screen.tab.get_by_text("Our function answered 401")).to_be_visible()
    expect(screen.timeline.get_by_text("the function answers 401").first).to_be_visible()


def test_what_the_recipient_writes_is_a_bubble(screen: Screen, number: str) -> None:
    """The box below the conversation writes as the recipient; the chips below the last message go."""
    reply = {"reply": {"text": "Yes", "postback_data": "yes"}}
    screen.converse({"to": number, "messages": [{"channel": "rcs", "text": "Shall we?", "suggestions": [reply]}]})
    expect(screen.phone.get_by_role("group", name="Suggestions")).to_be_visible()
    screen.write("I think so")
    expect(screen.phone.get_by_role("article", name="Written by the recipient")).to_contain_text("I think so")
    expect(screen.phone.get_by_role("group", name="Suggestions")).to_be_hidden()


def test_compose_closes_where_the_answer_has_an_id(screen: Screen, number: str) -> None:
    """Messente is not available: the message has an id and a record, and the page shows what became of it."""
    screen.set_fault(number, answer="503")
    compose(screen, "Text", number)
    expect(screen.tab.get_by_role("button", name="Not sent yet Your parcel has arrived.")).to_contain_text(
        "Messente answers 503"
    )


def expect_shown(screen: Screen, statuses: list[bool]) -> None:
    """Wait until these bubbles show their status; a report that comes in between draws one again."""
    for index, is_shown in enumerate(statuses):
        clipped = "none" if is_shown else "inset(50%)"
        expect(screen.bubbles.nth(index).locator(".status")).to_have_css("clip-path", clipped)


def test_a_status_is_below_the_last_bubble_and_the_chosen_one(screen: Screen, number: str) -> None:
    """A few emoji alone are large. A click on a bubble chooses its message; the keyboard reaches every status."""
    for text in ("First", "Second", "🥾"):
        screen.converse({"to": number, "text": text})
    expect(screen.bubbles).to_have_count(3)
    for index, size in enumerate(("14.5px", "14.5px", "44px")):
        expect(screen.bubbles.nth(index).locator(".bubble")).to_have_css("font-size", size)
    expect_shown(screen, [False, False, True])
    screen.bubbles.first.click()
    expect(screen.bubbles.first).to_have_class(re.compile("is-selected"))
    expect_shown(screen, [True, False, True])
    screen.bubbles.nth(1).get_by_role("button").focus()
    screen.tab.keyboard.press("Enter")
    expect(screen.bubbles.nth(1)).to_have_class(re.compile("is-selected"))


def test_the_keyboard_is_enough_to_send(screen: Screen, number: str) -> None:
    """Tab, Enter and typing lead from the top of the page to a message on the phone."""
    tab_to(screen, "Compose")
    screen.tab.keyboard.press("Enter")
    dialog = screen.tab.get_by_role("dialog", name="Compose a message")
    expect(dialog).to_be_visible()
    tab_to(screen, "To")
    screen.tab.keyboard.press("Control+A")
    screen.tab.keyboard.type(number)
    tab_to(screen, "Send")
    screen.tab.keyboard.press("Enter")
    expect(dialog).to_be_hidden()  # until then, the phone has another conversation
    expect(screen.bubbles).to_have_count(1)
    assert len(screen.accepted(number)) == 1


def tab_to(screen: Screen, name: str) -> None:
    """Press Tab until what has this name has the focus; each stop must be visible."""
    label = "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
    for _ in range(200):
        screen.tab.keyboard.press("Tab")
        if screen.tab.evaluate(label) == name:
            return
    raise AssertionError(f"no way leads to {name}")


PEOPLE = "to,name,code\n" + "".join(f"+3725551000{each},Name {each},C{each}\n" for each in range(1, 5))


def test_the_same_card_on_an_iphone(screen: Screen, number: str) -> None:
    """The switch draws it again, on the phone and in the preview: buttons behind Options, and no link in its text."""
    suggestions = [{"reply": {"text": each, "postback_data": each}} for each in ("Yes", "No")]
    content = {"title": "Sale", "description": "See https://example.com now", "suggestions": suggestions}
    card = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": content}
    screen.send({"to": number, "messages": [{"channel": "rcs", "rich_card": {"standalone_card": card}}]})
    screen.open().choose(number)
    yes, link = screen.phone.get_by_role("button", name="Yes"), screen.phone.get_by_role("link")
    expect(yes).to_be_visible()
    expect(link).to_have_count(1)
    column = screen.tab.get_by_role("main", name="The recipient's phone")
    column.get_by_role("radio", name="iPhone").check(force=True)
    expect(column.get_by_text("An iPhone shows pictures at one height")).to_be_visible()
    expect(link).to_have_count(0)
    expect(yes).to_be_hidden()
    screen.phone.get_by_text("Options").click()
    expect(yes).to_be_visible()
    dialog = screen.compose()
    expect(dialog.get_by_role("radio", name="iPhone")).to_be_checked()
    dialog.get_by_role("radio", name="Android").check(force=True)
    expect(column.get_by_role("radio", name="Android", include_hidden=True)).to_be_checked()


def test_advice_stands_beside_the_preview(screen: Screen) -> None:
    """It comes and goes with what is typed, and rejects nothing."""
    dialog = screen.open().compose()
    dialog.get_by_label("Start from").select_option(label="Text")
    advice = dialog.get_by_role("list", name="Advice")
    expect(advice.get_by_text("no-fallback")).to_be_visible()
    dialog.get_by_label("Start from").select_option(label="Card, then SMS")
    expect(advice.get_by_text("no-fallback")).to_have_count(0)


def test_a_list_of_people_is_dropped(screen: Screen) -> None:
    """The first three messages are shown, and a mistake is told by its line, as send-many does."""
    dialog = screen.open().compose()
    dialog.get_by_label("Start from").select_option(label="Text")
    dialog.get_by_role("tab", name="JSON").click()
    dialog.get_by_label("The payload as JSON").fill('{"to": "", "text": "Hi {{name}}, your code is {{code}}"}')
    dialog.get_by_role("tab", name="Preview").click()
    file = dialog.get_by_label("Drop a CSV of people here")
    file.set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()})
    for each in (1, 2, 3):
        expect(dialog.get_by_text(f"Hi Name {each}, your code is C{each}")).to_be_visible()
    expect(dialog.get_by_text("Hi Name 4,")).to_have_count(0)
    expect(dialog.get_by_role("status").get_by_text("4 messages, the first 3 above.")).to_be_visible()
    wrong = PEOPLE.replace("Name 2", "")
    file.set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": wrong.encode()})
    expect(dialog.get_by_text("Line 3, payload[text]: The column name is empty in this line.")).to_be_visible()
    assert screen.accepted("+37255510002") == []
