"""The whole system in memory, as its outside sees it: who sends, receives, reports, operates; and what must hold."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from messente_rcs.aws.queues import QueueUnavailable
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.messente.credentials import CredentialsUnavailable
from messente_rcs.phone import key_of
from messente_rcs.records.record import TableUnavailable, timestamp
from messente_rcs.sending.pacing import LEASE_MARGIN, LOOK_HOLDS
from messente_rcs.tracking.report import status_of
from messente_rcs.triggers.direct import NotMoved, NotSent
from tests.model.faults import Faults, Repeating
from tests.model.profile import figures, leaks
from tests.model.queue import Message, Queue
from tests.standin import numbers
from tests.standin.faults import EVERYBODY, Rule
from tests.standin.messente import Accepted, Delays
from tests.standin.reports import SIGNATURE_HEADER, Report, as_event, sign
from tests.support.callback import URL, Callback
from tests.support.records import check_item
from tests.support.world import PASSWORD, TABLE, Crash, World, http_event, message

DAY = 86_400.0
LONGEST = 18 * DAY  # that a course takes before it comes to its end; records live for 35
UNAVAILABLE = (TableUnavailable, CredentialsUnavailable, QueueUnavailable, NotSent, NotMoved)
PLACES = {"sent", "unknown", "expired", "cancelled"}
FASTEST_CLOCK = 40.0  # seconds by which a process may be ahead
RANKS = {"pending": 0, "failed": 1, "expired": 1, "delivered": 2, "seen": 3}
CHAINS = {numbers.FAILED_THEN_NEXT, numbers.EXPIRED, numbers.UNDELIVERED}

type Event = dict[str, Any]


@dataclass
class Asked:
    """What was asked for under one message id: its texts, and how often it may be accepted at most."""

    texts: set[str] = field(default_factory=set)
    each: int = 1  # without a person's word, and then after each
    freed: set[str] = field(default_factory=set)  # the `unknown_since` of each attempt that a person called not sent

    @property
    def most(self) -> int:
        return self.each * (1 + len(self.freed))


@dataclass(frozen=True)
class Origin:
    """What a body in a queue is: the id that it names (None: the messageId is it) and its text (None: invalid)."""

    id: str | None
    text: str | None
    resend: bool = False
    expires_at: float | None = None


class Process:
    """An execution environment of each function; a new one takes the place of one that died."""

    def __init__(self, system: "System", ahead: float) -> None:
        self._system = system
        self.ahead = ahead  # seconds by which its clock is
        self.begin()

    def begin(self) -> None:
        world, self.faults = self._system.world, Faults()
        real, world.dynamodb = world.dynamodb, self._system.dynamodb  # type: ignore[assignment]
        self.app = world.env(self.faults, ahead=self.ahead, callback_url=URL, concurrency=1)
        self.callback = Callback(world, self.faults)
        self.reconciler = world.parts(self.faults, ahead=self.ahead, callback_url=URL).reconciler
        world.dynamodb = real

    def run[T](self, work: Callable[[], T]) -> T | BaseException:
        """Run a function in it; return what it raised, if that is among what may be raised."""
        faults = self.faults
        try:
            return work()
        except Crash as crash:
            self.begin()
            return crash
        except UNAVAILABLE as unavailable:
            return unavailable
        finally:
            faults.arm(0, None)
            if faults.broken:
                raise faults.broken


class System:
    """Everything, and `check`, which tells whether all is as it must be.

    The clock of each process is ahead by so many seconds; in the last one, the `other`, nothing goes wrong.
    """

    def __init__(self, *ahead: float) -> None:
        leaks.clear()
        self.world = World()
        self.world.messente.delays = Delays(report=60)
        self.world.messente.on_early = self._early
        self.dynamodb = Repeating(self.world.dynamodb)
        self.queue = Queue(self.world)
        *self.processes, self.other = (Process(self, seconds) for seconds in ahead)
        self.asked: defaultdict[str, Asked] = defaultdict(Asked)
        self.mail: list[Report] = []
        self.reported: set[str] = set()  # omnimessages that a report was taken of
        self.queued: set[str] = set()  # ids of messages in the queue
        self.told: set[str] = set()  # ids whose sender was told by an answer, or that live on under another id
        self.looked_at: list[tuple[str, str]] = []  # what an operator saw: ids, and since when they were unknown
        self.stopped_at: float | None = None  # since when recipients have opted out
        self.overslept: set[str] = set()  # ids whose owner went on after its lease, which Lambda does not let it
        self.password = self.secret = self.signing = PASSWORD
        self._rotations = 0
        self._keyed: dict[int, dict[str, Any]] = {}
        self._free = 0
        self._origins: dict[str, Origin] = {}
        self._ends = self.world.clock() + LONGEST
        self._accepted: defaultdict[str, list[Accepted]] = defaultdict(list)
        self._read = 0
        self._seen: dict[str, tuple[Any, int]] = {}
        self._last: dict[str, dict[str, Any]] = {}

    # Senders.

    def payload(self, key: int, to: str, variant: int, scheduled: float | None) -> tuple[str | None, dict[str, Any]]:
        """Make a payload; a key above 0 stands for the same message each time, but for its variant."""
        if not key:
            self._free += 1
            return None, self._message(f"Text of free {self._free}", to, scheduled)
        base = self._keyed.setdefault(key, self._message(f"Text of {key}", to, scheduled))
        if not variant:
            return f"k-{key}", base
        other = json.dumps(base).replace(f"Text of {key}", f"Text of {key}, corrected")
        return f"k-{key}", json.loads(other)

    def _message(self, text: str, to: str, scheduled: float | None) -> dict[str, Any]:
        payload = message(to=to, text=text)
        if to in CHAINS:
            del payload["text"]
            payload["messages"] = [{"channel": "rcs", "text": text}, {"channel": "sms", "text": "Text of sms"}]
        if scheduled:
            payload["time_to_send"] = timestamp(self.world.clock() + scheduled)
        return payload

    def put(self, body: str | dict[str, Any], origin: Origin) -> Message:
        """Put a message into the queue, and note what it asks for."""
        self._origins[_same(body)] = origin
        message = self.queue.put(body)
        if origin.text:
            message_id = self._id_of(message)
            self.queued.add(message_id)
            self.note(message_id, origin.text, resend=origin.resend)
        return message

    def item(self, message_id: str) -> dict[str, Any]:
        return self.world.item(message_id) or {}

    def state(self, message_id: str) -> str | None:
        return self.item(message_id).get("state")

    def in_state(self, state: str) -> list[str]:
        """Name the records in a state."""
        return [message_id for message_id in self.dynamodb.written if self.state(message_id) == state]

    def _origin(self, message: Message) -> Origin:
        return self._origins[_same(message.body)]

    def _id_of(self, message: Message) -> str:
        return self._origin(message).id or f"sqs:{message.id}"

    def note(self, message_id: str, text: str, *, resend: bool) -> None:
        asked = self.asked[message_id]
        asked.texts.add(text)
        asked.each = max(asked.each, 3 if resend else 1)

    def deliver(self, process: Process, messages: Sequence[Message]) -> None:
        """Hand messages to the function, as SQS does; whatever is deleted then must have its place."""
        begin, before = self.world.clock(), len(self.world.messente.accepted)
        records = self.queue.receive(messages)
        if not records:
            return
        figures["deliveries"] += len(records)
        event = {"Records": records}
        answer = process.run(lambda: process.app.handle(event, self.world.remaining()))
        assert isinstance(answer, dict | Crash), type(answer)
        for each in self.queue.settle(records, answer if isinstance(answer, dict) else None):
            assert self._has_a_place(each), each.id
        if all((self._origin(each).expires_at or begin + 1) <= begin + min(0, process.ahead) for each in messages):
            assert len(self.world.messente.accepted) == before, "sent after its deadline"

    def deliver_meanwhile(self, messages: Sequence[Message]) -> None:
        """Hand messages to another process while their owner is on them: it must not take the owner for lost."""
        now = self.world.clock()
        live = [name for name in self.in_state("claimed") if self.item(name)["lease_until"] > now]
        self.deliver(self.other, messages)
        # A clock that is far ahead may call it *unknown*; such a delivery is not done, and comes back.
        allowed = {"claimed", "unknown"} if self.other.ahead > LEASE_MARGIN else {"claimed"}
        assert set(map(self.state, live)) <= allowed

    def _has_a_place(self, message: Message) -> bool:
        origin = self._origin(message)
        item = self.world.item(self._id_of(message))
        others = [each for each in self.accepted(item["id"]) if each.text != origin.text] if item else []
        if item and item["state"] in PLACES and not others:
            return True
        if item and origin.expires_at and origin.expires_at <= self.world.clock() + FASTEST_CLOCK:
            return True  # it came too late; another message by the same key has gone on since
        return message.body in [each["body"] for each in self.world.dead()]

    def call(self, process: Process, event: Event) -> tuple[int, Any]:
        """Call the API; return status and body, status 0 if the function died."""
        answer = process.run(lambda: process.app.handle(event, self.world.remaining()))
        if isinstance(answer, BaseException):
            assert isinstance(answer, Crash), type(answer)
            return 0, None
        return answer["statusCode"], json.loads(answer["body"])

    def post(self, process: Process, payload: dict[str, Any], key: str | None, *, calm: bool) -> None:
        """Send through the API; an answer that says "not sent" must be true (`calm`: nobody acts in between)."""
        before = len(self.world.messente.accepted)
        self.told |= {key} if key else set()
        headers = {"idempotency-key": key} if key else {}
        status, answer = self.call(process, http_event("POST", body=payload, headers=headers))
        if status in (400, 409, 422, 503) and calm:
            assert len(self.world.messente.accepted) == before, status
        if status == 201:
            assert self.accepted(answer["id"]) or answer.get("resolution") == "sent"
            assert answer["state"] == "sent"

    def invoke(self, process: Process, payload: dict[str, Any], key: str, *, calm: bool) -> None:
        """Send by a direct invocation; what is raised means "not sent"."""
        before = len(self.world.messente.accepted)
        self.told.add(key)
        payload = payload | {"idempotency_key": key}
        resend = "on_unknown" in payload
        # What is refused becomes a dead letter, which an operator may put into the queue.
        self._origins[_same(payload)] = Origin(key, text_of(payload), resend)
        for pause in (0, 60, 120):  # Lambda repeats what failed, under the same request id
            self.sleep(pause)
            answer = process.run(lambda: process.app.handle(payload, self.world.remaining(), "request"))
            if isinstance(answer, NotSent) and calm and not resend:
                assert len(self.world.messente.accepted) == before
            if isinstance(answer, dict):
                self._check_invoked(key, answer)
                break

    def _check_invoked(self, key: str, answer: dict[str, Any]) -> None:
        """What was answered is not repeated: it has its place, or somebody comes for its claim."""
        item = self.item(key)
        if answer["state"] == "sent":
            assert self.accepted(key) or item.get("resolution") == "sent"
        buried = {each["message_id"] for each in self.world.dead()}
        assert item.get("state") in PLACES or "lease_shard" in item or key in buried

    # Operators.

    def cancel(self, process: Process, message_id: str) -> int:
        """Cancel a message; "cancelled" must then be what the record says. Return the status."""
        status, body = self.call(process, http_event("DELETE", f"/{quote(message_id, safe='')}"))
        assert status in (0, 200, 404, 409, 503), status
        if status == 200:
            assert body["state"] == "cancelled"
        if status == 404:
            assert self.world.item(message_id) is None
        return status

    def look(self) -> None:
        """Let an operator look at the unknown messages. What they say later may be of what they saw now."""
        self.looked_at = [(name, self.item(name)["unknown_since"]) for name in self.in_state("unknown")]

    def say(self, process: Process, word: str, message_id: str, since: str, *, calm: bool) -> int:
        """Say what became of the attempt that was seen (`calm`: nobody acts in between). Return the status."""
        before, accepted = self.item(message_id), self.accepted(message_id)
        body: dict[str, Any] = {"outcome": "not_sent" if word == "final" else word.partition(" ")[0]}
        body |= {"unknown_since": since} | ({"final": True} if word == "final" else {})
        if word == "sent as":
            body["omnimessage_id"] = accepted[-1].omnimessage_id if accepted else "00000000-0000-4000-8000-000000000000"
        if word == "sent as another":
            others = self.world.messente.accepted
            body["omnimessage_id"] = others[-1].omnimessage_id if others else "o-1"
        path = f"/{quote(message_id, safe='')}/resolution"
        status, answer = self.call(process, http_event("POST", path, body))
        assert status in (0, 200, 404, 409, 503), answer
        if calm and status == 200:
            assert (before["state"], before["unknown_since"]) == ("unknown", since), "a word on another attempt"
        after = self.item(message_id)
        if status == 200 or after.get("resolved_at", "") > before.get("resolved_at", ""):
            figures["words"] += 1
            self.told.add(message_id)
            if word == "not_sent":
                assert since not in self.asked[message_id].freed, "the same attempt, freed twice"
                self.asked[message_id].freed.add(since)
        return status

    def stop(self, recipients: Iterable[str]) -> None:
        """Let recipients opt out, and Messente take nothing for a moment."""
        self.world.messente.faults.put(Rule(EVERYBODY, "429", times=2))
        self.stopped_at = self.world.clock()
        for to in recipients:
            self.world.opt_outs.put_item(Item={"to": {"S": key_of(to)}, "state": {"S": Wish.OPTED_OUT}})

    def start(self) -> None:
        """Let all of them opt in again; nothing may have gone out to them meanwhile."""
        if self.stopped_at is not None:
            late = self.stopped_at + LOOK_HOLDS
            assert not [each for each in self.world.messente.accepted if each.at > late], "sent after a stop word"
            self.stopped_at = None
            self.world.messente.faults.reset()
            for item in self.world.opt_outs.items():
                self.world.opt_outs.delete_item(Key={"to": item["to"]})

    def redrive(self, pick: int) -> None:
        """Put a message of the dead-letter queue back; it gets a new messageId."""
        buried = self.world.dead()
        if not (total := len(self.queue.dead) + len(buried)):
            return
        index = pick % total
        if index < len(self.queue.dead):
            message = self.queue.dead.pop(index)
            old, body = self._id_of(message), message.body
        else:
            dead = buried.pop(index - len(self.queue.dead))
            old, body = dead["message_id"], dead["body"]
        self.told.add(old)
        self.put(body, self._origins[_same(body)])

    def rotate(self, *, messente_first: bool, sign_with_previous: bool) -> None:
        """Change the password in one place; the next call does so in the other."""
        if self.password == self.secret:
            self._rotations += 1
        new = f"hunter2-{self._rotations}"
        if self.password == self.secret and not messente_first:
            self._put_secret(new)
        elif self.secret in (self.password, new):
            self.signing = self.password if sign_with_previous else new
            self.world.messente.change_password(new, sign_with_previous=sign_with_previous)
            self.password = new
        else:
            self._put_secret(new)

    def _put_secret(self, password: str) -> None:
        self.secret = password
        self.world.put_secret(password)

    def sleep(self, seconds: float) -> None:
        """Let time pass, but not more than a course may take."""
        self.world.clock.advance(max(0, min(seconds, self._ends - self.world.clock())))

    def oversleep(self) -> None:
        """Let time pass beyond every lease, while a process stays alive that Lambda would have ended by then."""
        self.overslept |= set(self.in_state("claimed"))
        self.sleep(200)

    def reconcile(self, process: Process) -> None:
        process.run(lambda: process.reconciler.run(self.world.remaining(60)))

    # Messente.

    def _early(self, report: Report) -> None:
        """Deliver a report before its own send is answered; one that is refused comes again later."""
        if self.take(self.other, report) != 200:
            self.mail.append(report)

    def collect(self) -> None:
        self.mail += self.world.messente.reports_due(self.world.clock())

    def take(self, process: Process, report: Report, message_id: str | None = None) -> int:
        """Hand a report over, signed as Messente signs now, to its URL or another one's; 0: the function died."""
        figures["reports"] += 1
        url = report.url if message_id is None else f"{URL}/{quote(message_id, safe='')}"
        event = as_event(replace(self._signed(report), url=url))
        answer = process.run(lambda: process.callback.handle(event))
        status = answer[0] if isinstance(answer, tuple) else 0
        if status == 200 and message_id is None:
            assert is_genuine(report)
            self.reported.add(report.omnimessage_id)
        return status

    def _signed(self, report: Report) -> Report:
        signature = {SIGNATURE_HEADER: sign(report.body, self.signing)} if is_genuine(report) else {}
        return replace(report, headers=report.headers | signature)

    def misdirect(self, process: Process, report: Report, message_id: str) -> None:
        """Replay a report at another message's URL: it must change nothing there."""
        own, before = self.item(id_of(report.url)), self.world.item(message_id)
        if message_id == id_of(report.url) or before is None:
            return
        knows_others = "omnimessage_id" in before and not before.get("resends") and not before.get("closed")
        is_known = (
            report.omnimessage_id in own.get("omnimessage_ids", ()) and own.get("said_id") != report.omnimessage_id
        )
        if not (knows_others or before["to"] != own["to"] or is_known):
            return  # neither has heard of the omnimessage: nobody can tell whose it is
        assert self.take(process, report, message_id) != 200
        assert self.world.item(message_id) == before

    def accepted(self, message_id: str) -> list[Accepted]:
        """List what Messente accepted under an id: the ground truth."""
        self._read_log()
        return self._accepted.get(message_id, [])

    def _read_log(self) -> None:
        log = self.world.messente.accepted
        for each in log[self._read :]:
            self._accepted[id_of(each.body["dlr_url"])].append(each)
        self._read = len(log)

    # What must hold.

    def check(self) -> None:
        self._read_log()
        for message_id in {**self.dynamodb.written, **dict.fromkeys(self._accepted)}:
            raw = self.world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": message_id}}).get("Item")
            number = len(self.accepted(message_id))
            seen, counted = self._seen.get(message_id, (None, -1))
            if seen is not raw or counted != number:
                self._check_record(message_id)
                self._seen[message_id] = raw, number
        assert leaks == []

    def _check_record(self, message_id: str) -> None:
        item, accepted = self.world.item(message_id), self.accepted(message_id)
        asked = self.asked.get(message_id)
        if asked and asked.texts:
            assert {each.text for each in accepted} <= asked.texts
        check_item(item, accepted, asked.most if asked else 1)
        if item is None:
            return
        self._check_moves(self._last.get(message_id, {}), item)
        self._check_delivery(item, accepted)
        if item["state"] == "claimed":
            assert {"due_shard", "due", "lease_until", "owner"} <= set(item)
        if item["state"] == "unknown":
            assert {"unknown_shard", "unknown_since"} <= set(item)
        if item["state"] == "cancelled":
            confirmed = [each for each in accepted if each.omnimessage_id in item.get("cancelled_ids", ())]
            assert confirmed == accepted or item.get("closed"), "cancelled, and yet it goes out"
            assert all(map(self.world.messente.is_cancelled, confirmed)), "cancelled, and yet it goes out"
        self._last[message_id] = item

    def _check_moves(self, before: dict[str, Any], item: dict[str, Any]) -> None:
        """What was sent stays sent, and what was told of each of its messages only moves up."""
        if before.get("state") in ("sent", "cancelled"):
            assert item["state"] in (before["state"], "cancelled") or (item["state"] == "sent" and item.get("closed"))
        for name, told in before.get("messages", {}).items():
            assert item["messages"][name].get("rank", 0) >= told.get("rank", 0)
        if {"delivery"} <= before.keys() & item.keys() and not {"resends", "closed"} & item.keys():
            assert RANKS[before["delivery"]] <= RANKS[item["delivery"]]

    def _check_delivery(self, item: dict[str, Any], accepted: Sequence[Accepted]) -> None:
        """What the record says of each message happened, and not later than now."""
        names = {m["message_id"]: (each, n) for each in accepted for n, m in enumerate(each.reply["messages"])}
        for name, told in item["messages"].items():
            if "status" in told and told["status"] != "DELETED":
                each, index = names[name]
                now = self.world.clock() - each.begin()
                happened = [s.status for s in each.steps() if s.index == index and s.at * 60 <= now]
                assert told["status"] in happened
                assert told["rank"] == status_of(told["status"]).rank

    # The end.

    def drain(self) -> None:
        """Let everything come to its end without further faults, and assert that it has."""
        if self.password != self.secret:
            self.rotate(messente_first=True, sign_with_previous=False)
        self.world.clock.advance(400)  # past the leases, and what is cached
        self.deliver_all()
        self._report_all()
        self._reconcile_all()
        self.deliver_all()
        self._report_all()
        for message_id in self.dynamodb.written:
            self._check_end(message_id)
        self._check_listing()
        self.check()

    def deliver_all(self) -> None:
        last = [each for each in self.queue.waiting if each.receives >= self.queue.most_receives]
        while self.queue.wait():
            dead = len(self.queue.dead)
            self.deliver(self.other, self.queue.visible()[:10])
            self.check()
            for each in set(self.queue.dead[dead:]) - set(last):
                self._check_exhausted(each)

    def _check_exhausted(self, message: Message) -> None:
        """A message that was tried too often was refused each time, unless others share its id, or it may be resent."""
        message_id = self._id_of(message)
        everywhere = map(self._id_of, [*self.queue.waiting, *self.queue.dead, *self.queue.done])
        if self.asked[message_id].most > 1 or message_id in self.told or list(everywhere).count(message_id) > 1:
            return
        assert self.state(message_id) in (None, "retryable"), "waited for nobody"

    def _report_all(self) -> None:
        self.world.clock.advance(2 * 3600)  # what was scheduled goes out
        self.collect()
        for report in self.mail:
            expected = 200 if is_genuine(report) else 401
            status = self.take(self.other, report)
            if status != expected:
                self.world.clock.advance(11)  # a look at the secret takes place every ten seconds at most
                status = self.take(self.other, report)
            assert status == expected, (status, report.status)
            self.check()
        self.mail.clear()

    def _reconcile_all(self) -> None:
        for _ in range(60):
            due = [item["due"] for item in map(self.world.item, self.dynamodb.written) if item and "due_shard" in item]
            if not due:
                return
            while timestamp(self.world.clock()) < min(due):
                self.world.clock.advance(1800)
            self.reconcile(self.other)
            self.check()
        raise AssertionError("records stay open")

    def _check_end(self, message_id: str) -> None:
        item, accepted = self.world.item(message_id), self.accepted(message_id)
        if item is None:
            return  # a first write that was refused
        figures[item["state"]] += 1
        assert item["state"] != "claimed"
        assert not {"due_shard", "lease_shard"} & set(item)
        if item["state"] == "retryable" and message_id in self.queued - self.told - self.overslept:
            dead = set(map(self._id_of, self.queue.dead))
            dead |= {each["message_id"] for each in self.world.dead()}
            assert message_id in dead, "nobody tries it again"
        if item["state"] == "unknown":
            # A report would have told. (Its ids would too: the reconciler asks by them.)
            assert not self.reported & {each.omnimessage_id for each in accepted}
            assert "omnimessage_id" not in item
        if (item["state"], item.get("delivery")) == ("sent", "pending") and not {"resends", "closed"} & item.keys():
            # Of the one no channel is ever reported on, of the other the channel that nobody knows.
            assert item["to"] in (numbers.NEVER_DONE, numbers.NEWER_SHAPE), item["to"]

    def _check_listing(self) -> None:
        """The operator's listing of unknown messages is complete."""
        status, body = self.call(self.other, http_event("GET", queryStringParameters={"state": "unknown"}))
        assert status == 200
        assert {each["id"] for each in body["messages"]} == set(self.in_state("unknown"))


def _same(body: str | dict[str, Any]) -> str:
    """Write a body in the one way in which all that say the same are alike."""
    return json.dumps(json.loads(body) if isinstance(body, str) else body, sort_keys=True)


def text_of(payload: dict[str, Any]) -> str:
    return str(payload["text"] if "text" in payload else payload["messages"][0]["text"])


def id_of(url: str) -> str:
    return unquote(url.rpartition("/")[2])


def is_genuine(report: Report) -> bool:
    """Tell whether Messente means to sign it with the right password."""
    to = json.loads(report.body)["to"]
    return to not in (numbers.BAD_SIGNATURE, numbers.NO_SIGNATURE)
