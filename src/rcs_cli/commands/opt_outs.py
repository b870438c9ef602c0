"""`opt-outs list`, `add`, `remove` and `import`: the list of recipients who opted out, through its table."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Annotated, Any

import typer

from messente_rcs.errors import INVALID, error
from messente_rcs.inbound.opt_outs import MOST_KEYS, Change, OptOuts, Wish
from messente_rcs.phone import international, key_of
from messente_rcs.records.expressions import decoded
from messente_rcs.records.record import timestamp
from rcs_cli.files import Wrong, decoded_file, read_file
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import USAGE, Problem
from rcs_cli.usage import Command, Group

app = typer.Typer(cls=Group, help="Show and change the list of recipients who opted out.", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="Phone number, as +37255512345.")]
_SHOWN = ("to", "state", "since", "by", "channel")
_NO_NUMBER = "no single phone number with its country, such as +37255512345"


@with_options
def list_(
    rcs: Rcs,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Also those who opted in again.")] = False,
) -> None:
    """List who opted out."""
    items = [each for each in _items(rcs) if everybody or each.get("state") != Wish.OPTED_IN]
    rcs.output.json({"opt_outs": [{name: each[name] for name in _SHOWN if name in each} for each in items]})
    if not items:
        rcs.output.say("Nobody opted out.")
        return
    rcs.output.table(_SHOWN, [[rcs.output.shown(each).get(name) for name in _SHOWN] for each in items])


@with_options
def add(rcs: Rcs, number: NumberArgument) -> None:
    """Put a number on the list: it gets no more messages."""
    _change(rcs, _number(number), Wish.OPTED_OUT, done="Opted out.", else_="This number had opted out before.")


@with_options
def remove(
    rcs: Rcs,
    number: NumberArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a number off the list, because the recipient asked for messages again."""
    to = _number(number)
    rcs.confirm("Only the recipient may take an opt-out back. Did the recipient ask for it?", yes=yes)
    _change(rcs, to, Wish.OPTED_IN, done="Opted in again.", else_="This number had not opted out.")


def _change(rcs: Rcs, number: str, wish: Wish, *, done: str, else_: str) -> None:
    """Write a change; say that it is done, or else that the list had it already."""
    changed = bool(_Writer(rcs).write([number], wish))
    rcs.output.json({"to": number, "changed": changed})
    rcs.output.say(done if changed else else_)


@with_options
def import_(
    rcs: Rcs,
    file: Annotated[str, typer.Argument(help="A number in each line, or - for what is piped in.")],
    *,
    since: Annotated[
        str | None,
        typer.Option(help="Time of the list, as 2026-11-23T12:00:00Z. Recipients who opted in later stay opted in."),
    ] = None,
) -> None:
    """Put all numbers in a file on the list."""
    moment = _moment(rcs, since) if since else None
    numbers = _checked(rcs, file)
    writer = _Writer(rcs)
    changed = writer.write_as_of(moment, numbers) if moment else writer.write(numbers, Wish.OPTED_OUT)
    opted_out = writer.count(numbers)
    rcs.output.json({"numbers": len(numbers), "changed": changed, "opted_out": opted_out})
    rest = "" if opted_out == len(numbers) else " The others opted in later."
    rcs.output.say(f"{opted_out} of {len(numbers)} numbers are opted out now, {changed} of them by this.{rest}")


class _Writer:
    """Writes into the list in the name of whoever runs the command; each change has an origin of its own."""

    def __init__(self, rcs: Rcs) -> None:
        self._opt_outs = OptOuts(rcs.stack.client("dynamodb"), rcs.stack.output("OptOutTableName"), rcs.world.sleep)
        self._now = timestamp(rcs.world.clock())
        self._by = str(rcs.stack.client("sts").get_caller_identity()["Arn"])

    def write(self, numbers: Sequence[str], wish: Wish) -> int:
        """Write what counts from now on, whatever the list holds; tell how many states this changed."""
        changed = sum(self._opt_outs.overrule(self._change(number, wish, self._now)) for number in numbers)
        wanted = len(numbers) if wish is Wish.OPTED_OUT else 0
        if self.count(numbers) != wanted:
            raise Problem("The list was changed by somebody else at the same time. Run the same command again.")
        return changed

    def write_as_of(self, since: str, numbers: Sequence[str]) -> int:
        """Write opt-outs of a time in the past, which a newer word outdoes; tell how many states this changed."""
        changes = (self._change(number, Wish.OPTED_OUT, since) for number in numbers)
        return sum(self._opt_outs.change(change) is not None for change in changes)

    def count(self, numbers: Sequence[str]) -> int:
        """Count those that are opted out, as the list stands."""
        out = {key for some in batched(numbers, MOST_KEYS, strict=False) for key in self._opt_outs.of(some)}
        return sum(key_of(number) in out for number in numbers)

    def _change(self, number: str, wish: Wish, since: str) -> Change:
        return Change(to=number, wish=wish, since=since, by=self._by, origin=f"rcs:{uuid.uuid4()}")


def _items(rcs: Rcs) -> Iterator[dict[str, Any]]:
    table = rcs.stack.output("OptOutTableName")
    for page in rcs.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from map(decoded, page["Items"])


def _number(given: str) -> str:
    number = international(given)
    if number is None:
        raise Problem(f"This is {_NO_NUMBER}.", USAGE)
    return number


def _moment(rcs: Rcs, given: str) -> str:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem("--since must be a time with its zone, such as 2026-11-23T12:00:00Z.", USAGE)
    if moment.timestamp() > rcs.world.clock():
        raise Problem("--since must not be in the future, by the clock of this machine.", USAGE)
    return timestamp(moment.timestamp())


def _checked(rcs: Rcs, file: str) -> list[str]:
    """Read all numbers of a file; where one is wrong, say which lines are, and change nothing."""
    lines = [(number, line.strip()) for number, line in enumerate(decoded_file(read_file(file)).split("\n"), start=1)]
    given = [(number, line) for number, line in lines if line and not line.startswith("#")]
    errors = [error(INVALID, f"The line is {_NO_NUMBER}.")]
    wrong = [Wrong(number, errors) for number, line in given if international(line) is None]
    if wrong:
        raise rcs.output.invalid(wrong, "Nothing was changed.")
    if not given:
        raise Problem("The file holds no number.")
    return [_number(line) for _, line in given]


for _command in (list_, add, remove, import_):
    app.command(_command.__name__.strip("_"), cls=Command)(_command)
