"""`doctor`."""

import typer

from rcs_cli.checks import Doctor, Finding, Verdict
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import FAILED


@with_options
def doctor(rcs: Rcs) -> None:
    """Check the deployed stack. Sends no message; the exit code is 1 if a check fails."""
    stack = rcs.stack
    stack.output("ApiUrl")  # another application's stack is told apart before anything of it is looked at
    findings = list(Doctor(stack, rcs.world.clock, rcs.world.http).examine())
    rcs.output.json({"stack": stack.name, "checks": [_as_json(each) for each in findings]})
    rows = [(each.verdict, each.check, each.told, each.next) for each in findings]
    rcs.output.table(("", f"stack {stack.name}", "found", "what to do"), rows)
    if any(each.verdict is Verdict.FAIL for each in findings):
        raise typer.Exit(FAILED)


def _as_json(finding: Finding) -> dict[str, str]:
    return {"check": finding.check, "verdict": finding.verdict, "found": finding.told, "next": finding.next}
