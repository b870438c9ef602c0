"""The program: its commands, and how it ends.

Exit codes: 0 done; 1 what was asked for failed, or what was looked at is not good; 2 the command itself is wrong;
130 stopped by Ctrl-C.
"""

import logging
from typing import Annotated

import typer

from messente_rcs import __version__
from messente_rcs.telemetry import logger
from rcs_cli.commands.dead_letters import dead_letters, discard
from rcs_cli.commands.doctor import doctor
from rcs_cli.commands.opt_outs import app as opt_outs
from rcs_cli.commands.redrive import redrive
from rcs_cli.commands.replay import app as replay
from rcs_cli.commands.sending import send, send_many, validate
from rcs_cli.commands.tracking import cancel, show, watch
from rcs_cli.commands.unknown import resolve, unknown
from rcs_cli.options import before_commands
from rcs_cli.streams import open_streams
from rcs_cli.usage import Command, Group

app = typer.Typer(
    name="rcs",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed or not good, 2 wrong usage, 130 stopped by Ctrl-C.",
)

_PANELS = {
    "Send": (send, send_many, validate),
    "Follow": (show, watch, cancel),
    "Operate": (doctor, unknown, resolve, dead_letters, redrive, discard),
}

for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(_command.__name__.replace("_", "-"), cls=Command, rich_help_panel=_panel)(_command)


app.add_typer(replay, name="replay", rich_help_panel="Operate")
app.add_typer(opt_outs, name="opt-outs", rich_help_panel="Operate")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        typer.echo(f"rcs {__version__}")
        raise typer.Exit


@app.callback()
@before_commands
def rcs(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Send RCS messages through a deployed stack, follow them, and operate the stack."""


def main() -> None:
    """Run the program."""
    open_streams()
    # The models and the parts of the functions are used here too. Their log lines are for CloudWatch, not for a user.
    logger.setLevel(logging.CRITICAL)
    app()


if __name__ == "__main__":
    main()
