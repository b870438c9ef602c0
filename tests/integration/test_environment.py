"""The installer says what it does, keeps saying so, and leaves nothing running when it is ended."""

import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.local.process import PATIENCE, ROOT, poll
from tests.support.processes import Printing, marked, processes, wait_for_end

NOTHING = "# nothing\n"
FIRST, NEXT = 2, 10  # seconds at most between two lines


class Installer(Printing):
    """`environment.sh` as make runs it, for one environment."""

    def __init__(self, folder: Path, requirement: str, no_index: str = "1") -> None:
        self.environment = folder / ".venv"
        lock = folder / "lock.in"
        lock.write_text(requirement)
        self.mark, variables = marked(HOME=str(folder), PIP_NO_INDEX=no_index)
        variables["PATH"] = f"{ROOT / '.venv' / 'bin'}:{variables['PATH']}"
        super().__init__(["/bin/sh", "tests/local/environment.sh", f"{self.environment}={lock}"], folder, variables)

    def stop(self, number: signal.Signals) -> None:
        """End it while it installs: nothing of it runs on."""
        self.process.send_signal(number)
        assert self.wait() != 0
        wait_for_end(self.mark)

    def end(self, number: signal.Signals) -> None:
        """End it while it installs alone: nothing looks finished."""
        self.stop(number)
        assert not (self.environment / "lock.txt").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with the installer, and with uv."""
    (tmp_path / ".cache").mkdir()
    (tmp_path / "tests").mkdir()
    for name in ("tests/local", "tests/requirements", ".cache/uv"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@contextmanager
def stopped_at(stage: str, project: Path, requirement: str) -> Iterator[None]:
    """Let uv be missing for a while, and this be what is installed in its place, if it is the stage to stop at."""
    if stage != "uv":
        yield
        return
    requirements, uv = project / "tests" / "requirements", project / ".cache" / "uv"
    requirements.unlink()
    uv.unlink()
    requirements.mkdir()
    (requirements / "uv.txt").write_text(requirement)
    yield
    shutil.rmtree(requirements)
    requirements.symlink_to(ROOT / "tests" / "requirements")
    shutil.rmtree(uv, ignore_errors=True)
    uv.symlink_to(ROOT / ".cache" / "uv")


@pytest.fixture
def silent() -> Iterator[str]:
    """Make a requirement whose file never comes: its server takes the connection and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slow-1.0-py3-none-any.whl"
        yield f"slow @ {url} --hash=sha256:{'0' * 64}\n"


DOING = {"uv": ".cache/uv: Collecting slow", "environment": ".venv: uv asks the package index"}
RUNNING = {"uv": "-m\0pip\0install", "environment": "uv\0pip\0install"}


@pytest.mark.parametrize("stage", DOING)
def test_it_says_what_it_does(project: Path, silent: str, stage: str) -> None:
    """A line at once, then one every few seconds with what pip or uv does."""
    with stopped_at(stage, project, silent):
        installer = Installer(project, silent)
        installer.wait_for_line(DOING[stage], number=2)
        installer.end(signal.SIGINT)
    assert installer.times[0] < FIRST
    assert max(after - before for before, after in pairwise(installer.times)) < NEXT


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("stage", RUNNING)
def test_it_ends_as_a_whole_and_is_mended(project: Path, silent: str, stage: str, number: signal.Signals) -> None:
    """Nothing of it runs on, and the next run installs what was not finished."""
    with stopped_at(stage, project, silent):
        installer = Installer(project, silent)
        poll(lambda: processes([installer.mark, RUNNING[stage]]) or None, PATIENCE, stage)
        installer.end(number)
    again = Installer(project, NOTHING)
    assert again.wait() == 0, again.lines


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_at_once_take_turns(project: Path, silent: str) -> None:
    """The second waits for the first, and then installs what is missing."""
    first = Installer(project, silent)
    poll(lambda: processes([first.mark, RUNNING["environment"]]) or None, PATIENCE, "uv")
    second = Installer(project, NOTHING)
    second.wait_for_line("another make installs here")
    first.stop(signal.SIGINT)  # from now on the second may write the lock file at any moment
    assert second.wait() == 0, second.lines
    assert (second.environment / "lock.txt").read_text() == NOTHING


def test_uv_asks_the_index_that_pip_is_told(project: Path) -> None:
    """Where a machine has its own index, only pip knows."""
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(PATIENCE)
        (project / ".pip").mkdir()
        url = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        (project / ".pip" / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
        installer = Installer(project, f"none==1.0 --hash=sha256:{'0' * 64}\n", no_index="0")
        with index.accept()[0] as asked:
            assert asked.recv(100).startswith(b"GET /simple/none/ ")
            installer.end(signal.SIGINT)


def test_what_cannot_be_installed_is_explained(project: Path) -> None:
    """With uv's own words; the next run tries again."""
    installer = Installer(project, f"none==1.0 --hash=sha256:{'0' * 64}\n")
    assert installer.wait() == 1
    assert "none was not found" in " ".join(installer.lines)
    assert not (installer.environment / "lock.txt").exists()


def test_what_is_installed_is_not_installed_again(project: Path) -> None:
    """An environment holds what its lock file names, here nothing."""
    first = Installer(project, NOTHING)
    assert first.wait() == 0, first.lines
    assert (first.environment / "lock.txt").read_text() == NOTHING
    again = Installer(project, NOTHING)
    assert (again.wait(), again.lines) == (0, [])
