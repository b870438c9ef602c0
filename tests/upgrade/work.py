"""Work under way at a release: messages in every state, full queues, reports and inbound messages on their way."""

import json
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from messente_rcs.inbound.inbox import RECEIVED
from messente_rcs.records.record import Record, UnreadableRecord
from tests.chaos.injection import send, starting
from tests.chaos.publishing import Change, Publishing
from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.process import PATIENCE, poll
from tests.local.stack import NEVER, changes, deploy, update
from tests.standin import numbers
from tests.standin.inbound import Inbound, inbound
from tests.standin.server import Server
from tests.support.consumer import Listener, bus_refusing

USERNAME, PASSWORD = "upgrade-user", "integration-password-Up7"
ORDINARY, STOPPED = "+37255512345", "+37255540000"
QUEUED = 30  # messages that wait in the queue
VISIBILITY = 2  # seconds, instead of 180
PAUSED = ("SendFunctionQueued", "InboundFunctionPutOff")  # what takes from the queues

DATA = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")


@dataclass(frozen=True)
class Message:
    """A message that a release takes in and leaves behind."""

    id: str
    to: str
    left: str  # the state of its record then; "": it waits in the queue
    end: str  # the state once all is worked off
    fields: dict[str, Any] = field(default_factory=dict, compare=False)
    by_queue: bool = False

    @property
    def asked(self) -> bool:
        """Whether the reconciliation looks after it, and no report or queue."""
        return self.left == "claimed" or "tags" in self.fields

    @property
    def text(self) -> str:
        """The text, by which the accept log knows it."""
        return f"text of {self.id}"

    @property
    def body(self) -> str:
        """The payload."""
        return json.dumps({"to": self.to, "text": self.text, "idempotency_key": self.id, **self.fields})


def messages(by: str) -> list[Message]:
    """Make the messages that a release of this name takes in."""
    soon, past = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    later, over = {"time_to_send": soon.isoformat()}, {"expires_at": past.isoformat()}
    made: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("sent", ORDINARY, "sent", "sent", {"tags": {"order": "4711"}}),
        ("rejected", numbers.BAD_REQUEST, "rejected", "rejected", {}),
        ("opted-out", STOPPED, "rejected", "rejected", {}),
        ("retryable", numbers.UNAVAILABLE_ONCE, "retryable", "sent", {}),
        ("expired", ORDINARY, "expired", "expired", over),
        ("unknown", numbers.CUT, "unknown", "unknown", {}),
        ("accepted", numbers.CUT_AFTER_ACCEPT, "unknown", "sent", {}),
        ("scheduled", ORDINARY, "sent", "cancelled", later),
        ("cancelled", ORDINARY, "cancelled", "cancelled", later),
        ("killed", numbers.HANG, "claimed", "unknown", {}),
    ]
    queued = [Message(f"{by}-queued-{n}", ORDINARY, "", "sent", by_queue=True) for n in range(QUEUED)]
    return [
        *(Message(f"{by}-{name}", to, left, end, fields) for name, to, left, end, fields in made),
        Message(f"{by}-killed-in-batch", numbers.HANG_AFTER_ACCEPT, "claimed", "sent", by_queue=True),
        *queued,
        Message(f"{by}-queued-retry", numbers.UNAVAILABLE_ONCE, "", "sent", by_queue=True),
        Message(f"{by}-queued-cut", numbers.CUT_AFTER_ACCEPT, "", "sent", by_queue=True),
        Message(f"{by}-queued-rejected", numbers.BAD_REQUEST, "", "rejected", by_queue=True),
    ]


