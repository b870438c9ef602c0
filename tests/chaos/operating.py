"""Operators who look, and act up to a minute later on what they saw: resolve, cancel, send again, in any order.

Most of what they say is true as of the look: the accept log is to them what Messente's dashboard is to a person. Some
of it is a mistake, as a person makes one. `mistaken` and `mistyped` name the messages of which something wrong was
said, `resent` those that were allowed to go out more than once, and `freed` those that may be nobody's any more.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.chaos.background import Background
from tests.chaos.deployment import Deployment
from tests.chaos.plan import HELD, Message
from tests.standin.faults import Rule

MEMORY = 60.0  # seconds for which what was seen is acted on
NUMBER = 2  # of operators
PAUSE = 0.2  # seconds at most between two deeds of one
DESK = 6  # messages that are worked on at a time
BORED = 0.06  # the chance that a message is put away after a deed
MISTAKES = 0.15
TYPING_MISTAKES = 0.1

# With their weights.
DEEDS = {"list": 4, "look": 25, "say": 38, "repeat": 18, "cancel": 6, "resend": 3, "change_course": 6}
ANSWERS = {"cut": 4, "cut_after_accept": 5, "500_after_accept": 1, "accept": 2, "429": 1, "400": 1}
COURSES = {"usual": 3, "late": 3, "none": 3, "unreported": 1, "wrong_signature": 1, "doubled": 1}


@dataclass(frozen=True)
class News:
    """What somebody saw at a time: since when a message was unknown, and what Messente had accepted of it by then."""

    message: Message
    unknown_since: str
    accepted: list[str]
    at: float


class Operators(Background):
    """They work from its start to its end. `done` counts what they did, and how it was answered."""

    def __init__(self, at: Deployment, planned: Iterable[Message], seed: int) -> None:
        # They have to be repeatable, not secret.
        chances = [Random(f"{seed} operator {n}") for n in range(NUMBER)]  # noqa: S311
        super().__init__(*(partial(self._work, chance) for chance in chances))
        self.done: Counter[str] = Counter()
        self.mistaken, self.mistyped, self.resent, self.freed = set[str](), set[str](), set[str](), set[str]()
        self._at = at
        self._messages = {each.id: each for each in planned}
        self._held = [each.id for each in self._messages.values() if each.to.startswith(HELD)]
        self._lock = threading.Lock()
        self._desk: dict[str, list[News]] = {}
        for each in self._messages.values():
            self._change_course(each, chances[0])

    def _work(self, chance: Random) -> None:
        while not self.over.wait(chance.uniform(0, PAUSE)):
            self._operate(chance)

    def _operate(self, chance: Random) -> None:
        deed = chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        if deed == "list":
            self._see(self._call("list", "GET", "?state=unknown").get("messages", []))
            return
        with self._lock:
            news = {message_id: list(each) for message_id, each in self._desk.items()}
        # A desk that is not full has room for any message: somebody asks for it.
        message = self._messages[chance.choice([*news, *chance.sample(self._held, max(0, DESK - len(news)))])]
        recent = [each for each in news.get(message.id, []) if time.monotonic() < each.at + MEMORY]
        match deed:
            case "say" if recent:
                self._say(chance.choice(recent), chance)
            case "repeat":
                self._hand_in(message, chance)
            case "resend":
                self.resent.add(message.id)
                self._hand_in(message, chance, on_unknown="resend")
            case "cancel":
                self._call("cancel", "DELETE", f"/{quote(message.id, safe='')}")
            case "change_course":
                self._change_course(message, chance)
            case _:
                self._look(message)
        if chance.random() < BORED:
            with self._lock:
                self._desk.pop(message.id, None)

    def hand_in_what_was_freed(self) -> int:
        records = self._at.stack.records()
        left = [key for key in self.freed if records.get(key, {}).get("state") == "retryable"]
        for key in left:
            self._at.stack.queue(self._messages[key].body)
        return len(left)

    def _call(self, deed: str, method: str, path: str, body: str = "") -> dict[str, Any]:
        answer = self._at.stack.call(method, f"/messages{path}", body)
        self.done[f"{deed} {answer.status}"] += 1
        return answer.json or {}

    def _look(self, message: Message) -> None:
        self._at.let_time_pass(message.id)
        record = self._call("look", "GET", f"/{quote(message.id, safe='')}")
        if record.get("state") == "unknown":
            self._see([record])

    def _see(self, records: Sequence[Mapping[str, Any]]) -> None:
        # The records were read first: what is accepted between the two looks is not overlooked.
        accepted = self._at.standin.messente.by_text()
        with self._lock:
            for record in records:
                if record["id"] in self._messages and (record["id"] in self._desk or len(self._desk) < DESK):
                    message = self._messages[record["id"]]
                    ids = [each.omnimessage_id for each in accepted[message.text]]
                    news = News(message, record["unknown_since"], ids, time.monotonic())
                    self._desk.setdefault(message.id, []).append(news)

    def _say(self, news: News, chance: Random) -> None:
        """Say what became of a message, as it was when it was looked at."""
        message_id = news.message.id
        if news.accepted and chance.random() >= MISTAKES:
            said: dict[str, Any] = {"outcome": "sent"}
            if chance.random() < TYPING_MISTAKES:
                self.mistyped.add(message_id)
                said["omnimessage_id"] = str(uuid4())
            elif chance.random() < 0.5:
                said["omnimessage_id"] = chance.choice(news.accepted)
        else:
            said = {"outcome": "not_sent", "unknown_since": news.unknown_since}
            if news.accepted:
                self.mistaken.add(message_id)
            if chance.random() < 0.2:
                said["final"] = True
            else:
                self.freed.add(message_id)
        self._call(said["outcome"], "POST", f"/{quote(message_id, safe='')}/resolution", json.dumps(said))

    def _hand_in(self, message: Message, chance: Random, **more: str) -> None:
        body = json.dumps(json.loads(message.body) | more)
        self.freed.add(message.id)
        if chance.random() < 0.5:
            self._at.stack.queue(body)
            self.done["repeat through the queue"] += 1
        else:
            self._call("repeat", "POST", "", body)

    def _change_course(self, message: Message, chance: Random) -> None:
        """Let Messente answer and report of a message in another way from now on."""
        if message.to.startswith(HELD):
            answer, course = (chance.choices(list(odds), list(odds.values()))[0] for odds in (ANSWERS, COURSES))
            self._at.standin.messente.faults.put(Rule(message.to, answer, course))
