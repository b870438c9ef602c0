"""Keep the real template running on this machine, with a page to look at it: `python -m tests.local.up [--port 4566]`.

The AWS emulator listens on the port, the stand-in for Messente on the next one, and the page on the one after that, all
of them on 127.0.0.1. A change in src/ or in template.yaml is deployed at once. Ctrl-C ends everything.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from rcs_cli.options import STACK
from tests.local.process import NotReady, refuse_used_ports, step, stop_at_signals
from tests.local.redeploy import changes, named, redeploy
from tests.local.start import Local, start
from tests.local.terminal import commands, exports
from tests.page.server import Page
from tests.standin.messente import Delays

PORT = 4566  # where `rcs --local` looks for the emulator
PACE = 1.0  # seconds between two steps of a delivery: slow enough to watch


def up(resources: ExitStack, port: int, pace: float) -> tuple[Local, Page]:
    """Start everything at three ports from this one on; the resources stop it again.

    A message gets a step further on the phone each `pace` seconds.
    """
    refuse_used_ports(range(port, port + 3), f"take others with `make up PORT={port + 1000}`")
    local = start(
        resources,
        delays=Delays(report=pace, retry=2 * pace, slow=4),
        reports=True,
        port=port,
        name=STACK,
        DefaultSender="Example",
        PublishEvents="Enabled",
        ReconcileAfterSeconds="60",
    )
    with step("starting the page"):
        served = resources.enter_context(Page(local, port + 2))
    return local, served


def keep_up_to_date(local: Local, page: Page) -> None:
    """Deploy each change, and say so in a line, until Ctrl-C."""
    for changed in changes():
        try:
            seconds = redeploy(local)
        except NotReady as failure:
            print(f"not deployed, the code from before stays: {named(changed)}\n{failure}", flush=True)
            page.desk.redeployed(0, str(failure))
        else:
            print(f"deployed again in {seconds:.1f} s: {named(changed)}", flush=True)
            page.desk.redeployed(seconds, None)


def what_next(local: Local, page: Page) -> str:
    """Say what one can do now, in lines that a shell takes as they are."""
    stack, lines = local.stack, {name: indent(text) for name, text in commands(local.stack).items()}
    return f"""
The page      {page.url}

With curl     {lines["curl"]}
With rcs      {lines["rcs"]}
With aws      {lines["aws"]}

For the commands of README.md, with awscli 2.13 or later, awscurl or boto3 (not `output ApiUrl`: its host is in AWS):
{exports(stack)}
API_URL='{stack.api_url}'

A change in src/ or template.yaml is deployed at once. Ctrl-C ends everything.
"""


def indent(command: str) -> str:
    return command.replace("\n", "\n" + " " * 14)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="the first of three ports of 127.0.0.1")
    parser.add_argument("--pace", type=float, default=PACE, help="seconds between two steps of a delivery")
    asked, begin = parser.parse_args(arguments), time.monotonic()
    stop_at_signals()
    try:
        with ExitStack() as resources:
            local, page = up(resources, asked.port, asked.pace)
            print(f"ready in {time.monotonic() - begin:.1f} s\n{what_next(local, page)}", flush=True)
            keep_up_to_date(local, page)
    except (NotReady, OSError) as failure:
        print(f"make up: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nall stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
