"""The schemas of a payload, of the API and for editors: they accept what the code accepts, and nothing else."""

import json
import re
from itertools import combinations
from typing import Any

import jsonschema_rs
import pytest

from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from rcs_openapi.describe import DOCUMENTS
from tests.support.strategies import payload, rcs, spoilt
from tests.support.world import message
from tests.unit.payload.test_choices import EXACTLY_ONE, REFUSED, TAKEN, VIBER_CONTENTS, on
from tests.unit.payload.test_limits import LIMITS, cases

EDITOR_SCHEMA = DOCUMENTS["payload.schema.json"]
SCHEMAS = {
    "of the API": {"$ref": "#/components/schemas/Message", "components": DOCUMENTS["openapi.json"]["components"]},
    "for editors": EDITOR_SCHEMA,
}
VALIDATORS = {name: jsonschema_rs.validator_for(schema, validate_formats=True) for name, schema in SCHEMAS.items()}
of_each_schema = pytest.mark.parametrize("validator", VALIDATORS.values(), ids=VALIDATORS)


# The rules between fields, by the tables of their own tests.
BETWEEN_FIELDS: list[Any] = [
    *TAKEN.values(),
    *(sent for sent, *_ in REFUSED.values()),
    *(
        build(dict(some))
        for alternatives, build, _ in EXACTLY_ONE.values()
        for count in (0, 2)
        for some in combinations(alternatives.items(), count)
    ),
    *VIBER_CONTENTS.values(),
]
# What neither they nor the limit of a field say.
OTHERS: dict[str, Any] = {
    "two of a channel": payload(rcs(text="a"), rcs(text="b")),
    "an unknown field": payload(rcs(text="a", colour="red")),
    "a standalone card of nothing": payload(rcs(rich_card={"standalone_card": {}})),
    "a null beside a link": on("whatsapp", image={"link": "https://example.com/a.png", "id": None}),
    "a file on this machine, with a user": on("whatsapp", image={"link": "https://a@127.0.0.1"}),
    "a channel in upper case": payload(rcs(text="a") | {"channel": "RCS"}),
    "a recipient in a message": payload(rcs(text="a", to="+37255512345")),
    "no recipient": {"text": "a"},
    "a report of one's own": payload(dlr_url="https://example.com"),
    "a tag without a name": payload(tags={"": "x"}),
    "a tag with a space": payload(tags={"a b": "x"}),
    "a tag with a line break": payload(tags={"a\n": "x"}),
    "a tag with a long name": payload(tags={"x" * 65: "x"}),
    "a tag with a long value": payload(tags={"x": "x" * 257}),
    "a tag that is a number": payload(tags={"x": 1}),
    "a tag that is null": payload(tags={"x": None}),
    "no object": [],
}


def test_it_is_a_schema_of_its_own() -> None:
    """Of the draft that it names, under an id, and it needs no other file."""
    assert jsonschema_rs.meta.is_valid(EDITOR_SCHEMA)
    assert EDITOR_SCHEMA["$schema"].endswith("/draft/2020-12/schema")
    assert EDITOR_SCHEMA["$id"]
    for name in EDITOR_SCHEMA["$defs"]:
        assert jsonschema_rs.validator_for(EDITOR_SCHEMA | {"$ref": f"#/$defs/{name}"})


@of_each_schema
def test_the_rules_are_those_of_the_code(validator: Any) -> None:
    """What the code refuses the schema refuses, and nothing else."""
    payloads = [*BETWEEN_FIELDS, *OTHERS.values()]
    assert [sent for sent in payloads if validator.is_valid(sent) != is_accepted(sent)] == []


@of_each_schema
@pytest.mark.parametrize("key", LIMITS)
def test_the_limits_are_those_of_the_code(key: str, validator: Any) -> None:
    """But for what no schema can say: which characters show nothing, and which dates there are."""
    for sent, way in cases(key):
        for value in [*LIMITS[key][0], *LIMITS[key][1]]:
            if not re.search(r"\u200b|\ud800|-02-30|0001-01-01", str(value)) and value != 5.0:
                changed = spoilt(sent, way, value)
                assert validator.is_valid(changed) == is_accepted(changed), value


def is_accepted(sent: Any) -> bool:
    try:
        return bool(parse(json.dumps(sent)))
    except InvalidPayload:
        return False


def places(sent: Any) -> set[str]:
    errors = VALIDATORS["for editors"].iter_errors(sent)
    return {"/".join(map(str, error.instance_path)) for error in errors}


def test_an_error_of_a_message_is_at_its_field() -> None:
    """And not at the message as a whole, as that of no channel's model would be."""
    wrong = payload(rcs(text="a", ttl=0), {"channel": "sms", "text": "a", "sender": ""})
    assert places(wrong) == {"messages/0/ttl", "messages/1/sender"}
    assert places(payload(rcs(text="a"), {"channel": "pigeon"})) == {"messages/1/channel"}
    assert places(message(to="37255512345")) == {"to"}
