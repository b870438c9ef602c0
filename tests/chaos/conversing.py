"""Recipients who write, stop and start again while processes die and AWS fails: what was answered 200 is told of."""

import json
import time
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Any

from messente_rcs.inbound.inbox import OPTED_IN, OPTED_OUT, RECEIVED
from tests.chaos.deployment import Deployment
from tests.chaos.injection import FaultInjection
from tests.local.process import NotReady, poll
from tests.local.stack import Stack
from tests.standin.inbound import Inbound, inbound
from tests.standin.inbound import post as signed
from tests.support.consumer import Listener

NUMBERS = [f"+37255530{number:03}" for number in range(8)]
WORDS = ["STOP", "START", "Thanks", "Where is my parcel?"]
# Ids that other messages have too, from other senders and with other words; an id of its own as often as not.
IDS = [0, None, "null", "1", "00000000-0000-0000-0000-000000000000"]
PATIENCE = 300.0  # seconds


type Said = tuple[str, str, str]  # number, word, time: no two messages have all three in common


@dataclass
class Conversation:
    """What was said: `at_once` was answered 200 at first, the rest was POSTed again, as Messente may."""

    said: list[tuple[str, str, Inbound]] = field(default_factory=list)  # number, word, POST, by time
    at_once: int = 0
    told: dict[str, list[Said]] = field(default_factory=dict)  # by detail-type

    @property
    def lost(self) -> set[Said]:
        """What was answered 200 and not told of."""
        return {_said(json.loads(post.body)) for _, _, post in self.said} - set(self.told.get(RECEIVED, ()))

    def wishes(self) -> dict[str, str]:
        """Say by the newest word of each number what the list must say."""
        states = {"STOP": "opted_out", "START": "opted_in"}
        return {number: states[word] for number, word, _ in self.said if word in states}


def converse(at: Deployment, number: int, seed: int) -> Conversation:
    """Hand in so many messages through the faults of this seed, wait until all is quiet, and hear what was told."""
    again = list[Inbound]()
    chance, conversation = Random(seed), Conversation()  # noqa: S311 - has to be repeatable, not secret
    listener = Listener(at.stack, "owner", RECEIVED, OPTED_OUT, OPTED_IN)
    put_off = at.stack.resource("InboundQueue")
    base, begin = at.stack.outputs["InboundUrl"].removesuffix("/inbound-messages"), time.time() - number
    with FaultInjection(at, seed) as injection:
        for n in range(number):
            sender, word = chance.choice(NUMBERS), chance.choice(WORDS)
            own_id = f"chaos-{seed}-{n}"
            post = write(base, sender, word, chance.choice([*IDS, *[own_id] * len(IDS)]), begin + n)
            conversation.said.append((sender, word, post))
            if _taken(at.stack, post):
                conversation.at_once += 1
            else:
                again.append(post)
            injection.sent(1)
    if injection.broken:
        raise NotReady(injection.broken[0])
    for post in again:
        poll(partial(_taken, at.stack, post), PATIENCE, "a 200", every=0.2)
    poll(lambda: at.stack.waiting(put_off) == 0 or None, PATIENCE, "what was put off", every=0.5)
    for event in listener.hear():
        if "raw" in event["detail"]:
            conversation.told.setdefault(event["detail-type"], []).append(_said(event["detail"]["raw"]))
    return conversation


def write(base: str, sender: str, word: str, own_id: object, at: float) -> Inbound:
    """Write a message with any id, as Messente POSTs it."""
    said = json.loads(inbound(base, sender, word, at=at).body)
    return signed(base, said | {"msg_id": own_id, "sub_msg_id": own_id})


def _said(raw: dict[str, Any]) -> Said:
    return raw["sender"], raw["text"], raw["time"]


def _taken(stack: Stack, post: Inbound) -> bool | None:
    return stack.hand_in(post).status == HTTPStatus.OK or None
