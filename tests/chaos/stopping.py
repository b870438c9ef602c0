"""Recipients who say STOP while a message to them waits for Messente, which has too many requests."""

from __future__ import annotations

import json
import queue
import threading
import time
from typing import TYPE_CHECKING, Self

from chaos.conversing import write
from local.process import NotReady, poll
from standin.faults import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from chaos.deployment import Deployment
    from standin.messente import Request

# A message waits for 13 s at most. The list is looked at before each POST: in between, a process may be frozen for 3 s.
MOMENT = 5.0  # seconds
PATIENCE = 60.0  # seconds until the list must know of a STOP that was answered 200
ID = 0  # of all of their messages


class Stopping:
    """A context manager; `listed` tells since when the list knows of a number's STOP, `said` who said it at all."""

    def __init__(self, at: Deployment, numbers: Iterable[str]) -> None:
        self.said: list[str] = []
        self.listed: dict[str, float] = {}
        self._at, self._numbers = at, set(numbers)
        self._met = queue.SimpleQueue[str | None]()
        self._thread = threading.Thread(target=self._stop_all)

    def __enter__(self) -> Self:
        for number in self._numbers:
            self._at.standin.messente.faults.put(Rule(number, "429_without_time"))
        self._at.standin.messente.on_request = self._hear
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._met.put(None)
        self._thread.join()
        self._at.standin.messente.on_request = lambda _: None

    def ignored(self) -> list[str]:
        """Name who was written to later than a moment after their STOP, or whose STOP nobody keeps."""
        posts = self._at.standin.messente.posts_to
        return [
            number
            for number in self.said
            if number not in self.listed or any(post.at > self.listed[number] + MOMENT for post in posts(number))
        ]

    def _hear(self, request: Request) -> None:
        to = json.loads(request.body or b"{}").get("to")
        if to in self._numbers:
            self._met.put(to)

    def _stop_all(self) -> None:
        while number := self._met.get():
            if number not in self.said:
                self.said.append(number)
                self._stop(number)

    def _stop(self, number: str) -> None:
        stack = self._at.stack
        base = stack.outputs["InboundUrl"].removesuffix("/inbound-messages")
        said = write(base, number, "STOP", ID, time.time())
        poll(lambda: stack.hand_in(said).status == 200 or None, PATIENCE, "a 200", every=0.2)
        try:
            poll(lambda: self._is_listed(number) or None, PATIENCE, "a place on the list", every=0.2)
        except NotReady:
            return
        self.listed[number] = time.time()

    def _is_listed(self, number: str) -> bool:
        asked = {"TableName": self._at.stack.outputs["OptOutTableName"], "Key": {"to": {"S": number}}}
        item = self._at.stack.client("dynamodb").get_item(**asked, ConsistentRead=True).get("Item", {})
        return bool(item.get("state") == {"S": "opted_out"})
