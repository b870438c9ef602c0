"""A dry run tells what sending would do, and then sending does it; it sends nothing and writes nothing."""

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from messente_rcs.inbound.opt_outs import Change
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.payload.submission import parse
from messente_rcs.sending.dry_run import forecast
from messente_rcs.sending.outcome import OPTED_OUT
from messente_rcs.triggers.http import UnknownEvent
from tests.standin import numbers
from tests.support.steps import down, failing
from tests.support.world import TEXT, TO, Crash, World, http_event, message, record

CALLBACK = "https://callback.example.com/delivery-reports"
PAST, SOON = "2026-01-01T00:00:00Z", "2026-11-23T12:10:00Z"


class Watched:
    def __init__(self, world: World) -> None:
        self.steps: set[str] = set()
        self.env = world.env(lambda step, _: self.steps.add(step), callback_url=CALLBACK)
        self._world = world

    def over_http(self, payload: object, query: str = "dry_run=true", **event: Any) -> tuple[int, Any]:
        asked = dict(pair.split("=", 1) for pair in query.split("&")) if query else None
        given = http_event("POST", body=payload, queryStringParameters=asked)
        answer = self.env.handle(given | event, self._world.remaining())
        return answer["statusCode"], json.loads(answer["body"])

    def directly(self, payload: dict[str, Any], *, dry_run: object = True) -> Any:
        return self.env.handle(payload | {"dry_run": dry_run}, self._world.remaining(), "request-1")


@pytest.fixture
def watched(world: World) -> Watched:
    return Watched(world)


def nothing_came_of_it(world: World) -> bool:
    return (world.accepted(), world.items()) == (0, 0)


def sources(body: Any) -> list[str]:
    return [each["source"] for each in body["errors"]]


def sent(**fields: Any) -> Callable[[World], object]:
    return lambda world: world.deliver(message("k", **fields))


def claimed(seconds_ago: float) -> Callable[[World], object]:
    """Leave a claim whose owner died so long ago."""

    def leave(world: World) -> None:
        with contextlib.suppress(Crash):
            world.deliver(message("k"), world.env(failing("urlopen", "before", Crash)))
        world.clock.advance(seconds_ago)

    return leave


def cancelled(world: World) -> None:
    world.deliver(message("k", to=numbers.TOO_MANY))
    world.parts().canceller.cancel("k")


LOST = {"to": numbers.CUT_AFTER_ACCEPT}
RESEND = {"on_unknown": "resend"}

# What is there before, what is handed in, what the dry run says, and how the real one is answered.
SITUATIONS: dict[str, tuple[Callable[[World], object], dict[str, Any], str, int]] = {
    "a new id": (lambda _: None, {}, "would_send", 201),
    "a deadline that has passed": (lambda _: None, {"expires_at": PAST}, "expired", 400),
    "sent before": (sent(), {}, "stored", 201),
    "sent before, and late": (sent(), {"expires_at": PAST}, "stored", 201),
    "sent before with other tags": (sent(), {"tags": {"a": "b"}}, "stored", 201),
    "another payload": (sent(), {"text": "Other"}, "conflict", 422),
    "rejected before": (sent(to=numbers.BAD_REQUEST), {}, "would_send", 201),
    "not sent before": (sent(to=numbers.TOO_MANY), {}, "would_send", 201),
    "expired before": (sent(expires_at=PAST), {}, "would_send", 201),
    "cancelled": (cancelled, {"to": numbers.TOO_MANY}, "stored", 200),
    "being sent": (claimed(0), {}, "in_progress", 409),
    "being sent with another text": (claimed(0), {"text": "Other"}, "conflict", 422),
    "its sender died": (claimed(3600), {}, "stored", 504),
    "its sender died, resend": (claimed(3600), RESEND, "would_send", 201),
    "lost": (sent(**LOST), LOST, "stored", 504),
    "lost, resend": (sent(**LOST), LOST | RESEND, "would_send", 504),
    "lost, resend, late": (sent(**LOST), LOST | RESEND | {"expires_at": PAST}, "stored", 504),
}


