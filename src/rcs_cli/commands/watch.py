"""`watch`."""

import csv
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.live import Live

from messente_rcs.records.record import Delivery, State
from rcs_cli.api import Record
from rcs_cli.batches import Line, records_of
from rcs_cli.command import Rcs
from rcs_cli.files import MessageOption, NameOption, named_run
from rcs_cli.output import Output, plain
from rcs_cli.problems import FAILED, USAGE, Problem

_RECORDS_A_SECOND = 100  # that a file is followed with
_NEVER = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED})  # these are not sent any more by themselves
_GOOD = frozenset({Delivery.DELIVERED, Delivery.SEEN})
_BAD = frozenset({Delivery.FAILED, Delivery.EXPIRED})

_OUTCOME = ("state", "delivery", "delivery_channel", "messages")  # of a record, what tells how a message ended
_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)  # Messente writes prices as texts

type Records = Mapping[str, Mapping[str, Any]]  # by message id
type Looks = Iterator[tuple[dict[str, Any], str, RenderableType]]  # what is known: for programs, as a line, and drawn


def _seconds(value: float) -> float:
    if math.isnan(value):  # neither below the least nor above the most
        raise typer.BadParameter("nan is no number of seconds.")
    return value


def watch(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    message_id: Annotated[str | None, typer.Argument(metavar="ID", help="Message id, or omnimessage_id.")] = None,
    *,
    file: Annotated[str | None, typer.Option("--file", help="Follow all messages of a file of send-many.")] = None,
    message: MessageOption = None,
    name: NameOption = None,
    result: Annotated[Path | None, typer.Option("--result", help="With --file: a new CSV, one line a message.")] = None,
    interval: Annotated[float, typer.Option(min=0.1, max=86_400, callback=_seconds, help="Pause in seconds.")] = 2.0,
    timeout: Annotated[float, typer.Option(min=0, callback=_seconds, help="Seconds after which to stop.")] = 3600.0,
) -> None:
    """A queued message has no record yet: the command waits for it.

    For a file, give the same --message and --name as to send-many.
    """
    give_up = rcs.world.clock() + timeout

    def wait(least: float) -> None:
        """Wait for the next look; raises where there is none, as nobody reads the output or the time is over."""
        if getattr(sys.stdout, "has_lost_its_reader", False):
            raise typer.Exit(FAILED)
        if rcs.world.clock() >= give_up:
            raise Problem(f"No final state within {timeout:g} s. Run the same command again later.")
        rcs.world.sleep(max(interval, least))

    if file is not None and message_id is None:
        from rcs_cli.messages import check_file  # noqa: PLC0415 - imports pydantic

        if result and (result.exists() or not result.parent.is_dir()):
            raise Problem("The file of --result is there already, or its folder is not. Name another one.", USAGE)
        lines = check_file(rcs.output, file, named_run(file, message, name), message)
        _tell(rcs.output, _follow_file(rcs, lines, wait, result))
    elif message_id is not None and file is None:
        _tell(rcs.output, _follow_one(rcs, message_id, wait))
    else:
        raise Problem("Name a message by its id, or a file of messages with --file.", USAGE)


def _tell(output: Output, looks: Looks) -> None:
    """Tell what is known whenever it has changed: on a terminal in its place, else line by line."""
    last = None
    is_live = sys.stdout.isatty() and not output.console.is_dumb_terminal and not output.as_json
    with Live(console=output.console if is_live else output.errors, auto_refresh=False) as live:
        for value, line, drawn in looks:
            if value != last and is_live:
                live.update(drawn, refresh=True)
            elif value != last:
                output.json(value, indent=None)
                output.say(line)
            last = value


def _follow_one(rcs: Rcs, message_id: str, wait: Callable[[float], None]) -> Looks:
    while True:
        if record := rcs.stack.api.find(message_id):
            words = [str(record[name]) for name in ("updated_at", "state", "delivery") if record.get(name)]
            yield record, " ".join(words), rcs.output.record_table(record)
        else:
            yield {"state": None}, "not sent yet", plain("not sent yet")
        if (is_good := _end(record)) is not None:
            break
        wait(0)
    if not is_good:
        raise typer.Exit(FAILED)


def _follow_file(rcs: Rcs, lines: Sequence[Line], wait: Callable[[float], None], result: Path | None) -> Looks:
    """Read what is still on its way, at most a hundred records a second."""
    records: dict[str, Record] = {}
    left = [line.key for line in lines]
    try:
        while True:
            records |= records_of(rcs, left, *_OUTCOME)
            left = [key for key in left if _end(records.get(key, {})) is None]
            told = _tally(lines, records)
            counts = {"messages": told["messages"], **told["outcomes"], **told["channels"], "price": told["price"]}
            words = ", ".join(f"{name} {count}" for name, count in counts.items())
            yield told, words, plain(words)
            if not left:
                break
            wait(len(left) / _RECORDS_A_SECOND)
    finally:
        if result and records:
            _write_result(result, lines, records)
            rcs.output.say(f"The result is in {result}.")
    if not all(_end(records[line.key]) for line in lines):
        raise typer.Exit(FAILED)


def _end(record: Record) -> bool | None:
    """Tell whether a message has come to its end, a good or a bad one; None while it is on its way."""
    if record.get("state") in _NEVER or record.get("delivery") in _BAD:
        return False
    return True if record.get("delivery") in _GOOD else None


def _tally(lines: Sequence[Line], records: Records) -> dict[str, Any]:
    """Count the messages of a run by what became of them and by the channel that delivered, and sum up the prices."""
    found = [_about(records.get(line.key, {})) for line in lines]
    outcomes, channels = (Counter(each) for each in list(zip(*found, strict=True))[:2])
    return {
        "messages": len(lines),
        "outcomes": dict(sorted(outcomes.items())),
        "channels": {name: count for name, count in sorted(channels.items()) if name},
        "price": str(sum((price for _, _, price in found), Decimal(0))),
    }


def _write_result(file: Path, lines: Sequence[Line], records: Records) -> None:
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
