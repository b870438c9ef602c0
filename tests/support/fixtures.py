"""Fixtures of the unit tests; their conftest.py names them."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from messente_rcs.telemetry import flush, logger
from tests.support.metrics import Metric, metrics_in
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def world() -> World:
    """AWS in memory, a stand-in for Messente and a clock."""
    return World()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the code logs during the test."""
    stream, handler = io.StringIO(), logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[Metric]]:
    """What was written since the test asked before, sorted; nothing is left of other tests."""
    with flush():
        pass
    capsys.readouterr()
    return lambda: sorted(metrics_in(capsys.readouterr().out))
