"""What tests of both APIs by generated requests share, in memory and on the emulator."""

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, given, reject, settings
from hypothesis.strategies import DrawFn, composite
from schemathesis import Case, GenerationMode, Response, checks, openapi
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

CONFORMANCE = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


def operations(document: dict[str, Any]) -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Read the operations of a document, by method and path.

    Their security is left out: a test signs each request rightly or wrongly, and knows which.
    """
    paths = {
        path: {name: {**part, "security": []} if "security" in part else part for name, part in parts.items()}
        for path, parts in document["paths"].items()
    }
    schema = openapi.from_dict({**document, "paths": paths})
    return {each.ok().label: each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)}


def answers(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    ask: Callable[[Case[Any]], Response],
    about: Iterable[dict[str, Any]] = (),
) -> set[int]:
    """Hold the answers to generated requests to the document, and return their statuses.

    The same requests in each run: some of any kind, and if they are to be valid some about each of these records.
    """
    found = set()
    aimed = [*about] if mode is GenerationMode.POSITIVE and _can_be_aimed(operation) else []
    for item in [None, *aimed]:
        found |= _round(operation, mode, 3 if item else examples, ask, item)
    return found


def _round(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    ask: Callable[[Case[Any]], Response],
    item: dict[str, Any] | None,
) -> set[int]:
    found = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_cases(operation, mode))
    def each(case: Case[Any]) -> None:
        if item:
            _aim(case, item)
        response = ask(case)
        case.validate_response(response, checks=CONFORMANCE)
        found.add(response.status_code)

    each()
    return found


@composite
def _cases(draw: DrawFn, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> Case[Any]:
    """Draw a request. To make an invalid one the document is changed at random, now and then into a contradiction."""
    try:
        return draw(operation.as_strategy(generation_mode=mode))
    except InvalidSchema:
        reject()


def _can_be_aimed(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    return "{id}" in operation.path or "delivery-reports" in operation.path


def _aim(case: Case[Any], item: dict[str, Any]) -> None:
    """Let a valid request be about a record that there is."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = item["id"]
    if "delivery-reports" in case.path and isinstance(case.body, dict):
        case.body = case.body | {name: item[name] for name in ("to", "omnimessage_id") if name in item}
