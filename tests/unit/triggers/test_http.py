"""The front ends of AWS: what callers are answered, keys, queries, stages, base paths, methods, encodings."""

import base64
import io
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.standin import numbers
from tests.standin.messente import Reply
from tests.support.answering import Fixed
from tests.support.steps import at, down
from tests.support.world import Hook, World, message, nothing

type Event = dict[str, Any]

KEY = "Idempotency-Key"


def http_api(method: str, path: str, route: str, *, base: str = "", stage: str = "$default", **more: Any) -> Event:
    """Make an event of an HTTP API, payload 2.0: the path is decoded, and has the stage or the base path in it."""
    whole = base + ("" if stage == "$default" or base else f"/{stage}") + path
    context = {"http": {"method": method, "path": whole}, "routeKey": f"{method} {route}", "stage": stage}
    headers = {"content-type": "application/json"}
    return {"routeKey": f"{method} {route}", "rawPath": whole, "headers": headers, "requestContext": context} | more


def rest_api(method: str, path: str, route: str, *, base: str = "", stage: str = "Prod", **more: Any) -> Event:
    """Make an event of a REST API: without a custom domain, the stage is in the context's path only."""
    told = base + path if base else f"/{stage}{path}"
    return {
        "resource": route,
        "path": base + path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "requestContext": {"httpMethod": method, "path": told, "requestTimeEpoch": 1764000000000},
        **dict.fromkeys(("queryStringParameters", "multiValueQueryStringParameters", "body")),
    } | more


def function_url(method: str, path: str, **more: Any) -> Event:
    """Make an event of a function URL: payload 2.0, whose path is as it came."""
    return http_api(method, path, "unused", **more) | {"routeKey": "$default"}


def ask(world: World, event: Event, hook: Hook = nothing) -> tuple[int, dict[str, str], Any]:
    answer = world.env(hook).handle(event, world.remaining())
    return answer["statusCode"], answer["headers"], json.loads(answer["body"] or "null")


POSTS: dict[str, Callable[..., Event]] = {
    "HTTP API": partial(http_api, "POST", "/messages", "/messages"),
    "REST API": partial(rest_api, "POST", "/messages", "/messages"),
    "function URL": partial(function_url, "POST", "/messages"),
}


on_any_front_end = pytest.mark.parametrize("make", POSTS.values(), ids=list(POSTS))
by_either_api = pytest.mark.parametrize("make", [http_api, rest_api])


def posting(payload: Any, key: str | None = None, make: Callable[..., Event] = http_api) -> Event:
    headers = {} if key is None else {KEY: key}
    return make("POST", "/messages", "/messages", body=json.dumps(payload), headers=headers)


def getting(path: str, make: Callable[..., Event] = http_api) -> Event:
    return make("GET", f"/messages{path}", "/messages/{id}")


@by_either_api
def test_a_sent_message_is_created_and_a_repeat_gets_the_stored_answer(
    world: World, make: Callable[..., Event]
) -> None:
    """201 with the record; a header tells a repeat."""
    status, headers, body = ask(world, posting(message(), "order-1", make))
    assert (status, body["id"], body["state"]) == (201, "order-1", "sent")
    assert body["omnimessage_id"] == world.messente.accepted[0].omnimessage_id
    assert next(iter(body["messages"].values()))["channel"] == "rcs"
    assert ask(world, getting("/order-1", make))[::2] == (200, body)
    repeated, again, stored = ask(world, posting(message(), "order-1", make))
    assert (repeated, stored, world.accepted()) == (201, body, 1)
    assert ("Idempotent-Replayed" in headers, again["Idempotent-Replayed"]) == (False, "true")


def test_without_a_key_the_id_is_new(world: World) -> None:
    """Each request without a key is a message of its own."""
    ids = {ask(world, posting(message()))[2]["id"] for _ in range(2)}
    assert (len(ids), world.accepted()) == (2, 2)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": numbers.BAD_REQUEST}, 400, "105"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "105"),
        ({"to": numbers.UNAVAILABLE}, 503, "104"),
        ({"to": numbers.UNAUTHORIZED}, 503, "104"),
        ({"to": numbers.NOT_FOUND}, 503, "104"),
        ({"to": numbers.CUT_AFTER_ACCEPT}, 504, "104"),
        ({"to": numbers.SERVER_ERROR}, 504, "104"),
    ],
)
def test_what_became_of_a_message_decides_the_status(
    world: World, fields: dict[str, str], status: int, code: str
) -> None:
    """Rejected and expired are 400, not sent 503, unknown 504; each has an error in Messente's shape."""
    answered, headers, body = ask(world, posting(message(**fields), "k"))
    assert (answered, body["id"], body["errors"][0]["code"]) == (status, "k", code)
    assert set(body["errors"][0]) == {"code", "title", "detail", "source"}
    assert headers["Location"] == "/messages/k"
    assert ("Retry-After" in headers) == (status == 503)
    assert (body["state"] == "expired") == ("expires_at" in fields)
    assert status != 400 or ask(world, getting("/k"))[2] == body


