"""How AWS is reached: an account by the user's own settings, or an emulator on this machine.

With `--local` no call may leave this machine: the endpoint must be a loopback or private address, the credentials are
made up, and neither the user's profile nor a proxy is looked at.
"""

from __future__ import annotations

import ipaddress
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
)
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from rcs_cli.api import Answer
from rcs_cli.problems import USAGE, NoAnswer, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL_ENDPOINT = "http://127.0.0.1:4566"
LOCAL_REGION = "eu-west-1"

_TIMES = {"connect_timeout": 5, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 4}}
_TIMEOUT = 5, 35  # seconds to connect, and to read; API Gateway answers within 30 s
_NOT_SENT = EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Account:
    """Makes clients of AWS and signed requests. `endpoint` is the emulator's, which serves every service."""

    def __init__(self, session: botocore.session.Session, endpoint: str | None = None) -> None:
        self._session = session
        self._endpoint = endpoint

    @property
    def region(self) -> str:
        """The region that the user named."""
        return str(self._session.get_config_variable("region") or "no region")

    @property
    def place(self) -> dict[str, str]:
        """The options with which a command of `aws` reaches the same account."""
        named = {name: self._session.get_config_variable(name) for name in ("region", "profile")}
        given = {name: str(value) for name, value in named.items() if value not in (None, "default")}
        return given | ({"endpoint_url": self._endpoint} if self._endpoint else {})

    def client(self, service: str) -> Any:
        """Make a client of AWS."""
        local: dict[str, Any] = {"proxies": {}} if self._endpoint else {}
        config = Config(**_TIMES, **local)  # type: ignore[arg-type]
        with _settings():
            client = self._session.create_client(service, endpoint_url=self._endpoint, config=config)
            _ = urlsplit(client.meta.endpoint_url).port  # raises for what is none, which a call would do too
        return client

    def reachable(self, url: str) -> str:
        """Translate the URL of an API Gateway to the path at which the emulator serves it; in AWS it stays."""
        if self._endpoint is None:
            return url
        parts = urlsplit(url)
        api = str(parts.hostname).split(".")[0]
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._endpoint}/_aws/execute-api/{api}/$default{parts.path}{query}"

    def request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Make a request as anybody could, unsigned."""
        return self._exchange(AWSRequest(method, self.reachable(url), data=body or b""))

    def signed_request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Make a request that an API with IAM takes."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        headers = {"Content-Type": "application/json"} if body else {}
        request = AWSRequest(method, self.reachable(url), headers=headers, data=body or b"")
        SigV4Auth(credentials, "execute-api", self.region).add_auth(request)
        return self._exchange(request)

    def _exchange(self, request: AWSRequest) -> Answer:
        """Send a request as clients of AWS do: through the user's proxy, trusting the user's certificates."""
        url = str(request.url)
        proxies = {} if self._endpoint else get_environ_proxies(url)
        trusted = None if self._endpoint else self._session.get_config_variable("ca_bundle")
        try:
            http = URLLib3Session(verify=trusted or True, proxies=proxies, timeout=_TIMEOUT)  # type: ignore[arg-type]
            answer = http.send(request.prepare())
        except BotoCoreError as failure:
            kind = Problem if isinstance(failure, _NOT_SENT) else NoAnswer
            told = f"{urlsplit(url).hostname} gave no answer ({type(failure).__name__})."
            raise kind(f"{told} Check the network, its proxy, and try again.") from None
        return Answer(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
        )


@contextmanager
def _settings() -> Iterator[None]:
    """Say in one line what botocore cannot use. Its readers of files and programs raise whatever they meet."""
    try:
        yield
    except (BotoCoreError, UnicodeEncodeError):
        raise
    except Exception as failure:  # noqa: BLE001 - see above
        raise Problem(
            f"The AWS settings of this machine cannot be used ({type(failure).__name__}). Check the profile in "
            "~/.aws/config and its credential_process, log in again, and look at the variables AWS_…, such as "
            "AWS_ENDPOINT_URL."
        ) from None


def account_of_the_user(profile: str | None, region: str | None) -> Account:
    """Use the account that the AWS settings of this machine name, as `aws` does. Raises AWS's errors."""
    session = botocore.session.Session(profile=profile)
    if named := region or os.environ.get("AWS_REGION"):
        session.set_config_variable("region", named)
    with _settings():
        if credentials := session.get_credentials():
            credentials.get_frozen_credentials()  # so that they are asked for here, and all that may go wrong is told
    return Account(session)


def local_account(region: str | None, environ: Mapping[str, str]) -> Account:
    """Use the emulator at AWS_ENDPOINT_URL, or at its usual port."""
    endpoint = environ.get("AWS_ENDPOINT_URL") or LOCAL_ENDPOINT
    if not _is_local(endpoint):
        raise Problem("AWS_ENDPOINT_URL is no http address of this machine, so --local does not use it.", USAGE)
    session = botocore.session.Session(session_vars=_NO_FILES)
    session.set_credentials("test", "test")
    session.set_config_variable("region", region or LOCAL_REGION)
    return Account(session, endpoint.rstrip("/"))


def _is_local(url: str) -> bool:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.port == 0:
            return False
    except ValueError:  # no URL, or no port
        return False
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return parts.hostname == "localhost"
    return address.is_loopback or (address.is_private and not address.is_unspecified and not address.is_link_local)