@pytest.mark.parametrize(("before", "fields", "outcome", "status"), SITUATIONS.values(), ids=SITUATIONS)
def test_the_forecast_comes_true(
    world: World, before: Callable[[World], object], fields: dict[str, Any], outcome: str, status: int
) -> None:
    """Nothing is sent or written by asking, by HTTP or directly; the real request then ends as was told."""
    before(world)
    payload, truth = message("k", **fields), (len(world.messente.accepted), world.item("k"), world.dead()[:])
    watched = Watched(world)
    answers = [watched.over_http(payload)[1], watched.directly(payload)]
    assert [(each["dry_run"], each["id"], each["outcome"]) for each in answers] == [(True, "k", outcome)] * 2
    assert ["omnimessage" in each for each in answers] == [outcome == "would_send"] * 2
    assert (len(world.messente.accepted), world.item("k"), world.dead()) == truth
    assert watched.steps <= {"get_item", "batch_get_item"}
    assert watched.over_http(payload, query="")[0] == status


def test_what_messente_would_get_is_what_it_gets(world: World) -> None:
    """With the default sender, the URL for the reports and what is left until the deadline; not with the tags."""
    payload = message("k:1", expires_at=SOON, tags={"team": "logistics"})
    env = world.env(callback_url=CALLBACK, default_sender="Shop")
    told = env.handle(payload | {"dry_run": True}, world.remaining())["omnimessage"]
    assert told["messages"] == [{"channel": "rcs", "text": TEXT, "sender": "Shop", "ttl": 600}]
    assert told["dlr_url"] == f"{CALLBACK}/k%3A1"
    env.handle(payload, world.remaining())
    assert [each.body for each in world.messente.accepted] == [told]


def test_the_record_is_told(world: World, watched: Watched) -> None:
    """As the API shows it, and not that of another payload."""
    world.deliver(message("k"))
    _, stored = watched.over_http(message("k"))
    assert (stored["record"]["state"], stored["record"]["to"]) == ("sent", TO)
    assert "owner" not in stored["record"]
    _, conflict = watched.over_http(message("k", text="Other"))
    assert "record" not in conflict
    assert sources(conflict) == ["payload[idempotency_key]"]


# --- Invalid payloads -------------------------------------------------------------------------------------------------


def test_an_invalid_payload(world: World, watched: Watched, metrics: Callable[[], list[Any]]) -> None:
    """The same errors as for a real one, but no dead letter, and no metric of a refusal."""
    wrong = message("k", to="37255512345", tags={"a": 1})
    (status, body), told = watched.over_http(wrong), watched.directly(wrong)
    assert (status, told["outcome"], told["errors"]) == (400, "invalid", body["errors"])
    assert sources(told) == ["payload[to]", "payload[tags][a]"]
    assert (world.dead(), watched.steps, metrics()) == ([], set(), [])
    assert watched.over_http(wrong, query="") == (400, body)
    assert metrics() != []


def test_nothing_private_is_logged(watched: Watched, log: io.StringIO) -> None:
    """One line for each dry run, with the id and the outcome, and no metric."""
    for payload in (message("k", tags={"a": "sentinel"}), message("k", tags={"sentinel": 1}), message("k", text=1)):
        watched.directly(payload)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(each["message"], each["message_id"]) for each in lines] == [("dry run", "k")] * 3
    assert [each["outcome"] for each in lines] == ["would_send", "invalid", "invalid"]
    assert not [secret for secret in (TO, TO[1:], TEXT, "sentinel") if secret in log.getvalue()]


# --- Not sent by accident, and not swallowed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [*(f"dry_run={value}" for value in ("", "1", "yes", "True", "TRUE", "true,false", "true,true", " true")),
     "dryRun=true", "dry-run=true", "DRY_RUN=true", "dryrun=false", "dry=true", "dry_run=true&dryRun=true"],
)  # fmt: skip
def test_a_parameter_that_nobody_can_be_sure_of(world: World, watched: Watched, query: str) -> None:
    """400 that names the parameter: the message is not sent."""
    status, body = watched.over_http(message("k"), query)
    assert (status, sources(body), nothing_came_of_it(world)) == (400, ["query[dry_run]"], True)


