"""What each answer of Messente means: protocol.md's table, row by row."""

from __future__ import annotations

import inspect
import io
import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from urllib3 import exceptions

from messente_rcs.credentials import CredentialCache
from messente_rcs.messente import EXCEPTIONS, AnswerKind, Messente
from standin import numbers
from standin.messente import Delays
from standin.messente import Messente as StandIn
from standin.pool import Pool
from support.world import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from messente_rcs.messente import Answer

EXPECTED = {
    "BAD_REQUEST": AnswerKind.REJECTED,
    "UNAUTHORIZED": AnswerKind.UNAUTHORIZED,
    "FORBIDDEN": AnswerKind.UNAUTHORIZED,
    "NOT_FOUND": AnswerKind.MISCONFIGURED,
    "METHOD_NOT_ALLOWED": AnswerKind.MISCONFIGURED,
    "PROXY_AUTH": AnswerKind.MISCONFIGURED,
    "CONFLICT": AnswerKind.REJECTED,
    "TOO_LARGE": AnswerKind.REJECTED,
    "UNSUPPORTED_TYPE": AnswerKind.MISCONFIGURED,
    "UNPROCESSABLE": AnswerKind.REJECTED,
    "TOO_MANY": AnswerKind.THROTTLED,
    "TOO_MANY_ONCE": AnswerKind.THROTTLED,
    "SERVER_ERROR": AnswerKind.UNKNOWN,
    "BAD_GATEWAY": AnswerKind.UNKNOWN,
    "UNAVAILABLE": AnswerKind.NOT_SENT,
    "UNAVAILABLE_ONCE": AnswerKind.NOT_SENT,
    "GATEWAY_TIMEOUT": AnswerKind.UNKNOWN,
    "FOUND": AnswerKind.UNKNOWN,
    "REDIRECT": AnswerKind.UNKNOWN,
    "HANG": AnswerKind.UNKNOWN,
    "CUT": AnswerKind.UNKNOWN,
    "HANG_AFTER_ACCEPT": AnswerKind.UNKNOWN,
    "CUT_AFTER_ACCEPT": AnswerKind.UNKNOWN,
    "TRUNCATED": AnswerKind.UNKNOWN,
    "SERVER_ERROR_AFTER_ACCEPT": AnswerKind.UNKNOWN,
    "REDIRECT_AFTER_ACCEPT": AnswerKind.UNKNOWN,
    "OK": AnswerKind.SENT,
    "NO_CONTENT": AnswerKind.UNKNOWN,
    "NOT_JSON": AnswerKind.UNKNOWN,
    "HTML": AnswerKind.UNKNOWN,
    "NO_IDS": AnswerKind.UNKNOWN,
    "NEWER_SHAPE": AnswerKind.SENT,
    "PLAIN_TYPE": AnswerKind.SENT,
    "SLOW": AnswerKind.SENT,
    "DRIP": AnswerKind.SENT,
    "HUGE": AnswerKind.SENT,
}


TIMEOUTS = (3, 10)


def post(pool: Any, to: str = "+37255512345", clock: Callable[[], float] = lambda: 0.0) -> Answer:
    """Send one RCS text over a pool."""
    body = {"to": to, "messages": [{"channel": "rcs", "sender": "Shop", "text": "Hello"}]}
    cache = CredentialCache(lambda: json.dumps({"username": USERNAME, "password": PASSWORD}), lambda: 0.0)
    return Messente(pool, "https://messente.invalid/v1", TIMEOUTS, cache, clock).send(body, cache.get())


@pytest.mark.parametrize("name", numbers.BY_NAME)
def test_every_answer_of_the_stand_in(name: str) -> None:
    """Each reserved recipient's answer has the meaning that the protocol gives it, and the POST happens once."""
    messente = StandIn(USERNAME, PASSWORD)
    answer = post(Pool(messente), numbers.BY_NAME[name])
    assert answer.kind is EXPECTED[name]
    assert messente.posts == 1
    assert (answer.kind is AnswerKind.SENT) <= bool(messente.accepted)


@pytest.mark.parametrize("name", [n for n, meaning in EXPECTED.items() if meaning is AnswerKind.SENT])
def test_the_ids_of_an_accepted_message_are_read(name: str) -> None:
    """Whatever else is odd about the answer, its ids are those of the accept log."""
    messente = StandIn(USERNAME, PASSWORD)
    answer = post(Pool(messente), numbers.BY_NAME[name])
    [accepted] = messente.accepted
    assert answer.omnimessage_id == accepted.omnimessage_id
    if name != "HUGE":  # it is cut off before the end of its JSON
        assert set(answer.messages) >= {m["message_id"] for m in accepted.reply["messages"]}


def test_errors_of_messente_are_kept() -> None:
    """A 400's errors come through in their own shape."""
    answer = post(Pool(StandIn(USERNAME, PASSWORD)), numbers.BAD_REQUEST)
    assert [(e["code"], e["title"], e["source"]) for e in answer.errors] == [("105", "Invalid data", "payload[to]")]


