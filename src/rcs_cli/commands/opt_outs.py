"""`opt-outs list`, `add`, `remove` and `import`: the list of recipients who opted out, through its table."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import batched
from typing import Annotated

import typer

from messente_rcs.errors import INVALID, error
from messente_rcs.inbound.opt_outs import MOST_KEYS, Change, OptOuts
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.phone import international, key_of
from messente_rcs.records.expressions import decoded
from messente_rcs.records.record import timestamp
from rcs_cli.command import Command, Rcs, YesOption
from rcs_cli.files import listed, read_text, tell_wrong
from rcs_cli.options import Group
from rcs_cli.problems import USAGE, Problem
from rcs_cli.side_by_side import Outcome, side_by_side

opt_outs = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="Phone number, as +37255512345.")]
_SHOWN = ("to", "state", "since", "by", "channel")
_CHANGED_MEANWHILE = "The list was changed by somebody else at the same time. Run the same command again."
_NO_NUMBER = "no single phone number with its country, such as +37255512345"


@opt_outs.command("list", cls=Command)
def list_(rcs: Rcs, *, all_: Annotated[bool, typer.Option("--all", help="Also those who opted in.")] = False) -> None:
    """List who opted out."""
    pages = rcs.stack.client("dynamodb").get_paginator("scan")
    items = [
        item
        for page in pages.paginate(TableName=rcs.stack.output("OptOutTableName"), ConsistentRead=True)
        for item in map(decoded, page["Items"])
        if all_ or item.get("state") != Wish.OPTED_IN
    ]
    rcs.output.json({"opt_outs": [{name: each[name] for name in _SHOWN if name in each} for each in items]})
    if not items:
        rcs.output.say("Nobody opted out.")
        return
    rcs.output.table(_SHOWN, [[rcs.output.shown(each).get(name) for name in _SHOWN] for each in items])


@opt_outs.command(cls=Command)
def add(rcs: Rcs, number: NumberArgument) -> None:
    """Put a number on the list of recipients who opted out."""
    _change(rcs, read_number(number), Wish.OPTED_OUT, done="Opted out.", else_="This number had opted out before.")


@opt_outs.command(cls=Command)
def remove(rcs: Rcs, number: NumberArgument, *, yes: YesOption = False) -> None:
    """Take a number off the list, because the recipient asked for messages again."""
    to = read_number(number)
    rcs.confirm("Only the recipient may take an opt-out back. Did the recipient ask for it?", yes=yes)
    _change(rcs, to, Wish.OPTED_IN, done="Opted in again.", else_="This number had not opted out.")


def _change(rcs: Rcs, number: str, wish: Wish, *, done: str, else_: str) -> None:
    """Write a change; say that it is done, or else that the list had it already."""
    outcome, out = _write(rcs, [number], wish)
    if outcome.problem:
        raise outcome.problem
    if (key_of(number) in out) != (wish is Wish.OPTED_OUT):
        raise Problem(_CHANGED_MEANWHILE)
    rcs.output.json({"to": number, "changed": outcome.done[0]})
    rcs.output.say(done if outcome.done[0] else else_)


@opt_outs.command("import", cls=Command)
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
    numbers = _numbers(rcs, file)
    once = {key_of(number): (line, number) for line, number in reversed(numbers.items())}
    tasks = sorted(once.values())
    outcome, out = _write(rcs, [number for _, number in tasks], Wish.OPTED_OUT, moment)
    told = {"numbers": len(numbers), "changed": sum(outcome.done.values())}
    if stop := outcome.problem:
        unknown = [tasks[place][0] for place in sorted(outcome.failed)]
        rcs.output.json(told | {"written": len(outcome.done), "unknown": unknown, "stopped": str(stop)})
        open_lines = f" It is not known whether those of lines {listed(unknown)} are." if unknown else ""
        written = f"{len(outcome.done)} of {len(tasks)} numbers are written.{open_lines}"
        raise Problem(f"{stop} {written} The same command again changes nothing twice.", stop.code)
    opted_out = sum(key_of(number) in out for number in numbers.values())
    if not moment and opted_out != len(numbers):
        raise Problem(_CHANGED_MEANWHILE)
    rcs.output.json(told | {"opted_out": opted_out})
    rest = "" if opted_out == len(numbers) else " The others opted in later."
    rcs.output.say(f"{opted_out} of {len(numbers)} numbers are opted out now, {told['changed']} of them by this.{rest}")


def _write(rcs: Rcs, numbers: Sequence[str], wish: Wish, since: str | None = None) -> tuple[Outcome[bool], set[str]]:
    """Write a wish for numbers in the name of whoever runs the command; return which wrote a change, and who is out.

    It counts from now on, whatever the list holds; or it is of a time in the past, and a newer word outdoes it.
    """
    client = rcs.stack.client("dynamodb")
    _ = client.exceptions  # botocore makes the classes at the first use, and two threads would make two of each
    opt_outs = OptOuts(client, rcs.stack.output("OptOutTableName"), rcs.world.sleep)
    put = opt_outs.change if since else opt_outs.overrule
    by, at = str(rcs.stack.client("sts").get_caller_identity()["Arn"]), since or timestamp(rcs.world.clock())
    outcome = side_by_side(
        lambda number: bool(put(Change(to=number, wish=wish, since=at, by=by, origin=f"rcs:{uuid.uuid4()}"))), numbers
    )
    some = batched(() if outcome.problem else numbers, MOST_KEYS, strict=False)
    return outcome, set[str]().union(*map(opt_outs.of, some))


def read_number(given: str) -> str:
    number = international(given)
    if number is None:
        raise Problem(f"This is {_NO_NUMBER}.", USAGE)
    return number


def _moment(rcs: Rcs, given: str) -> str:
    told = ""
    with suppress(ValueError):  # it is no time, or in the year 0
        moment = datetime.fromisoformat(given)
        told = timestamp(moment.timestamp()) if moment.tzinfo else ""
    if not told:
        raise Problem("--since must be a time with its zone, such as 2026-11-23T12:00:00Z.", USAGE)
    if told > timestamp(rcs.world.clock()):
        raise Problem("--since must not be in the future, by the clock of this machine.", USAGE)
    return told


def _numbers(rcs: Rcs, file: str) -> dict[int, str]:
    """Read the numbers of a file by their lines; where one is wrong, say which lines are, and change nothing."""
    lines = ((line, text.strip()) for line, text in enumerate(read_text(file).split("\n"), start=1))
    given = {line: international(text) for line, text in lines if text and not text.startswith("#")}
    wrong = error(INVALID, f"The line is {_NO_NUMBER}.")
    if errors := [{"line": line, **wrong} for line, number in given.items() if number is None]:
        raise tell_wrong(rcs.output, errors, "Nothing was changed.")
    if not given:
        raise Problem("The file holds no number.")
    return {line: number for line, number in given.items() if number}
