"""The AWS emulator (ministack) on a port of 127.0.0.1, with nothing on disk once it has stopped."""

import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import boto3
import urllib3
from botocore.config import Config
from urllib3.exceptions import HTTPError

from tests.local.process import PATIENCE, ROOT, WORK, Process, bare_environment, forget_aws_settings, free_port

REGION = "eu-west-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # the emulator's root user
# A call that a busy machine throttles, or that meets a redeployment, is repeated.
_PATIENT = Config(
    connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={"mode": "standard", "total_max_attempts": 10}
)


class Emulator:
    """A context manager; `url` is the endpoint of every AWS service. `enforce` turns IAM policies on.

    With the port 0 it listens on any free one.
    """

    def __init__(self, *, enforce: bool = False, log: Path = WORK / "emulator.log", port: int = 0) -> None:
        forget_aws_settings()
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="messente-rcs-emulator-")
        environment = bare_environment(
            BIND_HOST="127.0.0.1",
            GATEWAY_PORT=str(self.port),
            MINISTACK_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AUTH=str(enforce).lower(),
            IOT_MTLS_ENABLED="0",
            SFTP_ENABLED="0",
            HOME=self.folder,
            TMPDIR=self.folder,
            STATE_DIR=f"{self.folder}/state",
            S3_DATA_DIR=f"{self.folder}/s3",
        )
        command = [str(ROOT / ".venv-emulator" / "bin" / "python"), "-m", "tests.local.front"]
        self._process = Process(command, log, environment, scratch=self.folder)
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._process.wait_until(self._is_up, "the AWS emulator")
        return self

    def __exit__(self, *_: object) -> None:
        """End the emulator and the functions that run in it, and remove their files."""
        for client in self._clients.values():
            client.close()
        self._process.stop()

    def client(self, service: str) -> Any:
        """Make a boto3 client, once for each service."""
        if service not in self._clients:
            session = boto3.Session(region_name=REGION, **CREDENTIALS)  # type: ignore[arg-type]
            self._clients[service] = session.client(service, endpoint_url=self.url, config=_PATIENT)  # type: ignore[call-overload]
        return self._clients[service]

    def log(self) -> str:
        return self._process.log.read_text(errors="replace")

    def _is_up(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.url}/_ministack/health", retries=False, timeout=PATIENCE)
        except HTTPError:
            return False
        return answer.status == HTTPStatus.OK
