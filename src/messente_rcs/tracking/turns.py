"""Turns of records, one after the other: whatever goes wrong with one costs its own turn and nobody else's."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from messente_rcs.errors import Failed
from messente_rcs.records.table import TableUnavailable, UnreadableRecord
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.records.indexes import Position
    from messente_rcs.records.record import Index, Record
    from messente_rcs.records.table import Table

type Act = Callable[[Record], bool]  # returns whether the turn of the record is over


class Defect(Failed):
    """The code failed at a record. The text names the kind of failure, and is safe to log."""


class Turns:
    """The turns of one run. `failures` collects what went wrong, for whoever raises it at the end."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.failures: list[Exception] = []

    def give(self, entry: Position, index: Index, act: Act) -> bool:
        """Read a record that an index named and act on it; tell whether its turn is over."""
        position, message_id = entry
        try:
            return self._act_on(entry, index, act)
        except TableUnavailable as unavailable:
            self._failed(message_id, unavailable)
        except Exception as defect:  # noqa: BLE001 - an odd record must not cost the others, whatever is odd about it
            self._failed(message_id, Defect(type(defect).__name__))
            with suppress(Exception):  # it was told
                self._table.put_off(message_id, index, position)
        return False

    def _act_on(self, entry: Position, index: Index, act: Act) -> bool:
        position, message_id = entry
        try:
            record = self._table.get(message_id)
            return record is None or act(record)
        except UnreadableRecord:  # the table has told its id
            self._table.put_off(message_id, index, position)
            return True

    def _failed(self, message_id: str, failure: Exception) -> None:
        logger.error("record not handled", extra={"message_id": message_id, "reason": str(failure)})
        self.failures.append(failure)
