"""What stands around a measured process: a stand-in for Messente and canned AWS, over TLS with a CA of our own."""

import datetime as dt
import ipaddress
import shutil
import ssl
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bundle.hash_certificates import hash_certificates
from tests.local.process import ROOT, WORK, Process, bare_environment

LATENCY = 0.2  # seconds that the slow Messente takes for every answer


class Service:
    """A process whose first line of output is its URL. It is read in the log, which must be of this process alone."""

    def __init__(self, log: Path, *command: str) -> None:
        environment = bare_environment(PYTHONPATH=f"{ROOT / 'src'}:{ROOT}")
        self._process = Process([sys.executable, "-m", *command], log, environment)
        self._process.wait_until(lambda: "\n" in log.read_text(), f"the service of {log.name}")
        self.url = log.read_text().split("\n", 1)[0]

    def stop(self) -> None:
        self._process.stop()


class Surroundings:
    """A context manager: `messente`, one that is slow, and `aws`; all of them speak TLS."""

    def __enter__(self) -> Self:
        self._resources = ExitStack()
        self._folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="messente-rcs-bench-")))
        self._pem = self._folder / "server.pem"
        self._certificate = certificate(self._pem)
        self.messente = self._start("messente", "tests.benchmarks.vendor", "0", str(self._pem))
        self.slow_messente = self._start("slow-messente", "tests.benchmarks.vendor", str(LATENCY), str(self._pem))
        self.aws = self._start("aws", "tests.benchmarks.aws", str(self._pem))
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def _start(self, name: str, *command: str) -> Service:
        service = Service(WORK / f"bench-{name}.log", *command)
        self._resources.callback(service.stop)
        return service

    def trust(self, bundle: Path, authorities: Path) -> None:
        """Let our bundle and the others trust `messente` and `aws` besides the CAs that they trust already.

        The others get a file, with as many CAs as there are on Lambda: what reads all of them pays for it.
        """
        self.ca = self._folder / "ca.pem"
        self.ca.write_bytes(self._certificate)
        hash_certificates(self.ca, self._folder / "ca")
        shutil.copytree(self._folder / "ca", bundle / "certificates", dirs_exist_ok=True)
        self.ca.write_bytes(authorities.read_bytes() + b"\n" + self._certificate)

    def environment(self, messente: Service) -> dict[str, str]:
        """Make the environment of a function here, without what says which CAs it trusts."""
        return bare_environment(
            AWS_ACCESS_KEY_ID="test",
            AWS_DEFAULT_REGION="eu-west-1",
            AWS_ENDPOINT_URL=self.aws.url,
            AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512",
            AWS_LAMBDA_FUNCTION_NAME="bench",
            AWS_REGION="eu-west-1",
            AWS_SECRET_ACCESS_KEY="test",
            MESSENTE_URL=messente.url,
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONHASHSEED="0",
            # Most invocations are not sampled: the tracer's best case.
            _X_AMZN_TRACE_ID="Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
            **_NAMES,
        )

    def file_of_authorities(self) -> Mapping[str, str]:
        """Name the file of CAs to OpenSSL and boto3; on Lambda they find as many without being told."""
        return {"AWS_CA_BUNDLE": str(self.ca), "SSL_CERT_FILE": str(self.ca)}

    def requests(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Take the requests that AWS got since they were last taken, as operation and arguments."""
        taken: Sequence[tuple[str, dict[str, Any]]] = self._asked("GET", f"{self.aws.url}/requests").json()
        return taken

    def accepted(self) -> int:
        """Take the accept logs: how many messages Messente accepted since they were last taken."""
        count = 0
        for messente in (self.messente, self.slow_messente):
            root = messente.url.removesuffix("/v1")
            count += len(self._asked("GET", f"{root}/_standin/accepted").json())
            self._asked("POST", f"{root}/_standin/reset")
        return count

    def _asked(self, method: str, url: str) -> urllib3.BaseHTTPResponse:
        with urllib3.PoolManager(ssl_context=ssl.create_default_context(cafile=self.ca)) as http:
            return http.request(method, url)


_NAMES = {
    "CALLBACK_URL": "https://callback.example/delivery-reports",
    "CONCURRENCY": "10",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/dead",
    "DEFAULT_SENDER": "Example",
    "IDEMPOTENCY_TABLE_NAME": "idempotency",
    "OPT_OUT_TABLE_NAME": "opt-outs",
    "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/queue",
    "SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:messente-AbCdEf",
    "SENDER": "Example",
    "TABLE_NAME": "messages",
}


def certificate(pem: Path) -> bytes:
    """Make a certificate for 127.0.0.1 that signs itself; write it with its key to `pem`, and return it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmarks")])
    now, address = dt.datetime.now(dt.UTC), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = made.public_bytes(serialization.Encoding.PEM)
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(kept + certificate)
    return certificate
