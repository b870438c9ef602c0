"""Deploys what changes in src/ and in template.yaml over a running stack; its records and queues stay."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

from tests.local.build import build, build_bundle
from tests.local.process import ROOT
from tests.local.stack import update
from tests.local.start import Local

SOURCES, TEMPLATE = ROOT / "src", ROOT / "template.yaml"
CODE = SOURCES / "messente_rcs"
_BUILT_FROM = (CODE, SOURCES / "bundle", SOURCES / "requirements.txt")
_LOOK_AT_THE_TEMPLATE = 500  # ms


def changes() -> Iterator[set[Path]]:
    """Yield the files that changed, as soon as they did; ends with KeyboardInterrupt."""
    noise, before = DefaultFilter(), TEMPLATE.stat().st_mtime_ns
    for found in watch(
        SOURCES,
        watch_filter=lambda change, path: noise(change, path) and Path(path).is_relative_to(SOURCES),
        debounce=200,
        rust_timeout=_LOOK_AT_THE_TEMPLATE,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        changed = {path for _, name in found if any((path := Path(name)).is_relative_to(each) for each in _BUILT_FROM)}
        # An editor may put a new file in place of the old one, and a watch of one file would stay with the old one.
        now = TEMPLATE.stat().st_mtime_ns if TEMPLATE.exists() else before
        if now != before:
            changed.add(TEMPLATE)
        before = now
        if changed:
            yield changed


class Redeployment:
    """Brings a running stack up to date. What failed is part of the next attempt."""

    def __init__(self, local: Local) -> None:
        self._local = local
        self._waiting: set[Path] = set()

    def __call__(self, changed: Iterable[Path]) -> float:
        """Deploy what changed, and return the seconds that took; raises NotReady, and the old code stays."""
        begin = time.monotonic()
        self._waiting |= set(changed)
        if all(each.is_relative_to(CODE) for each in self._waiting):
            self._deploy_code()
        else:
            self._deploy_all()
        self._waiting = set()
        return time.monotonic() - begin

    def _deploy_code(self) -> None:
        """Only our own modules changed, so that neither sam nor CloudFormation has anything to find out."""
        folder = self._local.folder / "bundle"
        shutil.rmtree(folder, ignore_errors=True)
        self._local.stack.update_code(build_bundle(folder), self._local.built.functions())

    def _deploy_all(self) -> None:
        folder = self._local.folder / "again"
        shutil.rmtree(folder, ignore_errors=True)
        built = build(folder)
        self._local.stack = update(self._local.stack, built)
        self._local.built = built
        # CloudFormation knows nothing of code that was deployed without it, so it may have left that in place.
        self._local.stack.update_code(built.bundle("SendFunction"), built.functions())


def named(changed: Iterable[Path]) -> str:
    """Name files for a line of output: the first, and how many more."""
    first, *more = sorted(str(each.relative_to(ROOT)) for each in changed)
    return f"{first} and {len(more)} more" if more else first
