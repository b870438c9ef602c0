"""The options that every command takes, before or after its name, and what a command is given to work with."""

import functools
import inspect
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from messente_rcs.messente.api import Http
from rcs_cli import stack as stacks
from rcs_cli.output import Output, plain
from rcs_cli.problems import USAGE, Problem, of_aws
from rcs_cli.stack import Place, Stack

STACK = "messente-rcs"

_PANEL = "Options of every command"

StackOption = Annotated[
    str | None,
    typer.Option("--stack", help=f"Name of the stack; else RCS_STACK, else {STACK}.", rich_help_panel=_PANEL),
]
RegionOption = Annotated[str | None, typer.Option("--region", help="AWS region.", rich_help_panel=_PANEL)]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="AWS profile.", rich_help_panel=_PANEL)]
LocalOption = Annotated[
    bool, typer.Option("--local", help="Speak to the local stack, never to AWS.", rich_help_panel=_PANEL)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.", rich_help_panel=_PANEL)]
NumbersOption = Annotated[bool, typer.Option("--numbers", help="Show recipients in full.", rich_help_panel=_PANEL)]

COMMON: dict[str, tuple[Any, Any]] = {
    "stack": (StackOption, None),
    "region": (RegionOption, None),
    "profile": (ProfileOption, None),
    "local": (LocalOption, False),
    "json": (JsonOption, False),
    "numbers": (NumbersOption, False),
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
        """Refuse what nobody can be asked about and --yes does not allow."""
        if not yes and not self.world.is_terminal():
            raise Problem("Without a terminal nobody can be asked: say --yes.", USAGE)


def remember(context: typer.Context, given: dict[str, Any]) -> None:
    """Keep the options that came before the name of the command."""
    context.meta[_BEFORE] = given


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
        except ResponseParserError:
            raise _told(rcs, Problem("Instead of AWS another program answered. Check the network.")) from None
        except UnicodeEncodeError:
            raise _told(rcs, Problem("An id or a name on the command line is not in UTF-8.", USAGE)) from None
        except OSError as failure:
            raise _told(rcs, Problem(f"The output could not be written ({failure.strerror}).")) from None

    run.__signature__ = inspect.Signature([_CONTEXT, *own, *_COMMON])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (_CONTEXT, *own, *_COMMON)}
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
