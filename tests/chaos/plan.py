"""What a run sends, from its seed: every way in which the stand-in can answer, and some messages twice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin import numbers

if TYPE_CHECKING:
    from random import Random

ORDINARY = "+37255512345"

# These hold a whole batch up for seconds: one of each in a thousand is enough.
RARE = (numbers.HANG, numbers.HANG_AFTER_ACCEPT, numbers.DRIP, numbers.DRIP_HEAD, numbers.HUGE)
OFTEN = tuple(to for to in (*numbers.BY_NAME.values(), *numbers.REPORTS_BY_NAME.values()) if to not in RARE)
MISBEHAVING = 0.4  # of all messages
DOUBLED = 0.08  # of all messages


@dataclass(frozen=True)
class Message:
    """One message, with a key and a text that no other has."""

    key: str
    to: str

    @property
    def text(self) -> str:
        """The text, by which the accept log knows it."""
        return f"text of {self.key}"

    @property
    def body(self) -> str:
        """The body of the queue's message."""
        return json.dumps({"to": self.to, "text": self.text, "idempotency_key": self.key})


def messages(chance: Random, number: int) -> list[Message]:
    """Make the messages of a run, in the order in which they are first sent."""
    rare = RARE * (number // 1000 or 1)
    often = [OFTEN[n % len(OFTEN)] for n in range(max(len(OFTEN), int(number * MISBEHAVING)))]
    recipients = (*rare, *often, *[ORDINARY] * number)[:number]
    shuffled = chance.sample(recipients, number)
    return [Message(f"chaos-{n}", to) for n, to in enumerate(shuffled)]


def deliveries(chance: Random, planned: list[Message]) -> list[Message]:
    """List what is put into the queue: each message once, some once more, at any distance."""
    again = chance.sample(planned, int(len(planned) * DOUBLED))
    at = [(float(n), message) for n, message in enumerate(planned)]
    at += [(chance.uniform(0, len(planned)), message) for message in again]
    return [message for _, message in sorted(at, key=lambda entry: entry[0])]
