"""Tracking on the emulator: the stand-in's signed reports come in through the callback API, and heal lost answers."""

import json
import uuid
from collections import Counter
from typing import Any

from tests.local.later import as_told, pause_of_invocation
from tests.local.process import PATIENCE, poll
from tests.local.stack import Stack
from tests.standin import numbers
from tests.standin.messente import Accepted
from tests.standin.server import Server
from tests.support.world import Clock

MANY = 1000


def records(stack: Stack) -> dict[str, dict[str, Any]]:
    """Read all records: id -> record, as far as the tests need it. What begins with a # is none."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.table)
    return {
        item["id"]["S"]: {
            "state": item["state"]["S"],
            "omnimessage_id": item.get("omnimessage_id", {}).get("S"),
            "messages": set(item["messages"]["M"]),
            "delivery": item.get("delivery", {}).get("S"),
        }
        for page in pages
        for item in page["Items"]
        if not item["id"]["S"].startswith("#")
    }


def put_all(stack: Stack, bodies: list[str]) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
        assert not stack.client("sqs").send_message_batch(QueueUrl=stack.queue_url, Entries=entries).get("Failed")


def test_a_thousand_messages_and_a_hundred_lost_answers(tracked: Stack, reporting: Server, clock: Clock) -> None:
    """Once the reports have come no record is unknown, and table and accept log agree on every id."""
    run = uuid.uuid4().hex[:8]
    recipients = {f"many-{run}-{n}": numbers.CUT_AFTER_ACCEPT if n % 10 == 0 else "+37255512345" for n in range(MANY)}
    put_all(
        tracked,
        [json.dumps({"to": to, "text": f"text of {key}", "idempotency_key": key}) for key, to in recipients.items()],
    )

    def acceptances() -> list[Accepted]:
        texts = {f"text of {key}" for key in recipients}
        return [a for a in reporting.messente.accepted if a.body["messages"][0].get("text") in texts]

    def all_accepted() -> bool:
        clock.advance(reporting.messente.delays.report)  # reports come while other messages are still being sent
        return len(acceptances()) >= MANY

    poll(lambda: all_accepted() or None, PATIENCE, "the sends", every=0.5)
    clock.advance(3 * reporting.messente.delays.report)  # the rest of the way of the last one

    def mine() -> dict[str, dict[str, Any]]:
        return {key: item for key, item in records(tracked).items() if key in recipients}

    def all_seen() -> bool:
        return all(item["delivery"] == "seen" for item in mine().values())

    poll(lambda: all_seen() or None, PATIENCE, "the reports", every=2)
    found = mine()
    assert Counter(item["state"] for item in found.values()) == {"sent": MANY}
    assert Counter(item["delivery"] for item in found.values()) == {"seen": MANY}
    log = {a.body["messages"][0]["text"]: a for a in acceptances()}
    assert len(acceptances()) == len(log) == MANY
    for key, item in found.items():
        acceptance = log[f"text of {key}"]
        assert item["omnimessage_id"] == acceptance.omnimessage_id
        assert item["messages"] == {m["message_id"] for m in acceptance.reply["messages"]}


def test_a_stack_listens_to_no_bus_by_itself(tracked: Stack) -> None:
    """It stands beside another stack: an event that both took would be sent twice."""
    resources = tracked.client("cloudformation").list_stack_resources(StackName=tracked.name)["StackResourceSummaries"]
    assert resources
    assert not [each for each in resources if each["ResourceType"] == "AWS::Events::Rule"]
    client = tracked.client("events")
    rules = client.get_paginator("list_rules").paginate().build_full_result()["Rules"]
    targets = [target["Arn"] for rule in rules for target in client.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
    assert not [arn for arn in targets if arn.endswith(tracked.queue_url.rpartition("/")[2])]


def test_the_callback_api_takes_nothing_else(tracked: Stack) -> None:
    """No other route is reachable without a signature of AWS, and no report without one of Messente."""
    url = tracked.reachable(tracked.outputs["CallbackUrl"])
    assert tracked.fetch("POST", f"{url}/any", b"{}").status == 401
    assert tracked.fetch("POST", f"{url}/any", b"{}", {"X-Messente-Signature": "0" * 64}).status == 401
    base = url.removesuffix("/delivery-reports")
    assert tracked.fetch("POST", f"{base}/messages", b"{}").status == 404


def make_due(stack: Stack, key: str) -> None:
    """Make a record look old enough to be asked for, instead of waiting for its time."""
    stack.client("dynamodb").update_item(
        TableName=stack.table,
        Key={"id": {"S": key}},
        UpdateExpression="SET due = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
    )


def test_without_callbacks_the_reconciler_finds_the_status(tracked: Stack, reporting: Server, clock: Clock) -> None:
    """A message whose reports never come is asked for once it is old enough, and again until Messente knows its end."""
    key = f"silent-{uuid.uuid4()}"
    body = {"to": numbers.UNREPORTED, "text": f"text of {key}", "idempotency_key": key}
    sent = as_told(lambda: tracked.invoke(body), pause_of_invocation)
    assert sent["state"] == "sent"

    def reconcile() -> tuple[int, str]:
        """Return how often Messente was asked for this message so far, and what the record says then."""
        make_due(tracked, key)
        done = tracked.invoke({}, function=tracked.outputs["ReconcileFunctionName"])
        assert done["asked"] >= 1
        path = f"/v1/omnimessage/{sent['omnimessage_id']}/status"
        asked = [each for each in reporting.messente.requests if (each.method, each.path) == ("GET", path)]
        return len(asked), records(tracked)[key]["delivery"]

    assert reconcile() == (1, "pending")
    clock.advance(3 * reporting.messente.delays.report)
    assert reconcile() == (2, "seen")
    assert sent["omnimessage_id"] not in {each.omnimessage_id for each in reporting.courier.deliveries}
