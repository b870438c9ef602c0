"""The functions as Lambda calls them, and what they import: each pays for its imports with every cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.local.process import ROOT, bare_environment

ENVIRONMENT = {
    "MESSENTE_URL": "https://messente.invalid/v1",
    "TABLE_NAME": "messages",
    "SECRET_ARN": "messente",
    "QUEUE_URL": "https://sqs.invalid/messages",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.invalid/dead",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
WHAT_ONLY_PAYLOADS_NEED = {"pydantic", "messente_rcs.payload.submission", "messente_rcs.sending.send"}


@pytest.mark.parametrize(
    ("function", "imported"),
    [
        ("send", WHAT_ONLY_PAYLOADS_NEED),
        ("report", set[str]()),
        ("inbound", set[str]()),
        ("reconcile", set[str]()),
        ("publish", set[str]()),
    ],
)
def test_a_function_that_takes_no_payload_does_not_import_the_models(function: str, imported: set[str]) -> None:
    """Importing pydantic takes a quarter of the start of the sending function."""
    code = f"import messente_rcs.functions.{function}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=bare_environment(PYTHONPATH=str(ROOT / "src"), **ENVIRONMENT),
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) & WHAT_ONLY_PAYLOADS_NEED == imported


def call(function: str, event: object, milliseconds: int = 30_000) -> dict[str, Any]:
    """Call a function's entry point, with so much time left; return what came of it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.entry_point", function, str(milliseconds), json.dumps(event)],
        env=bare_environment(
            PYTHONPATH=os.pathsep.join(map(str, (ROOT / "src", ROOT))),
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            **ENVIRONMENT,
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


PAYLOAD = {"to": "+37255512345", "text": "Hello"}


def test_the_sending_function_counts_its_time_in_seconds() -> None:
    """Lambda tells milliseconds: with 17 s left, a POST of 13 s and its two writes are not begun."""
    told = call("send", PAYLOAD, 17_000)
    assert told == {"error": "NotSent: invoke:r-1: no time left to send", "asked": ["GetSecretValue"]}


def test_the_sending_function_sends() -> None:
    """With enough time it claims, sends and records, under the invocation's own id."""
    told = call("send", PAYLOAD)
    assert told["asked"] == ["GetSecretValue", "UpdateItem", "/v1/omnimessage", "UpdateItem"]


GET = {"rawPath": "/", "requestContext": {"http": {"method": "GET"}}, "headers": {}}
ANSWERED: dict[str, tuple[object, Any]] = {
    "send": (GET | {"rawPath": "/messages/a b"}, 404),
    "report": (GET | {"rawPath": "/delivery-reports/k"}, 405),
    "inbound": (GET | {"rawPath": "/inbound-messages"}, 405),
}


@pytest.mark.parametrize("function", ANSWERED)
def test_a_function_behind_an_api_answers(function: str) -> None:
    """Whoever asked gets the answer, and not null, which API Gateway takes for 200."""
    event, status = ANSWERED[function]
    assert call(function, event)["answer"]["statusCode"] == status


def test_a_function_on_a_queue_or_a_stream_answers() -> None:
    """Lambda reads there what has to come again."""
    assert call("publish", {"Records": []})["answer"] == {"batchItemFailures": []}
    queued = {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": "no inbound message"}]}
    assert call("inbound", queued)["answer"] == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_the_reconciling_function_answers() -> None:
    """With what it has done."""
    done = call("reconcile", {"source": "aws.scheduler"})["answer"]
    assert done == {"lost": 0, "asked": 0, "settled": 0, "closed": 0, "left": 0}
