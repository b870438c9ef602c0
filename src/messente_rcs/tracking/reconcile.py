"""The reconciler: looks, on a schedule, at records that should have come to an end by now and have not.

A claim whose lease ran out becomes *unknown*. A message that no report has settled is asked for at Messente, at growing
intervals and a bounded rate, since polling is costly there (messente-api.md §3). What is longest due comes first; what
a run leaves is what the next one finds first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from messente_rcs.credentials import CredentialsUnavailable
from messente_rcs.record import BY_DUE, BY_LEASE, Record, State
from messente_rcs.table import ConditionFailed
from messente_rcs.telemetry import count, logger
from messente_rcs.tracking.report import InvalidReport, Report, read_report
from messente_rcs.tracking.track import Mismatch, NoRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from messente_rcs.indexes import Indexes
    from messente_rcs.messente import Messente, Response
    from messente_rcs.table import Table
    from messente_rcs.tracking.track import Tracker

LOOKS = 500  # records that one run looks at, of each kind
MOST_REQUESTS = 6  # for one message; with an hour to the first and doubling intervals, the last comes after 63 hours


class Reconciler:
    """Brings open records up to date. `requests` bounds what one run asks Messente."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        table: Table,
        indexes: Indexes,
        messente: Messente,
        tracker: Tracker,
        clock: Callable[[], float],
        requests: int,
    ) -> None:
        self._table = table
        self._indexes = indexes
        self._messente = messente
        self._tracker = tracker
        self._clock = clock
        self._requests = requests

    def run(self, remaining: Callable[[], float]) -> dict[str, int]:
        """Do one bounded run; return how many records were `lost`, `asked`, `settled`, `closed` or `left`."""
        done: Counter[str] = Counter(lost=0, asked=0, settled=0, closed=0, left=0)
        dead = self._indexes.due(LOOKS, BY_LEASE)
        due = self._indexes.due(LOOKS, BY_DUE)
        for record in self._read(dead[:LOOKS], remaining):
            if record.state is State.CLAIMED:
                self._mark_unknown(record, done)
        answers = True
        for record in self._read(due[:LOOKS], remaining):
            if record.state is State.CLAIMED:
                self._mark_unknown(record, done)
            elif record.due is None or record.due > self._table.now():
                continue  # the index lags behind the table by moments; another run came first
            elif record.omnimessage_id is None:
                self._close(record, done)  # nothing to ask by: a report or a person resolves it
            elif answers and done["asked"] < self._requests:
                done["asked"] += 1
                answers = self._ask(record, record.omnimessage_id, done)
        done["left"] = len(dead) + len(due) - done["lost"] - done["asked"] - done["closed"]
        logger.info("reconciled", extra=dict(done))
        return dict(done)

    def _read(self, message_ids: Sequence[str], remaining: Callable[[], float]) -> Iterator[Record]:
        """Read the records one after the other, as long as there is time to ask Messente for one."""
        for message_id in message_ids:
            if remaining() < self._messente.longest:
                return
            record = self._table.get(message_id)
            if record is not None:
                yield record

    def _mark_unknown(self, record: Record, done: Counter[str]) -> None:
        if (record.lease_until or 0) > self._clock():
            return  # a new lease came first
        try:
            self._table.mark_unknown(record)
        except ConditionFailed:
            return  # its owner was only slow
        done["lost"] += 1
        count("Unknown")
        logger.warning("lease ran out", extra={"message_id": record.id})

    def _ask(self, record: Record, omnimessage_id: str, done: Counter[str]) -> bool:
        """Ask for one record; tell whether Messente answers at all."""
        try:
            response = self._messente.status(omnimessage_id)
        except CredentialsUnavailable as unavailable:
            logger.error("nobody can be asked", extra={"reason": str(unavailable)})
            return False
        if response.status not in (200, 404):
            logger.warning("no answer", extra={"message_id": record.id, "status": response.status})
            # It makes room: a record that Messente never answers for must not keep the others from being asked for.
            self._save(record, replace(record, due=self._table.later()))
            return False
        try:
            record = self._tracker.track(record.id, _reports(response, record, omnimessage_id))
        except (NoRecord, Mismatch) as odd:
            logger.warning("not its own report", extra={"message_id": record.id, "reason": type(odd).__name__})
        if record.due_shard is not None:
            self._look_again(record)
        else:
            done["settled"] += 1
        return True

    def _look_again(self, record: Record) -> None:
        requests = (record.status_requests or 0) + 1
        if requests < MOST_REQUESTS:
            after = replace(record, status_requests=requests, due=self._table.later(times=2**requests))
        else:
            after = record.settled()
            logger.warning("given up asking", extra={"message_id": record.id})
        self._save(record, after)

    def _close(self, record: Record, done: Counter[str]) -> None:
        done["closed"] += 1
        self._save(record, record.settled())

    def _save(self, before: Record, after: Record) -> None:
        try:
            self._table.save(before, after)
        except ConditionFailed:
            return  # it has just moved: the next run sees how


def _reports(response: Response, record: Record, omnimessage_id: str) -> list[Report]:
    """Read the statuses of a response; one that cannot be read must not cost the others."""
    statuses = response.body.get("statuses")
    named = {"to": response.body.get("to", record.to), "omnimessage_id": omnimessage_id}
    reports = (_report(status, named) for status in (statuses if isinstance(statuses, list) else []))
    return [report for report in reports if report]


def _report(status: Any, named: dict[str, Any]) -> Report | None:
    try:
        return read_report({**status, **named}) if isinstance(status, dict) else None
    except InvalidReport:
        return None
