"""Unit tests open no socket: pytest-socket takes the lock off again after each test."""

from pytest_socket import disable_socket

from tests.support.fixtures import callback, log, metrics, sent, world

__all__ = ["callback", "log", "metrics", "sent", "world"]


def pytest_runtest_setup() -> None:
    """Lock sockets for the tests of this folder."""
    disable_socket()
