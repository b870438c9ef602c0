"""One message as the page shows it: what was sent, what is on record, and what happened in time."""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from messente_rcs.phone import key_of
from tests.standin.messente import Accepted, Messente
from tests.standin.reports import Step

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

    def add(self, entry: Entry) -> None:
        bisect.insort(self.timeline, entry, key=lambda each: each.at)
        del self.timeline[: max(0, len(self.timeline) - _MOST)]

    def parts(self, messente: Messente) -> list[dict[str, Any]]:
        """List the messages of its chain, each with its status, the reason of a failure, and since when (ms).

        The stand-in knows how far each got on the phone; the record only knows what it was told.
        """
        contents = _contents(self.payload, self.record)
        if self.accepted is None:
            status = _NOT_SENT.get(str((self.record or {}).get("state")), "waiting")
            return [_part(content, None, status, None, None) for content in contents]
        found = [_accepted_part(self.accepted, *each, messente) for each in enumerate(contents)]
        return [_with_regard_to(found[:index], each) for index, each in enumerate(found)]

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


def _accepted_part(accepted: Accepted, index: int, content: Mapping[str, Any], messente: Messente) -> dict[str, Any]:
    message_id = accepted.reply["messages"][index]["message_id"]
    reached = messente.reached(accepted, index)
    if reached:
        # A report that comes again or too late takes nothing back on a phone.
        step, at = max(reached, key=lambda each: _RANK[_status(each[0])])
        return _part(content, message_id, _status(step), step.error, at)
    if messente.is_cancelled(accepted):
        return _part(content, message_id, "cancelled", None, None)
    is_out = index == 0 and accepted.begin() <= messente.clock()
    return _part(content, message_id, "accepted" if is_out else "waiting", None, accepted.begin() if is_out else None)


def _with_regard_to(before: list[dict[str, Any]], part: dict[str, Any]) -> dict[str, Any]:
    """Mark a fallback that nobody needs any more."""
    is_needless = part["status"] == "waiting" and any(each["status"] in _DONE for each in before)
    return part | {"status": "not_needed"} if is_needless else part


def _status(step: Step) -> str:
    return _STATUSES.get(step.status, "accepted")


def _part(
    content: Mapping[str, Any], message_id: str | None, status: str, error: str | None, at: float | None
) -> dict[str, Any]:
    return {
        "channel": content.get("channel"),
        "message_id": message_id,
        "content": content,
        "status": status,
        "error": error,
        "at": None if at is None else int(at * 1000),
    }
