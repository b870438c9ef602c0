"""A program in a fork does as in a process of its own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.forks import DIED, Ended, Forks

PROGRAMS = """
import os, signal, sys
def told(): print(sys.argv[1:], dict(os.environ), sys.stdin.read())
def ended(): sys.exit(3)
def raised(): raise ValueError("no reason")
def killed(): os.kill(os.getpid(), signal.SIGKILL)
def said(): print("wrong", file=sys.stderr)
"""


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    (tmp_path / "programs.py").write_text(PROGRAMS)
    with Forks("programs", environment={"PYTHONPATH": str(tmp_path)}) as running:
        yield running


def test_it_gets_what_it_is_given(forks: Forks) -> None:
    """Arguments, environment and input; the next program gets nothing of them."""
    assert forks.run("programs:told", "a b", environment={"X": "1"}, given="in") == Ended(
        0, "['a b'] {'X': '1'} in\n", ""
    )
    assert "'X'" not in forks.run("programs:told").out


@pytest.mark.parametrize(
    ("program", "code", "err"),
    [("ended", 3, ""), ("raised", DIED, "no reason"), ("killed", -signal.SIGKILL, ""), ("said", 0, "wrong")],
)
def test_its_end_is_told(forks: Forks, program: str, code: int, err: str) -> None:
    """Its exit code, or the signal that ended it; an exception is no exit code of pytest's."""
    ended = forks.run(f"programs:{program}")
    assert (ended.code, ended.out) == (code, "")
    assert err in ended.err
