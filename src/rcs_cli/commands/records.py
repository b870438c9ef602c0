"""`show`, `cancel`, `unknown` and `resolve`."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer

from rcs_cli.api import Unreadable
from rcs_cli.command import Rcs, YesOption
from rcs_cli.problems import USAGE, Problem

AnyIdArgument = Annotated[str, typer.Argument(metavar="ID", help="Message id, or the omnimessage_id of Messente.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Message id.")]

# Attributes of an item that are no text, each with a value as DynamoDB takes it.
_FORMS: dict[str, Any] = {
    "channels": {"L": [{"S": "rcs"}]},
    "errors": {"L": []},
    **{name: {"M": {}} for name in ("messages", "tags")},
    **{name: {"SS": ["TEXT"]} for name in ("omnimessage_ids", "resends")},
    **{name: {"N": "1"} for name in ("attempts", "ttl", "revision", "lease_until", "status_requests")},
}


def show(rcs: Rcs, message_id: AnyIdArgument) -> None:
    try:
        record = rcs.stack.api.find(message_id)
    except Unreadable as unreadable:
        correct = _correction(rcs, message_id, unreadable.attribute)
        raise Problem(f"{unreadable} Write it as it was: {correct}") from None
    if not record:
        raise Problem("No message has this id. A queued message has no record before it is sent for the first time.")
    rcs.output.record(record)


def _correction(rcs: Rcs, message_id: str, attribute: str) -> str:
    """Write the command that corrects an attribute, with a value of the right form."""
    return rcs.stack.aws(
        "dynamodb update-item",
        table_name=rcs.stack.output("TableName"),
        key={"id": {"S": message_id}},
        update_expression="SET #name = :value",
        condition_expression="attribute_exists(id)",  # the id may be Messente's
        expression_attribute_names={"#name": attribute},
        expression_attribute_values={":value": _FORMS.get(attribute, {"S": "TEXT"})},
    )


def cancel(rcs: Rcs, message_id: IdArgument) -> None:
    rcs.output.record(rcs.stack.api.cancel(message_id))


def unknown(rcs: Rcs, *, limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Most to list.")] = 100) -> None:
    found = list(islice(rcs.stack.api.unknown(), limit + 1))
    listed, more = found[:limit], len(found) > limit
    rcs.output.json({"messages": listed, "more": more})
    if not listed:
        rcs.output.say("No message is unknown.")
        return
    rows = []
    for each in map(rcs.output.shown, listed):
        since = str(each.get("unknown_since", ""))
        rows.append((each["id"], each.get("to"), age(since, rcs.world.clock()), since, each.get("attempts")))
    rcs.output.table(("id", "to", "unknown for", "since", "attempts"), rows)
    if more:
        rcs.output.say(f"There are more: raise --limit above {limit}.")
    rcs.output.say("Look for each in Messente's dashboard. Then rcs resolve ID --sent, or rcs resolve ID --not-sent.")


def age(since: str, now: float) -> str:
    try:
        minutes = int(now - datetime.fromisoformat(since).astimezone(UTC).timestamp()) // 60
    except ValueError:
        return "-"
    hours, minutes = divmod(max(minutes, 0), 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"  # noqa: PLR2004 - two days


def resolve(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    message_id: IdArgument,
    *,
    sent: Annotated[bool, typer.Option("--sent", help="Messente has the message.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="Messente does not have it.")] = False,
    omnimessage_id: Annotated[str | None, typer.Option(help="Its id at Messente, with --sent.")] = None,
    final: Annotated[bool, typer.Option("--final", help="Never send it, with --not-sent.")] = False,
    yes: YesOption = False,
) -> None:
    if sent == not_sent:
        raise Problem("Say what you found: --sent or --not-sent.", USAGE)
    if (omnimessage_id and not_sent) or (final and sent):
        raise Problem("--omnimessage-id belongs to --sent, and --final to --not-sent.", USAGE)
    if not_sent:
        rcs.check_consent(yes=yes)
    said = {"outcome": "sent" if sent else "not_sent", "omnimessage_id": omnimessage_id, "final": final}
    resolution = {name: value for name, value in said.items() if value}
    resolution |= _seen(rcs, message_id, resolution)
    rcs.confirm(f"{_meaning(resolution)} Go on?", yes=yes)
    rcs.output.record(rcs.stack.api.resolve(message_id, resolution))


def _seen(rcs: Rcs, message_id: str, resolution: dict[str, Any]) -> dict[str, Any]:
    """Name the attempt that the record shows: should another one follow, the answer to this one is not about it."""
    record = rcs.stack.api.get(message_id)
    if since := record.get("unknown_since"):
        return {"unknown_since": since}
    if resolution["outcome"] == "sent":
        return {}  # the API says why not
    if not record:
        raise Problem("No message has this id.")
    raise Problem(f"Only an unknown message can be resolved. This one is {record['state']}.")


def _meaning(resolution: dict[str, Any]) -> str:
    match resolution:
        case {"outcome": "sent"}:
            return "The message counts as sent. Nobody can send it again under this id."
        case {"final": True}:
            return "The message counts as cancelled. It is never sent under this id."
    return (
        f"Unknown since {resolution['unknown_since']}. The id becomes free. "
        "If the message did go out, sending it again makes a second one."
    )
