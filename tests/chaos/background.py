"""Work in threads beside a run."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from tests.local.process import poll


class Background:
    """A context manager: each work runs until `over` is set at the end, which raises what went wrong in one.

    A run in which one has ended early proves nothing, and has to say so.
    """

    def __init__(self, *works: Callable[[], None]) -> None:
        self.over = threading.Event()
        self._works, self._threads = works, ThreadPoolExecutor(len(works))

    def __enter__(self) -> Self:
        self._begun = [self._threads.submit(work) for work in self._works]
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._threads.shutdown()
        self._raise_what_went_wrong()

    def wait_until(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        def look() -> bool | None:
            self._raise_what_went_wrong()
            return is_so() or None

        poll(look, seconds, what)

    def _raise_what_went_wrong(self) -> None:
        for each in self._begun:
            if each.done():
                each.result()
