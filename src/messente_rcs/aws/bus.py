"""The event bus: PutEvents answers for each event of a call, and only what it did not take is put there again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from messente_rcs.errors import Unavailable, aws_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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


class Client(Protocol):
    """The part of boto3's client for EventBridge that is needed."""

    def put_events(self, *, Entries: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's name
        """Put events on buses, and answer for each of them."""


class Bus:
    """An event bus by name."""

    def __init__(self, client: Client, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def put(self, details: Sequence[str], detail_type: str = DETAIL_TYPE) -> list[Put]:
        """Put events of one type, given as JSON, on the bus; return the result of each, in the same order."""
        puts = [Put(PutKind.REJECTED, "too large") if _size(detail) > LARGEST else None for detail in details]
        fitting = [detail for detail, put in zip(details, puts, strict=True) if put is None]
        answers = iter([answer for call in _calls(fitting) for answer in self._put_again(call, detail_type)])
        return [put or next(answers) for put in puts]

    def _put_again(self, details: Sequence[str], detail_type: str) -> list[Put]:
        """Put the events of one call there, and those that the bus did not take once more after each pause."""
        puts = self._call(details, detail_type)
        for pause in PAUSES:
            waiting = [number for number, put in enumerate(puts) if put.kind is PutKind.NOT_NOW]
            if not waiting:
                break
            self._sleep(pause)
            for number, put in zip(
                waiting, self._call([details[number] for number in waiting], detail_type), strict=True
            ):
                puts[number] = put
        return puts

    def _call(self, details: Sequence[str], detail_type: str) -> list[Put]:
        try:
            with aws_errors(BusUnavailable):
                answer = self._client.put_events(Entries=[self._entry(detail, detail_type) for detail in details])
        except BusUnavailable as unavailable:
            return [Put(PutKind.NO_ANSWER, str(unavailable))] * len(details)
        return [_read(entry) for entry in answer["Entries"]]

    def _entry(self, detail: str, detail_type: str) -> dict[str, str]:
        return {"EventBusName": self._name, "Source": SOURCE, "DetailType": detail_type, "Detail": detail}


def _calls(details: Sequence[str]) -> Iterator[list[str]]:
    """Divide events into calls that are not too large."""
    call: list[str] = []
    for detail in details:
        if len(call) == MOST or (call and sum(map(_size, call)) + _size(detail) > LARGEST):
            yield call
            call = []
        call.append(detail)
    if call:
        yield call


def _size(detail: str) -> int:
    return len(detail.encode())


def _read(entry: Mapping[str, Any]) -> Put:
    if "EventId" in entry:
        return Put(PutKind.TAKEN)
    code = entry.get("ErrorCode", "")
    return Put(PutKind.REJECTED if code in _EVENT_TO_BLAME else PutKind.NOT_NOW, code)
