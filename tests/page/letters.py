"""The dead-letter queue, read without taking anything out of it."""

import json
from typing import Any

from tests.local.stack import Stack

_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
_HIDDEN = 1  # seconds that a letter is hidden from others; `rcs dead-letters` reads until it finds nothing more


def count(stack: Stack) -> int:
    queue = {"QueueUrl": stack.dead_letter_queue_url, "AttributeNames": _COUNTS}
    found = stack.client("sqs").get_queue_attributes(**queue)["Attributes"]
    return sum(int(found[name]) for name in _COUNTS)


def letters(stack: Stack) -> list[dict[str, Any]]:
    """Read all letters that nobody else reads at this moment."""
    found: dict[str, dict[str, Any]] = {}
    while messages := _receive(stack):
        found |= {each["MessageId"]: _letter(each) for each in messages}
    return sorted(found.values(), key=lambda each: each["at"])


def _receive(stack: Stack) -> list[dict[str, Any]]:
    answer = stack.client("sqs").receive_message(
        QueueUrl=stack.dead_letter_queue_url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_HIDDEN,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _letter(message: dict[str, Any]) -> dict[str, Any]:
    given = {name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()}
    return {
        "id": given.get("message_id") or f"sqs:{message['MessageId']}",
        "reason": given.get("reason", "given up"),
        "errors": _read(given.get("errors", "[]"), []),
        "body": _read(message["Body"], message["Body"]),
        "at": int(message["Attributes"]["SentTimestamp"]),
    }


def _read(text: str, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return otherwise
