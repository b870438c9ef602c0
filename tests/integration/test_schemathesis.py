"""Generated requests to both APIs of the deployed stack: no 5xx, and nothing that the document does not describe."""

import json
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from schemathesis import Case, GenerationMode, Response

from rcs_openapi.describe import DOCUMENTS
from tests.local.emulator import CREDENTIALS, REGION
from tests.local.later import PAUSE, as_told, pause_of
from tests.local.process import PATIENCE
from tests.local.stack import Stack
from tests.standin import numbers
from tests.standin.inbound import SECRET
from tests.support.fuzzing import answers, operations
from tests.support.gateway import Signed, body_of

PASSWORD = "integration-password-Xy7"
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPERATIONS = operations(DOCUMENTS["openapi.json"])

# What a valid request about a record must have been answered with, so that refusals alone are not enough.
REACHED = {
    "POST /messages": 201,
    "GET /messages": 404,
    "GET /messages/{id}": 200,
    "DELETE /messages/{id}": 200,
    "POST /messages/{id}/resolution": 409,
    "POST /delivery-reports/{id}": 200,
    "POST /delivery-reports": 200,
    "POST /inbound-messages": 200,
}


class ByIam(requests.auth.AuthBase):
    """Signs requests as AWS's own clients do."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers."""
        request.headers.pop("Authorization", None)
        signed = AWSRequest(request.method, request.url, data=body_of(request))
        credentials = Credentials(CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"])
        SigV4Auth(credentials, "execute-api", REGION).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


@pytest.fixture(scope="module")
def items(tracked: Stack) -> list[dict[str, Any]]:
    """Make some records to ask for."""
    recipients = {"sent": "+37255512345", "rejected": numbers.BAD_REQUEST, "retryable": numbers.UNAVAILABLE}
    return [made(tracked, f"s-{key}", to) for key, to in recipients.items()]


def made(tracked: Stack, message_id: str, to: str) -> dict[str, Any]:
    """Send until there is a record, whatever it says, and return it."""
    body = json.dumps({"to": to, "text": "text of it", "idempotency_key": message_id})
    as_told(
        lambda: tracked.call_once("POST", "/messages", body),
        lambda _: None if tracked.item(message_id) else PAUSE,
    )
    return tracked.item(message_id) or {}


def way_to(tracked: Stack, name: str) -> tuple[str, requests.auth.AuthBase]:
    """Return the URL of an operation's API, and what signs its requests."""
    if name.endswith(" /messages") or "/messages/" in name:
        return tracked.api_url, ByIam()
    callback = tracked.reachable(tracked.outputs["CallbackUrl"]).removesuffix("/delivery-reports")
    return callback, Signed(SECRET if "inbound" in name else PASSWORD)


@pytest.mark.parametrize("mode", [POSITIVE, NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", REACHED)
def test_every_answer_is_described(
    tracked: Stack, items: list[dict[str, Any]], name: str, mode: GenerationMode
) -> None:
    """No 5xx, whatever comes in, signed by IAM or as Messente does; what is not valid is refused."""
    base, auth = way_to(tracked, name)

    def ask(case: Case[Any]) -> Response:
        return as_told(
            lambda: case.call(base_url=base, auth=auth, timeout=PATIENCE),
            lambda answer: pause_of(answer.status_code, {name: value[0] for name, value in answer.headers.items()}),
        )

    found = answers(OPERATIONS[name], mode, 6, ask, about=items)
    assert mode is NEGATIVE or REACHED[name] in found


def test_every_operation_is_tried() -> None:
    """None was forgotten above."""
    assert REACHED.keys() == OPERATIONS.keys()
