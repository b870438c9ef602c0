"""Runs a subject in a process of its own and reads what it found, or counts its instructions under callgrind."""

import json
import py_compile
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from tests.local.process import ROOT, NotReady

CACHE = ROOT / ".cache" / "bench"
UNCHECKED = PycInvalidationMode.UNCHECKED_HASH

_FOLDER = Path(__file__).parent
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_CALLGRIND = ("--tool=callgrind", "--dump-before=getpgid")  # what `subject.mark` calls


@dataclass(frozen=True)
class Subject:
    """A script of this folder, its arguments and its environment, with a bundle as the only place of its packages."""

    bundle: Path
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    script: str = "subject"

    def run(self, *prefix: str, cpus: str) -> str:
        """Run it on `one` CPU or on `any`; return what it said on stderr.

        What handlers log goes nowhere, as it costs the same everywhere.
        """
        python = [sys.executable, "-S", "-s", "-P", str(_compiled(self.script))]
        done = subprocess.run(
            [*prefix, *python, cpus, *self.arguments],
            env={**self.environment, "PYTHONPATH": str(self.bundle)},
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise NotReady(f"a measured process failed:\n{done.stderr[-2000:]}")
        return done.stderr


@cache
def _compiled(script: str) -> Path:
    # Python compiles a script at every start, which no bundle's code needs.
    CACHE.mkdir(parents=True, exist_ok=True)
    compiled = CACHE / f"{script}.pyc"
    py_compile.compile(str(_FOLDER / f"{script}.py"), str(compiled), doraise=True, invalidation_mode=UNCHECKED)
    return compiled


def found(subject: Subject, *prefix: str) -> Any:
    return json.loads(subject.run(*prefix, cpus="one").splitlines()[-1])


def instructions(subject: Subject) -> list[int]:
    """Count a subject's instructions from the start of its process to its first mark, to the next, and to its end.

    Nothing is counted where there is no valgrind.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return []
    with tempfile.TemporaryDirectory(prefix="messente-rcs-bench-") as folder:
        counts = Path(folder, "counts")
        subject.run(valgrind, *_CALLGRIND, f"--callgrind-out-file={counts}", cpus="any")
        parts = sorted(counts.parent.iterdir(), key=lambda file: int(file.suffix[1:] or sys.maxsize))
        return [int(_TOTAL.findall(part.read_text())[-1]) for part in parts]


def summed_up(
    samples: Sequence[Mapping[str, float]], by: Callable[[list[float]], float] = statistics.median
) -> dict[str, float]:
    """Take the median of each value, or the least: what is there without the noise of a shared machine."""
    return {name: by([sample[name] for sample in samples]) for name in samples[0]}
