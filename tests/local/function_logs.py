"""Let the emulator know all that a function wrote once it has answered; runs on the emulator's own Python.

By itself it waits a few milliseconds for the lines of an invocation. On a busy machine the last ones then come with
the next invocation, or are lost with a function that failed.
"""

import importlib
import os
import select
import threading
from typing import IO, Any

runtime: Any = importlib.import_module("ministack.core.lambda_runtime")  # of another environment: no types here


def teach() -> None:
    """Take the place of what reads the lines of a function's process, and of both ways to ask for them."""
    worker = runtime.Worker
    worker._read_stderr = property(_follow)  # noqa: SLF001 - what the thread of a new process is made of
    worker._drain_stderr = worker._drain_stderr_bounded = lambda worker: worker.written.new()  # noqa: SLF001


def _follow(worker: Any) -> Any:
    worker.written = _Written(worker._proc.stderr)  # noqa: SLF001
    return worker.written.follow


class _Written:
    """What a process has written into a pipe."""

    def __init__(self, pipe: IO[str]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._pipe, self._text, self._turns = pipe, b"", threading.Lock()

    def follow(self) -> None:
        """Read on until the process ends: a full pipe would stop it."""
        written = select.poll()
        written.register(self._pipe, select.POLLIN)
        while written.poll() and self._read():
            pass

    def new(self) -> str:
        """Return what was written since the last time."""
        self._read()
        with self._turns:
            text, self._text = self._text, b""
        return text.decode(errors="replace").rstrip("\n")

    def _read(self) -> bool:
        """Read what there is by now; False at the end."""
        with self._turns:
            try:
                while read := os.read(self._pipe.fileno(), 65536):
                    self._text += read
            except BlockingIOError:
                return True
        return False
