"""What a run sends, from its seed: every way in which the stand-in can answer, and some messages twice."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import Any

from tests.standin import numbers

ORDINARY = "+37255512345"

# These hold a whole batch up for seconds: one of each in a thousand is enough.
RARE = (
    *(numbers.HANG, numbers.HANG_AFTER_ACCEPT, numbers.DRIP, numbers.DRIP_HEAD, numbers.HUGE),
    numbers.THROTTLED,
)
OFTEN = tuple(to for to in (*numbers.BY_NAME.values(), *numbers.REPORTS_BY_NAME.values()) if to not in RARE)
MISBEHAVING = 0.4  # of all messages
DOUBLED = 0.08  # of all messages

# Recipients of one message each: an operator is busy with the one kind, the other says STOP while its message waits.
HELD, STOPPING = "+3725556", "+3725557"
SHARES = {HELD: 0.1, STOPPING: 0.03}  # of all messages
SCHEDULED = 60  # seconds from the begin of a run to the time for which some of them are scheduled


class Trigger(StrEnum):
    """How a message is handed in."""

    QUEUE = "queue"
    HTTP = "http"
    ASYNC = "async"  # an asynchronous invocation


TRIGGERS = {Trigger.QUEUE: 76, Trigger.HTTP: 12, Trigger.ASYNC: 12}  # with their weights


@dataclass(frozen=True)
class Message:
    """One message, with a key and a text that no other has. Without a name, its invocation names it."""

    key: str
    to: str
    trigger: Trigger = Trigger.QUEUE
    named: bool = True
    at: float | None = None  # Unix time for which it is scheduled

    @property
    def id(self) -> str:
        return self.key if self.named else f"invoke:{self.key}"

    @property
    def text(self) -> str:
        """The text, by which the accept log knows it."""
        return f"text of {self.key}"

    @property
    def payload(self) -> dict[str, Any]:
        later = {} if self.at is None else {"time_to_send": datetime.fromtimestamp(self.at, UTC).isoformat()}
        return {"to": self.to, "text": self.text, **later} | ({"idempotency_key": self.key} if self.named else {})

    @property
    def body(self) -> str:
        """The body of the queue's message, which names the message id in any case."""
        return json.dumps(self.payload | {"idempotency_key": self.id})


def messages(chance: Random, number: int, begin: float = 0) -> list[Message]:
    """Make the messages of a run that begins at a Unix time, in the order in which they are first sent."""
    rare = RARE * (number // 1000 or 1)
    often = [OFTEN[n % len(OFTEN)] for n in range(max(len(OFTEN), int(number * MISBEHAVING)))]
    own = [f"{prefix}{n:04}" for prefix, share in SHARES.items() for n in range(int(number * share))]
    recipients = (*rare, *often, *own, *[ORDINARY] * number)[:number]
    triggers = chance.choices(list(TRIGGERS), list(TRIGGERS.values()), k=number)
    return [
        Message(
            f"chaos-{n}",
            to,
            trigger,
            named=trigger is not Trigger.ASYNC or chance.random() < 0.5,
            at=begin + SCHEDULED if to.startswith(HELD) and chance.random() < 0.3 else None,
        )
        for n, (to, trigger) in enumerate(zip(chance.sample(recipients, number), triggers, strict=True))
    ]


def deliveries(chance: Random, planned: list[Message]) -> list[Message]:
    """List what is handed in: each message once, some once more, at any distance."""
    again = chance.sample(planned, int(len(planned) * DOUBLED))
    at = [(float(n), message) for n, message in enumerate(planned)]
    at += [(chance.uniform(0, len(planned)), message) for message in again]
    return [message for _, message in sorted(at, key=lambda entry: entry[0])]
