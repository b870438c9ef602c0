"""Recipients who change their minds, while messages are doubled, late and put off, and ids come again.

A reference of a few lines says what the list must be; the stand-in's accept log says what went out.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given, seed
from hypothesis import strategies as st

from messente_rcs.triggers.inbound import InboundMessages
from tests.model.profile import SEED, figures, profile
from tests.standin.inbound import Inbound, post
from tests.support.fakes.aws import error
from tests.support.inbound import URL, hand_in, put_off, told
from tests.support.steps import failing
from tests.support.world import TO, Crash, Hook, World, message, nothing

OK = 200
EXAMPLES = 200
STEPS = ("get_item", "update_item", "put_events", "send_message", "put_item")
SENDERS = (TO, "+37255512346")
NIL = str(UUID(int=0))
IDS: tuple[dict[str, Any], ...] = (
    *({"msg_id": each} for each in ("m1", "m2", 1, 0, None, "null", NIL)),
    {"sub_msg_id": "s"},
    {},
)


@dataclass(frozen=True)
class Word:
    """What a recipient says, under which ids and when (in seconds), how often and in what trouble it comes in."""

    text: str
    second: int | None  # what it says of its time; more than `ARRIVED` is ahead of its arrival
    times: int = 1
    trouble: str | None = None  # a step that fails
    dies: bool = False  # the process dies there instead
    sender: int = 0
    ids: int = 0

    @property
    def is_put_off(self) -> bool:
        """Whether the list learns of it from the queue only."""
        return self.trouble == "update_item" and not self.dies


ARRIVED = 10  # seconds, when the first word arrives; each further one arrives a second later
WORDS = st.lists(
    st.builds(
        Word,
        st.sampled_from(["STOP", "START", "Thanks"]),
        st.none() | st.integers(5, 20),
        st.integers(1, 2),
        st.none() | st.sampled_from(STEPS),
        st.booleans(),
        st.integers(0, 1),
        st.integers(0, len(IDS) - 1),
    ),
    max_size=8,
)


@dataclass
class Wish:
    """The reference: what one recipient wants, by the words in the order in which the list learns of them."""

    state: str | None = None
    opt_outs: int = 0
    _since: float = -1  # of the newest stop word, or of the start word if that names its time
    _is_certain: bool = True  # False: the start word names no sure time; `_since` is of the stop word that it undid
    _starts: set[bytes] = field(default_factory=set)

    def hear(self, body: bytes, text: str, second: int | None, arrived: int) -> None:
        match text:
            case "STOP":
                self._stop(arrived if second is None else second)
            case "START" if body not in self._starts:
                if second is not None and second <= arrived:
                    self._start(second)
                else:
                    self._starts.add(body)
                    self._start_in_doubt(arrived if second is None else second)

    def _stop(self, at: int) -> None:
        if self.state == "opted_in" and not (at >= self._since if self._is_certain else at > self._since):
            return
        self.opt_outs += self.state != "opted_out"
        self._since = max(self._since, at) if self.state == "opted_out" else at
        self.state, self._is_certain = "opted_out", True

    def _start(self, at: int) -> None:
        if self.state is None or at > self._since:
            self.state, self._since, self._is_certain = "opted_in", at, True

    def _start_in_doubt(self, at: int) -> None:
        if self.state is None or (self.state == "opted_out" and at > self._since):
            self.state, self._is_certain = "opted_in", False


def posted(word: Word, begin: float) -> Inbound:
    body = {"sender": SENDERS[word.sender], "text": word.text, **IDS[word.ids]}
    if word.second is not None:
        body["time"] = datetime.fromtimestamp(begin + word.second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return post(URL, body)


def hand_in_at_last(world: World, word: Word, given: Inbound) -> None:
    """POST until it is answered 200, as Messente may; whoever dies does not answer."""
    failure = Crash if word.dies else error("InternalFailure", str(word.trouble))
    try:
        status, _ = hand_in(world, given, receiving(world, failing(str(word.trouble), "before", failure)))
    except Crash:
        status = 0
    if status != OK:
        assert hand_in(world, given, receiving(world))[0] == OK


def receiving(world: World, hook: Hook = nothing) -> InboundMessages:
    return world.receiving(hook, opt_out_confirmation="Bye")


def check(words: list[Word]) -> None:
    """Say the words in their order, whatever their times, and look at what came of them."""
    figures["conversations"] += 1
    world, wishes = World(), [Wish() for _ in SENDERS]
    begin = world.clock() - ARRIVED
    posts = [posted(word, begin) for word in words]
    waiting: list[tuple[Word, Inbound, int]] = []
    for number, (word, said) in enumerate(zip(words, posts, strict=True)):
        for _ in range(word.times):
            deferred = world.sqs.sent.setdefault(world.inbound_queue_url, [])
            before = len(deferred)
            hand_in_at_last(world, word, said)
            if not word.is_put_off or word.text == "Thanks":
                wishes[word.sender].hear(said.body, word.text, word.second, ARRIVED + number)
            if len(deferred) > before:
                waiting.append((word, said, ARRIVED + number))
        world.clock.advance(1)
    for word, said, arrived in waiting:
        wishes[word.sender].hear(said.body, word.text, word.second, arrived)
    if records := put_off(world):
        assert receiving(world).handle({"Records": records}) == {"batchItemFailures": []}
    items = [world.opt_outs.get_item(Key={"to": {"S": number}}).get("Item") for number in SENDERS]
    assert [item and item["state"]["S"] for item in items] == [wish.state for wish in wishes]
    raws = [each["raw"] for each in told(world, "RCS Message Received")]
    assert all(json.loads(said.body) in raws for said in posts)
    for confirmation in world.sqs.sent.get(world.queue_url, []):
        assert world.deliver(confirmation["body"])
    for to, wish in zip(SENDERS, wishes, strict=True):
        confirmations = sent_to(world, to)
        assert (wish.state == "opted_out") <= confirmations <= wish.opt_outs
        world.deliver(message(to[1:], to=to))
        assert sent_to(world, to) - confirmations == (wish.state != "opted_out")


def sent_to(world: World, number: str) -> int:
    return sum(each.to == number for each in world.messente.accepted)


_test = profile(EXAMPLES)(given(WORDS)(check))


def test_the_newest_word_holds() -> None:
    """In any order, doubled, under any ids, with AWS failing and processes dying; and every message is told of."""
    (_test if SEED is None else seed(SEED)(_test))()
