"""An account with one stack over a world in memory, as the command line meets it: the real functions answer."""

import contextlib
import io
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import requests

import messente_rcs
from rcs_cli.api import Answer
from rcs_cli.stack import Account
from tests.support.fakes.aws import Tables
from tests.support.fakes.queues import Queues
from tests.support.fakes.services import Services, physical
from tests.support.gateway import OPERATOR, as_event
from tests.support.template import TEMPLATE
from tests.support.world import OPT_OUTS, SECRET, TABLE, World, record

API, CALLBACK = "https://api.example", "https://callback.example/delivery-reports"

NOT_RUN = Answer(503, {}, b'{"message": "Service Unavailable"}')  # by API Gateway, for a function that Lambda won't run


class Identity:
    """Whoever runs the command."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": OPERATOR}


class FakeAccount(Account):
    """Answers for AWS. `instead` answers for the API, or is raised."""

    def __init__(self, world: World, queues: Queues) -> None:
        session = botocore.session.Session()
        session.set_config_variable("region", "eu-west-1")
        super().__init__(session)
        self.services = Services(world.clock)
        self.calls: list[tuple[str, str]] = []
        self.instead: Answer | BaseException | None = None
        self.clients: dict[str, Any] = {
            "sqs": queues,
            "secretsmanager": world.secrets,
            "dynamodb": Tables({OPT_OUTS: world.opt_outs, TABLE: world.dynamodb}),
            "sts": Identity(),
        }
        self._world = world
        self._queues = queues
        function = physical("SendFunction")
        outputs = {
            "ApiUrl": API,
            "CallbackUrl": CALLBACK,
            "QueueUrl": world.queue_url,
            "QueueArn": "arn:aws:sqs:eu-west-1:000000000000:MessageQueue",
            "DeadLetterQueueUrl": world.dead_letter_queue_url,
            "SecretArn": SECRET,
            "OptOutTableName": OPT_OUTS,
            "TableName": TABLE,
            "Version": messente_rcs.__version__,
            "FunctionName": function,
            "FunctionArn": f"arn:aws:lambda:eu-west-1:000000000000:function:{function}",
        }
        defaults = {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()}
        self.description: dict[str, Any] = {
            "StackName": "rcs",
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in defaults.items()],
        }
        self.set_parameter("MessenteUrl", "http://messente.localhost/v1")

    def set_parameter(self, name: str, value: str) -> None:
        [parameter] = [each for each in self.description["Parameters"] if each["ParameterKey"] == name]
        parameter["ParameterValue"] = value

    def client(self, service: str) -> Any:
        return self.clients.get(service, self.services)

    def signed_request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        self.calls.append((method, urlsplit(url).path))
        if isinstance(self.instead, BaseException):
            raise self.instead
        if self.instead:
            return self.instead
        if self._is_stopped("SendFunction"):
            return NOT_RUN
        event = as_event(_prepared(method, url, body))
        with _elsewhere():
            return _answer(self._world.env().handle(event, self._world.remaining()))

    def request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        if self._is_stopped("ReportFunction"):
            return NOT_RUN
        with _elsewhere():
            return _answer(self._world.parts().reports.handle(as_event(_prepared(method, url, body))))

    def _is_stopped(self, function: str) -> bool:
        return self.services.reserved.get(physical(function)) == 0

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
