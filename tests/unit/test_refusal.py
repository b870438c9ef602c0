"""What a refusal says, in whatever shape: the reasons that are kept, and the time after which to come back."""

import io
import json
import re

import pytest

from messente_rcs.messente.answers import AnswerKind
from tests.standin import numbers
from tests.standin.messente import Reply
from tests.standin.replies import PROBLEM
from tests.support.answering import Answering, Fixed, post, standin
from tests.support.world import World, http_event, message


def error(detail: str = "", code: str = "", title: str = "", source: str | None = None) -> dict[str, object]:
    return {"code": code, "title": title, "detail": detail, "source": source}


NO = error("No", "105", "Invalid data")
SHAPES: dict[str, tuple[object, list[dict[str, object]]]] = {
    "Messente's": ({"errors": [NO | {"source": "payload[to]"}]}, [NO | {"source": "payload[to]"}]),
    "a code without a title": ({"errors": [{"code": "105"}]}, [NO | {"detail": ""}]),
    "a code that is a number": ({"errors": [{"code": 105, "detail": "No"}]}, [NO]),
    "a code that is new": ({"errors": [{"code": 4711, "detail": "No"}]}, [error("No", "4711")]),
    "one object": ({"errors": {"code": "105", "detail": "No"}}, [NO]),
    "an error alone": ({"code": "105", "detail": "No"}, [NO]),
    "texts": ({"errors": ["No", "Never"]}, [error("No"), error("Never")]),
    "one text": ({"errors": "No"}, [error("No")]),
    "RFC 9457": (PROBLEM, [error("Invalid phone number", title="Invalid data"), error("must be a phone number")]),
    "by field": ({"errors": {"to": ["No"]}}, [error('{"errors": {"to": ["No"]}}')]),
    "a list without a name": ([{"detail": "No"}], [error('[{"detail": "No"}]')]),
    "another framework's": ({"Message": "No"}, [error('{"Message": "No"}')]),
    "null": ({"errors": None}, []),
    "plain text": (b"  No,\n never  ", [error("No, never")]),
    "a page": (
        b"<html><head><title>400</title><style>p {}</style></head><script>run()</script><h1>Bad&nbsp;Request</h1>No",
        [error("400 Bad Request No")],
    ),
    "not UTF-8": ('{"errors": [{"code": "105", "detail": "\u00e9"}]}'.encode("latin-1"), [NO | {"detail": "\ufffd"}]),
    "nothing": (b"", []),
    "nothing but white": (b" \r\n ", []),
    "an empty object": ({}, []),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_reasons_of_a_refusal_are_kept(name: str) -> None:
    """In whatever shape they came, they end in Messente's."""
    body, errors = SHAPES[name]
    answer = post(Answering(400, body))
    assert (answer.kind, answer.errors) == (AnswerKind.REJECTED, errors)


@pytest.mark.parametrize(
    "name", ["BAD_REQUEST", "NUMERIC_CODE", "ERRORS_OBJECT", "ERRORS_TEXTS", "PROBLEM", "PAGE", "UNPROCESSABLE"]
)
def test_the_record_says_why(world: World, log: io.StringIO, name: str) -> None:
    """The reasons are in the record and with the dead letter, and none of Messente's words is in the log."""
    world.deliver(message("k", to=numbers.BY_NAME[name]))
    item = world.item("k") or {}
    said = " ".join(f"{each['title']} {each['detail']}" for each in item["errors"])
    assert re.search("Invalid phone number|Bad Request|Unprocessable", said)
    [dead] = world.dead()
    assert json.loads(dead["errors"]) == item["errors"]
    assert not re.search("phone number|Bad Request|Unprocessable", log.getvalue())
    assert ('"105"' in log.getvalue()) == (name in {"BAD_REQUEST", "NUMERIC_CODE", "UNPROCESSABLE"})


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": "1" * 5000, "title": "x" * 5000, "detail": "x" * 5000, "source": "x" * 5000}] * 500},
        {"errors": ["x" * 5000] * 500},
        {"errors": {str(number): "x" for number in range(500)}},
        {"errors": [[[[[[[["x"]]]]]]]]},
        b'{"errors": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 50_000,
        b"<" * 60_000,
        b"<script>" * 8000,
        b"<!--" * 15_000,
        b"&" * 60_000,
        b"x" * 60_000,
        b'{"code": ' + b"9" * 5000 + b"}",
        b'{"code": 1e999, "detail": NaN}',
        b"\x00\xff" * 30_000,
        b'{"detail": "\\ud800"}',
    ],
    ids=lambda body: str(body)[:30],
)
def test_the_reasons_of_a_refusal_are_bounded(body: object) -> None:
    """In number and length: they must fit into the record and a dead letter, which hold nothing that is no text."""
    answer = post(Answering(422, body))
    assert answer.kind is AnswerKind.REJECTED
    assert len(answer.errors) <= 20
    for each in answer.errors:
        assert all(len(text or "") <= 500 for text in (each["code"], each["title"], each["detail"], each["source"]))
    assert len(json.dumps(answer.errors)) < 200_000
    json.dumps(answer.errors, ensure_ascii=False).encode()


def test_a_page_of_a_front_end_is_no_reason() -> None:
    """It says nothing about the message, and our own words say more to whoever sent it."""
    for number in (numbers.UNAVAILABLE, numbers.TOO_MANY, numbers.BAD_GATEWAY, numbers.PROXY_AUTH):
        assert post(standin(), number).errors == []


# By the seconds that are heeded: values of Retry-After.
AFTER: dict[float | None, tuple[str, ...]] = {
    7.0: ("7", " 7 "),
    1.5: ("1.5",),
    0.0: ("0",),
    43_200.0: ("86400", "9" * 400, "9" * 60_000),
    None: ("-1", "+5", "1e5", "inf", "nan", "0x10", "1_000", "٣", "7, 8", "", "Fri, 23 Nov 2126 12:00:00 GMT"),
}


@pytest.mark.parametrize(("value", "seconds"), [(each, seconds) for seconds, given in AFTER.items() for each in given])
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds are heeded up to the 12 hours that the queue can wait; anything else leaves it to our own pauses."""
    assert post(Answering(429, Retry_After=value)).retry_after == seconds


@pytest.mark.parametrize("value", ["9" * 400, "-1", "1.5", "nan", "Fri, 23 Nov 2126 12:00:00 GMT", "²"])
@pytest.mark.parametrize("status", [429, 503])
def test_whatever_messente_asks_for_callers_are_told_a_time(world: World, status: int, value: str) -> None:
    """A number of whole seconds that an HTTP client can read, and the queue can wait for."""
    world.messente = Fixed(Reply(status, {"Retry-After": value}, b""))
    event = http_event("POST", body=message("k"))
    answer = world.env().handle(event, world.remaining())
    assert answer["statusCode"] == 503
    assert 1 <= int(answer["headers"]["Retry-After"]) <= 43_200
    assert not world.deliver(message("queued"))
    assert (world.item("queued") or {})["state"] == "retryable"
