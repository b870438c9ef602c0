"""What the functions import: each pays for its imports with every cold start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local.process import ROOT, bare_environment

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
