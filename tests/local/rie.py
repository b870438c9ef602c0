"""A built function under Lambda's own runtime client and AWS's Runtime Interface Emulator."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import urllib3

from tests.local.emulator import CREDENTIALS, REGION
from tests.local.process import ARCHITECTURE, PATIENCE, ROOT, WORK, Process, bare_environment, free_port
from tests.local.stack import Stack


class Rie:
    """A context manager around one execution environment; `variables` go on top of what the stack configured."""

    def __init__(self, stack: Stack, bundle: Path, variables: Mapping[str, str] | None = None) -> None:
        self._port = free_port()
        configured = stack.client("lambda").get_function_configuration(FunctionName=stack.function)
        of_lambda = {
            "AWS_LAMBDA_FUNCTION_NAME": configured["FunctionName"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(configured["Timeout"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configured["MemorySize"]),
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": stack.emulator.url,
            "LAMBDA_TASK_ROOT": str(bundle),
            **{name.upper(): value for name, value in CREDENTIALS.items()},
        }
        environment = bare_environment(**configured["Environment"]["Variables"], **of_lambda) | dict(variables or {})
        [binary] = ROOT.glob(f".venv-sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{ARCHITECTURE}")
        addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"]
        addresses += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
        runtime = [sys.executable, "-m", "awslambdaric", configured["Handler"]]
        command = [str(binary), "--log-level", "error", *addresses, *runtime]
        self._process = Process(command, WORK / f"rie-{self._port}.log", environment, bundle)

    def __enter__(self) -> Self:
        self._process.wait_until(self._listens, "the runtime interface emulator")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
        self._process.log.unlink()

    def invoke(self, event: Any) -> Any:
        """Invoke and return the answer: JSON, or the bare text with which the emulator reports a timeout."""
        url = f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations"
        answer = urllib3.request("POST", url, json=event, retries=False, timeout=PATIENCE)
        try:
            return answer.json()
        except ValueError:
            return answer.data.decode()

    def log(self) -> str:
        return self._process.log.read_text(errors="replace")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0
