"""Callers beside the queue: one that repeats an HTTP request until it is answered, and Lambda's asynchronous part.

The emulator repeats an asynchronous invocation too, but under another request id each time, and leaves the id out of
the dead letter. So this plays Lambda's part: two more tries, then the record of the failure is a dead letter.
"""

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.deployment import REQUEST_ID
from tests.chaos.plan import Message, Trigger
from tests.local.process import poll
from tests.local.stack import Stack

AT_A_TIME = 6
PAUSES = (1.0, 2.0)  # seconds before the next try; an asynchronous invocation has no more, as the template says
REQUESTS = 3  # of one HTTP caller in a row; each may wait for Messente as long as the function has time
AGAIN = {409, 500, 502, 503}  # in progress, the function died, not sent
LATER = AGAIN | {504}  # unknown, which its record need not stay


class Callers:
    """Hands messages in; `told` is the last HTTP status by message id."""

    def __init__(self, stack: Stack) -> None:
        self.told: dict[str, int] = {}
        self._stack = stack
        self._threads = ThreadPoolExecutor(AT_A_TIME)
        self._begun: list[Future[None]] = []
        self._requested: dict[str, Message] = {}

    def hand_in(self, message: Message) -> None:
        work = self._invoke if message.trigger is Trigger.ASYNC else self._request
        self._begun.append(self._threads.submit(work, message))

    @property
    def waiting(self) -> int:
        """How many messages wait, or are being handed in."""
        return sum(not each.done() for each in self._begun)

    def finish(self) -> None:
        """Wait for all; raises what went wrong."""
        for each in self._begun:
            each.result()

    def come_back(self, seconds: float) -> None:
        """Let those whose message has no end yet ask again, until an answer tells how it stands.

        Call it once all is quiet: the claim behind a 409 or 504 may end after that answer. A process that was stopped
        may be given a request long after the trouble is over. It ends in a 502, which tells nothing of the message.
        """
        left = [self._requested[message_id] for message_id, status in self.told.items() if status in LATER]
        for again in [self._threads.submit(self._ask, message, seconds) for message in left]:
            again.result()
        self._threads.shutdown()

    def _ask(self, message: Message, seconds: float) -> None:
        def look() -> bool | None:
            self._request(message, tries=1)
            return self.told[message.id] not in AGAIN - {HTTPStatus.SERVICE_UNAVAILABLE} or None

        poll(look, seconds, "an answer that tells of the message", every=PAUSES[0])

    def _request(self, message: Message, tries: int = REQUESTS) -> None:
        self._requested[message.id] = message
        answer = self._stack.call("POST", "/messages", message.body, {"Idempotency-Key": message.id}, once=True)
        self.told[message.id] = answer.status
        if answer.status in AGAIN and tries > 1:
            time.sleep(PAUSES[0])
            self._request(message, tries - 1)

    def _invoke(self, message: Message) -> None:
        for pause in (*PAUSES, None):
            answer = self._answer(message)
            if not (isinstance(answer, dict) and "errorMessage" in answer):
                return
            if pause:
                time.sleep(pause)
        self._give_up(message, answer)

    def _answer(self, message: Message) -> Any:
        while True:
            try:
                return self._stack.invoke(message.payload | {REQUEST_ID: message.key})
            except ClientError:  # throttled, which is no try
                time.sleep(PAUSES[0])

    def _give_up(self, message: Message, answer: Any) -> None:
        """Leave what Lambda leaves in the queue that the template names for failures."""
        failed = {
            "version": "1.0",
            "requestContext": {
                "requestId": message.key,
                "condition": "RetriesExhausted",
                "approximateInvokeCount": len(PAUSES) + 1,
            },
            "requestPayload": message.payload,
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": answer,
        }
        self._stack.client("sqs").send_message(
            QueueUrl=self._stack.dead_letter_queue_url, MessageBody=json.dumps(failed)
        )
