"""A real browser on the page of the real stack: one of each for all tests, and a number of its own for each test."""

import itertools
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.local.process import PATIENCE
from tests.local.start import Local
from tests.page.server import Page
from tests.support.browser import NO_BROWSER, chromium, launched, served
from tests.support.screen import Screen

_numbers = itertools.count(1)
MILLISECONDS = PATIENCE * 1000
expect.set_options(timeout=MILLISECONDS)


def pytest_runtest_setup() -> None:
    """Skip without a browser, but not where CI_BROWSER=required is set. From here all skips are one line."""
    if chromium() is None:
        (pytest.fail if os.environ.get("CI_BROWSER") == "required" else pytest.skip)(NO_BROWSER)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched(chromium() or "chromium") as running:
        yield running


@pytest.fixture(scope="session")
def stack(browser: Browser) -> Iterator[tuple[Local, Page]]:
    """Run the local stack with its page; not without a browser, which would be for nothing."""
    assert browser.is_connected()
    with served(report=0.1) as running:
        # What a test sends by a click is sent once. On a busy machine, the first send may lack the time for it.
        sent = running[0].stack.call("POST", "/messages", '{"to": "+37255512345", "text": "Warm up"}')
        assert sent.status == 201
        yield running


@pytest.fixture
def number() -> str:
    """Make a number that no other test uses."""
    return f"+3725559{next(_numbers):04}"


@pytest.fixture
def screen(request: pytest.FixtureRequest, browser: Browser, stack: tuple[Local, Page]) -> Iterator[Screen]:
    """Open the page in a fresh profile; a parameter gives options of the profile, a dark theme for instance.

    Whatever the test is about: no console error, no breach of the policy, no request to another host.
    """
    options = {"viewport": {"width": 1440, "height": 940}, "reduced_motion": "reduce", **getattr(request, "param", {})}
    with browser.new_context(**options) as context:
        context.set_default_timeout(MILLISECONDS)
        screen = Screen(context.new_page(), *stack)
        yield screen.open()
        assert screen.troubles == []
        assert screen.violations() == []


@pytest.fixture
def reports_held_back(stack: tuple[Local, Page]) -> Iterator[None]:
    """Let nobody be left without reports when the test is over."""
    yield
    stack[0].standin.courier.enabled = True
