"""SQS in memory, with the calls that the command line makes: it reads queues, and fills them ten messages a call."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.fakes.aws import SQS


@dataclass
class Queued:
    """A message in a queue; `hidden` says whether somebody has received it and not given it back."""

    body: str
    attributes: Mapping[str, Any]
    group: str | None = None
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    hidden: bool = False


class Queues(SQS):
    """Queues that can be read. `refuses` gives the code with which an entry of a batch is refused, None to take it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.messages: dict[str, list[Queued]] = {}
        self.refuses: Callable[[Mapping[str, Any]], str | None] = lambda _: None
        self.batches: list[int] = []  # how many entries each call had
        self._clock = clock

    def send_message(self, *, MessageGroupId: str | None = None, **given: Any) -> dict[str, Any]:
        assert len(MessageGroupId or "") <= 128
        super().send_message(**given)
        put = Queued(given["MessageBody"], given.get("MessageAttributes") or {}, MessageGroupId)
        self.messages.setdefault(given["QueueUrl"], []).append(put)
        return {"MessageId": put.message_id}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put up to ten messages; each is taken or refused by itself."""
        assert 0 < len(Entries) <= 10
        assert len({each["Id"] for each in Entries}) == len(Entries)
        self.batches.append(len(Entries))
        answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for each in Entries:
            if code := self.refuses(each):
                is_senders = code == "InvalidParameterValue"
                answer["Failed"].append({"Id": each["Id"], "Code": code, "SenderFault": is_senders})
                continue
            self.send_message(QueueUrl=QueueUrl, **{name: value for name, value in each.items() if name != "Id"})
            answer["Successful"].append({"Id": each["Id"]})
        return {name: entries for name, entries in answer.items() if entries}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:
        seen = [each for each in self.messages.get(QueueUrl, []) if not each.hidden][:MaxNumberOfMessages]
        for each in seen:
            each.hidden = True
        return {"Messages": [self._as_received(each) for each in seen]} if seen else {}

    def _as_received(self, message: Queued) -> dict[str, Any]:
        system = {"SentTimestamp": str(int(self._clock() * 1000)), "ApproximateReceiveCount": "1"}
        return {
            "MessageId": message.message_id,
            "ReceiptHandle": message.message_id,
            "Body": message.body,
            "Attributes": system | ({"MessageGroupId": message.group} if message.group else {}),
            **({"MessageAttributes": message.attributes} if message.attributes else {}),
        }

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        given_back = {each["ReceiptHandle"] for each in Entries if each["VisibilityTimeout"] == 0}
        for each in self.messages.get(QueueUrl, []):
            each.hidden = each.hidden and each.message_id not in given_back
        return {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self.messages[QueueUrl] = [each for each in self.messages[QueueUrl] if each.message_id != ReceiptHandle]

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, Any]:
        hidden = [each.hidden for each in self.messages.get(QueueUrl, [])]
        counts = {
            "ApproximateNumberOfMessages": hidden.count(False),
            "ApproximateNumberOfMessagesNotVisible": sum(hidden),
        }
        told = {name: str(number) for name, number in counts.items()}
        return {"Attributes": told | {"QueueArn": f"arn:aws:sqs:eu-west-1:000000000000:{QueueUrl.rpartition('/')[2]}"}}