@pytest.mark.parametrize(("hook", "source"), [(nothing, "record[channels]"), (down("update_item"), None)])
def test_a_repeat_that_cannot_see_what_was_sent(world: World, hook: Hook, source: str | None) -> None:
    """It says what it did itself, not that the message was not sent; an item that is no record is named."""
    world.deliver(message("k"))
    if source:
        world.dynamodb.get_item(Key={"id": {"S": "k"}})["Item"]["channels"] = {"S": "rcs"}
    status, headers, body = ask(world, posting(message("k")), hook)
    assert (status, "Retry-After" in headers, world.accepted()) == (503, True, 1)
    [told] = body["errors"]
    assert (told["source"], "The message was not sent" in told["detail"]) == (source, False)


def test_a_message_in_progress(world: World) -> None:
    """409 with Retry-After while another request is sending it."""
    seen: list[tuple[int, dict[str, str], Any]] = []
    event = posting(message("k"))
    ask(world, event, at("urlopen", "before", lambda: seen.append(ask(world, event))))
    [(status, headers, body)] = seen
    assert (status, body["state"], "Retry-After" in headers) == (409, "claimed", True)


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (getting("/none"), 404, "101"),
        (http_api("GET", "/elsewhere", "/elsewhere"), 404, "101"),
        (http_api("POST", "/messages/k", "/messages/{id}"), 405, "107"),
    ],
)
def test_what_is_not_there(world: World, event: Event, status: int, code: str) -> None:
    """404 and 405 come in Messente's shape too."""
    answered, _, body = ask(world, event)
    assert (answered, body["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize(("event", "step"), [(posting(message()), "update_item"), (getting("/k"), "get_item")])
def test_the_table_is_unavailable(world: World, event: Event, step: str) -> None:
    """503, and nothing was sent."""
    status, headers, _ = ask(world, event, down(step))
    assert (status, "Retry-After" in headers, world.messente.accepted) == (503, True, [])


# By the key, values of the header that name it.
KEYS: dict[str | None, tuple[str, ...]] = {
    "k": ("k,k", "k, k", '"k","k"', '"k"', ' "k" '),  # an HTTP API joins headers by commas
    "a,b": ('"a,b"',),
    "'k'": ("'k'",),
    "a;b=c": ("a;b=c",),
    None: (
        *("one,two", "one, two", '"one","two"', "k,", ",", '""', '"k', 'k"', '"'),
        *('"a"b"', r'"a\"b"', '"k";q=1', '"a b"'),
    ),
}


@on_any_front_end
@pytest.mark.parametrize(("value", "key"), [(value, key) for key, values in KEYS.items() for value in values])
def test_what_a_header_names(world: World, make: Callable[..., Event], value: str, key: str | None) -> None:
    """Quotes are not part of a key, and a comma outside them separates two keys; whatever is no key is 400."""
    event = make(body=json.dumps(message()), headers={KEY: value}, multiValueHeaders=None)
    status, _, body = ask(world, event)
    if key is None:
        assert (status, body["errors"][0]["source"], world.items()) == (400, f"headers[{KEY}]", 0)
    else:
        assert (status, body["id"]) == (201, key)


@pytest.mark.parametrize("name", [KEY, "idempotency-key", "IDEMPOTENCY-KEY"])
@pytest.mark.parametrize(
    ("plain", "several", "status"),
    [("k", ["k"], 201), (None, ["k", '"k"'], 201), ("k", None, 201), (None, ["k", "two"], 400), ("two", ["k"], 400)],
)
def test_a_repeated_header(world: World, name: str, plain: str | None, several: list[str] | None, status: int) -> None:
    """Both forms together are one set of headers. Nobody can tell which of two keys the caller will send again."""
    other = name.swapcase() if status == 400 else name
    event = POSTS["REST API"](body=json.dumps(message()))
    event |= {"headers": {other: plain} if plain else None, "multiValueHeaders": several and {name: several}}
    answered, _, body = ask(world, event)
    assert (answered, body.get("id")) == (status, "k" if status == 201 else None)


def test_a_key_in_the_header_and_another_in_the_body(world: World) -> None:
    """Which one would be meant? 400. The same in both is fine."""
    assert [ask(world, posting(message("one"), key))[0] for key in ("two", "one")] == [400, 201]


def test_what_is_wrong_with_the_key_and_the_body_comes_at_once(world: World) -> None:
    """A caller mends both at the first try."""
    status, _, body = ask(world, posting({"to": "12"}, "a b"))
    sources = [each["source"] for each in body["errors"]]
    assert (status, sources[0], "payload[to]" in sources) == (400, f"headers[{KEY}]", True)


ROUTES: dict[str, tuple[str, str, str, list[str]]] = {
    "send": ("POST", "/messages", "/messages", ["dry_run"]),
    "list": ("GET", "/messages", "/messages", ["state", "after", "omnimessage_id"]),
    "get": ("GET", "/messages/k", "/messages/{id}", []),
    "cancel": ("DELETE", "/messages/k", "/messages/{id}", []),
    "resolve": ("POST", "/messages/k/resolution", "/messages/{id}/resolution", []),
}
UNKNOWN = ["dry_run", "state", "after", "omnimessage_id", "State", "+37255598765", "", "a[b]"]


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("route", ROUTES)
def test_a_parameter_that_is_not_known_there(world: World, log: io.StringIO, route: str, name: str) -> None:
    """400 that names it, but not in the log: nothing is sent, changed or told, as if it were not there."""
    method, path, resource, known = ROUTES[route]
    if name in known:
        return
    world.deliver(message("k", to=numbers.TOO_MANY))
    before, posts = world.item("k"), world.messente.posts
    body = json.dumps({"outcome": "not_sent"} if route == "resolve" else message("other"))
    query = {"state": "unknown"} if method == "GET" and resource == "/messages" else {}
    status, _, answer = ask(
        world, http_api(method, path, resource, body=body, queryStringParameters={name: "1"} | query)
    )
    assert (status, world.item("k"), world.items(), world.messente.posts) == (400, before, 1, posts)
    assert ([each["source"] for each in answer["errors"]], "98765" in log.getvalue()) == ([f"query[{name}]"], False)


def test_a_parameter_that_comes_twice(world: World) -> None:
    """A REST API hands over all values of a parameter, and the last one by itself."""
    values: Event = {
        "multiValueQueryStringParameters": {"dry_run": ["true", "false"]},
        "body": json.dumps(message("k")),
    }
    event = rest_api("POST", "/messages", "/messages", queryStringParameters={"dry_run": "false"}, **values)
    assert (ask(world, event)[0], world.items()) == (400, 0)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        *(("omnimessage_id=o&state=unknown", "[state]"), ("omnimessage_id=o&after=x", "[after]"), ("after=x", "")),
        *(("state=sent", "[state]"), ("", "")),
    ],
)
def test_parameters_that_do_not_go_together(world: World, query: str, named: str) -> None:
    """None of them is ignored, and only unknown messages are listed."""
    event = http_api("GET", "/messages", "/messages", queryStringParameters=dict(parse_qsl(query)))
    status, _, body = ask(world, event)
    assert (status, body["errors"][0]["source"]) == (400, f"query{named}")


