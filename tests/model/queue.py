"""SQS as the function meets it: visibility, receive counts and a dead-letter queue, with the template's numbers."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from messente_rcs.triggers.direct import Invocations
from tests.support.template import properties
from tests.support.world import World, record

_numbers = itertools.count(1)


@dataclass(eq=False)
class Message:
    """A message in the queue. `visible_at` is a Unix time."""

    body: str
    number: int = field(default_factory=lambda: next(_numbers))
    receives: int = 0
    visible_at: float = 0.0

    @property
    def id(self) -> str:
        return f"00000000-0000-4000-8000-{self.number:012d}"


class Queue:
    """One queue over a world's clock. A message is `waiting`, `done` (deleted) or `dead` (received too often)."""

    def __init__(self, world: World) -> None:
        self._world = world
        queue = properties("MessageQueue")
        self._visibility = int(queue["VisibilityTimeout"])
        self.most_receives = int(queue["RedrivePolicy"]["maxReceiveCount"])
        self.waiting: list[Message] = []
        self.done: list[Message] = []
        self.dead: list[Message] = []

    def put(self, payload: object) -> Message:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        self.waiting.append(Message(body, visible_at=self._world.clock()))
        return self.waiting[-1]

    def visible(self) -> list[Message]:
        now = self._world.clock()
        return [message for message in self.waiting if message.visible_at <= now]

    def next_visible(self) -> float | None:
        return min((message.visible_at for message in self.waiting), default=None)

    def wait(self) -> bool:
        """Let time pass until a message is visible; tell whether one is left."""
        if (at := self.next_visible()) is not None:
            self._world.clock.now = max(self._world.clock(), at)
        return at is not None

    def deliver(self, env: Invocations, messages: Iterable[Message]) -> None:
        if records := self.receive(messages):
            self.settle(records, env.handle({"Records": records}, self._world.remaining()))

    def receive(self, messages: Iterable[Message]) -> list[dict[str, Any]]:
        """Receive these, seen or not (SQS delivers at least once); one that was received too often is moved away."""
        records = []
        for message in messages:
            if message.receives >= self.most_receives and message in self.waiting:
                self.waiting.remove(message)
                self.dead.append(message)
                continue
            message.receives += 1
            message.visible_at = self._world.clock() + self._visibility
            records.append(record(message.body, message_id=message.id, receives=message.receives))
        return records

    def settle(self, records: Iterable[dict[str, Any]], answer: Any) -> list[Message]:
        """Take the function's answer (None: it died); return the messages that are deleted by it."""
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]} if answer is not None else None
        deleted = []
        for each in records:
            message = next((m for m in self.waiting if m.id == each["messageId"]), None)
            if message is None:
                continue  # deleted before: this was another delivery of it
            if (seconds := self._world.sqs.postponed.get(each["receiptHandle"])) is not None:
                message.visible_at = self._world.clock() + seconds
            if failed is not None and message.id not in failed:
                self.waiting.remove(message)
                deleted.append(message)
        self.done += deleted
        return deleted
