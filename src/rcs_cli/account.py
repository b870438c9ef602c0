"""How AWS is reached: an account by the user's own settings, or an emulator on this machine.

With `--local` no call may leave this machine: the endpoint must be a loopback or private address, the credentials are
made up, and neither the user's profile nor a proxy is looked at.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from rcs_cli.api import Answer
from rcs_cli.problems import USAGE, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_ENDPOINT = "http://127.0.0.1:4566"
LOCAL_REGION = "eu-west-1"

_TIMES = {"connect_timeout": 5, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 4}}
_TIMEOUT = urllib3.Timeout(connect=5, read=35)  # API Gateway answers within 30 s
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Account:
    """Makes clients of AWS and signed requests. `endpoint` is the emulator's, which serves every service."""

    def __init__(self, session: boto3.Session, endpoint: str | None = None) -> None:
        self._session = session
        self._endpoint = endpoint
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    @property
    def region(self) -> str:
        """The region that the user named."""
        return str(self._session.region_name or "no region")

    @property
    def place(self) -> dict[str, str]:
        """The options with which a command of `aws` reaches the same account."""
        named = {"region": self._session.region_name, "profile": self._session.profile_name}
        given = {name: str(value) for name, value in named.items() if value not in (None, "default")}
        return given | ({"endpoint_url": self._endpoint} if self._endpoint else {})

    def client(self, service: str) -> Any:
        """Make a boto3 client."""
        local: dict[str, Any] = {"proxies": {}} if self._endpoint else {}
        config = Config(**_TIMES, **local)  # type: ignore[arg-type]
        return self._session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]

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
        return self._exchange(method, self.reachable(url), body, {})

    def signed_request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Make a request that an API with IAM takes."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        headers = {"Content-Type": "application/json"} if body else {}
        request = AWSRequest(method, self.reachable(url), headers=headers, data=body or b"")
        SigV4Auth(credentials, "execute-api", self._session.region_name).add_auth(request)
        return self._exchange(method, str(request.url), body, dict(request.headers.items()))

    def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            answer = self._http.request(method, url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as failure:
            host = urlsplit(url).hostname
            raise Problem(
                f"{host} gave no answer ({type(failure).__name__}). Check the network and try again."
            ) from None
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)


def account_of_the_user(profile: str | None, region: str | None) -> Account:
    """Use the account that the AWS settings of this machine name. Raises AWS's errors."""
    return Account(boto3.Session(profile_name=profile, region_name=region))


def local_account(region: str | None, environ: Mapping[str, str]) -> Account:
    """Use the emulator at AWS_ENDPOINT_URL, or at its usual port."""
    endpoint = environ.get("AWS_ENDPOINT_URL") or LOCAL_ENDPOINT
    if not _is_local(endpoint):
        raise Problem("AWS_ENDPOINT_URL is no address of this machine, so --local does not use it.", USAGE)
    session = botocore.session.Session(session_vars=_NO_FILES)
    session.set_credentials("test", "test")
    return Account(boto3.Session(botocore_session=session, region_name=region or LOCAL_REGION), endpoint.rstrip("/"))


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.path.strip("/"):
        return False
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return parts.hostname == "localhost"
    return address.is_loopback or (address.is_private and not address.is_unspecified and not address.is_link_local)
