"""The options that every command takes, before or after its name, and what is said of a wrong one."""

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

STACK = "messente-rcs"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user says that the stack is."""

    stack: str
    region: str | None = None
    profile: str | None = None
    local: bool = False


_BEFORE = "rcs_cli.options"  # where the context keeps what was given before the name of the command


def _common(name: str, kind: Any, explained: str) -> inspect.Parameter:
    option = typer.Option(f"--{name}", help=explained, rich_help_panel="Options of every command")
    default = False if kind is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


_CONTEXT = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
_COMMON = (
    _common("stack", str | None, f"Name of the stack; else RCS_STACK, else {STACK}."),
    _common("region", str | None, "AWS region."),
    _common("profile", str | None, "AWS profile."),
    _common("local", bool, "Use the local stack, never AWS."),
    _common("json", bool, "Answer in JSON."),
    _common("numbers", bool, "Show recipients in full."),
)


def before_commands(function: Callable[..., None]) -> Callable[..., None]:
    """Let the common options stand before the name of a command, beside those of the function."""

    @functools.wraps(function)
    def run(context: typer.Context, **given: Any) -> None:
        context.meta[_BEFORE] = {each.name: given.pop(each.name) for each in _COMMON}
        function(context, **given)

    return with_common(run, list(inspect.signature(function).parameters.values())[1:])


def with_common(run: Callable[..., None], own: Iterable[inspect.Parameter]) -> Callable[..., None]:
    """Show typer the common options beside a command's own."""
    parameters = [_CONTEXT, *own, *_COMMON]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def take_common(context: typer.Context, given: dict[str, Any]) -> dict[str, Any]:
    """Take the common options out of what a command was given; what stands nearer to the command wins."""
    before = context.meta.get(_BEFORE, {})
    return {each.name: given.pop(each.name, None) or before.get(each.name) for each in _COMMON}


class _Explained:
    """Writes flags without a type, and names -- where what begins with a dash is taken for an option."""

    def get_params(self, ctx: Any) -> Any:
        """List the arguments and options."""
        params = super().get_params(ctx)  # type: ignore[misc]
        for each in params:
            if getattr(each, "is_flag", False):
                each.metavar = ""
        return params

    def parse_args(self, ctx: Any, args: Any) -> Any:
        """Read what the user typed."""
        try:
            return super().parse_args(ctx, args)  # type: ignore[misc]
        except Exception as wrong:
            if type(wrong).__name__ == "NoSuchOption":  # typer gives it no public name
                wrong.message += ". What begins with a dash and is no option comes after --"  # type: ignore[attr-defined]
            raise


class Command(_Explained, TyperCommand):
    """A command."""


class Group(_Explained, TyperGroup):
    """A command with commands of its own."""
