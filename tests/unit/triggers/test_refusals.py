"""What is refused leaves a trace on every trigger: a line, a metric, and a dead letter where nobody may listen."""

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from messente_rcs.triggers.direct import NotMoved
from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Fixed
from tests.support.metrics import Metric
from tests.support.steps import failing
from tests.support.world import TEXT, TO, World, http_event, message, record, requested

type Written = Callable[[], list[Metric]]

PRIVATE_NAME = "maria"


def by_http(payload: Any) -> Any:
    return http_event("POST", body=payload)


def queued(payload: Any) -> Any:
    given = record(payload, message_id="q-1")
    given["attributes"]["MessageGroupId"] = "campaign-7"
    return {"Records": [given]}


def directly(payload: Any) -> Any:
    return payload


type Wrap = Callable[[Any], Any]

WITHOUT_LISTENER: dict[str, tuple[Wrap, str, str | None]] = {
    "queue": (queued, "sqs", "sqs:q-1"),
    "queue, an event": (lambda payload: {"Records": [record(requested(payload))]}, "sqs", "event:e-1"),
    "eventbridge": (requested, "eventbridge", "event:e-1"),
    "invocation": (directly, "invoke", "invoke:r-1"),
}
TRIGGERS: dict[str, tuple[Wrap, str, str | None]] = {"http": (by_http, "http", None), **WITHOUT_LISTENER}

of_any_trigger = pytest.mark.parametrize(("wrap", "trigger", "message_id"), TRIGGERS.values(), ids=list(TRIGGERS))

REJECTED = {"invalid": {"to": TO}, "rejected": message(to=numbers.BAD_REQUEST), "conflict": message("taken")}

for_any_reason = pytest.mark.parametrize("reason", REJECTED)


@pytest.fixture
def _taken(world: World) -> None:
    world.deliver(message("taken", text="other"))


DOWN = ClientError({"Error": {"Code": "Down", "Message": f"{TO} {TEXT}"}}, "SendMessage")


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@of_any_trigger
def test_an_invalid_payload_is_one_line_and_one_metric(
    world: World, log: io.StringIO, metrics: Written, wrap: Wrap, trigger: str, message_id: str | None
) -> None:
    """The line has the id, the codes and where; the metric is there for all triggers together and for each."""
    payload = {"to": "12", "messages": [{"channel": "rcs", "txt": TEXT}]}
    world.env().handle(wrap(payload), world.remaining(), "r-1")
    [line] = lines(log)
    assert (line["message"], line["level"], line["trigger"]) == ("invalid", "WARNING", trigger)
    assert line.get("message_id") == message_id
    assert line["codes"] == ["105", "105", "106"]
    assert line["sources"] == ["payload[to]", "payload[rcs][?]", "payload[rcs]"]
    buried = [] if trigger == "http" else [Metric("DeadLettered", 1), Metric("DeadLettered", 1, "invalid")]
    assert metrics() == [*buried, Metric("Invalid", 1), Metric("Invalid", 1, trigger)]


@of_any_trigger
@pytest.mark.parametrize(
    "payload",
    [
        {"to": TO, "text": TEXT, PRIVATE_NAME: 1},
        {"to": TO, "text": TEXT, TO: 1},
        {"to": TO, "messages": [{"channel": "rcs", "text": TEXT, TEXT: PRIVATE_NAME}]},
        {"to": TO, "text": TEXT, f"{PRIVATE_NAME}][text": 1},
        {"to": TO, "text": [PRIVATE_NAME]},
    ],
    ids=range(5),
)
@pytest.mark.usefixtures("trigger", "message_id")
def test_a_line_names_the_key_and_only_fields_that_there_are(
    world: World, log: io.StringIO, wrap: Wrap, payload: Any
) -> None:
    """A name that no payload has is the sender's own word: neither it nor a value is in the log."""
    world.env().handle(wrap(payload | {"idempotency_key": "mine"}), world.remaining(), "r-1")
    [line] = lines(log)
    assert (line["message_id"], bool(line["sources"])) == ("mine", True)
    assert {dead["message_id"] for dead in world.dead()} <= {"mine"}
    for private in (PRIVATE_NAME, TO, TO[1:], TEXT):
        assert private not in log.getvalue()


@pytest.mark.usefixtures("_taken")
@pytest.mark.parametrize(("wrap", "trigger", "message_id"), WITHOUT_LISTENER.values(), ids=list(WITHOUT_LISTENER))
@for_any_reason
def test_what_is_rejected_is_a_dead_letter(
    world: World, log: io.StringIO, metrics: Written, wrap: Wrap, trigger: str, message_id: str, reason: str
) -> None:
    """Whoever invokes the function may not read its answer. A redrive has the id and the group that it had here."""
    expected = "taken" if reason == "conflict" else message_id
    event = wrap(REJECTED[reason])
    answer = world.env().handle(event, world.remaining(), "r-1")
    [dead] = world.dead()
    assert (dead["reason"], dead["message_id"]) == (reason, expected)
    assert json.loads(dead["errors"])[0]["code"] in ("105", "106")
    assert json.loads(dead["body"]) == (json.loads(event["Records"][0]["body"]) if trigger == "sqs" else event)
    assert world.sqs.groups[world.dead_letter_queue_url] == ["campaign-7" if wrap is queued else None]
    last = lines(log)[-1]
    assert (last["message"], last["message_id"], last["level"] != "ERROR") == (reason, expected, True)
    assert last["codes"]
    assert last["sources"]
    counted = {Metric("DeadLettered", 1), Metric("DeadLettered", 1, reason)}
    assert counted | ({Metric("Duplicate", 1)} if reason == "conflict" else set()) <= set(metrics())
    if trigger != "sqs":
        assert (answer["id"], answer["state"], bool(answer["errors"])) == (expected, reason, True)


