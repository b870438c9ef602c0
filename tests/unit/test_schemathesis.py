"""Generated requests, valid by the document and not, to the real functions: every answer is one that it describes."""

import itertools
from typing import Any

import pytest
from schemathesis import Case, GenerationMode, Response

from rcs_openapi.describe import DOCUMENTS
from tests.standin.inbound import SECRET
from tests.support.fuzzing import answers, operations
from tests.support.gateway import URL, Signed, both_apis, populate
from tests.support.world import World

OPERATIONS = operations(DOCUMENTS["openapi.json"])
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


def tried(world: World, name: str, mode: GenerationMode, most: int, password: str | None = None) -> set[int]:
    """Try generated requests, signed with a password or as Messente does; return the statuses of their answers."""
    session = both_apis(world)
    items = [world.item(key) or {} for key in populate(world)]
    # Messente signs reports with the API password, and inbound messages with the Shared Secret of their number.
    auth = Signed(password) if password else Signed(SECRET) if "inbound" in name else Signed()
    number = itertools.count()

    def ask(case: Case[Any]) -> Response:
        if name == "POST /messages" and mode is POSITIVE and next(number) % 4 == 0:
            case.query = {"dry_run": "true"}  # by chance, few valid ones are dry runs
        return case.call(base_url=URL, session=session, auth=auth)

    return answers(OPERATIONS[name], mode, most, ask, about=items)


@pytest.mark.parametrize("name", REACHED)
def test_valid_requests(world: World, name: str) -> None:
    """No 5xx, and no status, header or body that the document does not describe."""
    assert tried(world, name, POSITIVE, 40) >= REACHED[name]


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
