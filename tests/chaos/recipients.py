"""Recipients who write, stop and start again while processes die and AWS fails: what was answered 200 is told of."""

import json
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Any, Self

from messente_rcs.inbound.inbox import OPTED_IN, OPTED_OUT, RECEIVED
from tests.chaos.deployment import Deployment
from tests.chaos.injection import FaultInjection
from tests.local.process import poll
from tests.local.stack import Stack
from tests.standin.faults import Rule
from tests.standin.inbound import ROUTE, Inbound, inbound, post
from tests.standin.messente import Request
from tests.support.consumer import Listener

NUMBERS = [f"+37255530{number:03}" for number in range(8)]
STATES = {"STOP": "opted_out", "START": "opted_in"}
WORDS = [*STATES, "Thanks", "Where is my parcel?"]
# Ids that other messages have too, from other senders and with other words; an id of its own as often as not.
IDS = [0, None, "null", "1", "00000000-0000-0000-0000-000000000000"]
PATIENCE = 300.0  # seconds until a message is taken, or the list must know of a STOP that was answered 200
# A message waits for 13 s at most. The list is looked at before each POST: in between, a process may be frozen for 3 s.
MOMENT = 8.0  # seconds
AT_A_TIME = 4

type Said = tuple[str, str, str]  # number, word, time: no two messages have all three in common


@dataclass
class Conversation:
    """What was said: `at_once` was answered 200 at first, the rest was POSTed again, as Messente may."""

    said: list[Said] = field(default_factory=list)  # by time
    at_once: int = 0
    told: set[Said] = field(default_factory=set)

    def wishes(self) -> dict[str, str]:
        """Say by the newest word of each number what the list must say."""
        return {number: STATES[word] for number, word, _ in self.said if word in STATES}


def converse(at: Deployment, number: int, seed: int) -> Conversation:
    """Hand in so many messages through the faults of this seed, wait until all is quiet, and hear what was told."""
    again = list[Inbound]()
    chance, conversation = Random(seed), Conversation()  # noqa: S311 - has to be repeatable, not secret
    listener = Listener(at.stack, "owner", RECEIVED, OPTED_OUT, OPTED_IN)
    begin = time.time() - number
    with FaultInjection(at, seed) as injection:
        for n in range(number):
            sender, word, own_id = chance.choice(NUMBERS), chance.choice(WORDS), f"chaos-{seed}-{n}"
            written = _write(at.stack, sender, word, chance.choice([*IDS, *[own_id] * len(IDS)]), begin + n)
            conversation.said.append(_said(json.loads(written.body)))
            if _taken(at.stack, written):
                conversation.at_once += 1
            else:
                again.append(written)
            injection.sent += 1
    for written in again:
        poll(partial(_taken, at.stack, written), PATIENCE, "a 200", every=0.2)
    deferred = at.stack.resource("InboundQueue")
    poll(lambda: at.stack.waiting(deferred) == 0 or None, PATIENCE, "what was deferred", every=0.5)
    conversation.told = {_said(e["detail"]["raw"]) for e in listener.hear() if e["detail-type"] == RECEIVED}
    return conversation


class Stopping:
    """Recipients who say STOP while a message to them waits for Messente, which has too many requests.

    A context manager; `said` tells by number since when the list knows of its STOP.
    """

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
        said = _write(stack, number, "STOP", IDS[0], time.time())
        poll(partial(_taken, stack, said), PATIENCE, "a 200", every=0.2)

        def look() -> bool | None:
            return stack.opt_outs().get(number, {}).get("state") == STATES["STOP"] or None

        poll(look, PATIENCE, "a place on the list", every=0.2)
        return time.time()


def _write(stack: Stack, sender: str, word: str, own_id: object, at: float) -> Inbound:
    """Write a message with any id, as Messente POSTs it."""
    base = stack.outputs["InboundUrl"].removesuffix(ROUTE)
    said = json.loads(inbound(base, sender, word, at=at).body)
    return post(base, said | {"msg_id": own_id, "sub_msg_id": own_id})


def _said(raw: dict[str, Any]) -> Said:
    return raw["sender"], raw["text"], raw["time"]


def _taken(stack: Stack, written: Inbound) -> bool | None:
    return stack.hand_in(written).status == HTTPStatus.OK or None
