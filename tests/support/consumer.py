"""Read what a stack puts on its bus, as the programs beside it do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.local.stack import Stack


class Listener:
    """A rule that puts what the stack publishes, of these types or of all, into a queue; `heard` keeps what came."""

    def __init__(self, stack: Stack, name: str, *detail_types: str, bus: str = "default") -> None:
        self.heard: list[dict[str, Any]] = []
        self._stack, self._sqs, events = stack, stack.client("sqs"), stack.client("events")
        self._url = str(self._sqs.create_queue(QueueName=name)["QueueUrl"])
        asked = {"QueueUrl": self._url, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        pattern: dict[str, Any] = {"source": ["messente-rcs"]}
        pattern |= {"detail-type": list(detail_types)} if detail_types else {}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])

    def hear(self) -> list[dict[str, Any]]:
        for each in self._stack.receive(self._url, hidden=60):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each.handle)
            self.heard.append(json.loads(each.body))
        return self.heard

    def about(self, message_id: str) -> list[dict[str, Any]]:
        return [event for event in self.hear() if event["detail"]["id"] == message_id]


@contextmanager
def bus_refusing(stack: Stack) -> Iterator[None]:
    """Let the bus take nothing, because IAM no longer lets the function put events there."""
    iam, role = stack.client("iam"), stack.resource("InboundRole")
    deny = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(RoleName=role, PolicyName="refused", PolicyDocument=policy)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="refused")
