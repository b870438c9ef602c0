"""Counts write units in a process of its own, whose log lines go nowhere: `python -m tests.benchmarks.units`.

The DynamoDB is the one in memory of the tests. It knows the template's indexes, and counts as AWS does.
"""

import json
import subprocess
import sys

from tests.local.process import ROOT, NotReady, bare_environment


def units() -> tuple[int, int]:
    """Count for a message on the queue with three reports: until it is sent, and for its reports."""
    environment = bare_environment(PYTHONPATH=f"{ROOT / 'src'}:{ROOT}")
    command = [sys.executable, "-m", "tests.benchmarks.units"]
    done = subprocess.run(
        command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise NotReady(f"counting write units failed:\n{done.stderr[-2000:]}")
    sent, reported = json.loads(done.stderr.splitlines()[-1])
    return sent, reported


def main() -> None:
    """Say it on stderr as JSON, since handlers log to stdout."""
    from tests.support.units import write_units  # noqa: PLC0415 - what is counted; the parent does without
    from tests.support.world import World, message  # noqa: PLC0415

    print(json.dumps(write_units(World(), message("bench"), queued=True)), file=sys.stderr)


if __name__ == "__main__":
    main()