def test_the_parameters_of_a_signature(world: World) -> None:
    """A URL that is signed in its query has these beside its own."""
    world.deliver(message("k"))
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Signature": "0" * 64, "x-amz-date": "20261123T120000Z"}
    assert ask(world, getting("/k") | {"queryStringParameters": query})[0] == 200


@pytest.mark.parametrize(
    ("event", "location"),
    [
        (POSTS["HTTP API"](), "/messages"),
        (POSTS["HTTP API"](stage="dev"), "/dev/messages"),
        (POSTS["HTTP API"](base="/shop"), "/shop/messages"),
        (POSTS["HTTP API"](base="/messages"), "/messages/messages"),
        (POSTS["HTTP API"](stage="messages"), "/messages/messages"),
        (POSTS["REST API"](), "/Prod/messages"),
        (POSTS["REST API"](base="/shop"), "/shop/messages"),
        (POSTS["REST API"](base="/messages"), "/messages/messages"),
        (rest_api("POST", "/messages", "/{proxy+}"), "/Prod/messages"),
        (http_api("POST", "/messages/", "/messages"), "/messages"),
        (function_url("POST", "/messages"), "/messages"),
        (function_url("POST", "/a%20b:c/messages"), "/a%20b:c/messages"),
    ],
    ids=range(12),
)
def test_location_is_a_path_of_the_callers(world: World, event: Event, location: str) -> None:
    """With the stage, or the base path of a custom domain, where the caller's URL has them."""
    status, headers, _ = ask(world, event | {"body": json.dumps(message("a:b"))})
    assert (status, headers["Location"]) == (201, f"{location}/a%3Ab")


