"""What the page can do: send, check, report by hand, write as a recipient, and make Messente go wrong."""

import threading
from dataclasses import asdict, replace
from typing import Any

import urllib3

from messente_rcs.errors import INVALID, NOT_FOUND, Error, error
from messente_rcs.payload.advice import advise
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from messente_rcs.phone import key_of
from rcs_cli.messages import as_template, read_lines
from rcs_cli.problems import Problem
from tests.local.start import PASSWORD, Local
from tests.local.terminal import commands
from tests.page.asked import CHOICES, ByHand, Fault, People, Refused, Send, Settings, Validate, Write
from tests.page.doors import DOORS
from tests.page.feed import Feed
from tests.page.message import Entry
from tests.page.story import Story
from tests.standin.courier import TIMEOUT, post
from tests.standin.faults import Mode, Rule
from tests.standin.inbound import inbound
from tests.standin.reports import KNOWN, Signature

_MOST = 500  # inbound messages and changes of opt-outs; the oldest are forgotten


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
        return {
            "stack": self.stack(),
            "commands": commands(self._local.stack),
            **self.settings(),
            "choices": CHOICES,
            "messages": self._story.messages(),
            "dead_letters": list(self._letters),
            "inbound": list(self._inbound),
            "opt_outs": list(self._opt_outs),
        }

    def stack(self) -> dict[str, str]:
        stack, standin = self._local.stack, self._local.standin
        return {
            "name": stack.name,
            "api_url": stack.api_url,
            "queue_url": stack.queue_url,
            "dead_letter_queue_url": stack.dead_letter_queue_url,
            "table": stack.table,
            "function": stack.function,
            "callback_url": stack.outputs["CallbackUrl"],
            "emulator": stack.emulator.url,
            "standin": standin.url,
            "page": self._url,
        }

    def settings(self) -> dict[str, Any]:
        """Return what is made to go wrong."""
        faults = self._local.standin.messente.faults
        settings = {"mode": faults.mode.value, "reports": self._local.standin.courier.enabled}
        return {"settings": settings, "faults": [asdict(each) for each in faults.rules]}

    def send(self, asked: Send) -> dict[str, Any]:
        begin = self._now()
        sent = DOORS[asked.through](self._local.stack, asked.payload)
        data = {"through": asked.through, "payload": asked.payload, "status": sent.status, "body": sent.body}
        if sent.message_id:
            entry = Entry(begin, "request", sent.says, sent.status in (201, 202), data)
            self._story.requested(sent.message_id, _as_sent(asked.payload), entry)
        return {"status": sent.status, "id": sent.message_id, "body": sent.body}

    def validate(self, asked: Validate) -> dict[str, Any]:
        """Check a payload with the function's own parser; each source leads to the field by its index."""
        try:
            submission = parse(asked.payload)
        except InvalidPayload as invalid:
            return {"errors": [_located(each, asked.payload) for each in invalid.errors], "advice": []}
        return {"errors": [], "advice": advise(submission)}

    def people(self, asked: People) -> dict[str, Any]:
        """Check a CSV as `rcs send-many` does; with the first messages that it would queue."""
        # The number and the key of the form are one message's own.
        message = {name: each for name, each in asked.payload.items() if name not in ("to", "idempotency_key")}
        ignored = list[str]()
        try:
            good, wrong = read_lines(asked.people, ".csv", "people.csv", as_template(message), ignored.append)
        except Problem as problem:
            raise Refused(400, error(INVALID, str(problem), "people")) from None
        return {
            "lines": len(good),
            "first": [line.payload for line in good[:3]],
            "errors": wrong,
            "ignored": ignored,
        }

    def set(self, asked: Settings) -> dict[str, Any]:
        if asked.mode is not None:
            self._local.standin.messente.faults.mode = Mode(asked.mode)
        if asked.reports is not None:
            self._local.standin.courier.enabled = asked.reports
        return self._changed()

    def fault(self, asked: Fault) -> dict[str, Any]:
        try:
            self._local.standin.messente.faults.put(Rule(asked.to, asked.answer, asked.course, asked.times))
        except ValueError as wrong:
            raise Refused(400, error(INVALID, str(wrong), "body")) from None
        return self._changed()

    def report(self, message_id: str, asked: ByHand) -> dict[str, Any]:
        """Let Messente report on a message it has accepted, and return what the function answers each time."""
        standin, accepted = self._local.standin, self._story.accepted(message_id)
        if accepted is None or asked.part >= len(accepted.reply["messages"]):
            raise Refused(404, error(NOT_FOUND, "Messente has accepted no such message"))
        step = replace(KNOWN[asked.status], index=asked.part, signature=Signature[asked.signature.upper()])
        report = standin.messente.report_now(accepted, step)
        if report is None:
            raise Refused(409, error(INVALID, "The message asks for no reports"))
        return {"answers": [standin.courier.deliver_once(report).answer for _ in range(asked.times)]}

    def write(self, asked: Write) -> dict[str, Any]:
        """Let a recipient write or tap, and return what the function answers each time."""
        at, standin, tapped = self._now(), self._local.standin.messente, asked.suggestion
        secrets = {"right": standin.inbound_secret, "password": PASSWORD, "wrong": "another secret", "missing": None}
        text, postback_data = (tapped.text, tapped.postback_data) if tapped else (asked.text, None)
        made = inbound(
            self._local.stack.outputs["CallbackUrl"].rpartition("/")[0],
            asked.sender,
            text,
            channel=asked.channel,
            postback_data=postback_data,
            secret=secrets[asked.signature],
            at=standin.clock(),
        )
        posts = [post(self._http, made) for _ in range(asked.times)]
        answers = [each.status for each in posts]
        told = {
            "at": int(at * 1000),
            "from": asked.sender,
            "recipient": key_of(asked.sender),
            "channel": asked.channel,
            "text": text,
            "postback_data": postback_data,
            "message": asked.message,
            "answers": answers,
        }
        with self._lock:
            self._inbound = [*self._inbound, told][-_MOST:]
        self._feed.publish("inbound", told)
        if asked.message:
            did = "taps a suggestion" if asked.suggestion else "writes"
            says = f"The recipient {did}; the function answers {', '.join(map(str, answers))}"
            entry = Entry(at, "inbound", says, all(200 <= each < 300 for each in answers), told)
            self._story.heard(asked.message, postback_data, entry)
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


def _as_sent(payload: dict[str, Any]) -> dict[str, Any]:
    try:
        return parse(payload).omnimessage
    except InvalidPayload:
        return payload


def _located(found: Error, payload: dict[str, Any]) -> dict[str, Any]:
    """Name a message by its index where the parser names it by its channel."""
    source, messages = str(found["source"]), payload.get("messages")
    for index, each in enumerate(messages if isinstance(messages, list) else []):
        channel = each.get("channel") if isinstance(each, dict) else None
        if source.startswith(f"payload[{channel}]"):
            source = f"payload[messages][{index}]{source.removeprefix(f'payload[{channel}]')}"
            break
    return {**found, "source": source}
