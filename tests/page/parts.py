"""How far each message of a chain got on the phone. The stand-in knows; the record only knows what it was told."""

from collections.abc import Mapping
from typing import Any

from tests.standin.messente import Accepted, Messente
from tests.standin.plans import Step

_STATUSES = {"DELIVRD": "delivered", "SEEN": "seen", "FAILED": "failed", "UNDELIV": "failed", "EXPIRED": "expired"}
_RANK = {"accepted": 0, "expired": 1, "failed": 1, "delivered": 2, "seen": 3}
_DONE = {"delivered", "seen"}
_NOT_SENT = {"rejected": "failed", "expired": "expired", "cancelled": "cancelled"}  # by the state of the record


def parts(
    payload: Mapping[str, Any] | None,
    accepted: Accepted | None,
    messente: Messente,
    record: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """List the messages of a chain, each with its status, the reason of a failure, and since when (ms)."""
    contents = _contents(payload, record)
    if accepted is None:
        status = _NOT_SENT.get(str((record or {}).get("state")), "waiting")
        return [_part(content, None, status, None, None) for content in contents]
    found = [_accepted_part(accepted, index, content, messente) for index, content in enumerate(contents)]
    return [_with_regard_to(found[:index], each) for index, each in enumerate(found)]


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
