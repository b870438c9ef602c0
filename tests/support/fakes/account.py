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

NOT_RUN = Answer(503, b'{"message": "Service Unavailable"}')  # by API Gateway, for a function that Lambda won't run


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

    def publish_changes(self) -> None:
        """Publish changes from now on, as a deployment with PublishEvents does."""
        self.set_parameter("PublishEvents", "Enabled")
        self.services.publish_changes()

    def client(self, service: str) -> Any:
        return self.clients.get(service, self.services)

    def request(self, method: str, url: str, body: bytes = b"", *, signed: bool = False) -> Answer:
        """Answer for the HTTP API, whose requests are signed, or for the public one."""
        event = as_event(requests.Request(method, url, data=body).prepare())
        if signed:
            self.calls.append((method, urlsplit(url).path))
            if isinstance(self.instead, BaseException):
                raise self.instead
            if self.instead:
                return self.instead
        if self.services.reserved.get(physical("SendFunction" if signed else "ReportFunction")) == 0:
            return NOT_RUN
        with contextlib.redirect_stdout(io.StringIO()):  # what a function prints, its metrics, is no part of a command
            if signed:
                answer = self._world.env().handle(event, self._world.remaining())
            else:
                answer = self._world.parts().reports.handle(event)
        return Answer(answer["statusCode"], answer["body"].encode())

    def deliver(self) -> None:
        """Let the function take what is in the queue, one message after the other."""
        waiting = self._queues.messages.pop(self._world.queue_url, [])
        left = [each for each in waiting if not self._is_done(each.body, each.message_id)]
        self._queues.messages.setdefault(self._world.queue_url, []).extend(left)

    def _is_done(self, body: str, message_id: str) -> bool:
        event = {"Records": [record(body, message_id=message_id)]}
        return bool(self._world.env().handle(event, self._world.remaining()) == {"batchItemFailures": []})
