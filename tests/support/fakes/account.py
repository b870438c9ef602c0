"""An account with one stack over a world in memory, as the command line meets it: the real functions answer."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import requests
from botocore.exceptions import ClientError

from messente_rcs.triggers.reports import Reports
from rcs_cli.account import Account
from rcs_cli.api import Answer
from support.fakes.aws import Tables
from support.gateway import OPERATOR, as_event
from support.world import OPT_OUTS, SECRET, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.fakes.queues import Queues
    from support.world import World

API, CALLBACK = "https://api.example", "https://callback.example/delivery-reports"


class Pages:
    """A paginator: one page, whatever is asked."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        """Give the page."""
        yield self._page


class Identity:
    """Whoever runs the command."""

    def get_caller_identity(self) -> dict[str, str]:
        """Tell the ARN."""
        return {"Arn": OPERATOR}


class Services:
    """CloudFormation, CloudWatch, Lambda and the scheduler as a stack leaves them that is whole."""

    def __init__(self) -> None:
        self.alarms = [
            {"AlarmName": "rcs-UnknownAlarm-1", "StateValue": "OK", "AlarmActions": ["arn:aws:sns:x"]},
            {"AlarmName": "rcs-OverdueAlarm-1", "StateValue": "OK", "AlarmActions": ["arn:aws:sns:x"]},
        ]
        self.mappings = [{"State": "Enabled"}]
        self.schedule = "ENABLED"
        self.others = {"Reconciliation": ("AWS::Scheduler::Schedule", "rcs-Reconciliation-1")}
        self.ages: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> Pages:
        """Page through alarms, or through the resources of the stack."""
        if operation == "describe_alarms":
            return Pages({"MetricAlarms": self.alarms})
        kind = "AWS::CloudWatch::Alarm"
        found = [
            {"ResourceType": kind, "LogicalResourceId": name.split("-")[1], "PhysicalResourceId": name}
            for name in (str(each["AlarmName"]) for each in self.alarms)
        ]
        for name, (its_kind, physical) in self.others.items():
            found.append({"ResourceType": its_kind, "LogicalResourceId": name, "PhysicalResourceId": physical})
        return Pages({"StackResourceSummaries": found})

    def list_event_source_mappings(self, **_: Any) -> dict[str, Any]:
        """Tell whether the function takes from the queue."""
        return {"EventSourceMappings": self.mappings}

    def get_schedule(self, **_: Any) -> dict[str, Any]:
        """Tell whether the reconciliation runs."""
        return {"State": self.schedule}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        """Know no stack."""
        raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        """Tell the age of the oldest message."""
        return {"Datapoints": self.ages}


class FakeAccount(Account):
    """Answers for AWS. `instead` answers for the API, or is raised."""

    def __init__(self, world: World, queues: Queues) -> None:
        session = botocore.session.Session()
        session.set_config_variable("region", "eu-west-1")
        super().__init__(session)
        self.services = Services()
        self.calls: list[tuple[str, str]] = []
        self.instead: Answer | BaseException | None = None
        self._clients: dict[str, Any] = {
            "sqs": queues,
            "secretsmanager": world.secrets,
            "dynamodb": Tables({OPT_OUTS: world.opt_outs}),
            "sts": Identity(),
        }
        self._world = world
        self._queues = queues
        self.description: dict[str, Any] = {
            "StackName": "rcs",
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [
                {"OutputKey": "ApiUrl", "OutputValue": API},
                {"OutputKey": "CallbackUrl", "OutputValue": CALLBACK},
                {"OutputKey": "QueueUrl", "OutputValue": world.queue_url},
                {"OutputKey": "DeadLetterQueueUrl", "OutputValue": world.dead_letter_queue_url},
                {"OutputKey": "SecretArn", "OutputValue": SECRET},
                {"OutputKey": "OptOutTableName", "OutputValue": OPT_OUTS},
                {"OutputKey": "FunctionName", "OutputValue": "send"},
            ],
            "Parameters": [{"ParameterKey": "MessenteUrl", "ParameterValue": "http://messente.localhost/v1"}],
        }

    def client(self, service: str) -> Any:
        """Return the service in memory."""
        return self._clients.get(service, self.services)

    def signed_request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Hand a request to the sending function."""
        self.calls.append((method, urlsplit(url).path))
        if isinstance(self.instead, BaseException):
            raise self.instead
        if self.instead:
            return self.instead
        event = as_event(_prepared(method, url, body))
        with _elsewhere():
            return _answer(self._world.env().handle(event, self._world.remaining()))

    def request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Hand a request to the function for reports."""
        parts = self._world.parts()
        with _elsewhere():
            return _answer(Reports(parts.signatures, parts.tracker).handle(as_event(_prepared(method, url, body))))

    def deliver(self) -> None:
        """Let the function take what is in the queue, one message after the other."""
        waiting = self._queues.messages.pop(self._world.queue_url, [])
        left = [each for each in waiting if not self._is_done(each.body, each.message_id)]
        self._queues.messages.setdefault(self._world.queue_url, []).extend(left)

    def _is_done(self, body: str, message_id: str) -> bool:
        event = {"Records": [record(body, message_id=message_id)]}
        return bool(self._world.env().handle(event, self._world.remaining()) == {"batchItemFailures": []})


def _elsewhere() -> contextlib.AbstractContextManager[io.StringIO]:
    """Keep what a function prints, its metrics, out of what the command says."""
    return contextlib.redirect_stdout(io.StringIO())


def _prepared(method: str, url: str, body: bytes | None) -> requests.PreparedRequest:
    return requests.Request(method, url, data=body).prepare()


def _answer(response: dict[str, Any]) -> Answer:
    headers = {name.lower(): value for name, value in response["headers"].items()}
    return Answer(response["statusCode"], headers, response["body"].encode())
