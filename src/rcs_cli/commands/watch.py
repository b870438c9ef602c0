"""`watch`."""

import math
import sys
from typing import Annotated

import typer
from rich.live import Live

from messente_rcs.records.record import Delivery, State
from rcs_cli.api import Record
from rcs_cli.command import Rcs, command
from rcs_cli.commands.records import AnyIdArgument
from rcs_cli.output import plain
from rcs_cli.problems import FAILED, Problem

_NEVER = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED})  # these are not sent any more by themselves
_GOOD = frozenset({Delivery.DELIVERED, Delivery.SEEN})
_BAD = frozenset({Delivery.FAILED, Delivery.EXPIRED})


def _seconds(value: float) -> float:
    if math.isnan(value):  # neither below the least nor above the most
        raise typer.BadParameter("nan is no number of seconds.")
    return value


@command
def watch(
    rcs: Rcs,
    message_id: AnyIdArgument,
    *,
    interval: Annotated[
        float, typer.Option(min=0.1, max=86_400, callback=_seconds, help="Seconds between two requests.")
    ] = 2.0,
    timeout: Annotated[float, typer.Option(min=0, callback=_seconds, help="Seconds after which to stop.")] = 3600.0,
) -> None:
    """Follow a message until it is delivered or has failed.

    A queued message has no record yet: the command waits for it.
    """
    output, give_up = rcs.output, rcs.world.clock() + timeout
    last: Record | str | None = ""
    ended: bool | None = None
    is_live = sys.stdout.isatty() and not output.console.is_dumb_terminal and not output.as_json
    with Live(console=output.console if is_live else output.errors, auto_refresh=False) as live:
        while ended is None:
            record = rcs.stack.api.find(message_id)
            if record != last and is_live:
                live.update(output.record_table(record) if record else plain("not sent yet"), refresh=True)
            elif record != last:
                output.json(record or {"state": None}, indent=None)
                output.say(_line(record) if record else "not sent yet")
            last, ended = record, _end(record or {})
            if ended is None:
                if getattr(sys.stdout, "has_lost_its_reader", False):
                    raise typer.Exit(FAILED)
                if rcs.world.clock() >= give_up:
                    raise Problem(f"The message reached no final state within {timeout:g} s. Watch it again later.")
                rcs.world.sleep(interval)
    if not ended:
        raise typer.Exit(FAILED)


def _line(record: Record) -> str:
    return " ".join(str(record[name]) for name in ("updated_at", "state", "delivery") if record.get(name))


def _end(record: Record) -> bool | None:
    """Tell whether a message has come to its end, a good or a bad one; None while it is on its way."""
    if record.get("state") in _NEVER or record.get("delivery") in _BAD:
        return False
    return True if record.get("delivery") in _GOOD else None
