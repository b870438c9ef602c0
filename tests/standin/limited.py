"""A stand-in that takes so many requests in each second, as Messente does."""

import threading
from collections import Counter
from typing import Any

from tests.standin.messente import Messente, Reply, Request


class Limited(Messente):
    """Takes `rate` requests within each second of its clock, and answers the others with `refusal`."""

    def __init__(self, *account: str, rate: float, refusal: Reply, **more: Any) -> None:
        super().__init__(*account, **more)
        self.refused = 0
        self._rate, self._refusal = rate, refusal
        self._taken, self._taking = Counter[int](), threading.Lock()

    def handle(self, request: Request) -> Reply:
        with self._taking:
            second = int(self.clock())
            self._taken[second] += 1
            is_full = self._taken[second] > self._rate
            self.refused += is_full
        return self._refusal if is_full else super().handle(request)
