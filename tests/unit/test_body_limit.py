"""How much of an answer is read: an endless body must not fill the memory of the function."""

import io

from messente_rcs.messente.answers import AnswerKind
from messente_rcs.messente.api import BODY_LIMIT
from tests.support.answering import Answering, post


class Left(io.BytesIO):
    """A body that tells how much was taken of it, when it is closed as well."""

    def close(self) -> None:
        """Stay open."""


def test_a_long_body_is_left() -> None:
    """What could be read names no ids: the message may have been accepted."""
    raw = Left(b" " * 20 * BODY_LIMIT)
    assert post(Answering(201, io.BufferedReader(raw))).kind is AnswerKind.UNKNOWN
    assert raw.tell() <= 3 * BODY_LIMIT
