"""`make up` ends as a whole, whoever ends it and whatever it does at that moment."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.process import ARCHITECTURE, PATIENCE, poll, refuse_used_ports
from tests.support.processes import marked, processes, wait_for_end
from tests.support.up import BUILD_CACHE, copy, three_free_ports

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HANGS = "build-%:\n\tsleep 86399\n"


class Make:
    """`make up` in a terminal of its own, in a copy of the project, for which what is installed is up to date."""

    def __init__(self, root: Path, temporary: Path, *prefix: str) -> None:
        self.port, self.temporary = three_free_ports(), temporary
        self.mark, environment = marked(TMPDIR=str(temporary), RCS_BUILD_CACHE=BUILD_CACHE)
        self.terminal, slave = pty.openpty()
        command = [*prefix, "setsid", "--ctty", "make", "-o", "environments", "up", f"PORT={self.port}"]
        self.process = subprocess.Popen(command, cwd=root, env=environment, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)

    def find(self, *words: str) -> int:
        """Wait for a process with these words in its command line or its environment."""

        def look() -> int | None:
            assert self.process.poll() is None, "make has ended"
            return next(iter(processes([self.mark, *words])), None)

        return poll(look, PATIENCE, f"a process with {words}")

    def make(self) -> int:
        return self.find("make\0-o\0")

    def wait_for_its_end(self) -> None:
        """Wait until no process of it is left; its ports and folders are free then."""
        wait_for_end(self.mark)
        refuse_used_ports(range(self.port, self.port + 3), "")
        assert [*self.temporary.glob("messente-rcs-emulator-*")] == []


@contextmanager
def started(folder: Path, *prefix: str, hangs: bool = True) -> Iterator[Make]:
    """Run it, and let nothing stay behind whatever the test finds; `hangs` keeps it in its build."""
    root, temporary = copy(folder / "project"), folder / "temporary"
    temporary.mkdir()
    if hangs:
        (root / "src" / "bundle" / ARCHITECTURE / "Makefile").write_text(HANGS)
    made = Make(root, temporary, *prefix)
    try:
        if hangs:
            made.find("sleep\x0086399")
        yield made
    finally:
        for each in processes([made.mark]):
            os.kill(each, signal.SIGKILL)
        made.process.wait(PATIENCE)


def terminate_make(made: Make) -> None:
    os.kill(made.make(), signal.SIGTERM)


def terminate_all(made: Make) -> None:
    """Do what a supervisor does: make passes on what its command has already got."""
    os.killpg(os.getpgid(made.make()), signal.SIGTERM)


def close_terminal(made: Make) -> None:
    os.close(made.terminal)


def kill(made: Make) -> None:
    os.kill(made.find("-m\0tests.local.up"), signal.SIGKILL)


@pytest.mark.parametrize("end", [terminate_make, terminate_all, close_terminal, kill])
def test_all_stops_while_it_builds(tmp_path: Path, end: Callable[[Make], None]) -> None:
    """The build and what it started, the emulator and the folders are gone."""
    with started(tmp_path) as made:
        end(made)
        made.wait_for_its_end()
        assert end is kill or [*made.temporary.iterdir()] == []


@pytest.mark.parametrize("end", [terminate_make, close_terminal])
def test_all_stops_while_it_runs(tmp_path: Path, end: Callable[[Make], None]) -> None:
    """The emulator with its functions, the stand-in, the page and the folders are gone."""
    with started(tmp_path, hangs=False) as made:
        text = ""
        while "Ctrl-C ends everything" not in text:
            text += os.read(made.terminal, 4096).decode()
        end(made)
        made.wait_for_its_end()
        assert [*made.temporary.iterdir()] == []


def test_it_outlives_its_terminal_under_nohup(tmp_path: Path) -> None:
    """Who starts it so wants it to stay; here it only gets as far as its build."""
    with started(tmp_path, "env", "--ignore-signal=HUP") as made:
        os.killpg(os.getpgid(made.make()), signal.SIGHUP)
        terminate_make(made)
        made.wait_for_its_end()
