"""A step of `make run` and `make up` is seen to go on."""

import re

import pytest

from tests.local.process import PATIENCE, poll, step


def test_a_long_step_prints_dots(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told at once, then every few seconds, and its end on the same line."""
    with step("building"):
        assert re.fullmatch(r"building \.{3,}", capsys.readouterr().out)  # with dots, if we were held up
        assert re.fullmatch(r"\.+", poll(lambda: capsys.readouterr().out or None, PATIENCE, "a dot"))
    assert re.fullmatch(r"\.* \d+\.\d s\n", capsys.readouterr().out)
