"""One message as the page shows it: what was sent, what is on record, and what happened in time."""

import bisect
from dataclasses import dataclass, field
from typing import Any

from messente_rcs.phone import key_of
from tests.page.parts import parts
from tests.standin.messente import Accepted, Messente

_MOST = 400  # entries of a timeline; a message that is tried again for hours must not fill the memory


@dataclass(frozen=True)
class Entry:
    """Something that happened at a Unix time; `ok` is None where it is neither good nor bad."""

    at: float
    kind: str  # request, post, answer, report, record, dead_letter or inbound
    says: str
    ok: bool | None = None
    data: Any = None

    @property
    def json(self) -> dict[str, Any]:
        """The entry as JSON; `at` in milliseconds."""
        return {"at": int(self.at * 1000), "kind": self.kind, "says": self.says, "ok": self.ok, "data": self.data}


@dataclass
class Message:
    """What is known of a message id."""

    id: str
    at: float
    to: str = ""
    payload: dict[str, Any] | None = None
    record: dict[str, Any] | None = None
    accepted: Accepted | None = None
    taps: list[str] = field(default_factory=list)
    timeline: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        bisect.insort(self.timeline, entry, key=lambda each: each.at)
        del self.timeline[: max(0, len(self.timeline) - _MOST)]

    def parts(self, messente: Messente) -> list[dict[str, Any]]:
        return parts(self.payload, self.accepted, messente, self.record)

    def json(self, messente: Messente) -> dict[str, Any]:
        """Return all of it; times in milliseconds."""
        found = self.parts(messente)
        return {
            "id": self.id,
            "to": self.to,
            "recipient": key_of(self.to),
            "at": int(self.at * 1000),
            "channels": [each["channel"] for each in found],
            "payload": self.payload,
            "record": self.record,
            "parts": found,
            "accepted": self.accepted is not None,
            "begins": int((self.accepted.begin() if self.accepted else self.at) * 1000),
            "taps": self.taps,
            "timeline": [each.json for each in self.timeline],
        }
