"""`doctor`."""

import typer
from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs import __version__
from messente_rcs.messente.connections import Connections
from rcs_cli.checks import CHECKS, Check, check_version
from rcs_cli.command import Rcs
from rcs_cli.problems import FAILED, Problem, explain
from rcs_cli.site import Finding, Site, Verdict, fail


def doctor(rcs: Rcs) -> None:
    """No message is sent; the exit code is 1 if a check fails."""
    stack = rcs.stack
    stack.output("ApiUrl")  # another application's stack is told apart before anything of it is looked at
    site = Site(stack, rcs.world.clock, rcs.world.http or Connections(1))
    findings = {name: _worst(check, site) for name, check in CHECKS.items()}
    checks = [
        {"check": name, "verdict": each.verdict, "found": each.told, "next": each.next}
        for name, each in findings.items()
    ]
    rcs.output.json({"stack": stack.name, "checks": checks})
    rows = [(each.verdict, name, each.told, each.next) for name, each in findings.items()]
    rcs.output.table(("", f"stack {stack.name}", "found", "what to do"), rows)
    if any(each.verdict is Verdict.FAIL for each in findings.values()):
        raise typer.Exit(FAILED)


def version(rcs: Rcs) -> None:
    """Show the version of this program, and of the stack if it can be asked."""
    rcs.output.say(f"rcs {__version__}")
    theirs = None
    try:
        theirs = rcs.stack.version
        rcs.output.say(f"stack {rcs.stack.name}: {check_version(rcs.stack).told}")
    except Exception as failure:  # noqa: BLE001 - what is not explained is raised again
        rcs.output.warn(f"The stack's version is not known. {explain(failure)}")
    rcs.output.json({"rcs": __version__, "stack": theirs})


def _worst(check: Check, site: Site) -> Finding:
    """Make a check, and return the worst that it finds; if it cannot be made, it fails."""
    found = list[Finding]()
    try:
        found.extend(check(site))
    except (Problem, ClientError, BotoCoreError) as failure:
        found.append(fail(str(explain(failure))))
    return min(found, key=lambda each: list(Verdict).index(each.verdict))
