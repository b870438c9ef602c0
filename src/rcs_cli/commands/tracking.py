"""`show`, `watch` and `cancel`."""

from typing import Annotated, Any

import typer
from rich.live import Live
from rich.text import Text

from messente_rcs.records.record import Delivery, State
from rcs_cli.api import Record, Unreadable
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import FAILED, Problem

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Message id, or the omnimessage_id of Messente.")]

# Attributes of an item that are no text, each with a value as DynamoDB takes it.
_FORMS: dict[str, Any] = {
    "channels": {"L": [{"S": "rcs"}]},
    "errors": {"L": []},
    **{name: {"M": {}} for name in ("messages", "tags")},
    **{name: {"SS": ["TEXT"]} for name in ("omnimessage_ids", "resends")},
    **{name: {"N": "1"} for name in ("attempts", "ttl", "revision", "lease_until", "status_requests")},
}
_NEVER = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED})  # these are not sent any more by themselves
_GOOD = frozenset({Delivery.DELIVERED, Delivery.SEEN})
_BAD = frozenset({Delivery.FAILED, Delivery.EXPIRED})


@with_options
def show(rcs: Rcs, message_id: IdArgument) -> None:
    """Show what is known of a message."""
    try:
        record = rcs.stack.api.find(message_id)
    except Unreadable as unreadable:
        correct = _correction(rcs, message_id, unreadable.attribute)
        raise Problem(f"{unreadable} Write it as it was: {correct}") from None
    if record is None:
        raise Problem("No message has this id. A queued message has no record before it is sent for the first time.")
    rcs.output.record(record)


def _correction(rcs: Rcs, message_id: str, attribute: str) -> str:
    """Write the command that corrects an attribute, with a value of the right form."""
    return rcs.stack.aws(
        "dynamodb update-item",
        table_name=rcs.stack.output("TableName"),
        key={"id": {"S": message_id}},
        update_expression="SET #name = :value",
        condition_expression="attribute_exists(id)",  # the id may be Messente's
        expression_attribute_names={"#name": attribute},
        expression_attribute_values={":value": _FORMS.get(attribute, {"S": "TEXT"})},
    )


@with_options
def watch(
    rcs: Rcs,
    message_id: IdArgument,
    *,
    interval: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds between two requests.")] = 2.0,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds after which to give up.")] = 3600.0,
) -> None:
    """Follow a message until it is delivered or has failed. A queued message has no record yet: that is waited for."""
    give_up = rcs.world.clock() + timeout
    view = _View(rcs)
    with view.live:
        while True:
            record = rcs.stack.api.find(message_id)
            view.show(record)
            if record and (ended := _end(record)) is not None:
                break
            if not rcs.output.is_read:
                raise typer.Exit(FAILED)
            if rcs.world.clock() >= give_up:
                raise Problem(f"The message reached no final state within {timeout:g} s. Watch it again later.")
            rcs.world.sleep(interval)
    if not ended:
        raise typer.Exit(FAILED)


def _end(record: Record) -> bool | None:
    """Tell whether a message has come to its end, a good or a bad one; None while it is on its way."""
    if record["state"] in _NEVER or record.get("delivery") in _BAD:
        return False
    return True if record.get("delivery") in _GOOD else None


class _View:
    """Shows a record as it changes: in one place of a terminal, else a line for each change."""

    def __init__(self, rcs: Rcs) -> None:
        self._output = rcs.output
        self._is_live = rcs.output.is_live and not rcs.output.as_json
        self.live = Live(console=rcs.output.errors if not self._is_live else rcs.output.console, auto_refresh=False)
        self._last: Any = ""

    def show(self, record: Record | None) -> None:
        """Show a record, or that there is none yet."""
        if record == self._last:
            return
        self._last = record
        if self._is_live:
            self.live.update(self._output.record_table(record) if record else Text("not sent yet"), refresh=True)
        else:
            self._output.json(record or {"state": None}, indent=None)
            self._output.say(_line(record) if record else "not sent yet")


def _line(record: Record) -> str:
    return " ".join(str(record[name]) for name in ("updated_at", "state", "delivery") if record.get(name))


@with_options
def cancel(rcs: Rcs, message_id: Annotated[str, typer.Argument(metavar="ID", help="Message id.")]) -> None:
    """Cancel a message that was not sent yet, or that is scheduled at Messente."""
    rcs.output.record(rcs.stack.api.cancel(message_id))
