"""The reconciler: looks, on a schedule, at records that should have come to an end by now and have not.

src/docs/protocol.md "Reconciliation" names its three parts. Each run finds first what the one before has left.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from messente_rcs.errors import Failed
from messente_rcs.messente.answers import read_id, read_text
from messente_rcs.messente.api import Messente, Response
from messente_rcs.messente.credentials import CredentialsUnavailable
from messente_rcs.records.indexes import Indexes, Position
from messente_rcs.records.record import BY_DUE, BY_LEASE, Index, Record, State, TableUnavailable, UnreadableRecord
from messente_rcs.records.table import ConditionFailed, Table
from messente_rcs.telemetry import Metric, logger, observe
from messente_rcs.tracking.report import InvalidReport, Report, read_report
from messente_rcs.tracking.track import Mismatch, NoRecord, Tracker

LOOKS = 2500  # records of each kind that one run finds; the time may end before
MOST_REQUESTS = 6  # for one message; with an hour to the first and doubling intervals, the last comes after 63 hours
MOST_SILENCES = 3  # so many records in a row that Messente does not answer for: then the records are not to blame

# The share of a run's time that is left when it goes on from the claims, and from the looks.
AFTER_CLAIMS, AFTER_LOOKS = 0.75, 0.5


class Defect(Failed):
    """The code failed at a record. The text names the kind of failure, and is safe to log."""


@dataclass(slots=True)
class _Run:
    remaining: Callable[[], float]
    done: Counter[str] = field(default_factory=lambda: Counter(lost=0, asked=0, settled=0, closed=0))
    silences: int = 0  # of Messente, in a row
    claims_left: list[Position] = field(default_factory=list)
    deliveries_left: list[Position] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)


@dataclass(eq=False)
class Reconciler:
    """Brings open records up to date. `requests` bounds what one run asks Messente."""

    table: Table
    indexes: Indexes
    messente: Messente
    requests: int
    _looked_at: Position = ("", "")  # the last delivery that a run of this environment has looked at

    def run(self, remaining: Callable[[], float]) -> dict[str, int]:
        """Do one bounded run; return how many records were `lost`, `asked`, `settled`, `closed` or `left`.

        A failure at a record is raised when the others are done, so that its alarm rings.
        """
        run, begin = _Run(remaining), remaining()
        self._end_claims(run, until=begin * AFTER_CLAIMS)
        to_ask = self._look_at_deliveries(run, until=begin * AFTER_LOOKS)
        self._tell_what_is_unknown(run)
        self._ask_for(to_ask, run)
        self._tell_what_is_overdue(run)
        done = {**run.done, "left": len(run.claims_left) + len(run.deliveries_left)}
        logger.info("reconciled", extra=done)
        if run.failures:
            raise run.failures[0]
        return done

    def _handle(self, entry: Position, index: Index, act: Callable[[Record, _Run], bool], run: _Run) -> bool:
        """Read a record that an index named and act on it; tell whether the run is done with it, whatever fails."""
        position, message_id = entry
        try:
            try:
                record = self.table.get(message_id)
                return record is None or act(record, run)
            except UnreadableRecord:  # the table has logged its id
                self.table.put_off(message_id, index, position)
                return True
        except TableUnavailable as unavailable:
            failure: Exception = unavailable
        except Exception as defect:  # noqa: BLE001 - of any class
            failure = Defect(type(defect).__name__)
            with suppress(Exception):  # it is logged below
                self.table.put_off(message_id, index, position)
        logger.error("record not handled", extra={"message_id": message_id, "reason": str(failure)})
        run.failures.append(failure)
        return False

    def _end_claims(self, run: _Run, until: float) -> None:
        for entry in self.indexes.due(LOOKS, BY_LEASE):
            in_time = run.remaining() >= until
            if not (in_time and self._handle(entry, BY_LEASE, self._end_claim, run)):
                run.claims_left.append(entry)

    def _end_claim(self, record: Record, run: _Run) -> bool:
        if record.state is State.CLAIMED:  # unless a new lease came first, or its owner was only slow
            ended = self.table.end_claim(record)
            run.done["lost"] += ended is not None and ended.state is State.UNKNOWN
        elif record.lease_shard is not None:  # after an edit by hand: no other write leaves it there
            self._save(record, replace(record, **BY_LEASE.no_entry))
        return True

    def _look_at_deliveries(self, run: _Run, until: float) -> list[Position]:
        """Look at what is due, as far as there is time; return the longest due that Messente can be asked for."""
        to_ask: list[Position] = []
        for entry in self._due():
            known = entry <= self._looked_at and len(to_ask) >= self.requests
            if known or run.remaining() < until:
                run.deliveries_left.append(entry)
                continue
            over = self._handle(entry, BY_DUE, self._look_at, run)
            self._looked_at = max(self._looked_at, entry)
            if not over:
                (to_ask if len(to_ask) < self.requests else run.deliveries_left).append(entry)
        return to_ask

    def _due(self) -> list[Position]:
        """List the longest due; if these are not all, also what follows on what was looked at before.

        What was looked at is no claim and will be none: a new claim is due later. So each is looked at once, soon after
        it is due, however many others wait before it.
        """
        longest = self.indexes.due(LOOKS, BY_DUE)
        if len(longest) < LOOKS:
            return longest
        return longest + self.indexes.due(LOOKS, BY_DUE, after=max(longest[-1], self._looked_at))

    def _look_at(self, record: Record, run: _Run) -> bool:
        """Do what needs no question; tell whether that was all."""
        if record.state is State.CLAIMED:
            self._end_claim(record, run)
        elif self._can_be_asked_for(record):
            return False
        elif self._is_due(record):  # no id to ask by, or asked often enough: a report or a person resolves it
            run.done["closed"] += 1
            self._save(record, record.settled())
        return True

    def _is_due(self, record: Record) -> bool:
        # The index lags behind the table by moments, and another run may have come first.
        return record.due is not None and record.due <= self.table.now()

    def _can_be_asked_for(self, record: Record) -> bool:
        return self._is_due(record) and bool(record.omnimessage_id) and (record.status_requests or 0) < MOST_REQUESTS

    def _ask_for(self, entries: list[Position], run: _Run) -> None:
        for entry in entries:
            can_ask = run.remaining() >= self.messente.longest and run.silences < MOST_SILENCES
            if not (can_ask and self._handle(entry, BY_DUE, self._ask, run)):
                run.deliveries_left.append(entry)

    def _ask(self, record: Record, run: _Run) -> bool:
        if not self._can_be_asked_for(record):
            return True  # it has moved since the look
        # Its next time is written first: a record at which a run hangs or dies must not be the first of the next run.
        requests = (record.status_requests or 0) + 1
        asked = self._save(record, replace(record, status_requests=requests, due=self.table.later(times=2**requests)))
        if asked is None:
            return True
        run.done["asked"] += 1
        ids = sorted(asked.omnimessages)  # of each attempt, which take turns
        after = self._answered(asked, ids[int(requests) % len(ids)], run)
        if after.due_shard is None:
            run.done["settled"] += 1
        elif requests >= MOST_REQUESTS:
            logger.warning("last status request", extra={"message_id": record.id})
            self._save(after, after.settled())
        return True

    def _answered(self, record: Record, omnimessage_id: str, run: _Run) -> Record:
        try:
            response = self.messente.status(omnimessage_id)
        except CredentialsUnavailable as unavailable:
            logger.error("no credentials to ask Messente", extra={"reason": str(unavailable)})
            run.silences = MOST_SILENCES
            return record
        if response.status not in (200, 404):
            told = f"answered HTTP {response.status}" if response.status else "no answer"
            logger.warning(told, extra={"message_id": record.id, "status": response.status})
            run.silences += 1
            return record
        run.silences = 0
        try:
            return Tracker(self.table, self.indexes).track(record.id, _reports(response, record, omnimessage_id))
        except (NoRecord, Mismatch) as odd:
            logger.warning("not its own report", extra={"message_id": record.id, "reason": type(odd).__name__})
            return record

    def _save(self, before: Record, after: Record) -> Record | None:
        try:
            return self.table.save(before, after)
        except ConditionFailed:
            return None  # it has just moved: the next run sees how

    # --- Gauges: set only where there is something to tell, as CloudWatch takes money for a metric with values --------

    def _tell_what_is_unknown(self, run: _Run) -> None:
        try:
            for entry in self.indexes.unknown(limit=1):
                observe(Metric.OLDEST_UNKNOWN, _age(entry, self.table.clock()))
        except TableUnavailable as unavailable:
            run.failures.append(unavailable)

    def _tell_what_is_overdue(self, run: _Run) -> None:
        if run.claims_left:
            observe(Metric.OVERDUE_CLAIMS, len(run.claims_left))
        if run.deliveries_left:
            observe(Metric.OVERDUE_DELIVERIES, len(run.deliveries_left))
        if ages := [_age(entry, self.table.clock()) for entry in run.claims_left + run.deliveries_left]:
            observe(Metric.OLDEST_OVERDUE, max(ages))


def _age(entry: Position, now: float) -> float:
    position, _ = entry
    try:
        due = position if isinstance(position, int | float) else datetime.fromisoformat(position).timestamp()
    except ValueError:
        return 0  # no time that we wrote
    return max(0, now - due)


def _reports(response: Response, record: Record, omnimessage_id: str) -> list[Report]:
    """Read the statuses of a response; one that cannot be read must not cost the others. May raise Mismatch."""
    if "omnimessage_id" in response.body and read_id(response.body["omnimessage_id"]) != omnimessage_id:
        raise Mismatch("omnimessage_id")
    statuses = response.body.get("statuses")
    named = {"to": read_text(response.body.get("to")) or record.to, "omnimessage_id": omnimessage_id}
    reports: list[Report] = []
    for status in statuses if isinstance(statuses, list) else []:
        with suppress(InvalidReport):
            reports += [read_report(status | named)] if isinstance(status, dict) else []
    return reports
