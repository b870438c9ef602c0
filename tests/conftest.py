"""For every test: nothing of the user's AWS account is in reach, and signals do what they do."""

import re
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.local.process import forget_aws_settings

forget_aws_settings()

# Some tests press Ctrl-C or close a terminal. What a shell or nohup starts in the background ignores that, else.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")

# Numbers, texts and passwords that the tests send about.
PRIVATE = re.compile(r"\+372\d{7}|Your parcel waits|[Tt]ext of |messente-password|integration-password|hunter2")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test during which something private was printed or logged, whatever the test was about."""
    report = yield
    leaks = [title for title, text in report.sections if title.startswith("Captured") and PRIVATE.search(text)]
    if leaks and report.passed:
        report.outcome = "failed"
        report.longrepr = f"something private stands in: {', '.join(leaks)}"
    return report
