"""API Gateway: what each outcome answers, for payload 2.0 and 1.0."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.standin import numbers
from tests.support.world import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

type Event = dict[str, Any]


def v2(method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Event:
    """Make an HTTP API event, payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }


def v1(method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Event:
    """Make a REST API event, payload 1.0."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "requestContext": {"httpMethod": method, "path": "/prod" + path, "stage": "prod"},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture(params=[v2, v1], ids=["v2", "v1"])
def event(request: pytest.FixtureRequest) -> Callable[..., Event]:
    """Make an event of either version."""
    make: Callable[..., Event] = request.param
    return make


def ask(world: World, event: Event) -> tuple[int, dict[str, str], Any]:
    """Hand an event to a new environment; return status, headers and the decoded body."""
    response = world.env().handle(event, world.remaining())
    return response["statusCode"], response["headers"], json.loads(response["body"])


def post(world: World, event: Callable[..., Event], payload: Any, **headers: str) -> tuple[int, dict[str, str], Any]:
    """POST a payload."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(world, event("POST", "/messages", json.dumps(payload), names))


def test_a_sent_message_is_created(world: World, event: Callable[..., Event]) -> None:
    """201 with the record, its ids and where to ask for it; GET then answers the same."""
    status, headers, body = post(world, event, message(), Idempotency_Key="order-1")
    assert status == 201
    assert body["id"] == "order-1"
    assert body["state"] == "sent"
    assert body["omnimessage_id"] == world.messente.accepted[0].omnimessage_id
    assert next(iter(body["messages"].values()))["channel"] == "rcs"
    assert headers["Location"] in ("/messages/order-1", "/prod/messages/order-1")
    assert ask(world, event("GET", "/messages/order-1"))[::2] == (200, body)


def test_a_record_shows_what_is_documented_and_no_more(world: World, event: Callable[..., Event]) -> None:
    """The answer's names are the item's, without what only the protocol needs."""
    _, _, body = post(world, event, message(), Idempotency_Key="k")
    documented = "id state omnimessage_id messages channels delivery to attempts created_at updated_at ttl"
    assert set(body) == set(documented.split())


def test_without_a_key_the_id_is_new(world: World, event: Callable[..., Event]) -> None:
    """Each request without a key is a message of its own."""
    ids = {post(world, event, message())[2]["id"] for _ in range(2)}
    assert len(ids) == 2
    assert world.accepted() == 2


def test_a_repeated_key_gets_the_stored_answer(world: World, event: Callable[..., Event]) -> None:
    """The same answer again, with a header that says so, and no second message."""
    first = post(world, event, message(), Idempotency_Key="k")
    second = post(world, event, message(), Idempotency_Key="k")
    assert second[0] == 201
    assert second[2] == first[2]
    assert "Idempotent-Replayed" not in first[1]
    assert second[1]["Idempotent-Replayed"] == "true"
    assert world.accepted() == 1


def test_a_key_reused_for_another_payload(world: World, event: Callable[..., Event]) -> None:
    """422, and nothing of the other message is shown."""
    post(world, event, message(), Idempotency_Key="k")
    status, _, body = post(world, event, message(text="other"), Idempotency_Key="k")
    assert status == 422
    assert body["errors"][0]["source"] == "payload[idempotency_key]"
    assert "to" not in body


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        (numbers.BAD_REQUEST, 400, "105"),
        (numbers.UNAVAILABLE, 503, "104"),
        (numbers.UNAUTHORIZED, 503, "104"),
        (numbers.NOT_FOUND, 503, "104"),
        (numbers.CUT_AFTER_ACCEPT, 504, "104"),
        (numbers.SERVER_ERROR, 504, "104"),
    ],
)
def test_what_messente_does_decides_the_status(
    world: World, event: Callable[..., Event], to: str, status: int, code: str
) -> None:
    """Rejected is 400, not sent 503, unknown 504; each names the id to ask about and an error in Messente's shape."""
    answered, headers, body = post(world, event, message(to=to), Idempotency_Key="k")
    assert (answered, body["id"], body["errors"][0]["code"]) == (status, "k", code)
    assert set(body["errors"][0]) == {"code", "title", "detail", "source"}
    assert headers["Location"].endswith("/messages/k")
    assert ("Retry-After" in headers) == (status == 503)


