"""Which tests share a process when many run side by side: a plugin of pytest for groups.sh.

A process has an emulator of its own, and each stack is deployed once: all tests that use it are in the same process.
"""

from __future__ import annotations

import pytest

STACKS = ("tracked", "operated", "stack")  # fixtures of the integration tests
TOGETHER = ("browser", "chaos", "runtime")  # folders with one stack for all tests

# Minutes each. A process that begins with one of them leaves the many short ones to the others.
LONGEST = ("chaos", "tracked", "browser", "operated", "stack", "test_up", "test_bundle", "test_local_run")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests into groups, the longest first; a group keeps its order, and a test without one goes anywhere."""
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        if group:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: LONGEST.index(groups[item]) if groups[item] in LONGEST else len(LONGEST))


def _group(item: pytest.Item) -> str | None:
    folder = item.path.parent.name
    if folder in TOGETHER:
        return folder
    if folder != "integration":
        return None
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return next((name for name in STACKS if name in fixtures), item.path.stem)
