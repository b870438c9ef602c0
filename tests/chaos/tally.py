"""The truth about a run: the stand-in's accept log against the table, the queue and the dead letters."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chaos.deployment import Deployment
    from chaos.plan import Message

_BY_ITS_OWN = ("HTTP 200", "HTTP 201")  # the reason in the log of a send whose answer was read


@dataclass(frozen=True)
class Tally:
    """Figures of a run; the last four name keys, and what is wrong with them."""

    taken_in: int
    accepted: int
    states: Counter[str]
    healed: int
    dead: int
    events: int
    twice: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    contradicted: dict[str, str] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        return not (self.twice or self.lost or self.contradicted or self.untold)

    def lines(self) -> list[str]:
        """Tell it line by line."""
        figures = {
            "taken in": self.taken_in,
            "accepted": self.accepted,
            **{name: self.states[name] for name in ("sent", "rejected", "retryable", "unknown")},
            "healed": self.healed,
            "in DLQ": self.dead,
            "events": self.events,
            "untold": len(self.untold),
            "contradicted": len(self.contradicted),
            "twice": len(self.twice),
            "lost": len(self.lost),
        }
        wrong = [f"twice: {key}" for key in self.twice] + [f"no event: {change}" for change in self.untold]
        wrong += [f"{key}: {why}" for key, why in (self.lost | self.contradicted).items()]
        return [f"{name + ':':<14}{number:>7,}" for name, number in figures.items()] + wrong


def tally(world: Deployment, taken_in: Iterable[Message]) -> Tally:
    """Compare everything that was taken in with where it ended."""
    messages = {message.key: message for message in taken_in}
    log: dict[str, list[str]] = defaultdict(list)
    for each in list(world.standin.messente.accepted):
        log[each.body["messages"][0]["text"]].append(each.omnimessage_id)
    records = {key: item for key, item in world.records().items() if key in messages}
    dead = {json.loads(letter.body)["idempotency_key"] for letter in world.letters()} & messages.keys()
    accepted = {key: log[message.text] for key, message in messages.items()}
    sent = {key for key, item in records.items() if item["state"] == "sent"}
    ends = {key: (records.get(key, {}), accepted[key], key in dead) for key in messages}
    return Tally(
        taken_in=len(messages),
        accepted=sum(map(len, accepted.values())),
        states=Counter(item["state"] for item in records.values()),
        healed=len(sent - _sent_by_their_own(world)),
        dead=len(dead),
        events=len(world.publishing.told),
        twice=[key for key, ids in accepted.items() if len(ids) > 1],
        lost={key: why for key, end in ends.items() if (why := _loss(*end))},
        contradicted={key: why for key, (item, ids, _) in ends.items() if (why := _contradiction(item, ids))},
        untold=_untold(world, records),
    )


def _untold(world: Deployment, records: dict[str, dict[str, Any]]) -> list[str]:
    """Name the changes that are neither on the bus nor dead letters; the last one of each record is a change."""
    last = {(key, int(item["revision"])) for key, item in records.items()}
    missing = (world.publishing.changes | last) - world.publishing.told
    set_aside = world.publishing.set_aside()
    return sorted(f"{key}, revision {revision}" for key, revision in missing if key not in set_aside)


def _loss(item: dict[str, Any], accepted: list[str], dead: bool) -> str:  # noqa: FBT001 - one of three facts
    state = item.get("state")
    if accepted and state not in {"sent", "unknown"}:
        return f"accepted, and the record says {state}"
    if state in {None, "retryable"} and not dead:
        return f"its record says {state}, and it is neither in the queue nor in the dead-letter queue"
    return f"still {state}" if state == "claimed" else ""


def _contradiction(item: dict[str, Any], accepted: list[str]) -> str:
    if item.get("state") == "sent" and item.get("omnimessage_id") not in accepted:
        return "the record says sent, the accept log does not"
    return ""


def _sent_by_their_own(world: Deployment) -> set[str]:
    """Collect the ids whose answer was read and written down; any other record that says sent was told by a report."""
    recorded, unwritten = set(), set()
    for line in world.stack.logs():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        match said:
            case {"message": "sent", "reason": reason, "message_id": key} if reason in _BY_ITS_OWN:
                recorded.add(key)
            case {"message": "outcome not recorded", "message_id": key}:
                unwritten.add(key)
    return recorded - unwritten
