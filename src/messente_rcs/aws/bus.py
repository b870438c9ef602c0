"""The event bus: PutEvents answers for each event of a call, and only what it did not take is put there again."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from messente_rcs.errors import Unavailable, aws_errors

SOURCE, DETAIL_TYPE = "messente-rcs", "RCS Message Changed"

MOST = 10  # events of one call
# Bytes of the details of one call. EventBridge takes more. Some targets accept less than the bus, so larger events
# gain nothing.
LARGEST = 250_000

PAUSES = (0.2, 0.5)  # seconds before events that were not taken are put again

# Errors for which the event is to blame, so that no repeat helps. For any other the bus is, or its policy.
_EVENT_TO_BLAME = {"InvalidArgument", "MalformedDetail"}


class BusUnavailable(Unavailable):
    """The bus did not take an event."""


class PutKind(StrEnum):
    """The result of publishing an event."""

    TAKEN = "taken"
    NOT_NOW = "not_now"
    NO_ANSWER = "no_answer"  # to any of the attempts that botocore makes
    REJECTED = "rejected"  # the bus will never take it


@dataclass(frozen=True, slots=True)
class Put:
    """The result of publishing an event; `reason` is safe to log."""

    kind: PutKind
    reason: str = ""


@dataclass(eq=False)
class Bus:
    """An event bus by name; `client` is boto3's for EventBridge."""

    client: Any
    name: str
    sleep: Callable[[float], None] = time.sleep

    def put(self, details: Sequence[str], detail_type: str = DETAIL_TYPE) -> list[Put]:
        """Put events of one type, given as JSON, on the bus, what it did not take again; return the result of each."""
        too_large, waits = Put(PutKind.REJECTED, "too large"), Put(PutKind.NOT_NOW)
        puts = [too_large if len(detail.encode()) > LARGEST else waits for detail in details]
        for pause in (0, *PAUSES):
            waiting = [number for number, put in enumerate(puts) if put.kind is PutKind.NOT_NOW]
            if waiting and pause:
                self.sleep(pause)
            for call in _calls(waiting, details):
                answers = self._call([details[number] for number in call], detail_type)
                for number, answer in zip(call, answers, strict=True):
                    puts[number] = answer
        return puts

    def _call(self, details: Sequence[str], detail_type: str) -> list[Put]:
        entry = {"EventBusName": self.name, "Source": SOURCE, "DetailType": detail_type}
        try:
            with aws_errors(BusUnavailable):
                answer = self.client.put_events(Entries=[entry | {"Detail": detail} for detail in details])
        except BusUnavailable as unavailable:
            return [Put(PutKind.NO_ANSWER, str(unavailable))] * len(details)
        return [_read(entry) for entry in answer["Entries"]]


def _calls(numbers: Sequence[int], details: Sequence[str]) -> Iterator[list[int]]:
    """Divide events, by their numbers, into calls that are not too large."""
    call: list[int] = []
    for number in numbers:
        size = sum(len(details[each].encode()) for each in (*call, number))
        if len(call) == MOST or (call and size > LARGEST):
            yield call
            call = []
        call.append(number)
    if call:
        yield call


def _read(entry: Mapping[str, Any]) -> Put:
    if "EventId" in entry:
        return Put(PutKind.TAKEN)
    code = entry.get("ErrorCode", "")
    return Put(PutKind.REJECTED if code in _EVENT_TO_BLAME else PutKind.NOT_NOW, code)
