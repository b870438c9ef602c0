"""The installer says what it does, keeps saying so, and leaves nothing running when it is ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.local.process import PATIENCE, ROOT, bare_environment, poll
from tests.support.processes import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, NEXT = 2, 10  # seconds at most between two lines


class Installer:
    """`environment.sh` as make runs it, for one environment; `lines` are what it said, with the time of each."""

    def __init__(self, folder: Path, requirement: str) -> None:
        lock = folder / "lock.in"
        lock.write_text(requirement)
        self.environment, self.mark = folder / ".venv", f"INSTALL_MARK={uuid.uuid4()}"
        variables = bare_environment(HOME=str(folder), PIP_NO_INDEX="1")
        variables["PATH"] = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}:/{self.mark}"
        self.lines: list[tuple[float, str]] = []
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            ["/bin/sh", "tests/local/environment.sh", f"{self.environment}={lock}"],
            cwd=ROOT,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append((time.monotonic() - self.begin, line.strip()))

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join()
        if self.process.stdout:
            self.process.stdout.close()
        return code


@pytest.fixture
def silent() -> Iterator[str]:
    """Make a requirement whose file never comes: its server takes the connection and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slow-1.0-py3-none-any.whl"
        yield f"slow @ {url} --hash=sha256:{'0' * 64}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_says_what_it_does_until_it_is_ended(tmp_path: Path, silent: str, number: signal.Signals) -> None:
    """A line at once, then one every few seconds with what pip does; pip ends with it."""
    installer = Installer(tmp_path, silent)
    poll(lambda: [line for _, line in installer.lines if "Collecting slow" in line][1:] or None, PATIENCE, "progress")
    installer.process.send_signal(number)
    assert installer.wait() != 0
    poll(lambda: None if processes([installer.mark]) else True, PATIENCE, "the end of all processes")
    times = [at for at, _ in installer.lines]
    assert times[0] < FIRST
    assert max(after - before for before, after in pairwise(times)) < NEXT
    assert not (installer.environment / "lock.txt").exists()


def test_what_cannot_be_installed_is_explained(tmp_path: Path) -> None:
    """With pip's own words; the next run tries again."""
    installer = Installer(tmp_path, f"none==1.0 --hash=sha256:{'0' * 64}\n")
    assert installer.wait() == 1
    assert "No matching distribution found for none==1.0" in installer.lines[-1][1]
    assert not (installer.environment / "lock.txt").exists()


def test_what_is_installed_is_not_installed_again(tmp_path: Path) -> None:
    """An environment holds what its lock file names, here nothing."""
    first = Installer(tmp_path, "# nothing\n")
    assert first.wait() == 0, first.lines
    assert (first.environment / "lock.txt").read_text() == "# nothing\n"
    again = Installer(tmp_path, "# nothing\n")
    assert (again.wait(), again.lines) == (0, [])
