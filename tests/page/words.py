"""What happened, in a sentence each, with whether it is good and with the data behind it."""

import json
from collections.abc import Mapping
from typing import Any

from tests.standin.courier import Delivery
from tests.standin.messente import Reply, Report
from tests.standin.replies import Fault
from tests.standin.reports import SIGNATURE_HEADER

type Told = tuple[str, bool | None, Any]

_FAULTS = {
    Fault.HANG: "Messente does not answer",
    Fault.CUT: "The connection is cut before an answer",
    Fault.TRUNCATE: "The answer is cut off half way",
}
_IS_GOOD = {"sent": True, "rejected": False, "expired": False, "unknown": False}
_NOT_SHOWN = {"updated_at", "revision", "due", "due_shard", "lease_shard", "unknown_shard", "payload_hash", "ttl"}


def answered(reply: Reply, *, is_accepted: bool) -> Told:
    answer = _FAULTS.get(reply.fault) or f"Messente answers {reply.status}"
    what = "has accepted the message" if is_accepted else "has not accepted the message"
    data = {
        "status": None if reply.fault in (Fault.HANG, Fault.CUT) else reply.status,
        "fault": None if reply.fault is Fault.NONE else reply.fault.name.lower(),
        "accepted": is_accepted,
        "omnimessage_id": reply.omnimessage_id,
        "delay": reply.delay,
        "body": _json(reply.body),
    }
    is_good = is_accepted and reply.fault not in _FAULTS and reply.status in (200, 201)
    return f"{answer}; it {what}" if answer.startswith("Messente") else f"{answer}; Messente {what}", is_good, data


def delivered(report: Report, delivery: Delivery) -> Told:
    said = _json(report.body)
    data = {
        "status": report.status,
        "attempt": delivery.attempt,
        "answer": delivery.answer,
        "signed": SIGNATURE_HEADER in report.headers,
        "body": said,
    }
    answer = f"the function answers {delivery.answer}" if delivery.answer else "the function does not answer"
    channel = said.get("channel") if isinstance(said, dict) else None
    return f"Messente reports {report.status} ({channel}); {answer}", delivery.arrived, data


def changed(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[str, bool | None]:
    if new is None:
        return "The record is gone", None
    before, after = _state(old), _state(new)
    if old is None:
        return f"The record begins as {after}", None
    if before == after:
        return f"The record changes and stays {after}", None
    is_corrected = (old.get("state"), new.get("state")) == ("unknown", "sent")
    says = f"The record {'is corrected, it ' * is_corrected}changes from {before} to {after}"
    return says, _IS_GOOD.get(str(new.get("state")))


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """List the attributes that changed, each with its old and its new value; those of the indexes are left out."""
    before, after = old or {}, new or {}
    names = [name for name in [*after, *(each for each in before if each not in after)] if name not in _NOT_SHOWN]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def _state(record: Mapping[str, Any] | None) -> str:
    if not record:
        return "nothing"
    return f"{record.get('state')}, {record['delivery']}" if "delivery" in record else str(record.get("state"))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body[:2000].decode(errors="replace") or None
