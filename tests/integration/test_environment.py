"""The installer says what it does, and leaves nothing running when it is ended."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.process import PATIENCE, ROOT
from tests.support.processes import Printing, marked, wait_for_end

NOTHING = "# nothing\n"
UNKNOWN = f"none==1.0 --hash=sha256:{'0' * 64}\n"


class Installer(Printing):
    """`environment.sh` as make runs it, for one environment."""

    def __init__(self, folder: Path, requirement: str, no_index: str = "1") -> None:
        self.environment = folder / ".venv"
        lock = folder / "lock.in"
        lock.write_text(requirement)
        self.mark, variables = marked(HOME=str(folder), PIP_NO_INDEX=no_index)
        variables["PATH"] = f"{ROOT / '.venv' / 'bin'}:{variables['PATH']}"
        super().__init__(["/bin/sh", "tests/local/environment.sh", f"{self.environment}={lock}"], folder, variables)

    def installed(self) -> str | None:
        """Wait for its end; return the lock file of what is installed."""
        self.wait()
        lock = self.environment / "lock.txt"
        return lock.read_text() if lock.exists() else None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with the installer, and with uv."""
    (tmp_path / ".cache").mkdir()
    (tmp_path / "tests").mkdir()
    for name in ("tests/local", "tests/requirements", ".cache/uv"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def hanging(project: Path) -> Iterator[Installer]:
    """Install a file that never comes: its server takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slow-1.0-py3-none-any.whl"
        installer = Installer(project, f"slow @ {url} --hash=sha256:{'0' * 64}\n")
        # Whoever asks for the file has read the lock file, which a second installer writes anew.
        with listener.accept()[0]:
            yield installer


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_it_ends_as_a_whole_and_is_mended(project: Path, hanging: Installer, number: signal.Signals) -> None:
    """Nothing of it runs on or looks finished, and the next run installs; then there is nothing to do."""
    hanging.process.send_signal(number)
    assert hanging.installed() is None
    assert hanging.process.returncode != 0
    wait_for_end(hanging.mark)
    assert Installer(project, NOTHING).installed() == NOTHING
    again = Installer(project, NOTHING)
    assert (again.wait(), again.lines) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_at_once_take_turns(project: Path, hanging: Installer) -> None:
    """The second waits for the first, and then installs what is missing."""
    second = Installer(project, NOTHING)
    second.wait_for_line("another make installs here")
    hanging.process.send_signal(signal.SIGINT)
    assert second.installed() == NOTHING, second.lines
    hanging.wait()


def test_uv_asks_the_index_that_pip_is_told(project: Path) -> None:
    """Where a machine has its own index, only pip knows."""
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(PATIENCE)
        (project / ".pip").mkdir()
        url = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        (project / ".pip" / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
        installer = Installer(project, UNKNOWN, no_index="0")
        with index.accept()[0] as asked:
            assert asked.recv(100).startswith(b"GET /simple/none/ ")
            installer.process.send_signal(signal.SIGINT)
            installer.wait()


@pytest.mark.parametrize(
    ("missing", "words"), [(".cache/uv", "No matching distribution"), ("none", "none was not found")]
)
def test_what_cannot_be_installed_is_explained(project: Path, missing: str, words: str) -> None:
    """In the words of pip, which installs uv, or of uv."""
    (project / missing).unlink(missing_ok=True)
    installer = Installer(project, UNKNOWN)
    assert installer.installed() is None
    assert installer.process.returncode == 1
    assert words in " ".join(installer.lines)
