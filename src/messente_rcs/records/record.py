"""The record of a message id: one DynamoDB item, what its fields mean, and what puts it into an index and out of it."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from operator import contains
from typing import Any, NamedTuple, Self

from messente_rcs.errors import SERVER_ERROR, Error, Unavailable, error


class TableUnavailable(Unavailable):
    """DynamoDB did not do what was asked; whether a write took place is open. The text is safe to log."""


class UnreadableRecord(TableUnavailable):
    """The item under this id is no record, after an edit by hand for instance, and a person has to mend it.

    `attribute` is missing or has an odd value.
    """

    def __init__(self, attribute: str) -> None:
        super().__init__(f"the record has no readable attribute {attribute}")
        self.attribute = attribute

    @property
    def error(self) -> Error:
        """The error for callers. No "try again": a person has to correct the item first."""
        return error(SERVER_ERROR, str(self), f"record[{self.attribute}]")


class State(StrEnum):
    """The state of the request. The delivery status of each message_id is kept apart from it."""

    CLAIMED = "claimed"
    SENT = "sent"
    REJECTED = "rejected"
    RETRYABLE = "retryable"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Delivery(StrEnum):
    """The delivery of an omnimessage, or of one message of its chain."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"
    EXPIRED = "expired"


class Resolution(StrEnum):
    """The word of a person about a message whose answer was lost."""

    SENT = "sent"
    NOT_SENT = "not_sent"


# One partition of an index takes 1,000 writes a second, and keys cannot change once somebody has deployed. A message
# makes two writes in `by_due`: at 10,000 messages a second, 625 a second in each of so many partitions.
SHARDS = 32


class Index(NamedTuple):
    """A sparse index: a record stands in it while it has both of its attributes, spread over the shards."""

    name: str
    shard: str
    position: str  # the attribute that it is sorted by

    def entry(self, message_id: str, position: Any) -> dict[str, Any]:
        """Return the attributes that put a record into the index."""
        return {self.shard: str(zlib.crc32(message_id.encode()) % SHARDS), self.position: position}

    @property
    def no_entry(self) -> dict[str, Any]:
        """Both attributes, without a value: a record that lacks them is not in the index."""
        return dict.fromkeys((self.shard, self.position))


# Open deliveries, by the time at which the reconciler looks at them. That time is set once, at the claim: to move it
# when the message is sent would cost two more writes of each message.
BY_DUE = Index("by_due", "due_shard", "due")
# Claims that nobody will deliver again, by the end of their lease. The queue delivers a dead claim again by itself.
BY_LEASE = Index("by_lease", "lease_shard", "lease_until")
# Records in state *unknown*, by the time at which the answer was lost.
BY_UNKNOWN = Index("by_unknown", "unknown_shard", "unknown_since")

