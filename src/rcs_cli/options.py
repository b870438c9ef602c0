"""The options that every command takes, before or after its name, and what a command is given to work with."""

import functools
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from messente_rcs.messente.api import Http
from messente_rcs.records.table import TableUnavailable
from rcs_cli import stack as stacks
from rcs_cli.output import Output, plain
from rcs_cli.problems import USAGE, Problem, of_aws
from rcs_cli.stack import Place, Stack

STACK = "messente-rcs"


def _option(name: str, explained: str) -> Any:
    return typer.Option(f"--{name}", help=explained, rich_help_panel="Options of every command")


# The type and the default of each option that every command has.
COMMON: dict[str, tuple[Any, Any]] = {
    "stack": (Annotated[str | None, _option("stack", f"Name of the stack; else RCS_STACK, else {STACK}.")], None),
    "region": (Annotated[str | None, _option("region", "AWS region.")], None),
    "profile": (Annotated[str | None, _option("profile", "AWS profile.")], None),
    "local": (Annotated[bool, _option("local", "Use the local stack, never AWS.")], False),
    "json": (Annotated[bool, _option("json", "Answer in JSON.")], False),
    "numbers": (Annotated[bool, _option("numbers", "Show recipients in full.")], False),
}

_BEFORE = "rcs_cli.options"  # where the context keeps what was given before the name of the command


@dataclass(frozen=True)
class World:
    """What is around the command line. A test gives another one as the context's `obj`."""

    find: Callable[[Place], Stack] = stacks.find
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    http: Http | None = None  # connections to Messente, for the doctor
    is_terminal: Callable[[], bool] = lambda: sys.stdin.isatty() and sys.stderr.isatty()


class Rcs:
    """What a command works with."""

    def __init__(self, place: Place, output: Output, world: World) -> None:
        self._place = place
        self.output = output
        self.world = world

    @cached_property
    def stack(self) -> Stack:
        """The stack, found when it is first needed."""
        return self.world.find(self._place)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be taken back. A script is not asked."""
        if not yes and self.world.is_terminal():
            typer.confirm(question, abort=True, err=True)

    def check_consent(self, *, yes: bool) -> None:
        """Refuse what needs a confirmation if there is neither a terminal nor --yes."""
        if not yes and not self.world.is_terminal():
            raise Problem("There is no terminal to ask for confirmation: add --yes.", USAGE)


def before_commands(function: Callable[..., None]) -> Callable[..., None]:
    """Let the common options stand before the name of a command, beside those of the function."""

    @functools.wraps(function)
    def run(context: typer.Context, **given: Any) -> None:
        context.meta[_BEFORE] = {name: given[name] for name in COMMON}

    return _with_common(run, inspect.signature(function).parameters.values())


def with_options[**P](function: Callable[P, None]) -> Callable[..., None]:
    """Give a command the common options beside its own, and one line for what goes wrong.

    The first parameter of the function is an Rcs; the rest are its own arguments and options.
    """
    own = list(inspect.signature(function).parameters.values())[1:]

    @functools.wraps(function)
    def run(context: typer.Context, **given: Any) -> None:
        before = context.meta.get(_BEFORE, {})
        common = {name: given.pop(name) or before.get(name) for name in COMMON}
        rcs = _rcs(common, context.obj or World())
        try:
            function(rcs, **given)  # type: ignore[arg-type]
        except Problem as problem:
            raise _told(rcs, problem) from None
        except (ClientError, BotoCoreError) as failure:
            raise _told(rcs, of_aws(failure)) from None
        except TableUnavailable as unavailable:
            told = f"The table could not be read or written ({unavailable}). Run the same command again."
            raise _told(rcs, Problem(told)) from None
        except ResponseParserError:
            raise _told(rcs, Problem("Instead of AWS another program answered. Check the network.")) from None
        except UnicodeEncodeError:
            raise _told(rcs, Problem("An id or a name on the command line is not in UTF-8.", USAGE)) from None
        except OSError as failure:
            raise _told(rcs, Problem(f"The output could not be written ({failure.strerror}).")) from None

    return _with_common(run, own)


def _with_common(run: Callable[..., None], own: Iterable[inspect.Parameter]) -> Callable[..., None]:
    """Show typer the common options beside a command's own."""
    parameters = [_CONTEXT, *own, *_COMMON]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


_CONTEXT = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
_COMMON = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, (annotation, default) in COMMON.items()
]


def _rcs(common: dict[str, Any], world: World) -> Rcs:
    name = common["stack"] or os.environ.get("RCS_STACK") or STACK
    place = Place(name, common["region"], common["profile"], bool(common["local"]))
    return Rcs(place, Output(as_json=bool(common["json"]), numbers=bool(common["numbers"])), world)


def _told(rcs: Rcs, problem: Problem) -> typer.Exit:
    rcs.output.errors.print(plain(f"rcs: {problem}", "red"), soft_wrap=True)
    return typer.Exit(problem.code)
