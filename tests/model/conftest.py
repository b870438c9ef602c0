"""The model tests open no socket, as the unit tests, and log nothing private. What they did is told at the end."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket

from messente_rcs.telemetry import logger
from tests.model.profile import MARK, SEED, figures, leaks
from tests.support.world import PASSWORD, World

PRIVATE = re.compile(rf"\+372|Text of|hunter2|{PASSWORD}|{MARK}|Traceback")


def pytest_runtest_setup() -> None:
    disable_socket()


class Watched(io.TextIOBase):
    """A log of which only what it must not say is kept."""

    def write(self, text: str) -> int:
        leaks.extend([text] if PRIVATE.search(text) else [])
        return len(text)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def _watch_the_log() -> Iterator[None]:
    """Nothing that came in is in the log."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    leaks.clear()
    before = handler.setStream(Watched())
    yield
    handler.setStream(before)
    assert leaks == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was done, and the seed of a random run."""
    if figures:
        terminalreporter.section("model")
        terminalreporter.write_line(", ".join(f"{name}: {number:,}" for name, number in figures.items()))
        terminalreporter.write_line("the same in each run" if SEED is None else f"RCS_MODEL_SEED={SEED}")
