"""Unit tests open no socket: pytest-socket takes the lock off again after each test. Fixtures of all of them."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from pytest_socket import disable_socket

from messente_rcs.telemetry import flush, logger
from tests.standin.messente import Accepted
from tests.support.callback import Callback, sending
from tests.support.metrics import Metric, metrics_in
from tests.support.world import World, message


def pytest_runtest_setup() -> None:
    """Lock sockets for the tests of this folder."""
    disable_socket()


@pytest.fixture
def world() -> World:
    """AWS in memory, a stand-in for Messente and a clock."""
    return World()


@pytest.fixture
def callback(world: World) -> Callback:
    """An environment of the function behind the callback API."""
    return Callback(world)


@pytest.fixture
def sent(world: World) -> Accepted:
    """A message under the id k that was sent, and asks for reports."""
    assert world.deliver(message("k"), sending(world))
    return world.messente.accepted[0]


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
