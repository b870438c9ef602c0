"""Check what each answer of Messente means, row by row of the protocol."""

import inspect
import io
import re
import socket
import ssl
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3
from urllib3 import exceptions

from messente_rcs.messente.answers import AnswerKind
from messente_rcs.messente.api import BODY_LIMIT
from messente_rcs.messente.connections import TlsFailed, dial
from tests.standin import numbers
from tests.standin.messente import Delays
from tests.standin.messente import Messente as StandIn
from tests.support.answering import TIMEOUTS, Answering, client, post, standin
from tests.support.world import PASSWORD, USERNAME, Clock

# The names of the stand-in's reserved recipients, by what their answers mean.
MEANINGS = {
    AnswerKind.SENT: (
        "OK NEWER_SHAPE PLAIN_TYPE SLOW DRIP DRIP_HEAD HUGE EARLY_HINTS SEVERAL_INTERIM TWO_ANSWERS "
        "TWO_LENGTHS CHUNKED COMPRESSED"
    ),
    AnswerKind.UNKNOWN: (
        "REQUEST_TIMEOUT REQUEST_TIMEOUT_AFTER_ACCEPT SERVER_ERROR BAD_GATEWAY GATEWAY_TIMEOUT FOUND REDIRECT "
        "HANG CUT HANG_AFTER_ACCEPT CUT_AFTER_ACCEPT TRUNCATED SERVER_ERROR_AFTER_ACCEPT "
        "REDIRECT_AFTER_ACCEPT NO_CONTENT NOT_JSON HTML NO_IDS INTERIM_FLOOD SWITCHING NOT_COMPRESSED"
    ),
    AnswerKind.REJECTED: (
        "BAD_REQUEST NUMERIC_CODE ERRORS_OBJECT ERRORS_TEXTS PROBLEM PAGE CONFLICT TOO_LARGE UNPROCESSABLE"
    ),
    AnswerKind.NOT_ACCEPTED: "MISDIRECTED TOO_EARLY UNAVAILABLE UNAVAILABLE_ONCE",
    AnswerKind.THROTTLED: "TOO_MANY TOO_MANY_ONCE THROTTLED",
    AnswerKind.UNAUTHORIZED: "UNAUTHORIZED FORBIDDEN",
    AnswerKind.MISCONFIGURED: "NOT_FOUND METHOD_NOT_ALLOWED PROXY_AUTH UNSUPPORTED_TYPE",
}
EXPECTED = {name: meaning for meaning, names in MEANINGS.items() for name in names.split()}


@pytest.mark.parametrize("name", numbers.BY_NAME)
def test_every_answer_of_the_stand_in(name: str) -> None:
    """It has the meaning that the protocol gives it, the POST happens once, and the ids of an acceptance are read."""
    messente = StandIn(USERNAME, PASSWORD)
    answer = post(standin(messente), numbers.BY_NAME[name])
    assert answer.kind is EXPECTED[name]
    assert messente.posts == 1
    if answer.kind is AnswerKind.SENT:
        [accepted] = messente.accepted
        assert answer.omnimessage_id == accepted.omnimessage_id
        if name != "HUGE":  # it is cut off before the end of its JSON
            assert set(answer.messages) >= {m["message_id"] for m in accepted.reply["messages"]}


def test_errors_and_retry_after_are_kept() -> None:
    """A 400's errors come through in their own shape, and the seconds of a 429."""
    answer = post(standin(), numbers.BAD_REQUEST)
    assert [(e["code"], e["title"], e["source"]) for e in answer.errors] == [("105", "Invalid data", "payload[to]")]
    assert post(standin(), numbers.TOO_MANY).retry_after == 1.0


PLACED = {
    AnswerKind.NOT_ACCEPTED: "NewConnectionError NameResolutionError ConnectTimeoutError",
    AnswerKind.MISCONFIGURED: "LocationValueError LocationParseError URLSchemeUnknown ProxySchemeUnknown",
    AnswerKind.UNKNOWN: "HTTPError PoolError RequestError MaxRetryError ResponseError SSLError TimeoutStateError "
    # Never raised here: pools do not block, and are not closed; no host is asserted; connect() renames what it raises.
    "ClosedPoolError EmptyPoolError FullPoolError HostChangedError ProxySchemeUnsupported "
    "TimeoutError ReadTimeoutError ProtocolError IncompleteRead InvalidChunkLength InvalidHeader HeaderParsingError "
    "DecodeError BodyNotHttplibCompatible ResponseNotChunked UnrewindableBodyError",
}


def test_every_exception_of_urllib3_is_placed() -> None:
    """An exception that a new urllib3 brings fails here until somebody has judged it; a ProxyError has its cause's."""
    classes = {
        cls.__name__: cls
        for _, cls in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(cls, Exception) and not issubclass(cls, Warning) and cls.__module__ == exceptions.__name__
    }
    placed = {name: kind for kind, names in PLACED.items() for name in names.split()}
    assert classes.keys() - {"ProxyError"} == placed.keys()
    assert {name: post(Failing(classes[name].__new__(classes[name]))).kind for name in placed} == placed


class Failing:
    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    def urlopen(self, *_args: Any, **_kwargs: Any) -> urllib3.BaseHTTPResponse:
        raise self._failure


