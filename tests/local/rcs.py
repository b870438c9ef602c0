"""The command line as a process of its own, against the local stack."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tests.local.later import PAUSE, as_told
from tests.local.process import PATIENCE, ROOT, bare_environment


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON that it said."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON of each line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Rcs:
    """Runs commands with `--local` against an emulator; `variables` are more of the environment."""

    def __init__(self, endpoint: str, **variables: str) -> None:
        self._environment = bare_environment(AWS_ENDPOINT_URL=endpoint, PYTHONPATH=str(ROOT / "src"), **variables)

    def __call__(self, *arguments: str, given: str = "") -> Said:
        """Run a command, again as often as it says so; `given` is piped into it."""
        return as_told(lambda: self._run(*arguments, given=given), _pause)

    def _run(self, *arguments: str, given: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "rcs_cli.main", *arguments, "--local"],
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def dead_letter(self, message_id: str) -> dict[str, Any] | None:
        """Find a dead letter by its id."""
        letters: list[dict[str, Any]] = self("dead-letters", "--json").json["letters"]
        return next((each for each in letters if each["id"] == message_id), None)


def _pause(said: Said) -> float | None:
    return PAUSE if said.code and "Run the same command again" in said.err else None
