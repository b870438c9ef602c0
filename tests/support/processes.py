"""Processes of this machine: what they print, and that none of them stays behind."""

import os
import subprocess
import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.local.process import PATIENCE, NotReady, bare_environment, poll


def processes(words: Sequence[str]) -> list[int]:
    """List the processes whose command line or environment holds all of these words."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if all(word.encode() in text for word in words):
            found.append(int(folder.name))
    return found


def marked(**variables: str) -> tuple[str, dict[str, str]]:
    """Make an environment by which the processes that have it are found, and the word that marks them."""
    mark = f"TEST_MARK={uuid.uuid4()}"
    environment = bare_environment(**{"HOME": os.environ.get("HOME", "/"), **variables})
    return mark, environment | {"PATH": f"{environment['PATH']}:/{mark}"}


def wait_for_end(mark: str) -> None:
    poll(lambda: None if processes([mark]) else True, PATIENCE, "the end of all processes")


class Printing:
    """A process; `lines` are what it printed so far."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.lines = list[str]()
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join()
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def wait_for_line(self, words: str, after: int = 0) -> str:
        """Wait for a line with these words among those after the first so many, and return it."""

        def look() -> str | None:
            if has_ended := self.process.poll() is not None:
                self._reader.join(PATIENCE)
            found = [each for each in self.lines[after:] if words in each]
            if not found and has_ended:
                raise NotReady("it ended by itself:\n" + "\n".join(self.lines))
            return next(iter(found), None)

        return poll(look, PATIENCE, f"a line with {words!r}")

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
