"""API Gateway: what each outcome answers, for payload 2.0 and 1.0."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.standin import numbers
from tests.support.steps import at, down
from tests.support.world import Hook, World, message, nothing

type Event = dict[str, Any]
type Answer = tuple[int, dict[str, str], Any]


def v2(method: str, path: str, body: str | None = None, **headers: str) -> Event:
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }


def v1(method: str, path: str, body: str | None = None, **headers: str) -> Event:
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **headers},
        "requestContext": {"httpMethod": method, "path": "/prod" + path, "stage": "prod"},
        "body": body,
        "isBase64Encoded": False,
    }


class Api:
    def __init__(self, world: World, event: Callable[..., Event]) -> None:
        self._world = world
        self._event = event

    def get(self, path: str, method: str = "GET", hook: Hook = nothing, **more: Any) -> Answer:
        response = self._world.env(hook).handle(self._event(method, path, **more), self._world.remaining())
        return response["statusCode"], response["headers"], json.loads(response["body"])

    def post(self, payload: Any, key: str | None = "k", hook: Hook = nothing) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.get("/messages", "POST", hook, body=json.dumps(payload), **headers)


@pytest.fixture(params=[v2, v1], ids=["v2", "v1"])
def api(request: pytest.FixtureRequest, world: World) -> Api:
    return Api(world, request.param)


def test_a_sent_message_is_created(world: World, api: Api) -> None:
    """201 with the record, its ids and where to ask for it, without what only the protocol needs; GET answers alike."""
    status, headers, body = api.post(message(), "order-1")
    assert (status, body["id"], body["state"]) == (201, "order-1", "sent")
    assert body["omnimessage_id"] == world.messente.accepted[0].omnimessage_id
    assert next(iter(body["messages"].values()))["channel"] == "rcs"
    assert headers["Location"] in ("/messages/order-1", "/prod/messages/order-1")
    assert api.get("/messages/order-1")[::2] == (200, body)
    documented = "id state omnimessage_id messages channels delivery to attempts created_at updated_at ttl"
    assert set(body) == set(documented.split())


def test_without_a_key_the_id_is_new(world: World, api: Api) -> None:
    """Each request without a key is a message of its own."""
    ids = {api.post(message(), None)[2]["id"] for _ in range(2)}
    assert (len(ids), world.accepted()) == (2, 2)


def test_a_repeated_key_gets_the_stored_answer(world: World, api: Api) -> None:
    """The same answer again, with a header that says so, and no second message."""
    first, second = api.post(message()), api.post(message())
    assert (second[0], second[2]) == (201, first[2])
    assert "Idempotent-Replayed" not in first[1]
    assert second[1]["Idempotent-Replayed"] == "true"
    assert world.accepted() == 1


def test_a_key_reused_for_another_payload(api: Api) -> None:
    """422, and nothing of the other message is shown."""
    api.post(message())
    status, _, body = api.post(message(text="other"))
    assert (status, body["errors"][0]["source"]) == (422, "payload[idempotency_key]")
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
def test_what_messente_does_decides_the_status(api: Api, to: str, status: int, code: str) -> None:
    """Rejected is 400, not sent 503, unknown 504; each names the id to ask about and an error in Messente's shape."""
    answered, headers, body = api.post(message(to=to))
    assert (answered, body["id"], body["errors"][0]["code"]) == (status, "k", code)
    assert set(body["errors"][0]) == {"code", "title", "detail", "source"}
    assert headers["Location"].endswith("/messages/k")
    assert ("Retry-After" in headers) == (status == 503)


def test_an_expired_message(api: Api) -> None:
    """400 with the state that says why; the record says it as well."""
    status, _, body = api.post(message(expires_at="2020-01-01T00:00:00Z"))
    assert (status, body["state"], body["errors"][0]["source"]) == (400, "expired", "payload[expires_at]")
    assert api.get("/messages/k")[2] == body


def test_a_message_in_progress(api: Api) -> None:
    """409 with Retry-After while another request is sending it."""
    seen: list[Answer] = []
    api.post(message(), hook=at("urlopen", "before", lambda: seen.append(api.post(message()))))
    [(status, headers, body)] = seen
    assert (status, body["state"], "Retry-After" in headers) == (409, "claimed", True)


def test_all_errors_of_a_payload_come_at_once(world: World, api: Api) -> None:
    """400 in Messente's shape, naming each field; the table knows nothing of what was never a message."""
    status, _, body = api.post({"to": "12", "txt": "x"})
    assert status == 400
    assert {"payload[to]", "payload[txt]"} <= {e["source"] for e in body["errors"]}
    assert world.items() == 0


@pytest.mark.parametrize("key", ["", "a b", "a/b", "ä", "x" * 256, "100%"])
def test_a_key_that_cannot_stand_in_a_path(api: Api, key: str) -> None:
    """400 that names the header."""
    status, _, body = api.post(message(), key)
    assert (status, body["errors"][0]["source"]) == (400, "headers[Idempotency-Key]")


def test_a_key_in_the_header_and_another_in_the_body(api: Api) -> None:
    """Which one would be meant? 400. The same in both is fine."""
    assert [api.post(message("one"), key)[0] for key in ("two", "one")] == [400, 201]
    assert api.post(message("body"), None)[2]["id"] == "body"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/messages/none", 404, "101"),
        ("GET", "/elsewhere", 404, "101"),
        ("PUT", "/messages", 405, "107"),
        ("POST", "/messages/k", 405, "107"),
    ],
)
def test_what_is_not_there(api: Api, method: str, path: str, status: int, code: str) -> None:
    """404 and 405 come in Messente's shape too."""
    answered, _, body = api.get(path, method)
    assert (answered, body["errors"][0]["code"]) == (status, code)


def test_an_id_that_needs_encoding(api: Api) -> None:
    """The default id of a queued message has a colon; it is found encoded or not."""
    api.post(message("sqs:1"), None)
    assert [api.get(f"/messages/{path}")[0] for path in ("sqs:1", "sqs%3A1")] == [200, 200]


@pytest.mark.parametrize(("method", "path", "step"), [("POST", "", "update_item"), ("GET", "/k", "get_item")])
def test_the_table_is_unavailable(world: World, api: Api, method: str, path: str, step: str) -> None:
    """503, and nothing was sent."""
    status, headers, _ = api.get(f"/messages{path}", method, down(step), body=json.dumps(message()))
    assert (status, "Retry-After" in headers, world.messente.accepted) == (503, True, [])
