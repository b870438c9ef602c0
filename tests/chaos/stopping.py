"""Recipients who say STOP while a message to them waits for Messente, which has too many requests."""

import json
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import Self

from tests.chaos.conversing import write
from tests.chaos.deployment import Deployment
from tests.local.process import poll
from tests.standin.faults import Rule
from tests.standin.messente import Request

# A message waits for 13 s at most. The list is looked at before each POST: in between, a process may be frozen for 3 s.
MOMENT = 8.0  # seconds
PATIENCE = 300.0  # seconds until the list must know of a STOP that was answered 200
AT_A_TIME = 4
ID = 0  # of all of their messages


class Stopping:
    """A context manager; `said` tells by number since when the list knows of its STOP."""

    def __init__(self, at: Deployment, numbers: Iterable[str]) -> None:
        self.said: dict[str, Future[float]] = {}
        self._at, self._numbers = at, set(numbers)
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(AT_A_TIME)

    def __enter__(self) -> Self:
        for number in self._numbers:
            self._at.standin.messente.faults.put(Rule(number, "429_without_time"))
        self._at.standin.messente.on_request = self._hear
        return self

    def __exit__(self, *_: object) -> None:
        self._at.standin.messente.on_request = lambda _: None
        self._threads.shutdown()

    def ignored(self) -> list[str]:
        """Name who was written to later than a moment after their STOP, or whose STOP nobody keeps."""
        found = []
        for number, stopped in self.said.items():
            if stopped.exception():
                found.append(f"{number}, whose STOP nobody keeps")
                continue
            late = max(post.at for post in self._at.standin.messente.posts_to(number)) - stopped.result()
            if late > MOMENT:
                found.append(f"{number}, after {late:.1f} s")
        return found

    def _hear(self, request: Request) -> None:
        to = json.loads(request.body or b"{}").get("to")
        with self._lock:
            if to in self._numbers and to not in self.said:
                self.said[to] = self._threads.submit(self._stop, to)

    def _stop(self, number: str) -> float:
        stack = self._at.stack
        base = stack.outputs["InboundUrl"].removesuffix("/inbound-messages")
        said = write(base, number, "STOP", ID, time.time())
        poll(lambda: stack.hand_in(said).status == HTTPStatus.OK or None, PATIENCE, "a 200", every=0.2)

        def look() -> bool | None:
            return stack.opt_outs().get(number, {}).get("state") == "opted_out" or None

        poll(look, PATIENCE, "a place on the list", every=0.2)
        return time.time()
