"""The records of a run of send-many: what became of its messages, read from the table a hundred at a time."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import batched
from pathlib import Path
from typing import Any

from messente_rcs.records.expressions import decoded
from messente_rcs.records.record import Delivery, State
from messente_rcs.records.table import read_batch
from rcs_cli.batches import Line
from rcs_cli.command import Rcs
from rcs_cli.side_by_side import side_by_side

_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)  # Messente writes prices as texts
RECORDS_A_SECOND = 100  # that a run is followed with
_MOST = 100  # items that DynamoDB reads in one call


def records_of(rcs: Rcs, keys: Iterable[str], *attributes: str) -> dict[str, dict[str, Any]]:
    """Read these attributes of the records, by their ids; a message that was not taken off the queue yet has none."""
    client, table = rcs.stack.client("dynamodb"), rcs.stack.output("TableName")
    names = {f"#{name}": name for name in ("id", *attributes)}
    options = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}

    def read(batch: tuple[str, ...]) -> list[dict[str, Any]]:
        return read_batch(client, table, [{"id": {"S": key}} for key in batch], rcs.world.sleep, **options)

    outcome = side_by_side(read, batched(keys, _MOST, strict=False))
    if outcome.problem:
        raise outcome.problem
    return {item["id"]: item for items in outcome.done.values() for item in map(decoded, items)}


OUTCOME = ("state", "delivery", "delivery_channel", "messages")  # what the functions below look at


def tally(lines: Sequence[Line], records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Count the messages of a run by what became of them and by the channel that delivered, and sum up the prices."""
    found = [records.get(line.key, {}) for line in lines]
    outcomes = Counter(_outcome(record) for record in found)
    channels = Counter(record["delivery_channel"] for record in found if record.get("delivery_channel"))
    return {
        "messages": len(lines),
        "outcomes": dict(sorted(outcomes.items())),
        "channels": dict(sorted(channels.items())),
        "price": str(sum(map(_price, found), Decimal(0))),
    }


def flat(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Walk through a tally without its groups."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _outcome(record: Mapping[str, Any]) -> str:
    if not record:
        return "not sent yet"
    delivery = record.get("delivery") if record.get("state") == State.SENT else None
    return str(record.get("state") if delivery in (None, Delivery.PENDING) else delivery)


def _price(record: Mapping[str, Any]) -> Decimal:
    prices = [str(each.get("price_info", {}).get("total_price")) for each in record.get("messages", {}).values()]
    return sum((Decimal(price) for price in prices if _AMOUNT.fullmatch(price)), Decimal(0))


def write_result(file: Path, lines: Sequence[Line], records: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a CSV with a line for each recipient."""
    with file.open("x", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(("line", "to", "id", "outcome", "channel", "price"))
        for line in lines:
            record = records.get(line.key, {})
            about = _outcome(record), record.get("delivery_channel", ""), _price(record)
            writer.writerow((line.number, line.payload["to"], line.key, *about))