class World:
    """A stack that is upgraded and rolled back, and the stand-in whose log says what was really accepted."""

    def __init__(self, emulator: Emulator, standin: Server, built: Built) -> None:
        self.emulator, self.standin = emulator, standin
        given = {
            "DefaultSender": "Example",
            "PublishEvents": "Enabled",
            "TrackConversations": "Yes",
            "ReconcileSchedule": NEVER,
            "MaximumConcurrency": "2",
        }
        self.stack = deploy(emulator, built, standin, name="upgraded", **given)
        self.listener = Listener(self.stack, "owner", "RCS Message Received", "RCS Recipient Opted Out")
        self.taken_in, self.newest = list[Message](), list[Message]()
        self.said: list[Inbound] = []
        Publishing(self.stack)  # turns the emulator's own off
        self._hurry()

    def deploy(self, built: Built) -> list[str]:
        """Deploy another release over the stack; name the resources that this replaces, and data that it removes."""
        planned = {each["LogicalResourceId"]: each for each in changes(self.stack, built)}
        before = self.stack.resources()
        self.stack = update(self.stack, built)
        after = self.stack.resources()
        self._hurry()
        replaced = {name for name, each in planned.items() if each.get("Replacement") == "True"}
        replaced |= {name for name in before.keys() & after if before[name] != after[name]}
        removed = {name for name, each in planned.items() if each["Action"] == "Remove"}
        return sorted(replaced | {name for name in removed if planned[name]["ResourceType"] in DATA})

    def _hurry(self) -> None:
        self.stack.hide_for(VISIBILITY, self.stack.queue_url, self.stack.resource("InboundQueue"))

    def take_in(self, by: str) -> None:
        """Let the deployed release leave work of every kind behind; nothing of it is published or reported."""
        self.standin.courier.enabled = False
        new = messages(by)
        first = self._say("STOP", STOPPED)
        assert self.stack.hand_in(first).status == HTTPStatus.OK
        for message in new:
            if not message.by_queue and message.left != "claimed":
                self._request(message, partial(self.stack.item, message.id))
        assert self.stack.call("DELETE", f"/messages/{by}-cancelled").status == HTTPStatus.OK
        self._die(*(each for each in new if each.left == "claimed"))
        self.stack.queue_all(message.body for message in new if not message.left)
        with bus_refusing(self.stack):
            for n in range(3):
                assert self.stack.hand_in(self._say("Thanks", f"{STOPPED[:-1]}{n + 1}")).status == HTTPStatus.OK
        self.newest = new
        self.taken_in += new

    def _request(self, message: Message, done: Callable[[], object]) -> None:
        """Hand a message in over the HTTP API, again while nothing came of it: AWS may be slow on a busy machine."""
        while not done():
            self.stack.call("POST", "/messages", message.body, once=True)

    def _say(self, text: str, number: str) -> Inbound:
        base = self.stack.outputs["InboundUrl"].removesuffix("/inbound-messages")
        said = inbound(base, number, text, at=time.time(), msg_id=f"said-{len(self.said)}")
        self.said.append(said)
        return said

    def _die(self, by_api: Message, by_queue: Message) -> None:
        """Kill the sending function while a message is at Messente, each at once, before the function gives it up.

        Nothing takes from the queues any more.
        """

        def posted(message: Message, before: int) -> bool | None:
            return self._posts(message) > before or None

        with ThreadPoolExecutor(1) as threads:
            is_there = partial(posted, by_api, self._posts(by_api))
            request = threads.submit(self._request, by_api, is_there)
            poll(is_there, PATIENCE, "the POST")
            self._kill()
            request.result()
        is_there = partial(posted, by_queue, self._posts(by_queue))
        self.stack.queue(by_queue.body)
        poll(is_there, PATIENCE, "the POST")
        self.stack.take_from(*PAUSED, enabled=False)
        self._kill()

    def _kill(self) -> None:
        for process in starting(self.emulator, "SendFunction"):
            send(process, signal.SIGKILL)

    def _posts(self, message: Message) -> int:
        return len(self.standin.messente.posts_to(message.to))

    def work_off(self) -> dict[str, int]:
        """Let the deployed release do all that is under way, and let callers repeat each message.

        Return what its reconciliation did.
        """
        for message in self.taken_in:
            item = self.stack.item(message.id) or {}
            if item.get("state") == "claimed":
                self.stack.edit(message.id, lease_until=1)
            if message.asked and "due" in item:
                self.stack.edit(message.id, due="2026-01-01T00:00:00.000Z")
        reconciled: dict[str, int] = self.stack.reconcile()
        for message in self.taken_in:
            if message.id.endswith("-scheduled"):
                self.stack.call("DELETE", f"/messages/{message.id}")
        self.stack.take_from(*PAUSED, enabled=True)
        self.standin.courier.enabled = True
        self._settle()
        self.stack.queue_all(message.body for message in self.taken_in if message.by_queue)
        for message in self.taken_in:
            if not message.by_queue:
                self.stack.call("POST", "/messages", message.body)
        self._settle()
        return reconciled

    def _settle(self) -> None:
        queues = (self.stack.queue_url, self.stack.resource("InboundQueue"))
        poll(lambda: not any(map(self.stack.waiting, queues)) or None, PATIENCE, "empty queues")
        poll(lambda: self.standin.courier.pending == 0 or None, PATIENCE, "the reports")

    def left(self) -> dict[str, str]:
        """Name the messages that the deployed release did not leave as the table of messages says, and how it did."""
        return self._other_than({message.id: message.left for message in self.newest})

    def _other_than(self, wanted: dict[str, str]) -> dict[str, str]:
        states = {key: item["state"] for key, item in self.stack.records().items()}
        return {key: states.get(key, "") for key, state in wanted.items() if states.get(key, "") != state}

    def lost(self) -> dict[str, str]:
        """Name what did not come to its end: messages, dead letters, inbound messages, opt-outs, status requests."""
        lost = self._other_than({message.id: message.end for message in self.taken_in})
        dead = {letter.attributes.get("message_id") for letter in self.stack.letters()}
        rejected = {message.id for message in self.taken_in if message.by_queue and message.end == "rejected"}
        told = {event["detail"]["id"] for event in self.listener.hear() if event["detail-type"] == RECEIVED}
        lost |= dict.fromkeys(rejected - dead, "no dead letter")
        return lost | dict.fromkeys({said.msg_id for said in self.said} - told, "not published")

    def twice(self) -> list[str]:
        """Name the messages that Messente accepted more than once."""
        return [text for text, found in self.standin.messente.by_text().items() if len(found) > 1]

    def unreadable(self) -> list[str]:
        """Name the records that this version or the deployed one cannot read."""
        bad = [key for key, item in self.stack.records().items() if _is_odd(item)]
        for key, item in self.stack.records().items():
            answer = self.stack.call("GET", f"/messages/{key}")
            if answer.status != HTTPStatus.OK or answer.json["state"] != item["state"]:
                bad.append(key)
        return bad + [line for line in self.stack.logs() if "unreadable" in line]

    def unpublished(self) -> set[Change]:
        """Publish the whole stream with the deployed release; name the changes that its listeners did not hear of."""
        last = {(key, int(item["revision"])) for key, item in self.stack.records().items()}
        with Publishing(self.stack) as publishing:
            publishing.settle(PATIENCE)
        return (publishing.changes | last) - publishing.told


def _is_odd(item: dict[str, Any]) -> bool:
    try:
        Record.of(item)
    except UnreadableRecord:
        return True
    return False
