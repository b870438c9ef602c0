"""Keep the real template running on this machine, with a page to look at it: `python -m tests.local.up [--port 4566]`.

The AWS emulator listens on the port, the stand-in for Messente on the next one, and the page on the one after that, all
of them on 127.0.0.1. A change in src/ or in template.yaml is deployed at once. Ctrl-C ends everything.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from watchfiles import watch

from rcs_cli.options import STACK
from tests.local.build import build
from tests.local.process import ROOT, NotReady, refuse_used_ports, step, stop_at_signals
from tests.local.stack import update
from tests.local.start import Local, start
from tests.local.terminal import commands, exports
from tests.page.server import Page
from tests.standin.messente import Delays

PORT = 4566  # where `rcs --local` looks for the emulator
PACE = 1.0  # seconds between two steps of a delivery: slow enough to watch

SOURCES, TEMPLATE = ROOT / "src", ROOT / "template.yaml"
_BUILT_FROM = (SOURCES / "messente_rcs", SOURCES / "bundle", SOURCES / "requirements.txt")
_LOOK_AT_THE_TEMPLATE = 500  # ms


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


def changes() -> Iterator[set[Path]]:
    """Yield the files that changed, as soon as they did; ends with KeyboardInterrupt."""
    before = TEMPLATE.stat().st_mtime_ns
    options = {"debounce": 200, "rust_timeout": _LOOK_AT_THE_TEMPLATE, "yield_on_timeout": True}
    for found in watch(SOURCES, **options, raise_interrupt=True):  # type: ignore[arg-type]
        changed = {path for _, name in found if any((path := Path(name)).is_relative_to(each) for each in _BUILT_FROM)}
        # An editor may put a new file in place of the old one, and a watch of one file would stay with the old one.
        now = TEMPLATE.stat().st_mtime_ns if TEMPLATE.exists() else before
        if now != before:
            changed.add(TEMPLATE)
        before = now
        if changed:
            yield changed


def redeploy(local: Local) -> float:
    """Deploy what is there now, and return the seconds that took; raises NotReady, and the old code stays."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="messente-rcs-build-") as folder:
        built = build(Path(folder) / "bundle")
        if built.template != local.built.template:
            local.stack = update(local.stack, built)
            local.built = built
        # CloudFormation knows nothing of code that was deployed without it, and may have left that in place.
        local.stack.update_code(built)
    return time.monotonic() - begin


def keep_up_to_date(local: Local, page: Page) -> None:
    """Deploy each change, and say so in a line, until Ctrl-C; its records and queues stay."""
    for changed in changes():
        first, *more = sorted(str(each.relative_to(ROOT)) for each in changed)
        named = f"{first} and {len(more)} more" if more else first
        try:
            seconds = redeploy(local)
        except Exception as failure:  # noqa: BLE001 - whatever is wrong with a change, the next one may be right
            print(f"not deployed, the code from before stays: {named}\n{failure}", flush=True)
            page.desk.redeployed(0, str(failure))
        else:
            print(f"deployed again in {seconds:.1f} s: {named}", flush=True)
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
