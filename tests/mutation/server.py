"""Run tests in forks of one process that has imported the libraries, and nothing of ours: `python -P server.py`.

A request is a line of JSON, the arguments of pytest; the answer to it is another, its exit code and what it printed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile

import pytest

LIBRARIES = (
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.typing",
    "boto3.dynamodb.types",
    "cryptography.x509",
    "hypothesis.strategies",
    "pydantic.types",
    "pytest_socket",
    "requests",
    "rich.live",
    "rich.progress",
    "typer.testing",
    "urllib3",
    "yaml",
)
OURS = {"messente_rcs", "rcs_cli", "rcs_openapi", "tests"}
SECONDS = 600  # a run that takes longer hangs
DIED = 70  # no exit code of pytest's


def run(arguments: list[str]) -> tuple[int, str]:
    """Run pytest in a fork; return its exit code, which is negative after a signal, and the end of what it printed."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            code = DIED
            try:
                signal.alarm(SECONDS)
                for number, source in enumerate((os.open(os.devnull, os.O_RDONLY), output.fileno(), output.fileno())):
                    os.dup2(source, number)
                code = pytest.main(arguments)
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()[-2000:]


def main() -> None:
    """Answer each line."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert OURS.isdisjoint(sys.modules), "a fork must import the code that its request names"
    gc.freeze()  # so that forks share the memory of what is there
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
