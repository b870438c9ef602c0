"""`find`: the messages to a number, by the index that TrackConversations fills."""

from typing import Annotated

import typer

from messente_rcs.phone import key_of
from messente_rcs.records.indexes import BY_RECIPIENT
from rcs_cli.batches import records_of
from rcs_cli.command import Rcs
from rcs_cli.commands.opt_outs import NumberArgument, read_number
from rcs_cli.problems import Problem

_COLUMNS = ("id", "created_at", "state", "delivery", "delivery_channel")


def find(
    rcs: Rcs, number: NumberArgument, *, limit: Annotated[int, typer.Option(min=1, help="Most messages to list.")] = 100
) -> None:
    """Any spelling of the number finds them. Needs TrackConversations=Yes, and finds what was sent since."""
    stack, to = rcs.stack, key_of(read_number(number))
    if stack.parameter("TrackConversations") != "Yes":
        keep = stack.deploy(TrackConversations="Yes")
        raise Problem(f"This stack does not find messages by their recipient. From now on it does, with {keep}")
    pages = stack.client("dynamodb").get_paginator("query")
    query = pages.paginate(
        TableName=stack.output("TableName"),
        IndexName=BY_RECIPIENT,
        KeyConditionExpression="recipient = :to",
        ExpressionAttributeValues={":to": {"S": to}},
        ScanIndexForward=False,
        PaginationConfig={"MaxItems": limit + 1},
    )
    ids = [item["id"]["S"] for page in query for item in page["Items"]]
    records = records_of(rcs, ids[:limit], "to", *_COLUMNS)
    found = [records[each] for each in ids[:limit] if each in records]  # the index may lag behind
    messages = [{name: each[name] for name in (*_COLUMNS, "to") if name in each} for each in found]
    rcs.output.json({"messages": messages, "more": len(ids) > limit})
    if not messages:
        rcs.output.say("No message to this number was found.")
        return
    rcs.output.table(_COLUMNS, [[each.get(column) for column in _COLUMNS] for each in messages])
    if len(ids) > limit:
        rcs.output.say(f"There are more: raise --limit above {limit}.")
