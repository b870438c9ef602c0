"""`unknown` and `resolve`."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer

from rcs_cli.api import Record
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import USAGE, Problem


@with_options
def unknown(
    rcs: Rcs,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Most messages to list.")] = 100,
) -> None:
    """List the messages that may or may not have been sent, the oldest first."""
    found = list(islice(rcs.stack.api.unknown(), limit + 1))
    listed, more = found[:limit], len(found) > limit
    rcs.output.json({"messages": listed, "more": more})
    if not listed:
        rcs.output.say("No message is unknown.")
        return
    rows = [_row(rcs.output.shown(each), rcs.world.clock()) for each in listed]
    rcs.output.table(("id", "to", "unknown for", "since", "attempts"), rows)
    if more:
        rcs.output.say(f"There are more: raise --limit above {limit}.")
    rcs.output.say(
        "Look for each in Messente's dashboard. Then close it: rcs resolve ID --sent, or rcs resolve ID --not-sent."
    )


def _row(record: Record, now: float) -> tuple[Any, ...]:
    since = str(record.get("unknown_since", ""))
    return record["id"], record.get("to"), age(since, now), since, record.get("attempts")


def age(since: str, now: float) -> str:
    """Say how long ago a time was."""
    try:
        minutes = int(now - datetime.fromisoformat(since).astimezone(UTC).timestamp()) // 60
    except ValueError:
        return "-"
    hours, minutes = divmod(max(minutes, 0), 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"  # noqa: PLR2004 - two days


@with_options
def resolve(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="Message id.")],
    *,
    sent: Annotated[bool, typer.Option("--sent", help="Messente has the message.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="Messente does not have it.")] = False,
    omnimessage_id: Annotated[str | None, typer.Option(help="Its id at Messente, with --sent.")] = None,
    final: Annotated[bool, typer.Option("--final", help="Never send it, with --not-sent.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Close an unknown message, after a look at Messente's dashboard."""
    resolution = _resolution(sent=sent, not_sent=not_sent, omnimessage_id=omnimessage_id, final=final)
    if not_sent:
        rcs.check_consent(yes=yes)
    resolution |= _seen(rcs, message_id, resolution)
    rcs.confirm(f"{_meaning(resolution)} Go on?", yes=yes)
    rcs.output.record(rcs.stack.api.resolve(message_id, resolution))


def _resolution(*, sent: bool, not_sent: bool, omnimessage_id: str | None, final: bool) -> dict[str, Any]:
    if sent == not_sent:
        raise Problem("Say what you found: --sent or --not-sent.", USAGE)
    if (omnimessage_id and not_sent) or (final and sent):
        raise Problem("--omnimessage-id belongs to --sent, and --final to --not-sent.", USAGE)
    if sent:
        return {"outcome": "sent"} | ({"omnimessage_id": omnimessage_id} if omnimessage_id else {})
    return {"outcome": "not_sent"} | ({"final": True} if final else {})


def _seen(rcs: Rcs, message_id: str, resolution: dict[str, Any]) -> dict[str, Any]:
    """Name the attempt that the record shows: should another one follow, the answer to this one is not about it."""
    record = rcs.stack.api.get(message_id) or {}
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