@pytest.mark.usefixtures("_taken")
@pytest.mark.parametrize("wrap", [requested, directly])
@for_any_reason
def test_a_dead_letter_that_cannot_be_moved_raises(world: World, log: io.StringIO, wrap: Wrap, reason: str) -> None:
    """Lambda then tries again, and in the end puts the invocation itself into the queue: nothing is lost."""
    with pytest.raises(NotMoved, match="Down") as raised:
        world.env(failing("send_message", "before", DOWN)).handle(wrap(REJECTED[reason]), world.remaining(), "r-1")
    for private in (TO, TEXT):
        assert private not in f"{raised.value!r} {raised.value.__cause__!r} {log.getvalue()}"
    assert world.env().handle(wrap(REJECTED[reason]), world.remaining(), "r-1")["state"] == reason
    assert [dead["reason"] for dead in world.dead()] == [reason]


MIB = 1024 * 1024  # bytes that SQS takes, attributes with the body

UNFIT = "\ufffe \uffff \ud800 \x00 \x0b \x7f \U0001fffe é"


@pytest.mark.parametrize("wrap", [requested, directly])
@pytest.mark.parametrize("letter", ["ж", "字", "🙂", "\\", "\x01"])
def test_what_came_in_fits_into_a_dead_letter(world: World, wrap: Wrap, letter: str) -> None:
    """Escapes would treble the 520 KB of a Cyrillic text, and Lambda takes up to 1 MiB."""
    size = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    event = wrap({"to": "12", "text": letter * (520_000 // size)})
    assert world.env().handle(event, world.remaining(), "r-1")["state"] == "invalid"
    [dead] = world.dead()
    assert json.loads(dead["body"]) == event
    assert json.loads(dead["errors"])[0]["code"] == "105"


def test_a_dead_letter_has_as_many_errors_as_fit(world: World) -> None:
    """The body comes first: it can be sent again, and the errors can be found again."""
    wrong = {f"field {number}": number for number in range(30)}
    seen = []
    for free in (20_000, 3000, 500, 100, 30, 0):
        event = {"to": "12", **wrong, "text": ""}
        event["text"] = "x" * (MIB - free - len(json.dumps(event, separators=(",", ":"))))
        assert world.env().handle(event, world.remaining(), "r-1")["state"] == "invalid"
        dead = world.dead()[-1]
        assert json.loads(dead["body"]) == event
        seen.append(len(json.loads(dead["errors"])) if "errors" in dead else None)
    assert seen[0] == 20
    assert 0 < (seen[1] or 0) < 20
    assert seen[3:] == [0, None, None]


def test_what_can_never_be_a_dead_letter_says_so(world: World, log: io.StringIO) -> None:
    """A synchronous invocation may bring more than SQS takes: it is raised, by the reason's name."""
    with pytest.raises(NotMoved, match=r"invoke:r-1: invalid, .* larger than SQS takes"):
        world.env().handle({"to": "12", "text": "x" * MIB}, world.remaining(), "r-1")
    assert world.dead() == []
    assert "larger than SQS takes" in log.getvalue()


@pytest.mark.parametrize("write", [dict, json.dumps, partial(json.dumps, ensure_ascii=False)])
def test_what_sqs_takes_no_text_with_is_escaped(world: World, write: Wrap) -> None:
    """The letter holds the same values all the same, in its body and in the errors, which may be Messente's words."""
    errors = [{"code": "105", "title": UNFIT, "detail": UNFIT, "source": None}]
    world.messente = Fixed(Reply(400, {}, json.dumps({"errors": errors}).encode()))
    event = message("k", tags={"x": "\ufffe \uffff \x0b \x7f \U0001fffe é"})
    assert world.env().handle(write(event), world.remaining(), "r-1")["state"] == "rejected"
    [dead] = world.dead()
    assert json.loads(dead["body"]) == event
    assert json.loads(dead["errors"]) == (world.item("k") or {})["errors"]


BAD_BASE64, BAD_KEY = {"body": "%%%", "isBase64Encoded": True}, {"headers": {"idempotency-key": PRIVATE_NAME + " /"}}


@pytest.mark.parametrize(("change", "source"), [(BAD_BASE64, "payload"), (BAD_KEY, "headers[Idempotency-Key]")])
def test_a_request_is_invalid_for_its_encoding_or_its_key(
    world: World, log: io.StringIO, metrics: Written, change: dict[str, Any], source: str
) -> None:
    """It is counted as any other; the log has the name of the header, and not what it said."""
    assert world.env().handle(by_http(message()) | change, world.remaining())["statusCode"] == 400
    assert [line["sources"] for line in lines(log)] == [[source]]
    assert PRIVATE_NAME not in log.getvalue()
    assert Metric("Invalid", 1, "http") in metrics()
