"""Run a command that ends when its starter ends, however that dies: `python guard.py COMMAND...`.

The starter holds the other end of our standard input. When that closes, the command's whole process group is ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE = 3  # seconds between asking and killing


def _end(child: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 1)):
        try:
            os.killpg(child.pid, number)
            child.wait(patience)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def main(command: list[str]) -> None:
    """Start the command in a group of its own and exit with its code, or end it when standard input closes."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def follow() -> None:
        code = child.wait()
        _end(child)
        os._exit(code if code >= 0 else 128 - code)

    threading.Thread(target=follow, daemon=True).start()
    sys.stdin.buffer.read()
    _end(child)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
