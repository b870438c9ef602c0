"""The truth about a run: the stand-in's accept log against the table, the queue and the dead letters."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from messente_rcs.sending.outcome import MAX_RESENDS
from tests.chaos.deployment import Deployment
from tests.chaos.operating import Operators
from tests.chaos.plan import Message
from tests.standin.courier import Delivery
from tests.standin.messente import Accepted

STATES = ("sent", "rejected", "retryable", "unknown", "cancelled")
_REFUSED = (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)  # of a report that is signed well: it is of no record
_BY_ITS_OWN = ("HTTP 200", "HTTP 201")  # the reason in the log of a send whose answer was read


@dataclass(frozen=True)
class Tally:
    """Figures of a run, and what is wrong: messages, changes and numbers by what happened to them."""

    figures: Mapping[str, int]
    wrong: Mapping[str, list[str]]

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        return not any(self.wrong.values())

    def lines(self) -> list[str]:
        figures = {**self.figures, **{what: len(found) for what, found in self.wrong.items()}}
        wrong = [f"{what}: {each}" for what, found in self.wrong.items() for each in found]
        return [f"{name + ':':<14}{number:>7,}" for name, number in figures.items()] + wrong


@dataclass(frozen=True)
class _End:
    """Where a message ended. `told` is the last HTTP status that its caller got."""

    key: str
    item: Mapping[str, Any]
    accepted: list[Accepted]
    reports: Mapping[str, Iterable[int | None]]  # by omnimessage_id, what each was answered with in the end
    cancelled: bool  # by Messente, each attempt
    dead: bool
    unwritten: bool  # the outcome of the last attempt that knew one
    told: int | None
    operators: Operators

    @property
    def state(self) -> str | None:
        return self.item.get("state")

    @property
    def reported(self) -> set[str]:
        return {omnimessage_id for omnimessage_id, answers in self.reports.items() if HTTPStatus.OK in answers}

    @property
    def mistaken(self) -> bool:
        """Whether a person said that it was not sent, and it was."""
        return self.key in self.operators.mistaken

    @property
    def twice(self) -> bool:
        """Whether it was accepted more often than anybody allowed. A lie is caught by no protocol."""
        most = MAX_RESENDS + 1 if self.key in self.operators.resent else 1
        return len(self.accepted) > most and not self.mistaken

    @property
    def loss(self) -> str:
        state = self.state
        undone = self.cancelled or (self.mistaken and not self.reported)
        if self.accepted and state not in {"sent", "unknown"} and not undone:
            return f"accepted, and the record says {state}"
        if state in {None, "retryable"} and not self.dead and self.told != HTTPStatus.SERVICE_UNAVAILABLE:
            told = f", its caller was told {self.told}" if self.told else ""
            return f"its record says {state}{told}, and it is neither in the queue nor in the dead-letter queue"
        # A claim that DynamoDB writes after its delivery gave it up waits for an hour. What was POSTed must not.
        return (
            "its outcome could not be written, and it is still claimed" if state == "claimed" and self.unwritten else ""
        )

    @property
    def contradiction(self) -> str:
        named, reported = set(self.item.get("omnimessage_ids", ())), self.reported
        mistyped = self.key in self.operators.mistyped  # a person named another omnimessage_id
        if self.state == "sent" and (not self.accepted or (named - self.reports.keys() and not mistyped)):
            return "the record says sent, the accept log does not"
        if self.told == HTTPStatus.CREATED and not self.accepted:
            return "its caller was told that it was sent"
        if any(answer in _REFUSED for answers in self.reports.values() for answer in answers):
            return "its report was refused to the end"
        if reported and self.state != "sent" and not self.cancelled:
            return f"its report was taken, and the record says {self.state}"
        return "its report was taken, and the record does not name it" if reported - named else ""


def tally(
    world: Deployment, taken_in: Iterable[Message], operators: Operators, told: Mapping[str, int], ignored: list[str]
) -> Tally:
    """Compare everything that was taken in with where it ended."""
    messages = {message.id: message for message in taken_in}
    records = {key: item for key, item in world.stack.records().items() if key in messages}
    letters = [json.loads(letter.body) for letter in world.letters()]  # or the records of invocations that failed
    texts = {body.get("requestPayload", body).get("text") for body in letters}
    reports = _reports(world.standin.courier.deliveries)
    accepted = world.standin.messente.by_text()
    recorded, unwritten = _as_logged(world)
    ends = {
        key: _End(
            key,
            records.get(key, {}),
            mine := accepted[message.text],
            {each.omnimessage_id: reports[each.omnimessage_id].values() for each in mine},
            cancelled=all(map(world.standin.messente.is_cancelled, mine)),
            dead=message.text in texts,
            unwritten=key in unwritten,
            told=told.get(key),
            operators=operators,
        )
        for key, message in messages.items()
    }
    sent = {key for key, item in records.items() if item["state"] == "sent" and "resolution" not in item}
    figures = {
        "taken in": len(messages),
        "accepted": sum(len(end.accepted) for end in ends.values()),
        **dict.fromkeys(STATES, 0),
        **Counter(item["state"] for item in records.values()),
        "healed": len(sent - (recorded - unwritten)),
        "in DLQ": sum(end.dead for end in ends.values()),
        "events": len(world.publishing.told),
    }
    wrong = {
        "untold": _untold(world, records),
        "stops ignored": ignored,
        "contradicted": [f"{key}: {end.contradiction}" for key, end in ends.items() if end.contradiction],
        "twice": [key for key, end in ends.items() if end.twice],
        "lost": [f"{key}: {end.loss}" for key, end in ends.items() if end.loss],
    }
    return Tally(figures, wrong)


def _reports(deliveries: Iterable[Delivery]) -> dict[str, dict[tuple[str, str], int | None]]:
    """Collect by omnimessage_id what each of its reports was answered with in the end, or when it was taken."""
    ends: dict[str, dict[tuple[str, str], int | None]] = defaultdict(dict)
    for each in deliveries:
        answers = ends[each.report.omnimessage_id]
        report = each.report.message_id, each.report.status
        if answers.get(report) != HTTPStatus.OK:
            answers[report] = each.answer
    return ends


def _untold(world: Deployment, records: dict[str, dict[str, Any]]) -> list[str]:
    """Name the changes that are neither on the bus nor dead letters; the last one of each record is a change."""
    # A claim is not told of.
    last = {(key, int(item["revision"])) for key, item in records.items() if item["state"] != "claimed"}
    missing = (world.publishing.changes | last) - world.publishing.told
    set_aside = world.publishing.set_aside()
    return sorted(f"{key}, revision {revision}" for key, revision in missing if key not in set_aside)


def _as_logged(world: Deployment) -> tuple[set[str], set[str]]:
    """Collect the ids whose answer was read, and those whose last known outcome could not be written down.

    Any other record that says sent was told by a report.
    """
    recorded, unwritten = set[str](), dict[str, str]()
    for said in _lines(world):
        match said:
            case {"message": "outcome not recorded", "message_id": key, "function_request_id": request}:
                unwritten[key] = request
            case {"message": told, "reason": str() as reason, "message_id": key, "function_request_id": request}:
                if told == "sent" and reason in _BY_ITS_OWN:
                    recorded.add(key)
                if reason.startswith("HTTP") and unwritten.get(key) != request:
                    unwritten.pop(key, None)  # another attempt has written its outcome since
    return recorded, set(unwritten)


def _lines(world: Deployment) -> list[dict[str, Any]]:
    """Read the lines of the log that are JSON, in the order of their time."""
    lines = []
    for line in world.stack.logs():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return sorted((each for each in lines if isinstance(each, dict)), key=lambda each: str(each.get("timestamp")))
