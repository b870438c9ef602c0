"""One message as the page shows it: what was sent, what is on record, and what happened in time."""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from messente_rcs.phone import key_of
from tests.standin.messente import Accepted, Messente

_MOST = 400  # entries of a timeline; a message that is tried again for hours must not fill the memory
_STATUSES = {"DELIVRD": "delivered", "SEEN": "seen", "FAILED": "failed", "UNDELIV": "failed", "EXPIRED": "expired"}
_RANK = {"accepted": 0, "expired": 1, "failed": 1, "delivered": 2, "seen": 3}
_DONE = {"delivered", "seen"}
_NOT_SENT = {"rejected": "failed", "expired": "expired", "cancelled": "cancelled"}  # by the state of the record


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
    shown: list[dict[str, Any]] | None = None  # the parts as they were last published

    def add(self, entry: Entry) -> None:
        bisect.insort(self.timeline, entry, key=lambda each: each.at)
        del self.timeline[: max(0, len(self.timeline) - _MOST)]

    def parts(self, messente: Messente) -> list[dict[str, Any]]:
        """List the messages of its chain, each with its status, the reason of a failure, and since when (ms).

        The stand-in knows how far each got on the phone; the record only knows what it was told.
        """
        found, is_done = list[dict[str, Any]](), False
        for index, content in enumerate(_contents(self.payload, self.record)):
            message_id, error, at = None, None, None
            if self.accepted:
                message_id = self.accepted.reply["messages"][index]["message_id"]
                status, error, at = _on_the_phone(self.accepted, index, messente)
            else:
                status = _NOT_SENT.get(str((self.record or {}).get("state")), "waiting")
            if is_done and status == "waiting":
                status = "not_needed"
            is_done = is_done or status in _DONE
            named = {"channel": content.get("channel"), "message_id": message_id, "content": content}
            found.append({**named, "status": status, "error": error, "at": None if at is None else int(at * 1000)})
        return found

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


def _contents(payload: Mapping[str, Any] | None, record: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    messages = (payload or {}).get("messages")
    if isinstance(messages, list):
        return [each for each in messages if isinstance(each, dict)]
    if payload and "text" in payload:
        return [{"channel": "rcs", "text": payload["text"]}]
    return [{"channel": each} for each in (record or {}).get("channels", [])]


def _on_the_phone(accepted: Accepted, index: int, messente: Messente) -> tuple[str, str | None, float | None]:
    """Tell how far a message of the chain got: its status, the reason of a failure, and since when."""
    reached = [
        (_STATUSES.get(step.status, "accepted"), step.error, at) for step, at in messente.reached(accepted, index)
    ]
    if reached:
        # A report that comes again or too late takes nothing back on a phone.
        return max(reached, key=lambda each: _RANK[each[0]])
    if messente.is_cancelled(accepted):
        return "cancelled", None, None
    is_out = index == 0 and accepted.begin() <= messente.clock()
    return ("accepted", None, accepted.begin()) if is_out else ("waiting", None, None)
