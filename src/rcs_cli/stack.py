"""A deployed stack, found by its name in the user's account of AWS or in an emulator on this machine.

With `--local` no call may leave this machine: the endpoint must be a loopback or private address, the credentials are
made up, and neither the user's profile nor a proxy is looked at.
"""

import ipaddress
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import exceptions as failures
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from messente_rcs.errors import aws_code
from rcs_cli.api import TOO_MANY, Answer, Api
from rcs_cli.options import Place
from rcs_cli.problems import USAGE, NoAnswer, Problem
from rcs_cli.side_by_side import AT_ONCE

LOCAL_ENDPOINT = "http://127.0.0.1:4566"
LOCAL_REGION = "eu-west-1"
PAUSED = "rcs-paused"  # the tag of the sending function in which `rcs pause` notes since when, and what stood before

_CALLS: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 30, "max_pool_connections": AT_ONCE}
_RETRIES: Any = {"mode": "standard", "total_max_attempts": 4}
_TIMEOUT = 5, 35  # seconds to connect, and to read; API Gateway answers within 30 s
_NOT_SENT = failures.EndpointConnectionError, failures.ConnectTimeoutError, failures.ProxyConnectionError
_NOTHING = None, None, os.devnull, None
_NO_FILES = {"profile": (None,) * 4, "config_file": _NOTHING, "credentials_file": _NOTHING}


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
        given = {name: str(value) for name, value in named.items() if value}
        return given | ({"endpoint_url": self._endpoint} if self._endpoint else {})

    def client(self, service: str) -> Any:
        """Make a client of AWS."""
        config = Config(**_CALLS, retries=_RETRIES, proxies={} if self._endpoint else None)
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
        path = parts._replace(scheme="", netloc="").geturl()
        return f"{self._endpoint}/_aws/execute-api/{api}/$default{path}"

    def request(self, method: str, url: str, body: bytes = b"", *, signed: bool = False) -> Answer:
        """Make a request as clients of AWS do, through the user's proxy; `signed`, so that an API with IAM takes it."""
        request = AWSRequest(method, self.reachable(url), {"Content-Type": "application/json"} if body else {}, body)
        if signed:
            credentials = self._session.get_credentials()
            if credentials is None:
                raise failures.NoCredentialsError
            SigV4Auth(credentials, "execute-api", self.region).add_auth(request)
        proxies = {} if self._endpoint else get_environ_proxies(str(request.url))
        trusted = None if self._endpoint else self._session.get_config_variable("ca_bundle")
        try:
            http = URLLib3Session(verify=trusted or True, proxies=proxies, timeout=_TIMEOUT)  # type: ignore[arg-type]
            answer = http.send(request.prepare())
        except BotoCoreError as failure:
            kind = Problem if isinstance(failure, _NOT_SENT) else NoAnswer
            told = f"{urlsplit(str(request.url)).hostname} gave no answer ({type(failure).__name__})."
            raise kind(f"{told} Check the network, its proxy, and try again.") from None
        return Answer(answer.status_code, answer.content)


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
            "~/.aws/config and its credential_process, log in again, and look at variables such as AWS_ENDPOINT_URL."
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
        is_alone = parts.scheme in ("http", "https") and not parts.path.strip("/") and parts.port != 0
        address = ipaddress.ip_address("127.0.0.1" if parts.hostname == "localhost" else parts.hostname or "")
    except ValueError:  # no URL, no port, or a name
        return False
    is_private = address.is_private and not address.is_unspecified and not address.is_link_local
    return is_alone and (address.is_loopback or is_private)


