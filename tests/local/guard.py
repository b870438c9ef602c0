"""Run a command that ends when its starter ends, however that dies: `python guard.py SCRATCH COMMAND...`.

The starter holds the other end of our standard input. When that closes, the command's whole process group is ended.
SCRATCH is a folder that goes with it, or empty.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading

GRACE = 3  # seconds between asking and killing
DEATH = 60  # seconds that a busy machine may take over a kill; what still lives would write into the folder we remove


def _end(child: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, DEATH)):
        try:
            os.killpg(child.pid, number)
            child.wait(patience)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


_leaving = threading.Lock()


def _leave(child: subprocess.Popen[bytes], scratch: str, code: int) -> None:
    with _leaving:  # the child may end in the very moment in which our input closes
        _end(child)
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(code)


def main(scratch: str, *command: str) -> None:
    """Start the command in a group of its own and exit with its code, or end it when standard input closes."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def follow() -> None:
        code = child.wait()
        _leave(child, scratch, code if code >= 0 else 128 - code)

    threading.Thread(target=follow, daemon=True).start()
    sys.stdin.buffer.read()
    _leave(child, scratch, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
