"""What a report changed in a record, in numbers: each delivery and each price counts once, however often it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.records.record import Delivery
from messente_rcs.telemetry import Metric, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messente_rcs.records.record import Record

_ARRIVED = (Delivery.DELIVERED, Delivery.SEEN)
_ENDS = {
    Delivery.SEEN: Metric.SEEN,
    Delivery.FAILED: Metric.FAILED,
    Delivery.EXPIRED: Metric.DELIVERY_EXPIRED,
}

HIGHEST_PRICE = 1_000_000  # of one message: what is above was misread, and would spoil the sum


def count_moves(before: Record, after: Record) -> None:
    """Count what is new in a record. Who has seen a message has got it, also if no report said so."""
    if after.delivery in _ARRIVED and before.delivery not in _ARRIVED:
        count(Metric.DELIVERED)
    if after.delivery in _ENDS and after.delivery is not before.delivery:
        count(_ENDS[after.delivery])
    if price := sum(_price(message) for key, message in after.messages.items() if not _price(before.messages.get(key))):
        count(Metric.MESSAGE_PRICE, price)


def _price(message: Mapping[str, Any] | None) -> float:
    """Read what a message cost, or 0: Messente writes prices as texts, in the currency of the account."""
    match message:
        case {"price_info": {"total_price": str() as text}}:
            try:
                price = float(text)
            except ValueError:
                return 0
            return price if 0 < price < HIGHEST_PRICE else 0
    return 0
