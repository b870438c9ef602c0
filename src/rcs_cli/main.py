"""The program and its commands. Its help says which exit codes it has."""

import logging
from importlib import import_module
from inspect import getdoc
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group

from rcs_cli.options import Group
from rcs_cli.streams import open_streams

# The commands, each with its module, which is imported when the command is called, and what `rcs --help` says of it.
PANELS = {
    "Send": {
        "send": ("sending", "Send one message: a text, or the payload in a JSON file (- reads it from a pipe)."),
        "send-many": ("sending", "Queue every message of a file; the same command again sends nothing twice."),
        "validate": ("sending", "Check a file by all rules but AllowedPrefixes. Needs no network and no account."),
    },
    "Follow": {
        "show": ("records", "Show what is known of a message."),
        "watch": ("watch", "Follow a message, or those of a file, until they are delivered or have failed."),
        "find": ("find", "List the messages that were sent to a number, or may have been, the newest first."),
        "cancel": ("records", "Cancel a message that is retryable, or that is scheduled at Messente."),
    },
    "Operate": {
        "doctor": ("doctor", "Check the deployed stack."),
        "pause": ("pausing", "Stop sending from the queue."),
        "resume": ("pausing", "Restore what stood before rcs pause."),
        "secret": ("secrets", "Set what the functions sign in with at Messente."),
        "unknown": ("records", "List the messages that may or may not have been sent, the oldest first."),
        "resolve": ("records", "Resolve an unknown message, after a look at Messente's dashboard."),
        "dead-letters": ("dead_letters", "List the messages that could not be sent, and why."),
        "redrive": ("redrive", "Put dead letters back into the queue: one by its id, or all with a reason."),
        "discard": ("dead_letters", "Delete dead letters for good: some by their ids, or all with a reason."),
        "replay": ("replay", "Publish dead letters again: changes, or inbound messages."),
        "opt-outs": ("opt_outs", "Show and change the list of recipients who opted out."),
    },
}
COMMANDS = {name: each for panel in PANELS.values() for name, each in panel.items()}


class Commands(Group):
    """Lists the commands, and loads the one that is called."""

    def __init__(self, **given: Any) -> None:
        listed = {
            name: TyperCommand(name, help=told, rich_help_panel=panel)
            for panel, commands in PANELS.items()
            for name, (_, told) in commands.items()
        }
        super().__init__(**given | {"commands": listed})

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and load(name, *COMMANDS[name]), rest


def load(name: str, module: str, told: str | None = None) -> Any:
    found = getattr(import_module(f"rcs_cli.commands.{module}"), name.replace("-", "_"))
    if isinstance(found, typer.Typer):
        found.info.help = told
        return get_group(found)
    alone = typer.Typer(add_completion=False)
    about = "\n\n".join(filter(None, (told, getdoc(found))))
    alone.command(name, cls=import_module("rcs_cli.command").Command, help=about)(found)
    return get_command(alone)


app = typer.Typer(
    name="rcs",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed or not good, 2 wrong usage, 130 stopped by Ctrl-C.",
)


@app.callback(invoke_without_command=True)
def rcs(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and the stack's, and exit.")] = False,
) -> None:
    """Send RCS messages through a deployed stack, follow them, and operate the stack."""
    if version:
        shown = load("version", "doctor")
        shown.invoke(shown.make_context("version", [], context))
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")


def main() -> None:
    open_streams()
    logging.disable()  # what the parts of the functions log is for CloudWatch, not for a user
    app()


if __name__ == "__main__":
    main()
