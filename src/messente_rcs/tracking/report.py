"""A delivery report, as far as it is understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from messente_rcs.errors import Invalid
from messente_rcs.messente.answers import LONGEST_TEXT, read_id, read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidReport(Invalid):
    """Not a delivery report. `field` names what is missing or wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not a delivery report: {field}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Report:
    """A report about one message_id; `details` are err, error, timestamp and price_info, as far as given."""

    omnimessage_id: str
    message_id: str
    to: str = field(repr=False)  # empty if no number can be read: where the omnimessage_id is known, none is needed
    status: str | None  # None while it is being processed
    channel: str | None = None
    sender: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def read_report(given: object) -> Report:
    """Read a report (DeliveryResult of OpenAPI 2.1.0, with `to` and `omnimessage_id`); raises InvalidReport.

    Unknown statuses, codes and fields are no errors: Messente may add some any day.
    """
    if not isinstance(given, dict):
        raise InvalidReport("payload")
    status = given.get("status")
    if not (status is None or (isinstance(status, str) and 0 < len(status) <= LONGEST_TEXT)):
        raise InvalidReport("payload[status]")
    return Report(
        omnimessage_id=_required(given, "omnimessage_id"),
        message_id=_required(given, "message_id"),
        to=read_number(given.get("to")),
        status=read_text(status),
        channel=read_text(given.get("channel")),
        sender=read_text(given.get("sender")),
        details=_details(given),
    )


def _details(given: Mapping[str, Any]) -> dict[str, Any]:
    err, prices = given.get("err"), given.get("price_info")
    details = {
        "err": err if isinstance(err, int) and abs(err) < 10**9 else None,
        "error": read_text(given.get("error")),
        "timestamp": read_text(given.get("timestamp")),
        "price_info": _prices(prices) if isinstance(prices, dict) else None,
    }
    return {name: value for name, value in details.items() if value is not None}


def _prices(given: Mapping[str, Any]) -> dict[str, str]:
    """Keep prices as the texts that Messente writes; a number becomes its text."""
    names = ("part_price", "parts_count", "total_price")
    return {name: str(given[name])[:LONGEST_TEXT] for name in names if isinstance(given.get(name), str | int | float)}


def _required(given: Mapping[str, Any], name: str) -> str:
    if (read := read_id(given.get(name))) is None:
        raise InvalidReport(f"payload[{name}]")
    return read
