"""Generated requests, valid by the document and not, to the real functions: every answer is one that it describes."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks, openapi
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok

from rcs_openapi.describe import DOCUMENTS
from tests.standin.inbound import SECRET
from tests.support.gateway import URL, Signed, both_apis, populate
from tests.support.world import World

CONFORMANCE = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
DOCUMENT = json.loads(json.dumps(DOCUMENTS["openapi.json"]))
for operation in [each for path in DOCUMENT["paths"].values() for each in path.values() if "security" in each]:
    operation["security"] = []  # a test signs each request rightly or wrongly, and knows which
READ = openapi.from_dict(DOCUMENT).get_all_operations()
OPERATIONS = {each.ok().label: each.ok() for each in READ if isinstance(each, Ok)}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE

# What valid requests must have been answered with, among others: refusals alone would say little.
REACHED = {
    "POST /messages": {200, 201},
    "GET /messages": {200, 404},
    "GET /messages/{id}": {200, 404},
    "DELETE /messages/{id}": {200, 404, 409},
    "POST /messages/{id}/resolution": {200, 404, 409},
    "POST /delivery-reports/{id}": {200, 404, 409},
    "POST /delivery-reports": {200, 404},
    "POST /inbound-messages": {200},
}


@st.composite
def cases(draw: st.DrawFn, name: str, mode: GenerationMode, items: list[dict[str, Any]]) -> Case[Any]:
    """Draw a request; if it is to be valid, it may be about a record that there is, or a dry run."""
    try:
        case: Case[Any] = draw(OPERATIONS[name].as_strategy(generation_mode=mode))
    except InvalidSchema:  # to make an invalid one the document is changed at random, now and then into a contradiction
        reject()
    if mode is POSITIVE and (item := draw(st.none() | st.sampled_from(items))):
        if "id" in case.path_parameters:
            case.path_parameters["id"] = item["id"]
        if "delivery-reports" in case.path and isinstance(case.body, dict):
            case.body = case.body | {name: item[name] for name in ("to", "omnimessage_id") if name in item}
        if name == "POST /messages":
            case.query = {"dry_run": "true"}
    return case


def tried(world: World, name: str, mode: GenerationMode, most: int, password: str | None = None) -> set[int]:
    """Try the same generated requests in each run, signed with a password or as Messente does; return the statuses."""
    session, found = both_apis(world), set[int]()
    items = [world.record_of(key) for key in populate(world)]
    # Messente signs reports with the API password, and inbound messages with the Shared Secret of their number.
    auth = Signed(password) if password else Signed(SECRET) if "inbound" in name else Signed()

    @settings(max_examples=most, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases(name, mode, items))
    def ask(case: Case[Any]) -> None:
        response = case.call(base_url=URL, session=session, auth=auth)
        case.validate_response(response, checks=CONFORMANCE)
        found.add(response.status_code)

    ask()
    return found


@pytest.mark.parametrize("name", REACHED)
def test_valid_requests(world: World, name: str) -> None:
    """No 5xx, and no status, header or body that the document does not describe."""
    assert tried(world, name, POSITIVE, 60) >= REACHED[name]


@pytest.mark.parametrize("name", REACHED)
def test_invalid_requests(world: World, name: str) -> None:
    """The same, and what is not valid by the document is refused."""
    assert tried(world, name, NEGATIVE, 40) & {400, 404}


@pytest.mark.parametrize("name", [name for name in REACHED if "delivery-reports" in name or "inbound" in name])
def test_a_wrong_signature(world: World, name: str) -> None:
    """What it signs is refused, whatever it says."""
    assert tried(world, name, POSITIVE, 10, "another password") == {401}


def test_every_operation_is_tried() -> None:
    """None was forgotten above."""
    assert REACHED.keys() == OPERATIONS.keys()