def test_false_is_a_real_message(world: World, watched: Watched) -> None:
    """By HTTP, by invocation, and where it comes out of the record of a failed invocation."""
    assert watched.over_http(message("http"), "dry_run=false")[0] == 201
    assert watched.directly(message("k"), dry_run=False)["state"] == "sent"
    failed = {"requestContext": {"requestId": "1"}, "requestPayload": message("again") | {"dry_run": False}}
    assert world.deliver(failed)
    assert world.accepted() == 3


def test_a_refused_real_message_can_be_redriven(world: World, watched: Watched) -> None:
    """Its dead letter has no field that the queue would refuse."""
    told = watched.directly(message("k", to=numbers.BAD_REQUEST), dry_run=False)
    [letter] = world.dead()
    assert (told["state"], json.loads(letter["body"])) == ("rejected", message("k", to=numbers.BAD_REQUEST))


@pytest.mark.parametrize("value", [1, 0, "true", "false", None, [True], {}])
def test_a_value_that_is_no_boolean(world: World, watched: Watched, value: object) -> None:
    """By invocation it may have been a real message: it is refused as one, at the field."""
    told = watched.directly(message("k"), dry_run=value)
    assert (told["state"], sources(told)) == ("invalid", ["payload[dry_run]"])
    assert (world.accepted(), len(world.dead())) == (0, 1)


DRY = message("k") | {"dry_run": True}


@pytest.mark.parametrize("value", [True, False, "true"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda dry: DRY | dry,
        lambda dry: {"detail-type": "RCS Message Requested", "detail": DRY | dry},
        lambda dry: {"detail-type": "RCS Message Requested", "detail": message("k"), **dry},
        lambda dry: {"Type": "Notification", "Message": json.dumps(message("k")), **dry},
    ],
    ids=["a payload", "in an event", "beside an event", "beside a notification"],
)
def test_the_field_in_the_queue(world: World, wrap: Callable[[dict[str, Any]], dict[str, Any]], value: object) -> None:
    """It is a dead letter that names the field, whatever it says and wherever it stands."""
    assert world.deliver(wrap({"dry_run": value}))
    [letter] = world.dead()
    assert letter["reason"] == "invalid"
    assert "payload[dry_run]" in {each["source"] for each in json.loads(letter["errors"])}
    assert nothing_came_of_it(world)


def test_a_dry_run_that_failed_is_not_sent_later(world: World) -> None:
    """Lambda hands the record of an asynchronous invocation to a queue, from which it may be redriven."""
    assert world.deliver({"requestContext": {"requestId": "1"}, "requestPayload": DRY})
    assert (world.accepted(), len(world.dead())) == (0, 1)


def test_another_event_with_the_field(world: World, watched: Watched) -> None:
    """Only what is handed in directly can be tried: of a batch or a request nothing is sent."""
    for event in ({"Records": [record(message("k"))]}, http_event("POST", body=message("k"))):
        with pytest.raises(UnknownEvent):
            watched.directly(event)
    assert nothing_came_of_it(world)


# --- What cannot be known ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["get_item", "batch_get_item"])
def test_a_table_that_is_away(world: World, step: str) -> None:
    """A real message would not be sent either, without its record or without the list of opt-outs."""
    told = world.env(down(step)).handle(DRY, world.remaining())
    assert (told["outcome"], [each["code"] for each in told["errors"]]) == ("not_sent", ["104"])
    assert "omnimessage" not in told


def test_a_recipient_who_opted_out(world: World) -> None:
    """It is told only of what would go out: a message that was sent before is answered from its record."""
    sender = world.parts(callback_url=CALLBACK).api.sender
    world.deliver(message("sent"))
    world.deliver(message("lost", **LOST))
    for to in (TO, LOST["to"]):
        since = "2026-11-23T11:00:00.000Z"
        world.parts().opt_outs.change(Change(to=to, wish=Wish.OPTED_OUT, since=since, by="stop word", origin="m"))
    told = forecast(sender, "k", parse(message("k")))
    assert (told["outcome"], told["errors"]) == ("rejected", OPTED_OUT.errors)
    assert forecast(sender, "k", parse(message("k", ignore_opt_out=True)))["outcome"] == "would_send"
    for key, fields in (("sent", {}), ("lost", LOST | RESEND)):
        assert forecast(sender, key, parse(message(key, **fields)))["outcome"] == "stored"
