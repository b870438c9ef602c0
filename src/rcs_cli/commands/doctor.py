"""`doctor`."""

import typer

from messente_rcs import __version__
from messente_rcs.messente.connections import Connections
from rcs_cli.checks import check_version, findings
from rcs_cli.command import Rcs
from rcs_cli.problems import FAILED, explain
from rcs_cli.site import FAIL, Site


def doctor(rcs: Rcs) -> None:
    """No message is sent; the exit code is 1 if a check fails."""
    stack = rcs.stack
    stack.output("ApiUrl")  # another application's stack is told apart before anything of it is looked at
    checks = findings(Site(stack, rcs.world.clock, rcs.world.http or Connections(1)))
    for name, each in checks.items():
        if each.next.startswith("rcs ") and not each.next.endswith(stack.options):  # it must not reach another stack
            checks[name] = each._replace(next=each.next + stack.options)
    listed = [{"check": name} | each._asdict() for name, each in checks.items()]
    rcs.output.json({"stack": stack.name, "checks": listed})
    rows = [(each.verdict, name, each.found, each.next) for name, each in checks.items()]
    rcs.output.table(("", f"stack {stack.name}", "found", "what to do"), rows)
    if any(each.verdict == FAIL for each in checks.values()):
        raise typer.Exit(FAILED)


def version(rcs: Rcs) -> None:
    """Show the version of this program, and of the stack if it can be asked."""
    rcs.output.say(f"rcs {__version__}")
    theirs = None
    try:
        theirs = rcs.stack.version
        rcs.output.say(f"stack {rcs.stack.name}: {check_version(rcs.stack).found}")
    except Exception as failure:  # noqa: BLE001 - what is not explained is raised again
        rcs.output.warn(f"The stack's version is not known. {explain(failure)}")
    rcs.output.json({"rcs": __version__, "stack": theirs})
