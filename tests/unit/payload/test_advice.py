"""Advice tells what costs more than it seems, or looks wrong on a handset; it is silent if all is well."""

import json
import re
from typing import Any

import pytest

from messente_rcs.payload.advice import PAGE, advise
from messente_rcs.payload.submission import parse
from tests.support.strategies import CONTENT, REPLY, STANDALONE, spoilt
from tests.support.template import ROOT
from tests.support.world import World, http_event

FILE = CONTENT | {"thumbnail_url": "https://f.example/s.png"}
CARD = {
    "title": "Sale",
    "description": "Until Sunday",
    "media": {"height": "TALL", "content_info": FILE},
    "suggestions": [REPLY],
}
RCS = {"channel": "rcs", "rich_card": {"standalone_card": STANDALONE | {"card_content": CARD}}}
SMS = {"channel": "sms", "text": "Sale until Sunday"}
GOOD = {"to": "+37255510001", "messages": [RCS, SMS]}
ON_CARD = "messages.0.rich_card.standalone_card.card_content"


def changed(path: str, value: Any) -> dict[str, Any]:
    """Change one value of the good payload."""
    return spoilt(GOOD, [int(part) if part.isdigit() else part for part in path.split(".")], value)


def rules(payload: dict[str, Any], *, is_campaign: bool = False) -> list[str]:
    return [each["rule"] for each in advise(parse(payload), is_campaign=is_campaign)]


def text(length: int, **more: Any) -> dict[str, Any]:
    return {"channel": "rcs", "text": "x" * length, **more}


def buttons(count: int, height: str) -> dict[str, Any]:
    return {**CARD, "suggestions": [REPLY] * count, "media": {"height": height, "content_info": FILE}}


# The rule, where it speaks, a value for which it does, and one for which it does not.
CASES = [
    ("no-fallback", "messages", [RCS], [RCS, SMS]),
    ("price-class", "messages.0", text(161), text(160)),
    ("sms-parts", "messages.1.text", "x" * 161, "x" * 160),
    ("sms-parts", "messages.1.text", "€" * 81, "€" * 80),
    ("sms-parts", "messages.1.text", "õ" * 71, "õ" * 70),
    ("sms-parts", "messages.1.text", "😀" * 36, "😀" * 35),
    ("sms-parts", "messages.1", SMS | {"text": "õ" * 71}, SMS | {"text": "õ" * 71, "autoconvert": "full"}),
    # The default, by which Messente replaces what the settings of the account name.
    ("sms-parts", "messages.1", SMS | {"text": "õ" * 71, "autoconvert": "on"}, SMS | {"text": "õ" * 70}),
    ("short-ttl", "messages.0.ttl", 59, 60),
    ("cut", f"{ON_CARD}.title", "x" * 101, "x" * 100),
    ("cut", ON_CARD, buttons(2, "TALL"), buttons(1, "TALL")),
    ("cut", ON_CARD, buttons(3, "MEDIUM"), buttons(2, "MEDIUM")),
    ("cut", ON_CARD, buttons(4, "SHORT"), buttons(3, "SHORT")),
    ("horizontal", "messages.0.rich_card.standalone_card.card_orientation", "HORIZONTAL", "VERTICAL"),
    ("url-in-description", f"{ON_CARD}.description", "See HTTPS://example.com", "See the button"),
    ("url-in-description", f"{ON_CARD}.description", "See www.example.com", "See www"),
    ("file-type", f"{ON_CARD}.media.content_info.file_url", "https://e.com/a.WebP?x=1", "https://e.com/a.php?x=.webp"),
    ("no-thumbnail", f"{ON_CARD}.media.content_info.thumbnail_url", None, "https://e.com/s.png"),
    ("stop-button", f"{ON_CARD}.suggestions.0.reply.text", "Stop!", "Don't stop"),
    ("stop-button", f"{ON_CARD}.suggestions.0.reply.postback_data", "unsubscribe", "start"),
    ("no-expiry", "tags", {"campaign": "spring"}, {"season": "spring"}),
]


@pytest.mark.parametrize(("rule", "path", "bad", "good"), CASES, ids=[f"{each[0]} {each[1]}" for each in CASES])
def test_a_rule_speaks_where_it_should(rule: str, path: str, bad: Any, good: Any) -> None:
    """Only this rule speaks, and is silent just beside it."""
    assert rules(changed(path, bad)) == [rule]
    assert rules(changed(path, good)) == []


def test_each_part_is_named() -> None:
    """Cards of a carousel and files of their own, and a fallback behind the last channel, which has none."""
    carousel = {"card_width": "SMALL", "card_contents": [CARD, {**CARD, "title": "x" * 101}]}
    payload = changed("messages.0.rich_card", {"carousel_card": carousel})
    assert advise(parse(payload))[0]["source"] == "payload[rcs][rich_card][carousel_card][card_contents][1][title]"
    bare = {"file_url": "https://e.com/a.mp4", "force_refresh": True}
    assert rules(changed("messages.0", {"channel": "rcs", "content_info": bare})) == ["no-thumbnail"]
    assert rules(changed("messages.1.ttl", 30)) == []


def test_the_odd_character_is_named() -> None:
    """A text that would be one part says which character makes it several; more than one rule may speak."""
    payload = changed("messages.1.text", "Sale \u2013 until Sunday. " * 4) | {"expires_at": "2030-01-01T00:00:00Z"}
    [advice] = advise(parse(payload), is_campaign=True)
    assert ("2 parts" in advice["detail"], "(U+2013)" in advice["detail"]) == (True, True)
    assert rules(GOOD, is_campaign=True) == ["no-expiry"]


def test_each_rule_has_its_section() -> None:
    """The link of each advice leads to a heading, and no heading is of a rule that is not there."""
    page = (ROOT / PAGE).read_text()
    links = {each["see"] for rule, path, bad, _ in CASES for each in advise(parse(changed(path, bad)))}
    assert links == {f"{PAGE}#{name}" for name in re.findall("^## (.+)$", page, re.MULTILINE)}


def test_a_dry_run_gives_advice(world: World) -> None:
    """It does so beside what would go out; a message that is as it should be has none."""

    def answer(payload: dict[str, Any]) -> Any:
        event = http_event("POST", body=payload, queryStringParameters={"dry_run": "true"})
        return json.loads(world.env().handle(event, world.remaining())["body"])

    told = answer(changed("messages", [RCS]))
    assert (told["outcome"], [each["rule"] for each in told["advice"]]) == ("would_send", ["no-fallback"])
    assert "advice" not in answer(GOOD)
