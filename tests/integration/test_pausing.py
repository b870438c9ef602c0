"""`rcs pause` with full queues: nothing is lost, nothing is sent, and no message is received in vain."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.inbound import inbound
from tests.standin.server import Server

TO = "+37255512345"
MANY = 60  # before the pause, and as many in it


@pytest.fixture
def paused(rcs: Rcs) -> Iterator[Rcs]:
    """Resume at the end, whatever happens in between."""
    try:
        yield rcs
    finally:
        assert rcs("resume").code == 0


def fill(stack: Stack, run: str, numbers: range) -> None:
    """Queue messages, ten in a call."""
    for begin in numbers[::10]:
        bodies = [
            json.dumps({"to": TO, "text": f"{n} of {run}", "idempotency_key": f"{run}-{n}"})
            for n in range(begin, begin + 10)
        ]
        entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        assert not stack.client("sqs").send_message_batch(QueueUrl=stack.queue_url, Entries=entries).get("Failed")


def receives(stack: Stack) -> dict[str, int]:
    """Read how often each message in the queue was received, this time not counted."""
    sqs, found = stack.client("sqs"), dict[str, int]()
    while messages := sqs.receive_message(
        QueueUrl=stack.queue_url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=10,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    ).get("Messages"):
        for each in messages:
            found[each["MessageId"]] = int(each["Attributes"]["ApproximateReceiveCount"]) - 1
    return found


def accepted(desk: Server, run: str) -> Counter[str]:
    """Count the acceptances by text."""
    texts = [str(each.body["messages"][0].get("text")) for each in desk.messente.accepted]
    return Counter(text for text in texts if text.endswith(f" of {run}"))


def checks(rcs: Rcs) -> dict[str, dict[str, Any]]:
    """Let the doctor look."""
    return {each["check"]: each for each in rcs("doctor", "--json").json["checks"]}


def test_nothing_is_lost_in_a_pause(paused: Rcs, operated: Stack, desk: Server, message_id: str) -> None:
    """Callers hear that nothing was sent; reports and recipients are heard; each message goes out once, afterwards."""
    rcs, run = paused, message_id
    fill(operated, run, range(MANY))
    assert rcs("pause", "--all").code == 0
    sent = poll(lambda: _calm(operated, desk, run), PATIENCE, "the end of what was being sent", every=1)
    fill(operated, run, range(MANY, 2 * MANY))
    waiting = checks(rcs)["queue"]
    assert ("paused since 20" in waiting["found"], waiting["next"]) == (True, "rcs resume")
    answer = operated.call_once("POST", "/messages", json.dumps({"to": TO, "text": f"by HTTP of {run}"}))
    assert answer.status in (429, 503)
    assert "paused since 20" in rcs("send", TO, f"by rcs of {run}").err
    said = inbound(operated.outputs["InboundUrl"].removesuffix("/inbound-messages"), TO, "Hello")
    assert operated.hand_in(said).status == 200
    assert operated.fetch("POST", operated.reachable(operated.outputs["CallbackUrl"]), b"{}").status == 401
    assert accepted(desk, run) == sent
    in_vain = receives(operated)
    assert (len(in_vain), set(in_vain.values()) - {0}) == (2 * MANY - sent.total(), set())
    assert rcs("resume").code == 0
    everything = {f"{n} of {run}": 1 for n in range(2 * MANY)}
    poll(lambda: len(accepted(desk, run)) == 2 * MANY or None, PATIENCE, "all messages", every=1)
    assert accepted(desk, run) == everything
    assert checks(rcs)["queue"]["verdict"] == "ok"
    assert [each for each in rcs("dead-letters", "--json", "--bodies").json["letters"] if run in each["body"]] == []


def _calm(stack: Stack, desk: Server, run: str) -> Counter[str] | None:
    """Return what was sent once no message is being sent any more."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = stack.client("sqs").get_queue_attributes(QueueUrl=stack.queue_url, AttributeNames=names)["Attributes"]
    sent = accepted(desk, run)
    return sent if int(found[names[1]]) == 0 and int(found[names[0]]) == MANY - sent.total() else None
