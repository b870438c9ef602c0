"""The document of both APIs says what the code and the template do, and is not behind."""

import json

import jsonschema_rs
import pytest
import requests

from messente_rcs.inbound.inbox import OPTED_IN, OPTED_OUT, RECEIVED
from messente_rcs.records.record import Record, State
from rcs_openapi.describe import DOCUMENTS, written
from tests.standin import numbers
from tests.standin.inbound import SECRET, post
from tests.support.gateway import URL, Signed, both_apis, populate
from tests.support.inbound import hand_in, said
from tests.support.mapping import Mapping
from tests.support.template import RESOURCES, ROOT
from tests.support.world import PASSWORD, USERNAME, World, message

DOCUMENT = DOCUMENTS["openapi.json"]
CHANGED = DOCUMENTS["message-changed.schema.json"]
RECEIVED_EVENTS = DOCUMENTS["message-received.schema.json"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method in {"get", "post", "delete"}
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_file_is_behind(name: str) -> None:
    """After a change of the code, `make openapi` writes the documents anew."""
    assert (ROOT / "src" / "rcs_openapi" / name).read_text() == written(name)


def test_it_is_a_valid_document() -> None:
    """Every schema in it is one, and every reference leads somewhere."""
    for name in DOCUMENT["components"]["schemas"]:
        reference = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
        assert jsonschema_rs.validator_for(reference, validate_formats=True)


def test_its_routes_are_those_of_the_template() -> None:
    """Every route of both APIs, no other one."""
    routes = [each["Properties"] for each in RESOURCES.values() if each["Type"] == "AWS::ApiGatewayV2::Route"]
    assert sorted(OPERATIONS) == sorted(each["RouteKey"] for each in routes)
    secured = {name for name, each in OPERATIONS.items() if each["security"] == [{"sigv4": []}]}
    assert secured == {each["RouteKey"] for each in routes if each["AuthorizationType"] == "AWS_IAM"}


def test_every_public_attribute_is_described(world: World) -> None:
    """Records in every state, with what reports add: each attribute has its words, also inside of `messages`."""
    items = [Record.of(world.item(key) or {}).public for key in populate(world)]
    assert {item["state"] for item in items} == set(State)
    attributes = DOCUMENT["components"]["schemas"]["Record"]["properties"]
    assert set().union(*items) == set(attributes)
    assert [name for name, each in attributes.items() if not each.get("description")] == []
    parts = set().union(*(part for item in items for part in item["messages"].values()))
    assert parts == set(DOCUMENT["components"]["schemas"]["Part"]["properties"])


def check(response: requests.Response, operation: str) -> int:
    """Hold an answer to the document: status, headers, body; return the status."""
    described = OPERATIONS[operation]["responses"][str(response.status_code)]
    [content] = described["content"].values()
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(response.json())
    assert response.headers["Content-Type"] in described["content"]
    assert set(response.headers) <= {"Content-Type", *described.get("headers", ())}
    return response.status_code


def test_answers_to_sending(world: World) -> None:
    """Each status that sending has, from the code and as described."""
    session, found = both_apis(world), set()
    populate(world)
    bodies = [
        message("new"),
        message("new"),
        message("new", text="Other"),
        message("cancelled", to=numbers.TOO_MANY),
        message("claimed"),
        message("later", to=numbers.TOO_MANY),
        message("lost", to=numbers.CUT_AFTER_ACCEPT),
        message("refused", to=numbers.BAD_REQUEST),
        message("late", expires_at="2026-01-01T00:00:00Z"),
        message("wrong", colour="red"),
    ]
    for body in bodies:
        assert check(session.post(f"{URL}/messages?dry_run=true", json=body), "POST /messages") in {200, 400}
        found.add(check(session.post(f"{URL}/messages", json=body), "POST /messages"))
    assert found == {201, 422, 200, 409, 503, 504, 400}


def test_answers_that_no_generated_request_gets(world: World) -> None:
    """What is too large, and a secret that is wrong; test_schemathesis.py gets the others."""
    session, inbound = both_apis(world), "/inbound-messages"
    for path in ("/delivery-reports", inbound):
        assert check(session.post(f"{URL}{path}", json={"text": "x" * 70_000}), f"POST {path}") == 413
    secret = {"username": USERNAME, "password": PASSWORD, "inbound_secrets": 5}
    world.secrets.put_secret_value(SecretId="messente", SecretString=json.dumps(secret))
    assert check(both_apis(world).post(f"{URL}{inbound}", json={}, auth=Signed(SECRET)), f"POST {inbound}") == 503


def test_real_events_are_as_described(world: World) -> None:
    """Of messages in every state, with reports; and each attribute of one is described, in its channels too."""
    populate(world)
    for named in (False, True):
        mapping = Mapping(world.changes(publish_recipient=named))
        while mapping.poll(world.dynamodb.stream):
            pass
    schema = jsonschema_rs.validator_for(CHANGED, validate_formats=True)
    for taken in world.events.taken:
        schema.validate({"source": taken["Source"], "detail-type": taken["DetailType"], "detail": taken["Detail"]})
    details = [taken["Detail"] for taken in world.events.taken]
    assert {each["state"] for each in details} == set(State) - {State.CLAIMED}
    definitions = CHANGED["$defs"]
    assert set().union(*details) == definitions["Changed"]["properties"].keys() - {"left_out"}
    parts = [part for each in details for part in each["messages"].values()]
    assert set().union(*parts) == definitions["Part"]["properties"].keys()
    errors = [error for each in details for error in each.get("errors", [])]
    assert set().union(*errors) == definitions["Error"]["properties"].keys()


def test_real_inbound_events_are_as_described(world: World) -> None:
    """A tap that answers a message, a stop word, a start word and an odd one: each attribute is described."""
    world.deliver(message("k"), world.env(track_conversations=True))
    function = world.receiving(track_conversations=True)
    for text in ("Track it", "STOP", "START"):
        hand_in(world, said(world, text, postback_data=text), function)
        world.clock.advance(60)
    hand_in(world, post(URL, {}), function)
    schema = jsonschema_rs.validator_for(RECEIVED_EVENTS, validate_formats=True)
    for taken in world.events.taken:
        schema.validate({"source": taken["Source"], "detail-type": taken["DetailType"], "detail": taken["Detail"]})
    definitions = RECEIVED_EVENTS["$defs"]
    for kind, types in (("Received", {RECEIVED}), ("Opted", {OPTED_OUT, OPTED_IN})):
        details = [taken["Detail"] for taken in world.events.taken if taken["DetailType"] in types]
        assert set().union(*details) == definitions[kind]["properties"].keys()


def test_what_no_event_is_is_refused_by_the_schema(world: World) -> None:
    """A claim is never told, and a number is no text."""
    world.deliver(message("k"))
    Mapping(world.changes()).poll(world.dynamodb.stream)
    [taken] = world.events.taken
    schema = jsonschema_rs.validator_for(CHANGED)
    for odd in ({"state": "claimed"}, {"revision": "2"}, {"attempts": "1"}, {"previous": {"state": "gone"}}):
        told = {"source": taken["Source"], "detail-type": taken["DetailType"], "detail": taken["Detail"] | odd}
        assert not schema.is_valid(told)