def items(message_id: str, raw: str) -> dict[str, Event]:
    """Make GETs of a message on every front end; `raw` is the id as the caller's URL has it."""
    path, encoded = f"/messages/{message_id}", f"/messages/{raw}"
    return {
        "HTTP API": http_api("GET", path, "/messages/{id}"),
        "stage": http_api("GET", path, "/messages/{id}", stage="messages"),
        "domain": http_api("GET", path, "/messages/{id}", base="/messages"),
        "catch-all": http_api("GET", path, "/messages/{proxy+}"),
        "default route": function_url("GET", path),
        "REST API": rest_api("GET", encoded, "/messages/{id}"),
        "REST domain": rest_api("GET", encoded, "/messages/{id}", base="/messages"),
        "REST catch-all": rest_api("GET", encoded, "/{proxy+}"),
        "function URL": function_url("GET", encoded),
    }


@pytest.mark.parametrize("name", items("x", "x"))
@pytest.mark.parametrize(("message_id", "raw"), [("sqs:1", "sqs%3A1"), ("messages", "messages"), ("k", "k")])
def test_a_message_is_found_by_its_route(world: World, name: str, message_id: str, raw: str) -> None:
    """Whatever stands before it in the path, whoever has decoded the id, and if it is called as the collection is."""
    world.deliver(message(message_id))
    status, _, body = ask(world, items(message_id, raw)[name])
    assert (status, body["id"]) == (200, message_id)


@by_either_api
def test_a_list_under_a_base_path_of_the_same_name(world: World, make: Callable[..., Event]) -> None:
    """The route says that the collection is meant, and not an item called messages."""
    query = {"queryStringParameters": {"state": "unknown"}}
    assert ask(world, make("GET", "/messages", "/messages", base="/messages", **query))[::2] == (200, {"messages": []})


@pytest.mark.parametrize("path", ["/x\r\nSet-Cookie: a=b/messages", "/\ud800/messages", "/ü/messages", "/a b/messages"])
def test_nothing_of_a_path_can_end_a_header(world: World, path: str) -> None:
    """HTTP APIs decode the path: what comes back as Location is encoded."""
    _, headers, _ = ask(world, http_api("POST", path, "/{proxy+}", body=json.dumps(message("k"))))
    assert re.fullmatch(r"[!-~]+", headers["Location"])


@by_either_api
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "", "get"])
def test_a_method_that_is_not_known(world: World, make: Callable[..., Event], method: str) -> None:
    """405 says which ones are, of the path that was asked."""
    for path, route, allowed in (
        ("/messages", "/messages", "GET, HEAD, POST"),
        ("/messages/k", "/messages/{id}", "DELETE, GET, HEAD"),
    ):
        status, headers, body = ask(world, make(method, path, route))
        assert (status, headers["Allow"], body["errors"][0]["code"]) == (405, allowed, "107")


def test_head_is_get_without_the_body(world: World) -> None:
    """The same status and headers."""
    world.deliver(message("k"))
    for path in ("/messages/k", "/messages/none", "/messages"):
        get, head = (world.env().handle(function_url(method, path), world.remaining()) for method in ("GET", "HEAD"))
        assert head == get | {"body": ""}


@on_any_front_end
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoded", [True, False, None])
def test_a_body_in_every_form(world: World, make: Callable[..., Event], mark: str, encoded: Any) -> None:
    """As text or as base64, and as text where nobody says; a byte order mark at its beginning is left out."""
    text = mark + json.dumps(message("k"))
    event = make(body=base64.b64encode(text.encode()).decode() if encoded else text)
    event |= {} if encoded is None else {"isBase64Encoded": encoded}
    assert ask(world, event)[0] == 201


@pytest.mark.parametrize(
    ("reply", "after"),
    [
        *((Reply(400, {}, body), None) for body in (b"", b"<html>", b'{"errors": []}')),
        *((Reply(503, {"Retry-After": given}, b""), told) for given, told in (("7", "7"), ("", "5"))),
    ],
    ids=range(5),
)
def test_an_answer_without_errors(world: World, reply: Reply, after: str | None) -> None:
    """There is always an error that says what happened, and 503 says when to come back."""
    world.messente = Fixed(reply)
    status, headers, answer = ask(world, posting(message("k")))
    assert (status, headers.get("Retry-After"), len(answer["errors"])) == (reply.status, after, 1)


@pytest.mark.parametrize(("to", "ours"), [(numbers.FORBIDDEN, "own credentials"), (numbers.NOT_FOUND, "configuration")])
def test_what_messente_refuses_of_us_is_not_the_callers_fault(world: World, to: str, ours: str) -> None:
    """The error says whose credentials or configuration it is; so does the record, who asks for it."""
    for event in (posting(message("k", to=to)), getting("/k")):
        [error] = ask(world, event)[2]["errors"]
        assert (error["code"], f"this service's {ours}" in error["detail"]) == ("104", True)
