"""What a command is given to work with, and how it ends."""

from __future__ import annotations

import os
import shlex
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from rcs_cli.options import STACK, Place, WithCommon
from rcs_cli.output import Output, plain
from rcs_cli.problems import USAGE, Problem, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.messente.connections import Connections
    from rcs_cli.stack import Stack

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True)
class World:
    """What is around the command line. A test gives another one as the context's `obj`."""

    find: Callable[[Place], Stack] = lambda place: import_module("rcs_cli.stack").find(place)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    http: Connections | None = None  # connections to Messente, for the doctor
    is_terminal: Callable[[], bool] = lambda: sys.stdin.isatty() and sys.stderr.isatty()


class Rcs(typer.Context):
    """What a command works with."""

    @cached_property
    def world(self) -> World:
        return self.obj or World()

    @cached_property
    def output(self) -> Output:
        return Output(as_json="json" in self.meta, numbers="numbers" in self.meta)

    @cached_property
    def stack(self) -> Stack:
        name = self.meta.get("stack") or os.environ.get("RCS_STACK") or STACK
        found = self.world.find(Place(name, self.meta.get("region"), self.meta.get("profile"), "local" in self.meta))
        found.options = self.options
        return found

    @property
    def options(self) -> str:
        """The options with which another command reaches the same stack."""
        given = [f"--{name}={self.meta[name]}" for name in ("stack", "region", "profile") if name in self.meta]
        return "".join(f" {shlex.quote(each)}" for each in given) + " --local" * ("local" in self.meta)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be taken back. A script is not asked."""
        if not yes and self.world.is_terminal():
            typer.confirm(question, abort=True, err=True)

    def check_consent(self, *, yes: bool) -> None:
        """Refuse what needs a confirmation if there is neither a terminal nor --yes."""
        if not yes and not self.world.is_terminal():
            raise Problem("There is no terminal to ask for confirmation: add --yes.", USAGE)


class Command(WithCommon, TyperCommand):
    """A command: its function gets an Rcs, and one line says what goes wrong."""

    context_class = Rcs

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as failure:  # noqa: BLE001 - what is not explained is raised again
            problem = explain(failure)
        ctx.output.errors.print(plain(f"rcs: {problem}", "red"), soft_wrap=True)
        raise typer.Exit(problem.code)
