"""What the page can do: send, check, report by hand, write as a recipient, and make Messente go wrong.

The arguments of a method are the fields of its route's body; a field that it does not know is an error.
"""

import json
import threading
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal, TypedDict

import urllib3
from pydantic import ConfigDict, Field, validate_call
from starlette.exceptions import HTTPException

from messente_rcs.payload.advice import advise
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from messente_rcs.phone import key_of
from rcs_cli.messages import as_template, read_lines
from rcs_cli.problems import Problem
from tests.local.events import message_id_of
from tests.local.start import PASSWORD, Local
from tests.local.terminal import commands
from tests.page.feed import Feed
from tests.page.message import Entry
from tests.page.story import Story
from tests.standin.courier import TIMEOUT, post
from tests.standin.faults import ANSWERS, COURSES, EVERYBODY, MODES, Mode, Rule
from tests.standin.inbound import SECRET, inbound
from tests.standin.reports import KNOWN, Signature

type Payload = dict[str, Any]
type Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]

CHOICES = {
    "answers": [{"name": name, "says": each.says} for name, each in ANSWERS.items()],
    "courses": [{"name": name, "says": each.says} for name, each in COURSES.items()],
    "modes": [{"name": each.value, "says": says} for each, says in MODES.items()],
    "statuses": list(KNOWN),
    "everybody": EVERYBODY,
}
_MOST = 500  # inbound messages and changes of opt-outs; the oldest are forgotten
_checked = validate_call(config=ConfigDict(strict=True))


class Suggestion(TypedDict):
    """A suggestion that was tapped."""

    text: str
    postback_data: str


