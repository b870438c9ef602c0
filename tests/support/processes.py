"""Processes of this machine, for tests that nothing stays behind."""

from collections.abc import Sequence
from pathlib import Path


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
