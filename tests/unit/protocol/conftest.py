"""A fresh world for each test of the protocol."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from messente_rcs.telemetry import logger
from world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """AWS in memory, a stand-in for Messente and a clock."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield World()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the code logs during the test."""
    stream, handler = io.StringIO(), logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)
