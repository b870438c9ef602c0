"""`make up` ends as a whole, whoever ends it and whatever it does at that moment."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.process import ARCHITECTURE, PATIENCE, ROOT, poll, refuse_used_ports
from tests.support.processes import marked, processes, wait_for_end
from tests.support.up import copy, three_free_ports

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HANGS = "build-%:\n\tsleep 86399\n"


class Make:
    """`make up` in a terminal of its own, in a copy of the project; `done` is a target that it takes for done."""

    def __init__(self, root: Path, temporary: Path, *prefix: str, done: str) -> None:
        self.port, self.temporary = three_free_ports(), temporary
        self.mark, environment = marked(TMPDIR=str(temporary))
        environment["PATH"] = f"{sys.base_prefix}/bin:{environment['PATH']}"  # with a Python 3.13 to install with
        self.terminal, slave = pty.openpty()
        command = [*prefix, "setsid", "--ctty", "make", "-o", done, "up", f"PORT={self.port}"]
        self.process = subprocess.Popen(command, cwd=root, env=environment, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)

    def make(self) -> int:
        [found] = processes([self.mark, "make\0-o\0"])
        return int(found)

    def wait_for(self, *words: str) -> None:
        def look() -> object:
            assert self.process.poll() is None, "make has ended"
            return processes([self.mark, *words]) or None

        poll(look, PATIENCE, f"a process with {words}")

    def wait_for_its_end(self) -> None:
        """Wait until no process of it is left; its ports and folders are free then."""
        wait_for_end(self.mark)
        refuse_used_ports(range(self.port, self.port + 3), "")
        assert list(self.temporary.iterdir()) == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy(tmp_path / "project")


@contextmanager
def started(root: Path, *prefix: str, done: str = "environments") -> Iterator[Make]:
    """Run it, and let nothing stay behind whatever the test finds.

    What is installed is not the copy's to change, so `environments` is done.
    """
    temporary = root.parent / "temporary"
    temporary.mkdir()
    made = Make(root, temporary, *prefix, done=done)
    try:
        yield made
    finally:
        for each in processes([made.mark]):
            os.kill(int(each), signal.SIGKILL)
        made.process.wait(PATIENCE)


def terminate_make(made: Make) -> None:
    os.kill(made.make(), signal.SIGTERM)


def terminate_all(made: Make) -> None:
    """Do what a supervisor does: make passes on what its command has already got."""
    os.killpg(os.getpgid(made.make()), signal.SIGTERM)


def close_terminal(made: Make) -> None:
    os.close(made.terminal)


@pytest.mark.parametrize("end", [terminate_make, terminate_all, close_terminal])
def test_all_stops_while_it_installs(root: Path, end: Callable[[Make], None]) -> None:
    """The installer and uv are gone, and nothing looks installed."""
    requirements, uv = root / "tests" / "requirements", root / ".cache" / "uv"
    shutil.copytree(ROOT / "tests" / "requirements", requirements)
    (requirements / "dev.txt").write_text("# another\n")
    (root / ".venv").unlink()
    (uv / "bin").mkdir(parents=True)
    shutil.copy(requirements / "uv.txt", uv / "lock.txt")
    (uv / "bin" / "uv").write_text("#!/bin/sh\nsleep 86399\n")
    (uv / "bin" / "uv").chmod(0o755)
    with started(root, done="nothing") as made:
        made.wait_for("sleep", "86399")
        end(made)
        made.wait_for_its_end()
    assert not (root / ".venv" / "lock.txt").exists()


@pytest.mark.parametrize("end", [terminate_make, terminate_all, close_terminal])
def test_all_stops_while_it_builds(root: Path, end: Callable[[Make], None]) -> None:
    """The build and what it started, the emulator and the folders are gone."""
    (root / "src" / "bundle" / ARCHITECTURE / "Makefile").write_text(HANGS)
    with started(root) as made:
        made.wait_for("sleep", "86399")
        end(made)
        made.wait_for_its_end()


@pytest.mark.parametrize("end", [terminate_make, close_terminal])
def test_all_stops_while_it_runs(root: Path, end: Callable[[Make], None]) -> None:
    """The emulator with its functions, the stand-in, the page and the folders are gone."""
    with started(root) as made:
        read_until(made.terminal, "Ctrl-C ends everything")
        end(made)
        made.wait_for_its_end()


def test_it_outlives_its_terminal_under_nohup(root: Path) -> None:
    """Who starts it so wants it to stay; here it only gets as far as its build."""
    (root / "src" / "bundle" / ARCHITECTURE / "Makefile").write_text(HANGS)
    with started(root, "env", "--ignore-signal=HUP") as made:
        made.wait_for("sleep", "86399")
        os.killpg(os.getpgid(made.make()), signal.SIGHUP)
        terminate_make(made)
        made.wait_for_its_end()


def read_until(terminal: int, words: str) -> None:
    text = ""
    while words not in text:
        text += os.read(terminal, 4096).decode()
