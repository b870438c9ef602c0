"""`watch`."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.live import Live

from messente_rcs.records.record import Delivery, State
from rcs_cli.api import Record
from rcs_cli.batches import Line
from rcs_cli.command import Rcs, World
from rcs_cli.files import MessageOption, NameOption, named_run
from rcs_cli.output import Output, plain
from rcs_cli.problems import FAILED, USAGE, Problem

_NEVER = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED})  # these are not sent any more by themselves
_GOOD = frozenset({Delivery.DELIVERED, Delivery.SEEN})
_BAD = frozenset({Delivery.FAILED, Delivery.EXPIRED})


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
    result: Annotated[
        Path | None, typer.Option("--result", help="With --file: a new CSV with a line for each recipient.")
    ] = None,
    interval: Annotated[
        float, typer.Option(min=0.1, max=86_400, callback=_seconds, help="Seconds between two requests.")
    ] = 2.0,
    timeout: Annotated[float, typer.Option(min=0, callback=_seconds, help="Seconds after which to stop.")] = 3600.0,
) -> None:
    """Follow a message, or those of a file, until they are delivered or have failed.

    A queued message has no record yet: the command waits for it. For a file, give the same --message and --name as to
    send-many.
    """
    pace = Pace(rcs.world, interval, timeout)
    if file is not None and message_id is None:
        from rcs_cli.messages import check_file, read_template  # noqa: PLC0415 - imports pydantic

        template = read_template(message) if message else None
        _follow_file(rcs, check_file(rcs.output, file, named_run(file, message, name), template), pace, result)
    elif message_id is not None and file is None:
        _follow_one(rcs, message_id, pace)
    else:
        raise Problem("Name a message by its id, or a file of messages with --file.", USAGE)


class Pace:
    """How long to wait between two looks, and when to give up."""

    def __init__(self, world: World, interval: float, timeout: float) -> None:
        self._world, self._interval, self._timeout = world, interval, timeout
        self._give_up = world.clock() + timeout

    def wait(self, least: float = 0) -> None:
        """Wait for the next look; raises where there is none, as nobody reads the output or the time is over."""
        if getattr(sys.stdout, "has_lost_its_reader", False):
            raise typer.Exit(FAILED)
        if self._world.clock() >= self._give_up:
            raise Problem(f"No final state within {self._timeout:g} s. Run the same command again later.")
        self._world.sleep(max(self._interval, least))


def _follow_one(rcs: Rcs, message_id: str, pace: Pace) -> None:
    output = rcs.output
    last: Record | str | None = ""
    ended: bool | None = None
    with _live(output) as live:
        while ended is None:
            record = rcs.stack.api.find(message_id)
            if record != last:
                _show(
                    output,
                    live,
                    output.record_table(record) if record else plain("not sent yet"),
                    _line(record) if record else "not sent yet",
                    record or {"state": None},
                )
            last, ended = record, _end(record or {})
            if ended is None:
                pace.wait()
    if not ended:
        raise typer.Exit(FAILED)


def _follow_file(rcs: Rcs, lines: Sequence[Line], pace: Pace, result: Path | None) -> None:
    """Read what is still on its way, at most a hundred records a second, and tell the counts when they change."""
    from rcs_cli import runs  # noqa: PLC0415 - imports boto3

    if result and result.exists():
        raise Problem("The file of --result is there already. Name another one.", USAGE)
    records: dict[str, Record] = {}
    left = [line.key for line in lines]
    last: dict[str, Any] = {}
    try:
        with _live(rcs.output) as live:
            while True:
                records |= runs.records_of(rcs, left, *runs.OUTCOME)
                left = [key for key in left if _end(records.get(key, {})) is None]
                told = runs.tally(lines, records)
                if told != last:
                    words = ", ".join(f"{name} {each}" for name, each in runs.flat(told))
                    _show(rcs.output, live, plain(words), words, told)
                last = told
                if not left:
                    break
                pace.wait(len(left) / runs.RECORDS_A_SECOND)
    finally:
        if result and records:
            runs.write_result(result, lines, records)
            rcs.output.say(f"The result is in {result}.")
    if not all(_end(records[line.key]) for line in lines):
        raise typer.Exit(FAILED)


def _live(output: Output) -> Live:
    is_live = sys.stdout.isatty() and not output.console.is_dumb_terminal and not output.as_json
    return Live(console=output.console if is_live else output.errors, auto_refresh=False)


def _show(output: Output, live: Live, drawn: RenderableType, line: str, value: dict[str, Any]) -> None:
    if live.console is output.console:
        live.update(drawn, refresh=True)
        return
    output.json(value, indent=None)
    output.say(line)


def _line(record: Record) -> str:
    return " ".join(str(record[name]) for name in ("updated_at", "state", "delivery") if record.get(name))


def _end(record: Record) -> bool | None:
    """Tell whether a message has come to its end, a good or a bad one; None while it is on its way."""
    if record.get("state") in _NEVER or record.get("delivery") in _BAD:
        return False
    return True if record.get("delivery") in _GOOD else None
