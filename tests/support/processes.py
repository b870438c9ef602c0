"""Processes of this machine, for tests that nothing stays behind."""

import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from tests.local.process import PATIENCE, bare_environment, poll


def processes(words: Sequence[str]) -> list[str]:
    """List the processes whose command line or environment holds all of these words."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if all(word.encode() in text for word in words):
            found.append(folder.name)
    return found


def marked(**variables: str) -> tuple[str, dict[str, str]]:
    """Make an environment by which the processes that have it are found, and the word that marks them."""
    mark = f"TEST_MARK={uuid.uuid4()}"
    environment = bare_environment(**{"HOME": os.environ.get("HOME", "/"), **variables})
    return mark, environment | {"PATH": f"{environment['PATH']}:/{mark}"}


def wait_for_end(mark: str) -> None:
    poll(lambda: None if processes([mark]) else True, PATIENCE, "the end of all processes")
