"""The list of recipients who opted out: a table `to -> item` beside the table of records, and without its TTL.

An item says what a recipient wanted last, *opted_in* too: an older stop word that arrives after a newer start word must
not win. A recipient without an item never opted out.

    state      since                         undid                         a stop word counts if
    opted_out  time of the newest stop word                                it is newer (`since` moves on)
    opted_in   time of the start word                                      it is not older than `since`
    opted_in   arrival of the start word,    since of the stop word        it is newer than `undid`
               which names no sure time      before, or 0

A start word counts if it is newer than `since`. One that names no time counts from its arrival, so that a repeat of it
would look newer: `starts` has the origins of all of them, and none is taken twice. So has it those that are ahead of
their arrival. In doubt the stop word wins.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from messente_rcs.inbound.stop_words import Wish
from messente_rcs.phone import key_of
from messente_rcs.records.expressions import Update, decoded
from messente_rcs.records.record import TableUnavailable
from messente_rcs.records.table import read_batch, update_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from messente_rcs.payload.submission import Submission

MOST_KEYS = 100  # numbers that are looked up in one read
MOST_STARTS = 100  # start words without a time that one item remembers; further ones are not taken
ATTEMPTS = 5  # to write over an item that changes meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new wish of a recipient. `origin` is an id and, behind a #, what tells it from other changes of that id."""

    to: str = field(repr=False)  # E.164
    wish: Wish
    since: str  # ISO 8601 in UTC with milliseconds, as records have it
    by: str
    origin: str
    channel: str | None = None
    is_timed: bool = True  # False: `since` is when it arrived, and it was said at some time before


class OptOuts:
    """The list over a boto3 DynamoDB client. Every method may raise TableUnavailable."""

    def __init__(self, client: DynamoDBClient, table_name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = table_name
        self._sleep = sleep

    def of(self, numbers: Iterable[str]) -> frozenset[str]:
        """Return the keys of those numbers that opted out, one to a hundred in one read; all of them were looked up."""
        keys = [{"to": {"S": key}} for key in sorted(set(map(key_of, numbers)))]
        only = {"ProjectionExpression": "#to, #state", "ExpressionAttributeNames": {"#to": "to", "#state": "state"}}
        items = read_batch(self._client, self._name, keys, self._sleep, **only)
        # An item that says anything but opted_in was edited by hand, and is no leave to send.
        return frozenset(item["to"]["S"] for item in items if item.get("state") != {"S": Wish.OPTED_IN})

    def change(self, change: Change) -> Change | None:
        """Write the wish of a recipient unless the list has a newer one; return it if this changed the state.

        A change that is written twice gives the same answer twice, so that it can be published after a crash; its
        `since` is that of the first write.
        """
        _, item = self._update(change, _written(change), _counts(change))
        if item.get("origin") == change.origin:
            is_new = item.get("previous") != item.get("state")
            return replace(change, since=item.get("changed_at", item["since"])) if is_new else None
        if change.wish is Wish.OPTED_IN and not change.is_timed:
            self._update(change, Update().add(starts={change.origin}), _has_room())
        elif item.get("state") == change.wish:
            # The recipient says so again, which an older word to the contrary must not undo. The origin stays, as the
            # change may not be published yet.
            newer = Attr("undid").not_exists() & Attr("since").lt(change.since) | Attr("undid").lt(change.since)
            update = Update().set(since=change.since).remove("undid")
            self._update(change, update, Attr("state").eq(change.wish) & newer)
        return None

    def overrule(self, change: Change) -> bool:
        """Write a person's word over what the list holds, whatever the times; tell whether this changed the state."""
        held: Mapping[str, Any] = {}
        for _ in range(ATTEMPTS):
            if held.get("state") == change.wish == Wish.OPTED_IN:
                return False
            since = max(change.since, str(held.get("since", "")))  # no word from before undoes it when it is repeated
            update = Update().set(since=since)
            if held.get("state") != change.wish:
                update = _written(replace(change, since=since, is_timed=False), starts=False)
            done, held = self._update(change, update, _is_still(held))
            if done:
                return held.get("origin") == change.origin and held.get("previous") != held.get("state")
        raise TableUnavailable("DynamoDB: the item of the opt-out list changed again and again")

    def _update(self, change: Change, update: Update, condition: ConditionBase) -> tuple[bool, Mapping[str, Any]]:
        key = {"TableName": self._name, "Key": {"to": {"S": key_of(change.to)}}}
        done, item = update_item(self._client, key, update, condition)
        return done, decoded(item)


@dataclass(frozen=True, slots=True)
class Listing:
    """The opt-outs among some recipients, or the reason why the list could not be read."""

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    failure: str = ""
    read_at: float = math.inf  # Unix seconds; where there is nothing to look up, a look never gets old

    def stops(self, submission: Submission) -> bool:
        """Tell whether the recipient opted out of such a message; raises TableUnavailable if that is not known."""
        if submission.ignore_opt_out:
            return False
        if self.failure:
            raise TableUnavailable(self.failure)
        return key_of(submission.to) in self.keys


def look_up(opt_outs: OptOuts | None, submissions: Iterable[Submission], now: float) -> Listing:
    """Look up the recipients of messages in one read that begins now; None is no list at all."""
    numbers = [each.to for each in submissions if not each.ignore_opt_out]
    if opt_outs is None or not numbers:
        return Listing()
    try:
        return Listing(opt_outs.of(numbers), read_at=now)
    except TableUnavailable as unavailable:
        return Listing(failure=str(unavailable), read_at=now)


def _written(change: Change, *, starts: bool = True) -> Update:
    update = (
        Update()
        .set_from("previous", "state", Wish.OPTED_IN)
        .set(state=change.wish, since=change.since, changed_at=change.since, by=change.by, origin=change.origin)
    )
    update = update.set(channel=change.channel) if change.channel else update.remove("channel")
    if change.is_timed or change.wish is Wish.OPTED_OUT:
        return update.remove("undid")
    update = update.set_from("undid", "since", "0")
    return update.add(starts={change.origin}) if starts else update


def _counts(change: Change) -> ConditionBase:
    nothing_there = Attr("to").not_exists()
    another_state = Attr("state").ne(change.wish)
    if change.wish is Wish.OPTED_OUT:
        # Messente tells the time to the second: of two words within one, it is safer that the stop word wins.
        not_older = Attr("undid").not_exists() & Attr("since").lte(change.since)
        return nothing_there | (another_state & (not_older | Attr("undid").lt(change.since)))
    taken_before = Attr("starts").contains(change.origin)
    newer = another_state & Attr("since").lt(change.since) & ~taken_before
    return nothing_there | (newer if change.is_timed else newer & _has_room())


def _has_room() -> ConditionBase:
    return Attr("starts").not_exists() | Attr("starts").size().lt(MOST_STARTS)


def _is_still(held: Mapping[str, Any]) -> ConditionBase:
    """Let a write pass only if nothing that matters changed since the item was read, or there is none as before."""
    state, since = (
        Attr(name).eq(held[name]) if name in held else Attr(name).not_exists() for name in ("state", "since")
    )
    return state & since
