"""The streams of the process: whatever is at their other end, a command does what it is for."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NARROW = 20  # columns, in which no table has a place


class Stream(io.TextIOWrapper):
    """Writes what its encoding does not have as escapes, and drops what nobody reads any more."""

    has_lost_its_reader = False

    def write(self, text: str, /) -> int:
        with self._given_up_once():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._given_up_once():
            super().flush()

    @contextmanager
    def _given_up_once(self) -> Iterator[None]:
        """Let all that follows a failure lead nowhere; a reader that has gone is none."""
        try:
            yield
        except OSError as failure:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            self.has_lost_its_reader = isinstance(failure, BrokenPipeError)
            if not self.has_lost_its_reader:
                raise


def open_streams() -> None:
    """Make the standard streams usable; one that is closed leads nowhere, in both directions."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - it stays open
    if os.environ.get("COLUMNS", "").isdigit() and int(os.environ["COLUMNS"]) < _NARROW:
        del os.environ["COLUMNS"]  # 0 says that the width is not known; rich would write nothing
    sys.stdout, sys.stderr = _writer(sys.stdout), _writer(sys.stderr)


def _writer(stream: Any) -> Stream:
    if stream is None:
        return Stream(open(os.devnull, "wb"), encoding="utf-8")  # noqa: PTH123 - it stays open
    is_terminal = stream.isatty()
    return Stream(stream.detach(), stream.encoding, errors="backslashreplace", line_buffering=is_terminal)
