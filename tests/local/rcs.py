"""The command line as a process of its own, against the local stack."""

import atexit
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from tests.local.later import PAUSE, as_told
from tests.local.process import ROOT, bare_environment
from tests.support.forks import Ended, Forks


class Rcs:
    """Runs commands with `--local` against an emulator; `variables` are more of the environment."""

    def __init__(self, endpoint: str, **variables: str) -> None:
        self._environment = bare_environment(AWS_ENDPOINT_URL=endpoint, PYTHONPATH=str(ROOT / "src"), **variables)

    def __call__(self, *arguments: str, given: str = "") -> Ended:
        """Run a command, again as often as it says so; `given` is piped into it."""
        return as_told(lambda: self._run(*arguments, given=given), _pause)

    def _run(self, *arguments: str, given: str) -> Ended:
        return _forks().run("rcs_cli.main:main", *arguments, "--local", environment=self._environment, given=given)

    def at_a_terminal(self, *arguments: str, typed: Sequence[str]) -> tuple[int, str]:
        """Run a command once at a terminal, and type each text when it is asked for; return the code and the screen."""
        ours, terminal = pty.openpty()
        command = ["setsid", "--ctty", sys.executable, "-m", "rcs_cli.main", *arguments, "--local"]
        running = subprocess.Popen(command, env=self._environment, stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        screen = ""
        for text in typed:
            screen += _until(ours, ": ")
            os.write(ours, f"{text}\n".encode())
        screen += _until(ours, "")
        os.close(ours)
        return running.wait(), screen

    def checks(self, *options: str) -> dict[str, dict[str, Any]]:
        return {each["check"]: each for each in self("doctor", "--json", *options).json["checks"]}

    def dead_letter(self, message_id: str) -> dict[str, Any] | None:
        letters: list[dict[str, Any]] = self("dead-letters", "--json").json["letters"]
        return next((each for each in letters if each["id"] == message_id), None)


@cache
def _forks() -> Forks:
    """Start a process that has imported all of the program; it ends with this one."""
    files = (ROOT / "src" / "rcs_cli").rglob("[a-z]*.py")
    modules = (".".join(file.relative_to(ROOT / "src").with_suffix("").parts) for file in files)
    forks = Forks("boto3", *modules, environment=bare_environment(PYTHONPATH=str(ROOT / "src")), python=("-W", "error"))
    atexit.register(forks.close)
    return forks


def _until(terminal: int, end: str) -> str:
    """Read what is on the screen up to some words, or to the end of the program."""
    text = ""
    with suppress(OSError):  # nobody writes any more
        while not (end and text.endswith(end)) and (read := os.read(terminal, 1)):
            text += read.decode(errors="replace")
    return text


def _pause(said: Ended) -> float | None:
    return PAUSE if said.code and "Run the same command again" in said.err else None
