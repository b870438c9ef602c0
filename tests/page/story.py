"""What is known of each message, put together from all who see a part of it: they tell, and the story is told on."""

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.page.feed import Feed
from tests.page.message import Entry, Message
from tests.page.words import answered, changed, changes, delivered
from tests.standin.courier import Delivery
from tests.standin.messente import Accepted, Messente, Reply, Report, Request
from tests.standin.replies import MESSAGES_PATH

_MOST = 500  # messages; the oldest are forgotten


class Story:
    """Thread-safe. Each change of a message is published as the whole message."""

    def __init__(self, messente: Messente, feed: Feed) -> None:
        self._messente, self._feed = messente, feed
        self._lock = threading.RLock()
        self._messages: dict[str, Message] = {}
        self._shown: dict[str, list[dict[str, Any]]] = {}  # the parts of messages as they were last published

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
        body = _sent(request)
        if body is None:
            return
        with self._lock:
            message = self._message(_message_id(body["dlr_url"]))
            message.payload, message.to = body, str(body.get("to", ""))
            self._add(message, Entry(self._messente.clock(), "post", "The function made a POST to Messente", data=body))

    def answered(self, request: Request, reply: Reply) -> None:
        """Add what Messente answered; told by the stand-in."""
        body = _sent(request)
        if body is None:
            return
        with self._lock:
            message = self._message(_message_id(body["dlr_url"]))
            accepted = self._find(reply.omnimessage_id)
            message.accepted = accepted or message.accepted
            says, ok, data = answered(reply, is_accepted=accepted is not None)
            self._add(message, Entry(self._messente.clock(), "answer", says, ok, data))

    def reported(self, report: Report, delivery: Delivery) -> None:
        """Add a delivery report, and what the function answered to it; told by the courier."""
        with self._lock:
            if (message := self._messages.get(_message_id(report.url))) is None:
                return  # it is forgotten
            says, ok, data = delivered(report, delivery)
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
            says, ok = changed(old, new)
            self._add(message, Entry(at, "record", says, ok, changes(old, new)))

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
            message = self._message(message_id)
            if tap is not None and tap not in message.taps:
                message.taps.append(tap)
            self._add(message, entry)

    def look_at_the_clock(self) -> None:
        """Publish each message that got further on the phone with time alone."""
        with self._lock:
            for message in self._messages.values():
                if message.accepted and message.parts(self._messente) != self._shown.get(message.id):
                    self._publish(message)

    def _message(self, message_id: str) -> Message:
        if message_id not in self._messages:
            self._messages[message_id] = Message(message_id, self._messente.clock())
            if len(self._messages) > _MOST:
                oldest = next(iter(self._messages))
                del self._messages[oldest]
                self._shown.pop(oldest, None)
        return self._messages[message_id]

    def _add(self, message: Message, entry: Entry) -> None:
        message.add(entry)
        self._publish(message)

    def _publish(self, message: Message) -> None:
        told = message.json(self._messente)
        self._shown[message.id] = told["parts"]
        self._feed.publish("message", told)

    def _find(self, omnimessage_id: str | None) -> Accepted | None:
        found = (each for each in reversed(self._messente.accepted) if each.omnimessage_id == omnimessage_id)
        return next(found, None) if omnimessage_id else None


def _sent(request: Request) -> dict[str, Any] | None:
    """Read the body of a POST of ours; its report URL names the message."""
    if (request.method, request.path) != ("POST", MESSAGES_PATH):
        return None
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("dlr_url"), str) else None


def _message_id(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