def test_retry_after_is_read() -> None:
    """Seconds in Retry-After are passed on."""
    assert post(Pool(StandIn(USERNAME, PASSWORD)), numbers.TOO_MANY).retry_after == 1.0


def test_every_exception_of_urllib3_is_placed() -> None:
    """An exception that a new urllib3 brings fails here until somebody has judged it."""
    classes = {
        cls
        for _, cls in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(cls, Exception) and not issubclass(cls, Warning) and cls.__module__ == exceptions.__name__
    }
    assert classes - set(EXCEPTIONS) == set()


class Failing:
    """A pool whose every request fails in the same way."""

    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    def urlopen(self, *_args: Any, **_kwargs: Any) -> urllib3.BaseHTTPResponse:
        """Fail."""
        raise self._failure


CONNECTION = urllib3.connection.HTTPSConnection("api.messente.com")
CERTIFICATE = ssl.SSLCertVerificationError(1, "certificate verify failed")


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        (exceptions.NewConnectionError(CONNECTION, "refused"), AnswerKind.NOT_SENT),
        (exceptions.NameResolutionError("api", CONNECTION, socket.gaierror()), AnswerKind.NOT_SENT),
        (exceptions.ConnectTimeoutError(), AnswerKind.NOT_SENT),
        (exceptions.SSLError(CERTIFICATE), AnswerKind.NOT_SENT),
        (exceptions.SSLError(ssl.SSLEOFError(8, "EOF")), AnswerKind.UNKNOWN),
        (exceptions.SSLError("bad record mac"), AnswerKind.UNKNOWN),
        (exceptions.ReadTimeoutError(None, "", ""), AnswerKind.UNKNOWN),  # type: ignore[arg-type]
        (exceptions.ProtocolError("Connection aborted."), AnswerKind.UNKNOWN),
        (exceptions.DecodeError(), AnswerKind.UNKNOWN),
        (OSError(5, "Input/output error"), AnswerKind.UNKNOWN),
    ],
)
def test_the_meaning_of_a_failure(failure: BaseException, meaning: AnswerKind) -> None:
    """A failure before anything was written is *not sent*; any later one is *unknown*."""
    assert post(Failing(failure)).kind is meaning


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (100, AnswerKind.UNKNOWN),
        (202, AnswerKind.UNKNOWN),
        (304, AnswerKind.UNKNOWN),
        (408, AnswerKind.REJECTED),
        (501, AnswerKind.UNKNOWN),
        (503, AnswerKind.NOT_SENT),
        (599, AnswerKind.UNKNOWN),
        (700, AnswerKind.UNKNOWN),
    ],
)
def test_the_meaning_of_other_statuses(status: int, meaning: AnswerKind) -> None:
    """Statuses that Messente does not document are placed by their class, and on the safe side."""

    class Answering:
        def urlopen(self, *_args: Any, **_kwargs: Any) -> urllib3.BaseHTTPResponse:
            return urllib3.HTTPResponse(b"", status=status, preload_content=False)

    assert post(Answering()).kind is meaning


def test_an_answer_that_takes_too_long_is_not_waited_for() -> None:
    """After the read timeout the outcome is unknown, whatever would have come."""
    messente = StandIn(USERNAME, PASSWORD, delays=Delays(slow=60))
    assert post(Pool(messente), numbers.SLOW).kind is AnswerKind.UNKNOWN
    assert len(messente.accepted) == 1


def test_a_body_without_end_is_left() -> None:
    """Nobody reads more than a success could have, so that neither memory nor time runs out."""
    given = []

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            given.append(len(buffer))
            assert sum(given) < 1_000_000
            buffer[:] = b" " * len(buffer)
            return len(buffer)

    class Answering:
        def urlopen(self, *_args: Any, **_kwargs: Any) -> urllib3.BaseHTTPResponse:
            return urllib3.HTTPResponse(io.BufferedReader(Endless()), status=201, preload_content=False)

    assert post(Answering()).kind is AnswerKind.UNKNOWN
    assert given


def test_a_body_that_dribbles_is_left() -> None:
    """A byte a second meets the read timeout for ever; a request as a whole ends by the time that is kept for it."""
    passed = [0.0]

    class Dribbling(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            passed[0] += 1
            assert passed[0] < 60
            buffer[:1] = b" "
            return 1

    class Answering:
        def urlopen(self, *_args: Any, **_kwargs: Any) -> urllib3.BaseHTTPResponse:
            return urllib3.HTTPResponse(io.BufferedReader(Dribbling()), status=201, preload_content=False)

    assert post(Answering(), clock=lambda: passed[0]).kind is AnswerKind.UNKNOWN
    assert passed[0] <= sum(TIMEOUTS) + 1
