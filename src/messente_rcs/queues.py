"""Where a queued message goes that is not done yet: later, or to the dead-letter queue with reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import aws_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

    from messente_rcs.errors import Error

ERRORS_SHOWN = 20  # attributes count against the 1 MiB of a message


class QueueUnavailable(Exception):  # noqa: N818 - a state of the world, not a defect
    """SQS did not take the call. The text is safe to log."""


class Queues:
    """The source queue and its dead-letter queue, by URL."""

    def __init__(self, client: SQSClient, queue_url: str, dead_letter_queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def postpone(self, receipt_handle: str, seconds: int) -> None:
        """Hide a received message for so long; raises QueueUnavailable (it then comes back by the queue's timeout)."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
        except (ClientError, BotoCoreError) as failure:
            raise QueueUnavailable(aws_code(failure)) from None

    def dead_letter(self, body: str, message_id: str, reason: str, errors: Sequence[Error]) -> None:
        """Put a message that no retry can help into the dead-letter queue, its reasons as attributes.

        Attributes: `message_id`, `reason` (invalid, rejected, conflict) and `errors` (JSON). Raises QueueUnavailable.
        """
        attributes = {"message_id": message_id, "reason": reason, "errors": json.dumps(errors[:ERRORS_SHOWN])}
        typed: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        try:
            self._client.send_message(QueueUrl=self._dead_letter_queue_url, MessageBody=body, MessageAttributes=typed)
        except (ClientError, BotoCoreError) as failure:
            raise QueueUnavailable(aws_code(failure)) from None
