"""How much of an answer is read: an endless body must not fill the memory of the function."""

from __future__ import annotations

import io
from typing import Any

from messente_rcs.messente.answers import AnswerKind
from messente_rcs.messente.api import BODY_LIMIT
from tests.support.answering import Answering, post


class Long(io.RawIOBase):
    """A body of twenty times the limit, which counts what is taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give out spaces."""
        number = min(len(buffer), 20 * BODY_LIMIT - self.taken)
        buffer[:number] = b" " * number
        self.taken += number
        return number


def test_a_long_body_is_left() -> None:
    """What could be read names no ids: the message may have been accepted."""
    body = Long()
    assert post(Answering(201, io.BufferedReader(body))).kind is AnswerKind.UNKNOWN
    assert body.taken <= 3 * BODY_LIMIT