# What a person said, which a report, another attempt or Messente's own word outdates.
NO_WORD: dict[str, Any] = dict.fromkeys(("resolution", "resolved_by", "resolved_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record, as far as it is known. Absent attributes are None; times are ISO 8601 in UTC, ending in Z."""

    id: str
    state: State
    to: str = field(repr=False)
    channels: list[str]  # of the chain, in the order of fallback
    tags: Mapping[str, str] | None = field(default=None, repr=False)  # the caller's, of the last claim
    payload_hash: str  # SHA-256 of what the caller set
    messages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # message_id -> channel, sender, report
    omnimessage_id: str | None = None
    omnimessage_ids: frozenset[str] | None = None  # of all attempts that were accepted
    delivery: Delivery | None = None
    delivery_channel: str | None = None
    errors: list[Error] | None = field(default=None, repr=False)
    attempts: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    ttl: int | None = None  # Unix seconds
    revision: int | None = None  # counts the writes
    owner: str | None = None  # of the claim: only it may record that its attempt was not accepted
    lease_until: int | None = None  # Unix seconds; while it is there, the owner has not said how its attempt ended
    lease_shard: str | None = None
    resends: frozenset[str] | None = None  # owners of attempts after a lost answer that may have been accepted
    unknown_since: str | None = None
    unknown_shard: str | None = None
    resolution: Resolution | None = None  # what a person said of an attempt whose answer was lost
    resolved_by: str | None = None  # the ARN of that person's IAM identity, where the API told it
    resolved_at: str | None = None
    closed: bool | None = None  # a person closed an attempt, which may have been accepted all the same; stays for ever
    said_id: str | None = None  # the omnimessage that only a person named so far
    cancelled_ids: frozenset[str] | None = None  # the omnimessages that Messente confirmed as cancelled
    due: str | None = None
    due_shard: str | None = None
    recipient: str | None = field(default=None, repr=False)  # its key, by which an answer finds the message
    status_requests: int | None = None  # how often Messente was asked for the delivery

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Make a record of an item's attributes; others are left out. Raises UnreadableRecord."""
        known: dict[str, Any] = {name: value for name, value in attributes.items() if name in _FIELDS}
        # Only the owner's name tells one claim from the next: without it the claim could never be called *unknown*.
        needed = [*_ALWAYS_THERE, "owner"] if known.get("state") == State.CLAIMED else _ALWAYS_THERE
        for name in (*needed, *known):
            if name not in known or not _IS_READABLE[name](known[name]):
                raise UnreadableRecord(name)
        return cls(**known | {name: words(known[name]) for name, words in _WORDS.items() if name in known})

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the item."""
        return {name: value for name in _FIELDS if (value := getattr(self, name)) is not None}

    @property
    def public(self) -> dict[str, Any]:
        """The record as callers see it: without the attributes that only the protocol needs."""
        return {name: value for name, value in self.attributes.items() if name not in _INTERNAL}

    @property
    def omnimessages(self) -> frozenset[str]:
        """The omnimessages of all attempts, and one that an odd answer named."""
        named = {self.omnimessage_id} if self.omnimessage_id else set()
        return frozenset(named) | (self.omnimessage_ids or frozenset())

    def without_said_id(self) -> Self:
        """Return the record without the omnimessage that only a person named."""
        if self.said_id is None:
            return self
        first = None if self.omnimessage_id == self.said_id else self.omnimessage_id
        others = self.omnimessages - {self.said_id}
        return replace(self, said_id=None, omnimessage_id=first, omnimessage_ids=others or None)

    def settled(self) -> Self:
        """Return the record without anything that the reconciler would look at."""
        return replace(self, **BY_DUE.no_entry, status_requests=None)


_FIELDS = tuple(each.name for each in fields(Record))

_ALWAYS_THERE = ["id", "state", "to", "channels", "payload_hash", "revision"]
_WORDS: dict[str, type[StrEnum]] = {"state": State, "delivery": Delivery, "resolution": Resolution}


def _is(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_message(value: object) -> bool:
    return isinstance(value, dict) and _is_number(value.get("rank", 0)) and isinstance(value.get("status", ""), str)


def _each(kind: Any, is_part: Callable[[object], bool]) -> Callable[[Any], bool]:
    return lambda it: isinstance(it, kind) and all(map(is_part, it.values() if isinstance(it, dict) else it))


_IS_READABLE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_FIELDS, _is(str)),
    **dict.fromkeys(["attempts", "ttl", "revision", "lease_until", "status_requests"], _is_number),
    **dict.fromkeys(["omnimessage_ids", "cancelled_ids", "resends"], _each(set | frozenset, _is(str))),
    "closed": _is(bool),
    "channels": _each(list, _is(str)),
    "errors": _each(list, _is(dict)),
    "messages": _each(dict, _is_message),
    "tags": _each(dict, _is(str)),
    **{name: partial(contains, words) for name, words in _WORDS.items()},
}

_INTERNAL = {"payload_hash", "owner", "resends", "omnimessage_ids", "cancelled_ids", "said_id", "closed", "revision"}
_INTERNAL |= {"recipient", "status_requests", *BY_DUE.no_entry, *BY_LEASE.no_entry, BY_UNKNOWN.shard}


def pointer_id(omnimessage_id: str) -> str:
    """Return the id of the item that leads from an omnimessage to its record; no message id contains a `#`."""
    return f"#{omnimessage_id}"


def timestamp(seconds: float) -> str:
    """Write a Unix time as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
