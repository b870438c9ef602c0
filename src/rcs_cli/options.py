"""The options that every command takes, before or after its name, and what is said of a wrong one."""

from dataclasses import dataclass
from typing import Any

from typer.core import TyperGroup, TyperOption

STACK = "messente-rcs"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user says that the stack is."""

    stack: str
    region: str | None = None
    profile: str | None = None
    local: bool = False


def _keep(context: Any, option: Any, value: Any) -> None:
    """Keep a value for the command; the contexts share `meta`, and what stands nearer to the command is read later."""
    if value:
        context.meta[option.name] = value


_COMMON = [
    TyperOption(
        param_decls=[f"--{name}"],
        help=told,
        is_flag=is_flag,
        callback=_keep,
        expose_value=False,
        rich_help_panel="Options of every command",
    )
    for name, is_flag, told in (
        ("stack", False, f"Name of the stack; else RCS_STACK, else {STACK}."),
        ("region", False, "AWS region."),
        ("profile", False, "AWS profile."),
        ("local", True, "Use the local stack, never AWS."),
        ("json", True, "Answer in JSON."),
        ("numbers", True, "Show recipients in full."),
    )
]


class WithCommon:
    """Takes the common options, writes flags without a type, and names -- to who gave no option but a dash."""

    def get_params(self, ctx: Any) -> Any:
        params = [*super().get_params(ctx), *_COMMON]  # type: ignore[misc]
        for each in params:
            if getattr(each, "is_flag", False):
                each.metavar = ""
        return params

    def parse_args(self, ctx: Any, args: Any) -> Any:
        try:
            return super().parse_args(ctx, args)  # type: ignore[misc]
        except Exception as failure:
            wrong: Any = failure
            match type(wrong).__name__:  # typer gives it no public name
                case "NoSuchOption":
                    wrong.message += ". What begins with a dash and is no option comes after --"
                case "UsageError":  # its words repeat what is too much: a number, a text or a password
                    wrong.message = "There are too many arguments. Put one that has spaces into quotes."
            raise


class Group(WithCommon, TyperGroup):
    """A command with commands of its own."""

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        from rcs_cli.masking import mask_in  # noqa: PLC0415 - no help needs it

        return super().resolve_command(ctx, [mask_in(args[0]), *args[1:]])  # what is no command may be a number
