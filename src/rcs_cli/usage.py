"""How commands are explained: their help, and what is said of a wrong option."""

from typing import Any

from typer.core import TyperCommand, TyperGroup


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
