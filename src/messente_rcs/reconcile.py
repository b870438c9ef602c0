"""The reconciler: looks, on a schedule, at records that should have come to an end by now and have not.

A claim whose lease ran out becomes *unknown*. A message that no report has settled is asked for at Messente, at growing
intervals and a bounded rate, since polling is costly there (messente-api.md §3). Work goes by the index of open
records, the longest due first; what a run leaves is what the next one finds first.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from messente_rcs.credentials import CredentialsUnavailable
from messente_rcs.table import SHARDS, Item, Occupied, State
from messente_rcs.telemetry import count, logger
from messente_rcs.track import InvalidReport, Mismatch, NoRecord, Report, read_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.credentials import CredentialCache
    from messente_rcs.messente import Messente, Reply
    from messente_rcs.table import Table
    from messente_rcs.track import Tracker

LOOKS = 500  # records that one run looks at
MOST_ASKS = 6  # of one message; with an hour to the first and doubling intervals, the last comes after 63 hours


class Reconciler:
    """Brings open records up to date. `requests` bounds what one run asks Messente."""

    def __init__(
        self,
        credentials: CredentialCache,
        table: Table,
        messente: Messente,
        tracker: Tracker,
        requests: int,
    ) -> None:
        self._credentials = credentials
        self._table = table
        self._messente = messente
        self._tracker = tracker
        self._requests = requests

    def run(self, remaining: Callable[[], float]) -> dict[str, int]:
        """Do one bounded run; return how many records were `lost`, `asked`, `settled`, `closed` or `left`."""
        done: Counter[str] = Counter(lost=0, asked=0, settled=0, closed=0, left=0)
        due = sorted(entry for shard in range(SHARDS) for entry in self._table.due(shard, LOOKS))
        answers = True
        for _, message_id in due[:LOOKS]:
            if remaining() < self._messente.longest:
                break
            item = self._table.get(message_id)
            if item is None or "open" not in item or item["due"] > self._table.now():
                continue  # the index lags behind the table by moments; a new lease or another run came first
            if item["state"] == State.CLAIMED:
                self._lose(item, done)
            elif "omnimessage_id" not in item:
                self._close(item, done)  # nothing to ask by: a report or a person resolves it
            elif answers and done["asked"] < self._requests:
                done["asked"] += 1
                answers = self._ask(item, done)
        done["left"] = len(due) - done["lost"] - done["asked"] - done["closed"]
        logger.info("reconciled", extra=dict(done))
        return dict(done)

    def _lose(self, item: Item, done: Counter[str]) -> None:
        try:
            self._table.lose(item)
        except Occupied:
            return  # its owner was only slow
        done["lost"] += 1
        count("Unknown")
        logger.warning("lease ran out", extra={"message_id": item["id"]})

    def _ask(self, item: Item, done: Counter[str]) -> bool:
        """Ask for one record; tell whether Messente answers at all."""
        omnimessage_id = item["omnimessage_id"]
        try:
            reply = self._credentials.with_authority(lambda c: self._messente.status(omnimessage_id, c))
        except CredentialsUnavailable as unavailable:
            logger.error("nobody can be asked", extra={"reason": str(unavailable)})
            return False
        if reply.status not in (200, 404):
            logger.warning("no answer", extra={"message_id": item["id"], "status": reply.status})
            # It makes room: a record that Messente never answers for must not keep the others from being asked for.
            self._save(item, item | {"due": self._table.later()})
            return False
        try:
            item = self._tracker.track(item["id"], _reports(reply, item))
        except (NoRecord, Mismatch) as odd:
            logger.warning("not its own report", extra={"message_id": item["id"], "reason": type(odd).__name__})
        if "open" in item:
            self._look_again(item)
        else:
            done["settled"] += 1
        return True

    def _look_again(self, item: Item) -> None:
        asked = int(item.get("asked", 0)) + 1
        after = item | {"asked": asked, "due": self._table.later(times=2**asked)}
        if asked >= MOST_ASKS:
            after = _closed(after)
            logger.warning("given up asking", extra={"message_id": item["id"]})
        self._save(item, after)

    def _close(self, item: Item, done: Counter[str]) -> None:
        done["closed"] += 1
        self._save(item, _closed(item))

    def _save(self, before: Item, after: Item) -> None:
        try:
            self._table.save(before, after)
        except Occupied:
            return  # it has just moved: the next run sees how


def _closed(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in ("open", "due", "asked")}


def _reports(reply: Reply, item: Item) -> list[Report]:
    """Read the statuses of a reply; one that cannot be read must not cost the others."""
    statuses = reply.body.get("statuses")
    named = {"to": reply.body.get("to", item["to"]), "omnimessage_id": item["omnimessage_id"]}
    reports = (_report(status, named) for status in (statuses if isinstance(statuses, list) else []))
    return [report for report in reports if report]


def _report(status: Any, named: dict[str, Any]) -> Report | None:
    try:
        return read_report({**status, **named}) if isinstance(status, dict) else None
    except InvalidReport:
        return None
