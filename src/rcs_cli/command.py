"""What a command is given to work with, and how it ends."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from rcs_cli.options import STACK, Place, take_common, with_common
from rcs_cli.output import Output, plain
from rcs_cli.problems import USAGE, Problem, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.messente.connections import Connections
    from rcs_cli.stack import Stack


def _find(place: Place) -> Stack:
    from rcs_cli.stack import find  # noqa: PLC0415 - imports botocore, which a command without a stack does not need

    return find(place)


@dataclass(frozen=True)
class World:
    """What is around the command line. A test gives another one as the context's `obj`."""

    find: Callable[[Place], Stack] = _find
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    http: Connections | None = None  # connections to Messente, for the doctor
    is_terminal: Callable[[], bool] = lambda: sys.stdin.isatty() and sys.stderr.isatty()


@dataclass(frozen=True)
class Rcs:
    """What a command works with."""

    place: Place
    output: Output
    world: World

    @cached_property
    def stack(self) -> Stack:
        """The stack, found when it is first needed."""
        return self.world.find(self.place)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be taken back. A script is not asked."""
        if not yes and self.world.is_terminal():
            typer.confirm(question, abort=True, err=True)

    def check_consent(self, *, yes: bool) -> None:
        """Refuse what needs a confirmation if there is neither a terminal nor --yes."""
        if not yes and not self.world.is_terminal():
            raise Problem("There is no terminal to ask for confirmation: add --yes.", USAGE)


def command[**P](function: Callable[P, None]) -> Callable[..., None]:
    """Give a command the common options beside its own, and one line for what goes wrong.

    The first parameter of the function is an Rcs; the rest are its own arguments and options.
    """

    @functools.wraps(function)
    def run(context: typer.Context, **given: Any) -> None:
        common = take_common(context, given)
        name = common["stack"] or os.environ.get("RCS_STACK") or STACK
        place = Place(name, common["region"], common["profile"], bool(common["local"]))
        output = Output(as_json=bool(common["json"]), numbers=bool(common["numbers"]))
        try:
            function(Rcs(place, output, context.obj or World()), **given)  # type: ignore[arg-type]
        except Exception as failure:  # noqa: BLE001 - what is not explained is raised again
            problem = explain(failure)
        else:
            return
        output.errors.print(plain(f"rcs: {problem}", "red"), soft_wrap=True)
        raise typer.Exit(problem.code)

    return with_common(run, list(inspect.signature(function).parameters.values())[1:])
