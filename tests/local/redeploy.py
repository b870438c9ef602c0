"""Deploys what changes in src/ and in template.yaml over a running stack; its records and queues stay."""

import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import watch

from tests.local.build import build
from tests.local.process import ROOT
from tests.local.stack import update
from tests.local.start import Local

SOURCES, TEMPLATE = ROOT / "src", ROOT / "template.yaml"
_BUILT_FROM = (SOURCES / "messente_rcs", SOURCES / "bundle", SOURCES / "requirements.txt")
_LOOK_AT_THE_TEMPLATE = 500  # ms


def changes() -> Iterator[set[Path]]:
    """Yield the files that changed, as soon as they did; ends with KeyboardInterrupt."""
    before = TEMPLATE.stat().st_mtime_ns
    options = {"debounce": 200, "rust_timeout": _LOOK_AT_THE_TEMPLATE, "yield_on_timeout": True}
    for found in watch(SOURCES, **options, raise_interrupt=True):  # type: ignore[arg-type]
        changed = {path for _, name in found if any((path := Path(name)).is_relative_to(each) for each in _BUILT_FROM)}
        # An editor may put a new file in place of the old one, and a watch of one file would stay with the old one.
        now = TEMPLATE.stat().st_mtime_ns if TEMPLATE.exists() else before
        if now != before:
            changed.add(TEMPLATE)
        before = now
        if changed:
            yield changed


def redeploy(local: Local) -> float:
    """Deploy what is there now, and return the seconds that took; raises NotReady, and the old code stays."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="messente-rcs-build-") as folder:
        built = build(Path(folder) / "bundle")
        if built.template != local.built.template:
            local.stack = update(local.stack, built)
            local.built = built
        # CloudFormation knows nothing of code that was deployed without it, and may have left that in place.
        local.stack.update_code(built)
    return time.monotonic() - begin


def named(changed: Iterable[Path]) -> str:
    """Name files for a line of output: the first, and how many more."""
    first, *more = sorted(str(each.relative_to(ROOT)) for each in changed)
    return f"{first} and {len(more)} more" if more else first