CONNECTION = urllib3.connection.HTTPSConnection("api.messente.com")
BEFORE = [
    exceptions.ProxyError("proxy", exceptions.NewConnectionError(CONNECTION, "refused")),
    exceptions.ProxyError("proxy", exceptions.ConnectTimeoutError()),
    TlsFailed(CONNECTION, "SSLCertVerificationError"),
]
AFTER = [
    exceptions.ProxyError("proxy", ConnectionResetError()),
    exceptions.ProxyError("proxy", exceptions.ProtocolError("cut")),
    exceptions.SSLError(ssl.SSLEOFError(8, "EOF")),
    OSError(5, "Input/output error"),
    # Of any class: the record must say so, and not wait for its lease.
    ValueError(),
    AttributeError(),
]


@pytest.mark.parametrize("failure", [*BEFORE, *AFTER])
def test_the_meaning_of_a_failure(failure: BaseException) -> None:
    """A failure before anything was written is *not sent*; any later one is *unknown*."""
    assert post(Failing(failure)).kind is (AnswerKind.NOT_ACCEPTED if failure in BEFORE else AnswerKind.UNKNOWN)


@pytest.mark.parametrize(
    ("meaning", "statuses"),
    [
        (AnswerKind.UNKNOWN, [100, 202, 304, 408, 501, 599, 700]),
        (AnswerKind.REJECTED, [402, 426, 451, 499]),
        (AnswerKind.NOT_ACCEPTED, [421, 425, 503]),
    ],
)
def test_the_meaning_of_other_statuses(meaning: AnswerKind, statuses: list[int]) -> None:
    """Statuses that Messente does not document are placed by their class, and on the safe side."""
    assert {status: post(Answering(status)).kind for status in statuses} == dict.fromkeys(statuses, meaning)


@pytest.mark.parametrize("failure", [socket.gaierror(-3, "try again"), OSError(24, "too many files"), MemoryError()])
def test_a_look_up_that_fails(failure: Exception) -> None:
    """Whoever waits hears of it at once, by its own name, and does not wait until the time is over."""

    def fail(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise failure

    with pytest.raises(type(failure)) as raised:
        dial("somewhere", 1, 5, find=fail)
    assert raised.value is failure


BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("name", ["DRIP_HEAD", "DRIP", "HANG_AFTER_ACCEPT", "SLOW", "EARLY_HINTS"])
def test_a_request_ends_at_its_deadline(name: str) -> None:
    """To the moment, however little comes at a time."""
    clock = Clock(BEGIN)
    messente = StandIn(USERNAME, PASSWORD, clock=clock, delays=Delays(slow=60, drip=0.3, interim=60))
    assert post(standin(messente, clock), numbers.BY_NAME[name], clock).kind is AnswerKind.UNKNOWN
    assert clock() - BEGIN.timestamp() == pytest.approx(TIMEOUTS[1])
    assert len(messente.accepted) == 1


class Body(io.RawIOBase):
    def __init__(self, readinto: Callable[[Any], int]) -> None:
        self.readinto = readinto  # type: ignore[method-assign]

    def readable(self) -> bool:
        return True


class Left(io.BytesIO):
    """A body that tells how much was taken of it, when it is closed as well."""

    def close(self) -> None:
        """Stay open."""


def test_a_long_body_is_left() -> None:
    """It must not fill the memory. What could be read names no ids: the message may have been accepted."""
    raw = Left(b" " * 20 * BODY_LIMIT)
    assert post(Answering(201, io.BufferedReader(raw))).kind is AnswerKind.UNKNOWN
    assert raw.tell() <= 3 * BODY_LIMIT


@pytest.mark.parametrize(
    "failure",
    [
        exceptions.ProtocolError("cut"),
        ssl.SSLError(1, "bad record mac"),
        ConnectionResetError(),
        TimeoutError(),
        zlib.error("of any class"),
        AttributeError("of any class"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_body_that_fails_does_not_cost_the_ids(failure: BaseException) -> None:
    """What was read of it names them."""
    content = io.BytesIO(b'{"omnimessage_id": "one", "to": "+37255512345", "messages": [{"mess')

    def breaking(buffer: Any) -> int:
        if read := content.readinto(buffer):
            return read
        raise failure

    answer = post(Answering(201, io.BufferedReader(Body(breaking))))
    assert (answer.kind, answer.omnimessage_id) == (AnswerKind.SENT, "one")


@pytest.mark.parametrize("omnimessage_id", ["../omnimessage", "a/b", "a?b=c", "a#b", "a b", "%2e%2e", "é"])
def test_an_odd_id_asks_for_no_other_path(omnimessage_id: str) -> None:
    """It is one segment of the path, whatever it holds."""
    http = Answering(404)
    client(http).status(omnimessage_id)
    client(http).cancel(omnimessage_id)
    [(_, asked), (_, cancelled)] = http.asked
    assert asked == f"{cancelled}/status"
    prefix, _, segment = cancelled.rpartition("/")
    assert prefix == "http://messente.localhost/v1/omnimessage"
    assert unquote(segment) == omnimessage_id
    assert re.fullmatch(r"[\w.~%-]+", segment, re.ASCII)
