"""The processes that the emulator runs functions in, and what can happen to them. Linux only: it reads /proc."""

import contextlib
import os
import signal
from pathlib import Path

from tests.local.emulator import Emulator


def workers(emulator: Emulator, function: str = "") -> list[int]:
    """List the processes of this emulator's functions (of the one with this logical id) that are up.

    When one dies before, the emulator kills all others of the function, and those that start in their place too.
    """
    return [each for each in processes(emulator, function) if Path(emulator.folder, f"up-{each}").exists()]


def processes(emulator: Emulator, function: str = "") -> list[int]:
    """List them with those that are starting."""
    mark = f"{emulator.folder}/ministack-lambda-"
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            # The guard names the same folder in its own command line, without a function's.
            if mark in command and f"-{function}" in command.partition(mark)[2]:
                found.append(int(folder.name))
    return sorted(found)


def send(process: int, number: signal.Signals) -> None:
    """Send a process a signal, if it is still there. Stopped for good, its invocation runs into Lambda's time-out."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