class Stack:
    """A stack; `description` is what CloudFormation says of it."""

    def __init__(self, account: Account, description: Mapping[str, Any]) -> None:
        self.account = account
        self.name = str(description["StackName"])
        self.status = str(description["StackStatus"])
        self.client = account.client
        self.options = ""  # with which another command of rcs reaches this stack
        self._outputs = {each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", [])}
        self.version: str | None = self._outputs.get("Version")  # of the application; the first one does not tell it
        parameters = description.get("Parameters", [])
        self._parameters = {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}

    @cached_property
    def api(self) -> Api:
        """The HTTP API."""
        url = self.output("ApiUrl")
        return Api(lambda verb, path, body: self.account.request(verb, url + path, body, signed=True), self._why_busy)

    def _why_busy(self, status: int) -> Problem:
        """Say why API Gateway itself answers 429 or 503."""
        name = self.output("FunctionName")
        with suppress(ClientError, BotoCoreError):
            if self.is_stopped(name):
                start = self.aws("lambda delete-function-concurrency", function_name=name)
                told, start = self.stopped("SendFunction", "is stopped: its reserved concurrency is 0", start)
                return Problem(f"{told}. Start it with {start}")
        if status == TOO_MANY:
            return Problem("The API has too many requests (ApiRequestsPerSecond). Try again in a moment.")
        # API Gateway answers so too where the function was at work and too slow.
        return NoAnswer(f"The API answered {status}: the function was too slow or cannot run. rcs doctor says which.")

    def is_stopped(self, function_name: str) -> bool:
        """Tell whether a function may not run at all."""
        reserved = self.client("lambda").get_function_concurrency(FunctionName=function_name)
        return bool(reserved.get("ReservedConcurrentExecutions") == 0)

    @cached_property
    def pause_note(self) -> str | None:
        """What `rcs pause` noted: since when, and the state of the mapping and the reserved concurrency before."""
        tags = self.client("lambda").list_tags(Resource=self.output("FunctionArn"))["Tags"]
        return tags.get(PAUSED, "").strip() or None

    def stopped(self, function: str, told: str, start: str) -> tuple[str, str]:
        """Say why a function is stopped, and what starts it: `rcs resume` if it was `rcs pause`."""
        if function == "SendFunction" and self.pause_note:
            return f"{function} {told}, paused since {self.pause_note.split()[0]}", f"rcs resume{self.options}"
        return f"{function} {told}", start

    def output(self, name: str) -> str:
        """Return an output of the stack."""
        return self._named(self._outputs, "output", name)

    def parameter(self, name: str) -> str:
        """Return a parameter of the stack."""
        return self._named(self._parameters, "parameter", name)

    def resource(self, logical_id: str) -> str:
        """Return the name of a resource."""
        return self._named(self.resources, "resource", logical_id)

    def _named(self, found: Mapping[str, str], kind: str, name: str) -> str:
        if name not in found:
            raise Problem(f"The stack {self.name} has no {kind} {name}. Is it this application, and fully deployed?")
        return found[name]

    @cached_property
    def resources(self) -> dict[str, str]:
        """The names of its resources, by their logical ids."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = (each for page in pages for each in page["StackResourceSummaries"])
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def aws(self, operation: str, **arguments: Any) -> str:
        """Write a command of `aws` for a shell; a value that is no text is written as JSON."""
        words = ["aws", operation]
        for name, value in (arguments | self.account.place).items():
            text = value if isinstance(value, str) else json.dumps(value)
            words.append(f"--{name.replace('_', '-')} {shlex.quote(text)}")
        return " ".join(words)

    def deploy(self, **parameters: Any) -> str:
        """Write the command that deploys this stack with other parameters; all others keep their values."""
        given = [f"{name}={value}" if value != "" else f'{name}=""' for name, value in parameters.items()]
        place = self.account.place
        sam = f"AWS_ENDPOINT_URL={place.pop('endpoint_url')} sam" if "endpoint_url" in place else "sam"
        given += [f"--{name}={value}" for name, value in place.items()]
        return f"{sam} deploy --stack-name {self.name} --parameter-overrides {shlex.join(given)}"


def find(place: Place) -> Stack:
    """Find a stack; raises a Problem if there is none, and AWS's errors."""
    if place.local:
        return look_up(local_account(place.region, os.environ), place)
    return look_up(account_of_the_user(place.profile, place.region), place)


def look_up(account: Account, place: Place) -> Stack:
    """Find a stack in an account."""
    try:
        [description] = account.client("cloudformation").describe_stacks(StackName=place.stack)["Stacks"]
    except ClientError as failure:
        if aws_code(failure) != "ValidationError":
            raise
        where = "the local emulator" if place.local else account.region
        raise Problem(f"There is no stack {place.stack} in {where}. Name it with --stack or RCS_STACK.") from None
    return Stack(account, description)
