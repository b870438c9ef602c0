"""Install what lock files name, with the Python that runs this: `python -m tests.local.install FOLDER=LOCK...`.

It runs before anything is installed, so it needs the standard library alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.local.process import NotReady, Process, stop_at_signals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVERY = 4.0  # seconds between two lines of progress
_WIDTH = 60
_STEPS = """
set -e
rm -f "$1/lock.txt"
echo "Making an empty environment"
"$0" -m venv --clear "$1"
"$1/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off --require-hashes -r "$2"
cp "$2" "$1/lock.txt"
"""


def _start(folder: str, lock_file: str, log: Path) -> Process:
    command = ["sh", "-c", _STEPS, sys.executable, folder, lock_file]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return Process(command, log, environment, Path.cwd())


def _follow(running: Mapping[str, Process]) -> None:
    """Wait for all of them, and tell every few seconds what each does; raises NotReady if one fails."""
    begin = told = time.monotonic()
    open_ones = dict(running)
    while open_ones:
        for folder, process in list(open_ones.items()):
            if (code := process.code()) is not None:
                del open_ones[folder]
                if code:
                    raise NotReady(f"{folder} could not be installed:\n{process.tail()}")
                print(f"installed {folder}", flush=True)
        if (now := time.monotonic()) - told >= EVERY:
            told = now
            doing = [f"{folder}: {process.tail(1)[:_WIDTH]}" for folder, process in open_ones.items()]
            print(f"{now - begin:.0f} s  {'; '.join(doing)}", flush=True)
        time.sleep(0.1)


def main(pairs: Sequence[str]) -> int:
    """Install all, and return the exit code."""
    stop_at_signals()
    try:
        with ExitStack() as resources:
            logs = Path(resources.enter_context(tempfile.TemporaryDirectory()))
            running = {}
            for number, pair in enumerate(pairs):
                folder, _, lock_file = pair.partition("=")
                running[folder] = _start(folder, lock_file, logs / str(number))
                resources.callback(running[folder].stop)
            _follow(running)
    except NotReady as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next run installs again what was not finished", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
