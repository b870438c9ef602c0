"""No number, text or password in any log line of the tracking, whatever fails."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError

from tests.standin.reports import as_event
from tests.support.callback import Callback, report, sending, signed
from tests.support.steps import ask, failing
from tests.support.world import Crash, Hook, World, message

NUMBER, OTHER, TEXT, PRIVATE_PASSWORD = "+37255567890", "+37255598765", "a private word", "a private password"
SECRETS = (NUMBER, NUMBER[4:], OTHER, OTHER[4:], TEXT, PRIVATE_PASSWORD)


AWAY = ClientError({"Error": {"Code": "Down", "Message": f"{NUMBER} {TEXT} {PRIVATE_PASSWORD}"}}, "Call")
CUT = ProtocolError(f"{NUMBER} {TEXT} {PRIVATE_PASSWORD}")


@pytest.fixture
def private(world: World) -> World:
    world.put_secret(PRIVATE_PASSWORD)
    world.messente.change_password(PRIVATE_PASSWORD)
    for key, to in (("k", NUMBER), ("other", OTHER)):
        world.deliver(message(key, to=to, text=TEXT), sending(world))
    return world


def odd_reports(world: World) -> list[dict[str, Any]]:
    """Make reports that are refused for every reason there is, and one that is kept, with private details."""
    first, second = world.messente.accepted
    facts = json.loads(report(first, "SEEN").body)
    bad = [
        json.dumps(facts | more).encode()
        for more in ({"message_id": None}, {"to": {"number": NUMBER}}, {"status": [NUMBER]}, {"to": OTHER})
    ]
    kept = json.dumps(facts | {"error": f"{NUMBER}: {TEXT}", "status": NUMBER, "sender": NUMBER}).encode()
    return [
        as_event(report(first, "SEEN", password="wrong")),
        as_event(report(first, "SEEN", message_id="none", password=PRIVATE_PASSWORD)),
        as_event(report(first, "SEEN", message_id="other", password=PRIVATE_PASSWORD)),
        as_event(report(second, "SEEN", message_id="k", password=PRIVATE_PASSWORD)),
        as_event(report(first, "SEEN", message_id=f"{NUMBER} {TEXT}".replace(" ", "%20"), password="wrong")),
        signed(NUMBER.encode(), password=PRIVATE_PASSWORD),
        *(signed(body, password=PRIVATE_PASSWORD) for body in [*bad, kept]),
    ]


def take_all(world: World, hook: Hook) -> None:
    callback = Callback(world, hook)
    statuses = [callback.handle(event)[0] for event in odd_reports(world)]
    assert set(statuses) & {401, 503}


def reconcile(world: World, hook: Hook) -> None:
    with pytest.raises(Crash):
        world.deliver(message("claimed", to=NUMBER, text=TEXT), sending(world, failing("urlopen", "before", Crash)))
    world.clock.advance(3700)
    world.parts(hook).reconciler.run(world.remaining(300))


def cancel(world: World, hook: Hook) -> None:
    assert ask(world, "DELETE", "/messages/k", hook=hook)[0] in (409, 503)


@pytest.mark.parametrize("act", [take_all, reconcile, cancel])
@pytest.mark.parametrize("step", ["none", "get_secret_value", "get_item", "query", "update_item", "urlopen"])
def test_nothing_private_is_logged(
    private: World, log: io.StringIO, act: Callable[[World, Hook], None], step: str
) -> None:
    """Neither in a line nor in the text of an exception that leaves the function, whichever step fails."""
    raised = ""
    try:
        act(private, failing(step, "before", CUT if step == "urlopen" else AWAY))
    except Exception as failure:  # noqa: BLE001 - the runtime prints whatever comes
        raised = f"{failure!r} {failure.__cause__!r} {failure}"
    logged = log.getvalue()
    assert logged or raised or act is cancel
    assert [secret for secret in SECRETS if secret in logged + raised] == []


# What an unsigned request has instead, and how it is rejected.
UNSIGNED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a number in the path": ({"rawPath": f"/delivery-reports/{NUMBER}"}, 401, "signature"),
    "an encoded number in the path": ({"rawPath": f"/delivery-reports/%2B{NUMBER[1:]}"}, 401, "signature"),
    "a number in another path": ({"rawPath": f"/{NUMBER}"}, 404, "path"),
    "a number in a longer path": ({"rawPath": f"/delivery-reports/k/{NUMBER}"}, 404, "path"),
    "an id of ours in the path": ({"rawPath": "/delivery-reports/k"}, 401, "signature"),
    "a header": ({"headers": {"x-messente-signature": NUMBER, NUMBER: NUMBER}}, 401, "signature"),
    "no body": ({"body": None}, 401, "signature"),
    "a body that is none": ({"body": f"%{NUMBER}", "isBase64Encoded": True}, 400, "encoding"),
    "a large body": ({"body": NUMBER * 10_000}, 413, "size"),
    "a method": ({"requestContext": {"http": {"method": NUMBER}}}, 405, "method"),
    "a query": ({"rawQueryString": NUMBER, "queryStringParameters": {NUMBER: NUMBER}}, 401, "signature"),
}


@pytest.mark.parametrize(("change", "status", "reason"), UNSIGNED.values(), ids=UNSIGNED.keys())
def test_nothing_that_an_unsigned_caller_chose_is_logged(
    private: World, log: io.StringIO, change: dict[str, Any], status: int, reason: str
) -> None:
    """One line with the reason and nothing else, whatever the request holds; the answer has Messente's shape."""
    event = as_event(report(private.messente.accepted[0], "SEEN", password="wrong"))
    log.truncate(0)
    answered, body = Callback(private).handle({**event, **change})
    assert (answered, set(body["errors"][0])) == (status, {"code", "title", "detail", "source"})
    [line] = map(json.loads, log.getvalue().strip("\0").splitlines())
    assert line.keys() - {"level", "timestamp", "service", "function_request_id"} == {"message", "reason"}
    assert (line["message"], line["reason"]) == ("report rejected", reason)


@pytest.mark.parametrize("message_id", [NUMBER, NUMBER[1:], "none"])
def test_a_signed_report_does_not_vouch_for_its_path(private: World, log: io.StringIO, message_id: str) -> None:
    """Messente signs the body alone. Of an id in the path nothing is logged unless a record has it."""
    told = report(private.messente.accepted[0], "SEEN", message_id=message_id, password=PRIVATE_PASSWORD)
    log.truncate(0)
    assert Callback(private).take(told) == [404]
    assert message_id not in log.getvalue()
    other = report(private.messente.accepted[0], "SEEN", message_id="other", password=PRIVATE_PASSWORD)
    assert Callback(private).take(other) == [409]
    assert json.loads(log.getvalue().strip("\0").splitlines()[-1])["message_id"] == "other"
