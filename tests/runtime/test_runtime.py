"""The built function under Lambda's own runtime client: what it answers, what it leaves, what it prints."""

import json
from pathlib import Path
from typing import Any

from tests.local.later import PAUSE, as_told
from tests.local.rie import Rie
from tests.local.stack import Stack
from tests.standin import numbers
from tests.standin.server import Server

TO, TEXT = "+37255510077", "sentinel-text-4711"


def queued(**payload: Any) -> dict[str, Any]:
    """Make the event of one record, received for the first time from a queue that does not know its handle."""
    attributes = {"ApproximateReceiveCount": "1"}
    record = {"messageId": "m-1", "receiptHandle": "none", "eventSource": "aws:sqs", "attributes": attributes}
    return {"Records": [record | {"body": json.dumps(payload)}]}


def test_a_queue_record_is_sent(rie: Rie, stack: Stack, message_id: str) -> None:
    """A batch of one good record fails nothing and leaves a sent record."""
    event = queued(to=TO, text=TEXT, idempotency_key=message_id)
    answer = as_told(lambda: rie.invoke(event), lambda told: PAUSE if told["batchItemFailures"] else None)
    assert answer == {"batchItemFailures": []}
    item = stack.item(message_id) or {}
    assert (item["state"], len(item["messages"])) == ("sent", 1)


def test_what_was_not_sent_is_an_error_without_private_words(rie: Rie, message_id: str) -> None:
    """A send that Messente sheds raises, so that the invoker tries again; the runtime prints no number and no text."""
    answer = rie.invoke({"to": numbers.UNAVAILABLE, "text": TEXT, "idempotency_key": message_id})
    assert answer["errorType"] == "NotSent"
    assert message_id in answer["errorMessage"]
    assert message_id in rie.log()
    for private in (numbers.UNAVAILABLE, numbers.UNAVAILABLE[1:], TO[1:], TEXT):
        assert private not in rie.log() + json.dumps(answer)


def test_no_send_starts_without_time_to_finish(stack: Stack, bundle: Path, standin: Server, message_id: str) -> None:
    """With less time left than a POST may take, the record is handed back, unclaimed and unsent."""
    number = "+37255510078"
    # A POST may then take the 30 s of the whole invocation: there is never enough left, however quick the start was.
    slowest = {"CONNECT_TIMEOUT": "10", "READ_TIMEOUT": "20"}
    with Rie(stack, bundle, slowest) as hurried:
        answer = hurried.invoke(queued(to=number, text=TEXT, idempotency_key=message_id))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert standin.messente.posts_to(number) == []
    assert stack.item(message_id) is None


def test_a_bad_setting_fails_the_start_by_its_name(stack: Stack, bundle: Path) -> None:
    """A function with a wrong variable does not start, and the error names the variable."""
    with Rie(stack, bundle, {"MESSENTE_URL": "http://messente.example/v1"}) as broken:
        answer = broken.invoke({"to": TO, "text": TEXT})
    assert answer["errorType"] == "InvalidSettings"
    assert "MESSENTE_URL" in answer["errorMessage"]
    assert "messente.example" not in answer["errorMessage"]
