"""The queues of SQS: read a batch, put a message, defer one, or move one to the dead-letter queue with reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import Error, Unavailable, aws_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

LARGEST = 1024 * 1024  # bytes that SQS takes, the attributes with the body
ERRORS_SHOWN = 20

# By SQS. Compiled for the first dead letter: it takes 70 million instructions, 5 % of a start.
_REJECTED = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def batch_of(event: object) -> list[dict[str, Any]] | None:
    """Return the records of an event of SQS, and of none but SQS."""
    match event:
        case {"Records": [{"eventSource": "aws:sqs"} as first, *others]}:
            return [first, *others]
    return None


def failures(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write the partial batch response, by which Lambda delivers these records again."""
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a retry cannot help: its body as it came, and the reasons."""

    body: str = field(repr=False)
    message_id: str
    reason: str  # invalid, rejected or conflict; of a change of a record, why it can be no event
    errors: Sequence[Error]
    group: str | None = None  # MessageGroupId, by which SQS keeps a campaign from holding up all others

    def attributes(self, room: int) -> dict[str, MessageAttributeValueTypeDef]:
        """Write `message_id`, `reason` and as many `errors` (JSON) as fit into so many bytes; nothing if none do."""
        for number in range(min(len(self.errors), ERRORS_SHOWN), -1, -1):
            shown = escaped(json.dumps(self.errors[:number], ensure_ascii=False))
            texts = {"message_id": self.message_id, "reason": self.reason, "errors": shown}
            if sum(len(f"{name}String{text}".encode()) for name, text in texts.items()) <= room:
                return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
        return {}


def escaped(text: str) -> str:
    """Escape the characters of a JSON text that SQS rejects; outside of its strings, JSON has none of them."""
    return re.sub(_REJECTED, lambda found: f"\\u{ord(found[0]):04x}", text)


class QueueUnavailable(Unavailable):
    """SQS did not take the call, or will never take the message. The text is safe to log."""


def put(client: SQSClient, queue_url: str, body: str) -> None:
    """Put a message into a queue; raises QueueUnavailable."""
    with aws_errors(QueueUnavailable, "SQS: "):
        client.send_message(QueueUrl=queue_url, MessageBody=body)


@dataclass(eq=False)
class Queues:
    """The source queue and its dead-letter queue, by URL."""

    client: SQSClient
    queue_url: str
    dead_letter_queue_url: str

    def defer(self, receipt_handle: str, seconds: int) -> None:
        """Hide a received message for so long; raises QueueUnavailable (it then comes back by the queue's timeout)."""
        with aws_errors(QueueUnavailable):
            self.client.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )

    def dead_letter(self, letter: DeadLetter) -> None:
        """Put a message, whose body is JSON, into the dead-letter queue; raises QueueUnavailable."""
        body = escaped(letter.body)
        if (room := LARGEST - len(body.encode())) < 0:
            raise QueueUnavailable("larger than SQS takes")
        # The group is kept: what is moved back to the queue must not come before the messages of others.
        group: Any = {"MessageGroupId": letter.group} if letter.group else {}
        with aws_errors(QueueUnavailable):
            self.client.send_message(
                QueueUrl=self.dead_letter_queue_url,
                MessageBody=body,
                MessageAttributes=letter.attributes(room),
                **group,
            )
