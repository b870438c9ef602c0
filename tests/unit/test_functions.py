"""The functions as Lambda calls them, and what they import: each pays for its imports with every cold start."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.local.process import ROOT, bare_environment
from tests.support.metrics import metrics_in

ENVIRONMENT = {
    "MESSENTE_URL": "https://messente.invalid/v1",
    "TABLE_NAME": "messages",
    "SECRET_ARN": "messente",
    "QUEUE_URL": "https://sqs.invalid/messages",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.invalid/dead",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
ONLY_FOR_PAYLOADS = {"pydantic", "messente_rcs.payload.submission", "messente_rcs.sending.send"}
ONLY_FOR_MESSENTE = {"messente_rcs.messente.api", "messente_rcs.messente.credentials", "messente_rcs.tracking.track"}


def run(*arguments: str, **environ: str) -> str:
    paths = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))}
    env = bare_environment(**paths, **ENVIRONMENT, **environ)
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("function", ["send", "report", "inbound", "reconcile", "publish"])
def test_a_function_imports_what_it_is_made_of(function: str) -> None:
    """Importing pydantic takes a quarter of the start of the sending function, which alone takes payloads."""
    imported = set(run("-c", f"import messente_rcs.functions.{function}, sys; print(*sys.modules)").split())
    assert imported & ONLY_FOR_PAYLOADS == (ONLY_FOR_PAYLOADS if function == "send" else set())
    assert not (function == "publish" and imported & ONLY_FOR_MESSENTE)


def call(function: str, event: object, milliseconds: int = 30_000) -> tuple[dict[str, Any], str]:
    """Call a function's entry point, with so much time left; return what came of it, and all that was printed."""
    arguments = "-m", "tests.support.entry_point", function, str(milliseconds), json.dumps(event)
    printed = run(*arguments, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    return json.loads(printed.splitlines()[-1]), printed


PAYLOAD = {"to": "+37255512345", "text": "Hello"}


def test_the_sending_function_sends_if_there_is_time() -> None:
    """Lambda tells milliseconds: with 17 s left, a POST of 13 s and its two writes are not begun."""
    told, _ = call("send", PAYLOAD, 17_000)
    assert told == {"error": "NotSent: invoke:r-1: no time left to send", "asked": ["GetSecretValue"]}
    assert call("send", PAYLOAD)[0]["asked"] == ["GetSecretValue", "UpdateItem", "/v1/omnimessage", "UpdateItem"]


GET = {"requestContext": {"http": {"method": "GET"}}, "headers": {}}
QUEUED = {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": "no inbound message"}]}
STREAMED = {"Records": [{"dynamodb": {"NewImage": {"id": {"S": "k"}}}}]}
ANSWERS: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    # Whoever asked gets the answer, and not null, which API Gateway takes for 200.
    "a message": ("send", GET | {"rawPath": "/messages/a b"}, {"statusCode": 404}, ""),
    "a report": ("report", GET | {"rawPath": "/delivery-reports/k"}, {"statusCode": 405}, "ReportRefused"),
    "an inbound message": ("inbound", GET | {"rawPath": "/inbound-messages"}, {"statusCode": 405}, "InboundRefused"),
    # Lambda reads there what has to come again.
    "a stream": ("publish", STREAMED, {"batchItemFailures": []}, "Unreadable"),
    "a queue": ("inbound", QUEUED, {"batchItemFailures": [{"itemIdentifier": "m"}]}, ""),
    "a schedule": ("reconcile", {}, {"lost": 0, "asked": 0, "settled": 0, "closed": 0, "left": 0}, ""),
}


@pytest.mark.parametrize(("function", "event", "answer", "metric"), ANSWERS.values(), ids=list(ANSWERS))
def test_each_function_answers(function: str, event: Any, answer: dict[str, Any], metric: str) -> None:
    """What the trigger answers is what Lambda is given, and what it counted is written."""
    told, printed = call(function, event)
    assert told["answer"].items() >= answer.items()
    assert metric in {each.name for each in metrics_in(printed)} | {""}
