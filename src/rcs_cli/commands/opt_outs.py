"""`opt-outs list`, `add`, `remove` and `import`: the list of recipients who opted out, through its table."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from messente_rcs.expressions import decoded
from messente_rcs.opt_outs import Change, OptOuts, Wish
from messente_rcs.phone import e164
from messente_rcs.record import timestamp
from messente_rcs.table import TableUnavailable
from rcs_cli.files import decoded_file, read_file
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import FAILED, USAGE, Problem
from rcs_cli.usage import Command, Group

app = typer.Typer(cls=Group, help="See and change who gets no more messages.", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="Phone number, as +37255512345.")]
_SHOWN = ("to", "state", "since", "by", "channel")


@with_options
def list_(
    rcs: Rcs,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Also those who opted in again.")] = False,
) -> None:
    """List who opted out."""
    items = [each for each in _items(rcs) if everybody or each.get("state") != Wish.OPTED_IN]
    if rcs.output.as_json:
        rcs.output.json({"opt_outs": [{name: each[name] for name in _SHOWN if name in each} for each in items]})
        return
    if not items:
        rcs.output.say("Nobody opted out.")
        return
    rcs.output.table(_SHOWN, [[rcs.output.shown(each).get(name) for name in _SHOWN] for each in items])


@with_options
def add(rcs: Rcs, number: NumberArgument) -> None:
    """Put a number on the list: it gets no more messages."""
    changed = _Writer(rcs).write(_number(number), Wish.OPTED_OUT)
    _tell(rcs, number, "Opted out." if changed else "This number had opted out before.", changed=changed)


@with_options
def remove(
    rcs: Rcs,
    number: NumberArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a number off the list, because its owner wants messages again."""
    to = _number(number)
    rcs.confirm("Only the recipient may take an opt-out back. Did the recipient ask for it?", yes=yes)
    changed = _Writer(rcs).write(to, Wish.OPTED_IN)
    _tell(rcs, number, "Opted in again." if changed else "This number had not opted out.", changed=changed)


@with_options
def import_(
    rcs: Rcs,
    file: Annotated[str, typer.Argument(help="A number in each line, or - for what is piped in.")],
    *,
    since: Annotated[
        str | None,
        typer.Option(help="When the list was made, as 2026-11-23T12:00:00Z; else now. Who opted in later stays in."),
    ] = None,
) -> None:
    """Put all numbers of a file on the list. The same command again changes nothing."""
    numbers = _checked(rcs, file)
    writer = _Writer(rcs, _moment(since) if since else None)
    changed = sum(writer.write(number, Wish.OPTED_OUT) for number in numbers)
    if rcs.output.as_json:
        rcs.output.json({"numbers": len(numbers), "changed": changed})
    rcs.output.say(f"{changed} of {len(numbers)} numbers opted out by this; the others stay as they were.")


class _Writer:
    """Writes into the list in the name of whoever runs the command; each change has an origin of its own."""

    def __init__(self, rcs: Rcs, since: str | None = None) -> None:
        self._opt_outs = OptOuts(rcs.stack.client("dynamodb"), rcs.stack.output("OptOutTableName"), rcs.world.sleep)
        self._since = since or timestamp(rcs.world.clock())
        self._by = str(rcs.stack.client("sts").get_caller_identity()["Arn"])

    def write(self, number: str, wish: Wish) -> bool:
        """Write what a recipient wants; tell whether this changed the state."""
        change = Change(to=number, wish=wish, since=self._since, by=self._by, origin=f"rcs:{uuid.uuid4()}")
        try:
            return self._opt_outs.change(change)
        except TableUnavailable as unavailable:
            raise Problem(f"The list could not be written ({unavailable}). Run the same command again.") from None


def _items(rcs: Rcs) -> Iterator[dict[str, Any]]:
    table = rcs.stack.output("OptOutTableName")
    for page in rcs.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from map(decoded, page["Items"])


def _number(given: str) -> str:
    number = e164(given) if given.strip().startswith(("+", "00")) else None
    if number is None:
        raise Problem("This is no phone number with its country, such as +37255512345.", USAGE)
    return number


def _moment(given: str) -> str:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem("--since must be a time with its zone, such as 2026-11-23T12:00:00Z.", USAGE)
    return timestamp(moment.timestamp())


def _checked(rcs: Rcs, file: str) -> list[str]:
    """Read all numbers of a file; where one is wrong, say which lines are, and change nothing."""
    lines = [(number, line.strip()) for number, line in enumerate(decoded_file(read_file(file)).split("\n"), start=1)]
    given = [(number, line) for number, line in lines if line and not line.startswith("#")]
    wrong = [number for number, line in given if not line.startswith(("+", "00")) or e164(line) is None]
    if wrong:
        _show_wrong(rcs, wrong)
        raise typer.Exit(FAILED)
    if not given:
        raise Problem("The file holds no number.")
    return [str(e164(line)) for _, line in given]


def _show_wrong(rcs: Rcs, wrong: list[int]) -> None:
    detail = "no phone number with its country, such as +37255512345"
    if rcs.output.as_json:
        rcs.output.json({"valid": False, "errors": [{"line": line, "detail": detail} for line in wrong]})
        return
    rcs.output.table(("line", "what to mend"), [(line, detail) for line in wrong])
    rcs.output.warn(f"{len(wrong)} of the lines are not valid. Nothing was changed.")


def _tell(rcs: Rcs, number: str, said: str, *, changed: bool) -> None:
    if rcs.output.as_json:
        rcs.output.json({"to": number, "changed": changed})
    rcs.output.say(said)


for _command in (list_, add, remove, import_):
    app.command(_command.__name__.strip("_"), cls=Command)(_command)
