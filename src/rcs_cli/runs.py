"""The records of a run of send-many: what became of its messages, read from the table a hundred at a time."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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

OUTCOME = ("state", "delivery", "delivery_channel", "messages")  # what tells how a message ended

_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)  # Messente writes prices as texts
_MOST = 100  # items that DynamoDB reads in one call

type Records = Mapping[str, Mapping[str, Any]]  # by message id


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


def tally(lines: Sequence[Line], records: Records) -> dict[str, Any]:
    """Count the messages of a run by what became of them and by the channel that delivered, and sum up the prices."""
    found = [_about(records.get(line.key, {})) for line in lines]
    outcomes, channels = (Counter(each) for each in list(zip(*found, strict=True))[:2])
    return {
        "messages": len(lines),
        "outcomes": dict(sorted(outcomes.items())),
        "channels": {name: count for name, count in sorted(channels.items()) if name},
        "price": str(sum((price for _, _, price in found), Decimal(0))),
    }


def write_result(file: Path, lines: Sequence[Line], records: Records) -> None:
    """Write a CSV with a line for each recipient."""
    with file.open("x", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(("line", "to", "id", "outcome", "channel", "price"))
        for line in lines:
            writer.writerow((line.number, line.payload["to"], line.key, *_about(records.get(line.key, {}))))


def _about(record: Mapping[str, Any]) -> tuple[str, str, Decimal]:
    """Tell what became of a message, the channel that delivered it, and its price."""
    delivery = record.get("delivery") if record.get("state") == State.SENT else None
    outcome = record.get("state", "not sent yet") if delivery in (None, Delivery.PENDING) else delivery
    prices = [str(each.get("price_info", {}).get("total_price")) for each in record.get("messages", {}).values()]
    price = sum((Decimal(price) for price in prices if _AMOUNT.fullmatch(price)), Decimal(0))
    return outcome, record.get("delivery_channel") or "", price
