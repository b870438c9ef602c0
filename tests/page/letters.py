"""The dead-letter queue, read without taking anything out of it."""

import json
from typing import Any

from tests.local.stack import Letter, Stack

_HIDDEN = 1  # seconds that a letter is hidden from others; `rcs dead-letters` reads until it finds nothing more


def letters(stack: Stack) -> list[dict[str, Any]]:
    found = {each.message_id: _as_shown(each) for each in stack.receive(stack.dead_letter_queue_url, _HIDDEN)}
    return sorted(found.values(), key=lambda each: each["at"])


def _as_shown(letter: Letter) -> dict[str, Any]:
    given = letter.attributes
    return {
        "id": given.get("message_id") or f"sqs:{letter.message_id}",
        "reason": given.get("reason", "given up"),
        "errors": _read(given.get("errors", "[]"), []),
        "body": _read(letter.body, letter.body),
        "at": letter.at,
    }


def _read(text: str, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return otherwise
