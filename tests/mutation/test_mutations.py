"""Take one safeguard out of the code, and the tests must go red.

Each mutation of safeguards.py is tried on a copy of src, with the tests that should notice it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.process import PATIENCE
from tests.mutation.safeguards import MUTATIONS

PROJECT = Path(__file__).parents[2]
SUSPECTS = sorted({mutation.noticed_by.partition("::")[0] for mutation in MUTATIONS.values()})
FAILED = 1  # pytest's word for tests that ran and failed; an error while they are collected is another


def run(src: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests over a copy of src."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-pno:cacheprovider", "-o", f"pythonpath={src} .", *tests],
        cwd=PROJECT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # none is needed, and they take half of the time
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.fixture
def src(tmp_path: Path) -> Path:
    """Make a copy of src."""
    return Path(shutil.copytree(PROJECT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))


def file_of(src: Path, name: str) -> Path:
    """Return the file that a mutation changes: within a copy of src."""
    return src / MUTATIONS[name].change.file


def test_without_a_mutation_the_tests_pass(src: Path) -> None:
    """The copy itself is sound, so that a red run means the mutation."""
    done = run(src, *SUSPECTS)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_safeguard_is_missed(src: Path, name: str) -> None:
    """Without the safeguard at least one test fails, by an assertion or an error, not by an import."""
    file = file_of(src, name)
    file.write_text(MUTATIONS[name].change.apply(file.read_text()))
    done = run(src, MUTATIONS[name].noticed_by)
    assert done.returncode == FAILED, done.stdout[-2000:]
