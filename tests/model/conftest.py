"""The model tests open no socket, as the unit tests. What they did is told at the end."""

import pytest
from pytest_socket import disable_socket

from tests.model.profile import SEED, figures
from tests.support.fixtures import log, metrics, world

__all__ = ["log", "metrics", "world"]


def pytest_runtest_setup() -> None:
    disable_socket()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was done, and the seed of a random run."""
    if figures:
        terminalreporter.section("model")
        terminalreporter.write_line(", ".join(f"{name}: {number:,}" for name, number in figures.items()))
        terminalreporter.write_line("the same in each run" if SEED is None else f"RCS_MODEL_SEED={SEED}")