def test_an_expired_message(world: World, event: Callable[..., Event]) -> None:
    """400, with the state that says why."""
    status, _, body = post(world, event, message(expires_at="2020-01-01T00:00:00Z"), Idempotency_Key="k")
    assert (status, body["state"], body["errors"][0]["source"]) == (400, "expired", "payload[expires_at]")


def test_a_message_in_progress(world: World, event: Callable[..., Event]) -> None:
    """409 with Retry-After while another request is sending it."""
    seen = []

    def another_request(step: str, when: str) -> None:
        if (step, when) == ("urlopen", "before"):
            seen.append(post(world, event, message(), Idempotency_Key="k"))

    request = event("POST", "/messages", json.dumps(message()), {"Idempotency-Key": "k"})
    world.env(another_request).handle(request, world.remaining())
    [(status, headers, body)] = seen
    assert (status, body["state"]) == (409, "claimed")
    assert "Retry-After" in headers


def test_all_errors_of_a_payload_come_at_once(world: World, event: Callable[..., Event]) -> None:
    """400 in Messente's shape, naming each field."""
    status, _, body = post(world, event, {"to": "12", "txt": "x"})
    assert status == 400
    assert {"payload[to]", "payload[txt]"} <= {e["source"] for e in body["errors"]}
    assert world.items() == 0


@pytest.mark.parametrize("key", ["", "a b", "a/b", "ä", "x" * 256, "100%"])
def test_a_key_that_cannot_stand_in_a_path(world: World, event: Callable[..., Event], key: str) -> None:
    """400 that names the header."""
    status, _, body = post(world, event, message(), Idempotency_Key=key)
    assert (status, body["errors"][0]["source"]) == (400, "headers[Idempotency-Key]")


def test_a_key_in_the_header_and_another_in_the_body(world: World, event: Callable[..., Event]) -> None:
    """Which one would be meant? 400. The same in both is fine."""
    assert post(world, event, message("one"), Idempotency_Key="two")[0] == 400
    assert post(world, event, message("one"), Idempotency_Key="one")[0] == 201
    assert post(world, event, message("body"))[2]["id"] == "body"


def test_a_base64_body(world: World, event: Callable[..., Event]) -> None:
    """API Gateway encodes bodies that it takes for binary; what is not base64 is a 400."""
    request = event("POST", "/messages", base64.b64encode(json.dumps(message("k")).encode()).decode())
    request["isBase64Encoded"] = True
    assert ask(world, request)[0] == 201
    assert ask(world, request | {"body": "%%%"})[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/messages/none", 404, "101"),
        ("GET", "/elsewhere", 404, "101"),
        ("PUT", "/messages", 405, "107"),
        ("POST", "/messages/k", 405, "107"),
    ],
)
def test_what_is_not_there(
    world: World, event: Callable[..., Event], method: str, path: str, status: int, code: str
) -> None:
    """404 and 405 come in Messente's shape too."""
    answered, _, body = ask(world, event(method, path))
    assert (answered, body["errors"][0]["code"]) == (status, code)


def test_an_id_that_needs_encoding(world: World, event: Callable[..., Event]) -> None:
    """The default id of a queued message has a colon; it is found encoded or not."""
    post(world, event, message("sqs:1"))
    assert ask(world, event("GET", "/messages/sqs:1"))[0] == 200
    assert ask(world, event("GET", "/messages/sqs%3A1"))[0] == 200


def test_the_table_is_unavailable(world: World, event: Callable[..., Event]) -> None:
    """503 for both routes, and nothing was sent."""

    def down(step: str, _when: str) -> None:
        if step in ("update_item", "get_item"):
            raise ClientError({"Error": {"Code": "InternalServerError"}}, step)

    env = world.env(down)
    for request in (event("POST", "/messages", json.dumps(message())), event("GET", "/messages/k")):
        response = env.handle(request, world.remaining())
        assert response["statusCode"] == 503
        assert "Retry-After" in response["headers"]
    assert world.messente.accepted == []
