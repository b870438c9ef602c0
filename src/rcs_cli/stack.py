"""A deployed stack, found by its name: its outputs, and how its parts are spoken to."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import aws_code
from rcs_cli.account import account_of_the_user, local_account
from rcs_cli.api import TOO_MANY, Api
from rcs_cli.problems import NoAnswer, NoStack, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rcs_cli.account import Account
    from rcs_cli.api import Answer


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user says that the stack is."""

    stack: str
    region: str | None = None
    profile: str | None = None
    local: bool = False


class Stack:
    """A stack; `description` is what CloudFormation says of it."""

    def __init__(self, account: Account, description: Mapping[str, Any]) -> None:
        self._account = account
        self.name = str(description["StackName"])
        self.status = str(description["StackStatus"])
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", [])}
        self.parameters = {
            each["ParameterKey"]: each.get("ParameterValue", "") for each in description.get("Parameters", [])
        }

    @cached_property
    def api(self) -> Api:
        """The HTTP API."""
        url = self.output("ApiUrl")
        return Api(lambda method, path, body: self._account.signed_request(method, url + path, body), self._why_busy)

    def _why_busy(self, status: int) -> Problem:
        """Say why API Gateway itself answers 429 or 503."""
        name = self.output("FunctionName")
        try:
            reserved = self.client("lambda").get_function_concurrency(FunctionName=name)
        except (ClientError, BotoCoreError):
            reserved = {}
        if reserved.get("ReservedConcurrentExecutions") == 0:
            start = self.aws("lambda delete-function-concurrency", function_name=name)
            return Problem(f"The function is stopped: its reserved concurrency is 0. Start it with {start}")
        if status == TOO_MANY:
            return Problem("The API has too many requests (ApiRequestsPerSecond). Try again in a moment.")
        # API Gateway answers so too where the function was at work and too slow.
        return NoAnswer(
            f"The API answered {status}: the function did not answer in time, or could not run. rcs doctor says which."
        )

    def output(self, name: str) -> str:
        """Return an output of the stack."""
        return self._named(self.outputs, "output", name)

    def client(self, service: str) -> Any:
        """Make a boto3 client."""
        return self._account.client(service)

    def parameter(self, name: str) -> str:
        """Return a parameter of the stack."""
        return self._named(self.parameters, "parameter", name)

    def aws(self, operation: str, **arguments: Any) -> str:
        """Write a command of `aws` for a shell. True makes a flag; a value that is no text is written as JSON."""
        words = ["aws", *operation.split()]
        for name, value in (arguments | self._account.place).items():
            words.append(f"--{name.replace('_', '-')}")
            if value is not True:
                words.append(shlex.quote(value if isinstance(value, str) else json.dumps(value)))
        return " ".join(words)

    def deploy(self, **parameters: Any) -> str:
        """Write the command that deploys this stack with other parameters; all others keep their values."""
        given = " ".join(f"{name}={value}" for name, value in parameters.items())
        return f"sam deploy --stack-name {self.name} --parameter-overrides {given}"

    def request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Make a request to one of its public URLs, unsigned."""
        return self._account.request(method, url, body)

    @cached_property
    def _resources(self) -> list[dict[str, Any]]:
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [each for page in pages for each in page["StackResourceSummaries"]]

    def resources(self, kind: str) -> dict[str, str]:
        """Return the names of its resources of a kind by their logical ids."""
        found = (each for each in self._resources if each["ResourceType"] == kind)
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def resource(self, logical_id: str) -> str:
        """Return the name of a resource."""
        found = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in self._resources}
        return self._named(found, "resource", logical_id)

    def _named(self, found: Mapping[str, Any], kind: str, name: str) -> str:
        if name not in found:
            raise Problem(f"The stack {self.name} has no {kind} {name}. Is it this application, and fully deployed?")
        return str(found[name])


def find(place: Place) -> Stack:
    """Find a stack; raises NoStack and AWS's errors."""
    if place.local:
        account = local_account(place.region, os.environ)
    else:
        account = account_of_the_user(place.profile, place.region)
    return look_up(account, place)


def look_up(account: Account, place: Place) -> Stack:
    """Find a stack in an account."""
    try:
        [description] = account.client("cloudformation").describe_stacks(StackName=place.stack)["Stacks"]
    except ClientError as failure:
        if aws_code(failure) == "ValidationError":
            where = "the local emulator" if place.local else account.region
            raise NoStack(f"There is no stack {place.stack} in {where}. Name it with --stack or RCS_STACK.") from None
        raise
    return Stack(account, description)
