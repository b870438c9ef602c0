"""What the stand-in does with a request: pure, no sockets. Its accept log is the ground truth of every test."""

import hmac
import itertools
import re
import threading
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import uuid4

from tests.standin import numbers, replies
from tests.standin.faults import ANSWERS, COURSES, REFUSED, Faults, Mode
from tests.standin.replies import MESSAGES_PATH, ConnectFault, Delays, Fault, Reply
from tests.standin.reports import USUAL, Planned, Report, Signature, Step, content
from tests.standin.validation import parse

__all__ = ["Accepted", "ConnectFault", "Delays", "Fault", "Messente", "Received", "Reply", "Report", "Request"]

DEFAULT_SENDER = "StandIn"  # of the API key, where a message names none
_PATH = re.compile(rf"{MESSAGES_PATH}(?:/([0-9a-fA-F-]{{36}})(/status)?)?")


@dataclass(frozen=True)
class Request:
    """One request; header names are lower-case, `path` carries no query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Received:
    """A request that came in, whatever became of it; `to` is None where no recipient could be read."""

    method: str
    path: str
    to: str | None
    at: float


@dataclass(frozen=True)
class Accepted:
    """An accepted message: the parsed request (its dlr_url too), the ordinary 201 for it, the Unix time.

    `course` is the number whose course it takes (None: the recipient's own).
    """

    omnimessage_id: str
    to: str
    body: dict[str, Any]
    reply: dict[str, Any]
    at: float
    course: str | None = None

    @property
    def text(self) -> str:
        """The text of the first message of its chain."""
        return str(self.body["messages"][0].get("text"))

    def due(self) -> float:
        """Unix time of `time_to_send` (without a zone it is UTC), or of acceptance."""
        named = self.body.get("time_to_send")
        if named is None:
            return self.at
        moment = datetime.fromisoformat(named)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def begin(self) -> float:
        """Unix time at which it is sent: when due, but not before acceptance."""
        return max(self.at, self.due())

    def steps(self) -> list[Step]:
        """List what becomes of it, in the order in which it happens."""
        course = numbers.COURSES.get(self.to if self.course is None else self.course, USUAL)
        return [each for each in course if each.index < len(self.reply["messages"])]


class Messente:
    """The API at /v1 with one account. Thread-safe; see `numbers` for the recipients that misbehave.

    `account` is its username with the first password.
    `connecting` is asked for each new connection what goes wrong with it (None: nothing).
    Reports go to a message's `dlr_url`, else to `webhook`, the default of the API key. Whoever delivers them asks
    `reports_due`; `on_early`, where set, gets those that precede the answer to their own send, within `handle`.
    `faults` go wrong while they are set. `on_request` and `on_reply` are told of each request and of its answer.
    """

    def __init__(
        self,
        username: str = "messente-user",
        password: str = "messente-password",  # noqa: S107 -- a stand-in's, known to everybody
        *,
        clock: Callable[[], float] = time.time,
        delays: Delays | None = None,
    ) -> None:
        self.clock, self.delays = clock, delays or Delays()
        self.on_early: Callable[[Report], None] | None = None
        self.connecting: Callable[[], ConnectFault | None] = lambda: None
        self.on_request: Callable[[Request], None] = lambda _: None
        self.on_reply: Callable[[Request, Reply], None] = lambda *_: None
        self.faults = Faults()
        self.account = username, password
        self.webhook: str | None = None
        self._lock, self._order = threading.Lock(), itertools.count()
        self.reset()

    def reset(self) -> None:
        """Be as new: empty logs, the first password, no faults."""
        self.faults.reset()
        with self._lock:
            self.accepted: list[Accepted] = []
            self.requests: list[Received] = []
            self._cancelled: set[str] = set()
            self._by_hand: dict[str, list[tuple[Step, float]]] = {}
            self._refused_once: set[bytes] = set()
            self._planned: list[tuple[float, int, Planned]] = []  # a heap; the number keeps the order within a moment
            self._password = self._signs_with = self.account[1]

    def change_password(self, new: str, *, sign_with_previous: bool = False) -> None:
        """Rotate: from now on only `new` is right, and signs reports unless the one before goes on doing that."""
        with self._lock:
            self._signs_with = self._password if sign_with_previous else new
            self._password = new

    def by_text(self) -> defaultdict[str, list[Accepted]]:
        found = defaultdict[str, list[Accepted]](list)
        for each in list(self.accepted):
            found[each.text].append(each)
        return found

    @property
    def pending_reports(self) -> int:
        """How many reports are still to be given out, due or not."""
        with self._lock:
            return len(self._planned)

    def reports_due(self, now: float) -> list[Report]:
        """Give out each report that is due by `now` (Unix time), in order and once, signed as of this call."""
        due: list[Planned] = []
        with self._lock:
            while self._planned and self._planned[0][0] <= now:
                due.append(heappop(self._planned)[-1])
            return [each.report(self._signs_with) for each in due]

    @property
    def posts(self) -> int:
        return len(self.posts_to(None))

    def posts_to(self, to: str | None) -> list[Received]:
        """List the sends that came in for this recipient (None: for any)."""
        sends = [each for each in self.requests if (each.method, each.path) == ("POST", MESSAGES_PATH)]
        return [each for each in sends if to in (None, each.to)]

    def handle(self, request: Request) -> Reply:
        """Answer one request of the API, on record before anything is decided."""
        payload, errors = parse(request.body) if request.method == "POST" else (None, [])
        to = payload.get("to") if isinstance(payload, dict) else None
        received = Received(request.method, request.path, to if isinstance(to, str) else None, self.clock())
        with self._lock:
            self.requests.append(received)
        self.on_request(request)
        reply = REFUSED.get(self.faults.mode) or self._answer(request, payload, errors)
        if not reply.drips:
            slow = self.delays.slow if self.faults.mode is Mode.SLOW else 0
            reply = replace(reply, delay=reply.delay + self.delays.latency + slow)
        self.on_reply(request, reply)
        return reply

    def _answer(self, request: Request, payload: Any, errors: list[replies.Error]) -> Reply:
        path = _PATH.fullmatch(request.path)
        if path is None:
            return replies.NOT_FOUND
        omnimessage_id, status = path.groups()
        if request.method != ("GET" if status else "DELETE" if omnimessage_id else "POST"):
            return replies.METHOD_NOT_ALLOWED
        if not self._authorized(request):
            return replies.UNAUTHORIZED
        if request.method == "POST":
            return replies.refusal(400, *errors) if errors else self._send(payload, request.body)
        omnimessage_id = omnimessage_id.lower()
        reply = self._status(omnimessage_id) if status else self._cancel(omnimessage_id)
        return replace(reply, omnimessage_id=omnimessage_id)

    def _authorized(self, request: Request) -> bool:
        right = "Basic " + b64encode(f"{self.account[0]}:{self._password}".encode()).decode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), right.encode())

    def _send(self, payload: dict[str, Any], body: bytes) -> Reply:
        rule = self.faults.take(payload["to"])
        like = ANSWERS[rule.answer].number if rule.answer else rule.to
        if refused := numbers.REFUSED.get(like) or self._refuse_once(like, body):
            return refused
        message = self._accept(payload, COURSES[rule.course].number if rule.course else rule.to)
        reply = replies.as_json(201, message.reply)
        if unusual := numbers.ACCEPTED.get(like):
            reply = unusual(reply, self.delays)
        return replace(reply, omnimessage_id=message.omnimessage_id)

    def _refuse_once(self, to: str, body: bytes) -> Reply | None:
        with self._lock:
            if to not in numbers.REFUSED_ONCE or body in self._refused_once:
                return None
            self._refused_once.add(body)
        return numbers.REFUSED_ONCE[to]

    def _accept(self, payload: dict[str, Any], course: str) -> Accepted:
        omnimessage_id = str(uuid4())
        messages = [
            {"message_id": str(uuid4()), "channel": each["channel"], "sender": each.get("sender") or DEFAULT_SENDER}
            for each in payload["messages"]
        ]
        reply = {"messages": messages, "to": payload["to"], "omnimessage_id": omnimessage_id}
        accepted = Accepted(omnimessage_id, payload["to"], payload, reply, self.clock(), course)
        tell, early = self.on_early, list[Report]()
        with self._lock:
            self.accepted.append(accepted)
            for each in self._plan(accepted):
                if tell and each.early:
                    early.append(each.report(self._signs_with))
                else:
                    heappush(self._planned, (each.at, next(self._order), each))
        if tell:
            for report in early:
                tell(report)
        return accepted

    def _plan(self, accepted: Accepted) -> Iterator[Planned]:
        begin, unit = accepted.begin(), self.delays.report
        if url := accepted.body.get("dlr_url") or self.webhook:
            for step in accepted.steps():
                for at in (step.at,) if step.reported is None else step.reported:
                    yield Planned(url, accepted, step, begin + step.at * unit, begin + at * unit)

    def _find(self, omnimessage_id: str) -> Accepted | None:
        with self._lock:
            return next((each for each in self.accepted if each.omnimessage_id == omnimessage_id), None)

    def _status(self, omnimessage_id: str) -> Reply:
        """Report on every message of the chain, as far as it got by now; DELETED (our reading) once cancelled."""
        found = self._find(omnimessage_id)
        if found is None:
            return replies.NOT_FOUND
        is_gone, statuses = self.is_cancelled(found), []
        for index in range(len(found.reply["messages"])):
            steps = [] if is_gone else self.reached(found, index)
            told = content(found, index, *[(None, found.at), *steps][-1])
            statuses.append({**told, "status": "DELETED"} if is_gone else told)
        return replies.as_json(200, {"statuses": statuses, "to": found.to, "omnimessage_id": omnimessage_id})

    def reached(self, accepted: Accepted, index: int) -> list[tuple[Step, float]]:
        """List the steps that the chain's message number `index` took so far, each with its Unix time."""
        unit, begin, now = self.delays.report, accepted.begin(), self.clock()
        planned = [(each, begin + each.at * unit) for each in accepted.steps()]
        with self._lock:
            steps = [*planned, *self._by_hand.get(accepted.omnimessage_id, [])]
        so_far = [(each, at) for each, at in steps if each.index == index and at <= now]
        return sorted(so_far, key=lambda each: each[1])

    def is_cancelled(self, accepted: Accepted) -> bool:
        with self._lock:
            return accepted.omnimessage_id in self._cancelled

    def report_now(self, accepted: Accepted, step: Step) -> Report | None:
        """Let a step happen now, out of its course, and write its report (None: nobody wants one).

        A report that is not signed by Messente is not its word: GET status does not tell its step.
        """
        url, now = accepted.body.get("dlr_url") or self.webhook, self.clock()
        with self._lock:
            if step.signature is Signature.RIGHT:
                self._by_hand.setdefault(accepted.omnimessage_id, []).append((step, now))
            return Planned(url, accepted, step, now, now).report(self._signs_with) if url else None

    def _cancel(self, omnimessage_id: str) -> Reply:
        found = self._find(omnimessage_id)
        with self._lock:
            gone = omnimessage_id in self._cancelled
            if found is None or gone or found.due() <= self.clock():
                return replies.NOT_FOUND
            self._cancelled.add(omnimessage_id)
            self._planned = [each for each in self._planned if each[-1].accepted is not found]
            heapify(self._planned)
        return replies.as_json(202, {})
