"""Anything at every entrance: only defined outcomes, and nothing of what came in is in a log line or an exception."""

import base64
import gzip
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import jsonschema_rs
from hypothesis import example, given, seed
from hypothesis import strategies as st

from messente_rcs.aws.queues import escaped
from messente_rcs.triggers.direct import NotSent
from messente_rcs.triggers.http import UnknownEvent
from rcs_openapi.describe import DOCUMENTS
from tests.model.profile import MARK, SEED, figures, profile
from tests.standin.inbound import ROUTE, SECRET
from tests.standin.messente import Fault, Reply
from tests.standin.reports import sign
from tests.support.answering import Fixed
from tests.support.callback import Callback, report, sending
from tests.support.inbound import put_off, told
from tests.support.strategies import JUNK, full_payloads
from tests.support.world import PASSWORD, TO, World, message, record

EXAMPLES = 150  # of each entrance, by default
MIB = 1024 * 1024

STATUSES = {200, 201, 400, 404, 405, 409, 413, 422, 503, 504}
STATES = {"sent", "rejected", "expired", "cancelled", "unknown", "invalid", "conflict"}

ODD_BODIES = [
    "[" * 100_000,
    '{"to":' * 50_000,
    '{"to":"' + TO + '","text":' + "9" * 5000 + "}",
    '{"to":"' + TO + '","text":1e999999}',
    '{"to":"' + TO + '","to":"' + MARK + '","text":"' + MARK + '"}',
    '{"to":"' + TO + '","text":"\\ud800' + MARK + '"}',
    '{"to":"' + TO + '","text":"\\u0000' + MARK + '"}',
    '{"to":"' + TO + '","text":"a","\\ud800' + MARK + '":1}',
    '{"to":"' + TO + '","text":"' + MARK * (MIB // len(MARK)) + '"}',
    '{"to":"' + TO + '","text":NaN}',
    '{"detail-type":"x","id":"' + MARK + ' y","detail":{}}',
    '{"detail-type":"x","id":"e","detail":' + "[" * 20_000,
    "\ufeff{}",
    "\ufeff" + json.dumps({"Type": "Notification", "MessageId": MARK, "Message": MARK}),
    json.dumps({"requestContext": {"requestId": MARK}, "requestPayload": [MARK]}),
    json.dumps({"detail-type": "x", "detail": {"Type": "Notification", "Message": "{}"}}),
    "",
    "null",
    "\ud800",
    "\0",
]

_JSON = JUNK.map(json.dumps)  # with NaN, lone surrogates as escapes and huge numbers
_VALID = st.sampled_from([*full_payloads().values()])


@st.composite
def almost_valid(draw: st.DrawFn) -> dict[str, Any]:
    """Make a payload that is valid but for one value, which may be anything."""
    payload = (
        draw(_VALID)
        | {"tags": {"team": MARK}}
        | draw(st.dictionaries(st.sampled_from(FIELDS), JUNK | st.just(MARK), max_size=2))
    )
    return json.loads(json.dumps(payload))  # type: ignore[no-any-return]


FIELDS = ["to", "text", "messages", "idempotency_key", "expires_at", "on_unknown", "time_to_send", "priority", "tags"]
FIELDS += ["dry_run", "x"]
BODIES = st.one_of(
    st.sampled_from(ODD_BODIES), _JSON, st.text(max_size=60), almost_valid().map(json.dumps), _VALID.map(json.dumps)
)


def fuzz(**given_ones: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Try a test with so many examples of these as the profile says."""

    def fuzzed(test: Callable[..., None]) -> Any:
        @profile(EXAMPLES)
        @given(**given_ones)
        @wraps(test)
        def tried(**drawn: Any) -> None:
            figures["fuzzed inputs"] += 1
            test(**drawn)

        return tried if SEED is None else seed(SEED)(tried)

    return fuzzed


@fuzz(body=BODIES, receives=st.integers(1, 30))
@example(body=ODD_BODIES[8], receives=1)
def test_sqs(body: str, receives: int) -> None:
    """A record is done with, buried with a reason, or comes back: nothing else."""
    world = World()
    given = record(body, receives=receives)
    answer = sending(world).handle({"Records": [given]}, world.remaining())
    if world.dead():
        assert [dead["body"] for dead in world.dead()] == [escaped(body)]  # what SQS rejects never comes from it
        assert world.dead()[0]["reason"] in ("invalid", "rejected", "conflict")
        assert not world.messente.accepted
    else:
        assert world.items() == 1 or answer["batchItemFailures"]


_TEXTS = st.text(max_size=20) | st.sampled_from(["/messages", "/messages/k", "/messages/%ff", "/messages//", "/x"])
_HEADERS = st.none() | st.dictionaries(
    st.sampled_from(["Idempotency-Key", "idempotency-key", "Content-Type", "X-Messente-Signature", "x"]),
    st.text(max_size=20) | st.just(MARK),
    max_size=3,
)
_QUERIES = st.none() | st.dictionaries(
    st.sampled_from(["state", "after", "omnimessage_id", "dry_run", "x"]),
    st.text(max_size=20) | st.sampled_from(["unknown", "true", "false", MARK, "W10=", "A" * 3000]),
    max_size=3,
)
_METHODS = st.sampled_from(["POST", "GET", "DELETE", "PUT", "OPTIONS", ""])


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Make an event of an HTTP API or of a REST API."""
    path, method = draw(_TEXTS), draw(_METHODS)
    common: dict[str, Any] = {
        "headers": draw(_HEADERS),
        "queryStringParameters": draw(_QUERIES),
        "body": draw(st.none() | BODIES),
    }
    common["isBase64Encoded"] = draw(st.booleans())
    if draw(st.booleans()):
        return common | {"path": path, "httpMethod": method, "requestContext": {"httpMethod": method, "path": path}}
    return common | {"rawPath": path, "requestContext": {"http": {"method": method, "path": path}}}


@fuzz(given=events())
def test_api(given: dict[str, Any]) -> None:
    """Every answer has a status of the list and a JSON object, and 201 only what Messente accepted."""
    world = World()
    answer = sending(world).handle(given, world.remaining())
    assert answer["statusCode"] in STATUSES
    assert isinstance(json.loads(answer["body"]), dict)
    assert (answer["statusCode"] == 201) == bool(world.messente.accepted)
    if (given["queryStringParameters"] or {}).get("dry_run", "false") != "false":
        assert (len(world.messente.accepted), world.items()) == (0, 0)
    json.dumps(answer).encode("ascii")  # Lambda can hand it over
    if answer["statusCode"] >= 400:
        assert MARK not in answer["body"]


@fuzz(payload=almost_valid() | _VALID | JUNK, wrapped=st.booleans())
def test_events_and_invocations(payload: Any, *, wrapped: bool) -> None:
    """The answer is a state of the list, and what is refused is a dead letter; an exception tells nothing."""
    world = World()
    given = {"detail-type": "x", "id": "e", "detail": payload} if wrapped else payload
    try:
        answer = sending(world).handle(given, world.remaining(), "r")
    except (NotSent, UnknownEvent) as failure:
        assert MARK not in str(failure)  # noqa: PT017 - it need not be raised
        assert TO not in str(failure)  # noqa: PT017
    else:
        if "outcome" in answer:  # a dry run, which one of the fields has asked for
            assert (answer["dry_run"], world.items(), world.dead()) == (True, 0, [])
            return
        assert answer["state"] in STATES
        refused = [answer["state"]] if answer["state"] in ("invalid", "rejected", "conflict") else []
        assert [dead["reason"] for dead in world.dead()] == refused
        json.dumps(answer)


def posted(path: str, body: str, signature: str | None, key: str, *, is_base64: bool) -> dict[str, Any]:
    """Make the event of a POST of Messente's, signed with a key unless a signature is given."""
    raw = body.encode(errors="surrogatepass")
    return {
        "rawPath": path,
        "requestContext": {"http": {"method": "POST", "path": path}},
        "headers": {"x-messente-signature": sign(raw, key) if signature is None else signature},
        "body": base64.b64encode(raw).decode() if is_base64 else body,
        "isBase64Encoded": is_base64,
    }


_SIGNATURES = st.none() | st.text(max_size=70) | st.just("0" * 64)

REPORT_FIELDS = ["status", "err", "error", "price_info", "timestamp", "to", "omnimessage_id", "message_id", "channel"]


@fuzz(
    body=BODIES | st.dictionaries(st.sampled_from(REPORT_FIELDS), JUNK | st.just(MARK), max_size=3),
    message_id=st.sampled_from(["k", "", "none", "%ff"]) | st.text(max_size=10),
    signature=_SIGNATURES,
    is_base64=st.booleans(),
)
def test_delivery_reports(body: Any, message_id: str, signature: str | None, *, is_base64: bool) -> None:
    """A report is taken or refused; what is not signed rightly, or is no report, changes nothing."""
    world = World()
    world.deliver(message("k"), sending(world))
    before = world.item("k")
    if isinstance(body, dict):
        genuine = json.loads(report(world.messente.accepted[0], "DELIVRD").body)
        body = json.dumps(genuine | body)
    request = posted(f"/delivery-reports/{message_id}", body, signature, PASSWORD, is_base64=is_base64)
    status, answer = Callback(world).handle(request)
    assert status in {200, 400, 401, 404, 409, 413, 503}
    if status != 200:
        assert MARK not in json.dumps(answer)
        assert world.item("k") == before
    if signature is not None:
        assert status in (401, 404, 413)


INBOUND_FIELDS = ["msg_id", "sub_msg_id", "channel", "recipient", "time", "text", "sender", "postback_data", "x"]
_SAID = st.sampled_from(["STOP", "start", MARK, TO, f"{TO} {MARK}", "9999-12-31T23:59:59Z", "\ud83d", "\0"])


@fuzz(
    body=BODIES | st.dictionaries(st.sampled_from(INBOUND_FIELDS), JUNK | _SAID, max_size=6),
    signature=_SIGNATURES,
    is_base64=st.booleans(),
    is_down=st.booleans(),
)
def test_inbound_messages(body: Any, signature: str | None, *, is_base64: bool, is_down: bool) -> None:
    """A message is taken or refused. What was answered 200 is told of, at once or from the queue; nothing else is."""
    world = World()
    world.events.trouble = lambda _: "InternalFailure" if is_down else None
    body = json.dumps(body) if isinstance(body, dict) else body
    answer = world.receiving().handle(posted(ROUTE, body, signature, SECRET, is_base64=is_base64))
    assert answer["statusCode"] in {200, 400, 401, 413}
    assert isinstance(json.loads(answer["body"]), dict)
    if signature is not None:
        assert answer["statusCode"] in {401, 413}
    world.events.trouble = lambda _: None
    assert world.receiving().handle({"Records": [*put_off(world), record("{}", message_id="x")]}) == {
        "batchItemFailures": [{"itemIdentifier": "x"}]
    }
    assert len(told(world, "RCS Message Received")) == (answer["statusCode"] == 200)
    for each in world.events.taken:
        jsonschema_rs.validate(
            DOCUMENTS["message-received.schema.json"],
            {"source": each["Source"], "detail-type": each["DetailType"], "detail": each["Detail"]},
        )


_RAW = st.one_of(
    st.binary(max_size=80),
    BODIES.map(lambda text: text.encode(errors="surrogatepass")),
    _JSON.map(lambda text: gzip.compress(text.encode(), 1, mtime=0)),
    st.fixed_dictionaries(
        {},
        optional={
            "omnimessage_id": JUNK,  # ids are logged
            "messages": JUNK | st.sampled_from([MARK, [{"message_id": MARK}], [{"message_id": "a" * 3000}]]),
            "errors": JUNK | st.sampled_from([MARK, [{"code": 1}], [{"title": MARK, "detail": MARK, "source": MARK}]]),
            "to": JUNK | st.just(MARK),
        },
    ).map(lambda reply: json.dumps(reply).encode()),
)
_ODD_HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "Content-Encoding", "Retry-After", "Location", "X", "Transfer-Encoding"]),
    st.sampled_from(
        ["gzip", "br", "chunked", "1", "-1", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT", "text/html", "/v1"]
    ),
    max_size=3,
)
CODES = [200, 201, 202, 204, 206, 300, 301, 302, 304, 307, 400, 401, 403, 404, 409, 418, 422, 429, 451, 500, 502, 503]


@fuzz(
    status=st.sampled_from(CODES),
    headers=_ODD_HEADERS,
    body=_RAW,
    fault=st.sampled_from(list(Fault)),
    accepts=st.booleans(),
)
def test_messentes_answers(status: int, headers: dict[str, str], body: bytes, fault: Fault, *, accepts: bool) -> None:
    """Whatever Messente answers, it is sent at most once, and an acceptance is never taken for a refusal.

    But for the statuses that mean a refusal: a message that is accepted and answered 400 nobody can tell.
    """
    world = World()
    world.messente = Fixed(Reply(status, headers, body, fault), accepts=accepts)
    env = sending(world)
    for _ in range(3):
        world.deliver(message("k"), env)
        world.clock.advance(1000)
    item = world.item("k")
    assert item is not None
    assert item["state"] in {"sent", "unknown", "rejected", "retryable"}
    if status // 100 in (2, 3) or status in (500, 502):
        assert item["state"] in {"sent", "unknown"}
        assert len(world.messente.requests) <= 1
