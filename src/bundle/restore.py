"""Add to the table TABLE_NAME what it lacks: ids that the logs name since SINCE, then records of the restored table.

An id that may have been accepted since, and has no record, gets one that knows no payload: a repeat is a conflict, and
is not sent.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import boto3

STATES = {"sent": "sent", "report": "sent", "unknown": "unknown", "lease is over": "unknown"}  # by the log line
KEPT_FOR = 35 * 86400  # seconds


def logged(client: Any, stack: str, since: float) -> Iterator[dict[str, Any]]:
    """Read the lines of the functions' logs that name a message id."""
    for part in ("send", "report", "reconcile"):
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{stack}-{part}", startTime=int(since * 1000)
        )
        yield from (json.loads(each["message"]) for page in pages for each in page["events"] if _names_one(each))


def _names_one(event: dict[str, Any]) -> bool:
    return '"message_id"' in event["message"]


def bare_records(lines: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Make a record of each message id that was accepted, or may have been."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        key, state = line["message_id"], STATES.get(line["message"])
        if state and found.get(key, {}).get("state") != "sent":
            ids = {"omnimessage_id": line["omnimessage_id"]} if line.get("omnimessage_id") else {}
            bare = {"to": "", "channels": [], "payload_hash": "", "revision": 1, "ttl": int(time.time()) + KEPT_FOR}
            found[key] = {"id": key, "state": state} | ids | bare
    return found


def add(table: Any, record: dict[str, Any]) -> None:
    """Add a record, unless the table has a newer one."""
    with suppress(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.put_item(Item=record, ConditionExpression="attribute_not_exists(id)")


if __name__ == "__main__":
    name, begin = os.environ["TABLE_NAME"], datetime.fromisoformat(os.environ["SINCE"]).timestamp()
    live, older = (boto3.resource("dynamodb").Table(each) for each in (name, f"{name}-restored"))
    for found in bare_records(logged(boto3.client("logs"), os.environ["RCS_STACK"], begin)).values():
        add(live, found)
    for page in live.meta.client.get_paginator("scan").paginate(TableName=older.name):
        for old in page["Items"]:
            add(live, old)
