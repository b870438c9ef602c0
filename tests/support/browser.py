"""The system's Chromium, driven by Playwright, and a stack of its own with the page."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.local.start import Local, start
from tests.page.server import Page
from tests.standin.messente import Delays

NO_BROWSER = "there is no Chromium on PATH: Debian and Ubuntu have it as the package chromium"

# Chromium asks for news and updates by itself. It has no part in what is tested, and needs no network.
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # sites that a test makes up
)


def chromium() -> str | None:
    """Find the browser's program; None if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS])
        yield browser
        browser.close()


@contextmanager
def served(report: float) -> Iterator[tuple[Local, Page]]:
    """Run the local stack with its page on free ports; Messente reports each step after so many seconds."""
    with ExitStack() as resources:
        delays = Delays(report=report, retry=0.5, slow=1)
        local = start(resources, delays=delays, reports=True, DefaultSender="Example", PublishEvents="Enabled")
        yield local, resources.enter_context(Page(local))