class Desk:
    """Does what the page asks for. `url` is the page's own."""

    def __init__(self, local: Local, story: Story, feed: Feed, url: str) -> None:
        self._local, self._story, self._feed, self._url = local, story, feed, url
        self._lock, self._http = threading.Lock(), urllib3.PoolManager(retries=False, timeout=TIMEOUT)
        self._letters: list[dict[str, Any]] = []
        self._inbound: list[dict[str, Any]] = []
        self._opt_outs: list[dict[str, Any]] = []
        self._told = self.settings()

    def state(self) -> dict[str, Any]:
        stack = self._local.stack
        return {
            "stack": {
                "name": stack.name,
                "api_url": stack.api_url,
                "queue_url": stack.queue_url,
                "dead_letter_queue_url": stack.dead_letter_queue_url,
                "table": stack.table,
                "function": stack.function,
                "callback_url": stack.outputs["CallbackUrl"],
                "emulator": stack.emulator.url,
                "standin": self._local.standin.url,
                "page": self._url,
            },
            "commands": commands(stack),
            **self.settings(),
            "choices": CHOICES,
            "messages": self._story.messages(),
            "dead_letters": list(self._letters),
            "inbound": list(self._inbound),
            "opt_outs": list(self._opt_outs),
        }

    def settings(self) -> dict[str, Any]:
        """Return what is made to go wrong."""
        faults = self._local.standin.messente.faults
        settings = {"mode": faults.mode.value, "reports": self._local.standin.courier.enabled}
        return {"settings": settings, "faults": [asdict(each) for each in faults.rules]}

    @_checked
    def send(self, through: Literal["api", "queue", "event"], payload: Payload) -> dict[str, Any]:
        """Hand a payload in as a caller does; return what the caller gets, and the message id where it is known."""
        begin, stack, status = self._now(), self._local.stack, 202
        if through == "queue":
            body: Any = {"MessageId": stack.queue(json.dumps(payload))}
            message_id, says = message_id_of(payload, f"sqs:{body['MessageId']}"), "The message is put into the queue"
        elif through == "event":
            event = {"source": "page", "detail-type": "RCS Message Requested", "detail": payload}
            body = {"EventId": stack.publish(event)}
            message_id, says = message_id_of(payload, f"event:{body['EventId']}"), "The message is put on the event bus"
        else:
            headers = {"Content-Type": "application/json"}
            answer = stack.call("POST", "/messages", json.dumps(payload), headers, once=True)
            status, says = answer.status, f"POST /messages is answered with {answer.status}"
            body = answer.body.decode(errors="replace") if answer.json is None else answer.json
            message_id = (isinstance(body, dict) and body.get("id")) or message_id_of(payload, "")
        if message_id:
            data = {"through": through, "payload": payload, "status": status, "body": body}
            entry = Entry(begin, "request", says, status in (201, 202), data)
            self._story.requested(message_id, _as_sent(payload), entry)
        return {"status": status, "id": message_id or None, "body": body}

    @_checked
    def validate(self, payload: Payload) -> dict[str, Any]:
        """Check a payload with the function's own parser."""
        try:
            submission = parse(payload)
        except InvalidPayload as invalid:
            return {"errors": list(invalid.errors), "advice": []}
        return {"errors": [], "advice": advise(submission)}

    @_checked
    def people(self, people: str, payload: Payload) -> dict[str, Any]:
        """Check a CSV as `rcs send-many` does; with the first messages that it would queue."""
        # The number and the key of the form are one message's own.
        message = {name: each for name, each in payload.items() if name not in ("to", "idempotency_key")}
        ignored = list[str]()
        try:
            good, wrong = read_lines(people, ".csv", "people.csv", as_template(message), ignored.append)
        except Problem as problem:
            raise HTTPException(400, str(problem)) from None
        return {"lines": len(good), "first": [line.payload for line in good[:3]], "errors": wrong, "ignored": ignored}

    @_checked
    def set(
        self, mode: Annotated[Mode, Field(strict=False)] | None = None, *, reports: bool | None = None
    ) -> dict[str, Any]:
        """Set how Messente as a whole does, and whether it reports."""
        if mode is not None:
            self._local.standin.messente.faults.mode = mode
        if reports is not None:
            self._local.standin.courier.enabled = reports
        return self._changed()

    @_checked
    def fault(
        self, to: Number | Literal["*"], answer: str | None = None, course: str | None = None, times: int | None = None
    ) -> dict[str, Any]:
        """Set what happens to the sends to a recipient, or to everybody: nothing special without answer and course."""
        try:
            self._local.standin.messente.faults.put(Rule(to, answer, course, times))
        except ValueError as wrong:
            raise HTTPException(400, str(wrong)) from None
        return self._changed()

    @_checked
    def report(
        self,
        message_id: str,
        status: Literal["ACK", "DELIVRD", "SEEN", "FAILED", "EXPIRED", "UNDELIV"],
        part: Annotated[int, Field(ge=0)] = 0,
        signature: Literal["right", "wrong", "missing"] = "right",
        times: Annotated[int, Field(ge=1, le=5)] = 1,
    ) -> dict[str, Any]:
        """Let Messente report on a message it has accepted, and return what the function answers each time."""
        standin, accepted = self._local.standin, self._story.accepted(message_id)
        if accepted is None or part >= len(accepted.reply["messages"]):
            raise HTTPException(404, "Messente has accepted no such message")
        step = replace(KNOWN[status], index=part, signature=Signature[signature.upper()])
        report = standin.messente.report_now(accepted, step)
        if report is None:
            raise HTTPException(409, "The message asks for no reports")
        return {"answers": [standin.courier.deliver(report).answer for _ in range(times)]}

    @_checked
    def write(
        self,
        sender: Annotated[Number, Field(alias="from")],
        channel: Literal["rcs", "sms", "viber", "whatsapp"] = "rcs",
        text: Annotated[str, Field(max_length=3072)] | None = None,
        message: str | None = None,
        suggestion: Suggestion | None = None,
        signature: Literal["right", "wrong", "password", "missing"] = "right",
        times: Annotated[int, Field(ge=1, le=3)] = 1,
    ) -> dict[str, Any]:
        """Let a recipient write or tap, and return what the function answers each time."""
        at = self._now()
        secrets = {"right": SECRET, "password": PASSWORD, "wrong": "another secret", "missing": None}
        text, postback_data = (suggestion["text"], suggestion["postback_data"]) if suggestion else (text, None)
        base, secret = self._local.stack.outputs["CallbackUrl"].rpartition("/")[0], secrets[signature]
        made = inbound(base, sender, text, channel=channel, postback_data=postback_data, secret=secret, at=at)
        posts = [post(self._http, made) for _ in range(times)]
        answers = [each.status for each in posts]
        told = {
            "at": int(at * 1000),
            "from": sender,
            "recipient": key_of(sender),
            "channel": channel,
            "text": text,
            "postback_data": postback_data,
            "message": message,
            "answers": answers,
        }
        with self._lock:
            self._inbound = [*self._inbound, told][-_MOST:]
        self._feed.publish("inbound", told)
        if message:
            did = "taps a suggestion" if suggestion else "writes"
            says = f"The recipient {did}; the function answers {', '.join(map(str, answers))}"
            entry = Entry(at, "inbound", says, all(200 <= each < 300 for each in answers), told)
            self._story.heard(message, postback_data, entry)
        return {"answers": answers, "body": posts[-1].data.decode(errors="replace")}

    def show_letters(self, letters: list[dict[str, Any]]) -> None:
        self._letters = letters
        self._feed.publish("dead_letters", letters)

    def show_opt_out(self, item: dict[str, Any]) -> None:
        told = {"at": int(self._now() * 1000), "to": item["to"], "state": item.get("state"), "by": item.get("by")}
        self._opt_outs = [*self._opt_outs, told][-_MOST:]
        self._feed.publish("opt_out", told)

    def look_at_settings(self) -> None:
        """Tell of settings that changed by themselves: a rule that is used up, or one that another program set."""
        if self.settings() != self._told:
            self._changed()

    def redeployed(self, seconds: float, failure: str | None) -> None:
        told = {"at": int(self._now() * 1000), "seconds": round(seconds, 1), "error": failure}
        self._feed.publish("deployed", told)

    def _changed(self) -> dict[str, Any]:
        with self._lock:
            self._told = self.settings()
            self._feed.publish("settings", self._told)
            return self._told

    def _now(self) -> float:
        return self._local.standin.messente.clock()


def _as_sent(payload: Payload) -> Payload:
    try:
        return parse(payload).omnimessage
    except InvalidPayload:
        return payload
