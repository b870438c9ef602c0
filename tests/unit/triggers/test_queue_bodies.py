"""The queue: what a body may be wrapped in, under which id its payload is sent."""

import io
import json
from typing import Any

import pytest

from tests.support.world import TEXT, TO, World, message, record, requested

BOM = "\ufeff"


def notification(payload: Any, **more: Any) -> dict[str, Any]:
    """Make what SNS puts into a queue while raw delivery is off."""
    return {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:shop",
        "Message": payload if isinstance(payload, str) else json.dumps(payload),
        "MessageAttributes": {"source": {"Type": "String", "Value": "shop"}},
    } | more


def failure(payload: Any, **more: Any) -> dict[str, Any]:
    """Make what Lambda's failure destination puts into a queue after an asynchronous invocation."""
    return {
        "requestContext": {"requestId": "r-1", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": payload,
        "responsePayload": {"errorType": "NotSent", "errorMessage": "invoke:r-1: HTTP 503"},
    } | more


WRAPPED = {
    "an event": (requested(message()), "event:e-1"),
    "a notification": (notification(message()), "sns:n-1"),
    "a failed invocation": (failure(message()), "invoke:r-1"),
    "a failed invocation with an event": (failure(requested(message())), "event:e-1"),
    "a failed invocation with text": (failure(json.dumps(message())), "invoke:r-1"),
    "a notification of an event": (notification(requested(message())), "event:e-1"),
    "a notification of a failed invocation": (notification(failure(message())), "invoke:r-1"),
    "a notification of a failed invocation with an event": (notification(failure(requested(message()))), "event:e-1"),
    "an event about a failed invocation": (
        requested(failure(message()), **{"detail-type": "Lambda Function Invocation Result - Failure"}),
        "invoke:r-1",
    ),
    "an event whose detail is text": (requested(json.dumps(message())), "event:e-1"),
    "a notification with a mark before its text": (notification(BOM + json.dumps(message())), "sns:n-1"),
    "an event with a mark before it": (BOM + json.dumps(requested(message())), "event:e-1"),
    **{f"{wrap.__name__}, own key": (wrap(message("mine")), "mine") for wrap in (requested, notification, failure)},
    "a payload with a mark before it": (BOM + json.dumps(message("k")), "k"),
}


@pytest.mark.parametrize(("body", "message_id"), WRAPPED.values(), ids=list(WRAPPED))
def test_a_payload_is_unwrapped_and_its_wrapping_names_the_id(world: World, body: Any, message_id: str) -> None:
    """However often SQS delivers it, it is sent once, under the caller's own key or else the wrapping's id."""
    for _ in range(2):
        assert world.deliver(body)
    assert world.accepted() == world.items() == 1
    assert (world.item(message_id) or {})["state"] == "sent"
    assert world.dead() == []


@pytest.mark.parametrize("given", [requested(message()), message()], ids=["event", "payload"])
def test_an_invocation_and_its_failure_record_are_one_message(world: World, given: Any) -> None:
    """A redrive of what Lambda gave up has the id under which it may have been sent."""
    world.env().handle(given, world.remaining(), "r-1")
    assert world.deliver(failure(given))
    assert (world.accepted(), world.dead()) == (1, [])


REFUSED = {
    "an API request that failed": failure({"requestContext": {"httpMethod": "POST"}, "body": "{}"}),
    "an invocation with a list": failure([message()]),
    "an invocation with nothing": failure(None),
    "a confirmation of SNS": notification(message(), Type="SubscriptionConfirmation"),
    "a notification of plain words": notification("Hello"),
    "an event without a payload": requested(None),
    "a failure without a payload": {name: value for name, value in failure({}).items() if name != "requestPayload"},
    "a successful invocation": failure(message()) | {"requestContext": {"requestId": "r", "condition": "Success"}},
    "too many wrappings": notification(notification(notification(notification(notification(message()))))),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=list(REFUSED))
def test_what_holds_no_payload_is_a_dead_letter_as_it_came(world: World, body: Any) -> None:
    """Nothing of it is sent, and the dead letter is the body unchanged."""
    assert world.deliver(json.dumps(body, indent=1))
    assert (world.messente.requests, world.items()) == ([], 0)
    [dead] = world.dead()
    assert (dead["body"], dead["reason"]) == (json.dumps(body, indent=1), "invalid")


@pytest.mark.parametrize("odd", ["", "a b", "x" * 300, None, 5, {"a": 1}])
def test_a_wrapping_whose_id_cannot_be_one(world: World, odd: Any) -> None:
    """The payload is sent under the id of the next thing around it, in the end SQS's own."""
    for body in (requested(message(text="a"), id=odd), notification(message(text="b"), MessageId=odd)):
        given = record(body)
        for _ in range(2):
            world.env().handle({"Records": [given]}, world.remaining())
        assert (world.item("sqs:" + given["messageId"]) or {})["state"] == "sent"
    assert [world.accepted(text) for text in "ab"] == [1, 1]


def test_an_unforeseen_defect_brings_its_record_back(world: World, log: io.StringIO) -> None:
    """Whatever goes wrong within the code with one record: it stays in the queue, and the others are done."""

    def defect(step: str, when: str) -> None:
        if (step, when) == ("update_item", "before") and not world.items():
            raise RecursionError(f"{TO} {TEXT}")

    bad, good = record(message("bad", text="bad")), record(message("good"))
    env = world.env(defect, concurrency=1)
    answer = env.handle({"Records": [bad]}, world.remaining())
    assert answer == {"batchItemFailures": [{"itemIdentifier": bad["messageId"]}]}
    world.deliver(message("before", text="before"))
    assert env.handle({"Records": [good, bad]}, world.remaining()) == {"batchItemFailures": []}
    assert (world.accepted("bad"), world.accepted()) == (1, 1)
    assert "RecursionError" in log.getvalue()
    assert TEXT not in log.getvalue()
