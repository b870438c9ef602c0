"""Which tests share a process when many run side by side: a plugin of pytest for groups.sh.

A process has an emulator of its own, and each stack is deployed once: all tests that use it are in the same process.
xdist's own groups (`--dist loadgroup`) do nothing with pytest 9.2.
"""

from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Folders of which all tests share what they start, and files of integration tests that use the same stack. Another file
# of integration tests is a group of its own, and each test of another folder.
FOLDERS = ("browser", "chaos", "runtime", "upgrade")
STACKS = {
    "tracked": ("test_track", "test_publish"),
    "operated": ("test_campaign", "test_cli", "test_pausing", "test_runbook"),
    "stack": ("test_fakes", "test_inbound", "test_least_privilege", "test_send", "test_strangers"),
}
_STACK_OF = {file: stack for stack, files in STACKS.items() for file in files}

# Minutes each. A process that begins with one of them leaves the many short ones to the others.
LONGEST = (
    "chaos",
    "upgrade",
    "tracked",
    "browser",
    "test_alarms",
    "operated",
    "stack",
    "test_up",
    "test_bundle",
    "test_local_run",
)


def group(nodeid: str) -> str:
    file = PurePath(nodeid.partition("::")[0])
    if file.parent.name in FOLDERS:
        return file.parent.name
    return _STACK_OF.get(file.stem, file.stem) if file.parent.name == "integration" else nodeid


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest groups come first; a group keeps its order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(group(item.nodeid), len(places)))


class _Groups(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Groups(config, log)
