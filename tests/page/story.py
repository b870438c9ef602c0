"""What is known of each message, put together from all who see a part of it: they tell, and the story is told on."""

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.page.feed import Feed
from tests.page.message import Entry, Message
from tests.standin.courier import Delivery
from tests.standin.messente import Accepted, Messente, Reply, Request
from tests.standin.replies import MESSAGES_PATH, Fault
from tests.standin.reports import SIGNATURE_HEADER

type Told = tuple[str, bool | None, Any]  # a sentence, whether it is good, and the data behind it

_MOST = 500  # messages; the oldest are forgotten

_FAULTS = {
    Fault.HANG: "Messente does not answer",
    Fault.CUT: "The connection is cut before an answer",
    Fault.TRUNCATE: "The answer is cut off half way",
}
_IS_GOOD = {"sent": True, "rejected": False, "expired": False, "unknown": False}
_NOT_SHOWN = {"updated_at", "revision", "due", "due_shard", "lease_shard", "unknown_shard", "payload_hash", "ttl"}


class Story:
    """Thread-safe. Each change of a message is published as the whole message."""

    def __init__(self, messente: Messente, feed: Feed) -> None:
        self._messente, self._feed = messente, feed
        self._lock = threading.RLock()
        self._messages: dict[str, Message] = {}

    def messages(self) -> list[dict[str, Any]]:
        with self._lock:
            return [each.json(self._messente) for each in self._messages.values()]

    def accepted(self, message_id: str) -> Accepted | None:
        with self._lock:
            found = self._messages.get(message_id)
            return found.accepted if found else None

    def requested(self, message_id: str, payload: Mapping[str, Any], entry: Entry) -> None:
        with self._lock:
            message = self._message(message_id)
            message.payload = message.payload or dict(payload)
            message.to = message.to or str(payload.get("to", ""))
            self._add(message, entry)

    def posted(self, request: Request) -> None:
        """Add that Messente received a message; told by the stand-in."""
        with self._lock:
            if (body := _sent(request)) is None:
                return
            message = self._message(_message_id(body["dlr_url"]))
            message.payload, message.to = body, str(body.get("to", ""))
            self._add(message, Entry(self._messente.clock(), "post", "The function made a POST to Messente", data=body))

    def answered(self, request: Request, reply: Reply) -> None:
        """Add what Messente answered; told by the stand-in."""
        with self._lock:
            if (body := _sent(request)) is None:
                return
            message = self._message(_message_id(body["dlr_url"]))
            found = (each for each in self._messente.accepted if each.omnimessage_id == reply.omnimessage_id)
            accepted = next(found, None)
            message.accepted = accepted or message.accepted
            says, ok, data = _answered(reply, is_accepted=accepted is not None)
            self._add(message, Entry(self._messente.clock(), "answer", says, ok, data))

    def reported(self, delivery: Delivery) -> None:
        """Add a delivery report, and what the function answered to it; told by the courier."""
        with self._lock:
            if (message := self._messages.get(_message_id(delivery.report.url))) is None:
                return  # it is forgotten
            says, ok, data = _delivered(delivery)
            self._add(message, Entry(delivery.at, "report", says, ok, data))

    def recorded(self, at: float, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        """Add a change of an item; told by the stream of the table."""
        item = new or old
        if item is None or str(item["id"]).startswith("#"):  # an item that only leads to another
            return
        with self._lock:
            if old and item["id"] not in self._messages:
                return  # a change of a message that is forgotten
            message = self._message(item["id"])
            message.record, message.to = new, message.to or str(item.get("to", ""))
            says, ok = _changed(old, new)
            self._add(message, Entry(at, "record", says, ok, _changes(old, new)))

    def buried(self, message_id: str, at: float, letter: Mapping[str, Any]) -> None:
        with self._lock:
            says = f"The message is a dead letter: {letter['reason']}"
            message, body = self._message(message_id), letter.get("body")
            message.to = message.to or str(body.get("to", "") if isinstance(body, dict) else "")
            self._add(message, Entry(at, "dead_letter", says, ok=False, data=dict(letter)))

    def heard(self, message_id: str, tap: str | None, entry: Entry) -> None:
        with self._lock:
            if message_id not in self._messages:
                return
            message = self._messages[message_id]
            if tap is not None and tap not in message.taps:
                message.taps.append(tap)
            self._add(message, entry)

    def look_at_the_clock(self) -> None:
        """Publish each message that got further on the phone with time alone."""
        with self._lock:
            for message in self._messages.values():
                if message.accepted and message.parts(self._messente) != message.shown:
                    self._publish(message)

    def _message(self, message_id: str) -> Message:
        if message_id not in self._messages:
            self._messages[message_id] = Message(message_id, self._messente.clock())
            if len(self._messages) > _MOST:
                del self._messages[next(iter(self._messages))]
        return self._messages[message_id]

    def _add(self, message: Message, entry: Entry) -> None:
        message.add(entry)
        self._publish(message)

    def _publish(self, message: Message) -> None:
        told = message.json(self._messente)
        message.shown = told["parts"]
        self._feed.publish("message", told)


def _sent(request: Request) -> dict[str, Any] | None:
    """Read the body of a POST of ours; its report URL names the message."""
    body = read(request.body) if (request.method, request.path) == ("POST", MESSAGES_PATH) else None
    return body if isinstance(body, dict) and isinstance(body.get("dlr_url"), str) else None


def _message_id(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _answered(reply: Reply, *, is_accepted: bool) -> Told:
    answer = _FAULTS.get(reply.fault) or f"Messente answers {reply.status}"
    what = "has accepted the message" if is_accepted else "has not accepted the message"
    data = {
        "status": None if reply.fault in (Fault.HANG, Fault.CUT) else reply.status,
        "fault": None if reply.fault is Fault.NONE else reply.fault.name.lower(),
        "accepted": is_accepted,
        "omnimessage_id": reply.omnimessage_id,
        "delay": reply.delay,
        "body": read(reply.body),
    }
    is_good = is_accepted and reply.fault not in _FAULTS and reply.status in (200, 201)
    return f"{answer}; it {what}" if answer.startswith("Messente") else f"{answer}; Messente {what}", is_good, data


def _delivered(delivery: Delivery) -> Told:
    report, said = delivery.report, read(delivery.report.body)
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


def _changed(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[str, bool | None]:
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


def _changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """List the attributes that changed, each with its old and its new value; those of the indexes are left out."""
    before, after = old or {}, new or {}
    names = [name for name in [*after, *(each for each in before if each not in after)] if name not in _NOT_SHOWN]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def _state(record: Mapping[str, Any] | None) -> str:
    if not record:
        return "nothing"
    return f"{record.get('state')}, {record['delivery']}" if "delivery" in record else str(record.get("state"))


def read(body: bytes | str) -> Any:
    """Read JSON; anything else is a text, which may be cut off, or None if it is empty."""
    try:
        return json.loads(body)
    except ValueError:
        return (body if isinstance(body, str) else body[:2000].decode(errors="replace")) or None
